//go:build linux && cgo && amd64

package main

import (
	"cmp"
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/ashlar-go/ashlar/bench"
	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// contestant is something that takes steps, in this process or in Python's.
type contestant struct {
	name  string
	of    string // the name under which the best of several forms counts, if it is one
	count int
	run   func(count int) // nil for Python
	time  func() float64  // of Python: µs a step
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
	forms map[string]string // of a name that has several, the best
	limit float64           // FLOPs/peak + bytes/bandwidth
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

// roundings is how far apart results in float32 may be, as a share.
const roundings = 1e-3

// agree returns an error unless the loss of another is ours, or the sum of squares, apart from a share.
func (k *contest) agree(name string, value, share float64) error {
	if d := math.Abs(value - k.want); !(d <= share*max(math.Abs(k.want), 0.01)) {
		what := fmt.Sprintf("after %d steps the loss", checkSteps)
		if !k.trains() {
			what = "the sum of the squares"
		}
		return fmt.Errorf("%v: %s is %v with %s, %v with us", k.setting, what, value, name, k.want)
	}
	return nil
}

// prepare makes all contestants take their first steps.
func (k *contest) prepare(r *report) error {
	m := newModel(k.setting)
	if !k.trains() {
		predict := m.predictions(m.model, layer.WeightsFull)
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
		if err := k.agree(l.name, c.steps(1, checkSteps, k.rate()), roundings); err != nil {
			return err
		}
		for threads := 1; threads <= k.threads; threads++ {
			k.enter(l.name, func(count int) { c.steps(threads, count, slow) })
		}
	}
	return nil
}

// mode is a way in which Python takes steps, and how far its results may be from ours.
type mode struct {
	name  string // as torch.py knows it
	of    string // the name under which the best mode counts
	share float64
}

// prepareTorch enters PyTorch with each number of threads, eager and compiled.
func (k *contest) prepareTorch(r *report) error {
	return k.prepareModes(r, mode{"eager", byPyTorch, roundings}, mode{"compiled", byPyTorch, roundings})
}

// prepareModes enters PyTorch with each number of threads in these modes.
func (k *contest) prepareModes(r *report, modes ...mode) error {
	file, err := k.problem().write()
	defer os.Remove(file)
	if err != nil {
		return err
	}
	for _, t := range r.torch[:k.threads] {
		for _, m := range modes {
			compiled := strings.HasPrefix(m.name, "compiled")
			if t.Absent() || compiled && !r.compiled.MatchString(k.String()) {
				continue
			}
			name := fmt.Sprintf("%s, %d threads", m.name, t.Threads)
			loss := t.prepare(k.setting, m.name, file, checkSteps)
			if math.IsNaN(loss) {
				fmt.Fprintf(os.Stderr, "traintable: %v: PyTorch %s fails\n", k.setting, name)
				continue
			}
			if err := k.agree(name, loss, m.share); err != nil {
				return err
			}
			k.list = append(k.list, &contestant{name: name, of: m.of,
				time: func() float64 { return t.time(m.name) }})
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
	m := &row{setting: k.setting, us: map[string]float64{}, forms: map[string]string{}}
	for _, c := range k.list {
		name, us := cmp.Or(c.of, c.name), median(c.us)
		if best := m.us[name]; best == 0 || us < best {
			m.us[name] = us
			if c.of != "" {
				m.forms[name] = c.name
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
