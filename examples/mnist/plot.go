package main

import (
	"io"

	"github.com/ashlar-go/ashlar/examples/internal/chart"
)

// writePlot draws the loss and the accuracy over the epochs, side by side, as PNG.
func writePlot(to io.Writer, title string, epochs []epochResult) error {
	curve := func(name string, value func(epochResult) float64) chart.Curve {
		c := chart.Curve{Name: name}
		for _, e := range epochs {
			c.X, c.Y = append(c.X, e.epoch), append(c.Y, value(e))
		}
		return c
	}
	return chart.Write(to, title,
		chart.Panel{Title: "loss", X: "epoch", Y: "mean cross-entropy (nats)", Log: true,
			Curves: []chart.Curve{
				curve("training", func(e epochResult) float64 { return e.loss }),
				curve("test", func(e epochResult) float64 { return e.testLoss })}},
		chart.Panel{Title: "accuracy", X: "epoch", Y: "right answers (%)", Curves: []chart.Curve{
			curve("training", func(e epochResult) float64 { return 100 * e.trainAccuracy }),
			curve("test", func(e epochResult) float64 { return 100 * e.testAccuracy })}})
}
