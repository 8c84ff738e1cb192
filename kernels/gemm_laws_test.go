package kernels

import (
	"math"
	"testing"

	"github.com/ashlar-go/ashlar/internal/dd"
)

// TestGemmError: on random data the componentwise error stays below 3 eps * |A| |B|, the
// ratio of netlib's tests, for every tier and up to 4096 terms.
func TestGemmError(t *testing.T) {
	for _, tier := range checkedTiers() {
		testGemmError[float32](t, tier, 0x1p-23)
		testGemmError[float64](t, tier, 0x1p-52)
	}
}

func testGemmError[T Float](t *testing.T, tier Tier, eps float64) {
	for _, s := range [][3]int{{5, 21, 1}, {5, 21, 64}, {5, 21, 257}, {5, 21, 1000}, {5, 21, 4096},
		{257, 257, 1100}} {
		m, n, k := s[0], s[1], s[2]
		for flags := range 4 {
			p := randomProduct[T](flags, m, n, k)
			gemm(tier, "Gemm", &p)
			for i := 0; i < m; i += 1 + m/8 {
				for j := 0; j < n; j += 1 + n/32 {
					var sum dd.Num
					scale := 0.0
					for q := range k {
						a, b := float64(p.a[at(p.transA, i, q, p.lda)]), float64(p.b[at(p.transB, q, j,
							p.ldb)])
						sum = dd.Add(sum, dd.Mul(num(a), num(b)))
						scale += math.Abs(a * b)
					}
					if ratio := math.Abs(float64(p.c[i*n+j])-sum.Hi) / (eps * scale); !(ratio <= 3) {
						t.Errorf("%v %T %v flags=%d: the error of element %d,%d is %.3g eps of the bound",
							tier, p.alpha, s, flags, i, j, ratio)
					}
				}
			}
		}
	}
}

// randomProduct is a product of random matrices; flags has the transposes.
func randomProduct[T Float](flags, m, n, k int) product[T] {
	p := product[T]{transA: flags&1 != 0, transB: flags&2 != 0, m: m, n: n, k: k, alpha: 1,
		a: uniforms[T](m*k, 1), b: uniforms[T](k*n, 2), c: make([]T, m*n), ldc: max(1, n)}
	_, p.lda = stored(p.transA, m, k)
	_, p.ldb = stored(p.transB, k, n)
	return p
}

// lawShapes take each path of a product: tiny, direct, packed, swapped, dot products.
var lawShapes = [][3]int{{1, 40, 100}, {40, 1, 100}, {7, 9, 11}, {65, 33, 257}, {17, 300, 90},
	{300, 16, 300}, {130, 129, 128}, {270, 260, 530}}

// TestGemmColumn: a column of C has the same bits with gaps between its elements, which keep
// it from being computed in place or as a row, as without.
func TestGemmColumn(t *testing.T) {
	for _, tier := range Tiers() {
		testGemmColumn[float32](t, tier)
		testGemmColumn[float64](t, tier)
	}
}

func testGemmColumn[T Float](t *testing.T, tier Tier) {
	for _, s := range [][2]int{{1, 1}, {3, 64}, {63, 5}, {64, 1}, {64, 128}, {121, 63}, {130, 64},
		{500, 300}} {
		for i := range 16 {
			p := randomProduct[T](i, s[0], 1, s[1])
			if i&4 != 0 {
				p.Bias, p.Act, p.activator = []T{0.25}, ActReLU, anyActivation[T]{}
			}
			if i&8 != 0 {
				p.alpha, p.beta = 0.5, 2
			}
			const ld = 3
			q := p
			q.c, q.ldc = make([]T, s[0]*ld), ld
			for k := range q.c {
				q.c[k] = 1
			}
			for k := range p.c {
				p.c[k] = 1
			}
			gemm(tier, "Gemm", &p)
			gemm(tier, "Gemm", &q)
			for r := range s[0] {
				if got, want := q.c[r*ld], p.c[r]; got != want {
					t.Fatalf("%v %T %v case %d: element %d is %v with gaps, %v without", tier, got, s, i, r,
						got, want)
				}
			}
		}
	}
}

// TestGemmTransposed: (AB)^T = B^T A^T to the last bit, since each element is one sum of
// the same products in the same order.
func TestGemmTransposed(t *testing.T) {
	for _, tier := range checkedTiers() {
		testGemmTransposed[float32](t, tier)
		testGemmTransposed[float64](t, tier)
	}
}

func testGemmTransposed[T Float](t *testing.T, tier Tier) {
	for _, s := range lawShapes {
		m, n, k := s[0], s[1], s[2]
		for flags := range 4 {
			p := randomProduct[T](flags, m, n, k)
			q := product[T]{transA: !p.transB, transB: !p.transA, m: n, n: m, k: k, alpha: 1, a: p.b,
				lda: p.ldb, b: p.a, ldb: p.lda,
				c: make([]T, m*n), ldc: m}
			gemm(tier, "Gemm", &p)
			gemm(tier, "Gemm", &q)
			for i := range m {
				for j := range n {
					if p.c[i*n+j] != q.c[j*m+i] {
						t.Fatalf("%v %T %v flags=%d: element %d,%d is %v, of the transposed product %v",
							tier, p.alpha, s, flags, i, j, p.c[i*n+j], q.c[j*m+i])
					}
				}
			}
		}
	}
}

// TestGemmRowsPermuted: rows of A in another order give rows of C in that order, to the
// last bit: no sum depends on its element's place in a tile.
func TestGemmRowsPermuted(t *testing.T) {
	for _, tier := range checkedTiers() {
		testGemmRowsPermuted[float32](t, tier)
		testGemmRowsPermuted[float64](t, tier)
	}
}

func testGemmRowsPermuted[T Float](t *testing.T, tier Tier) {
	for _, s := range lawShapes {
		m, n, k := s[0], s[1], s[2]
		for flags := range 4 {
			p := randomProduct[T](flags, m, n, k)
			q := p
			q.a, q.c = make([]T, m*k), make([]T, m*n)
			order := func(i int) int { return (i*5 + 3) % m } // a permutation unless 5 divides m
			if m%5 == 0 {
				order = func(i int) int { return m - 1 - i }
			}
			for i := range m {
				for r := range k {
					q.a[at(p.transA, i, r, p.lda)] = p.a[at(p.transA, order(i), r, p.lda)]
				}
			}
			gemm(tier, "Gemm", &p)
			gemm(tier, "Gemm", &q)
			for i := range m {
				for j := range n {
					if q.c[i*n+j] != p.c[order(i)*n+j] {
						t.Fatalf("%v %T %v flags=%d: element %d,%d is %v, before the permutation %v", tier,
							p.alpha, s, flags, i, j, q.c[i*n+j], p.c[order(i)*n+j])
					}
				}
			}
		}
	}
}
