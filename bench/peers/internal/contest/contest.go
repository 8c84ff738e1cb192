//go:build linux

// Package contest times contestants in turn, so that a change of the clock hits all of them.
package contest

import (
	"slices"
	"syscall"
	"time"
)

// Contestant is something to be timed.
type Contestant struct {
	Run func(count int) // does its work count times, in this process
	Ask func() float64  // if Run is nil: returns the ns that its work takes in another process

	count int // repetitions in one timing
}

// timing is the least time of one measurement.
const timing = 2 * time.Millisecond

// Times returns the ns that the work of each contestant takes, of each round. before runs at the start
// of every round, if it is not nil.
func Times(list []Contestant, threads, rounds int, before func()) [][]float64 {
	ns := make([][]float64, len(list))
	for i := range list {
		list[i].calibrate()
	}
	for round := range rounds {
		if before != nil {
			before()
		}
		for i := range list {
			if round%2 == 1 { // forwards and backwards in turn
				i = len(list) - 1 - i
			}
			ns[i] = append(ns[i], list[i].time(threads))
		}
	}
	return ns
}

// time runs one contestant and returns its ns. One run before the clock starts brings its operands
// into the caches. With several threads, the last contestant's threads first go to sleep, and that
// run wakes the contestant's own.
func (c *Contestant) time(threads int) float64 {
	if threads > 1 {
		settle()
	}
	if c.Run == nil {
		return c.Ask()
	}
	if threads > 1 {
		c.Run(c.count)
	}
	c.Run(1)
	start := time.Now()
	c.Run(c.count)
	return float64(time.Since(start).Nanoseconds()) / float64(c.count)
}

// calibrate finds the repetitions that take as long as timing.
func (c *Contestant) calibrate() {
	if c.Run == nil {
		return
	}
	c.Run(1)
	for c.count = 1; ; c.count *= 2 {
		start := time.Now()
		c.Run(c.count)
		if d := time.Since(start); d >= timing {
			break
		} else if d > timing/8 {
			c.count = int(float64(c.count)*float64(timing)/float64(d)) + 1
			break
		}
	}
}

// settle waits until the threads of a library have stopped spinning for work, which takes some
// 200 ms.
func settle() {
	const step = 10 * time.Millisecond
	for range 100 {
		before := CPUTime()
		time.Sleep(step)
		if CPUTime()-before < step/10 {
			return
		}
	}
}

// CPUTime is the time that the threads of this process have run.
func CPUTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		panic(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// Median sorts the values and returns the middle one.
func Median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}
