package layer

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// Linear is the fully connected layer, with its activation f fused into the
// product. For x, n x in, and y, n x out:
//
//	z = x W + b      W is in x out, b has out elements and is added to each row
//	y = f(z)
//
//	dz = dy * f'(z)
//	dW = x^T dz
//	db = column sums of dz
//	dx = dz W^T
//
// Textbooks write a_l = f(W_l a_{l-1} + b_l) with one sample a column: their W_l is
// out x in, the transpose of W here.
//
// The memo is x and y. An activation whose derivative does not follow from y, such as
// GELU, SiLU and hard swish, also keeps f'(z), n x out; see
// [kernels.Activation.FromOutput].
//
// Source: Rumelhart, Hinton and Williams, Learning representations by
// back-propagating errors, Nature 323, 1986.
type Linear[T kernels.Float] struct {
	W   *Param[T]          // "weight", in x out
	B   *Param[T]          // "bias", out; nil for none
	Act kernels.Activation // kernels.ActIdentity for none
}

// NewLinear returns a layer with a bias and the given activation. [Initialize] draws
// its weights from LeCun's normal distribution for SELU, from Xavier's for identity,
// step, sigmoid, tanh and their hard forms, and from He's for all other activations. The
// bias starts at 0. Set W.Init or B.Init for something else.
func NewLinear[T kernels.Float](in, out int, act kernels.Activation) *Linear[T] {
	l := &Linear[T]{
		W:   NewParam("weight", initFor[T](act), in, out),
		B:   NewParam("bias", Zeros[T], out),
		Act: act,
	}
	l.B.NoDecay = true
	adjoin(l.W, l.B)
	return l
}

// NoBias removes the bias and returns l. In front of a BatchNorm, which subtracts the
// mean, a bias has no effect. Call NoBias before l becomes part of a model.
func (l *Linear[T]) NoBias() *Linear[T] {
	l.B = nil
	return l
}

// made panics unless NewLinear made l, or something that fits as well.
func (l *Linear[T]) made(op string) {
	switch {
	case l == nil:
		unmade("Linear", op, "")
	case !l.W.fits(2):
		unmade("Linear", op, "W")
	case l.B != nil && !l.B.alike(l.W.Shape[1]):
		unmade("Linear", op, "B")
	}
}

// Out implements [Layer].
func (l *Linear[T]) Out(in int) (int, error) {
	l.made("Out")
	if in != l.W.Shape[0] {
		return 0, fmt.Errorf("layer: Linear(%d, %d) does not take an input of %d columns", l.W.Shape[0],
			l.W.Shape[1], in)
	}
	return l.W.Shape[1], nil
}

// Forward implements [Layer].
func (l *Linear[T]) Forward(m *Memo[T], x mat.Dense[T]) (y mat.Dense[T]) {
	l.made("Forward")
	enter("Linear.Forward", m, 0, &x)
	l.forward(m, &x, &y)
	return y
}

// forward implements addressed.
func (l *Linear[T]) forward(m *Memo[T], x, y *mat.Dense[T]) {
	in, out := l.W.Shape[0], l.W.Shape[1]
	checkCols("Linear.Forward", "x", x.Cols, in)
	z, act := room(&m.out, x.Rows*out), l.Act
	keepDeriv := m.Train() && !act.FromOutput()
	if keepDeriv {
		act = kernels.ActIdentity
	}
	var bias []T
	if l.B != nil {
		bias = l.B.Value
	}
	e := kernels.Epilogue[T]{Bias: bias, Act: act}
	switch level := m.ws.level; {
	case level == kernels.Highest:
		kernels.GemmFused(false, false, x.Rows, out, in, 1, x.Data, max(1, x.Stride), l.W.Value, out, 0, z,
			out, e)
	case m.hasHalf():
		kernels.GemmBFloat16(false, false, x.Rows, out, in, 1, m.halfX(), in, float32s(l.W.Value), out, 0,
			float32s(z), out, kernels.BF16Epilogue{Bias: float32s(bias), Act: act})
	default:
		kernels.GemmPrecision(level, false, false, x.Rows, out, in, 1, x.Data, max(1, x.Stride), l.W.Value,
			out, 0, z, out, e)
	}
	if keepDeriv {
		kernels.ActivateGrad(l.Act, z, room(&m.keep, len(z)), z) // f(z) replaces z
	}
	y.Rows, y.Cols, y.Data, y.Stride = x.Rows, out, z, out
}

// Backward implements [Layer].
func (l *Linear[T]) Backward(m *Memo[T], dy mat.Dense[T]) mat.Dense[T] {
	l.made("Backward")
	enterBack("Linear.Backward", m, 0, &dy, l.W, l.B)
	l.backward(m, &dy)
	return dy
}

// backward implements addressed.
func (l *Linear[T]) backward(m *Memo[T], d *mat.Dense[T]) {
	activateBackward(m, l.Act, d) // d becomes dz
	m.bounds(l.W, d)
	in, out, x := l.W.Shape[0], l.W.Shape[1], &m.X
	updates := m.updates(l.W)
	if l.B != nil && (updates || m.ws.levelDW != kernels.Highest) {
		kernels.ColumnSums(d.Rows, d.Cols, l.B.Grad, d.Data, d.Cols)
	}
	dz := gradientOf[T]{whole: *d}
	if l.roundsGradient(m) {
		dz.half = m.halfGradient(d, updates)
	}
	switch {
	case updates && dz.half == nil:
		m.hold(*d)
		m.putOff(l, nil)
	case updates:
		m.putOff(l, nil)
	case l.B != nil && m.ws.levelDW == kernels.Highest:
		kernels.GemmSums(in, out, x.Rows, 1, x.Data, max(1, x.Stride), d.Data, out, 0, l.W.Grad, out,
			l.B.Grad)
	default:
		l.weightGradient(m, &dz)
	}
	if m.NeedDX {
		l.inputGradient(m, &dz, d)
	} else {
		*d = mat.Dense[T]{}
	}
}

// weightGradient stores dW.
func (l *Linear[T]) weightGradient(m *Memo[T], dz *gradientOf[T]) {
	in, out, x := l.W.Shape[0], l.W.Shape[1], &m.X
	switch level := m.ws.levelDW; {
	case level == kernels.Highest:
		kernels.Gemm(true, false, in, out, x.Rows, 1, x.Data, max(1, x.Stride), dz.whole.Data, out, 0,
			l.W.Grad, out)
	case m.hasHalf() && dz.half != nil:
		halfWeightGradient(l, x.Rows, m.halfX(), in, dz.half)
	case m.hasHalf():
		halfWeightGradient(l, x.Rows, m.halfX(), in, float32s(dz.whole.Data))
	case dz.half != nil:
		halfWeightGradient(l, x.Rows, float32s(x.Data), max(1, x.Stride), dz.half)
	default:
		kernels.GemmPrecision(level, true, false, in, out, x.Rows, 1, x.Data, max(1, x.Stride), dz.whole.Data,
			out, 0, l.W.Grad, out, kernels.Epilogue[T]{})
	}
}

// settle implements settler: it updates the weights, or stores their gradient where that of
// another parameter is not finite.
func (l *Linear[T]) settle(m *Memo[T], finite bool) {
	n := m.X.Rows * l.W.Shape[1]
	var dz gradientOf[T]
	if l.roundsGradient(m) {
		dz.half = m.heldHalf[:n]
	} else {
		dz.whole = reuse(&m.held, m.X.Rows, l.W.Shape[1])
	}
	if finite {
		m.update(l.W, &dz)
	} else {
		l.weightGradient(m, &dz)
	}
}

// inputGradient leaves dx = dz W^T in d.
func (l *Linear[T]) inputGradient(m *Memo[T], dz *gradientOf[T], d *mat.Dense[T]) {
	in, out := l.W.Shape[0], l.W.Shape[1]
	dx := room(m.nextGradient(), d.Rows*in)
	switch level := m.ws.level; {
	case level == kernels.Highest:
		kernels.Gemm(false, true, d.Rows, in, out, 1, d.Data, out, l.W.Value, out, 0, dx, in)
	case dz.half != nil:
		kernels.GemmBFloat16(false, true, d.Rows, in, out, 1, dz.half, out, float32s(l.W.Value), out, 0,
			float32s(dx), in, kernels.BF16Epilogue{})
	default:
		kernels.GemmPrecision(level, false, true, d.Rows, in, out, 1, d.Data, out, l.W.Value, out, 0, dx, in,
			kernels.Epilogue[T]{})
	}
	d.Cols, d.Data, d.Stride = in, dx, in
}

// Params implements [Layer].
func (l *Linear[T]) Params() []*Param[T] {
	l.made("Params")
	if l.B == nil {
		return []*Param[T]{l.W}
	}
	return []*Param[T]{l.W, l.B}
}
