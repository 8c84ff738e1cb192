package kernels

import (
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"
	"weak"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// countJob counts how often each tile runs.
type countJob struct{ tiles []atomic.Int32 }

func (c *countJob) tile(i int) { c.tiles[i].Add(1) }

func TestParallelRunsEachTileOnce(t *testing.T) {
	for _, tiles := range []int{0, 1, 2, 3, 7, 100, 1000} {
		for _, threads := range []int{0, 1, 2, 3, 8} {
			for range 50 {
				c := countJob{make([]atomic.Int32, tiles)}
				parallel(threads, tiles, &c)
				for i := range c.tiles {
					if n := c.tiles[i].Load(); n != 1 {
						t.Fatalf("%d threads: tile %d of %d ran %d times", threads, i, tiles, n)
					}
				}
			}
		}
	}
}

// nestedJob starts a job in each of its tiles.
type nestedJob struct{ inner []countJob }

func (n *nestedJob) tile(i int) { parallel(2, len(n.inner[i].tiles), &n.inner[i]) }

// TestParallelNested: a tile may start a job of its own, also when all slots are
// taken, and nobody waits for a helper that has not started.
func TestParallelNested(t *testing.T) {
	done := make(chan bool)
	var wait sync.WaitGroup
	for range 2 * slots { // more callers than slots
		wait.Go(func() {
			for range 10 {
				n := nestedJob{make([]countJob, 5)}
				for i := range n.inner {
					n.inner[i].tiles = make([]atomic.Int32, 20)
				}
				parallel(4, len(n.inner), &n)
				for i := range n.inner {
					for j := range n.inner[i].tiles {
						if got := n.inner[i].tiles[j].Load(); got != 1 {
							t.Errorf("inner tile %d, %d ran %d times", i, j, got)
						}
					}
				}
			}
		})
	}
	go func() { wait.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("the pool is stuck")
	}
}

// TestConcurrentProducts: eight goroutines multiply at once, and each gets the
// bits it would get alone.
func TestConcurrentProducts(t *testing.T) {
	const m, n, k = 121, 113, 110 // enough for several threads
	a, b := ints[float32](m*k, 1), ints[float32](k*n, 2)
	for i := range a {
		a[i] /= 7
	}
	want := make([]float32, m*n)
	Gemm(false, false, m, n, k, 1, a, k, b, n, 0, want, n)
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			c := make([]float32, m*n)
			for range 5 {
				clear(c)
				Gemm(false, false, m, n, k, 1, a, k, b, n, 0, c, n)
				if !slices.Equal(c, want) {
					t.Error("a product differs from the same product made alone")
				}
			}
		})
	}
	wait.Wait()
}

// TestNoGoroutineLeft: the workers end when there has been nothing to do.
func TestNoGoroutineLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	c := countJob{make([]atomic.Int32, 1000)}
	parallel(4, len(c.tiles), &c)
	var left int
	for range 50 {
		time.Sleep(time.Millisecond)
		if left = runtime.NumGoroutine(); left <= before && pool.workers.Load() == 0 {
			return
		}
	}
	t.Errorf("50 ms after the last job there are %d goroutines, %d of them workers, want %d goroutines",
		left, pool.workers.Load(), before)
}

// keepingJob is a job with an operand.
type keepingJob struct{ operand []float64 }

func (k *keepingJob) tile(i int) { k.operand[i]++ }

// TestSharedJobIsForgotten: what a job refers to does not live on in the list of jobs or in the pool.
func TestSharedJobIsForgotten(t *testing.T) {
	var lists freelist.Lists
	for _, threads := range []int{1, 2} {
		operand := make([]float64, 100)
		first := weak.Make(&operand[0])
		shareOn[float64](&lists, threads, len(operand), keepingJob{operand})
		for range 5 { // a helper may still be on its way out
			runtime.GC()
		}
		if first.Value() != nil {
			t.Errorf("%d threads: the operand of a job outlives it", threads)
		}
	}
}

// TestSetThreads: any cap above what the Go scheduler runs is none, however large, and a negative one is refused
// and leaves the cap as it was.
func TestSetThreads(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(3))
	defer SetThreads(0)
	for _, bits := range []int{0, 1, 2, 8, 15, 16, 31, 32, 33, 48, 62, 63} {
		for _, more := range []int64{-1, 0, 1, 2} {
			n := int(int64(1)<<bits + more) // other numbers where int has 32 bits
			SetThreads(2)
			want, refused := 2, n < 0
			if n == 0 || n > 2 {
				want = 3
			} else if n > 0 {
				want = n
			}
			func() {
				defer func() {
					if err := recover(); (err != nil) != refused {
						t.Errorf("SetThreads(%d): %v", n, err)
					}
				}()
				SetThreads(n)
			}()
			if got := Threads(); got != want {
				t.Errorf("%d threads after SetThreads(%d), want %d", got, n, want)
			}
		}
	}
}
