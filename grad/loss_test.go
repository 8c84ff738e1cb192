package grad_test

import (
	"errors"
	"math"
	"math/rand/v2"
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
		"softmax":    {grad.SoftmaxCrossEntropy[float64]{}, []int{0, 1, 1}},
		"logits":     {grad.BCEWithLogits[float64]{}, []int{0, 1, 1}},
		"hinge":      {grad.Hinge[float64]{}, []int{0, 1, 1}},
		"perceptron": {grad.Perceptron[float64]{}, []int{0, 1, 1}},
		"bce":        {grad.BCE[float64]{}, []int{0, 0, 1}},
		"mse":        {grad.MSE[float64]{}, []int{0, 0, 1}},
		"mae":        {grad.MAE[float64]{}, []int{0, 0, 1}},
		"huber":      {grad.Huber[float64]{}, []int{0, 0, 1}},
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
		"grad.MSE: y.Values is 2x2, want 2x3": func() {
			grad.MSE[float64]{}.Grad(p, p,
				target{Values: small})
		},
		"grad.BCE: dp is 2x2, want 2x3": func() {
			grad.BCE[float64]{}.Grad(small, p,
				target{Values: p})
		},
		"grad.BCEWithLogits: y.Values is 0x0, want 2x3": func() {
			grad.BCEWithLogits[float64]{}.Grad(p, p,
				target{})
		},
		"grad.SoftmaxCrossEntropy: dp is 2x2, want 2x3": func() {
			grad.SoftmaxCrossEntropy[float64]{}.Grad(small, p, target{})
		},
		"kernels.SoftmaxCrossEntropy: ": func() {
			grad.SoftmaxCrossEntropy[float64]{}.Grad(p, p, target{Classes: []int{0, 3}})
		},
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

// TestSumIsMeanTimesCount: the sum is that of the elements, or of the rows for a softmax, in
// value and gradient, with weights of the rows and without.
func TestSumIsMeanTimesCount(t *testing.T) {
	rng := rand.New(rand.NewPCG(21, 0))
	x, v := random(rng, 6, 3), mat.New[float64](6, 3)
	for i := range v.Data {
		v.Data[i] = float64(rng.IntN(2))
		x.Data[i] = 0.1 + 0.8*rng.Float64()
	}
	total := 0.0
	for _, w := range weights {
		total += w
	}
	for name, l := range map[string]struct {
		mean, sum grad.Loss[float64]
		cols      float64
	}{
		"mse": {grad.MSE[float64]{}, grad.MSE[float64]{Reduction: grad.Sum}, 3},
		"mae": {grad.MAE[float64]{}, grad.MAE[float64]{Reduction: grad.Sum}, 3},
		"huber": {grad.Huber[float64]{Delta: 0.3},
			grad.Huber[float64]{Delta: 0.3, Reduction: grad.Sum}, 3},
		"bce":        {grad.BCE[float64]{}, grad.BCE[float64]{Reduction: grad.Sum}, 3},
		"logits":     {grad.BCEWithLogits[float64]{}, grad.BCEWithLogits[float64]{Reduction: grad.Sum}, 3},
		"hinge":      {grad.Hinge[float64]{}, grad.Hinge[float64]{Reduction: grad.Sum}, 3},
		"perceptron": {grad.Perceptron[float64]{}, grad.Perceptron[float64]{Reduction: grad.Sum}, 3},
		"softmax": {grad.SoftmaxCrossEntropy[float64]{},
			grad.SoftmaxCrossEntropy[float64]{Reduction: grad.Sum}, 1},
	} {
		for _, w := range [][]float64{nil, weights} {
			y, count := target{Values: v, Weights: w}, 6*l.cols
			if w != nil {
				count = total * l.cols
			}
			mean, sum := mat.New[float64](6, 3), mat.New[float64](6, 3)
			a, b := l.mean.Grad(mean, x, y), l.sum.Grad(sum, x, y)
			if !(math.Abs(b-count*a) <= 1e-13*math.Abs(b)) || b == 0 {
				t.Errorf("%s, weights %v: sum %v, mean %v", name, w, b, a)
			}
			for i, g := range mean.Data {
				if !(math.Abs(sum.Data[i]-count*g) <= 1e-14*count) {
					t.Errorf("%s, weights %v: gradient %v of the sum, %v of the mean", name, w,
						sum.Data[i], g)
					break
				}
			}
			if m, s := grad.WeightOf(l.mean, 6, y), grad.WeightOf(l.sum, 6, y); m != count/l.cols || s != 0 {
				t.Errorf("%s, weights %v: weights %v and %v", name, w, m, s)
			}
		}
	}
}

// TestLossOfNaN: a NaN among the predictions makes the loss NaN and its own gradient NaN, and no row beside it.
func TestLossOfNaN(t *testing.T) {
	for name, l := range allLosses(grad.Mean) {
		p, dp := mat.New[float64](3, 3), mat.New[float64](3, 3)
		p.Fill(0.3)
		p.Set(1, 2, math.NaN())
		loss := l.Grad(dp, p, target{Values: mat.Of(3, 3, []float64{0, 1, 0, 1, 0, 1, 0, 0, 1})})
		if loss == loss || dp.At(1, 2) == dp.At(1, 2) {
			t.Errorf("%s: loss %v, gradient %v, want NaN", name, loss, dp.At(1, 2))
		}
		for _, v := range slices.Concat(dp.Row(0), dp.Row(2)) {
			if v != v {
				t.Errorf("%s: gradients %v and %v of rows without a NaN", name, dp.Row(0), dp.Row(2))
				break
			}
		}
	}
}
