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
	kernels.ActLeakyReLU(0.01), kernels.ActLeakyReLU(-0.5), kernels.ActELU(1), kernels.ActELU(0.7), kernels.ActELU(-0.3),
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

// TestNetworkGradients checks whole networks of random depth, width, layers and
// nesting.
func TestNetworkGradients(t *testing.T) {
	for seed := range uint64(30) {
		rng := rand.New(rand.NewPCG(6, seed))
		in, rows := 1+rng.IntN(6), 2+rng.IntN(6)
		var parts []net
		width := in
		for range 1 + rng.IntN(4) {
			out := 1 + rng.IntN(6)
			parts = append(parts, randomBlock(rng, width, out))
			width = out
		}
		const outputs = 3
		parts = append(parts, layer.NewLinear[float64](width, outputs, kernels.ActIdentity))
		model := layer.NewSequential(parts...)
		x := awayFromKinks(t, model, rng, rows, in)
		verify(t, model, grad.SoftmaxCrossEntropy[float64]{}, x, target{Classes: classes(rng, rows, outputs)})
		verify(t, model, grad.MSE[float64]{}, x, target{Values: random(rng, rows, outputs)})
		if t.Failed() {
			t.Fatalf("network %d: %v", seed, model.Params())
		}
	}
}

// randomBlock maps in columns to out: a Linear with its activation fused or apart,
// perhaps with BatchNorm before it and Dropout after it.
func randomBlock(rng *rand.Rand, in, out int) net {
	act := activations[rng.IntN(len(activations))]
	if act == kernels.ActStep {
		act = kernels.ActTanh // its derivative is 0: nothing below it would be tested
	}
	if rng.IntN(2) == 0 {
		return probed(in, out, act)
	}
	parts := []net{layer.NewLinear[float64](in, out, kernels.ActIdentity)}
	if rng.IntN(2) == 0 {
		parts = append(parts, layer.NewBatchNorm[float64](out))
	}
	parts = append(parts, activation(act)...)
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
	d := grad.Worst(grad.Check(model, grad.MSE[float64]{}, random(rng, 5, 4), target{Values: random(rng, 5, 3)}))
	if d.Name != "bias" || !(d.Rel > 5e-7) {
		t.Errorf("a bias gradient off by 1e-6 was reported as %v", d)
	}
}

func TestCheckRestoresParameters(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 0))
	model := layer.NewSequential(layer.NewLinear[float64](3, 2, kernels.ActTanh), net(layer.NewBatchNorm[float64](2)))
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
