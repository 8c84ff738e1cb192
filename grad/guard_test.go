package grad_test

import (
	"errors"
	"math"
	"testing"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// TestRefusedArguments: what is nil or does not fit panics with a ShapeError that names it.
func TestRefusedArguments(t *testing.T) {
	type T = float64
	p, short := mat.New[T](2, 3), mat.Dense[T]{Rows: 2, Cols: 3, Stride: 3, Data: make([]T, 5)}
	gaps := mat.New[T](2, 4).Sub(0, 2, 0, 3)
	target := grad.Target[T]{Values: mat.New[T](2, 3)}
	torn := layer.NewParam[T]("w", layer.Zeros[T], 2, 3)
	torn.Grad = torn.Grad[:4]
	worn := layer.NewParam[T]("w", layer.Zeros[T], 2, 3)
	worn.Value = worn.Value[:5]
	params := []*layer.Param[T]{layer.NewParam[T]("v", layer.Zeros[T], 2), nil}
	model := layer.NewLinear[T](3, 3, kernels.ActIdentity)
	for arg, calls := range map[string][]func(){
		"dp": {func() { grad.MSE[T]{}.Grad(short, p, target) }, func() { grad.BCE[T]{}.Grad(gaps, p, target) },
			func() { grad.SoftmaxCrossEntropy[T]{Smoothing: 0.1}.Grad(short, p, target) }},
		"p": {func() { grad.MAE[T]{}.Grad(p, short, grad.Target[T]{Values: p}) },
			func() { grad.Hinge[T]{}.Classify(make([]int, 2), mat.Dense[T]{Rows: 2, Cols: 1, Stride: 1}) }},
		"y.Values": {func() { grad.Huber[T]{}.Grad(p, p, grad.Target[T]{Values: short}) }},
		"y.Classes": {func() {
			grad.SoftmaxCrossEntropy[T]{ClassWeight: []T{1}}.Weight(2, grad.Target[T]{Classes: []int{0, 1}})
		}},
		"y.Weights": {func() {
			grad.SoftmaxCrossEntropy[T]{ClassWeight: []T{1}}.Weight(2, grad.Target[T]{Classes: []int{0, 0},
				Weights: []T{1}})
		}},
		"eps":   {func() { grad.ClipAdaptive([]*layer.Param[float32]{}, 1, 1e-300) }},
		"class": {func() { grad.BCE[T]{}.Classify(make([]int, 3), mat.New[T](2, 1)) }},
		"params": {func() { grad.Norm(params) }, func() { grad.ClipNorm(params, 1) },
			func() { grad.ClipLayers(params, 1) }, func() { grad.ClipValue(params, 1) },
			func() { grad.ClipAdaptive([]*layer.Param[T]{torn}, 1, 1) },
			func() { grad.ClipAdaptiveTensors([]*layer.Param[T]{torn}, 1, 1) },
			func() { grad.Norm([]*layer.Param[T]{worn}) }},
		"classes": {func() { grad.BalancedWeights[T](nil, math.MaxInt) }},
		"model":   {func() { grad.Check(nil, grad.MSE[T]{}, p, target) }},
		"loss":    {func() { grad.Check(model, nil, p, target) }},
	} {
		for i, f := range calls {
			func() {
				defer func() {
					err, _ := recover().(error)
					var shape *kernels.ShapeError
					if !errors.As(err, &shape) || shape.Arg != arg {
						t.Errorf("call %d for %s: %v", i, arg, err)
					}
				}()
				f()
			}()
		}
	}
}
