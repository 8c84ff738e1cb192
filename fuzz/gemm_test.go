package fuzz

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// Properties of products that need no oracle.

// product calls row's kernel on dense operands and returns C.
func product(row *spec.Row, s spec.Sizes, a, b, c []float64) []float64 {
	in := &Input{Sizes: s, Values: [][]float64{a, b, c}, Ints: make([][]int, 3)}
	call := heapCall(row, in)
	row.Run(call)
	out := make([]float64, s.M*s.N)
	for i := range out {
		k := i/s.N*call.Operands[2].Ld + i%s.N
		if out[i] = call.Operands[2].F64[k]; row.DType == spec.F32 {
			out[i] = float64(call.Operands[2].F32[k])
		}
	}
	return out
}

func gemmRows(t *testing.T, f func(t *testing.T, row *spec.Row)) {
	for _, row := range slices.Concat(groups()...) {
		if row.Kernel == "Gemm" {
			t.Run(fmt.Sprintf("%v/%v", row.Tier, row.DType), func(t *testing.T) { f(t, &row) })
		}
	}
}

// caseOf finds a case by name.
func caseOf(row *spec.Row, name string) int {
	for i, c := range row.Cases {
		if c == name {
			return i
		}
	}
	panic("no case " + name)
}

func integers(n int, r *rand.Rand) []float64 {
	s := make([]float64, n)
	for i := range s {
		s[i] = float64(r.IntN(17) - 8)
	}
	return s
}

func reals(n int, r *rand.Rand, d spec.DType) []float64 {
	s := make([]float64, n)
	for i := range s {
		if s[i] = r.NormFloat64(); d == spec.F32 {
			s[i] = float64(float32(s[i]))
		}
	}
	return s
}

func transposed(rows, cols int, s []float64) []float64 {
	t := make([]float64, len(s))
	for i := range rows {
		for j := range cols {
			t[j*rows+i] = s[i*cols+j]
		}
	}
	return t
}

// TestGemmExactOnIntegers: products of small integers are exact, so all transposes
// give the same bits as the naive product.
func TestGemmExactOnIntegers(t *testing.T) {
	gemmRows(t, func(t *testing.T, row *spec.Row) {
		r := rand.New(rand.NewPCG(1, 2))
		for _, mnk := range [][3]int{{1, 1, 1}, {4, 8, 3}, {13, 33, 257}, {37, 70, 520}, {130, 131, 132}} {
			m, n, k := mnk[0], mnk[1], mnk[2]
			a, b, c := integers(m*k, r), integers(k*n, r), integers(m*n, r)
			want := make([]float64, m*n)
			for i := range m {
				for p := range k {
					for j := range n {
						want[i*n+j] += a[i*k+p] * b[p*n+j]
					}
				}
			}
			for i, trans := range []string{"NN", "TN", "NT", "TT"} {
				s := spec.Sizes{M: m, N: n, K: k, Case: caseOf(row, trans+" alpha=0.5 beta=-2")}
				x, y := a, b
				if i&1 != 0 {
					x = transposed(m, k, a)
				}
				if i&2 != 0 {
					y = transposed(k, n, b)
				}
				for j, got := range product(row, s, x, y, c) {
					if want := 0.5*want[j] - 2*c[j]; !(got == want) {
						t.Fatalf("%v %s: C[%d, %d] = %v, want %v", mnk, trans, j/n, j%n, got, want)
					}
				}
			}
		}
	})
}

// TestGemmThreads: the number of threads changes no bit.
func TestGemmThreads(t *testing.T) {
	old := kernels.Threads()
	defer kernels.SetThreads(0)
	gemmRows(t, func(t *testing.T, row *spec.Row) {
		r := rand.New(rand.NewPCG(3, 4))
		for c := range row.Cases {
			s := spec.Sizes{M: 121 + c, N: 131, K: 150, Case: c}
			a, b, x := reals(s.M*s.K, r, row.DType), reals(s.K*s.N, r, row.DType),
				reals(s.M*s.N, r, row.DType)
			kernels.SetThreads(1)
			want := product(row, s, a, b, x)
			for _, threads := range []int{2, 0} {
				kernels.SetThreads(threads)
				for i, got := range product(row, s, a, b, x) {
					if math.Float64bits(got) != math.Float64bits(want[i]) {
						t.Fatalf("case %q, %d threads: C[%d] = %v, on one thread %v",
							row.Cases[c], threads, i, got, want[i])
					}
				}
			}
		}
	})
	if old < 2 {
		t.Log("GOMAXPROCS or ASHLAR_THREADS is 1: nothing ran in parallel")
	}
}

// TestGemmRowsIndependent: the position of a row changes no bit of its sums, so a permutation
// of the rows of A permutes the rows of C.
func TestGemmRowsIndependent(t *testing.T) {
	gemmRows(t, func(t *testing.T, row *spec.Row) {
		r := rand.New(rand.NewPCG(5, 6))
		for _, m := range []int{5, 13, 29, 61} {
			s := spec.Sizes{M: m, N: 37, K: 300, Case: caseOf(row, "NN alpha=1 beta=0")}
			a, b := reals(m*s.K, r, row.DType), reals(s.K*s.N, r, row.DType)
			c := make([]float64, m*s.N)
			want, perm := product(row, s, a, b, c), r.Perm(m)
			shuffled := make([]float64, len(a))
			for i, from := range perm {
				copy(shuffled[i*s.K:(i+1)*s.K], a[from*s.K:])
			}
			for i, got := range product(row, s, shuffled, b, c) {
				if w := want[perm[i/s.N]*s.N+i%s.N]; math.Float64bits(got) != math.Float64bits(w) {
					t.Fatalf("m=%d: row %d, moved to %d, column %d: %v, was %v",
						m, perm[i/s.N], i/s.N, i%s.N, got, w)
				}
			}
		}
	})
}

// TestGemmTransposedProduct: (A B)^T = B^T A^T within twice the error bound.
func TestGemmTransposedProduct(t *testing.T) {
	gemmRows(t, func(t *testing.T, row *spec.Row) {
		r := rand.New(rand.NewPCG(7, 8))
		m, n, k := 43, 35, 515
		a, b := reals(m*k, r, row.DType), reals(k*n, r, row.DType)
		plain, both := caseOf(row, "NN alpha=1 beta=0"), caseOf(row, "TT alpha=1 beta=0")
		ab := product(row, spec.Sizes{M: m, N: n, K: k, Case: plain}, a, b, make([]float64, m*n))
		ba := product(row, spec.Sizes{M: n, N: m, K: k, Case: both}, b, a, make([]float64, m*n))
		for i := range m {
			for j := range n {
				scale := 0.0
				for p := range k {
					scale += math.Abs(a[i*k+p] * b[p*n+j])
				}
				if err := math.Abs(ab[i*n+j] - ba[j*m+i]); !(err <= 2*row.Tol.Max*row.DType.Eps()*scale) {
					t.Fatalf("element %d, %d: %v and %v", i, j, ab[i*n+j], ba[j*m+i])
				}
			}
		}
	})
}

// TestGemmConstantOperands: equal terms round in the same direction at each addition, the worst
// case for a chain. The bound for any data must hold.
func TestGemmConstantOperands(t *testing.T) {
	gemmRows(t, func(t *testing.T, row *spec.Row) {
		r := rand.New(rand.NewPCG(9, 10))
		for _, k := range []int{255, 256, 257, 1000, 4096} {
			for range 20 {
				x, y := r.Float64()+0.5, r.Float64()+0.5
				if row.DType == spec.F32 {
					x, y = float64(float32(x)), float64(float32(y))
				}
				s := spec.Sizes{M: 3, N: 5, K: k, Case: caseOf(row, "NN alpha=1 beta=0")}
				a, b := make([]float64, 3*k), make([]float64, k*5)
				for i := range a {
					a[i] = x
				}
				for i := range b {
					b[i] = y
				}
				want, bound := float64(k)*x*y, row.Tol.Any(s)
				if row.DType == spec.F64 {
					bound++ // the reference is rounded as well
				}
				for i, got := range product(row, s, a, b, make([]float64, 15)) {
					if err := math.Abs(got-want) / (row.DType.Eps() * want); !(err <= bound) {
						t.Fatalf("k=%d: C[%d] = %v, want %v; error %.3g eps, allowed %.3g",
							k, i, got, want, err, bound)
					}
				}
			}
		}
	})
}
