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
		var calls []*spec.Call
		for c := range row.Cases {
			if c <= 3 && !testing.Short() || c%7 == 0 {
				sizes.Case = c
				calls = append(calls, heapCall(&row, random(&row, sizes, rand.New(rand.NewPCG(1, 1)))))
			}
		}
		// All cases at once: a collection for each would take most of the time.
		n := eightTimes(func() {
			for _, call := range calls {
				row.Run(call)
			}
		})
		if n == 0 {
			continue
		}
		t.Errorf("%v: %d allocations in 8 calls of each case", row, n)
		for _, call := range calls {
			t.Logf("case %q: %d", row.Cases[call.Case], eightTimes(func() { row.Run(call) }))
		}
	}
}

// eightTimes counts the allocations of f in 8 calls after the first, with a
// collection among them.
func eightTimes(f func()) uint64 {
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
