package kernels

import (
	"sync/atomic"
	"testing"
)

// TestGemmBlocks: the blocks have the bits of Gemm and cover C once, in place and packed,
// on any number of threads.
func TestGemmBlocks(t *testing.T) {
	defer SetThreads(0)
	for _, tier := range checkedTiers() {
		testGemmBlocks[float32](t, tier)
		testGemmBlocks[float64](t, tier)
	}
}

func testGemmBlocks[T Float](t *testing.T, tier Tier) {
	for _, s := range [][3]int{{1, 1, 1}, {7, 5, 3}, {784, 96, 8}, {700, 300, 70}, {530, 48, 300},
		{300, 270, 300}, {40, 900, 0}, {3, 20000, 2}} {
		m, n, k := s[0], s[1], s[2]
		a, b := uniforms[T](k*(m+1), 1), uniforms[T](k*(n+2), 2)
		want := make([]T, m*n)
		p := product[T]{transA: true, m: m, n: n, k: k, alpha: 1, a: a, lda: m + 1, b: b, ldb: n + 2,
			c: want, ldc: n}
		gemm(tier, "Gemm", &p)
		for _, threads := range threadCounts() {
			SetThreads(threads)
			got := make([]T, m*n)
			var rows atomic.Int64
			gemmBlocks(tier, "GemmBlocks", m, n, k, a, m+1, b, n+2, func(row int, c []T) {
				rows.Add(int64(len(c) / n))
				copy(got[row*n:], c)
			})
			if rows.Load() != int64(m) {
				t.Fatalf("%v m,n,k=%v: blocks with %d rows", tier, s, rows.Load())
			}
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("%v m,n,k=%v, %d threads: element %d is %v, with Gemm %v", tier, s, threads, i,
						got[i], want[i])
				}
			}
		}
	}
}
