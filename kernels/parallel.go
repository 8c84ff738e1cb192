package kernels

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"
)

// The pool. Waking a parked goroutine costs about 100 µs on a virtual machine and
// a spinning one 0.1 µs, so a call never waits for help: the caller publishes its
// job in a slot and draws tiles from the job's counter itself; workers that happen
// to be awake draw from the same counter. When the counter runs out the caller
// closes the slot and waits only for helpers that have a tile in hand. Workers
// spin for spinTime after their last tile and then end, so an idle program has
// no goroutine of ours. Starting them again costs the caller about 30 µs, which a
// caller pays in the course of a busy stretch of calls, or where its first tile shows
// that wakeGain of work is left.

// job is work cut into tiles that may run in any order and on any goroutine.
type job interface{ tile(i int) }

const (
	spinTime = 150 * time.Microsecond
	wakeGain = 400 * time.Microsecond
	busyJobs = 16 // that follow each other within spinTime, several in one product
	slots    = 16 // jobs published at once; a caller that finds none free works alone
)

// slot publishes one job. state is slotOpen while helpers may join, plus the
// number of helpers inside.
type slot struct {
	taken atomic.Bool
	state atomic.Uint32
	_     [56]byte
	drawn atomic.Int64 // tiles that somebody has taken, on a cache line of its own
	_     [56]byte
	front int64        // tiles that the caller has taken, from the first one on
	back  atomic.Int64 // tiles that helpers have taken, from the last one back
	tiles int64
	job   job
}

const slotOpen = 1 << 31

var pool struct {
	slots   [slots]slot
	workers atomic.Int32
	callers atomic.Int32 // with a job in a slot
	last    atomic.Int64 // when the last job ended, in ns since start
	busy    atomic.Int32 // jobs, the last of which ended then, within spinTime of each other
}

// start is what times are measured from.
var start = time.Now()

// threadLimit is the cap on threads for one call; 0 means GOMAXPROCS.
var threadLimit atomic.Int32

func init() {
	text := os.Getenv("ASHLAR_THREADS")
	if text == "" {
		return
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > 1<<16 {
		fmt.Fprintf(os.Stderr, "kernels: ASHLAR_THREADS=%q is no positive number; ignored\n", text)
		return
	}
	threadLimit.Store(int32(n))
}

// SetThreads caps the threads that one call uses, the caller's included. n = 0
// takes the cap away; without a cap the limit is GOMAXPROCS, which also bounds
// any larger n. Results do not depend on it. Call it before the first kernel.
func SetThreads(n int) {
	checkSize("SetThreads", "n", n)
	threadLimit.Store(int32(min(n, 1<<16)))
}

// Threads returns the threads that one call may use.
func Threads() int {
	n := runtime.GOMAXPROCS(0)
	if limit := int(threadLimit.Load()); limit > 0 {
		n = min(n, limit)
	}
	return n
}

// parallel runs tiles 0..tiles-1 of j on up to threads goroutines and returns
// when all are done.
func parallel(threads, tiles int, j job) {
	if s := takeSlot(threads, tiles); s != nil {
		s.run(int64(tiles), j, int32(min(threads, tiles)-1))
		return
	}
	for i := range tiles {
		j.tile(i)
	}
}

func takeSlot(threads, tiles int) *slot {
	if threads <= 1 || tiles <= 1 {
		return nil
	}
	for i := range pool.slots {
		s := &pool.slots[i]
		if !s.taken.Load() && s.taken.CompareAndSwap(false, true) {
			return s
		}
	}
	return nil
}

func (s *slot) run(tiles int64, j job, helpers int32) {
	s.job, s.tiles = j, tiles
	s.front = 0
	s.back.Store(0)
	s.drawn.Store(0)
	s.state.Store(slotOpen)
	pool.callers.Add(1)
	began := time.Since(start)
	if began-time.Duration(pool.last.Load()) > spinTime {
		pool.busy.Store(0)
	}
	if pool.busy.Add(1) >= busyJobs || s.one() && (time.Since(start)-began)*time.Duration(tiles-1) > wakeGain {
		callWorkers(helpers)
	}
	for s.one() {
	}
	s.state.And(^uint32(slotOpen))
	for spins := 1; s.state.Load() != 0; spins++ {
		if spins%256 == 0 {
			runtime.Gosched()
			yieldCPU()
		}
	}
	s.job = nil
	s.taken.Store(false)
	pool.callers.Add(-1)
	pool.last.Store(int64(time.Since(start)))
}

// one computes a tile as the caller, if there is one left. The caller begins at one end
// and the helpers at the other, so that in calls on the same data a tile tends to stay
// with a thread and in its cache.
func (s *slot) one() bool {
	if s.drawn.Add(1) > s.tiles {
		return false
	}
	s.front++
	s.job.tile(int(s.front - 1))
	return true
}

// oneOfLast computes a tile as a helper, if there is one left.
func (s *slot) oneOfLast() bool {
	if s.drawn.Add(1) > s.tiles {
		return false
	}
	s.job.tile(int(s.tiles - s.back.Add(1)))
	return true
}

// callWorkers sees to it that at least n workers exist, unless the callers themselves
// can keep all threads busy.
func callWorkers(n int32) {
	for {
		have := pool.workers.Load()
		if have >= n || int(pool.callers.Load()) >= Threads() {
			return
		}
		if pool.workers.CompareAndSwap(have, have+1) {
			startWorker()
		}
	}
}

// worker helps with whatever job is open until there has been none for spinTime.
func worker() {
	for {
		spin()
		pool.workers.Add(-1)
		// A job published between the last look and the line above counted on
		// this worker: look once more.
		if !helpAny() {
			return
		}
		pool.workers.Add(1)
	}
}

func spin() {
	last := time.Now()
	for spins := 1; ; spins++ {
		if helpAny() {
			last = time.Now()
			continue
		}
		if spins%64 == 0 {
			runtime.Gosched()
			yieldCPU()
			if time.Since(last) > spinTime || int(pool.callers.Load()) >= Threads() {
				return
			}
		}
	}
}

// helpAny joins the first open job that has tiles left and reports whether it
// found one.
func helpAny() bool {
	for i := range pool.slots {
		s := &pool.slots[i]
		if s.state.Load()&slotOpen != 0 && s.help() {
			return true
		}
	}
	return false
}

func (s *slot) help() bool {
	for {
		state := s.state.Load()
		if state&slotOpen == 0 {
			return false
		}
		if s.state.CompareAndSwap(state, state+1) {
			break
		}
	}
	left := s.drawn.Load() < s.tiles
	for left && s.oneOfLast() {
	}
	s.state.Add(^uint32(0))
	return left
}

// freeList hands out reusable values without allocating once it is warm. Unlike
// a sync.Pool it is not emptied by a garbage collection, so a steady state stays
// free of allocations.
type freeList[V any] struct {
	items [slots * 4]atomic.Pointer[V]
}

func (l *freeList[V]) get() *V {
	for i := range l.items {
		if v := l.items[i].Load(); v != nil && l.items[i].CompareAndSwap(v, nil) {
			return v
		}
	}
	return new(V)
}

func (l *freeList[V]) put(v *V) {
	for i := range l.items {
		if l.items[i].Load() == nil && l.items[i].CompareAndSwap(nil, v) {
			return
		}
	}
}
