package fuzz

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
)

// TestNoAllocations: after the first call no kernel allocates, neither in its
// caller nor in a helper, and a garbage collection does not empty what it reuses.
// testing.AllocsPerRun would set GOMAXPROCS to 1, so mallocs are counted here.
func TestNoAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	if runtime.GOMAXPROCS(0) < 2 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	}
	for _, row := range kernels.Table() {
		sizes := kernels.Sizes{M: 150, N: 140, K: 130}
		if row.Dims == "N" {
			sizes.N = 1000
			if row.Params[0].Role == kernels.InOut && !testing.Short() {
				sizes.N = 5 * longVector // an update: enough for several threads
			}
		}
		for c := range row.Cases {
			if c > 3 && c%7 != 0 {
				continue
			}
			sizes.Case = c
			in := random(&row, sizes, rand.New(rand.NewPCG(1, 1)))
			call := heapCall(&row, in)
			for _, f := range []func(*kernels.Call){row.Run, row.Entry} {
				if n := mallocs(func() { f(call) }); n > 0 {
					t.Errorf("%v case %q: %d allocations in 8 calls", row, row.Cases[c], n)
				}
			}
		}
	}
}

// mallocs counts allocations of f in 8 calls after the first, with a collection
// among them. What the runtime itself allocates, now and then, does not recur: the
// least of a few attempts counts.
func mallocs(f func()) uint64 {
	f()
	least := ^uint64(0)
	for range 12 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for i := range 8 {
			if i == 3 {
				runtime.GC()
			}
			f()
		}
		runtime.ReadMemStats(&after)
		if least = min(least, after.Mallocs-before.Mallocs); least == 0 {
			break
		}
	}
	return least
}
