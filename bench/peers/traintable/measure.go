//go:build linux && cgo && amd64

package main

import (
	"fmt"
	"math"
	"os"
	"slices"
	"time"

	"github.com/ashlar-go/ashlar/bench"
	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// contestant is something that takes steps, in this process or in PyTorch's.
type contestant struct {
	name  string
	count int
	run   func(count int) // nil for PyTorch
	time  func() float64  // of PyTorch: µs a step
	us    []float64       // of each round
}

const (
	byUs      = "ours"
	byOne     = "ours on one thread"
	products  = "products"
	byPyTorch = "PyTorch"
)

// row has the figures of a setting: for each name, the median of the best contestant of that name,
// in µs a step; 0 where there is none.
type row struct {
	*setting
	us    map[string]float64
	form  string  // of PyTorch, that was best
	limit float64 // FLOPs/peak + bytes/bandwidth
	phases
}

// ratio returns the time of another contestant over ours, 0 if there is none.
func (m *row) ratio(name string) float64 { return m.us[name] / m.us[byUs] }

// checkSteps are taken at the setting's rate before any are timed.
const checkSteps = 5

// contest is one setting under way.
type contest struct {
	*setting
	list []*contestant
	want float64 // our loss after checkSteps, or the sum of squares that inference gives
	free []func()
}

// enter adds a contestant of this process.
func (k *contest) enter(name string, run func(count int)) {
	k.list = append(k.list, &contestant{name: name, run: run})
}

// agree returns an error unless the loss of another is ours, apart from rounding.
func (k *contest) agree(name string, value float64) error {
	if d := math.Abs(value - k.want); !(d <= 1e-3*max(math.Abs(k.want), 0.01)) {
		return fmt.Errorf("%v: after %d steps the loss is %v with %s, %v with us", k.setting,
			checkSteps, value, name, k.want)
	}
	return nil
}

// prepare makes all contestants take their first steps.
func (k *contest) prepare(r *report) error {
	m := newModel(k.setting)
	if !k.trains() {
		predict := m.predictions()
		kernels.SetThreads(k.threads)
		k.want = predict(1)
		k.enter(byUs, func(count int) { predict(count) })
		return k.prepareTorch(r)
	}
	k.want = m.steps(k.threads, checkSteps, k.rate())
	k.enter(byUs, func(count int) { m.steps(k.threads, count, slow) })
	if k.threads > 1 {
		k.enter(byOne, func(count int) { m.steps(1, count, slow) })
	}
	if err := k.prepareC(r); err != nil {
		return err
	}
	multiply := k.products()
	k.enter(products, func(count int) {
		kernels.SetThreads(k.threads)
		for range count {
			multiply()
		}
	})
	return k.prepareTorch(r)
}

// prepareC enters the trainer on each library with each number of threads.
func (k *contest) prepareC(r *report) error {
	for _, l := range r.libs {
		if l.multiply == nil {
			continue
		}
		c := newCTrainer(l, k.setting)
		k.free = append(k.free, c.free)
		if err := k.agree(l.name, c.steps(1, checkSteps, k.rate())); err != nil {
			return err
		}
		for threads := 1; threads <= k.threads; threads++ {
			k.enter(l.name, func(count int) { c.steps(threads, count, slow) })
		}
	}
	return nil
}

// prepareTorch enters PyTorch with each number of threads, eager and compiled.
func (k *contest) prepareTorch(r *report) error {
	file, err := k.problem().write()
	defer os.Remove(file)
	if err != nil {
		return err
	}
	for _, t := range r.torch[:k.threads] {
		for _, compiled := range []bool{false, true} {
			if t.in == nil || compiled && !r.compiled.MatchString(k.String()) {
				continue
			}
			name := fmt.Sprintf("eager, %d threads", t.threads)
			if compiled {
				name = fmt.Sprintf("compiled, %d threads", t.threads)
			}
			loss := t.prepare(k.setting, compiled, file, checkSteps)
			if math.IsNaN(loss) {
				fmt.Fprintf(os.Stderr, "traintable: %v: PyTorch %s fails\n", k.setting, name)
				continue
			}
			if err := k.agree(name, loss); err != nil {
				return err
			}
			k.list = append(k.list, &contestant{name: name,
				time: func() float64 { return t.time(compiled) }})
		}
	}
	return nil
}

// limits are the times of an operation at the peak of the multiply-add units
// and of a byte at the rate of an update, in µs; the shortest of all rounds, since nothing is
// faster than the machine.
type limits struct{ perFlop, perByte float64 }

// measure runs the contestants in turn.
func (k *contest) measure(rounds int) *row {
	peak, flops := bench.Peak(kernels.Active(), spec.F32)
	stream, bytes := k.streaming()
	for _, c := range k.list {
		if c.run != nil {
			c.calibrate()
		}
	}
	least := limits{math.Inf(1), math.Inf(1)}
	for range rounds {
		for _, c := range k.list {
			time.Sleep(5 * time.Millisecond) // for the threads of the last one to sleep
			c.round()
		}
		time.Sleep(5 * time.Millisecond)
		if peak != nil {
			least.perFlop = min(least.perFlop, micros(repeat(5, peak))/5/flops/float64(k.threads))
		}
		kernels.SetThreads(k.threads)
		stream()
		least.perByte = min(least.perByte, micros(repeat(3, stream))/3/bytes)
	}
	m := &row{setting: k.setting, us: map[string]float64{}}
	for _, c := range k.list {
		name, us := c.name, median(c.us)
		if c.time != nil {
			name = byPyTorch
		}
		if best := m.us[name]; best == 0 || us < best {
			m.us[name] = us
			if c.time != nil {
				m.form = c.name
			}
		}
	}
	if peak != nil {
		m.limit = least.perFlop*k.flops() + least.perByte*k.bytes()
	}
	return m
}

// calibrate finds the steps that take 30 ms.
func (c *contestant) calibrate() {
	c.run(3)
	start := time.Now()
	c.run(2)
	c.count = max(1, int(30*time.Millisecond/max(1, time.Since(start)/2)))
}

func (c *contestant) round() {
	if c.time != nil {
		c.us = append(c.us, c.time())
		return
	}
	c.run(max(1, c.count/10))
	start := time.Now()
	c.run(c.count)
	c.us = append(c.us, micros(time.Since(start))/float64(c.count))
}

// repeat returns the time of count calls.
func repeat(count int, f func()) time.Duration {
	start := time.Now()
	for range count {
		f()
	}
	return time.Since(start)
}

func median(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

func micros(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e3 }
