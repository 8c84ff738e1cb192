package kernels

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"sync/atomic"
	"time"
)

// The pool. Waking a parked goroutine takes about 100 µs on a virtual machine, and
// waking a spinning one 0.1 µs, so a call never waits for help. The caller publishes
// its job in a slot and draws tiles from the job's counter itself. Workers that are
// awake draw from the same counter. When the counter runs out, the caller closes the
// slot and waits only for helpers that have begun a tile. Where cores differ in speed,
// each takes as many tiles as it can, and a slow one holds the call up by at most one.
// Workers spin for spinTime after the last job and then end, so an idle program has
// no goroutine of the pool. Starting workers costs the caller about 30 µs. A caller pays
// that only where more work is likely: in the middle of jobs in quick succession that are
// busyJobs in number or took wakeGain so far, or if the time of its first tile shows that
// wakeGain of work is left. A job of two tiles has none left after the first.

// job is work cut into tiles that may run in any order and on any goroutine.
type job interface{ tile(i int) }

const (
	spinTime = 150 * time.Microsecond
	wakeGain = 400 * time.Microsecond
	busyJobs = 16 // jobs that follow each other within spinTime; a product may have several
	slots    = 16 // jobs published at once; a caller that finds no slot free works alone
)

// slot publishes one job. state holds, in one number, the flag slotOpen while helpers may join;
// how many helpers are inside; how many tiles the caller has taken, from the first one on; and
// how many tiles helpers have taken, from the last one back. It is one number because fetching
// a cache line that another core has written takes as long as a thousand additions. Nothing
// else is written while a job runs. The fields that are written before have a cache line of
// their own, apart from the one that workers watch.
type slot struct {
	state atomic.Uint64
	_     [56]byte
	taken atomic.Bool
	tiles uint64
	job   job
	fault atomic.Pointer[fault] // of a helper's tile
	_     [24]byte
}

// fault is how a tile ended that did not return: by a panic with this value.
type fault struct{ value any }

// exited is the value for a tile that ended its goroutine.
const exited = "kernels: a function that a kernel called has ended its goroutine (runtime.Goexit)"

const (
	tileBits  = 28
	tileMask  = 1<<tileBits - 1
	slotFront = 1
	slotBack  = 1 << tileBits
	slotInner = 1 << (2 * tileBits)
	slotOpen  = 1 << 63

	maxTiles   = 1 << (tileBits - 1)
	maxHelpers = 1<<(63-2*tileBits) - 1
)

// left reports whether a tile was left for the last one counted in state.
func (s *slot) left(state uint64) bool { return state&tileMask+state>>tileBits&tileMask <= s.tiles }

var pool struct {
	slots   [slots]slot
	workers atomic.Int32
	callers atomic.Int32 // with a job in a slot
	last    atomic.Int64 // when the last job ended, in ns since start
	busy    atomic.Int32 // jobs in a row, each begun within spinTime of the end of the one before
	since   atomic.Int64 // when the first of them began
}

// start is the time from which pool.last is measured.
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
		const format = "kernels: ASHLAR_THREADS=%q is ignored, want a number from 1 to 65536\n"
		fmt.Fprintf(os.Stderr, format, text)
		return
	}
	threadLimit.Store(int32(n))
}

// SetThreads caps the threads that one call uses, the caller's included. n = 0 takes the
// cap away. GOMAXPROCS bounds the threads in any case, and at most 128 work on one call.
// Results do not depend on n. Call SetThreads before the first kernel.
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
		s.run(tiles, j, int32(min(threads, tiles, maxHelpers+1)-1))
		return
	}
	for i := range tiles {
		j.tile(i)
	}
}

// takeSlot returns a free slot, or nil if there is none or helpers have nothing to do.
func takeSlot(threads, tiles int) *slot {
	if threads <= 1 || tiles <= 1 || tiles > maxTiles {
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

func (s *slot) run(tiles int, j job, helpers int32) {
	s.job, s.tiles = j, uint64(tiles)
	s.state.Store(slotOpen + slotFront)
	pool.callers.Add(1)
	began := time.Since(start)
	if began-time.Duration(pool.last.Load()) > spinTime {
		pool.busy.Store(0)
		pool.since.Store(int64(began))
	}
	busy := pool.busy.Add(1) >= busyJobs || began-time.Duration(pool.since.Load()) > wakeGain
	defer s.end()
	if busy {
		callWorkers(helpers)
	}
	j.tile(0)
	if !busy && (time.Since(start)-began)*time.Duration(tiles-1) > wakeGain {
		callWorkers(helpers)
	}
	for s.one() {
	}
}

// end waits for the helpers that have begun a tile and gives the slot back, also when a tile of the
// caller panics. A panic in a helper's tile goes on in the caller.
func (s *slot) end() {
	s.state.And(^uint64(slotOpen))
	for spins := 1; s.state.Load() >= slotInner; spins++ {
		if spins%256 == 0 {
			runtime.Gosched()
			yieldCPU()
		}
	}
	s.job = nil
	f := s.fault.Load()
	if f != nil {
		s.fault.Store(nil)
	}
	s.taken.Store(false)
	pool.callers.Add(-1)
	pool.last.Store(int64(time.Since(start)))
	if f != nil {
		panic(f.value)
	}
}

// one computes a tile as the caller, if there is one left. The caller begins at one end
// and the helpers at the other, so that in calls on the same data a tile tends to stay
// with a thread and in its cache.
func (s *slot) one() bool {
	state := s.state.Add(slotFront)
	if !s.left(state) {
		return false
	}
	s.job.tile(int(state&tileMask) - 1)
	return true
}

// oneOfLast computes a tile as a helper, if there is one left.
func (s *slot) oneOfLast() bool {
	state := s.state.Add(slotBack)
	if !s.left(state) {
		return false
	}
	s.job.tile(int(s.tiles - state>>tileBits&tileMask))
	return true
}

// callWorkers starts workers until there are n, unless the callers alone keep all threads busy.
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
func worker() { serve(spin) }

// serve is worker, where wait helps with jobs until there has been none for long enough.
func serve(wait func()) {
	counted := true
	defer func() { // a tile may end the goroutine
		if counted {
			pool.workers.Add(-1)
		}
	}()
	for {
		wait()
		pool.workers.Add(-1)
		counted = false
		// A job published between the last look and the line above counted on
		// this worker: look once more.
		if !helpAny() {
			return
		}
		pool.workers.Add(1)
		counted = true
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
			callers := int(pool.callers.Load())
			if callers > 0 { // another job may follow that whose last tiles they compute
				last = time.Now()
			}
			if time.Since(last) > spinTime || callers >= Threads() {
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

// help computes tiles of a job until none is left and reports whether it did one. A tile that panics is a
// fault of the job, which goes on in its caller: a worker is no place where anybody could recover from it.
func (s *slot) help() (helped bool) {
	for {
		state := s.state.Load()
		if state&slotOpen == 0 || state&^slotOpen/slotInner == maxHelpers {
			return false
		}
		if s.state.CompareAndSwap(state, state+slotInner) {
			break
		}
	}
	whole := false
	defer func() {
		if !whole {
			s.fault.Store(&fault{cause(recover())})
		}
		s.state.And(^uint64(slotOpen)) // no tile is left for others
		s.state.Add(^uint64(slotInner - 1))
	}()
	for s.oneOfLast() {
		helped = true
	}
	whole = true
	return helped
}

// cause returns the value of a panic, or what says that there was none: the tile has ended its goroutine.
func cause(recovered any) any {
	if recovered == nil {
		return exited
	}
	return recovered
}
