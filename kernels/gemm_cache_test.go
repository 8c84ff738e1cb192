package kernels

import (
	"testing"
	"unsafe"
)

// smallCaches makes blocks so small that small products take several of each.
func smallCaches(t *testing.T, c cacheInfo) {
	found := caches
	caches = func() cacheInfo { return c }
	t.Cleanup(func() { caches = found })
}

// TestGemmBlocksRepeat: every loop has a second round, and the bits are those of a machine
// whose caches hold all.
func TestGemmBlocksRepeat(t *testing.T) {
	t.Cleanup(func() { SetThreads(0) })
	for _, tier := range checkedTiers() {
		testGemmBlocksRepeat[float32](t, tier)
		testGemmBlocksRepeat[float64](t, tier)
	}
}

func testGemmBlocksRepeat[T Float](t *testing.T, tier Tier) {
	tile := tileOf[T](tier)
	// Two and a bit of NC and of MC; the terms make three passes, two of them in one KB.
	n, k, m := 2*minStrips*tile.NR+5, 2*maxKC+7, 290
	if n > shortSide {
		k = 2*longKC + 7
	}
	share := 2 * minStrips * tile.NR * termsPerPass(m, n, k) * int(unsafe.Sizeof(T(0)))
	bias, deriv := uniforms[T](n, 4), uniforms[T](m*n, 5)
	for flags := range 4 {
		p := randomProduct[T](flags, m, n, k)
		p.alpha, p.beta, p.c = 0.75, 0.5, uniforms[T](m*n, 3)
		if flags%2 == 1 {
			p.Epilogue, p.activator = Epilogue[T]{Bias: bias, Act: ActGELU}, anyActivation[T]{}
		} else {
			p.Epilogue = Epilogue[T]{Bias: bias, Deriv: deriv, LdDeriv: n}
		}
		want := p
		want.c = append([]T(nil), p.c...)
		SetThreads(1)
		gemm(tier, "Gemm", &want)
		for threads := 1; threads <= 2; threads++ {
			t.Run("", func(t *testing.T) {
				smallCaches(t, cacheInfo{l1: 4 << 10, l2: 16 << 10, l3Share: share, beyond: 1 << 20})
				SetThreads(threads)
				p.kc = termsPerPass(m, n, k)
				pl := planFor(tier, &p)
				if pl.NC >= n || pl.KB >= k || pl.MC >= m || p.fitsDirect(tier) {
					t.Fatalf("%v %T %dx%dx%d: one block: %+v", tier, p.alpha, m, n, k, pl)
				}
				got := p
				got.c = append([]T(nil), p.c...)
				gemm(tier, "Gemm", &got)
				for i := range want.c {
					if got.c[i] != want.c[i] {
						t.Fatalf("%v %T flags=%d, %d threads: element %d,%d is %v, in one block %v", tier,
							p.alpha, flags, threads, i/n, i%n, got.c[i], want.c[i])
					}
				}
			})
		}
	}
}

// TestGemmSwapBlocks: a product with swapped roles is computed in blocks whose scratch is
// bounded, and which do not show in the result.
func TestGemmSwapBlocks(t *testing.T) {
	t.Cleanup(func() { SetThreads(0) })
	for _, tier := range checkedTiers() {
		testGemmSwapBlocks[float32](t, tier)
		testGemmSwapBlocks[float64](t, tier)
	}
}

func testGemmSwapBlocks[T Float](t *testing.T, tier Tier) {
	const area = 3000 // elements of scratch
	for _, s := range [][3]int{{16, 1000, 40}, {64, 200, 300}, {4000, 2, 3}, {1100, 30, 3}} {
		m, n, k := s[0], s[1], s[2]
		bias, deriv := uniforms[T](n, 4), uniforms[T](m*(n+1), 5)
		for _, e := range []Epilogue[T]{{}, {Bias: bias, Act: ActTanh}, {Deriv: deriv, LdDeriv: n + 1}} {
			for flags := range 4 {
				p := randomProduct[T](flags, m, n, k)
				p.alpha, p.beta, p.c, p.Epilogue, p.activator = 0.75, 0.5, uniforms[T](m*n,
					3), e, anyActivation[T]{}
				var packed PackedB[T]
				packed.pack(tier, "PackB", p.transB, k, n, termsPerPass(m, n, k), p.b, p.ldb)
				want := append([]T(nil), p.c...)
				GemmPacked(p.transA, m, p.alpha, p.a, p.lda, &packed, p.beta, want, n, e)
				t.Run("", func(t *testing.T) {
					smallCaches(t, cacheInfo{l1: 4 << 10, l2: 16 << 10,
						l3Share: area * int(unsafe.Sizeof(T(0))), beyond: 1 << 20})
					SetThreads(1 + flags%2)
					rows, cols := p.swapBlock(tier)
					if rows >= m && cols >= n {
						t.Fatalf("%v %T %v: one block", tier, p.alpha, s)
					}
					p.kc = termsPerPass(m, n, k)
					g := gemmJob[T]{tier: tier}
					g.runSwapped(&p)
					// Whole tiles, on whole cache lines.
					if limit := area + rows*tileOf[T](tier).MR + 64; len(g.cScratch) > limit {
						t.Errorf("%v %T %v: %d elements of scratch, want at most %d", tier, p.alpha, s,
							len(g.cScratch), limit)
					}
					for i := range want {
						if p.c[i] != want[i] {
							t.Fatalf("%v %T %v flags=%d: element %d,%d is %v, packed %v", tier, p.alpha, s,
								flags, i/n, i%n, p.c[i], want[i])
						}
					}
				})
			}
		}
	}
}
