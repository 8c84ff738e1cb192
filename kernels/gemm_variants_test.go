package kernels

import (
	"math"
	"slices"
	"testing"
)

// TestGemmVariants: a packed, a prepared and a batched product have the bits of Gemm, on
// any number of threads and for shapes of every path.
func TestGemmVariants(t *testing.T) {
	defer SetThreads(0)
	for _, tier := range checkedTiers() {
		testGemmVariants[float32](t, tier)
		testGemmVariants[float64](t, tier)
	}
}

func testGemmVariants[T Float](t *testing.T, tier Tier) {
	const batch = 3
	for _, s := range [][3]int{{1, 70, 40}, {2, 200, 30}, {5, 7, 9}, {33, 10, 65}, {60, 130, 300},
		{150, 140, 130}} {
		m, n, k := s[0], s[1], s[2]
		for flags := range 4 {
			p := product[T]{transA: flags&1 != 0, transB: flags&2 != 0, m: m, n: n, k: k, alpha: 0.75,
				beta: 0.5}
			rowsA, colsA := stored(p.transA, m, k)
			rowsB, colsB := stored(p.transB, k, n)
			p.lda, p.ldb, p.ldc = colsA+1, colsB+2, n+3
			a, b, c := uniforms[T](batch*rowsA*p.lda, 1), uniforms[T](batch*rowsB*p.ldb,
				2), uniforms[T](batch*m*p.ldc, 3)
			variants := map[string]func(q product[T], x int){
				"packed": func(q product[T], _ int) {
					if q.dots() { // sums in another order
						gemm(tier, "Gemm", &q)
						return
					}
					var packed PackedB[T]
					packed.pack(tier, "PackB", q.transB, k, n, termsPerPass(m, n, k), q.b, q.ldb)
					GemmPacked(q.transA, m, q.alpha, q.a, q.lda, &packed, q.beta, q.c, q.ldc, Epilogue[T]{})
				},
				"prepared": func(q product[T], _ int) {
					g := prepare(tier, "PrepareGemm", &q)
					g.Do(q.a, q.b, q.c)
				},
				"batched": func(q product[T], x int) {
					if x == 0 { // all of them at once
						gemmBatch(tier, batch, &q, rowsA*q.lda, rowsB*q.ldb, m*q.ldc)
					}
				},
			}
			for name, multiply := range variants {
				for _, threads := range threadCounts() {
					want, got := p, p
					want.c, got.c = append([]T(nil), c...), append([]T(nil), c...)
					wantAll, gotAll := want.c, got.c
					SetThreads(threads)
					for x := range batch {
						want.a, want.b, want.c = a[x*rowsA*p.lda:], b[x*rowsB*p.ldb:], wantAll[x*m*p.ldc:]
						got.a, got.b, got.c = want.a, want.b, gotAll[x*m*p.ldc:]
						gemm(tier, "Gemm", &want)
						multiply(got, x)
					}
					for i := range wantAll {
						if wantAll[i] != gotAll[i] {
							t.Fatalf("%v m,n,k=%v transA=%v transB=%v, %d threads: "+
								"element %d %s is %v, with Gemm %v",
								tier, s, p.transA, p.transB, threads, i, name, gotAll[i], wantAll[i])
						}
					}
				}
			}
		}
	}
}

func uniforms[T Float](n int, seed uint64) []T {
	s := make([]T, n)
	Uniform(s, -1, 1, seed, 0)
	return s
}

// TestGemmFusedPaths: swapped, in place or packed, with an epilogue a product has the bits
// of one with a packed B.
func TestGemmFusedPaths(t *testing.T) {
	defer SetThreads(0)
	for _, tier := range checkedTiers() {
		testGemmFusedPaths[float32](t, tier)
		testGemmFusedPaths[float64](t, tier)
	}
}

func testGemmFusedPaths[T Float](t *testing.T, tier Tier) {
	for _, s := range [][3]int{{5, 7, 9}, {16, 130, 70}, {60, 10, 300}, {32, 300, 270}, {150, 140, 130}} {
		m, n, k := s[0], s[1], s[2]
		bias, deriv := uniforms[T](n, 4), uniforms[T](m*(n+1), 5)
		for _, e := range []Epilogue[T]{{Bias: bias}, {Bias: bias, Act: ActGELU},
			{Deriv: deriv, LdDeriv: n + 1},
			{Bias: bias, Act: ActLeakyReLU(0.25), Deriv: deriv, LdDeriv: n + 1}} {
			for flags := range 8 {
				p := product[T]{transA: flags&1 != 0, transB: flags&2 != 0, m: m, n: n, k: k,
					alpha: 0.75, beta: T(flags / 4), Epilogue: e, activator: anyActivation[T]{}}
				_, p.lda = stored(p.transA, m, k)
				_, p.ldb = stored(p.transB, k, n)
				p.ldc = n + 3
				p.a, p.b, p.c = uniforms[T](m*k, 1), uniforms[T](k*n, 2), uniforms[T](m*p.ldc, 3)
				want := append([]T(nil), p.c...)
				var packed PackedB[T]
				packed.pack(tier, "PackB", p.transB, k, n, termsPerPass(m, n, k), p.b, p.ldb)
				SetThreads(1)
				GemmPacked(p.transA, m, p.alpha, p.a, p.lda, &packed, p.beta, want, p.ldc, e)
				for _, threads := range threadCounts() {
					q := p
					q.c = append([]T(nil), p.c...)
					SetThreads(threads)
					gemm(tier, "GemmFused", &q)
					for i := range want {
						if want[i] != q.c[i] {
							t.Fatalf("%v m,n,k=%v transA=%v transB=%v beta=%v bias=%v %v deriv=%v, "+
								"%d threads: element %d is %v, packed %v", tier, s,
								p.transA, p.transB, p.beta, e.Bias != nil, e.Act, e.Deriv != nil,
								threads, i, q.c[i], want[i])
						}
					}
				}
			}
		}
	}
}

// TestGemmBatchThreads: many small products are shared out among the threads.
func TestGemmBatchThreads(t *testing.T) {
	defer SetThreads(0)
	const batch, n = 600, 13
	a, b := uniforms[float32](batch*n*n, 1), uniforms[float32](n*n, 2)
	want := make([]float32, batch*n*n)
	for i := range batch {
		Gemm(false, false, n, n, n, 1, a[i*n*n:], n, b, n, 0, want[i*n*n:], n)
	}
	for threads := 1; threads <= 3; threads++ {
		SetThreads(threads)
		got := make([]float32, len(want))
		GemmBatch(batch, false, false, n, n, n, 1, a, n, n*n, b, n, 0, 0, got, n, n*n)
		if !slices.Equal(got, want) {
			t.Errorf("%d threads: the products of the batch differ from single ones", threads)
		}
	}
}

// TestDerivOfVectors: a product that is a row or a column, on each path, is multiplied by Deriv, whose rows may have
// gaps. The factors are powers of two, so the bits are those of the plain product times them.
func TestDerivOfVectors(t *testing.T) {
	for _, tier := range checkedTiers() {
		testDerivOfVectors[float32](t, tier)
		testDerivOfVectors[float64](t, tier)
	}
}

func testDerivOfVectors[T Float](t *testing.T, tier Tier) {
	for _, s := range [][3]int{{1, 40, 3}, {40, 1, 3}, {1, 40, 70}, {40, 1, 70}, {1, 1, 70}, {300, 1, 500},
		{1, 300, 500}} {
		m, n, k := s[0], s[1], s[2]
		for flags := range 8 {
			p := product[T]{transA: flags&1 != 0, transB: flags&2 != 0, m: m, n: n, k: k, alpha: 1, ldc: n}
			rowsA, colsA := stored(p.transA, m, k)
			rowsB, colsB := stored(p.transB, k, n)
			p.lda, p.ldb, p.a, p.b = colsA, colsB, uniforms[T](rowsA*colsA, 1), uniforms[T](rowsB*colsB, 2)
			plain := p
			p.c, plain.c = make([]T, m*n), make([]T, m*n)
			p.LdDeriv = n + flags/4*3
			p.Deriv = make([]T, m*p.LdDeriv)
			for i := range p.Deriv {
				p.Deriv[i] = T(math.Ldexp(1, i%5-2))
			}
			gemm(tier, "Gemm", &plain)
			gemm(tier, "GemmFused", &p)
			for i := range p.c {
				if want := plain.c[i] * p.Deriv[i/n*p.LdDeriv+i%n]; p.c[i] != want || want == 0 {
					t.Fatalf("%v, %dx%dx%d of %T, transposed %v %v, LdDeriv %d: element %d is %v, want %v", tier,
						m, n, k, want, p.transA, p.transB, p.LdDeriv, i, p.c[i], want)
				}
			}
		}
	}
}

// TestPackedPasses: a packed product of many rows has the bits of its parts, and those of Gemm unless m, n and k are
// all above 256: from there on Gemm sums up to 512 terms at a time.
func TestPackedPasses(t *testing.T) {
	testPackedPasses[float32](t)
	testPackedPasses[float64](t)
}

func testPackedPasses[T Float](t *testing.T) {
	for _, s := range [][3]int{{256, 300, 512}, {300, 256, 512}, {300, 300, 256}, {300, 300, 300}} {
		m, n, k := s[0], s[1], s[2]
		a, b := uniforms[T](m*k, 1), uniforms[T](k*n, 2)
		whole, parts, plain := make([]T, m*n), make([]T, m*n), make([]T, m*n)
		packed := PackB(false, k, n, b, n)
		GemmPacked(false, m, 1, a, k, packed, 0, whole, n, Epilogue[T]{})
		for i := 0; i < m; i += 100 {
			GemmPacked(false, min(100, m-i), 1, a[i*k:], k, packed, 0, parts[i*n:], n, Epilogue[T]{})
		}
		Gemm(false, false, m, n, k, 1, a, k, b, n, 0, plain, n)
		if !slices.Equal(whole, parts) {
			t.Errorf("%v of %T: other bits than those of 100 rows at a time", s, a[0])
		}
		if same := slices.Equal(whole, plain); same != (min(m, n, k) <= 256) {
			t.Errorf("%v of %T: the bits of Gemm %v, want %v", s, a[0], same, !same)
		}
	}
}
