package grad_test

import (
	"math"
	"testing"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/mat"
)

// TestPosWeight: loss and slope of one number, by hand.
func TestPosWeight(t *testing.T) {
	inf, ln := math.Inf(1), math.Log
	for name, c := range map[string]struct {
		loss           grad.Loss[float64]
		p, y           float64
		want, gradient float64
	}{
		"bce of a positive": {grad.BCE[float64]{PosWeight: 3}, 0.25, 1, 3 * ln(4), -3 / 0.25},
		"bce of a negative": {grad.BCE[float64]{PosWeight: 3}, 0.25, 0, -ln(0.75), 1 / 0.75},
		"bce between": {grad.BCE[float64]{PosWeight: 3}, 0.25, 0.5,
			1.5*ln(4) - 0.5*ln(0.75), -1.5/0.25 + 0.5/0.75},
		"bce of a positive at 0": {grad.BCE[float64]{PosWeight: 3}, 0, 1, 300, -3e12},
		"bce of a negative at 1": {grad.BCE[float64]{PosWeight: 3}, 1, 0, 100, 1e12},
		"bce of a negative at 0": {grad.BCE[float64]{PosWeight: 3}, 0, 0, 0, 0},
		"logit of a positive": {grad.BCEWithLogits[float64]{PosWeight: 3}, ln(3), 1, 3 * ln(4./3),
			-3. / 4},
		"logit of a negative": {grad.BCEWithLogits[float64]{PosWeight: 3}, ln(3), 0, ln(4), 3. / 4},
		"logit between": {grad.BCEWithLogits[float64]{PosWeight: 3}, ln(3), 0.5,
			1.5*ln(4./3) + 0.5*ln(4), 0.5*3./4 - 1.5/4},
		"large logit of a positive":    {grad.BCEWithLogits[float64]{PosWeight: 3}, -1e300, 1, 3e300, -3},
		"large logit of a negative":    {grad.BCEWithLogits[float64]{PosWeight: 3}, -1e300, 0, 0, 0},
		"infinite logit of a positive": {grad.BCEWithLogits[float64]{PosWeight: 3}, inf, 1, 0, 0},
		"infinite logit of a negative": {grad.BCEWithLogits[float64]{PosWeight: 3}, -inf, 0, 0, 0},
		"hinge of a positive":          {grad.Hinge[float64]{PosWeight: 3}, 0.5, 1, 1.5, -3},
		"hinge of a negative":          {grad.Hinge[float64]{PosWeight: 3}, 0.5, 0, 1.5, 1},
		"hinge beyond the margin":      {grad.Hinge[float64]{PosWeight: 3}, 2, 1, 0, 0},
		"perceptron of a positive":     {grad.Perceptron[float64]{PosWeight: 3}, -2, 1, 6, -3},
		"perceptron of a negative":     {grad.Perceptron[float64]{PosWeight: 3}, 2, 0, 2, 1},
	} {
		// beside it an element that costs nothing takes half of the mean
		y := target{Values: mat.FromRows([]float64{c.y, 0})}
		d, p := mat.New[float64](1, 2), mat.FromRows([]float64{c.p, -inf})
		if _, probability := c.loss.(grad.BCE[float64]); probability {
			p.Set(0, 1, 0)
		}
		near(t, name, 2*c.loss.Grad(d, p, y), c.want)
		near(t, name+", gradient", 2*d.At(0, 0), c.gradient)
		y.Weights = []float64{5}
		near(t, name+", weighted", 2*c.loss.Grad(p, p, y), c.want)
	}
}

// TestPosWeightOf1 is none.
func TestPosWeightOf1(t *testing.T) {
	p, y := mat.FromRows([]float64{0.3, 0.9, 0.5}), target{Values: mat.FromRows([]float64{1, 0, 0.25})}
	for _, c := range [][2]grad.Loss[float64]{
		{grad.BCE[float64]{}, grad.BCE[float64]{PosWeight: 1}},
		{grad.Hinge[float64]{}, grad.Hinge[float64]{PosWeight: 1}},
		{grad.BCEWithLogits[float64]{}, grad.BCEWithLogits[float64]{PosWeight: 1}},
		{grad.Perceptron[float64]{}, grad.Perceptron[float64]{PosWeight: 1}},
	} {
		d, e := mat.New[float64](1, 3), mat.New[float64](1, 3)
		if a, b := c[0].Grad(d, p, y), c[1].Grad(e, p, y); a != b || d.At(0, 0) != e.At(0, 0) {
			t.Errorf("%T: %v and %v", c[0], a, b)
		}
	}
}
