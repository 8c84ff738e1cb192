//go:build linux && cgo && amd64

package main

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/ashlar-go/ashlar/bench/peers/internal/tables"
	"github.com/ashlar-go/ashlar/kernels"
)

var allLevels = []kernels.Precision{kernels.Highest, kernels.High, kernels.Medium}

// The names of PyTorch's steps in float32 and under autocast.
const (
	byFloat32  = "PyTorch float32"
	byBFloat16 = "PyTorch bf16"
)

// halfRoundings is how far apart results with products of bfloat16 numbers may be, as a share.
const halfRoundings = 0.03

// levelSettings are the settings of training at the levels of precision, on so many threads.
func levelSettings(threads []int) (list []*setting) {
	for _, net := range []string{firstNet, secondNet} {
		for _, n := range threads {
			for _, batch := range []int{1, 8, 32, 128, 512, 4096} {
				list = append(list, &setting{net: net, optimizer: "momentum", batch: batch, threads: n})
			}
		}
	}
	return list
}

// prepareLevels enters us at each level, and PyTorch in float32 and under autocast, eager and compiled.
func (k *contest) prepareLevels(r *report) error {
	shares := map[kernels.Precision]float64{kernels.High: roundings, kernels.Medium: halfRoundings}
	for _, level := range allLevels {
		m := newModel(k.setting)
		m.ws.Precision = level
		loss := m.steps(k.threads, checkSteps, k.rate())
		if level == kernels.Highest {
			k.want = loss
		} else if err := k.agree(level.String(), loss, shares[level]); err != nil {
			return err
		}
		k.enter(level.String(), func(count int) { m.steps(k.threads, count, slow) })
	}
	return k.prepareModes(r, mode{"eager", byFloat32, roundings}, mode{"compiled", byFloat32, roundings},
		mode{"eager-bf16", byBFloat16, halfRoundings}, mode{"compiled-bf16", byBFloat16, halfRoundings})
}

// over is the time of one over that of another, NaN if either is missing.
func (m *row) over(name, other string) float64 { return m.time(name) / m.time(other) }

// time is NaN for one that is missing.
func (m *row) time(name string) float64 {
	if us := m.us[name]; us > 0 {
		return us
	}
	return math.NaN()
}

// fastest is the least time of some, NaN if all are missing, and its name.
func (m *row) fastest(names ...string) (us float64, best string) {
	us = math.NaN()
	for _, name := range names {
		if v := m.time(name); !math.IsNaN(v) && !(v >= us) {
			us, best = v, name
		}
	}
	return us, best
}

// beside is the time of the fastest of others over that of one of ours, NaN if there is none.
func (m *row) beside(ours string, others ...string) float64 {
	us, _ := m.fastest(others...)
	return us / m.time(ours)
}

// compiler says which C++ compiler torch.compile finds, "" if none.
func compiler() string {
	name := os.Getenv("CXX")
	if name == "" {
		name = "g++"
	}
	path, err := exec.LookPath(name)
	if err != nil {
		return ""
	}
	return path
}

// cell is a time in µs, the ratio to it, and the form that was best.
func (m *row) cell(name string, ratio float64) string {
	text := tables.Beside(m.time(name), ratio)
	return strings.TrimSpace(text + " " + short(m.forms[name]))
}

func (r *report) printLevels() {
	fmt.Print(`
### Training steps at levels of precision

µs a step with SGD-momentum; after ours at high and medium, the time at highest over it; of PyTorch the
best of eager (e) and compiled (c) with the best number of threads up to ours, in float32 and under autocast
to bfloat16, and its time over ours at medium

`)
	w := table.NewWriter()
	w.SetOutputMirror(os.Stdout)
	highest, high, medium := kernels.Highest.String(), kernels.High.String(), kernels.Medium.String()
	w.AppendHeader(table.Row{"net, batch, threads", highest, high, medium, byFloat32, byBFloat16, "best",
		"ratio"})
	for _, m := range r.rows {
		_, best := m.fastest(byFloat32, byBFloat16)
		w.AppendRow(table.Row{fmt.Sprintf("%s, %d, %d", m.net, m.batch, m.threads),
			m.cell(highest, math.NaN()), m.cell(high, m.over(highest, high)),
			m.cell(medium, m.over(highest, medium)), m.cell(byFloat32, m.over(byFloat32, medium)),
			m.cell(byBFloat16, m.over(byBFloat16, medium)), best,
			tables.Ratio(m.beside(medium, byFloat32, byBFloat16))})
	}
	w.RenderMarkdown()
	fmt.Println()
	all := func(*row) bool { return true }
	r.target("at medium beside the best of PyTorch", 1.2, all, func(m *row) float64 {
		return m.beside(medium, byFloat32, byBFloat16)
	})
	for _, level := range []string{medium, high} {
		r.target("at "+level+" beside our float32", 0.97, all, func(m *row) float64 {
			return m.over(highest, level)
		})
	}
}

// target prints the geometric mean of a ratio, its least value, and the rows that miss a target.
func (r *report) target(what string, target float64, counts func(*row) bool, ratio func(*row) float64) {
	var values []float64
	for _, m := range r.rows {
		if v := ratio(m); counts(m) && !math.IsNaN(v) {
			values = append(values, v)
		}
	}
	mean, n := tables.Mean(values)
	if n == 0 {
		fmt.Printf("%s: not measured\n", what)
		return
	}
	fmt.Printf("%s: geometric mean %.2f, least %.2f, of %d; target >= %.2f everywhere\n", what, mean,
		slices.Min(values), n, target)
	for _, m := range r.rows {
		if v := ratio(m); counts(m) && v < target {
			fmt.Printf("    missed: %v: %.2f\n", m, v)
		}
	}
}
