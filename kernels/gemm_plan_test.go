package kernels

import (
	"testing"
	"unsafe"
)

// TestPlan checks what a plan must keep for any shape: the scratch stays within its
// share, blocks fit together, and the order of summation on the
// sizes alone, and not on the roles of A and B.
func TestPlan(t *testing.T) {
	sizes := []int{1, 2, 11, 12, 13, 127, 128, 500, 1024, 4096, 20000, 1 << 20}
	for _, tier := range Tiers() {
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
// vectors, and as far as C is large enough there is one for each thread.
func TestCutInPlace(t *testing.T) {
	shape := tileOf[float32](Active())
	for threads := 2; threads <= 7; threads++ {
		for _, m := range []int{32, 33, 61, 128, 200, 511} {
			for _, n := range []int{2 * m, 2*m + 1, 777, 1024} {
				k := caches().l2/4/n + 8
				pl := plan{tileShape: shape, threads: threads}
				pl.cutInPlace(m, n, k, 4)
				switch {
				case pl.downFirst != (n >= 2*m):
					t.Errorf("%dx%dx%d: down first %v", m, n, k, pl.downFirst)
				case pl.MC <= 0 || pl.MC%shape.MR != 0 || pl.downFirst && pl.tileCols%shape.lanes != 0:
					t.Errorf("%dx%dx%d: tiles of %d x %d", m, n, k, pl.MC, pl.tileCols)
				case pl.downFirst && pl.tiles(m, n) < min(threads, m/32*ceilDiv(n, shape.lanes)):
					t.Errorf("%dx%dx%d: %d tiles for %d threads", m, n, k, pl.tiles(m, n), threads)
				}
			}
		}
	}
}
