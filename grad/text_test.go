package grad_test

import (
	"math"
	"testing"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// The worked examples of the learning theory that the package implements, by name.

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-14*max(1, math.Abs(want))) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

// TestTwoLayerReLUEquations: z1 = W1 x + b1, a1 = ReLU(z1), z2 = W2 a1 + b2, L = (z2 - y)^2,
// one sample, and the chain rule written out:
//
//	dL/dz2 = 2 (z2 - y)
//	dL/dW2 = dL/dz2 a1,   dL/db2 = dL/dz2
//	dL/dz1 = W2 dL/dz2 * ReLU'(z1)
//	dL/dW1 = dL/dz1 x,    dL/db1 = dL/dz1
func TestTwoLayerReLUEquations(t *testing.T) {
	first := layer.NewLinear[float64](2, 3, kernels.ActReLU)
	second := layer.NewLinear[float64](3, 1, kernels.ActIdentity)
	model := layer.NewSequential[float64](first, second)
	copy(first.W.Value, []float64{1, -1, 0.5, 2, 0.25, -3}) // in x out
	copy(first.B.Value, []float64{0.1, -0.2, 0.3})
	copy(second.W.Value, []float64{0.5, -2, 1.5})
	second.B.Value[0] = -0.25
	x, y := []float64{0.75, 0.5}, 2.0
	var z1, a1 [3]float64
	z2 := second.B.Value[0]
	for j := range 3 {
		z1[j] = first.W.Value[j]*x[0] + first.W.Value[3+j]*x[1] + first.B.Value[j]
		a1[j] = max(0, z1[j])
		z2 += second.W.Value[j] * a1[j]
	}
	ws := layer.NewWorkspace[float64](model)
	p := ws.Forward(mat.FromRows(x), true)
	near(t, "z2", p.At(0, 0), z2)
	near(t, "L", grad.MSE[float64]{}.Grad(p, p, target{Values: mat.FromRows([]float64{y})}), (z2-y)*(z2-y))
	ws.Backward(p)
	dz2 := 2 * (z2 - y)
	near(t, "dL/db2", second.B.Grad[0], dz2)
	for j := range 3 {
		near(t, "dL/dW2", second.W.Grad[j], dz2*a1[j])
		dz1 := 0.0
		if z1[j] > 0 {
			dz1 = second.W.Value[j] * dz2
		}
		near(t, "dL/db1", first.B.Grad[j], dz1)
		near(t, "dL/dW1", first.W.Grad[j], dz1*x[0])
		near(t, "dL/dW1", first.W.Grad[3+j], dz1*x[1])
	}
}

// TestSigmoidDerivative: sigma' = sigma (1 - sigma), in (0, 1/4], 1/4 at 0; tanh' = 1 - tanh^2,
// in (0, 1]; ReLU' taken of the output is ReLU' of the input, and 0 at 0.
func TestSigmoidDerivative(t *testing.T) {
	x := []float64{-5, -1, 0, 0.5, 3}
	y, d := make([]float64, 5), make([]float64, 5)
	kernels.ActivateGrad(kernels.ActSigmoid, y, d, x)
	for i := range x {
		s := 1 / (1 + math.Exp(-x[i]))
		near(t, "sigma'", d[i], s*(1-s))
		if !(d[i] > 0 && d[i] <= 0.25) {
			t.Errorf("sigma'(%v) = %v, want in (0, 1/4]", x[i], d[i])
		}
	}
	near(t, "sigma'(0)", d[2], 0.25)
	kernels.ActivateGrad(kernels.ActTanh, y, d, x)
	for i := range x {
		near(t, "tanh'", d[i], 1-math.Tanh(x[i])*math.Tanh(x[i]))
	}
	kernels.Activate(kernels.ActReLU, y, x)
	kernels.ActivateBackward(kernels.ActReLU, d, []float64{1, 1, 1, 1, 1}, y)
	for i, want := range []float64{0, 0, 0, 1, 1} {
		near(t, "ReLU'", d[i], want)
	}
}

// TestGradientSign: for BCE with a sigmoid, dL/dw = 1/n sum (yhat - y) x, and a step
// against it lowers the loss.
func TestGradientSign(t *testing.T) {
	l := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
	l.W.Value[0], l.B.Value[0] = 0.5, -0.25
	x, y := mat.FromRows([]float64{2}, []float64{-1}), mat.FromRows([]float64{1}, []float64{1})
	ws := layer.NewWorkspace[float64](l)
	loss := func() float64 {
		z := ws.Forward(x, true)
		return grad.BCEWithLogits[float64]{}.Grad(z, z, target{Values: y})
	}
	before := loss()
	z := ws.Forward(x, true).Clone()
	want := 0.0
	for i := range 2 {
		yhat := 1 / (1 + math.Exp(-z.At(i, 0)))
		want += (yhat - y.At(i, 0)) * x.At(i, 0) / 2
	}
	grad.BCEWithLogits[float64]{}.Grad(z, z, target{Values: y})
	ws.Backward(z)
	near(t, "dL/dw", l.W.Grad[0], want)
	l.W.Value[0] -= 0.1 * l.W.Grad[0]
	l.B.Value[0] -= 0.1 * l.B.Grad[0]
	if after := loss(); !(after < before) {
		t.Errorf("a step against the gradient took the loss from %v to %v", before, after)
	}
}

// TestProductOfDerivatives: ten layers that each multiply by 1.5 make the gradient 1.5^10,
// about 58, times as large, and by 0.5, 0.5^10, about 0.001.
func TestProductOfDerivatives(t *testing.T) {
	for _, c := range []struct{ factor, about float64 }{{1.5, 57.6650390625}, {0.5, 0.0009765625}} {
		var parts []net
		for range 10 {
			l := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
			l.W.Value[0] = c.factor
			parts = append(parts, l)
		}
		ws := layer.NewWorkspace[float64](layer.NewSequential(parts...))
		ws.InputGrad = true
		ws.Forward(mat.FromRows([]float64{1}), true)
		near(t, "the gradient", ws.Backward(mat.FromRows([]float64{1})).At(0, 0), c.about)
	}
}

// TestBatchNormFormulas: mean 3, variance 8/3, gamma = 2 and beta = 1.
func TestBatchNormFormulas(t *testing.T) {
	l := layer.NewBatchNorm[float64](1)
	l.Gamma.Value[0], l.Beta.Value[0], l.RunVar.Value[0] = 2, 1, 1
	ws := layer.NewWorkspace[float64](l)
	y := ws.Forward(mat.FromRows([]float64{1}, []float64{3}, []float64{5}), true)
	std := math.Sqrt(8./3 + 1e-5)
	for i, x := range []float64{1, 3, 5} {
		near(t, "y", y.At(i, 0), 2*(x-3)/std+1)
	}
	ws.Backward(mat.FromRows([]float64{1}, []float64{0}, []float64{0}))
	near(t, "dbeta", l.Beta.Grad[0], 1)
	near(t, "dgamma", l.Gamma.Grad[0], -2/std)
	near(t, "running mean", l.RunMean.Value[0], 0.1*3)
	near(t, "running variance", l.RunVar.Value[0], 0.9+0.1*4) // with divisor n - 1
}

// TestClippingExample: a gradient of norm 5 clipped to 1 keeps its direction.
func TestClippingExample(t *testing.T) {
	l := layer.NewLinear[float64](2, 1, kernels.ActIdentity).NoBias()
	copy(l.W.Grad, []float64{3, 4})
	near(t, "norm", grad.ClipNorm(l.Params(), 1), 5)
	near(t, "g1", effective(l.W)[0], 0.6)
	near(t, "g2", effective(l.W)[1], 0.8)
}
