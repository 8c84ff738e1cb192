package kernels

import "testing"

// TestGemmVariants: a packed, a prepared and a batched product have the bits of Gemm, on
// any number of threads and for shapes of every path.
func TestGemmVariants(t *testing.T) {
	defer SetThreads(0)
	for _, tier := range Tiers() {
		testGemmVariants[float32](t, tier)
		testGemmVariants[float64](t, tier)
	}
}

func testGemmVariants[T Float](t *testing.T, tier Tier) {
	const batch = 3
	for _, s := range [][3]int{{1, 70, 40}, {2, 200, 30}, {5, 7, 9}, {33, 10, 65}, {60, 130, 300}, {150, 140, 130}} {
		m, n, k := s[0], s[1], s[2]
		for flags := range 4 {
			p := product[T]{transA: flags&1 != 0, transB: flags&2 != 0, m: m, n: n, k: k, alpha: 0.75, beta: 0.5}
			rowsA, colsA := stored(p.transA, m, k)
			rowsB, colsB := stored(p.transB, k, n)
			p.lda, p.ldb, p.ldc = colsA+1, colsB+2, n+3
			a, b, c := uniforms[T](batch*rowsA*p.lda, 1), uniforms[T](batch*rowsB*p.ldb, 2), uniforms[T](batch*m*p.ldc, 3)
			variants := map[string]func(q product[T], x int){
				"packed": func(q product[T], _ int) {
					if q.dots() { // sums in another order
						gemm(tier, "Gemm", &q)
						return
					}
					var packed PackedB[T]
					packed.pack(tier, "PackB", q.transB, k, n, q.b, q.ldb)
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
				for threads := range 3 {
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
							t.Fatalf("%v m,n,k=%v transA=%v transB=%v, %d threads: element %d %s is %v, with Gemm %v",
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
