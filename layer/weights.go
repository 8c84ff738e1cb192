package layer

import (
	"fmt"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// Weights is the form in which a [Predictor] holds the weights of its products.
type Weights uint8

const (
	WeightsFull     Weights = iota // "full": in the type of the model; the zero value
	WeightsBFloat16                // "bfloat16": rounded to bfloat16, half the bytes of float32
	WeightsInt8                    // "int8": quantised to 8 bits, a quarter of them: see [Int8Linear]
)

var weightsNames = [...]string{WeightsFull: "full", WeightsBFloat16: "bfloat16", WeightsInt8: "int8"}

// String returns "full", "bfloat16" or "int8".
func (w Weights) String() string {
	if int(w) < len(weightsNames) {
		return weightsNames[w]
	}
	return fmt.Sprintf("Weights(%d)", uint8(w))
}

// ParseWeights returns the form with the given name.
func ParseWeights(name string) (Weights, error) {
	for i, n := range weightsNames {
		if n == name {
			return Weights(i), nil
		}
	}
	return WeightsFull, fmt.Errorf("layer: unknown form of weights %q, want one of %q", name, weightsNames)
}

// fits returns an error unless a model of elements of so many bytes can have weights of the form.
func (w Weights) fits(width uintptr) error {
	switch {
	case int(w) >= len(weightsNames):
		return fmt.Errorf("layer: NewPredictorWith: weights is %v, want one of %q", w, weightsNames)
	case w != WeightsFull && width != 4:
		return fmt.Errorf("layer: NewPredictorWith: weights is %v, want %v: the model is of float64", w,
			WeightsFull)
	}
	return nil
}

// NewPredictorWith is [NewPredictor] with weights in a form. With WeightsBFloat16 a prediction computes,
// for each [Linear] of more than one output, with what is folded into it,
//
//	y = f(x W + b)    x and W rounded to bfloat16, sums, b and f in float32
//
// so that an element of x W is off by at most 2.04 x 2^-8 of the sum of the magnitudes of its terms. A
// number of x beyond the largest of bfloat16, 3.39e38, counts as an infinity. All other layers, and a
// Linear of one output, are as NewPredictor has them. Where the weights do not fit L2 and few rows are
// predicted at a time, reading the weights is what takes the time, and half the bytes take little more
// than half of it. On the paths avx512_bf16 and amx_bf16 (see [kernels.ActiveBF16]) all predictions are
// faster; on others those of many rows are slower, and in pure Go all are.
//
// With WeightsInt8 each such Linear is an [Int8Linear] that quantises each row by its own range; [Quantize]
// makes a model of these that can be calibrated and saved.
//
// Beside the errors of NewPredictor it returns one if weights is none of the forms, another than
// WeightsFull for a model of float64, or WeightsBFloat16 for a model with an Int8Linear, which stays one.
func NewPredictorWith[T kernels.Float](model Layer[T], in int, weights Weights) (*Predictor[T], error) {
	if err := weights.fits(unsafe.Sizeof(T(0))); err != nil {
		return nil, err
	}
	if n := len(Int8Layers(model)); n > 0 && weights == WeightsBFloat16 {
		return nil, fmt.Errorf("layer: NewPredictorWith: weights is %v, want %v or %v: %d layers of the "+
			"model are in int8 already", weights, WeightsFull, WeightsInt8, n)
	}
	return newPredictor(model, in, weights)
}

// Bytes returns the memory of the parameters, without what packing adds to fill tiles.
func (p *Predictor[T]) Bytes() int { return bytesOf(p.model) }

// sized is a layer of a Predictor that has no Params.
type sized interface{ bytes() int }

func bytesOf[T kernels.Float](l Layer[T]) (n int) {
	switch l := l.(type) {
	case sized:
		return l.bytes()
	case Container[T]:
		for _, part := range l.Parts() {
			n += bytesOf(part)
		}
		return n
	}
	for _, p := range l.Params() {
		n += len(p.Value) * int(unsafe.Sizeof(T(0)))
	}
	return n
}

// halfLinear is a [Linear] with packed weights of bfloat16 numbers. T is float32.
type halfLinear[T kernels.Float] struct {
	inference[T]
	w    *kernels.PackedBFloat16
	bias []float32
	act  kernels.Activation
}

func (l *halfLinear[T]) Out(int) (int, error) { return len(l.bias), nil }

func (l *halfLinear[T]) bytes() int {
	in, out := l.w.Dims()
	return 2*in*out + 4*len(l.bias)
}

func (l *halfLinear[T]) Forward(m *Memo[T], x mat.Dense[T]) mat.Dense[T] {
	out := len(l.bias)
	y := room(&m.out, x.Rows*out)
	kernels.GemmPackedBFloat16(false, x.Rows, 1, float32s(x.Data), max(1, x.Stride), l.w, 0, float32s(y),
		out, kernels.BF16Epilogue{Bias: l.bias, Act: l.act})
	return mat.Dense[T]{Rows: x.Rows, Cols: out, Data: y, Stride: out}
}
