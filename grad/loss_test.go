package grad_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

func TestClassify(t *testing.T) {
	wide := mat.FromRows([]float64{1, 3, 2}, []float64{5, 4, 0})
	single := mat.FromRows([]float64{-1}, []float64{0.3}, []float64{0.7})
	for name, c := range map[string]struct {
		loss   grad.Loss[float64]
		single []int
	}{
		"softmax": {grad.SoftmaxCrossEntropy[float64]{}, []int{0, 1, 1}},
		"logits":  {grad.BCEWithLogits[float64]{}, []int{0, 1, 1}},
		"bce":     {grad.BCE[float64]{}, []int{0, 0, 1}},
		"mse":     {grad.MSE[float64]{}, []int{0, 0, 1}},
	} {
		got := make([]int, 2)
		if c.loss.Classify(got, wide); !slices.Equal(got, []int{1, 0}) {
			t.Errorf("%s: %v", name, got)
		}
		got = make([]int, 3)
		if c.loss.Classify(got, single); !slices.Equal(got, c.single) {
			t.Errorf("%s, one column: %v, want %v", name, got, c.single)
		}
	}
}

func TestLossShapesPanic(t *testing.T) {
	p, small := mat.New[float64](2, 3), mat.New[float64](2, 2)
	for want, f := range map[string]func(){
		"grad.MSE: y.Values is 2x2, want 2x3":           func() { grad.MSE[float64]{}.Grad(p, p, target{Values: small}) },
		"grad.BCE: dp is 2x2, want 2x3":                 func() { grad.BCE[float64]{}.Grad(small, p, target{Values: p}) },
		"grad.BCEWithLogits: y.Values is 0x0, want 2x3": func() { grad.BCEWithLogits[float64]{}.Grad(p, p, target{}) },
		"grad.SoftmaxCrossEntropy: dp is 2x2, want 2x3": func() { grad.SoftmaxCrossEntropy[float64]{}.Grad(small, p, target{}) },
		"kernels.SoftmaxCrossEntropy: ":                 func() { grad.SoftmaxCrossEntropy[float64]{}.Grad(p, p, target{Classes: []int{0, 3}}) },
	} {
		func() {
			defer func() {
				err, _ := recover().(error)
				var shape *kernels.ShapeError
				if !errors.As(err, &shape) || !strings.HasPrefix(err.Error(), want) {
					t.Errorf("got %v, want %q", err, want)
				}
			}()
			f()
		}()
	}
}
