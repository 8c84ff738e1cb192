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
