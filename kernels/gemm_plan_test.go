package kernels

import (
	"runtime"
	"slices"
	"testing"
	"unsafe"
)

// everyTier is all tiers. A plan is cut the same way on a CPU that does not run the tier.
var everyTier = []Tier{Generic, NEON, AVX2, AVX512}

// TestPlan checks what a plan must keep for any shape: the scratch stays within its
// share, blocks fit together, and the order of summation on the
// sizes alone, and not on the roles of A and B.
func TestPlan(t *testing.T) {
	sizes := []int{1, 2, 11, 12, 13, 127, 128, 500, 1024, 4096, 20000, 1 << 20}
	for _, tier := range everyTier {
		for _, m := range sizes {
			for _, n := range sizes {
				for _, k := range sizes {
					checkPlan[float32](t, tier, m, n, k)
					checkPlan[float64](t, tier, m, n, k)
				}
			}
		}
	}
}

func checkPlan[T Float](t *testing.T, tier Tier, m, n, k int) {
	size := int(unsafe.Sizeof(T(0)))
	pl := planFor(tier, &product[T]{m: m, n: n, k: k, kc: termsPerPass(m, n, k)})
	scratch := roundUp(min(n, pl.NC), pl.NR) * pl.KB * size
	limit := max(caches().l3Share, minStrips*pl.NR*pl.KC*size)
	switch {
	case scratch > limit+pl.NR*pl.KB*size:
		t.Errorf("%v %dx%dx%d: scratch of %d bytes, the share is %d", tier, m, n, k, scratch, limit)
	case pl.KC > longKC || pl.KC > maxKC && min(m, n) <= shortSide || pl.KC != termsPerPass(n, m, k):
		t.Errorf("%v %dx%dx%d: KC = %d", tier, m, n, k, pl.KC)
	case pl.KB != k && pl.KB%pl.KC != 0:
		t.Errorf("%v %dx%dx%d: KB = %d is no multiple of KC = %d", tier, m, n, k, pl.KB, pl.KC)
	case pl.NC%pl.NR != 0 || pl.tileCols%pl.NR != 0 || pl.packCols%pl.NR != 0 || pl.MC%pl.MR != 0:
		t.Errorf("%v %dx%dx%d: %+v is not in whole register tiles", tier, m, n, k, pl)
	}
}

// TestCutInPlace: tiles that are counted down the columns are whole register tiles and
// vectors, and no thread has much more work than its share.
func TestCutInPlace(t *testing.T) {
	for _, tier := range everyTier {
		for threads := 2; threads <= 7; threads++ {
			for _, m := range []int{32, 33, 61, 128, 200, 511} {
				for _, n := range []int{2 * m, 2*m + 1, 777, 1024} {
					checkCutInPlace[float32](t, tier, threads, m, n)
					checkCutInPlace[float64](t, tier, threads, m, n)
				}
			}
		}
	}
}

func checkCutInPlace[T Float](t *testing.T, tier Tier, threads, m, n int) {
	size, shape := int(unsafe.Sizeof(T(0))), tileOf[T](tier)
	k := caches().l2/size/n + 8
	pl := plan{tileShape: shape, threads: threads}
	pl.cutInPlace(m, n, k, size)
	switch {
	case pl.downFirst != (n >= 2*m):
		t.Errorf("%v %dx%dx%d: down first %v", tier, m, n, k, pl.downFirst)
	case pl.MC <= 0 || pl.MC%shape.MR != 0 || pl.tileCols%shape.lanes != 0:
		t.Errorf("%v %dx%dx%d: tiles of %d x %d", tier, m, n, k, pl.MC, pl.tileCols)
	}
	checkShares(t, &pl, m, n)
}

// TestCut: no thread has much more work than its share, whatever the sizes, and the search for the
// cut takes little time on many threads.
func TestCut(t *testing.T) {
	for _, tier := range everyTier {
		for _, threads := range []int{2, 3, 4, 8, 31, 128} {
			for _, m := range []int{1, 7, 33, 48, 81, 100, 129, 333, 1000, 4100} {
				for _, n := range []int{1, 10, 96, 100, 257, 1000, 3000} {
					for _, terms := range []int{100, 200, 400} {
						if 2*float64(m*n)*float64(terms) < parallelFlops*float64(threads) {
							continue
						}
						pl := plan{tileShape: tileOf[float32](tier), threads: threads, KC: terms}
						pl.cut(m, n, 4)
						checkShares(t, &pl, m, n)
					}
				}
			}
		}
	}
}

// checkShares demands that no thread has more work than one and a half shares and some register tiles.
func checkShares(t *testing.T, pl *plan, m, n int) {
	t.Helper()
	turns := ceilDiv(ceilDiv(m, pl.MC)*ceilDiv(n, pl.tileCols), pl.threads)
	work, share := turns*min(pl.MC, m)*min(pl.tileCols, n), m*n/pl.threads
	if narrow := 2 * pl.MR * minStrips * pl.NR; work > share+share/2+narrow {
		t.Errorf("%dx%d for %d threads: a thread has %d elements, its share is %d: %+v", m, n, pl.threads, work,
			share, pl)
	}
}

// TestTiles: every strip that a plan may ask for has whole vectors but for the last one, and one
// call of the micro-kernel ends with a whole register tile.
func TestTiles(t *testing.T) {
	for _, tier := range everyTier {
		testTiles[float32](t, tier)
		testTiles[float64](t, tier)
	}
}

func testTiles[T Float](t *testing.T, tier Tier) {
	tile := tileOf[T](tier)
	if tile.NR%tile.lanes != 0 || tile.wideNR%tile.lanes != 0 || maxDirectRows%tile.MR != 0 ||
		uintptr(tile.NR)*unsafe.Sizeof(T(0)) > unsafe.Sizeof(zeroStrip) {
		t.Errorf("%v: %+v", tier, tile)
	}
	for rows := 1; rows <= 3; rows++ {
		for cols := 1; cols < 4*tile.NR; cols++ {
			p := product[T]{m: rows, n: cols}
			for j := 0; j < cols; {
				n := p.stripWidth(tier, rows, cols-j)
				if n < 1 || n > cols-j || n > tile.NR && (n != tile.wideNR || rows > wideMR) ||
					j+n < cols && n%tile.lanes != 0 {
					t.Fatalf("%v: a strip of %d where %d columns are left", tier, n, cols-j)
				}
				j += n
			}
		}
	}
}

// TestPlansOfOtherTiers: a tier whose assembly is for another architecture falls back to pure Go in every
// call, and its plan then gives the bits of the generic tier. Assembly that is in the program, for a CPU
// with more than this one has, must not be called.
func TestPlansOfOtherTiers(t *testing.T) {
	t.Cleanup(func() { SetThreads(0) })
	own := map[string][]Tier{"amd64": {AVX2, AVX512}, "arm64": {NEON}}[runtime.GOARCH]
	for _, tier := range everyTier {
		if tier != Generic && !slices.Contains(own, tier) {
			testPlanOfOtherTier[float32](t, tier)
			testPlanOfOtherTier[float64](t, tier)
		}
	}
}

func testPlanOfOtherTier[T Float](t *testing.T, tier Tier) {
	found := caches
	defer func() { caches = found }()
	shapes := [][3]int{{1, 40, 100}, {40, 1, 100}, {7, 11, 11}, {2, 70, 90}, {65, 33, 257}, {17, 300, 90},
		{300, 5, 200}, {70, 60, 70}, {130, 129, 128}, {270, 260, 530}}
	if testing.Short() {
		shapes = shapes[:len(shapes)-2] // several blocks with small caches all the same
	}
	for i, s := range shapes {
		m, n, k := s[0], s[1], s[2]
		bias, deriv := uniforms[T](n, 4), uniforms[T](m*n, 5)
		for flags := range 8 {
			p := randomProduct[T](flags, m, n, k)
			p.alpha, p.beta, p.c, p.activator = 0.75, 0.5, uniforms[T](m*n, 3), anyActivation[T]{}
			if flags&4 != 0 {
				p.Epilogue = Epilogue[T]{Bias: bias, Act: ActLeakyReLU(0.25), Deriv: deriv, LdDeriv: n}
			}
			want := p
			want.c = slices.Clone(p.c)
			gemm(Generic, "Gemm", &want)
			SetThreads(1 + i%2)
			for _, small := range []bool{false, true} {
				caches = found
				if small {
					caches = func() cacheInfo { return cacheInfo{4 << 10, 16 << 10, 16 << 10, 1 << 20} }
				}
				got := p
				got.c = slices.Clone(p.c)
				gemm(tier, "Gemm", &got)
				if !slices.Equal(got.c, want.c) {
					t.Errorf("%v %T %v flags=%d, small caches %v: not the bits of the generic tier", tier,
						p.alpha, s, flags, small)
				}
			}
		}
	}
}
