package grad_test

import (
	"errors"
	"math"
	"slices"
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

// TestApart: a gradient may lie in the place of the prediction, and in no other memory of a call.
func TestApart(t *testing.T) {
	memory := make([]float64, 21)
	for i := range memory {
		memory[i] = 0.1 + float64(i%5)/8
	}
	at := func(i int) mat.Dense[float64] { return mat.Of(2, 3, memory[i:i+6]) }
	for name, l := range allLosses(grad.Mean) {
		for what, c := range map[string]struct {
			dp      mat.Dense[float64]
			weights []float64
		}{"p": {at(1), nil}, "y.Values": {at(11), nil}, "y.Weights": {at(14), memory[19:]}} {
			y := target{Values: at(8), Weights: c.weights}
			if what == "p" {
				y = target{Values: at(8), Classes: []int{0, 1}}
			}
			before := slices.Clone(memory)
			func() {
				defer func() {
					e, _ := recover().(*kernels.ShapeError)
					if e == nil || e.Arg != "dp" || e.Msg != "dp overlaps "+what {
						t.Errorf("%s, dp over %s: %v", name, what, e)
					}
				}()
				l.Grad(c.dp, at(0), y)
			}()
			if !slices.Equal(memory, before) {
				t.Errorf("%s, dp over %s: refused after it has written", name, what)
			}
		}
		y, p := target{Values: at(8)}, at(0).Clone()
		want := mat.New[float64](2, 3)
		if loss := l.Grad(want, p, y); l.Grad(p, p, y) != loss || !slices.Equal(p.Data, want.Data) {
			t.Errorf("%s: another gradient in the place of the prediction", name)
		}
	}
}

// TestEmpty: rows, columns and parameters of no elements are none, and of one row the stride may be any.
func TestEmpty(t *testing.T) {
	for name, l := range allLosses(grad.Sum) {
		for _, p := range []mat.Dense[float64]{{}, {Stride: 3}, {Rows: 2}, {Cols: 3}} {
			if name == "classes" && p.Cols != 3 { // it has three weights
				continue
			}
			if loss := l.Grad(p, p, target{Values: p}); loss != 0 {
				t.Errorf("%s of %dx%d: loss %v", name, p.Rows, p.Cols, loss)
			}
		}
		row := mat.Of(1, 3, []float64{0.1, 0.2, 0.3})
		dp, want := mat.New[float64](1, 3), mat.New[float64](1, 3)
		loss := l.Grad(want, row, target{Values: mat.Of(1, 3, []float64{0, 1, 0})})
		for _, stride := range []int{0, 1, 5} {
			row.Stride, dp.Stride = stride, stride
			y := target{Values: mat.Dense[float64]{Rows: 1, Cols: 3, Stride: stride, Data: []float64{0, 1, 0}}}
			class := []int{-1}
			if l.Classify(class, row); class[0] != 2 {
				t.Errorf("%s of one row with stride %d: class %d, want 2", name, stride, class[0])
			}
			if got := l.Grad(dp, row, y); got != loss || !slices.Equal(dp.Data, want.Data) {
				t.Errorf("%s of one row with stride %d: loss %v, want %v", name, stride, got, loss)
			}
		}
	}
	empty := mat.Dense[float64]{}
	if loss := (grad.SoftmaxCrossEntropy[float64]{}).Grad(empty, empty, target{Classes: []int{}}); loss != 0 {
		t.Errorf("softmax of no rows: loss %v", loss)
	}
	for _, shape := range [][]int{{0}, {3, 0}, {0, 3}, {2, 0, 3}} {
		p := []*layer.Param[float64]{{Name: "w", Shape: shape, Value: []float64{}, Grad: []float64{}}}
		for name, norm := range map[string]float64{"Norm": grad.Norm(p), "ClipNorm": grad.ClipNorm(p, 1),
			"ClipLayers": grad.ClipLayers(p, 1), "ClipValue": grad.ClipValue(p, 1),
			"ClipAdaptive": grad.ClipAdaptive(p, 1, 1), "ClipAdaptiveTensors": grad.ClipAdaptiveTensors(p, 1, 1)} {
			if norm != 0 {
				t.Errorf("%s of shape %v: %v", name, shape, norm)
			}
		}
	}
}
