//go:build linux && cgo

package main

import (
	"fmt"
	"math"
	"os"
	"path/filepath"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

// writePlots draws the share of the FMA peak over the size of cubes, one plot for each table.
func writePlots(folder string, all []results) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	for _, t := range all {
		if err := t.plot(folder); err != nil {
			return err
		}
	}
	return nil
}

func (t *results) plot(folder string) error {
	p := plot.New()
	p.Title.Text = fmt.Sprintf("%s, C = A B, n x n, %d threads", t.dtype, t.threads)
	p.X.Label.Text, p.Y.Label.Text = "n", "% of the FMA peak"
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, powers{}
	p.Y.Min, p.Y.Max = 0, 100
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())
	curves := []any{"Ashlar", t.cubes(func(r *result) float64 { return 100 * r.ours / r.peak })}
	for _, i := range t.present() {
		curves = append(curves, t.peers[i].Name,
			t.cubes(func(r *result) float64 { return 100 * r.peers[i] / r.peak }))
	}
	if err := plotutil.AddLinePoints(p, curves...); err != nil {
		return err
	}
	file := fmt.Sprintf("gemm_%s_%d.svg", t.dtype, t.threads)
	return p.Save(8*vg.Inch, 5*vg.Inch, filepath.Join(folder, file))
}

// cubes are the points of the plain cubic products.
func (t *results) cubes(value func(*result) float64) (points plotter.XYs) {
	for _, r := range t.rows {
		if v := value(r); r.M == r.N && r.N == r.K && !r.TransA && !r.TransB && !math.IsNaN(v) {
			points = append(points, plotter.XY{X: float64(r.N), Y: v})
		}
	}
	return points
}

// powers marks the powers of two.
type powers struct{}

func (powers) Ticks(lo, hi float64) (ticks []plot.Tick) {
	for n := 1.0; n <= hi; n *= 2 {
		if n >= lo {
			ticks = append(ticks, plot.Tick{Value: n, Label: fmt.Sprint(n)})
		}
	}
	return ticks
}
