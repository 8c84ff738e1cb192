//go:build linux && cgo

package main

import (
	"fmt"
	"math"
	"runtime"
	"runtime/metrics"
	"slices"
	"sync"
	"time"

	"github.com/ashlar-go/ashlar/bench/peers/internal/contest"
	"github.com/ashlar-go/ashlar/kernels"
)

// reportPool measures the pool: its speedup, many callers at once, and its cost after a product.
func reportPool() {
	defer kernels.SetThreads(0)
	fmt.Println("\ntwo threads over one (cold: 1 ms after the last product)")
	for _, n := range []int{64, 96, 128, 256, 512, 1024} {
		hot, cold := speedup(n)
		fmt.Printf("  f32 %4d^3  hot %.2f  cold %.2f\n", n, hot, cold)
	}
	kernels.SetThreads(2)
	for _, n := range []int{64, 256, 512} {
		fmt.Printf("8 goroutines multiplying %d^3 at once: %.2f times the ideal time\n", n, crowd(n))
	}
	used, goroutines := after()
	fmt.Printf("1 ms after the last product: %v of CPU time in 200 ms, "+
		"%d goroutines (1 is the program's)\n", used, goroutines)
	wait, count := stopWait()
	fmt.Printf("garbage collections during 4096^3: %d stops, the longest wait for one at most %v\n",
		count, wait)
}

// multiplication returns a product of n x n matrices of its own.
func multiplication(n int) func() {
	a, b, c := make([]float32, n*n), make([]float32, n*n), make([]float32, n*n)
	kernels.Uniform(a, -1, 1, 1, 0)
	kernels.Uniform(b, -1, 1, 2, 0)
	return func() { kernels.Gemm(false, false, n, n, n, 1, a, n, b, n, 0, c, n) }
}

// speedup compares medians of interleaved rounds.
func speedup(n int) (hot, cold float64) {
	f := multiplication(n)
	repeat := max(1, int(1e9/(2*math.Pow(float64(n), 3))))
	var t [2][2][]float64
	for range 9 {
		for i := range 2 {
			kernels.SetThreads(i + 1)
			time.Sleep(time.Millisecond)
			t[0][i] = append(t[0][i], clock(f))
			for range 40 {
				f()
			}
			t[1][i] = append(t[1][i], clock(func() {
				for range repeat {
					f()
				}
			}))
		}
	}
	return contest.Median(t[1][0]) / contest.Median(t[1][1]), contest.Median(t[0][0]) / contest.Median(t[0][1])
}

func clock(f func()) float64 {
	start := time.Now()
	f()
	return time.Since(start).Seconds()
}

// crowd compares 8 goroutines on two threads with a quarter of 8 goroutines' work on one.
func crowd(n int) float64 {
	repeat := max(1, int(4e8/(2*math.Pow(float64(n), 3))))
	work := func() func() {
		f := multiplication(n)
		return func() {
			for range repeat {
				f()
			}
		}
	}
	var all [8]func()
	for i := range all {
		all[i] = work()
	}
	var alone, together []float64
	for range 5 {
		kernels.SetThreads(1)
		alone = append(alone, clock(all[0]))
		kernels.SetThreads(2)
		together = append(together, clock(func() {
			var wg sync.WaitGroup
			for _, f := range all {
				wg.Go(f)
			}
			wg.Wait()
		}))
	}
	return contest.Median(together) / (contest.Median(alone) * float64(len(all)) / 2)
}

// after measures the CPU time and the goroutines that remain after the last product.
func after() (used time.Duration, goroutines int) {
	f := multiplication(256)
	for range 100 {
		f()
	}
	time.Sleep(time.Millisecond)
	before := contest.CPUTime()
	time.Sleep(200 * time.Millisecond)
	return contest.CPUTime() - before, runtime.NumGoroutine()
}

// stopWait collects garbage time and again while a large product runs, and returns the
// longest time that a collection waited for all threads to stop, as the upper end of a
// bucket of the runtime's histogram.
func stopWait() (longest time.Duration, count uint64) {
	f := multiplication(4096)
	done := make(chan struct{})
	before := stops()
	go func() {
		defer close(done)
		f()
	}()
	for running := true; running; {
		select {
		case <-done:
			running = false
		case <-time.After(5 * time.Millisecond):
			runtime.GC()
		}
	}
	now := stops()
	for i, n := range now.Counts {
		if n -= before.Counts[i]; n > 0 {
			count += n
			longest = time.Duration(now.Buckets[i+1] * 1e9)
		}
	}
	return longest, count
}

func stops() *metrics.Float64Histogram {
	s := []metrics.Sample{{Name: "/sched/pauses/stopping/gc:seconds"}}
	metrics.Read(s)
	h := *s[0].Value.Float64Histogram()
	h.Counts = slices.Clone(h.Counts)
	return &h
}
