//go:build linux && cgo && amd64

package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/ashlar-go/ashlar/bench/peers/internal/blas"
	"github.com/ashlar-go/ashlar/bench/peers/internal/contest"
	"github.com/ashlar-go/ashlar/bench/peers/internal/python"
	"github.com/ashlar-go/ashlar/bench/peers/internal/tables"
	"github.com/ashlar-go/ashlar/kernels"
)

var allLevels = []kernels.Precision{kernels.Highest, kernels.High, kernels.Medium}

// The formats of ours and of PyTorch's at each level. PyTorch's high may be tf32, or bfloat16 in its place.
var (
	ourFormats   = map[kernels.Precision]float64{kernels.High: ofHigh, kernels.Medium: ofMedium}
	torchFormats = map[kernels.Precision]float64{kernels.High: ofMedium, kernels.Medium: ofMedium}
)

func torchAt(level kernels.Precision) string { return byTorch + " " + level.String() }

// levels prints the tables of float32 matrices at the levels of precision.
func (c *config) levels() error {
	peers := blas.Peers(c.root)
	fmt.Println("\n## float32 matrices at levels of precision")
	fmt.Println()
	for _, p := range peers {
		fmt.Printf("  %-16s %s\n", p.Name, strings.TrimPrefix(p.State(), c.root+"/"))
	}
	lines := [][]string{{"threads", "shape", "entrant", "gflops", "error"}}
	for _, word := range c.threads {
		threads, _ := strconv.Atoi(word)
		var processes []*torch // one a level: each holds one product
		for range allLevels {
			processes = append(processes, &torch{python.Start(torchScript, c.pythons, threads)})
		}
		fmt.Printf("  %-16s %s\n", fmt.Sprintf("%s, %d T", byTorch, threads), processes[0].State)
		rows, err := c.each("levels", threads, func(s blas.Shape) (*row, error) {
			return c.level(s, peers, processes, threads)
		})
		for _, t := range processes {
			t.Stop()
		}
		if err != nil {
			return err
		}
		printLevels(rows, peers, threads)
		lines = append(lines, csvLines(rows, threads)...)
	}
	return c.write("levels", lines)
}

// level measures one shape at all levels.
func (c *config) level(s blas.Shape, peers []*blas.Peer, processes []*torch, threads int) (*row, error) {
	o := newOperands(s, false)
	defer o.free()
	result := func() []float32 { return taken(o.c) }
	var list []entrant
	for _, level := range allLevels {
		list = append(list, entrant{level.String(), contest.Contestant{Run: func(count int) {
			for range count {
				kernels.GemmPrecision(level, s.TransA, s.TransB, s.M, s.N, s.K, 1, o.a, o.lda, o.b, o.ldb,
					0, o.c, s.N, kernels.Epilogue[float32]{})
			}
		}}, result, ourFormats[level]})
	}
	for _, p := range peers {
		if f := p.Function(o.full, threads); f != nil {
			list = append(list, entrant{p.Name, contest.Contestant{Run: func(count int) {
				o.full.Repeat(p, f, threads, count)
			}}, result, 0})
		}
	}
	for i, level := range allLevels {
		theirs, err := processes[i].prepare(o, false, level)
		if err != nil {
			return nil, err
		}
		if theirs != nil {
			list = append(list, entrant{torchAt(level), contest.Contestant{Ask: func() float64 {
				return processes[i].time(level)
			}}, func() []float32 { return theirs }, torchFormats[level]})
		}
	}
	return measure(referenceOf(s, o.a, o.b, o.lda, o.ldb), list, threads, c.rounds)
}

// float32Names are the entrants that compute in float32, but for ours.
func float32Names(peers []*blas.Peer) []string {
	names := []string{torchAt(kernels.Highest)}
	for _, p := range peers {
		names = append(names, p.Name)
	}
	return names
}

// atMedium are PyTorch's levels that may do what ours does at medium.
var atMedium = []string{torchAt(kernels.High), torchAt(kernels.Medium), torchAt(kernels.Highest)}

func printLevels(rows []*row, peers []*blas.Peer, threads int) {
	fmt.Printf(`
### float32 matrices at levels of precision, threads: %d

GFLOP/s; after ours at high and medium, the ratio to ours at highest; after PyTorch's, ours at that level
divided by it; the best float32 product of any library; high beside that, medium beside the best of
PyTorch; errors as shares of |A||B|: ours at high and medium, PyTorch's at high and medium

`, threads)
	full := float32Names(peers)
	w := table.NewWriter()
	w.SetOutputMirror(os.Stdout)
	head := table.Row{"shape"}
	for _, level := range allLevels {
		head = append(head, level.String())
	}
	for _, level := range allLevels {
		head = append(head, torchAt(level))
	}
	w.AppendHeader(append(head, "best float32", "", "high", "medium", "errors"))
	high, medium := kernels.High.String(), kernels.Medium.String()
	for _, r := range rows {
		line := table.Row{r.String(), tables.Number(r.rate(kernels.Highest.String()))}
		for _, level := range allLevels[1:] {
			ratio := r.ratio(level.String(), kernels.Highest.String())
			line = append(line, tables.Beside(r.rate(level.String()), ratio))
		}
		for _, level := range allLevels {
			ratio := r.ratio(level.String(), torchAt(level))
			line = append(line, tables.Beside(r.rate(torchAt(level)), ratio))
		}
		var errors []string
		for _, name := range []string{high, medium, torchAt(kernels.High), torchAt(kernels.Medium)} {
			errors = append(errors, power(lookup(r.errors, name)))
		}
		best := r.best(full)
		w.AppendRow(append(line, best, tables.Number(r.rate(best)), tables.Ratio(r.ratio(high, best)),
			tables.Ratio(r.ratio(medium, r.best(atMedium))), strings.Join(errors, " ")))
	}
	w.RenderMarkdown()
	summarizeLevels(rows, full)
}

// summarizeLevels prints the means and what misses its target.
func summarizeLevels(rows []*row, full []string) {
	fmt.Println()
	large := func(r *row) bool { return r.Least() >= 512 }
	most := func(r *row) bool { return r.Least() >= 64 }
	high := func(r *row) float64 { return r.ratio(kernels.High.String(), r.best(full)) }
	target := 0.0
	if kernels.ActiveBF16() == kernels.BF16AMX {
		target = 1.8
	}
	mean(rows, large, "at high beside the best float32 product, m, n, k >= 512", target, high)
	below(rows, large, "at high of the best float32 product", target, high)
	for _, level := range allLevels[1:] {
		own := func(r *row) float64 { return r.ratio(level.String(), kernels.Highest.String()) }
		mean(rows, most, fmt.Sprintf("at %v beside our float32, m, n, k >= 64", level), 0, own)
		below(rows, func(*row) bool { return true }, fmt.Sprintf("at %v of our float32", level), 0.97, own)
	}
	medium := func(r *row) float64 { return r.ratio(kernels.Medium.String(), r.best(atMedium)) }
	mean(rows, most, "at medium beside the best of PyTorch's levels, m, n, k >= 64", 0, medium)
}
