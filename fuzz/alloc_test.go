package fuzz

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/internal/mallocs"
)

// TestNoAllocations: after the first call no kernel allocates, neither on the caller's
// goroutine nor on a worker's. A garbage collection does not free the memory it reuses.
func TestNoAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	for _, row := range slices.Concat(groups()...) {
		sizes := spec.Sizes{M: 150, N: 140, K: 130}
		if row.Dims == "N" {
			sizes.N = 1000
			if row.Params[0].Role == spec.InOut && !testing.Short() {
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
			if n := eightCalls(func() { row.Run(call) }); n > 0 {
				t.Errorf("%v case %q: %d allocations in 8 calls", row, row.Cases[c], n)
			}
		}
	}
}

// eightCalls counts the allocations of f in 8 calls after the first, with a
// collection among them.
func eightCalls(f func()) uint64 {
	f()
	return mallocs.Least(func() {
		for i := range 8 {
			if i == 3 {
				runtime.GC()
			}
			f()
		}
	})
}
