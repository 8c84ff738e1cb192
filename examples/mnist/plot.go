package main

import (
	"fmt"
	"image/color"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

var (
	blue   = color.RGBA{R: 0x1f, G: 0x77, B: 0xb4, A: 0xff}
	orange = color.RGBA{R: 0xff, G: 0x7f, B: 0x0e, A: 0xff}
)

// writePlot draws the loss and the accuracy over the epochs, side by side, as SVG.
func writePlot(path, title string, epochs []epochResult) error {
	loss, err := chart(title, "mean training loss", epochs,
		line{"training", blue, func(e epochResult) float64 { return e.loss }})
	if err != nil {
		return err
	}
	accuracy, err := chart("", "accuracy (%)", epochs,
		line{"training", blue, func(e epochResult) float64 { return 100 * e.trainAccuracy }},
		line{"test", orange, func(e epochResult) float64 { return 100 * e.testAccuracy }})
	if err != nil {
		return err
	}
	canvas := vgsvg.New(9*vg.Inch, 3.5*vg.Inch)
	tiles := draw.Tiles{Rows: 1, Cols: 2, PadX: vg.Inch / 3, PadTop: vg.Points(4), PadBottom: vg.Points(4), PadLeft: vg.Points(4), PadRight: vg.Points(10)}
	for i, p := range plot.Align([][]*plot.Plot{{loss, accuracy}}, tiles, draw.New(canvas))[0] {
		[]*plot.Plot{loss, accuracy}[i].Draw(p)
	}
	return writeFile(path, canvas)
}

// line is one curve of a chart.
type line struct {
	name  string
	color color.Color
	value func(epochResult) float64
}

func chart(title, y string, epochs []epochResult, lines ...line) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, "epoch", y
	p.Add(plotter.NewGrid())
	for _, l := range lines {
		points := make(plotter.XYs, len(epochs))
		for i, e := range epochs {
			points[i] = plotter.XY{X: float64(e.epoch), Y: l.value(e)}
		}
		curve, marks, err := plotter.NewLinePoints(points)
		if err != nil {
			return nil, fmt.Errorf("plot of %s: %w", y, err)
		}
		curve.Color, marks.Color, marks.Shape = l.color, l.color, draw.CircleGlyph{}
		p.Add(curve, marks)
		p.Legend.Add(l.name, curve, marks)
	}
	return p, nil
}

// writeFile writes the canvas in full or leaves no file.
func writeFile(path string, canvas *vgsvg.Canvas) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if _, err := canvas.WriteTo(f); err != nil {
		f.Close()
		os.Remove(path)
		return err
	}
	return f.Close()
}
