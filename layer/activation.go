package layer

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// Activation applies a function to each element:
//
//	y  = f(x)
//	dx = dy * f'(x)
//
// The memo is y where f' follows from it, else f'(x), which forward computes in the
// same pass; see [kernels.Activation.FromOutput]. Directly after a [Linear], set
// Linear.Act instead: that fuses the two.
type Activation[T kernels.Float] struct {
	Act kernels.Activation
}

// NewActivation returns the layer of an activation, such as kernels.ActTanh or
// kernels.ActLeakyReLU(0.01).
func NewActivation[T kernels.Float](act kernels.Activation) *Activation[T] {
	return &Activation[T]{act}
}

// made panics if l is nil.
func (l *Activation[T]) made(op string) {
	if l == nil {
		unmade("Activation", op, "")
	}
}

// Out implements [Layer].
func (l *Activation[T]) Out(in int) (int, error) {
	l.made("Out")
	return in, nil
}

// Forward implements [Layer].
func (l *Activation[T]) Forward(m *Memo[T], x mat.Dense[T]) mat.Dense[T] {
	l.made("Forward")
	enter("Activation.Forward", m, 0, &x)
	y := m.Output(x.Rows, x.Cols)
	src := into(y, x)
	if m.Train() && !l.Act.FromOutput() {
		kernels.ActivateGrad(l.Act, y.RawData(), m.Keep(x.Rows, x.Cols).RawData(), src)
	} else {
		kernels.Activate(l.Act, y.RawData(), src)
	}
	return y
}

// Backward implements [Layer].
func (l *Activation[T]) Backward(m *Memo[T], dy mat.Dense[T]) mat.Dense[T] {
	l.made("Backward")
	enterBack("Activation.Backward", m, 0, &dy)
	activateBackward(m, l.Act, &dy)
	return dy
}

// Params implements [Layer]; there are none.
func (l *Activation[T]) Params() []*Param[T] {
	l.made("Params")
	return nil
}

// activateBackward multiplies dy by the derivative of act, in place, from the memo
// that a forward pass of Linear or Activation left.
func activateBackward[T kernels.Float](m *Memo[T], act kernels.Activation, dy *mat.Dense[T]) {
	if act == kernels.ActIdentity {
		return
	}
	d := dy.RawData()
	if m.givesHalf() {
		m.activateBackwardHalf(act, d)
		return
	}
	memo := m.keep
	if act.FromOutput() {
		memo = m.Y.Data
	}
	kernels.ActivateBackward(act, d, d, memo[:len(d)])
}
