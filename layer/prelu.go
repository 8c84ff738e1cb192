package layer

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// PReLU is a leaky ReLU whose slope is learnt, one for each feature or one for all:
//
//	y      = x where x >= 0, else slope * x
//	dx     = dy where x > 0, else slope * dy
//	dslope = sum of x * dy where x is not > 0
//
// The memo is x. Weight decay skips the slopes, as the paper advises.
//
// Source: He, Zhang, Ren and Sun, Delving Deep into Rectifiers, ICCV 2015.
type PReLU[T kernels.Float] struct {
	Slope *Param[T] // "weight"
}

// NewPReLU returns a layer with one slope for each feature. If features is 1, the single
// slope serves rows of any length. Slopes start at 0.25.
func NewPReLU[T kernels.Float](features int) *PReLU[T] {
	l := &PReLU[T]{NewParam("weight", Constant[T](0.25), features)}
	l.Slope.NoDecay = true
	return l
}

// made panics unless NewPReLU made l, or something that fits as well.
func (l *PReLU[T]) made(op string) {
	switch {
	case l == nil:
		unmade("PReLU", op, "")
	case !l.Slope.fits(1):
		unmade("PReLU", op, "Slope")
	}
}

// Out implements [Layer].
func (l *PReLU[T]) Out(in int) (int, error) {
	l.made("Out")
	if l.shared() {
		return in, nil
	}
	return sameCols("PReLU", in, len(l.Slope.Value))
}

func (l *PReLU[T]) shared() bool { return len(l.Slope.Value) == 1 }

// slopes returns one slope a column and a buffer for their gradients.
func (l *PReLU[T]) slopes(m *Memo[T], cols int) (slope, grad []T) {
	if !l.shared() {
		return l.Slope.Value, l.Slope.Grad
	}
	k := m.Keep(2, cols)
	k.RowRange(0, 1).Fill(l.Slope.Value[0])
	return k.Row(0), k.Row(1)
}

// Forward implements [Layer].
func (l *PReLU[T]) Forward(m *Memo[T], x mat.Dense[T]) mat.Dense[T] {
	l.made("Forward")
	enter("PReLU.Forward", m, 0, &x)
	if !l.shared() {
		checkCols("PReLU.Forward", "x", x.Cols, len(l.Slope.Value))
	}
	y := m.Output(x.Rows, x.Cols)
	slope, _ := l.slopes(m, x.Cols)
	kernels.PReLU(x.Rows, x.Cols, y.Data, y.Stride, x.Data, max(1, x.Stride), slope)
	return y
}

// Backward implements [Layer].
func (l *PReLU[T]) Backward(m *Memo[T], dy mat.Dense[T]) mat.Dense[T] {
	l.made("Backward")
	enterBack("PReLU.Backward", m, 0, &dy, l.Slope)
	x := m.X
	slope, grad := l.slopes(m, x.Cols)
	kernels.PReLUBackward(x.Rows, x.Cols, dy.Data, dy.Stride, dy.Data, dy.Stride, x.Data, max(1, x.Stride),
		slope, grad)
	if l.shared() {
		l.Slope.Grad[0] = kernels.Sum(grad)
	}
	return dy
}

// Params implements [Layer].
func (l *PReLU[T]) Params() []*Param[T] {
	l.made("Params")
	return []*Param[T]{l.Slope}
}
