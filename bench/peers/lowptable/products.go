//go:build linux && cgo && amd64

package main

import (
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/ashlar-go/ashlar/bench/peers/internal/blas"
	"github.com/ashlar-go/ashlar/bench/peers/internal/contest"
	"github.com/ashlar-go/ashlar/bench/peers/internal/python"
	"github.com/ashlar-go/ashlar/bench/peers/internal/tables"
	"github.com/ashlar-go/ashlar/kernels"
)

// The names of our own entrants, and PyTorch's.
const (
	byOurs   = "ours"
	byPacked = "packed"
	byHalf   = "to bf16"
	byFull   = "float32"
	byTorch  = "PyTorch"
)

// products prints the tables of bfloat16 matrices.
func (c *config) products() error {
	peers := blas.BF16Peers(c.root)
	fmt.Println("\n## Products of bfloat16 matrices")
	fmt.Println()
	for _, p := range peers {
		fmt.Printf("  %-16s %s\n", p.Name, strings.TrimPrefix(p.State(), c.root+"/"))
	}
	lines := [][]string{{"threads", "shape", "entrant", "gflops", "error"}}
	for _, word := range c.threads {
		threads, _ := strconv.Atoi(word)
		t := &torch{python.Start(torchScript, c.pythons, threads)}
		fmt.Printf("  %-16s %s\n", fmt.Sprintf("%s, %d T", byTorch, threads), t.State)
		rows, err := c.each("products", threads, func(s blas.Shape) (*row, error) {
			return c.product(s, peers, t, threads)
		})
		t.Stop()
		if err != nil {
			return err
		}
		printProducts(rows, peers, threads)
		lines = append(lines, csvLines(rows, threads)...)
	}
	return c.write("products", lines)
}

// product measures one shape.
func (c *config) product(s blas.Shape, peers []*blas.BF16Peer, t *torch, threads int) (*row, error) {
	o := newOperands(s, true)
	defer o.free()
	list := o.ours()
	for _, p := range peers {
		run, free := p.Begin(o.half, threads)
		defer free()
		if run != nil {
			list = append(list, entrant{p.Name, contest.Contestant{Run: run}, o.full32, 0})
		}
	}
	theirs, err := t.prepare(o, true, kernels.Highest)
	if err != nil {
		return nil, err
	}
	if theirs != nil {
		ask := func() float64 { return t.time(kernels.Highest) }
		list = append(list, entrant{name: byTorch, Contestant: contest.Contestant{Ask: ask},
			result: func() []float32 { return theirs }, format: ofBFloat16})
	}
	return measure(referenceOf(s, o.a, o.b, o.lda, o.ldb), list, threads, c.rounds)
}

// full32 is the C of the bfloat16 product. It is cleared, so that the next entrant must compute it.
func (o *operands) full32() []float32 { return taken(o.ch32) }

// taken returns a copy of a matrix, which is cleared.
func taken(c []float32) []float32 {
	copied := append([]float32(nil), c...)
	clear(c)
	return copied
}

// ours are our own entrants: bfloat16 matrices into float32, plain and with B packed, and into
// bfloat16; and float32 matrices.
func (o *operands) ours() []entrant {
	none := kernels.BF16Epilogue{}
	packed := kernels.PackBFloat16(o.TransB, o.K, o.N, o.bh, o.ldb)
	entry := func(name string, f func(), result func() []float32, format float64) entrant {
		return entrant{name, contest.Contestant{Run: func(count int) {
			for range count {
				f()
			}
		}}, result, format}
	}
	return []entrant{
		entry(byOurs, func() {
			kernels.GemmBFloat16(o.TransA, o.TransB, o.M, o.N, o.K, 1, o.ah, o.lda, o.bh, o.ldb, 0,
				o.ch32, o.N, none)
		}, o.full32, 0),
		entry(byPacked, func() {
			kernels.GemmPackedBFloat16(o.TransA, o.M, 1, o.ah, o.lda, packed, 0, o.ch32, o.N, none)
		}, o.full32, 0),
		entry(byHalf, func() {
			kernels.GemmBFloat16(o.TransA, o.TransB, o.M, o.N, o.K, 1, o.ah, o.lda, o.bh, o.ldb, 0,
				o.ch, o.N, none)
		}, func() []float32 { return widened(o.ch) }, ofBFloat16),
		entry(byFull, func() {
			kernels.Gemm(o.TransA, o.TransB, o.M, o.N, o.K, 1, o.a, o.lda, o.b, o.ldb, 0, o.c, o.N)
		}, func() []float32 { return taken(o.c) }, 0),
	}
}

// rival is a peer and the entrant of ours that does the same.
type rival struct {
	name, ours string
}

// rivals are PyTorch and the peers, but for those that are absent.
func rivals(peers []*blas.BF16Peer, rows []*row) (list []rival) {
	for _, p := range peers {
		if p.Packed {
			list = append(list, rival{p.Name, byPacked})
		} else {
			list = append(list, rival{p.Name, byOurs})
		}
	}
	list = append(list, rival{byTorch, byHalf})
	var present []rival
	for _, v := range list {
		for _, r := range rows {
			if !math.IsNaN(r.rate(v.name)) {
				present = append(present, v)
				break
			}
		}
	}
	return present
}

// least is the least ratio of ours to a rival's, and that rival's name; of those that pack B beforehand,
// or of the others. NaN if there is none.
func (r *row) least(list []rival, packed bool) (ratio float64, name string) {
	ratio = math.NaN()
	for _, v := range list {
		if x := r.ratio(v.ours, v.name); (v.ours == byPacked) == packed && !math.IsNaN(x) && !(x >= ratio) {
			ratio, name = x, v.name
		}
	}
	return ratio, name
}

func printProducts(rows []*row, peers []*blas.BF16Peer, threads int) {
	list := rivals(peers, rows)
	fmt.Printf(`
### bf16 x bf16 -> float32, threads: %d

GFLOP/s; after ours, its ratio to our float32; the peak is that of the instructions of %v; after each peer's,
ours divided by it: packed where B is packed beforehand, %q for PyTorch, whose C is bfloat16; last the
least of these ratios, without and with packed B

`, threads, peakPath(), byHalf)
	w := table.NewWriter()
	w.SetOutputMirror(os.Stdout)
	head := table.Row{"shape", byOurs, "of peak", byPacked, byHalf, byFull}
	for _, v := range list {
		head = append(head, v.name)
	}
	w.AppendHeader(append(head, "best", "ratio", "ratio packed"))
	for _, r := range rows {
		line := table.Row{r.String(), tables.Beside(r.rate(byOurs), r.ratio(byOurs, byFull)),
			tables.Share(r.rate(byOurs) / r.peak), tables.Number(r.rate(byPacked)),
			tables.Number(r.rate(byHalf)), tables.Number(r.rate(byFull))}
		for _, v := range list {
			line = append(line, tables.Beside(r.rate(v.name), r.ratio(v.ours, v.name)))
		}
		ratio, name := r.least(list, false)
		packed, _ := r.least(list, true)
		w.AppendRow(append(line, name, tables.Ratio(ratio), tables.Ratio(packed)))
	}
	w.RenderMarkdown()
	summarize(rows, list)
}

// summarize prints the means and what misses its target.
func summarize(rows []*row, list []rival) {
	large := func(least int) func(*row) bool { return func(r *row) bool { return r.Least() >= least } }
	fmt.Println()
	mean(rows, large(64), "beside the best peer, m, n, k >= 64", 1,
		func(r *row) float64 { v, _ := r.least(list, false); return v })
	mean(rows, large(64), "the same with B packed beforehand, m, n, k >= 64", 0,
		func(r *row) float64 { v, _ := r.least(list, true); return v })
	for _, v := range list {
		mean(rows, large(64), "beside "+v.name+", m, n, k >= 64", 0,
			func(r *row) float64 { return r.ratio(v.ours, v.name) })
	}
	below(rows, large(64), "of the best peer", 0.9,
		func(r *row) float64 { v, _ := r.least(list, false); return v })
	dot := 0.0
	if kernels.ActiveBF16() >= kernels.BF16Dot {
		dot = 1.7
	}
	faster := func(r *row) float64 { return r.ratio(byOurs, byFull) }
	mean(rows, large(128), "beside our float32, m, n, k >= 128", dot, faster)
	below(rows, large(128), "of our float32", dot, faster)
}

// mean prints the geometric mean of a ratio over the rows that count, beside its target if there is one.
func mean(rows []*row, counts func(*row) bool, what string, target float64, ratio func(*row) float64) {
	var values []float64
	for _, r := range rows {
		if counts(r) {
			values = append(values, ratio(r))
		}
	}
	m, n := tables.Mean(values)
	if n == 0 {
		return
	}
	fmt.Printf("geometric mean %s: %.3f of %d", what, m, n)
	if target > 0 {
		fmt.Printf(", target >= %.2f", target)
	}
	fmt.Println()
}

// below prints the rows whose ratio misses its target.
func below(rows []*row, counts func(*row) bool, what string, target float64, ratio func(*row) float64) {
	missed, all := 0, 0
	for _, r := range rows {
		v := ratio(r)
		if !counts(r) || math.IsNaN(v) {
			continue
		}
		all++
		if v < target {
			fmt.Printf("below %.2f %s: %v %.3f\n", target, what, r.Shape, v)
			missed++
		}
	}
	if target > 0 && all > 0 {
		fmt.Printf("%d of %d shapes below %.2f %s\n", missed, all, target, what)
	}
}

// csvLines are a line an entrant.
func csvLines(rows []*row, threads int) (lines [][]string) {
	for _, r := range rows {
		for _, name := range slices.Sorted(maps.Keys(r.rates)) {
			lines = append(lines, []string{strconv.Itoa(threads), r.String(), name,
				tables.Number(r.rates[name]), fmt.Sprintf("%.3g", lookup(r.errors, name))})
		}
		if !math.IsNaN(r.peak) {
			lines = append(lines, []string{strconv.Itoa(threads), r.String(), "peak of " + peakPath().String(),
				tables.Number(r.peak), ""})
		}
	}
	return lines
}

// write writes the figures of a part, if they are asked for.
func (c *config) write(part string, lines [][]string) error {
	if c.csv == "" {
		return nil
	}
	return tables.WriteCSV(filepath.Join(c.csv, part+".csv"), lines)
}
