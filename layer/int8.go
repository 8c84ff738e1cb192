package layer

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// Int8Linear is a [Linear] for inference with weights in integers of 8 bits. For x, n x in, and y, n x out:
//
//	W[p,j] = q[p,j] * scale[j]           q from -127 to 127, one scale a column
//	x[i,p] is about (a[i,p] - zero[i]) * step[i]    a from 0 to 255
//	y = f((sum over p of (a[i,p] - zero[i]) * q[p,j]) * scale[j] * step[i] + b[j])
//
// The sums are exact; [kernels.GemmInt8] has the rounding of the rest. step and zero follow from the range
// of each row, or, after [Calibrate] or SetRange, from one range for all rows: x beyond it counts as its
// end. A row with a NaN or an infinity gives a row f(NaN).
//
// It holds a quarter of the bytes of a Linear of float32, which pays most where few rows are predicted at a
// time. It has no parameters to train, and no Backward: a Forward for training panics, of the whole model
// too. T is float32.
type Int8Linear[T kernels.Float] struct {
	w      *kernels.QuantizedB
	bias   []float32
	act    kernels.Activation
	lo, hi float32 // the range of x, if calibrated
	fixed  bool
	watch  *span // in Calibrate
}

// span is the range of what a layer has seen.
type span struct{ lo, hi float32 }

// NewInt8Linear returns a layer with weights q, in x out without gaps, a scale and a bias for each output,
// and an activation. It copies all of them. It returns an error if their lengths do not fit, if in or out
// is below 1, in is above [kernels.MaxInt8Terms], an element of q is -128, or T is float64.
func NewInt8Linear[T kernels.Float](in, out int, q []int8, scale, bias []float32,
	act kernels.Activation) (*Int8Linear[T], error) {
	const op = "layer: NewInt8Linear: "
	switch {
	case unsafe.Sizeof(T(0)) != 4:
		return nil, errors.New(op + "the layer is of float64, want float32")
	case in < 1 || in > kernels.MaxInt8Terms || out < 1:
		return nil, fmt.Errorf(op+"in = %d and out = %d, want from 1 to %d inputs and at least 1 output", in,
			out, kernels.MaxInt8Terms)
	case len(q)/out != in || len(q)%out != 0:
		return nil, fmt.Errorf(op+"q has %d elements, want %d x %d", len(q), in, out)
	case len(scale) != out || len(bias) != out:
		return nil, fmt.Errorf(op+"%d scales and %d elements of bias, want %d", len(scale), len(bias), out)
	}
	if _, err := kernels.ParseActivation(act.String()); err != nil {
		return nil, fmt.Errorf(op+"%w", err)
	}
	for i, v := range q {
		if v == math.MinInt8 {
			return nil, fmt.Errorf(op+"q[%d] is -128, want at least -127", i)
		}
	}
	return &Int8Linear[T]{w: kernels.PackInt8(in, out, q, out, scale), bias: append([]float32(nil), bias...),
		act: act}, nil
}

// made panics unless a constructor made l.
func (l *Int8Linear[T]) made(op string) {
	if l == nil || l.w == nil {
		fail("Int8Linear."+op, "l", 0, 0, "the layer is nil or empty: Quantize or NewInt8Linear makes one")
	}
}

// Dims returns the columns of the input and of the output.
func (l *Int8Linear[T]) Dims() (in, out int) {
	l.made("Dims")
	return l.w.Dims()
}

// Weights returns copies of the integers, in x out, of their scales and of the bias.
func (l *Int8Linear[T]) Weights() (q []int8, scale, bias []float32) {
	in, out := l.Dims()
	q, scale = make([]int8, in*out), make([]float32, out)
	l.w.Unpack(q, out, scale)
	return q, scale, append([]float32(nil), l.bias...)
}

// Act returns the activation.
func (l *Int8Linear[T]) Act() kernels.Activation {
	l.made("Act")
	return l.act
}

// Range returns the range of the inputs, and whether there is one for all rows.
func (l *Int8Linear[T]) Range() (lo, hi float32, fixed bool) {
	l.made("Range")
	return l.lo, l.hi, l.fixed
}

// SetRange sets one range for the inputs of all rows. It returns an error and changes nothing unless
// lo <= hi and both are finite. No other goroutine may use l meanwhile.
func (l *Int8Linear[T]) SetRange(lo, hi float32) error {
	l.made("SetRange")
	if !(lo <= hi) || lo < -math.MaxFloat32 || hi > math.MaxFloat32 {
		return fmt.Errorf("layer: Int8Linear.SetRange: from %v to %v, want a range of finite numbers", lo,
			hi)
	}
	l.lo, l.hi, l.fixed = lo, hi, true
	return nil
}

// Out implements [Layer].
func (l *Int8Linear[T]) Out(in int) (int, error) {
	l.made("Out")
	want, out := l.w.Dims()
	if in != want {
		return 0, fmt.Errorf("layer: Int8Linear(%d, %d) does not take an input of %d columns", want, out, in)
	}
	return out, nil
}

// Forward implements [Layer].
func (l *Int8Linear[T]) Forward(m *Memo[T], x mat.Dense[T]) mat.Dense[T] {
	l.made("Forward")
	enter("Int8Linear.Forward", m, 0, &x)
	in, out := l.w.Dims()
	checkCols("Int8Linear.Forward", "x", x.Cols, in)
	if m.Train() {
		fail("Int8Linear.Forward", "m", 0, 0, "the pass is for training, but the layer is in int8, for "+
			"inference: train the model that it was quantised from")
	}
	if l.watch != nil {
		for i := range x.Rows {
			l.watch.take(float32s(x.Row(i)))
		}
	}
	z := room(&m.out, x.Rows*out)
	a, y, e := float32s(x.Data), float32s(z), kernels.Epilogue[float32]{Bias: l.bias, Act: l.act}
	if l.fixed {
		kernels.GemmInt8Range(l.lo, l.hi, x.Rows, a, max(1, x.Stride), l.w, y, out, e)
	} else {
		kernels.GemmInt8(x.Rows, a, max(1, x.Stride), l.w, y, out, e)
	}
	return mat.Dense[T]{Rows: x.Rows, Cols: out, Data: z, Stride: out}
}

// Params implements [Layer]; there are none.
func (l *Int8Linear[T]) Params() []*Param[T] {
	l.made("Params")
	return nil
}

// Backward panics: the layer is for inference.
func (l *Int8Linear[T]) Backward(*Memo[T], mat.Dense[T]) mat.Dense[T] {
	l.made("Backward")
	panic(errors.New("layer: Int8Linear has no Backward: train the model that it was quantised from"))
}

// Snapshot implements [Snapshotter]. The weights never change, and are shared.
func (l *Int8Linear[T]) Snapshot() Layer[T] {
	l.made("Snapshot")
	s := *l
	s.watch = nil
	return &s
}

func (l *Int8Linear[T]) bytes() int {
	in, out := l.w.Dims()
	return in*out + 8*out
}

// take widens the span by a row. NaN stays.
func (s *span) take(row []float32) {
	for _, v := range row {
		s.lo, s.hi = min(s.lo, v), max(s.hi, v)
	}
}

// Quantize returns a copy of a model for inference in which each [Linear] of more than one output is an
// [Int8Linear]. As a [Predictor] does, it folds each [BatchNorm] and activation into the Linear next to it
// and leaves out [Dropout]; a BatchNorm that stands alone, and all other layers, stay in float32. package
// model saves the result. It shares no parameter with the model.
//
// It returns the errors of [NewPredictor] for inputs of in columns, one for a model of float64, and one for
// a layer of more than [kernels.MaxInt8Terms] inputs.
func Quantize[T kernels.Float](model Layer[T], in int) (Layer[T], error) {
	if unsafe.Sizeof(T(0)) != 4 {
		return nil, errors.New("layer: Quantize: the model is of float64, want float32")
	}
	p, err := newPredictor(model, in, WeightsInt8)
	if err != nil {
		return nil, err
	}
	return public(p.model)
}

// public is what a Predictor runs, made of layers that a program can build.
func public[T kernels.Float](l Layer[T]) (Layer[T], error) {
	switch l := l.(type) {
	case *Sequential[T]:
		parts, err := allPublic(l.parts)
		return NewSequential(parts...), err
	case *Residual[T]:
		parts, err := allPublic(l.parts)
		if err != nil {
			return nil, err
		}
		return NewResidual(parts[0], append(parts, nil)[1]), nil
	case *scaleShift[T]:
		n := NewBatchNorm[T](len(l.scale))
		n.Gamma.Value, n.Beta.Value, n.RunMean.Value, n.Eps = l.scale, l.shift, l.mean, 0
		for j := range n.RunVar.Value {
			n.RunVar.Value[j] = 1
		}
		return n, nil
	case *packedLinear[T]:
		return nil, fmt.Errorf("layer: Quantize: a Linear has %d inputs, want at most %d", l.in,
			kernels.MaxInt8Terms)
	}
	for _, p := range l.Params() { // of a copy, and without the place that it had
		p.Name = p.Name[strings.LastIndexByte(p.Name, '.')+1:]
	}
	return l, nil
}

func allPublic[T kernels.Float](parts []Layer[T]) ([]Layer[T], error) {
	list := make([]Layer[T], len(parts))
	for i, part := range parts {
		var err error
		if list[i], err = public(part); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Calibrate gives each [Int8Linear] of a model one range for the inputs of all rows: that of the inputs
// which it gets when the model runs on the rows of x. It takes the place of the ranges of single rows, and
// of one that was set before. Rows beyond the range lose what lies beyond, so x should have some hundred
// rows like those to come.
//
// It returns an error, and leaves the ranges as they were, if x has no rows or does not fit the model, if
// the model has no Int8Linear, or if one of them gets a number that is not finite. No other goroutine may
// use the model meanwhile.
func Calibrate[T kernels.Float](model Layer[T], x mat.Dense[T]) (err error) {
	const op = "layer: Calibrate: "
	if model == nil {
		return errors.New(op + "model is nil, want a layer")
	}
	if _, err := model.Out(x.Cols); err != nil {
		return err
	}
	layers := Int8Layers(model)
	if x.Rows == 0 || len(layers) == 0 {
		return fmt.Errorf(op+"x has %d rows and the model %d layers in int8, want at least one of each",
			x.Rows, len(layers))
	}
	before := make([]Int8Linear[T], len(layers))
	for i, l := range layers {
		before[i] = *l
		l.fixed, l.watch = false, new(span)
	}
	defer func() {
		for i, l := range layers {
			if l.watch = nil; err != nil {
				*l = before[i]
			}
		}
	}()
	ws := NewWorkspace(model)
	for row := 0; row < x.Rows; row += calibrationRows {
		ws.Forward(x.RowRange(row, min(row+calibrationRows, x.Rows)), false)
	}
	for i, l := range layers {
		if err := l.SetRange(l.watch.lo, l.watch.hi); err != nil {
			return fmt.Errorf(op+"layer %d of those in int8 has inputs that are not finite", i)
		}
	}
	return nil
}

// calibrationRows is how many rows run through the model at a time.
const calibrationRows = 256

// Int8Layers returns the layers of a model that are in int8, in their order: those that [Quantize] made, and
// none of a model for training. A model that is nil has none.
func Int8Layers[T kernels.Float](model Layer[T]) (list []*Int8Linear[T]) {
	switch l := model.(type) {
	case *Int8Linear[T]:
		return []*Int8Linear[T]{l}
	case Container[T]:
		for _, part := range l.Parts() {
			list = append(list, Int8Layers(part)...)
		}
	}
	return list
}
