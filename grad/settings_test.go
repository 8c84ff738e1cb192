package grad_test

import (
	"math"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/grad"
)

type checks interface {
	Check(outputs, classes int) error
}

// TestCheckOfSettings: each setting that cannot work is named, with what it was and what is
// wanted, and whatever works passes.
func TestCheckOfSettings(t *testing.T) {
	const name = "grad.SoftmaxCrossEntropy: "
	nan, inf := math.NaN(), math.Inf(1)
	for _, r := range []grad.Reduction{grad.Mean, grad.Sum} {
		for name, l := range allLosses(r) {
			for _, classes := range []int{0, 3} {
				if err := l.(checks).Check(3, classes); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
	type softmax = grad.SoftmaxCrossEntropy[float64]
	for _, good := range []checks{grad.Huber[float32]{}, grad.Huber[float32]{Delta: 1e-40},
		softmax{Smoothing: 1},
		softmax{ClassWeight: []float64{0, 0, 2}}} {
		if err := good.Check(3, 0); err != nil {
			t.Errorf("%+v: %v", good, err)
		}
	}
	for _, c := range []struct {
		loss             checks
		outputs, classes int
		want             string
	}{
		{softmax{}, 2, 3, name + "the model has 2 outputs, want 3, one a class"},
		{softmax{}, 1, 2, name + "the model has 1 outputs, want 2, one a class"},
		{softmax{Smoothing: 2}, 3, 3, name + "Smoothing = 2, want from 0 to 1"},
		{softmax{Smoothing: -0.5}, 3, 0, name + "Smoothing = -0.5, want from 0 to 1"},
		{softmax{Smoothing: nan}, 3, 3, name + "Smoothing = NaN, want from 0 to 1"},
		{softmax{ClassWeight: []float64{1, 2}}, 3, 3, name + "len(ClassWeight) = 2, want 3, one an output"},
		{softmax{ClassWeight: []float64{}}, 3, 3, name + "len(ClassWeight) = 0, want 3, one an output"},
		{softmax{ClassWeight: []float64{1, 2, -3}}, 3, 3,
			name + "ClassWeight[2] = -3, want a finite number of at least 0"},
		{softmax{ClassWeight: []float64{1, inf, 3}}, 3, 3, name + "ClassWeight[1] = +Inf, want a finite"},
		{softmax{ClassWeight: []float64{nan, 2, 3}}, 3, 3, name + "ClassWeight[0] = NaN, want a finite"},
		{softmax{ClassWeight: []float64{0, 0, 0}}, 3, 3, name + "ClassWeight = [0 0 0], want one above 0"},
		{softmax{Reduction: 2}, 3, 3, name + "Reduction = 2, want Mean (0) or Sum (1)"},
		{grad.Huber[float64]{Delta: -1}, 1, 0,
			"grad.Huber: Delta = -1, want a positive number that float64 can hold, or 0 for 1"},
		{grad.Huber[float32]{Delta: nan}, 1, 0, "grad.Huber: Delta = NaN, want"},
		{grad.Huber[float32]{Delta: 1e300}, 1, 0,
			"grad.Huber: Delta = 1e+300, want a positive number that float32 can hold"},
		{grad.Huber[float32]{Delta: 1e-300}, 1, 0, "grad.Huber: Delta = 1e-300, want"},
		{grad.Huber[float32]{Reduction: 9}, 1, 0, "grad.Huber: Reduction = 9, want Mean (0) or Sum (1)"},
		{grad.MSE[float64]{Reduction: 3}, 1, 0, "grad.MSE: Reduction = 3"},
		{grad.MAE[float64]{Reduction: 3}, 1, 0, "grad.MAE: Reduction = 3"},
		{grad.BCE[float64]{PosWeight: -1}, 1, 2,
			"grad.BCE: PosWeight = -1, want a finite number above 0, or 0 for 1"},
		{grad.BCEWithLogits[float64]{PosWeight: nan}, 1, 2, "grad.BCEWithLogits: PosWeight = NaN, want"},
		{grad.Hinge[float64]{PosWeight: inf}, 1, 2, "grad.Hinge: PosWeight = +Inf, want"},
		{grad.Perceptron[float64]{PosWeight: -inf}, 1, 2, "grad.Perceptron: PosWeight = -Inf, want"},
		{grad.BCE[float64]{Reduction: 2}, 1, 2, "grad.BCE: Reduction = 2"},
		{grad.BCEWithLogits[float64]{Reduction: 2}, 1, 2, "grad.BCEWithLogits: Reduction = 2"},
		{grad.Hinge[float64]{Reduction: 2}, 1, 2, "grad.Hinge: Reduction = 2"},
		{grad.Perceptron[float64]{Reduction: 2}, 1, 2, "grad.Perceptron: Reduction = 2"},
	} {
		if err := c.loss.Check(c.outputs, c.classes); err == nil || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%+v: %v, want %s", c.loss, err, c.want)
		}
	}
}
