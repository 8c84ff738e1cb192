package layer

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// Dropout sets each element to 0 with probability P in training and scales the
// others so that the expectation stays the same. keep is 0 or 1:
//
//	y  = x  * keep / (1 - P)
//	dx = dy * keep / (1 - P)
//
// In inference y = x. There is no memo: Backward draws the same keep again from the
// seed, the step and the number of the layer.
//
// Source: Srivastava et al., Dropout, JMLR 15, 2014, in its inverted form.
type Dropout[T kernels.Float] struct {
	P float64
}

// NewDropout returns a layer that drops with probability p, 0 <= p < 1.
func NewDropout[T kernels.Float](p float64) *Dropout[T] {
	if !(p >= 0 && p < 1) {
		fail("NewDropout", "p", 0, 0, "p = %v, want in [0, 1)", p)
	}
	return &Dropout[T]{p}
}

// made panics if l is nil.
func (l *Dropout[T]) made(op string) {
	if l == nil {
		unmade("Dropout", op, "")
	}
}

// Out implements [Layer].
func (l *Dropout[T]) Out(in int) (int, error) {
	l.made("Out")
	return in, nil
}

// Forward implements [Layer].
func (l *Dropout[T]) Forward(m *Memo[T], x mat.Dense[T]) mat.Dense[T] {
	l.made("Forward")
	enter("Dropout.Forward", m, 0, &x)
	if !m.Train() || l.P == 0 {
		return x
	}
	y := m.Output(x.Rows, x.Cols)
	seed, stream := m.Random()
	kernels.Dropout(y.RawData(), into(y, x), l.P, seed, stream)
	return y
}

// Backward implements [Layer].
func (l *Dropout[T]) Backward(m *Memo[T], dy mat.Dense[T]) mat.Dense[T] {
	l.made("Backward")
	enterBack("Dropout.Backward", m, 0, &dy)
	if l.P > 0 {
		seed, stream := m.Random()
		kernels.Dropout(dy.RawData(), dy.RawData(), l.P, seed, stream)
	}
	return dy
}

// Params implements [Layer]; there are none.
func (l *Dropout[T]) Params() []*Param[T] {
	l.made("Params")
	return nil
}
