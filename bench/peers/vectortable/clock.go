//go:build linux && cgo && amd64

package main

import (
	"slices"
	"time"
)

// leastTime is what a measurement takes at least, as long as one of PyTorch in torch.py.
const leastTime = 2 * time.Millisecond

// times returns the median time of each function over rounds in which they run in turn.
func (c *config) times(list []func(count int)) []float64 {
	counts, all := make([]int, len(list)), make([][]float64, len(list))
	for i, f := range list {
		f(1)
		for counts[i] = 1; ; counts[i] *= 2 {
			start := time.Now()
			f(counts[i])
			if time.Since(start) > leastTime {
				break
			}
		}
	}
	for range c.rounds {
		for i, f := range list {
			f(1)
			start := time.Now()
			f(counts[i])
			all[i] = append(all[i], float64(time.Since(start).Nanoseconds())/float64(counts[i]))
		}
	}
	out := make([]float64, len(list))
	for i, t := range all {
		slices.Sort(t)
		out[i] = t[len(t)/2]
	}
	return out
}
