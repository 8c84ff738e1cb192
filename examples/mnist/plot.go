package main

import (
	"github.com/ashlar-go/ashlar/train/plot"
)

// curves draws the loss and the accuracy over the epochs. The last one may be incomplete, which
// [plot.LearningCurves] does not have.
func curves(epochs []epochResult) (*plot.Figure, error) {
	curve := func(name string, dashed bool, value func(epochResult) float64) plot.Curve {
		c := plot.Curve{Name: name, Dashed: dashed}
		for _, e := range epochs {
			c.X, c.Y = append(c.X, e.epoch), append(c.Y, value(e))
		}
		return c
	}
	return plot.Lines(
		plot.Panel{Title: "loss", X: "epoch", Y: "mean cross-entropy (nats)", Log: true,
			Curves: []plot.Curve{
				curve("training", false, func(e epochResult) float64 { return e.loss }),
				curve("test", true, func(e epochResult) float64 { return e.testLoss })}},
		plot.Panel{Title: "accuracy", X: "epoch", Y: "right answers (%)", Curves: []plot.Curve{
			curve("training", false, func(e epochResult) float64 { return 100 * e.trainAccuracy }),
			curve("test", true, func(e epochResult) float64 { return 100 * e.testAccuracy })}})
}
