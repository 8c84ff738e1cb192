package main

import (
	"fmt"

	"github.com/ashlar-go/ashlar/bench/peers/internal/figures"
)

// pyTorch is the name of PyTorch among the peers.
const pyTorch = "PyTorch"

func rooflineSection(d *data) section {
	s := section{ID: "roofline", Title: "Roofline", Text: rooflineText}
	s.add(roofline(d), d.missing("vectortable"))
	return s
}

func productSection(d *data) section {
	s := section{ID: "products", Title: "Products: share of the peak over the size", Pairs: true,
		Text: productText}
	if d.Products != nil {
		s.Figures = shares(d.Products)
	}
	if len(s.Figures) == 0 {
		s.Missing = d.missing("gemmtable")
	}
	return s
}

func pureGoSection(d *data) section {
	s := section{ID: "go", Title: "Speed-up over pure Go", Text: fmt.Sprintf(pureGoText, d.Machine.Tier)}
	var bars []bar
	for _, r := range d.ratios() {
		if r.DType == "f32" && r.Generic > 0 {
			bars = append(bars, bar{r.Kernel, r.Generic, describe(r.Kernel, "pure Go", r.Generic)})
		}
	}
	s.add(barFigure("", bars), d.missing("vectortable"))
	return s
}

// gonumTables are those of gonumtable with their titles.
var gonumTables = []struct{ name, title string }{{"level3", "BLAS 3: products of matrices"},
	{"level2", "BLAS 2: a matrix and a vector"}, {"level1", "BLAS 1: vectors"},
	{"lapack", "LAPACK, float64"}}

// gonumSection has a chart for each table, of the largest size.
func gonumSection(d *data) section {
	s := section{ID: "gonum", Title: "Speed-up over gonum", Text: gonumText}
	if d.Gonum == nil {
		s.Missing = d.missing("gonumtable")
		return s
	}
	for _, t := range gonumTables {
		n := 0
		for _, r := range d.Gonum.Rows {
			if r.Table == t.name {
				n = max(n, r.N)
			}
		}
		var bars []bar
		for _, r := range d.Gonum.Rows {
			if r.Table == t.name && r.N == n && r.Ours > 0 {
				ratio := r.Gonum / r.Ours
				bars = append(bars, bar{r.Name, ratio, describe(r.Name, "gonum", ratio)})
			}
		}
		if len(bars) > 0 {
			s.Figures = append(s.Figures, barFigure(fmt.Sprintf("%s, n = %d", t.title, n), bars))
		}
	}
	return s
}

func functionSection(d *data) section {
	s := section{ID: "functions", Title: "Vector functions beside others", Text: functionText}
	if d.Vectors == nil {
		s.Missing = d.missing("vectortable")
		return s
	}
	var rows []dotRow
	for _, c := range d.Vectors.Cells {
		if c.DType != "f32" || len(c.Peers) == 0 || !(c.InCache || c.last) {
			continue
		}
		r := dotRow{name: fmt.Sprintf("%s, %s", c.Kernel, elements(c.M*c.N)), ratios: map[string]float64{}}
		for name, ns := range c.Peers {
			r.ratios[name] = ns / c.Ns
		}
		rows = append(rows, r)
	}
	s.add(dotFigure(names(d.Vectors.Peers), rows), "None of SLEEF, libmvec and PyTorch is installed.")
	return s
}

func trainingSection(d *data) section {
	s := section{ID: "training", Title: "Training steps", Text: trainingText}
	if d.Training == nil {
		s.Missing = d.missing("traintable")
		return s
	}
	var rows []dotRow
	t := &table{Caption: "Time of a step", Folded: true,
		Head: []string{"setting", "ours, µs", "PyTorch, µs", "best in C, µs"}}
	for _, step := range d.Training.Rows {
		name := stepName(&step)
		r := dotRow{name: name, ratios: map[string]float64{}}
		inC := 0.0
		for peer, us := range step.Peers {
			r.ratios[peer] = us / step.Ours
			if peer != pyTorch && (inC == 0 || us < inC) {
				inC = us
			}
		}
		rows = append(rows, r)
		t.Rows = append(t.Rows, []string{name, number(step.Ours), known(step.Peers[pyTorch]), known(inC)})
	}
	s.Tables = append(s.Tables, t)
	s.add(dotFigure(names(d.Training.Peers), rows), "Neither PyTorch nor a C library is installed.")
	return s
}

// kernelSection is the table of all kernels, also of those that do not compute.
func kernelSection(d *data) section {
	s := section{ID: "kernels", Title: "Every kernel", Text: kernelText}
	if d.Vectors == nil {
		s.Missing = d.missing("vectortable")
		return s
	}
	t := &table{Caption: "All figures", Folded: true,
		Head: []string{"kernel", "FLOPs", "bytes", "ns, L1", "GFLOP/s, L1", "ns, large", "GB/s, large"}}
	for _, c := range d.Vectors.Cells {
		if c.DType != "f32" || !(c.InCache || c.last) {
			continue
		}
		row, f := t.row(c.Kernel), flopsOf(c.Kernel)
		row[1], row[2] = number(f), number(c.Bytes)
		if c.last {
			row[5], row[6] = number(c.Ns), number(c.Bytes/c.Ns)
		} else if row[3] == "" { // the first size is the smallest
			row[3], row[4] = number(c.Ns), number(f/c.Ns)
		}
	}
	s.Tables = append(s.Tables, t)
	return s
}

func (d *data) ratios() []figures.Ratio {
	if d.Vectors == nil {
		return nil
	}
	return d.Vectors.Ratios
}

func names(peers []figures.Peer) (list []string) {
	for _, p := range peers {
		list = append(list, p.Name)
	}
	return list
}

// elements writes a number of elements in short, as 16M.
func elements(n int) string {
	switch {
	case n >= 1<<20:
		return fmt.Sprintf("%dM", n>>20)
	case n >= 1<<10:
		return fmt.Sprintf("%dk", n>>10)
	}
	return fmt.Sprint(n)
}

// known is a dash where nothing was measured.
func known(v float64) string {
	if v == 0 {
		return "–"
	}
	return number(v)
}
