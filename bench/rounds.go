package bench

import (
	"slices"
	"time"
)

// Rounds collects the times of several functions that are run in turn.
type Rounds struct {
	times [][]time.Duration
}

// Run times each function once, in the order given.
func (r *Rounds) Run(fs ...func()) {
	if r.times == nil {
		r.times = make([][]time.Duration, len(fs))
	}
	for i, f := range fs {
		start := time.Now()
		f()
		r.times[i] = append(r.times[i], time.Since(start))
	}
}

// Median returns the median time of function i.
func (r *Rounds) Median(i int) time.Duration {
	t := slices.Clone(r.times[i])
	slices.Sort(t)
	return t[len(t)/2]
}

// Least returns the shortest time of function i, for a limit: nothing is faster than it.
func (r *Rounds) Least(i int) time.Duration { return slices.Min(r.times[i]) }

// Rate returns work per nanosecond of function i: GFLOP/s where work counts
// floating-point operations.
func (r *Rounds) Rate(i int, work float64) float64 {
	return work / float64(r.Median(i).Nanoseconds())
}
