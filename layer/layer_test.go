package layer_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

type (
	matrix = mat.Dense[float64]
	net    = layer.Layer[float64]
)

func normal(rows, cols int, stream uint64) matrix {
	m := mat.New[float64](rows, cols)
	kernels.Normal(m.Data, 0, 1, 42, stream)
	return m
}

// gapped returns a copy of m with gaps between its rows.
func gapped(m matrix) matrix {
	g := mat.New[float64](m.Rows, m.Cols+3).Sub(0, m.Rows, 1, m.Cols+1)
	g.Copy(m)
	return g
}

func near(t *testing.T, what string, got, want float64) {
	t.Helper()
	if !(math.Abs(got-want) <= 1e-12*max(1, math.Abs(want))) {
		t.Errorf("%s = %v, want %v", what, got, want)
	}
}

func relu(x float64) float64 { return max(0, x) }

func step(x float64) float64 {
	if x > 0 {
		return 1
	}
	return 0
}

// TestTwoLayerReLUBackpropagation compares Backward with the equations of the
// two-layer network as the literature writes them, for one sample in column
// notation and L = 1/2 (y - yhat)^2:
//
//	h            = ReLU(W1 x + b1)
//	yhat         = ReLU(W2 h + b2)
//	delta_out    = (y - yhat) * ReLU'(yhat)
//	delta_hidden = (W2^T delta_out) * ReLU'(h)
//	W2 <- W2 + eta delta_out h^T      b2 <- b2 + eta delta_out
//	W1 <- W1 + eta delta_hidden x^T   b1 <- b1 + eta delta_hidden
//
// Both deltas are negative gradients, hence the plus in the updates; ReLU' of the
// output is ReLU' of the pre-activation, since one is positive exactly when the
// other is.
func TestTwoLayerReLUBackpropagation(t *testing.T) {
	const in, hidden, out = 4, 6, 3
	l1 := layer.NewLinear[float64](in, hidden, kernels.ActReLU)
	l2 := layer.NewLinear[float64](hidden, out, kernels.ActReLU)
	model := layer.NewSequential[float64](l1, l2)
	layer.Initialize(model, 5)
	kernels.Normal(l1.B.Value, 0, 0.5, 5, 100)
	kernels.Normal(l2.B.Value, 0.3, 0.5, 5, 101)
	x, y := normal(1, in, 1), normal(1, out, 2)
	w1 := func(i, j int) float64 { return l1.W.Value[j*hidden+i] } // out x in, as in the equations
	w2 := func(i, j int) float64 { return l2.W.Value[j*out+i] }

	var h [hidden]float64
	for i := range h {
		z := l1.B.Value[i]
		for j := range in {
			z += w1(i, j) * x.At(0, j)
		}
		h[i] = relu(z)
	}
	var yhat, deltaOut [out]float64
	for i := range yhat {
		z := l2.B.Value[i]
		for j := range h {
			z += w2(i, j) * h[j]
		}
		yhat[i] = relu(z)
		deltaOut[i] = (y.At(0, i) - yhat[i]) * step(yhat[i])
	}
	var deltaHidden [hidden]float64
	for j := range h {
		for i := range deltaOut {
			deltaHidden[j] += w2(i, j) * deltaOut[i]
		}
		deltaHidden[j] *= step(h[j])
	}

	ws := layer.NewWorkspace(model)
	p := ws.Forward(x, true)
	dp := mat.New[float64](1, out)
	for i := range yhat {
		near(t, "yhat", p.At(0, i), yhat[i])
		dp.Set(0, i, p.At(0, i)-y.At(0, i)) // dL/dyhat
	}
	ws.Backward(dp)

	if slices.Max(deltaHidden[:]) == 0 || slices.Min(h[:]) > 0 ||
		slices.Max(deltaOut[:]) == slices.Min(deltaOut[:]) {
		t.Fatal("the sample does not exercise both sides of the ReLUs")
	}
	for i := range out {
		near(t, "dL/db2", l2.B.Grad[i], -deltaOut[i])
		for j := range hidden {
			near(t, "dL/dW2", l2.W.Grad[j*out+i], -deltaOut[i]*h[j])
		}
	}
	for i := range hidden {
		near(t, "dL/db1", l1.B.Grad[i], -deltaHidden[i])
		for j := range in {
			near(t, "dL/dW1", l1.W.Grad[j*hidden+i], -deltaHidden[i]*x.At(0, j))
		}
	}
}

// TestStridedInput: views of a larger matrix give what their copies give, in every
// layer, forward and backward.
func TestStridedInput(t *testing.T) {
	const rows, cols = 5, 4
	x := normal(rows, cols, 1)
	for name, model := range map[string]net{
		"linear":    layer.NewLinear[float64](cols, 3, kernels.ActGELU),
		"relu":      layer.NewActivation[float64](kernels.ActReLU),
		"silu":      layer.NewActivation[float64](kernels.ActSiLU),
		"batchnorm": layer.NewBatchNorm[float64](cols),
		"dropout":   layer.NewDropout[float64](0.5),
	} {
		layer.Initialize(model, 1)
		run := func(x matrix, train bool) (y, dx matrix) {
			ws := layer.NewWorkspace(model)
			ws.InputGrad = true
			y = ws.Forward(x, train).Clone()
			if train {
				dx = ws.Backward(normal(y.Rows, y.Cols, 2)).Clone()
			}
			return y, dx
		}
		for _, train := range []bool{true, false} {
			y, dx := run(x, train)
			gy, gdx := run(gapped(x), train)
			if !slices.Equal(gy.Clone().Data, y.Data) || !slices.Equal(gdx.Data, dx.Data) {
				t.Errorf("%s, train=%v: a view gives another result than its copy", name, train)
			}
		}
	}
}

func TestBatchNormStatistics(t *testing.T) {
	const rows, cols = 6, 3
	x := normal(rows, cols, 1)
	l := layer.NewBatchNorm[float64](cols)
	layer.Initialize(l, 1)
	copy(l.Gamma.Value, []float64{1, 2, -1})
	copy(l.Beta.Value, []float64{0, 3, 1})
	ws := layer.NewWorkspace(l)
	y := ws.Forward(x, true).Clone()
	if l.RunMean.Value[0] != 0 || l.RunVar.Value[0] != 1 {
		t.Error("Forward changed the running statistics")
	}
	ws.Backward(mat.New[float64](rows, cols))
	mean, variance := make([]float64, cols), make([]float64, cols)
	for j := range cols {
		for i := range rows {
			mean[j] += x.At(i, j) / rows
		}
		for i := range rows {
			variance[j] += (x.At(i, j) - mean[j]) * (x.At(i, j) - mean[j]) / rows
		}
		near(t, "running mean", l.RunMean.Value[j], 0.1*mean[j])
		near(t, "running variance", l.RunVar.Value[j], 0.9+0.1*variance[j]*rows/(rows-1))
		for i := range rows {
			near(t, "y", y.At(i, j),
				l.Gamma.Value[j]*(x.At(i, j)-mean[j])/math.Sqrt(variance[j]+1e-5)+l.Beta.Value[j])
		}
	}
	before := slices.Clone(l.RunMean.Value)
	y = ws.Forward(x, false)
	for j := range cols {
		for i := range rows {
			near(t, "y in inference", y.At(i, j),
				l.Gamma.Value[j]*(x.At(i, j)-l.RunMean.Value[j])/math.Sqrt(l.RunVar.Value[j]+1e-5)+
					l.Beta.Value[j])
		}
	}
	if !slices.Equal(before, l.RunMean.Value) {
		t.Error("inference changed the running statistics")
	}
}

func TestDropoutMask(t *testing.T) {
	const p = 0.3
	x := mat.New[float64](100, 100)
	x.Fill(1)
	model := layer.NewSequential[float64](layer.NewDropout[float64](p), layer.NewDropout[float64](p))
	ws := layer.NewWorkspace(model)
	ws.InputGrad = true
	first := ws.Forward(x, true).Clone()
	kept := 0
	for _, v := range first.Data {
		if v != 0 {
			near(t, "a kept value", v, 1/((1-p)*(1-p)))
			kept++
		}
	}
	// Two layers with masks of their own keep (1-p)^2 = 49 %; with equal masks 70 %.
	if share := float64(kept) / 1e4; math.Abs(share-0.49) > 0.02 {
		t.Errorf("%v of the values were kept, want 0.49", share)
	}
	dy := mat.New[float64](100, 100)
	dy.Fill(1)
	if dx := ws.Backward(dy); !slices.Equal(dx.RawData(), first.Data) {
		t.Error("backward drew another mask than forward")
	}
	if again := ws.Forward(x, true); !slices.Equal(again.RawData(), first.Data) {
		t.Error("the same step drew another mask")
	}
	ws.Step++
	if next := ws.Forward(x, true); slices.Equal(next.RawData(), first.Data) {
		t.Error("the next step drew the same mask")
	}
	ws.Step, ws.Seed = 0, 1
	if next := ws.Forward(x, true); slices.Equal(next.RawData(), first.Data) {
		t.Error("another seed drew the same mask")
	}
	if y := ws.Forward(x, false); !slices.Equal(y.RawData(), x.Data) {
		t.Error("inference dropped")
	}
}

// recorder notes whether it was asked for its dx.
type recorder struct {
	*layer.Linear[float64]
	need []bool
}

func (r *recorder) Backward(m *layer.Memo[float64], dy matrix) matrix {
	r.need = append(r.need, m.NeedDX)
	return r.Linear.Backward(m, dy)
}

// TestFirstLayerComputesNoInputGradient: dX is computed only where a parameter
// below needs it, or the caller asks.
func TestFirstLayerComputesNoInputGradient(t *testing.T) {
	a := &recorder{Linear: layer.NewLinear[float64](3, 3, kernels.ActTanh)}
	b := &recorder{Linear: layer.NewLinear[float64](3, 3, kernels.ActTanh)}
	model := layer.NewSequential[float64](
		layer.NewActivation[float64](kernels.ActTanh),
		layer.NewSequential[float64](layer.NewDropout[float64](0.1), a),
		layer.NewSequential[float64](b))
	layer.Initialize(model, 1)
	ws := layer.NewWorkspace(model)
	for _, want := range []bool{false, true} {
		a.need, b.need = nil, nil
		ws.InputGrad = want
		ws.Forward(normal(2, 3, 1), true)
		dx := ws.Backward(normal(2, 3, 2))
		if !slices.Equal(a.need, []bool{want}) || !slices.Equal(b.need, []bool{true}) {
			t.Errorf("InputGrad = %v: first layer %v, second %v", want, a.need, b.need)
		}
		if (dx.Rows == 2) != want {
			t.Errorf("InputGrad = %v: dx is %v", want, dx)
		}
	}
}

// TestBatchesOfAnySize: one workspace serves batches that grow and shrink, the
// empty one included.
func TestBatchesOfAnySize(t *testing.T) {
	model := layer.NewSequential[float64](
		layer.NewLinear[float64](3, 4, kernels.ActGELU), layer.NewBatchNorm[float64](4),
		layer.NewDropout[float64](0.2),
		layer.NewLinear[float64](4, 2, kernels.ActIdentity))
	layer.Initialize(model, 1)
	ws := layer.NewWorkspace(model)
	for _, rows := range []int{3, 1, 0, 9, 2} {
		x, dy := normal(rows, 3, 1), normal(rows, 2, 2)
		got := ws.Forward(x, true).Clone()
		fresh := layer.NewWorkspace(model)
		if want := fresh.Forward(x, true); !slices.Equal(got.Data, want.RawData()) {
			t.Errorf("%d rows: a used workspace gives another output", rows)
		}
		ws.Backward(dy.Clone())
		grads := slices.Clone(model.Params()[0].Grad)
		fresh.Backward(dy)
		if !slices.Equal(grads, model.Params()[0].Grad) {
			t.Errorf("%d rows: a used workspace gives another gradient", rows)
		}
	}
}

func TestInitializers(t *testing.T) {
	const in, out = 300, 200
	moments := func(v []float64) (mean, variance, peak float64) {
		for _, x := range v {
			mean += x / float64(len(v))
			peak = max(peak, math.Abs(x))
		}
		for _, x := range v {
			variance += (x - mean) * (x - mean) / float64(len(v))
		}
		return mean, variance, peak
	}
	for name, c := range map[string]struct {
		init      layer.Init[float64]
		variance  float64
		isUniform bool
	}{
		"HeNormal":      {layer.HeNormal[float64], 2.0 / in, false},
		"HeUniform":     {layer.HeUniform[float64], 2.0 / in, true},
		"XavierNormal":  {layer.XavierNormal[float64], 2.0 / (in + out), false},
		"XavierUniform": {layer.XavierUniform[float64], 2.0 / (in + out), true},
	} {
		p := layer.NewParam("w", c.init, in, out)
		c.init(p, 1, 2)
		mean, variance, peak := moments(p.Value)
		if math.Abs(mean) > 5*math.Sqrt(c.variance/in/out) || math.Abs(variance/c.variance-1) > 0.05 {
			t.Errorf("%s: mean %v, variance %v, want 0 and %v", name, mean, variance, c.variance)
		}
		if limit := math.Sqrt(3 * c.variance); c.isUniform != (peak <= limit) {
			t.Errorf("%s: largest value %v, limit of the uniform one %v", name, peak, limit)
		}
	}
	l := layer.NewLinear[float64](2, 2, kernels.ActIdentity)
	l.W.Init, l.B.Init = layer.Constant(0.5), layer.Constant(-1.0)
	layer.Initialize(l, 1)
	if !slices.Equal(l.W.Value, []float64{0.5, 0.5, 0.5, 0.5}) ||
		!slices.Equal(l.B.Value, []float64{-1, -1}) {
		t.Errorf("constants %v, %v", l.W.Value, l.B.Value)
	}
}

func TestInitializeDependsOnSeedAlone(t *testing.T) {
	build := func(seed uint64) []*layer.Param[float64] {
		m := layer.NewSequential[float64](layer.NewLinear[float64](5, 5, kernels.ActReLU),
			layer.NewLinear[float64](5, 5, kernels.ActReLU))
		layer.Initialize(m, seed)
		return m.Params()
	}
	a, b, c := build(1), build(1), build(2)
	if !slices.Equal(a[0].Value, b[0].Value) || slices.Equal(a[0].Value, c[0].Value) ||
		slices.Equal(a[0].Value, a[2].Value) {
		t.Error("one seed must give one set of weights, each layer with its own")
	}
}

func TestOut(t *testing.T) {
	model := layer.NewSequential[float64](
		layer.NewLinear[float64](3, 4, kernels.ActReLU),
		layer.NewSequential[float64](layer.NewBatchNorm[float64](4), layer.NewDropout[float64](0.1)),
		layer.NewLinear[float64](4, 2, kernels.ActIdentity))
	if out, err := model.Out(3); out != 2 || err != nil {
		t.Errorf("Out(3) = %d, %v", out, err)
	}
	if _, err := model.Out(5); err == nil ||
		err.Error() != "layer 0: layer: Linear(3, 4) does not take an input of 5 columns" {
		t.Errorf("Out(5): %v", err)
	}
	if _, err := layer.NewBatchNorm[float64](4).Out(5); err == nil {
		t.Error("BatchNorm(4) takes 5 columns")
	}
}

func TestProgrammerErrorsPanic(t *testing.T) {
	l := layer.NewLinear[float64](3, 2, kernels.ActTanh)
	ws := layer.NewWorkspace(l)
	for want, f := range map[string]func(){
		"layer.Linear.Forward: x has 4 columns, want 3": func() { ws.Forward(normal(2, 4, 1), true) },
		"layer.BatchNorm.Forward: x has 3 columns, want 4": func() {
			layer.NewWorkspace(layer.NewBatchNorm[float64](4)).Forward(normal(2, 3, 1), true)
		},
		"layer.Workspace.Backward: the last Forward was not for training": func() {
			ws.Forward(normal(2, 3, 1), false)
			ws.Backward(normal(2, 2, 1))
		},
		"layer.Workspace.Backward: dy is 2x3, want 2x2, the shape of the output": func() {
			ws.Forward(normal(2, 3, 1), true)
			ws.Backward(normal(2, 3, 1))
		},
		"layer.Workspace.Backward: dy has stride 5, want 2": func() {
			ws.Forward(normal(2, 3, 1), true)
			ws.Backward(gapped(normal(2, 2, 1)))
		},
		"layer.NewParam: weight has shape [0 2], want sizes >= 1": func() {
			layer.NewLinear[float64](0, 2, kernels.ActReLU)
		},
		"layer.NewDropout: p = 1, want in [0, 1)": func() { layer.NewDropout[float64](1) },
		"layer.NewSequential: layer 1 shares weight [3 2] with another one": func() {
			layer.NewSequential[float64](l, l)
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
