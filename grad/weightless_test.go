package grad_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/mat"
)

// allLosses are all losses with this reduction, with every setting that changes the way.
func allLosses(r grad.Reduction) map[string]grad.Weigher[float64] {
	return map[string]grad.Weigher[float64]{
		"mse":               grad.MSE[float64]{Reduction: r},
		"mae":               grad.MAE[float64]{Reduction: r},
		"huber":             grad.Huber[float64]{Delta: 0.3, Reduction: r},
		"bce":               grad.BCE[float64]{Reduction: r},
		"bce, positives":    grad.BCE[float64]{PosWeight: 3, Reduction: r},
		"logits":            grad.BCEWithLogits[float64]{Reduction: r},
		"logits, positives": grad.BCEWithLogits[float64]{PosWeight: 3, Reduction: r},
		"hinge":             grad.Hinge[float64]{Reduction: r},
		"hinge, positives":  grad.Hinge[float64]{PosWeight: 3, Reduction: r},
		"perceptron":        grad.Perceptron[float64]{Reduction: r},
		"softmax":           grad.SoftmaxCrossEntropy[float64]{Reduction: r},
		"smoothing":         grad.SoftmaxCrossEntropy[float64]{Smoothing: 0.1, Reduction: r},
		"classes": grad.SoftmaxCrossEntropy[float64]{ClassWeight: []float64{1, 2, 3},
			Reduction: r},
	}
}

// TestRowsOfWeight0 drops rows and gives them weight 0: loss, gradient of the others and Weight
// are the same, whatever the predictions in them, and the gradient in them is 0.
func TestRowsOfWeight0(t *testing.T) {
	rng := rand.New(rand.NewPCG(22, 0))
	for _, r := range []grad.Reduction{grad.Mean, grad.Sum} {
		for name, l := range allLosses(r) {
			for _, classes := range []bool{false, true} {
				for _, weights := range [][]float64{{0, 2, 0, 0.5}, {1, 0, 0, 0}, {0, 0, 0, 0}} {
					p, y := mat.New[float64](4, 3), target{Values: mat.New[float64](4, 3), Weights: weights}
					var kept target
					var left [][]float64
					for i, w := range weights {
						for j := range 3 {
							p.Set(i, j, 0.1+0.8*rng.Float64())
							y.Values.Set(i, j, float64((i+j)%3/2))
						}
						if classes {
							y.Classes = append(y.Classes, (i+1)%3)
						}
						if w != 0 {
							left = append(left, append([]float64(nil), p.Row(i)...))
							kept.Values.Data = append(kept.Values.Data, y.Values.Row(i)...)
							kept.Weights = append(kept.Weights, w)
							if classes {
								kept.Classes = append(kept.Classes, (i+1)%3)
							}
							continue
						}
						copy(p.Row(i), []float64{math.NaN(), math.Inf(1), 5})
					}
					kept.Values = mat.Of(len(left), 3, kept.Values.Data)
					rest, wantLoss, wantWeight := mat.New[float64](len(left), 3), 0.0, 0.0
					if len(left) > 0 {
						q := mat.FromRows(left...)
						wantLoss, wantWeight = l.Grad(rest, q, kept), l.Weight(len(left), kept)
					}
					what := fmt.Sprintf("%s, reduction %d, classes %v, weights %v", name, r, classes,
						weights)
					weight := l.Weight(4, y)
					loss := l.Grad(p, p, y)
					if loss != wantLoss || weight != wantWeight {
						t.Errorf("%s: loss %v of weight %v, want %v of %v", what, loss, weight, wantLoss,
							wantWeight)
					}
					for i, k := 0, 0; i < 4; i++ {
						want := make([]float64, 3)
						if weights[i] != 0 {
							want = rest.Row(k)
							k++
						}
						for j, g := range p.Row(i) {
							if g != want[j] {
								t.Errorf("%s: gradient %v in row %d, want %v", what, p.Row(i), i, want)
								break
							}
						}
					}
				}
			}
		}
	}
}

// TestClassesOfWeight0: rows whose class has weight 0 weigh nothing, with a batch of them alone
// too, and so do rows whose probabilities times the weights are 0.
func TestClassesOfWeight0(t *testing.T) {
	inf := math.Inf(1)
	for _, r := range []grad.Reduction{grad.Mean, grad.Sum} {
		l := grad.SoftmaxCrossEntropy[float64]{ClassWeight: []float64{0, 2, 1}, Reduction: r}
		for name, y := range map[string]target{
			"classes":                 {Classes: []int{0, 0}},
			"classes and weights":     {Classes: []int{0, 0}, Weights: []float64{3, 4}},
			"the one and the other":   {Classes: []int{0, 1}, Weights: []float64{3, 0}},
			"ignored":                 {Classes: []int{grad.Ignored, grad.Ignored}},
			"ignored and of weight 0": {Classes: []int{grad.Ignored, 0}},
		} {
			p := mat.FromRows([]float64{1, inf, math.NaN()}, []float64{-inf, -inf, -inf})
			if loss, w := l.Grad(p, p, y), l.Weight(2, y); loss != 0 || w != 0 {
				t.Errorf("%s, reduction %d: loss %v of weight %v, want 0 of 0", name, r, loss, w)
			}
			for _, g := range p.Data {
				if g != 0 {
					t.Errorf("%s, reduction %d: gradient %v, want zeros", name, r, p.Data)
					break
				}
			}
		}
		// probabilities weigh as rows: the mean is over both
		p := mat.FromRows([]float64{1, inf, 0}, []float64{0, 0, 0})
		y := target{Values: mat.FromRows([]float64{1, 0, 0}, []float64{0, 1, 0})}
		want, rows := 2*math.Log(3), 2.0
		if r == grad.Mean {
			want /= rows
		} else {
			rows = 0
		}
		loss := l.Grad(p, p, y)
		near(t, "loss", loss, want)
		near(t, "weight", l.Weight(2, y), rows)
		if p.At(0, 0) != 0 || p.At(0, 1) != 0 || p.At(1, 0) == 0 {
			t.Errorf("gradient %v, want zeros in the first row alone", p.Data)
		}
	}
}

// TestIgnoredRows: the loss of rows of which some are ignored is that of the others.
func TestIgnoredRows(t *testing.T) {
	x := mat.FromRows([]float64{0, 0, 0}, []float64{5, 6, 7}, []float64{math.Log(2), 0, 0})
	classes := []int{1, grad.Ignored, 0}
	for _, c := range []struct {
		loss         grad.SoftmaxCrossEntropy[float64]
		weights      []float64
		want, weight float64
	}{
		{grad.SoftmaxCrossEntropy[float64]{}, nil, (math.Log(3) + math.Log(2)) / 2, 2},
		{grad.SoftmaxCrossEntropy[float64]{Reduction: grad.Sum}, nil, math.Log(3) + math.Log(2), 0},
		{grad.SoftmaxCrossEntropy[float64]{}, []float64{3, 9, 1}, (3*math.Log(3) + math.Log(2)) / 4, 4},
		{grad.SoftmaxCrossEntropy[float64]{ClassWeight: []float64{1, 3, 7}}, nil,
			(3*math.Log(3) + math.Log(2)) / 4, 4},
		{grad.SoftmaxCrossEntropy[float64]{ClassWeight: []float64{1, 3, 7}}, []float64{2, 1, 4},
			(6*math.Log(3) + 4*math.Log(2)) / 10, 10},
	} {
		y, d := target{Classes: classes, Weights: c.weights}, mat.New[float64](3, 3)
		near(t, "loss", c.loss.Grad(d, x, y), c.want)
		near(t, "weight", c.loss.Weight(3, y), c.weight)
		for j, g := range d.Row(1) {
			if g != 0 {
				t.Errorf("gradient %v of the ignored row, column %d", g, j)
			}
		}
		if c.weights == nil && c.loss.ClassWeight == nil && c.loss.Reduction == grad.Mean {
			near(t, "gradient", d.At(0, 1), (1./3-1)/2)
			near(t, "gradient", d.At(2, 0), (1./2-1)/2)
			near(t, "gradient", d.At(2, 2), (1./4)/2)
		}
	}
}

// TestWeightsWhoseInverseOverflows: their shares are numbers all the same.
func TestWeightsWhoseInverseOverflows(t *testing.T) {
	p, d := mat.FromRows([]float64{1}, []float64{3}), mat.New[float64](2, 1)
	y := target{Values: mat.New[float64](2, 1), Weights: []float64{3e-310, 1e-310}}
	near(t, "loss", grad.MSE[float64]{}.Grad(d, p, y), (3+9)/4.)
	near(t, "gradient", d.At(0, 0), 1.5)
	y.Classes = []int{0, 0}
	near(t, "loss", grad.SoftmaxCrossEntropy[float64]{}.Grad(d, p, y), 0)
}

// TestNothing: no rows, or rows without elements, have no loss.
func TestNothing(t *testing.T) {
	for _, r := range []grad.Reduction{grad.Mean, grad.Sum} {
		for name, l := range allLosses(r) {
			none := mat.New[float64](0, 3)
			for _, y := range []target{{Values: none}, {Values: none, Weights: []float64{}},
				{Values: none, Classes: []int{}}} {
				if loss, w := l.Grad(none, none, y), l.Weight(0, y); loss != 0 || w != 0 {
					t.Errorf("%s, reduction %d: %v of weight %v for no rows", name, r, loss, w)
				}
			}
			if name == "classes" {
				continue // has weights for 3
			}
			empty := mat.New[float64](2, 0)
			for _, y := range []target{{Values: empty}, {Values: empty, Weights: []float64{1, 2}}} {
				if loss := l.Grad(empty, empty, y); loss != 0 {
					t.Errorf("%s, reduction %d: %v for rows without elements", name, r, loss)
				}
			}
		}
	}
}

// TestOneClass: the softmax of one class is 1, its loss and gradient 0.
func TestOneClass(t *testing.T) {
	for _, l := range []grad.SoftmaxCrossEntropy[float64]{{}, {Smoothing: 0.5}, {ClassWeight: []float64{2}},
		{Reduction: grad.Sum}} {
		for _, rows := range []int{1, 3} {
			p, d := mat.New[float64](rows, 1), mat.New[float64](rows, 1)
			p.Data[0] = 1e300
			if loss := l.Grad(d, p, target{Classes: make([]int, rows)}); loss != 0 || d.Data[0] != 0 {
				t.Errorf("%+v: loss %v, gradient %v, want 0", l, loss, d.Data)
			}
		}
	}
}

// TestInfiniteLogits: those of a softmax are limits in the weighted way, too.
func TestInfiniteLogits(t *testing.T) {
	inf := math.Inf(1)
	for name, l := range map[string]grad.SoftmaxCrossEntropy[float64]{"plain": {},
		"weighted": {ClassWeight: []float64{1, 1, 1}}} {
		for _, c := range []struct {
			x     []float64
			class int
			want  float64
			slope []float64
		}{
			{[]float64{inf, 0, 1}, 0, 0, []float64{0, 0, 0}},
			{[]float64{inf, 0, -inf}, 1, inf, []float64{1, -1, 0}},
			{[]float64{0, -inf, 0}, 1, inf, []float64{0.5, -1, 0.5}},
			{[]float64{0, -inf, 0}, 0, math.Log(2), []float64{-0.5, 0, 0.5}},
			{[]float64{inf, inf, 0}, 0, math.NaN(), []float64{math.NaN(), math.NaN(), math.NaN()}},
		} {
			d := mat.New[float64](1, 3)
			got := l.Grad(d, mat.FromRows(c.x), target{Classes: []int{c.class}})
			if !(math.Abs(got-c.want) <= 1e-15) && got != c.want && got == got ||
				(got != got) != (c.want != c.want) {
				t.Errorf("%s, %v, class %d: loss %v, want %v", name, c.x, c.class, got, c.want)
			}
			for j, g := range d.Row(0) {
				if !(math.Abs(g-c.slope[j]) <= 1e-15) && (g == g || c.slope[j] == c.slope[j]) {
					t.Errorf("%s, %v, class %d: gradient %v, want %v", name, c.x, c.class, d.Row(0), c.slope)
					break
				}
			}
		}
	}
}

// TestSmoothedRowsOfWeightlessClass: with smoothing, which gives each row a share of every class, a row of a class
// of weight 0 still weighs nothing, whatever its logits are. So does a row whose probabilities all weigh 0.
func TestSmoothedRowsOfWeightlessClass(t *testing.T) {
	nan := math.NaN()
	l := grad.SoftmaxCrossEntropy[float64]{Smoothing: 0.1, ClassWeight: []float64{0, 1, 2}}
	for _, odd := range [][]float64{{1, 2, 3}, {nan, nan, nan}, {math.Inf(1), math.Inf(1), 0}} {
		p := mat.FromRows([]float64{1, 2, 3}, odd, []float64{0, -1, 2})
		want := mat.New[float64](2, 3)
		loss := l.Grad(want, mat.FromRows(p.Row(0), p.Row(2)), target{Classes: []int{1, 2}})
		dp := mat.New[float64](3, 3)
		if got := l.Grad(dp, p, target{Classes: []int{1, 0, 2}}); got != loss {
			t.Errorf("logits %v of class 0: loss %v, want %v", odd, got, loss)
		}
		for i, row := range [][]float64{want.Row(0), {0, 0, 0}, want.Row(1)} {
			if !slices.Equal(dp.Row(i), row) {
				t.Errorf("logits %v of class 0: gradient of row %d is %v, want %v", odd, i, dp.Row(i), row)
			}
		}
		plain, y := grad.SoftmaxCrossEntropy[float64]{ClassWeight: l.ClassWeight}, mat.New[float64](3, 3)
		y.Set(0, 1, 1)
		y.Set(1, 0, 1)
		y.Set(2, 2, 1)
		if got := plain.Grad(dp, p, target{Values: y}); got != got || !slices.Equal(dp.Row(1), []float64{0, 0, 0}) {
			t.Errorf("logits %v of probability 1 for class 0: loss %v, gradient %v", odd, got, dp.Row(1))
		}
	}
}
