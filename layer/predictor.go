package layer

import (
	"fmt"
	"math"
	"sync"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// Predictor runs a trained model for inference. It holds a copy of the model's parameters
// in their fastest form: a [BatchNorm] next to a [Linear] is folded into it, and so is an
// activation after that; weights are packed unless they are a single column; [Dropout] is
// left out. It shares no parameter with the model, so later changes of the model do not
// reach it, and the model can be trained further meanwhile. A layer with parameters that is
// not of this package must be a [Snapshotter].
//
// With running mean mu and variance var, s = gamma / sqrt(var + eps) and t = beta - mu s:
//
//	BatchNorm after Linear    W <- W diag(s),  b <- b s + t
//	BatchNorm before Linear   W <- diag(s) W,  b <- b + t W
//
// A BatchNorm with a mean more than eight deviations from 0, such as that of a time in seconds
// since 1970, is not folded into a Linear after it: x diag(s) W and t W would nearly cancel, and
// the result would lose the digits in which x differs from the mean.
//
// Any number of goroutines may use a Predictor at once. After the first calls it
// allocates nothing.
type Predictor[T kernels.Float] struct {
	model   Layer[T]
	in, out int
	mu      sync.Mutex
	free    []*Workspace[T]
}

// Snapshotter is a layer that can copy itself. A [Predictor] needs it of layers with
// parameters that are not of this package.
type Snapshotter[T kernels.Float] interface {
	Layer[T]

	// Snapshot returns a layer with the same Forward that shares no parameter with this one.
	// The Predictor calls only its Out and its Forward, and Forward never for training.
	Snapshot() Layer[T]
}

// NewPredictor prepares a model for inputs of in columns. It returns an error if in is below
// 0, if the model does not take inputs of in columns, or if the model has a layer with
// parameters that is neither of this package nor a [Snapshotter].
func NewPredictor[T kernels.Float](model Layer[T], in int) (*Predictor[T], error) {
	return newPredictor(model, in, WeightsFull)
}

func newPredictor[T kernels.Float](model Layer[T], in int, weights Weights) (*Predictor[T], error) {
	if model == nil {
		return nil, fmt.Errorf("layer: NewPredictor: model is nil, want a layer")
	}
	if in < 0 {
		return nil, fmt.Errorf("layer: NewPredictor: in = %d, want >= 0 columns", in)
	}
	out, err := model.Out(in)
	if err != nil {
		return nil, err
	}
	ready, err := prepared(model, weights)
	if err != nil {
		return nil, err
	}
	return &Predictor[T]{model: ready, in: in, out: out}, nil
}

// Predict writes the output of the model for x, n x in, to y, n x out. x and y must not
// overlap. It panics if a shape is wrong; [Predictor.TryPredict] returns an error.
func (p *Predictor[T]) Predict(y, x mat.Dense[T]) {
	checkCols("Predictor.Predict", "x", x.Cols, p.in)
	checkCols("Predictor.Predict", "y", y.Cols, p.out)
	if y.Rows != x.Rows {
		fail("Predictor.Predict", "y", y.Rows, x.Rows, "y has %d rows, want %d", y.Rows, x.Rows)
	}
	checkMatrix("Predictor.Predict", "x", &x)
	checkMatrix("Predictor.Predict", "y", &y)
	ws := p.workspace()
	y.Copy(ws.Forward(x, false))
	p.release(ws)
}

func (p *Predictor[T]) workspace() *Workspace[T] {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.free)
	if n == 0 {
		return NewWorkspace(p.model)
	}
	ws := p.free[n-1]
	p.free = p.free[:n-1]
	return ws
}

func (p *Predictor[T]) release(ws *Workspace[T]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.free = append(p.free, ws)
}

// prepared returns the form of a model that a Predictor runs. It shares no parameter with it.
func prepared[T kernels.Float](model Layer[T], weights Weights) (Layer[T], error) {
	switch l := model.(type) {
	case *Sequential[T]:
		return preparedSequence(l, weights)
	case *Residual[T]:
		r := &Residual[T]{}
		for _, part := range l.parts {
			ready, err := prepared(part, weights)
			if err != nil {
				return nil, err
			}
			r.parts = append(r.parts, ready)
		}
		return r, nil
	case *Linear[T]:
		return affineOf(l).packed(weights), nil
	case *BatchNorm[T]:
		return affineOfNorm(l).packed(weights), nil
	case *LayerNorm[T]:
		return &LayerNorm[T]{l.Gamma.snapshot(), l.Beta.snapshot(), l.Eps}, nil
	case *RMSNorm[T]:
		return &RMSNorm[T]{l.Gamma.snapshot(), l.Eps}, nil
	case *PReLU[T]:
		return &PReLU[T]{l.Slope.snapshot()}, nil
	case *Activation[T]:
		return &Activation[T]{l.Act}, nil
	case Snapshotter[T]:
		return l.Snapshot(), nil
	}
	if params := model.Params(); len(params) > 0 {
		return nil, fmt.Errorf("layer: a Predictor cannot copy %s of %T, which is no Snapshotter", params[0],
			model)
	}
	return model, nil
}

// preparedSequence prepares the layers of a sequence, neighbours folded together where possible.
func preparedSequence[T kernels.Float](s *Sequential[T], weights Weights) (Layer[T], error) {
	var parts []Layer[T]
	var err error
	for _, part := range flat(s) {
		if parts, err = appendPrepared(parts, part, weights); err != nil {
			return nil, err
		}
	}
	for i, part := range parts {
		if f, ok := part.(*affine[T]); ok {
			parts[i] = f.packed(weights)
		}
	}
	return &Sequential[T]{parts: parts}, nil
}

// flat returns the layers of s with nested sequences replaced by their layers.
func flat[T kernels.Float](s *Sequential[T]) []Layer[T] {
	var list []Layer[T]
	for _, part := range s.parts {
		if inner, ok := part.(*Sequential[T]); ok {
			list = append(list, flat(inner)...)
		} else {
			list = append(list, part)
		}
	}
	return list
}

// appendPrepared folds l into the last part, or appends it.
func appendPrepared[T kernels.Float](parts []Layer[T], l Layer[T], weights Weights) ([]Layer[T], error) {
	var last *affine[T]
	if n := len(parts); n > 0 {
		last, _ = parts[n-1].(*affine[T])
	}
	switch l := l.(type) {
	case *Dropout[T]:
		return parts, nil
	case *Activation[T]:
		if last != nil && last.w != nil && last.act == kernels.ActIdentity {
			last.act = l.Act
			return parts, nil
		}
	case *BatchNorm[T]:
		if last != nil && last.act == kernels.ActIdentity {
			last.then(affineOfNorm(l))
			return parts, nil
		}
		return append(parts, affineOfNorm(l)), nil
	case *Linear[T]:
		if last != nil && last.w == nil && !last.far {
			last.linear(affineOf(l))
			return parts, nil
		}
		return append(parts, affineOf(l)), nil
	}
	ready, err := prepared(l, weights)
	return append(parts, ready), err
}

// affine is y = f(x W + b), composed in float64. Without W it is y = (x - mean) diag(s) + b.
type affine[T kernels.Float] struct {
	Layer[T] // nil: lets affine stand among the parts until it is packed
	in, out  int
	w, s, b  []float64
	mean     []float64
	far      bool // a mean is more than eight deviations from 0
	act      kernels.Activation
}

func affineOf[T kernels.Float](l *Linear[T]) *affine[T] {
	a := &affine[T]{in: l.W.Shape[0], out: l.W.Shape[1], act: l.Act}
	a.w, a.b = wide(l.W.Value), make([]float64, a.out)
	if l.B != nil {
		a.b = wide(l.B.Value)
	}
	return a
}

func affineOfNorm[T kernels.Float](l *BatchNorm[T]) *affine[T] {
	n := len(l.Gamma.Value)
	a := &affine[T]{in: n, out: n, s: make([]float64, n), b: wide(l.Beta.Value), mean: wide(l.RunMean.Value)}
	for j, mean := range a.mean {
		std := math.Sqrt(float64(l.RunVar.Value[j]) + float64(l.Eps))
		a.s[j] = float64(l.Gamma.Value[j]) / std
		a.far = a.far || math.Abs(mean) > 8*std
	}
	return a
}

// then appends the scale and shift n to a, which has no activation.
func (a *affine[T]) then(n *affine[T]) {
	for i := range a.w {
		a.w[i] *= n.s[i%a.out]
	}
	for j := range a.s {
		a.s[j] *= n.s[j]
	}
	for j := range a.b {
		a.b[j] = float64((a.b[j]-n.mean[j])*n.s[j]) + n.b[j]
	}
}

// linear appends the product l to a, which is a scale and shift.
func (a *affine[T]) linear(l *affine[T]) {
	for i := range l.in {
		shift := a.b[i] - float64(a.mean[i]*a.s[i])
		for j := range l.out {
			w := l.w[i*l.out+j]
			l.b[j] += float64(shift * w)
			l.w[i*l.out+j] = w * a.s[i]
		}
	}
	*a = *l
}

// packed returns the layer that computes a.
func (a *affine[T]) packed(weights Weights) Layer[T] {
	b := narrow[T](a.b)
	switch {
	case a.w == nil:
		return &scaleShift[T]{mean: narrow[T](a.mean), scale: narrow[T](a.s), shift: b}
	case a.out == 1: // a dot product a row, which reads the weights as they are
		l := NewLinear[T](a.in, 1, a.act)
		l.W.Value, l.B.Value = narrow[T](a.w), b
		return l
	case weights == WeightsBFloat16:
		w := kernels.PackBFloat16(false, a.in, a.out, narrow[float32](a.w), max(1, a.out))
		return &halfLinear[T]{w: w, bias: float32s(b), act: a.act}
	case weights == WeightsInt8 && a.in <= kernels.MaxInt8Terms:
		w := kernels.QuantizeB(false, a.in, a.out, narrow[float32](a.w), max(1, a.out))
		return &Int8Linear[T]{w: w, bias: float32s(b), act: a.act}
	}
	return &packedLinear[T]{in: a.in, out: a.out,
		w: kernels.PackB(false, a.in, a.out, narrow[T](a.w), max(1, a.out)), bias: b, act: a.act}
}

func wide[T kernels.Float](x []T) []float64 {
	y := make([]float64, len(x))
	for i, v := range x {
		y[i] = float64(v)
	}
	return y
}

func narrow[T kernels.Float](x []float64) []T {
	y := make([]T, len(x))
	for i, v := range x {
		y[i] = T(v)
	}
	return y
}

// inference has the methods of [Layer] that a [Predictor] does not use.
type inference[T kernels.Float] struct{}

func (inference[T]) Params() []*Param[T] { return nil }
func (inference[T]) Backward(*Memo[T], mat.Dense[T]) mat.Dense[T] {
	panic(fmt.Errorf("layer: a Predictor has no Backward"))
}

// packedLinear is a [Linear] with packed weights.
type packedLinear[T kernels.Float] struct {
	inference[T]
	in, out int
	w       *kernels.PackedB[T]
	bias    []T
	act     kernels.Activation
}

func (l *packedLinear[T]) Out(in int) (int, error) { return l.out, nil }

func (l *packedLinear[T]) bytes() int { return (l.in*l.out + l.out) * int(unsafe.Sizeof(T(0))) }

func (l *packedLinear[T]) Forward(m *Memo[T], x mat.Dense[T]) mat.Dense[T] {
	y := room(&m.out, x.Rows*l.out)
	kernels.GemmPacked(false, x.Rows, 1, x.Data, max(1, x.Stride), l.w, 0, y, l.out,
		kernels.Epilogue[T]{Bias: l.bias, Act: l.act})
	return mat.Dense[T]{Rows: x.Rows, Cols: l.out, Data: y, Stride: l.out}
}

// scaleShift is a [BatchNorm] that is folded into no other layer.
type scaleShift[T kernels.Float] struct {
	inference[T]
	mean, scale, shift []T
}

func (l *scaleShift[T]) Out(in int) (int, error) { return in, nil }

func (l *scaleShift[T]) bytes() int { return 3 * len(l.scale) * int(unsafe.Sizeof(T(0))) }

func (l *scaleShift[T]) Forward(m *Memo[T], x mat.Dense[T]) mat.Dense[T] {
	y := m.Output(x.Rows, x.Cols)
	for i := range x.Rows {
		out := y.Row(i)
		for j, v := range x.Row(i) {
			out[j] = T((v-l.mean[j])*l.scale[j]) + l.shift[j]
		}
	}
	return y
}
