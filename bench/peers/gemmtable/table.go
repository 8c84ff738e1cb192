//go:build linux && cgo

package main

import (
	"fmt"
	"math"
	"os"
	"strconv"

	"github.com/jedib0t/go-pretty/v6/table"

	"github.com/ashlar-go/ashlar/bench/peers/internal/blas"
	"github.com/ashlar-go/ashlar/bench/peers/internal/tables"
)

// results of one dtype and number of threads.
type results struct {
	dtype   string
	threads int
	peers   []*blas.Peer
	rows    []*result
}

func (t *results) measure(c *config) error {
	for _, s := range blas.Shapes() {
		if !c.shapes.MatchString(s.String()) {
			continue
		}
		f := measure[float32]
		if t.dtype == "f64" {
			f = measure[float64]
		}
		r, err := f(s, t.peers, t.threads, c.rounds)
		if err != nil {
			return err
		}
		t.rows = append(t.rows, r)
		fmt.Fprintf(os.Stderr, "\r%-60s", fmt.Sprintf("%s, %d threads: %v", t.dtype, t.threads, s))
	}
	fmt.Fprintf(os.Stderr, "\r%60s\r", "")
	t.limit()
	return nil
}

// limit takes the best of all rounds for the peak, since nothing is faster than the machine.
func (t *results) limit() {
	best := 0.0
	for _, r := range t.rows {
		best = max(best, r.peak)
	}
	for _, r := range t.rows {
		r.peak = best
	}
}

// print writes the table, in Markdown, the geometric means and the shapes below their floor.
func (t *results) print() {
	fmt.Printf("\n### %s, threads: %d\n\nGFLOP/s; after each peer's, ours divided by it\n\n",
		t.dtype, t.threads)
	w := table.NewWriter()
	w.SetOutputMirror(os.Stdout)
	head := table.Row{"shape", "ours", "of peak"}
	present := t.present()
	for _, i := range present {
		head = append(head, t.peers[i].Name)
	}
	w.AppendHeader(append(head, "best", "ratio"))
	for _, r := range t.rows {
		ours := tables.Number(r.ours)
		if !math.IsNaN(r.prepared) {
			ours += ", prepared " + tables.Number(r.prepared)
		}
		row := table.Row{r.String(), ours, tables.Share(r.ours / r.peak)}
		for _, i := range present {
			row = append(row, tables.Beside(r.peers[i], r.ours/r.peers[i]))
		}
		best := "-"
		if i := r.best(); i >= 0 {
			best = t.peers[i].Name
		}
		w.AppendRow(append(row, best, tables.Ratio(r.ratio())))
	}
	w.RenderMarkdown()
	fmt.Println()
	t.summary(present)
}

// present are the peers that took part.
func (t *results) present() (present []int) {
	for i := range t.peers {
		for _, r := range t.rows {
			if !math.IsNaN(r.peers[i]) {
				present = append(present, i)
				break
			}
		}
	}
	return present
}

func (t *results) summary(present []int) {
	large := func(r *result) bool { return r.Least() >= 32 }
	fmt.Printf("geometric mean of the ratio to the best peer, m, n, k >= 32: %.3f",
		t.mean(large, (*result).ratio))
	for _, i := range present {
		mean := t.mean(large, func(r *result) float64 { return r.ours / r.peers[i] })
		fmt.Printf(", to %s %.3f", t.peers[i].Name, mean)
	}
	fmt.Println()
	below := 0
	for _, r := range t.rows {
		if least := floor(r.Shape, t.threads); r.ratio() < least {
			fmt.Printf("below %.2f of the best peer: %v %.3f\n", least, r.Shape, r.ratio())
			below++
		}
	}
	fmt.Printf("%d of %d shapes below their floor\n", below, len(t.rows))
}

func (t *results) mean(which func(*result) bool, value func(*result) float64) float64 {
	var values []float64
	for _, r := range t.rows {
		if which(r) {
			values = append(values, value(r))
		}
	}
	mean, _ := tables.Mean(values)
	return mean
}

// writeCSV writes all rates, a line a shape.
func writeCSV(path string, all []results) error {
	head := []string{"dtype", "threads", "shape", "ours", "prepared", "peak"}
	if len(all) > 0 {
		for _, p := range all[0].peers {
			head = append(head, p.Name)
		}
	}
	lines := [][]string{head}
	for _, t := range all {
		for _, r := range t.rows {
			line := []string{t.dtype, strconv.Itoa(t.threads), r.String(), tables.Number(r.ours),
				tables.Number(r.prepared), tables.Number(r.peak)}
			for _, v := range r.peers {
				line = append(line, tables.Number(v))
			}
			lines = append(lines, line)
		}
	}
	return tables.WriteCSV(path, lines)
}
