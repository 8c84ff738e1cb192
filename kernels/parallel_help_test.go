package kernels

import (
	"runtime"
	"slices"
	"sync/atomic"
	"testing"
	"time"
)

// twoThreads gives the test two threads, also on a machine with one CPU.
func twoThreads(t *testing.T) {
	old := runtime.GOMAXPROCS(max(2, runtime.GOMAXPROCS(0)))
	SetThreads(2)
	t.Cleanup(func() {
		SetThreads(0)
		runtime.GOMAXPROCS(old)
	})
}

// untilHelped makes calls until a helper has computed tiles of the last one. A worker stays meanwhile:
// under the race detector the calls do not follow each other closely enough for the pool to call one.
func untilHelped(t *testing.T, call func()) {
	t.Helper()
	var done atomic.Bool
	ended := make(chan bool)
	go func() {
		for !done.Load() {
			pool.workers.Add(1)
			worker()
		}
		close(ended)
	}()
	defer func() {
		done.Store(true)
		<-ended
	}()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); {
		for i := range pool.slots {
			pool.slots[i].state.Store(0)
		}
		call()
		for i := range pool.slots {
			if pool.slots[i].wasHelped() {
				return
			}
		}
	}
	t.Fatal("no helper took part in 30 s")
}

// wasHelped reports whether the caller of the last job took fewer tiles than there were, beside
// the one that it did not get.
func (s *slot) wasHelped() bool {
	state := s.state.Load()
	return state != 0 && state&tileMask <= s.tiles
}

// waitJob is work whose second tile on the caller ends when a helper has done another.
type waitJob struct {
	countJob
	helped, alone atomic.Bool
}

func (w *waitJob) tile(i int) {
	w.countJob.tile(i)
	switch i {
	case 0: // long enough that a worker is called
		time.Sleep(2 * wakeGain)
	case 1:
		w.alone.Store(!waitUntil(w.helped.Load))
	default:
		w.helped.Store(true)
	}
}

// TestHelperTakesPart: a caller whose first tile takes long has a helper for the others,
// and each tile still runs once.
func TestHelperTakesPart(t *testing.T) {
	twoThreads(t)
	w := waitJob{countJob: countJob{make([]atomic.Int32, 100)}}
	parallel(2, len(w.tiles), &w)
	if w.alone.Load() {
		t.Error("no helper took part in 30 s")
	}
	for i := range w.tiles {
		if n := w.tiles[i].Load(); n != 1 {
			t.Errorf("tile %d ran %d times", i, n)
		}
	}
}

// stuckJob is work in which a helper is so slow that its first tile takes as long as all others.
type stuckJob struct {
	countJob
	done atomic.Int32
}

func (s *stuckJob) tile(i int) {
	s.countJob.tile(i)
	switch last := len(s.tiles) - 1; i {
	case 0: // long enough that a worker is called
		time.Sleep(2 * wakeGain)
	case 1:
		waitUntil(func() bool { return s.tiles[last].Load() > 0 }) // helpers begin at the end
	case last:
		waitUntil(func() bool { return int(s.done.Load()) == last })
	}
	s.done.Add(1)
}

// waitUntil waits for a condition, 30 s at most, and reports whether it came.
func waitUntil(met func() bool) bool {
	for deadline := time.Now().Add(30 * time.Second); !met(); runtime.Gosched() {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}

// TestSlowHelper: no tile waits for a helper that is slow, so that it holds up the call by the
// one tile that it has.
func TestSlowHelper(t *testing.T) {
	twoThreads(t)
	s := stuckJob{countJob: countJob{make([]atomic.Int32, 100)}}
	began := time.Now()
	parallel(2, len(s.tiles), &s)
	if took := time.Since(began); took > 20*time.Second {
		t.Errorf("the call took %v: tiles waited for the slow helper", took)
	}
	for i := range s.tiles {
		if n := s.tiles[i].Load(); n != 1 {
			t.Errorf("tile %d ran %d times", i, n)
		}
	}
}

// lateJob is work that notes how many workers were counted in a tile.
type lateJob struct {
	countJob
	workers atomic.Int32
}

func (l *lateJob) tile(i int) {
	l.countJob.tile(i)
	l.workers.Store(pool.workers.Load())
}

// TestWorkerLooksAgain: a worker that is about to end takes the tiles of a job whose caller still counted
// on it. It is no longer counted when it looks, so that later callers start another one.
func TestWorkerLooksAgain(t *testing.T) {
	waitUntil(func() bool { return pool.workers.Load() == 0 })
	time.Sleep(time.Millisecond) // for the last look of the last one
	late := lateJob{countJob: countJob{make([]atomic.Int32, 3)}}
	var s *slot
	pool.workers.Add(1)
	serve(func() {
		if s == nil { // the first wait has found nothing, and a job comes
			s = takeSlot(2, len(late.tiles))
			s.job, s.tiles = &late, uint64(len(late.tiles))
			s.state.Store(slotOpen + slotFront)
			pool.callers.Add(1)
			callWorkers(1) // starts none: the one that has waited is counted
			late.workers.Store(-1)
		}
	})
	s.end()
	for i := range late.tiles {
		if want := min(1, int32(i)); late.tiles[i].Load() != want { // the caller has the first
			t.Errorf("tile %d ran %d times, want %d", i, late.tiles[i].Load(), want)
		}
	}
	if counted := late.workers.Load(); counted != 0 {
		t.Errorf("%d workers were counted while it looked again, want 0", counted)
	}
	if after := pool.workers.Load(); after != 0 {
		t.Errorf("%d workers are counted after its end, want 0", after)
	}
}

// TestWorkerEnds: a worker without work spins for spinTime and then ends. Other programs can only make it
// take longer, so that one short try is enough.
func TestWorkerEnds(t *testing.T) {
	const most = 20 * time.Millisecond // generous: what is meant is 200 µs
	least := time.Hour
	for try := 0; try < 30 && least > most; try++ {
		began := time.Now()
		spin()
		least = min(least, time.Since(began))
	}
	if least > most || least < spinTime {
		t.Errorf("a worker without work spins for %v, want %v", least, spinTime)
	}
}

// TestFinishersShare: where a finisher reads the rows again, there are two tiles or more to draw for
// each thread.
func TestFinishersShare(t *testing.T) {
	twoThreads(t)
	for _, cols := range []int{4 * leastBlock, 1000, 5000} {
		c := columnWork[float32]{longFinish: true}
		c.begin(Active(), 1<<12, cols, 1, 1, false)
		if c.threads != 2 || ceilDiv(cols, c.finishWidth) < 2*c.threads {
			t.Errorf("%d columns: %d threads, blocks of %d", cols, c.threads, c.finishWidth)
		}
	}
}

// columnNorm is a batch normalisation of columns with some statistics.
func columnNorm(cols int) BatchNorm[float64] {
	v := func(seed uint64) []float64 { return uniforms[float64](cols, seed) }
	return BatchNorm[float64]{Gamma: v(11), Beta: v(12), Mean: v(13), InvStd: v(14), RunMean: v(15),
		RunVar: v(16), Momentum: 0.1, Eps: 1e-5}
}

// TestHelpedCalls: calls in which a helper computed tiles have the bits of one thread.
func TestHelpedCalls(t *testing.T) {
	const m, n, k = 190, 210, 130
	a, b, bias, deriv := uniforms[float64](m*k, 1), uniforms[float64](k*n, 2), uniforms[float64](n,
		3), uniforms[float64](m*n, 4)
	long, other := uniforms[float64](1<<20, 5), uniforms[float64](1<<20, 6)
	var packed PackedB[float64]
	packed.Pack(false, k, n, b, n)
	for what, call := range map[string]func(c []float64){
		"packed":   func(c []float64) { Gemm(false, false, m, n, k, 1, a, k, b, n, 0, c, n) },
		"in place": func(c []float64) { Gemm(false, false, 64, n, k, 1, a, k, b, n, 0, c, n) },
		"own columns": func(c []float64) {
			Gemm(false, false, 60, 700, 300, 1, long, 300, other, 700, 0, c, 700)
		},
		"swapped": func(c []float64) { Gemm(false, true, 64, n, k, 1, a, k, b, k, 0, c, n) },
		"fused": func(c []float64) {
			GemmFused(false, false, m, n, k, 1, a, k, b, n, 0, c, n,
				Epilogue[float64]{Bias: bias, Deriv: deriv, LdDeriv: n})
		},
		"given packed": func(c []float64) {
			GemmPacked(false, m, 1, a, k, &packed, 0, c, n, Epilogue[float64]{Bias: bias, Act: ActTanh})
		},
		"batch": func(c []float64) {
			GemmBatch(13, false, false, 19, 19, 130, 1, a, k, 14*k, b, n, 0, 0,
				c, 19, 19*19)
		},
		"blocks": func(c []float64) {
			GemmBlocks(m, n, k, a, m, b, n,
				func(row int, x []float64) { copy(c[row*n:], x) })
		},
		"transpose": func(c []float64) { Transpose(1<<10, 1<<10, c, 1<<10, long, 1<<10) },
		"gemv": func(c []float64) {
			Gemv(false, 1<<10, 1000, 0.5, long, 1<<10, other[:1000], 0,
				c[:1<<10])
		},
		"gemv T": func(c []float64) {
			Gemv(true, 1000, 1<<10, 0.5, long, 1<<10, other[:1000], 0,
				c[:1<<10])
		},
		"ger": func(c []float64) {
			copy(c, other)
			Ger(1<<10, 1000, 0.5, long[:1<<10], other[:1000],
				c, 1<<10)
		},
		"upper": func(c []float64) {
			GemvTriangle(true, 1<<10, 1<<10, 1, long, 1<<10, other[:1<<10], 0,
				c[:1<<10])
		},
		"lower": func(c []float64) {
			GemvTriangle(false, 600, 1700, 2, long, 1700, other[:1700], 0,
				c[:600])
		},
		"batch norm": func(c []float64) {
			p := columnNorm(1000)
			BatchNormForward(1<<9, 1000, c, 1000, long, 1000, &p)
		},
		"batch norm backward": func(c []float64) {
			p := columnNorm(1000)
			BatchNormBackward(1<<9, 1000, c, 1000, long, 1000, other, 1000, &p, make([]float64, 1000),
				make([]float64, 1000))
		},
		"layer norm backward": func(c []float64) {
			LayerNormBackward(1<<9, 1000, c, 1000, long, 1000, other, 1000, uniforms[float64](1000, 7),
				uniforms[float64](1<<9, 8), uniforms[float64](1<<9, 9), make([]float64,
					1000), c[1<<19:][:1000])
		},
		"clip": func(c []float64) {
			copy(c, other)
			AdaptiveClipColumns(1<<9, 1000, c, 1000, long, 1000,
				1e-3, 1e-3)
		},
		"axpy": func(c []float64) { copy(c, other); Axpy(c, 0.3, long) },
		"norm": func(c []float64) { c[0] = Norm2(long) },
	} {
		t.Run(what, func(t *testing.T) {
			want, got := make([]float64, 1<<20), make([]float64, 1<<20)
			SetThreads(1)
			call(want)
			twoThreads(t)
			for range 3 {
				clear(got)
				untilHelped(t, func() { call(got) })
				if !slices.Equal(got, want) {
					t.Fatal("the result differs from that of one thread")
				}
			}
		})
	}
}

// pairJob is work of two tiles. Each computes for a while that alone calls no worker.
type pairJob struct{ countJob }

func (p *pairJob) tile(i int) {
	p.countJob.tile(i)
	for end := time.Now().Add(wakeGain / 2); time.Now().Before(end); {
	}
}

// TestHelpBetweenJobs: a few jobs that follow each other get help although each has but two tiles, of
// which the caller computes the second before the worker is awake that it called.
func TestHelpBetweenJobs(t *testing.T) {
	twoThreads(t)
	p := pairJob{countJob{make([]atomic.Int32, 2)}}
	for range 1000 { // other work may separate the jobs of a row
		time.Sleep(20 * spinTime) // no worker is left
		for range busyJobs / 2 {
			parallel(2, 2, &p)
			if pool.slots[0].wasHelped() {
				return
			}
		}
	}
	t.Fatal("no helper took part")
}
