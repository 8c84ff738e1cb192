package layer

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// LayerNorm normalises each row and gives each feature a learnt scale and shift. With
// mean and var over the k columns of a row:
//
//	xhat = (x - mean) / sqrt(var + eps)
//	y    = gamma * xhat + beta
//
//	dbeta  = sum of dy over the rows
//	dgamma = sum of dy * xhat over the rows
//	dx     = (g - mean of g - xhat * mean of g xhat) / sqrt(var + eps),  g = gamma * dy
//
// Rows do not depend on each other, so training and inference are the same. The memo is
// x and, for each row, mean and 1/sqrt(var + eps).
//
// Source: Ba, Kiros and Hinton, Layer Normalization, 2016.
type LayerNorm[T kernels.Float] struct {
	Gamma, Beta *Param[T] // "weight" and "bias"
	Eps         T         // 1e-5 by default
}

// NewLayerNorm returns a layer for rows of the given number of features.
func NewLayerNorm[T kernels.Float](features int) *LayerNorm[T] {
	l := &LayerNorm[T]{
		Gamma: NewParam("weight", Constant[T](1), features),
		Beta:  NewParam("bias", Zeros[T], features),
		Eps:   1e-5,
	}
	l.Gamma.NoDecay, l.Beta.NoDecay = true, true
	adjoin(l.Gamma, l.Beta)
	return l
}

// made panics unless NewLayerNorm made l, or something that fits as well.
func (l *LayerNorm[T]) made(op string) {
	switch {
	case l == nil:
		unmade("LayerNorm", op, "")
	case !l.Gamma.fits(1):
		unmade("LayerNorm", op, "Gamma")
	case !l.Beta.alike(len(l.Gamma.Value)):
		unmade("LayerNorm", op, "Beta")
	}
}

// Out implements [Layer].
func (l *LayerNorm[T]) Out(in int) (int, error) {
	l.made("Out")
	return sameCols("LayerNorm", in, len(l.Gamma.Value))
}

// Forward implements [Layer].
func (l *LayerNorm[T]) Forward(m *Memo[T], x mat.Dense[T]) mat.Dense[T] {
	l.made("Forward")
	checkEps("LayerNorm.Forward", l.Eps)
	enter("LayerNorm.Forward", m, 0, &x)
	checkCols("LayerNorm.Forward", "x", x.Cols, len(l.Gamma.Value))
	y, k := m.Output(x.Rows, x.Cols), m.Keep(2, x.Rows)
	kernels.LayerNormForward(x.Rows, x.Cols, y.Data, y.Stride, x.Data, max(1, x.Stride), l.Gamma.Value,
		l.Beta.Value, k.Row(0), k.Row(1), l.Eps)
	return y
}

// Backward implements [Layer].
func (l *LayerNorm[T]) Backward(m *Memo[T], dy mat.Dense[T]) mat.Dense[T] {
	l.made("Backward")
	enterBack("LayerNorm.Backward", m, 0, &dy, l.Gamma, l.Beta)
	x, k := m.X, m.Keep(2, dy.Rows)
	kernels.LayerNormBackward(x.Rows, x.Cols, dy.Data, dy.Stride, dy.Data, dy.Stride, x.Data,
		max(1, x.Stride), l.Gamma.Value, k.Row(0), k.Row(1), l.Gamma.Grad, l.Beta.Grad)
	return dy
}

// Params implements [Layer].
func (l *LayerNorm[T]) Params() []*Param[T] {
	l.made("Params")
	return []*Param[T]{l.Gamma, l.Beta}
}

// RMSNorm is [LayerNorm] without the mean:
//
//	xhat = x / sqrt(mean of x^2 + eps)
//	y    = gamma * xhat
//
//	dgamma = sum of dy * xhat over the rows
//	dx     = (g - xhat * mean of g xhat) / sqrt(mean of x^2 + eps),  g = gamma * dy
//
// The memo is x and, for each row, 1/sqrt(mean of x^2 + eps).
//
// Source: Zhang and Sennrich, Root Mean Square Layer Normalization, NeurIPS 2019.
type RMSNorm[T kernels.Float] struct {
	Gamma *Param[T] // "weight"
	Eps   T         // 1e-5 by default
}

// NewRMSNorm returns a layer for rows of the given number of features.
func NewRMSNorm[T kernels.Float](features int) *RMSNorm[T] {
	l := &RMSNorm[T]{Gamma: NewParam("weight", Constant[T](1), features), Eps: 1e-5}
	l.Gamma.NoDecay = true
	return l
}

// made panics unless NewRMSNorm made l, or something that fits as well.
func (l *RMSNorm[T]) made(op string) {
	switch {
	case l == nil:
		unmade("RMSNorm", op, "")
	case !l.Gamma.fits(1):
		unmade("RMSNorm", op, "Gamma")
	}
}

// Out implements [Layer].
func (l *RMSNorm[T]) Out(in int) (int, error) {
	l.made("Out")
	return sameCols("RMSNorm", in, len(l.Gamma.Value))
}

// Forward implements [Layer].
func (l *RMSNorm[T]) Forward(m *Memo[T], x mat.Dense[T]) mat.Dense[T] {
	l.made("Forward")
	checkEps("RMSNorm.Forward", l.Eps)
	enter("RMSNorm.Forward", m, 0, &x)
	checkCols("RMSNorm.Forward", "x", x.Cols, len(l.Gamma.Value))
	y, k := m.Output(x.Rows, x.Cols), m.Keep(1, x.Rows)
	kernels.RMSNormForward(x.Rows, x.Cols, y.Data, y.Stride, x.Data, max(1, x.Stride), l.Gamma.Value,
		k.Row(0), l.Eps)
	return y
}

// Backward implements [Layer].
func (l *RMSNorm[T]) Backward(m *Memo[T], dy mat.Dense[T]) mat.Dense[T] {
	l.made("Backward")
	enterBack("RMSNorm.Backward", m, 0, &dy, l.Gamma)
	x, k := m.X, m.Keep(1, dy.Rows)
	kernels.RMSNormBackward(x.Rows, x.Cols, dy.Data, dy.Stride, dy.Data, dy.Stride, x.Data, max(1, x.Stride),
		l.Gamma.Value, k.Row(0), l.Gamma.Grad)
	return dy
}

// Params implements [Layer].
func (l *RMSNorm[T]) Params() []*Param[T] {
	l.made("Params")
	return []*Param[T]{l.Gamma}
}

// sameCols implements Out for a layer that takes and returns rows of features columns.
func sameCols(name string, in, features int) (int, error) {
	if in != features {
		return 0, fmt.Errorf("layer: %s(%d) does not take an input of %d columns", name, features, in)
	}
	return in, nil
}
