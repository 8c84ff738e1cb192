//go:build linux && cgo && amd64

package main

import (
	"fmt"
	"math"
	"os"

	"github.com/ashlar-go/ashlar/bench"
	"github.com/ashlar-go/ashlar/bench/peers/internal/blas"
	"github.com/ashlar-go/ashlar/bench/peers/internal/contest"
	"github.com/ashlar-go/ashlar/kernels"
)

// entrant computes a product in one way.
type entrant struct {
	name string
	contest.Contestant
	result func() []float32 // the product, after a run
	format float64          // see agree
}

// row is one shape: by the names of the entrants, rates in GFLOP/s and componentwise errors as shares of
// |A||B|. What was not measured is missing.
type row struct {
	blas.Shape
	rates, errors map[string]float64
	peak          float64 // of the instructions of peakPath, NaN if there is none
}

// rate is NaN for one that is missing.
func (r *row) rate(name string) float64 { return lookup(r.rates, name) }

// ratio is one rate over another, NaN if one is missing.
func (r *row) ratio(name, over string) float64 { return r.rate(name) / r.rate(over) }

func lookup(m map[string]float64, name string) float64 {
	if v, ok := m[name]; ok {
		return v
	}
	return math.NaN()
}

// best returns the name of the fastest of some, "" if all are missing.
func (r *row) best(names []string) (best string) {
	for _, name := range names {
		if v := r.rate(name); !math.IsNaN(v) && (best == "" || v > r.rate(best)) {
			best = name
		}
	}
	return best
}

// peakPath is the path whose peak is measured: that of VDPBF16PS for AMX, whose tiles have no measured one.
func peakPath() kernels.BF16Path { return min(kernels.ActiveBF16(), kernels.BF16Dot) }

// peakRuns is the number of runs of the peak's loop in a round.
const peakRuns = 10

// measure checks what the entrants compute and times them in turn.
func measure(want *reference, list []entrant, threads, rounds int) (*row, error) {
	r := &row{Shape: want.Shape, rates: map[string]float64{}, errors: map[string]float64{}, peak: math.NaN()}
	contestants := make([]contest.Contestant, len(list))
	for i := range list {
		e := &list[i]
		if e.Run != nil {
			e.Run(1)
		}
		worst, err := want.agree(e.name, e.result(), e.format)
		if err != nil {
			return nil, err
		}
		r.errors[e.name], contestants[i] = worst, e.Contestant
	}
	peak, flops := bench.PeakBF16()
	var limit bench.Rounds
	ns := contest.Times(contestants, threads, rounds, func() {
		if peak != nil {
			limit.Run(func() {
				for range peakRuns {
					peak()
				}
			})
		}
	})
	for i := range list {
		r.rates[list[i].name] = want.Flops() / contest.Median(ns[i])
	}
	if peak != nil {
		r.peak = peakRuns * flops / float64(limit.Least(0).Nanoseconds()) * float64(threads)
	}
	return r, nil
}

// limit takes the best peak of all rows for the peak, since nothing is faster than the machine.
func limit(rows []*row) {
	best := math.NaN()
	for _, r := range rows {
		if !(r.peak <= best) {
			best = r.peak
		}
	}
	for _, r := range rows {
		r.peak = best
	}
}

// each measures the shapes with m, n, k >= 32 that are asked for, on so many threads.
func (c *config) each(what string, threads int,
	one func(s blas.Shape) (*row, error)) (rows []*row, err error) {
	for _, s := range blas.Shapes() {
		if s.Least() < 32 || !c.shapes.MatchString(s.String()) {
			continue
		}
		fmt.Fprintf(os.Stderr, "\r%-60s", fmt.Sprintf("%s, %d threads: %v", what, threads, s))
		kernels.SetThreads(threads)
		r, err := one(s)
		if err != nil {
			return nil, err
		}
		rows = append(rows, r)
	}
	fmt.Fprintf(os.Stderr, "\r%60s\r", "")
	limit(rows)
	return rows, nil
}
