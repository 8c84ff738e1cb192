package kernels

import (
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// faultJob panics in one tile, on the goroutine of the caller or of a helper. The first tile takes so long
// that a helper is called. The caller in the second and the helper in its first wait for each other.
type faultJob struct {
	helper bool
	fault  func()
	caller atomic.Bool // the caller has begun the second tile
	begun  atomic.Bool // a helper has begun a tile
	alone  atomic.Bool
}

func (f *faultJob) tile(i int) {
	switch i {
	case 0:
		time.Sleep(2 * wakeGain)
	case 1:
		f.caller.Store(true)
		f.alone.Store(!waitUntil(f.begun.Load))
		if !f.helper {
			f.fault()
		}
	default:
		f.begun.Store(true)
		waitUntil(f.caller.Load)
		if f.helper {
			f.fault()
		}
	}
}

// recovered calls f and returns what it panics with. ended reports that f ended its goroutine.
func recovered(f func()) (value any, ended bool) {
	done := make(chan bool)
	go func() {
		returned := false
		defer close(done)
		defer func() {
			if !returned {
				value = recover()
				ended = value == nil
			}
		}()
		f()
		returned = true
	}()
	<-done
	return value, ended
}

// TestFaultInTile: a panic in a tile goes on in the caller, on whichever goroutine the tile ran; one that ends
// the goroutine of a helper panics in the caller. The pool is as good as before.
func TestFaultInTile(t *testing.T) {
	twoThreads(t)
	mine := &struct{ text string }{"mine"}
	for _, c := range []struct {
		name   string
		helper bool
		fault  func()
		want   any
		ended  bool
	}{
		{"the caller panics", false, func() { panic(mine) }, mine, false},
		{"a helper panics", true, func() { panic(mine) }, mine, false},
		{"the caller's goroutine ends", false, runtime.Goexit, nil, true},
		{"a helper's goroutine ends", true, runtime.Goexit, exited, false},
	} {
		good := t.Run(c.name, func(t *testing.T) {
			for range 2 * slots { // a slot that is not given back would run out
				coldPool(t)
				job := &faultJob{helper: c.helper, fault: c.fault}
				value, ended := recovered(func() { parallel(2, 50, job) })
				if job.alone.Load() {
					t.Fatal("no helper took part in 30 s")
				}
				if value != c.want || ended != c.ended {
					t.Fatalf("the call panics with %v, ends the goroutine: %v, want %v, %v",
						value, ended, c.want, c.ended)
				}
			}
			poolIsIdle(t)
			TestHelperTakesPart(t)
		})
		if !good { // the pool may be such that the others wait half a minute
			return
		}
	}
}

// coldPool waits until no helper takes part in the first tile of a job.
func coldPool(t *testing.T) {
	t.Helper()
	if !waitUntil(func() bool { return pool.workers.Load() == 0 }) {
		t.Fatal("a worker has not ended in 30 s")
	}
	pool.last.Store(int64(-time.Second))
}

// poolIsIdle demands that nothing is left of earlier calls.
func poolIsIdle(t *testing.T) {
	t.Helper()
	idle := func() bool { return pool.workers.Load() == 0 && pool.callers.Load() == 0 }
	if !waitUntil(idle) {
		t.Errorf("%d workers, %d callers are left", pool.workers.Load(), pool.callers.Load())
	}
	for i := range pool.slots {
		if s := &pool.slots[i]; s.taken.Load() || s.job != nil || s.state.Load()&slotOpen != 0 {
			t.Errorf("slot %d is taken", i)
		}
	}
}

// TestPanickingFunction: a function given to GemmBlocks, or to its form for bfloat16, may panic. The panic is
// the caller's to recover from, and later calls have the bits that they had before.
func TestPanickingFunction(t *testing.T) {
	testPanickingFunction(t, GemmBlocks[float32])
	testPanickingFunction(t, GemmBlocksBFloat16[float32, float32])
}

func testPanickingFunction(t *testing.T, blocks func(m, n, k int, a []float32, lda int, b []float32, ldb int,
	f func(row int, c []float32))) {
	twoThreads(t)
	const m, n, k = 300, 500, 64
	a, b := uniforms[float32](k*m, 1), uniforms[float32](k*n, 2)
	want := make([]float32, m*n)
	product := func(c []float32) {
		blocks(m, n, k, a, m, b, n, func(row int, rows []float32) { copy(c[row*n:], rows) })
	}
	product(want)
	for i := range 100 {
		var calls atomic.Int32
		value, _ := recovered(func() {
			blocks(m, n, k, a, m, b, n, func(int, []float32) {
				if int(calls.Add(1)) > i%5 {
					panic(i)
				}
			})
		})
		if value != i {
			t.Fatalf("call %d panics with %v", i, value)
		}
	}
	poolIsIdle(t)
	got := make([]float32, m*n)
	product(got)
	if !slices.Equal(got, want) {
		t.Error("a product after panics has other bits")
	}
}
