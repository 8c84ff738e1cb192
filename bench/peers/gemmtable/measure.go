//go:build linux && cgo

package main

import (
	"math"
	"math/rand/v2"
	"slices"
	"unsafe"

	"github.com/ashlar-go/ashlar/bench"
	"github.com/ashlar-go/ashlar/bench/peers/internal/blas"
	"github.com/ashlar-go/ashlar/bench/peers/internal/contest"
	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// result is one shape: rates in GFLOP/s, NaN where a contestant is not in it.
type result struct {
	blas.Shape
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

// peakRuns is the number of runs of the peak's loop in a round.
const peakRuns = 10

// measure times all contestants in turn, rounds times.
func measure[T kernels.Float](s blas.Shape, peers []*blas.Peer, threads, rounds int) (*result, error) {
	size := int(unsafe.Sizeof(T(0)))
	dtype := spec.F32
	if size == 8 {
		dtype = spec.F64
	}
	p := blas.NewProduct(s, size, size)
	defer p.Free()
	fill[T](p, s)
	kernels.SetThreads(threads)
	list := []contest.Contestant{{Run: ours[T](p, s)}, {Run: prepared[T](p, s)}}
	who := []int{-1, -1}
	if err := agree[T](p, s, peers, threads); err != nil {
		return nil, err
	}
	for i, peer := range peers {
		if f := peer.Function(p, threads); f != nil {
			list = append(list, contest.Contestant{Run: func(count int) {
				p.Repeat(peer, f, threads, count)
			}})
			who = append(who, i)
		}
	}
	peak, peakFlops := bench.Peak(kernels.Active(), dtype)
	var limit bench.Rounds
	ns := contest.Times(list, threads, rounds, func() {
		if peak != nil {
			limit.Run(func() {
				for range peakRuns {
					peak()
				}
			})
		}
	})
	r := &result{Shape: s, peak: math.NaN(), prepared: math.NaN(),
		peers: slices.Repeat([]float64{math.NaN()}, len(peers)), generates: make([]bool, len(peers))}
	if peak != nil {
		r.peak = peakRuns * peakFlops / float64(limit.Least(0).Nanoseconds()) * float64(threads)
	}
	for i := range list {
		rate := s.Flops() / contest.Median(ns[i])
		switch {
		case i == 0:
			r.ours = rate
		case i > 1:
			r.peers[who[i]] = rate
			r.generates[who[i]] = peers[who[i]].Generates()
		case s.M < 32:
			r.prepared = rate
		}
	}
	return r, nil
}

func fill[T kernels.Float](p *blas.Product, s blas.Shape) {
	a, b, _, _, _ := p.Operands()
	r := rand.New(rand.NewPCG(1, 2))
	for _, x := range [][]T{unsafe.Slice((*T)(a), s.M*s.K), unsafe.Slice((*T)(b), s.K*s.N)} {
		for i := range x {
			x[i] = T(r.Float64() - 0.5)
		}
	}
}

func slicesOf[T kernels.Float](p *blas.Product, s blas.Shape) (a, b, c []T, lda, ldb int) {
	pa, pb, pc, lda, ldb := p.Operands()
	return unsafe.Slice((*T)(pa), s.M*s.K), unsafe.Slice((*T)(pb), s.K*s.N),
		unsafe.Slice((*T)(pc), s.M*s.N), lda, ldb
}

func ours[T kernels.Float](p *blas.Product, s blas.Shape) func(int) {
	a, b, c, lda, ldb := slicesOf[T](p, s)
	return func(count int) {
		for range count {
			kernels.Gemm(s.TransA, s.TransB, s.M, s.N, s.K, 1, a, lda, b, ldb, 0, c, s.N)
		}
	}
}

func prepared[T kernels.Float](p *blas.Product, s blas.Shape) func(int) {
	a, b, c, lda, ldb := slicesOf[T](p, s)
	g := kernels.PrepareGemm[T](s.TransA, s.TransB, s.M, s.N, s.K, 1, lda, ldb, 0, s.N)
	return func(count int) {
		for range count {
			g.Do(a, b, c)
		}
	}
}
