// Package mallocs counts heap allocations for tests. It looks at the whole process:
// testing.AllocsPerRun sets GOMAXPROCS to 1, which hides what the helpers of a
// parallel kernel allocate.
package mallocs

import (
	"runtime"
	"sync"
)

const windows = 12

// Least runs f in up to 12 windows and returns the allocations of the quietest. What
// the runtime allocates for itself, a thread for the collector say, does not recur,
// while an allocation by f stands in every window. Run f once before if its first call
// may allocate, and collect garbage inside f to see what a collection takes away.
// GOMAXPROCS is at least 2 meanwhile.
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

// fillGoroutineLists ends more goroutines at once than the processors keep for
// themselves. The runtime reuses the descriptor of a goroutine that ended, but each
// processor holds back up to 64 of them; until all have as many, a goroutine that
// starts on one and ends on another costs an allocation.
var fillGoroutineLists = sync.OnceFunc(func() {
	var all sync.WaitGroup
	gate := make(chan struct{})
	for range 256 * runtime.GOMAXPROCS(0) {
		all.Go(func() { <-gate })
	}
	close(gate)
	all.Wait()
})
