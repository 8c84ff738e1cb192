// Package chart draws the curves of the examples: what a training run measured after each
// epoch, several runs in one picture, with a linear or a logarithmic axis.
package chart

import (
	"fmt"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
)

// Curve is a named list of values at 1, 2, 3, ...
type Curve struct {
	Name string
	Y    []float64
}

// Write draws curves into a file, as SVG, PNG or PDF by its name. With log the values must
// be positive; those that are not are left out.
func Write(path, title, x, y string, log bool, curves []Curve) error {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.Legend.Top = true
	p.Add(plotter.NewGrid())
	if log {
		p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	}
	for i, c := range curves {
		var points plotter.XYs
		for k, v := range c.Y {
			if !log || v > 0 {
				points = append(points, plotter.XY{X: float64(k + 1), Y: v})
			}
		}
		line, err := plotter.NewLine(points)
		if err != nil {
			return fmt.Errorf("%s: %s: %w", path, c.Name, err)
		}
		line.Color, line.Dashes = plotutil.Color(i), plotutil.Dashes(i/7)
		p.Add(line)
		p.Legend.Add(c.Name, line)
	}
	return p.Save(8*vg.Inch, 5*vg.Inch, path)
}
