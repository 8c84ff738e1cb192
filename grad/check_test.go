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

type (
	matrix = mat.Dense[float64]
	net    = layer.Layer[float64]
	target = grad.Target[float64]
)

// tolerance is the bound of every gradient check.
const tolerance = 1e-7

var activations = []kernels.Activation{
	kernels.ActIdentity, kernels.ActStep, kernels.ActSigmoid, kernels.ActTanh, kernels.ActReLU,
	kernels.ActLeakyReLU(0.01), kernels.ActLeakyReLU(-0.5), kernels.ActELU(1), kernels.ActELU(0.7),
	kernels.ActELU(-0.3),
	kernels.ActSELU, kernels.ActGELU, kernels.ActGELUTanh, kernels.ActSiLU, kernels.ActSoftplus,
	kernels.ActHardSigmoid, kernels.ActHardTanh, kernels.ActHardSwish,
}

// kinks returns where an activation or one of its first derivatives jumps.
func kinks(act kernels.Activation) []float64 {
	switch act {
	case kernels.ActIdentity, kernels.ActSigmoid, kernels.ActTanh, kernels.ActGELU,
		kernels.ActGELUTanh, kernels.ActSiLU, kernels.ActSoftplus:
		return nil
	case kernels.ActHardSigmoid, kernels.ActHardSwish:
		return []float64{-3, 3}
	case kernels.ActHardTanh:
		return []float64{-1, 1}
	}
	return []float64{0}
}

// margin is how far every input of a kinked function stays from its kinks.
const margin = 0.02

func random(rng *rand.Rand, rows, cols int) matrix {
	m := mat.New[float64](rows, cols)
	for i := range m.Data {
		m.Data[i] = rng.NormFloat64()
	}
	return m
}

func classes(rng *rand.Rand, rows, n int) []int {
	c := make([]int, rows)
	for i := range c {
		c[i] = rng.IntN(n)
	}
	return c
}

// probe is a layer that passes its input on and records how near it comes to the
// kinks of the activation that follows.
type probe struct {
	kinks []float64
	near  float64
}

func (p *probe) Out(in int) (int, error) { return in, nil }
func (p *probe) Forward(_ *layer.Memo[float64], x matrix) matrix {
	p.note(x)
	return x
}
func (p *probe) Backward(_ *layer.Memo[float64], dy matrix) matrix { return dy }
func (p *probe) Params() []*layer.Param[float64]                   { return nil }

func (p *probe) note(z matrix) {
	for i := range z.Rows {
		for _, v := range z.Row(i) {
			for _, k := range p.kinks {
				p.near = min(p.near, math.Abs(v-k))
			}
		}
	}
}

// probedLinear is a Linear that notes the pre-activations it would otherwise hide.
type probedLinear struct {
	*layer.Linear[float64]
	probe
}

func (l *probedLinear) Out(in int) (int, error)         { return l.Linear.Out(in) }
func (l *probedLinear) Params() []*layer.Param[float64] { return l.Linear.Params() }
func (l *probedLinear) Backward(m *layer.Memo[float64], dy matrix) matrix {
	return l.Linear.Backward(m, dy)
}
func (l *probedLinear) Forward(m *layer.Memo[float64], x matrix) matrix {
	z := mat.New[float64](x.Rows, l.W.Shape[1])
	mat.Mul(false, false, 1, x, mat.Of(l.W.Shape[0], l.W.Shape[1], l.W.Value), 0, z)
	if l.B != nil {
		kernels.AddBias(z.Rows, z.Cols, z.Data, z.Stride, z.Data, z.Stride, l.B.Value)
	}
	l.note(z)
	return l.Linear.Forward(m, x)
}

func probed(in, out int, act kernels.Activation) *probedLinear {
	return &probedLinear{layer.NewLinear[float64](in, out, act), probe{kinks: kinks(act)}}
}

func activation(act kernels.Activation) []net {
	return []net{&probe{kinks: kinks(act)}, layer.NewActivation[float64](act)}
}

// awayFromKinks draws parameters and an input until no kinked function sees a value
// within margin of a kink, and returns the input.
func awayFromKinks(t *testing.T, model net, rng *rand.Rand, rows, cols int) matrix {
	t.Helper()
	probes := findProbes(model)
	for range 10000 {
		layer.Initialize(model, rng.Uint64())
		jitter(model, rng)
		for _, p := range probes {
			p.near = math.Inf(1)
		}
		x := random(rng, rows, cols)
		layer.NewWorkspace(model).Forward(x, true)
		near := math.Inf(1)
		for _, p := range probes {
			near = min(near, p.near)
		}
		if near > margin {
			return x
		}
	}
	t.Fatal("no input away from the kinks")
	return matrix{}
}

func findProbes(l net) (found []*probe) {
	switch l := l.(type) {
	case *probe:
		found = append(found, l)
	case *probedLinear:
		found = append(found, &l.probe)
	case layer.Container[float64]:
		for _, part := range l.Parts() {
			found = append(found, findProbes(part)...)
		}
	}
	return found
}

// jitter moves parameters that start at a constant, such as biases, off it.
func jitter(model net, rng *rand.Rand) {
	for _, p := range model.Params() {
		if p.Grad != nil && len(p.Shape) == 1 {
			for i := range p.Value {
				p.Value[i] += 0.3 * rng.NormFloat64()
			}
		}
	}
}

func verify(t *testing.T, model net, loss grad.Loss[float64], x matrix, y target) {
	t.Helper()
	for _, d := range grad.Check(model, loss, x, y) {
		if !(d.Rel <= tolerance) {
			t.Errorf("%v, want <= %g", d, tolerance)
		}
	}
}

func TestActivationGradients(t *testing.T) {
	for _, act := range activations {
		t.Run(act.String(), func(t *testing.T) {
			rng := rand.New(rand.NewPCG(1, uint64(act)))
			model := layer.NewSequential(activation(act)...)
			x := awayFromKinks(t, model, rng, 3, 5)
			verify(t, model, grad.MSE[float64]{}, x, target{Values: random(rng, 3, 5)})
		})
	}
}

func TestLinearGradients(t *testing.T) {
	for _, act := range activations {
		for _, bias := range []bool{true, false} {
			t.Run(fmt.Sprintf("%v/bias=%v", act, bias), func(t *testing.T) {
				rng := rand.New(rand.NewPCG(2, uint64(act)))
				model := probed(4, 3, act)
				if !bias {
					model.NoBias()
				}
				x := awayFromKinks(t, model, rng, 5, 4)
				verify(t, model, grad.MSE[float64]{}, x, target{Values: random(rng, 5, 3)})
			})
		}
	}
}

func TestBatchNormGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 0))
	for _, rows := range []int{2, 7, 150} {
		model := layer.NewBatchNorm[float64](4)
		x := awayFromKinks(t, model, rng, rows, 4)
		verify(t, model, grad.MSE[float64]{}, x, target{Values: random(rng, rows, 4)})
	}
}

func TestDropoutGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 0))
	for _, p := range []float64{0, 0.2, 0.9} {
		x := random(rng, 6, 9)
		verify(t, layer.NewDropout[float64](p), grad.MSE[float64]{}, x, target{Values: random(rng, 6, 9)})
	}
}

func TestLossGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 0))
	model := layer.NewLinear[float64](4, 3, kernels.ActIdentity)
	squashed := layer.NewLinear[float64](4, 3, kernels.ActSigmoid)
	layer.Initialize(model, 1)
	layer.Initialize(squashed, 2)
	x := random(rng, 6, 4)
	share := mat.New[float64](6, 3)
	for i := range share.Data {
		share.Data[i] = rng.Float64()
	}
	verify(t, model, grad.MSE[float64]{}, x, target{Values: share})
	verify(t, squashed, grad.BCE[float64]{}, x, target{Values: share})
	verify(t, model, grad.BCEWithLogits[float64]{}, x, target{Values: share})
	verify(t, model, grad.SoftmaxCrossEntropy[float64]{}, x, target{Classes: classes(rng, 6, 3)})
}

// TestNetworkGradients checks whole networks of random depth, width, layers and nesting,
// with every loss.
func TestNetworkGradients(t *testing.T) {
	networks := uint64(60)
	if testing.Short() {
		networks = 16 // each loss behind each last layer
	}
	for seed := range networks {
		rng := rand.New(rand.NewPCG(6, seed))
		// In two rows BatchNorm puts out +-1 but for eps: gradients that differences cannot see.
		in, rows := 1+rng.IntN(6), 3+rng.IntN(5)
		var parts []net
		width := in
		for range 1 + rng.IntN(3) {
			out := 1 + rng.IntN(6)
			parts = append(parts, randomBlock(rng, width, out, 2))
			width = out
		}
		const outputs = 3
		last := kernels.ActIdentity
		if seed%2 == 1 {
			last = kernels.ActSigmoid
		}
		parts = append(parts, layer.NewLinear[float64](width, outputs, last))
		model := layer.NewSequential(parts...)
		x := awayFromKinks(t, model, rng, rows, in)
		p := layer.NewWorkspace[float64](model).Forward(x, true).Clone()
		verify(t, model, grad.SoftmaxCrossEntropy[float64]{}, x,
			target{Classes: classes(rng, rows, outputs)})
		verify(t, model, grad.MSE[float64]{}, x, target{Values: random(rng, rows, outputs)})
		losses := kinkedLosses
		if last == kernels.ActSigmoid {
			losses = append([]kinkedLoss{{grad.BCE[float64]{}, nil}}, losses...)
		}
		c := losses[int(seed/2)%len(losses)]
		if y, ok := c.away(rng, p); ok {
			verify(t, model, c.loss, x, y)
		}
		if t.Failed() {
			t.Fatalf("network %d, %T: %v", seed, c.loss, model.Params())
		}
	}
}

// kinkedLoss is a loss with the distance of a prediction from its nearest kink.
type kinkedLoss struct {
	loss grad.Loss[float64]
	near func(p, y float64) float64 // nil without kinks
}

var kinkedLosses = []kinkedLoss{
	{grad.BCEWithLogits[float64]{}, nil},
	{grad.MAE[float64]{}, func(p, y float64) float64 { return math.Abs(p - y) }},
	{grad.Huber[float64]{Delta: 0.5}, func(p, y float64) float64 { return math.Abs(math.Abs(p-y) - 0.5) }},
	{grad.Hinge[float64]{}, func(p, y float64) float64 { return math.Abs(1 - (2*y-1)*p) }},
	{grad.Perceptron[float64]{}, func(p, _ float64) float64 { return math.Abs(p) }},
	{grad.MAE[float64]{Reduction: grad.Sum}, func(p, y float64) float64 { return math.Abs(p - y) }},
	{grad.Hinge[float64]{Reduction: grad.Sum},
		func(p, y float64) float64 { return math.Abs(1 - (2*y-1)*p) }},
}

// away draws targets of 0 and 1, or between, that keep each prediction 0.05 away from the
// kinks of the loss. It reports false if a prediction is near one whatever its target is.
func (c kinkedLoss) away(rng *rand.Rand, p matrix) (target, bool) {
	y := mat.New[float64](p.Rows, p.Cols)
	for i, v := range p.Data {
		for try := 0; ; try++ {
			y.Data[i] = float64(rng.IntN(2))
			switch c.loss.(type) {
			case grad.MAE[float64], grad.Huber[float64], grad.BCE[float64], grad.BCEWithLogits[float64]:
				y.Data[i] = rng.Float64()
			}
			if c.near == nil || c.near(v, y.Data[i]) > 0.05 {
				break
			}
			if try == 100 {
				return target{}, false
			}
		}
	}
	return target{Values: y}, true
}

// randomBlock maps in columns to out: a Linear with its activation fused or apart or
// learnt, perhaps with a norm before it and Dropout after it, or a Residual of blocks, at
// most depth within each other.
func randomBlock(rng *rand.Rand, in, out, depth int) net {
	if depth > 0 && rng.IntN(4) == 0 {
		body := randomBlock(rng, in, out, depth-1)
		if in == out && rng.IntN(2) == 0 {
			return layer.NewResidual(body, nil)
		}
		return layer.NewResidual(body, randomBlock(rng, in, out, 0))
	}
	act := activations[rng.IntN(len(activations))]
	if act == kernels.ActStep {
		act = kernels.ActTanh // its derivative is 0: nothing below it would be tested
	}
	if rng.IntN(3) == 0 {
		return probed(in, out, act)
	}
	parts := []net{layer.NewLinear[float64](in, out, kernels.ActIdentity)}
	switch n := rng.IntN(5); {
	case n == 0 && in > 1: // the scale of a single weight makes no difference to it, but for eps
		parts = append(parts, layer.NewBatchNorm[float64](out))
	case n == 1 && out > 2: // of two columns LayerNorm leaves +-1 but for eps, of one RMSNorm too
		parts = append(parts, layer.NewLayerNorm[float64](out))
	case n == 2 && out > 1:
		parts = append(parts, layer.NewRMSNorm[float64](out))
	}
	switch rng.IntN(4) {
	case 0:
		slopes := 1
		if rng.IntN(2) == 0 {
			slopes = out
		}
		parts = append(parts, &probe{kinks: []float64{0}}, layer.NewPReLU[float64](slopes))
	case 1:
		if out > 1 {
			parts = append(parts, layer.Softmax[float64]{})
		}
	default:
		parts = append(parts, activation(act)...)
	}
	if rng.IntN(3) == 0 {
		parts = append(parts, layer.NewDropout[float64](0.3))
	}
	return layer.NewSequential(parts...)
}

// broken is a Linear whose bias gradient is 1 in a million too large.
type broken struct{ *layer.Linear[float64] }

func (l broken) Backward(m *layer.Memo[float64], dy matrix) matrix {
	dx := l.Linear.Backward(m, dy)
	for i := range l.B.Grad {
		l.B.Grad[i] *= 1 + 1e-6
	}
	return dx
}

func TestCheckFindsWrongGradients(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 0))
	model := broken{layer.NewLinear[float64](4, 3, kernels.ActTanh)}
	layer.Initialize(model, 1)
	d := grad.Worst(grad.Check(model, grad.MSE[float64]{}, random(rng, 5, 4),
		target{Values: random(rng, 5, 3)}))
	if d.Name != "bias" || !(d.Rel > 5e-7) {
		t.Errorf("a bias gradient off by 1e-6 was reported as %v", d)
	}
}

// TestCheckOfZeros: gradients that are 0 agree at every h; the largest counts.
func TestCheckOfZeros(t *testing.T) {
	model := layer.NewLinear[float64](2, 3, kernels.ActIdentity)
	for _, d := range grad.Check(model, grad.MSE[float64]{}, mat.New[float64](4, 2),
		target{Values: mat.New[float64](4, 3)}) {
		if d.Rel != 0 || d.Step != 0.1 {
			t.Errorf("%s: Rel %v at h = %v, want 0 at 0.1", d.Name, d.Rel, d.Step)
		}
	}
}

// TestCheckIsRelative: a wrong gradient is found however small it is, and one that is 0 is
// not taken for wrong.
func TestCheckIsRelative(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 0))
	model := broken{layer.NewLinear[float64](4, 3, kernels.ActTanh)}
	layer.Initialize(model, 1)
	x, y := random(rng, 5, 4), target{Values: random(rng, 5, 3), Weights: []float64{1, 1, 1, 1, 1}}
	small := scaledLoss{1e-6}
	d := grad.Worst(grad.Check(model, small, x, y))
	if d.Name != "bias" || !(d.Rel > 5e-7) {
		t.Errorf("a bias gradient of 1e-6, off by 1e-6 of that, was reported as %v", d)
	}
	right := layer.NewSequential(layer.NewLinear[float64](4, 3, kernels.ActIdentity),
		net(layer.NewBatchNorm[float64](3)))
	layer.Initialize(right, 1)
	for _, d := range grad.Check(right, grad.MSE[float64]{}, x, y) {
		if !(d.Rel <= tolerance) || (d.Rel == 0) != (d.Name == "0.bias") {
			t.Errorf("%v", d)
		}
	}
}

// scaledLoss is a mean squared error times a factor.
type scaledLoss struct{ f float64 }

func (l scaledLoss) Grad(dp, p matrix, y target) float64 {
	loss := grad.MSE[float64]{}.Grad(dp, p, y)
	kernels.Scale(dp.RawData(), l.f, dp.RawData())
	return l.f * loss
}

func (l scaledLoss) Classify([]int, matrix) {}

func TestCheckRestoresParameters(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 0))
	model := layer.NewSequential(layer.NewLinear[float64](3, 2, kernels.ActTanh),
		net(layer.NewBatchNorm[float64](2)))
	layer.Initialize(model, 1)
	var before [][]float64
	for _, p := range model.Params() {
		before = append(before, append([]float64(nil), p.Value...))
	}
	grad.Check(model, grad.MSE[float64]{}, random(rng, 4, 3), target{Values: random(rng, 4, 2)})
	for i, p := range model.Params() {
		for j, v := range p.Value {
			if v != before[i][j] {
				t.Errorf("%s[%d] = %v, was %v", p.Name, j, v, before[i][j])
			}
		}
	}
}
