package grad_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// TestNormGradients checks the layers that normalise rows, and softmax.
func TestNormGradients(t *testing.T) {
	for name, make := range map[string]func(cols int) net{
		"LayerNorm": func(cols int) net { return layer.NewLayerNorm[float64](cols) },
		"RMSNorm":   func(cols int) net { return layer.NewRMSNorm[float64](cols) },
		"Softmax":   func(int) net { return layer.Softmax[float64]{} },
	} {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(11, 0))
			for _, size := range [][2]int{{1, 5}, {7, 3}, {20, 40}} {
				model := make(size[1])
				x := awayFromKinks(t, model, rng, size[0], size[1])
				verify(t, model, grad.MSE[float64]{}, x, target{Values: random(rng, size[0], size[1])})
			}
		})
	}
}

func TestPReLUGradients(t *testing.T) {
	for _, features := range []int{1, 6} {
		rng := rand.New(rand.NewPCG(12, uint64(features)))
		model := layer.NewSequential(net(&probe{kinks: []float64{0}}), layer.NewPReLU[float64](features))
		x := awayFromKinks(t, model, rng, 5, 6)
		verify(t, model, grad.MSE[float64]{}, x, target{Values: random(rng, 5, 6)})
	}
}

// TestResidualGradients: with and without a projection, nested, and below other layers,
// so that dx is wanted too.
func TestResidualGradients(t *testing.T) {
	linear := func(in, out int, act kernels.Activation) net { return layer.NewLinear[float64](in, out, act) }
	for name, model := range map[string]net{
		"identity": layer.NewResidual(layer.NewSequential(linear(4, 6, kernels.ActTanh),
			linear(6, 4, kernels.ActIdentity)), nil),
		"projection": layer.NewResidual(layer.NewSequential(linear(4, 6, kernels.ActGELU),
			linear(6, 3, kernels.ActTanh)), linear(4, 3, kernels.ActIdentity)),
		"deep projection": layer.NewSequential(linear(4, 5, kernels.ActTanh),
			layer.NewResidual(linear(5, 3, kernels.ActTanh),
				layer.NewSequential(linear(5, 6, kernels.ActSigmoid), linear(6, 6, kernels.ActTanh),
					linear(6, 3, kernels.ActIdentity)))),
		// with columns that let the buffers of gradients be used again at once
		"projection in the middle": layer.NewSequential(linear(4, 3, kernels.ActTanh),
			net(layer.NewResidual(linear(3, 5, kernels.ActTanh), linear(3, 5, kernels.ActIdentity))),
			linear(5, 3, kernels.ActTanh)),
		"deep projection in the middle": layer.NewSequential(linear(4, 3, kernels.ActTanh),
			net(layer.NewResidual(linear(3, 5, kernels.ActTanh),
				layer.NewSequential(linear(3, 4, kernels.ActSigmoid), linear(4, 5, kernels.ActIdentity)))),
			linear(5, 3, kernels.ActTanh)),
		"nested": layer.NewResidual(layer.NewSequential(linear(4, 4, kernels.ActTanh),
			net(layer.NewResidual(linear(4, 4, kernels.ActSiLU), nil)), layer.NewDropout[float64](0.2)),
			nil),
	} {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(13, 0))
			x := awayFromKinks(t, model, rng, 5, 4)
			out, err := model.Out(4)
			if err != nil {
				t.Fatal(err)
			}
			verify(t, model, grad.MSE[float64]{}, x, target{Values: random(rng, 5, out)})
		})
	}
}

// weights are those of six rows.
var weights = []float64{1, 0.25, 3, 0, 1.5, 2}

// TestLossOptionGradients checks each loss with its options against differences.
func TestLossOptionGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(14, 0))
	model := layer.NewLinear[float64](4, 3, kernels.ActIdentity)
	layer.Initialize(model, 1)
	x := random(rng, 6, 4)
	share, far := mat.New[float64](6, 3), mat.New[float64](6, 3)
	for i := range share.Data {
		share.Data[i] = rng.Float64()
		far.Data[i] = 3 + rng.Float64() // beyond what the model says: no kink is near
	}
	p := layer.NewWorkspace[float64](model).Forward(x, true).Clone()
	away := func(l grad.Loss[float64]) target {
		for _, c := range kinkedLosses {
			if c.loss == l {
				if y, ok := c.away(rng, p); ok {
					return y
				}
			}
		}
		t.Fatalf("%T: no targets away from its kinks", l)
		return target{}
	}
	hinge, perceptron := away(grad.Hinge[float64]{}), away(grad.Perceptron[float64]{})
	values := func(v matrix) target { return target{Values: v} }
	labels := target{Classes: classes(rng, 6, 3)}
	for name, c := range map[string]struct {
		loss grad.Loss[float64]
		y    target
	}{
		"mse":                   {grad.MSE[float64]{}, values(share)},
		"mse, sum":              {grad.MSE[float64]{Reduction: grad.Sum}, values(share)},
		"mae":                   {grad.MAE[float64]{}, values(far)},
		"huber":                 {grad.Huber[float64]{Delta: 100}, values(far)},
		"huber, outside":        {grad.Huber[float64]{Delta: 1e-3, Reduction: grad.Sum}, values(far)},
		"logits, sum":           {grad.BCEWithLogits[float64]{Reduction: grad.Sum}, values(share)},
		"logits, positives":     {grad.BCEWithLogits[float64]{PosWeight: 3}, values(share)},
		"hinge":                 {grad.Hinge[float64]{}, hinge},
		"hinge, positives":      {grad.Hinge[float64]{PosWeight: 3}, hinge},
		"perceptron, positives": {grad.Perceptron[float64]{PosWeight: 3}, perceptron},
		"ignored": {grad.SoftmaxCrossEntropy[float64]{},
			target{Classes: []int{0, grad.Ignored, 1, 2, grad.Ignored, 0},
				Weights: weights}},
		"perceptron":    {grad.Perceptron[float64]{}, perceptron},
		"softmax":       {grad.SoftmaxCrossEntropy[float64]{}, labels},
		"softmax, sum":  {grad.SoftmaxCrossEntropy[float64]{Reduction: grad.Sum}, labels},
		"probabilities": {grad.SoftmaxCrossEntropy[float64]{}, values(share)},
		"probabilities, all options": {grad.SoftmaxCrossEntropy[float64]{Smoothing: 0.2,
			ClassWeight: []float64{1, 0.5, 2}}, values(share)},
		"smoothing": {grad.SoftmaxCrossEntropy[float64]{Smoothing: 0.1}, labels},
		"class weights": {grad.SoftmaxCrossEntropy[float64]{ClassWeight: []float64{1, 0.5,
			2}}, labels},
		"all options": {grad.SoftmaxCrossEntropy[float64]{Smoothing: 0.2,
			ClassWeight: []float64{1, 0.5, 2}, Reduction: grad.Sum}, labels},
	} {
		for _, w := range [][]float64{nil, weights} {
			t.Run(fmt.Sprintf("%s/weights=%v", name, w != nil), func(t *testing.T) {
				y := c.y
				y.Weights = w
				verify(t, model, c.loss, x, y)
			})
		}
	}
}

// TestLossValues compares the options with the formulas in their docs.
func TestLossValues(t *testing.T) {
	x := mat.FromRows([]float64{1, 2, 0.5}, []float64{-1, 0, 3})
	labels := []int{2, 0}
	logP := func(i, j int) float64 {
		sum := 0.0
		for _, v := range x.Row(i) {
			sum += math.Exp(v)
		}
		return x.At(i, j) - math.Log(sum)
	}
	q := func(i, j int, s float64, w []float64) float64 {
		v := s / 3
		if labels[i] == j {
			v += 1 - s
		}
		return v * w[j]
	}
	const s = 0.3
	class, row := []float64{2, 1, 0.5}, []float64{3, 1}
	shares := mat.FromRows([]float64{0, 0, 1}, []float64{1, 0, 0}) // the same target as probabilities
	loss, total := 0.0, 0.0
	for i := range 2 {
		for j := range 3 {
			loss -= row[i] * q(i, j, s, class) * logP(i, j)
		}
		total += row[i] * class[labels[i]]
	}
	for name, c := range map[string]struct {
		y     target
		total float64
	}{"classes": {target{Classes: labels, Weights: row}, total},
		"probabilities": {target{Values: shares, Weights: row}, row[0] + row[1]}} {
		l := grad.SoftmaxCrossEntropy[float64]{Smoothing: s, ClassWeight: class}
		if w := l.Weight(2, c.y); w != c.total {
			t.Errorf("%s: weight %v, want %v", name, w, c.total)
		}
		if got := l.Grad(mat.New[float64](2, 3), x, c.y); !(math.Abs(got-loss/c.total) <= 1e-14) {
			t.Errorf("%s: %v, want %v", name, got, loss/c.total)
		}
		l.Reduction = grad.Sum
		if got := l.Grad(mat.New[float64](2, 3), x, c.y); !(math.Abs(got-loss) <= 1e-14) ||
			l.Weight(2, c.y) != 0 {
			t.Errorf("%s: sum %v, want %v", name, got, loss)
		}
	}
	p, v := mat.FromRows([]float64{1, 2}, []float64{3, -1}), mat.FromRows([]float64{0, 2}, []float64{1, 1})
	if got, want := (grad.MSE[float64]{}).Grad(mat.New[float64](2, 2), p,
		target{Values: v, Weights: []float64{1, 3}}), (0.5+3*4.0)/4; got != want {
		t.Errorf("weighted mse %v, want %v", got, want)
	}
	z, b := mat.FromRows([]float64{2, 0.5, -3, 0}), mat.FromRows([]float64{1, 1, 1, 0})
	if got, want := (grad.Hinge[float64]{}).Grad(mat.New[float64](1, 4), z, target{Values: b}),
		(0+0.5+4+1)/4; got != want {
		t.Errorf("hinge %v, want %v", got, want)
	}
	dz := mat.New[float64](1, 4)
	if got := (grad.Perceptron[float64]{}).Grad(dz, z, target{Values: b}); got != 0.75 ||
		dz.At(0, 2) != -0.25 || dz.At(0, 0) != 0 || dz.At(0, 3) != 0 {
		t.Errorf("perceptron %v, gradient %v", got, dz.Data)
	}
}

// TestLossOfLargeLogits: a shift of the logits, which changes nothing, does not cost the
// small loss of a confident prediction its digits, in place as well.
func TestLossOfLargeLogits(t *testing.T) {
	l := grad.SoftmaxCrossEntropy[float64]{ClassWeight: []float64{1, 2, 3}}
	x := mat.FromRows([]float64{1e6 + 40, 1e6, 1e6 + 20})
	y := target{Classes: []int{0}}
	want := math.Log1p(math.Exp(-40) + math.Exp(-20))
	if got := l.Grad(x, x, y); !(math.Abs(got/want-1) <= 1e-14) {
		t.Errorf("loss %v, want %v", got, want)
	}
	if got, want := x.At(0, 2), math.Exp(-20); !(math.Abs(got/want-1) <= 1e-8) {
		t.Errorf("gradient %v, want about %v", got, want)
	}
}

// TestLossOfConfidentPredictions: a loss with any weight or option has its digits however near to 1 the probability
// of the target is, where it is the logarithm of what the others leave. A plain one is as exact as the logits.
func TestLossOfConfidentPredictions(t *testing.T) {
	t.Run("f32", func(t *testing.T) { testConfident[float32](t, 1e-6) })
	t.Run("f64", func(t *testing.T) { testConfident[float64](t, 1e-14) })
}

func testConfident[T kernels.Float](t *testing.T, tolerance float64) {
	const right, classes = 1, 4
	weights := []T{1, 2, 3, 4}
	labels := grad.Target[T]{Classes: []int{right}}
	shares := grad.Target[T]{Values: mat.Of(1, classes, []T{0, 1, 0, 0})}
	row := labels
	row.Weights = []T{3}
	for name, c := range map[string]struct {
		loss  grad.SoftmaxCrossEntropy[T]
		y     grad.Target[T]
		plain bool
	}{
		"labels":          {grad.SoftmaxCrossEntropy[T]{}, labels, true},
		"shares":          {grad.SoftmaxCrossEntropy[T]{}, shares, true},
		"sum":             {grad.SoftmaxCrossEntropy[T]{Reduction: grad.Sum}, labels, true},
		"weight of row":   {grad.SoftmaxCrossEntropy[T]{}, row, false},
		"class weights":   {grad.SoftmaxCrossEntropy[T]{ClassWeight: weights}, labels, false},
		"weighted shares": {grad.SoftmaxCrossEntropy[T]{ClassWeight: weights}, shares, false},
		"smoothed":        {grad.SoftmaxCrossEntropy[T]{Smoothing: 1e-9}, labels, false},
		"smoothed shares": {grad.SoftmaxCrossEntropy[T]{Smoothing: 1e-3, ClassWeight: weights}, shares, false},
	} {
		for odds := 1.0; odds > 1e-8; odds *= 0.9 { // of the other classes
			x := mat.Of(1, classes, []T{-1, 0, 0, 0.5})
			x.Data[right] = T(math.Log((math.Exp(-1) + 1 + math.Exp(0.5)) / odds))
			want := confidentLoss(c.loss, c.y, x, right)
			scale := want
			if c.plain {
				scale = max(1, float64(x.Data[right]))
			}
			if got := c.loss.Grad(mat.New[T](1, classes), x, c.y); !(math.Abs(got-want) <= tolerance*scale) {
				t.Errorf("%s, odds %g: loss %v, want %v, off by %.2g of it", name, odds, got, want, got/want-1)
			}
		}
	}
}

// confidentLoss is the loss of one row in float64, from -log p of the right class, which is log(1 + the odds of the
// others), and the distances of the logits from that class.
func confidentLoss[T kernels.Float](l grad.SoftmaxCrossEntropy[T], y grad.Target[T], x mat.Dense[T],
	right int) float64 {
	top, odds, loss := float64(x.Data[right]), 0.0, 0.0
	for j, v := range x.Data {
		if j != right {
			odds += math.Exp(float64(v) - top)
		}
	}
	weight := func(j int) float64 {
		if l.ClassWeight == nil {
			return 1
		}
		return float64(l.ClassWeight[j])
	}
	for j, v := range x.Data {
		share := l.Smoothing / float64(len(x.Data))
		if j == right {
			share += 1 - l.Smoothing
		}
		loss += weight(j) * share * (math.Log1p(odds) + (top - float64(v)))
	}
	if y.Classes != nil {
		loss /= weight(right)
	}
	return loss
}

// TestConfidentLogits is TestLossOfConfidentPredictions for two classes and one logit.
func TestConfidentLogits(t *testing.T) {
	t.Run("f32", func(t *testing.T) { testConfidentLogits[float32](t, 1e-6) })
	t.Run("f64", func(t *testing.T) { testConfidentLogits[float64](t, 1e-14) })
}

func testConfidentLogits[T kernels.Float](t *testing.T, tolerance float64) {
	for _, positive := range []float64{1, 3} {
		for _, y := range []T{0, 1} {
			for z := T(0); z < 20; z += 0.25 {
				loss, x := grad.BCEWithLogits[T]{PosWeight: positive}, mat.Of(1, 1, []T{z * (2*y - 1)})
				want := math.Log1p(math.Exp(-float64(z))) * (1 + float64(y)*(positive-1))
				got := loss.Grad(mat.New[T](1, 1), x, grad.Target[T]{Values: mat.Of(1, 1, []T{y})})
				if !(math.Abs(got/want-1) <= tolerance) {
					t.Errorf("positives times %v, logit %v of class %v: loss %v, want %v", positive, x.Data[0], y, got,
						want)
				}
			}
		}
	}
}

func TestLossOptionPanics(t *testing.T) {
	p := mat.New[float64](2, 3)
	for name, c := range map[string]struct {
		loss      grad.Loss[float64]
		y         target
		got, want int // of the error, 0 where it is about no size
	}{
		"weights": {grad.MSE[float64]{}, target{Values: p.Clone(), Weights: []float64{1}}, 1, 2},
		"class weight": {grad.SoftmaxCrossEntropy[float64]{ClassWeight: []float64{1}},
			target{Classes: []int{0, 1}}, 1, 3},
		"smoothing": {grad.SoftmaxCrossEntropy[float64]{Smoothing: 2}, target{Classes: []int{0, 1}}, 0, 0},
		"a class":   {grad.SoftmaxCrossEntropy[float64]{Smoothing: 0.1}, target{Classes: []int{0, 3}}, 3, 3},
	} {
		func() {
			defer func() {
				e, ok := recover().(*kernels.ShapeError)
				if !ok || e.Got != c.got || e.Want != c.want {
					t.Errorf("%s: %+v, want a ShapeError with %d and %d", name, e, c.got, c.want)
				}
			}()
			c.loss.Grad(p, p, c.y)
		}()
	}
}
