//go:build linux && cgo && amd64

package main

import (
	"fmt"
	"math"

	"github.com/klauspost/cpuid/v2"
)

// asked is a target for the figures of some settings.
type asked struct {
	what    string
	least   float64
	percent bool
	in      func(m *row) bool
	value   func(m *row) float64 // 0 if it was not measured
}

// summary prints the targets beside the figures measured.
func (r *report) summary() {
	fmt.Printf("\n%-84s %7s   %s\n", "what", "target", "measured")
	for _, a := range r.asked() {
		a.print(r.rows)
	}
	sum, n := 0.0, 0
	for _, m := range r.rows {
		if v := r.besideC(m); v > 0 {
			sum += math.Log(v)
			n++
		}
	}
	if n > 0 {
		fmt.Printf("%-84s %7s   %.2f\n", "beside the trainer in C on the best library, geometric mean",
			">= 1.05", math.Exp(sum/float64(n)))
	}
}

func (r *report) asked() []asked {
	pytorch := func(m *row) float64 { return m.ratio(byPyTorch) }
	one := func(m *row) float64 { return m.ratio(byOne) }
	training := func(in func(m *row) bool) func(m *row) bool {
		return func(m *row) bool { return m.trains() && in(m) }
	}
	return []asked{
		{"beside PyTorch, " + firstNet + ", batch <= 128", 1.5, false,
			training(func(m *row) bool { return m.net == firstNet && m.batch <= 128 }), pytorch},
		{"beside PyTorch, " + firstNet + ", larger batches", 1.2, false,
			training(func(m *row) bool { return m.net == firstNet && m.batch > 128 }), pytorch},
		{"beside PyTorch, " + secondNet, 1.2, false,
			training(func(m *row) bool { return m.net == secondNet }), pytorch},
		{"beside PyTorch, batch <= 8, weights and state in L2", 5, false,
			training(func(m *row) bool { return m.batch <= 8 && m.setting.state() <= l2() }), pytorch},
		{"beside PyTorch, small nets", 10, false, training(func(m *row) bool { return m.small() }), pytorch},
		{"beside PyTorch, inference of one row of " + firstNet, 2, false,
			func(m *row) bool { return !m.trains() && m.batch == 1 && m.net == firstNet }, pytorch},
		{"beside PyTorch, inference of one row of " + binaryNet, 20, false,
			func(m *row) bool { return !m.trains() && m.batch == 1 && m.net == binaryNet }, pytorch},
		{"beside the trainer in C on the best library", 1, false,
			func(m *row) bool { return m.trains() }, r.besideC},
		{"time of the products alone as a share of the step, batch >= 128, the large nets", 0.85, true,
			training(func(m *row) bool { return m.batch >= 128 && !m.small() }),
			func(m *row) float64 { return m.ratio(products) }},
		{"FLOPs/peak + bytes/bandwidth as a share of the step, batch >= 128, the large nets", 0.85,
			true, training(func(m *row) bool { return m.batch >= 128 && !m.small() }),
			func(m *row) float64 { return m.limit / m.us[byUs] }},
		{"two threads beside one, batch 128", 1.7, false,
			training(func(m *row) bool { return m.batch == 128 && m.threads == 2 }), one},
		{"two threads beside one, batch 512", 1.8, false,
			training(func(m *row) bool { return m.batch == 512 && m.threads == 2 }), one},
	}
}

// besideC is the ratio to the fastest of the libraries, 0 if there is none.
func (r *report) besideC(m *row) float64 {
	best := 0.0
	for _, l := range r.present() {
		if v := m.ratio(l); v > 0 && (best == 0 || v < best) {
			best = v
		}
	}
	return best
}

// l2 is the size of the second-level cache of a core.
func l2() int { return cpuid.CPU.Cache.L2 }

// print writes the range of the figures and those that miss the target.
func (a asked) print(rows []*row) {
	least, most, count := math.Inf(1), 0.0, 0
	var short []string
	for _, m := range rows {
		v := a.value(m)
		if v == 0 || !a.in(m) {
			continue
		}
		count++
		least, most = min(least, v), max(most, v)
		if v < a.least {
			short = append(short, fmt.Sprintf("    %v: %s", m, a.number(v)))
		}
	}
	if count == 0 {
		fmt.Printf("%-84s %7s   not measured\n", a.what, ">= "+a.number(a.least))
		return
	}
	fmt.Printf("%-84s %7s   %s to %s; missed: %d of %d\n", a.what, ">= "+a.number(a.least),
		a.number(least), a.number(most), len(short), count)
	for _, s := range short {
		fmt.Println(s)
	}
}

func (a asked) number(v float64) string {
	if a.percent {
		return percent(v)
	}
	return times(v)
}
