//go:build linux && cgo

package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"time"
	"unsafe"

	"github.com/ashlar-go/ashlar/bench"
	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// result is one shape: rates in GFLOP/s, NaN where a contestant is not in it.
type result struct {
	shape
	ours, prepared, peak float64
	peers                []float64
	generates            []bool // whether that peer generates code for the very shape
}

// best returns the fastest peer, -1 if there is none.
func (r *result) best() int {
	best := -1
	for i, v := range r.peers {
		if !math.IsNaN(v) && (best < 0 || v > r.peers[best]) {
			best = i
		}
	}
	return best
}

// ratio compares with the fastest peer. Where that is a library which generates code for
// the very shape, a product that was prepared in advance may stand for ours.
func (r *result) ratio() float64 {
	best := r.best()
	if best < 0 {
		return math.NaN()
	}
	ours := r.ours
	if r.generates[best] && r.prepared > ours {
		ours = r.prepared
	}
	return ours / r.peers[best]
}

// contestant is something to be timed.
type contestant struct {
	run   func(count int)
	count int // repetitions in one timing
}

// settle waits until the threads of a library have stopped spinning for work, which takes some
// 200 ms.
func settle() {
	const step = 10 * time.Millisecond
	for range 100 {
		before := cpuTime()
		time.Sleep(step)
		if cpuTime()-before < step/10 {
			return
		}
	}
}

// peakRuns is the number of runs of the peak's loop in a round.
const peakRuns = 10

// timing is the least time of one measurement.
const timing = 2 * time.Millisecond

// measure times all contestants in turn, rounds times.
func measure[T kernels.Float](s shape, peers []*peer, threads, rounds int) (*result, error) {
	size := int(unsafe.Sizeof(T(0)))
	dtype := spec.F32
	if size == 8 {
		dtype = spec.F64
	}
	p := newProduct(s, size)
	defer p.free()
	fill[T](p, s)
	kernels.SetThreads(threads)
	list := []contestant{{run: ours[T](p, s)}, {run: prepared[T](p, s)}}
	who := []int{-1, -1}
	if err := agree[T](p, s, peers, threads); err != nil {
		return nil, err
	}
	for i, peer := range peers {
		if f := peer.function(p, size, threads); f != nil {
			list = append(list, contestant{run: func(count int) { p.repeat(peer, f, size, threads, count) }})
			who = append(who, i)
		}
	}
	peak, peakFlops := bench.Peak(kernels.Active(), dtype)
	var limit bench.Rounds
	rates := make([][]float64, len(list))
	calibrate(list)
	for round := range rounds {
		if peak != nil {
			limit.Run(func() {
				for range peakRuns {
					peak()
				}
			})
		}
		for i := range list {
			if round%2 == 1 { // forwards and backwards in turn
				i = len(list) - 1 - i
			}
			rates[i] = append(rates[i], list[i].time(threads, s.flops()))
		}
	}
	r := &result{shape: s, peak: math.NaN(), prepared: math.NaN(),
		peers: slices.Repeat([]float64{math.NaN()}, len(peers)), generates: make([]bool, len(peers))}
	if peak != nil {
		r.peak = peakRuns * peakFlops / float64(limit.Least(0).Nanoseconds()) * float64(threads)
	}
	for i := range list {
		rate := median(rates[i])
		switch {
		case i == 0:
			r.ours = rate
		case i > 1:
			r.peers[who[i]] = rate
			r.generates[who[i]] = peers[who[i]].kind == xsmm
		case s.m < 32:
			r.prepared = rate
		}
	}
	return r, nil
}

// time runs one contestant and returns its rate. One run before the clock starts brings its
// operands into the caches. With several threads, the last contestant's threads first go to
// sleep, and that run wakes the contestant's own.
func (c *contestant) time(threads int, flops float64) float64 {
	if threads > 1 {
		settle()
		c.run(c.count)
	}
	c.run(1)
	start := time.Now()
	c.run(c.count)
	return flops * float64(c.count) / float64(time.Since(start).Nanoseconds())
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// calibrate finds the repetitions that take as long as timing.
func calibrate(list []contestant) {
	for i := range list {
		c := &list[i]
		c.run(1)
		for c.count = 1; ; c.count *= 2 {
			start := time.Now()
			c.run(c.count)
			if d := time.Since(start); d >= timing {
				break
			} else if d > timing/8 {
				c.count = int(float64(c.count)*float64(timing)/float64(d)) + 1
				break
			}
		}
	}
}

func fill[T kernels.Float](p *cProduct, s shape) {
	a, b, _, _, _ := p.operands()
	r := rand.New(rand.NewPCG(1, 2))
	for _, x := range [][]T{unsafe.Slice((*T)(a), s.m*s.k), unsafe.Slice((*T)(b), s.k*s.n)} {
		for i := range x {
			x[i] = T(r.Float64() - 0.5)
		}
	}
}

func slicesOf[T kernels.Float](p *cProduct, s shape) (a, b, c []T, lda, ldb int) {
	pa, pb, pc, lda, ldb := p.operands()
	return unsafe.Slice((*T)(pa), s.m*s.k), unsafe.Slice((*T)(pb), s.k*s.n),
		unsafe.Slice((*T)(pc), s.m*s.n), lda, ldb
}

func ours[T kernels.Float](p *cProduct, s shape) func(int) {
	a, b, c, lda, ldb := slicesOf[T](p, s)
	return func(count int) {
		for range count {
			kernels.Gemm(s.transA, s.transB, s.m, s.n, s.k, 1, a, lda, b, ldb, 0, c, s.n)
		}
	}
}

func prepared[T kernels.Float](p *cProduct, s shape) func(int) {
	a, b, c, lda, ldb := slicesOf[T](p, s)
	g := kernels.PrepareGemm[T](s.transA, s.transB, s.m, s.n, s.k, 1, lda, ldb, 0, s.n)
	return func(count int) {
		for range count {
			g.Do(a, b, c)
		}
	}
}
