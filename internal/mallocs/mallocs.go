// Package mallocs counts heap allocations for tests. It looks at the whole process:
// testing.AllocsPerRun sets GOMAXPROCS to 1, which hides what the helpers of a
// parallel kernel allocate.
package mallocs

import (
	"runtime"
	"sync"
)

const windows = 12

// Least runs f up to 12 times and returns the allocations of the run with the fewest.
// What the runtime allocates for itself, such as a thread for the collector, does not
// recur, while an allocation by f occurs in every run. Call f once before if its first
// call may allocate. Let f collect garbage to count what code allocates again after a
// collection. GOMAXPROCS is at least 2 meanwhile.
func Least(f func()) uint64 {
	if runtime.GOMAXPROCS(0) < 2 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	}
	fillGoroutineLists()
	least := ^uint64(0)
	for window := 0; window < windows && least > 0; window++ {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		least = min(least, after.Mallocs-before.Mallocs)
	}
	return least
}

// fillGoroutineLists ends many goroutines at once. The runtime reuses the descriptors of
// ended goroutines, but each processor keeps up to 64 of them for itself. Until all have
// as many, a goroutine that starts on one processor and ends on another costs an
// allocation.
var fillGoroutineLists = sync.OnceFunc(func() {
	var all sync.WaitGroup
	gate := make(chan struct{})
	for range 256 * runtime.GOMAXPROCS(0) {
		all.Go(func() { <-gate })
	}
	close(gate)
	all.Wait()
})
