package layer

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// Residual adds its input to the output of a layer f, so that gradients also reach the
// layers below past f and its derivative:
//
//	y  = f(x) + s(x)
//	dx = f'(x) dy + s'(x) dy
//
// The skip s is the identity, or a projection such as a [Linear] without bias where f
// changes the number of columns. The memo is the memos of the parts and a copy of dy.
//
// Source: He, Zhang, Ren and Sun, Deep Residual Learning for Image Recognition, CVPR 2016.
type Residual[T kernels.Float] struct {
	parts  []Layer[T] // f, and the projection if there is one
	params []*Param[T]
}

// NewResidual returns f with a skip; projection may be nil for the identity. It puts
// "body." and "skip." before the names of the parameters.
func NewResidual[T kernels.Float](f, projection Layer[T]) *Residual[T] {
	checkLayer("NewResidual", "f", f)
	l := &Residual[T]{parts: []Layer[T]{f}}
	if projection != nil {
		l.parts = append(l.parts, projection)
	}
	for _, part := range l.parts { // before any name changes
		for _, p := range part.Params() {
			if p == nil {
				fail("NewResidual", "f", 0, 0, "a parameter of %T is nil", part)
			}
		}
	}
	for i, part := range l.parts {
		for _, p := range part.Params() {
			p.Name = [...]string{"body.", "skip."}[i] + p.Name
			l.params = append(l.params, p)
		}
	}
	return l
}

// Parts implements [Container].
func (l *Residual[T]) Parts() []Layer[T] {
	l.made("Parts")
	return l.parts
}

// made panics unless NewResidual made l.
func (l *Residual[T]) made(op string) {
	if l == nil || len(l.parts) == 0 {
		fail("Residual."+op, "l", 0, 0, "the layer is nil or has no body: NewResidual makes one")
	}
}

// Out implements [Layer].
func (l *Residual[T]) Out(in int) (int, error) {
	l.made("Out")
	out, err := l.parts[0].Out(in)
	if err != nil {
		return 0, fmt.Errorf("body: %w", err)
	}
	skip := in
	if len(l.parts) > 1 {
		if skip, err = l.parts[1].Out(in); err != nil {
			return 0, fmt.Errorf("skip: %w", err)
		}
	}
	if skip != out {
		return 0, fmt.Errorf("layer: Residual: the body has %d columns and the skip %d, want as many",
			out, skip)
	}
	return out, nil
}

// Forward implements [Layer].
func (l *Residual[T]) Forward(m *Memo[T], x mat.Dense[T]) mat.Dense[T] {
	l.made("Forward")
	enter("Residual.Forward", m, len(l.parts), &x)
	f, skip := m.Part(0).Forward(x), x
	if len(l.parts) > 1 {
		skip = m.Part(1).Forward(x)
	}
	y := m.Output(f.Rows, f.Cols)
	y.Copy(skip)
	kernels.Axpy(y.RawData(), 1, f.RawData())
	return y
}

// Backward implements [Layer].
func (l *Residual[T]) Backward(m *Memo[T], dy mat.Dense[T]) mat.Dense[T] {
	l.made("Backward")
	enterBack("Residual.Backward", m, len(l.parts), &dy)
	in, rows := m.X.Cols, dy.Rows
	keep := m.Keep(rows, dy.Cols+in).RawData()
	body, skip := dy, mat.Of(rows, dy.Cols, keep[:rows*dy.Cols])
	skip.Copy(dy) // a part may overwrite its dy
	for i := range l.parts {
		m.Part(i).NeedDX = m.NeedDX
	}
	if len(l.parts) > 1 {
		// The projection may overwrite dy, so the body gets the copy. The body may overwrite
		// the dx of the projection, which lies in a buffer of Memo.Gradient: that is copied too.
		body = skip
		dx := m.Part(1).Backward(dy)
		if m.NeedDX {
			skip = mat.Of(rows, in, keep[rows*dy.Cols:][:rows*in])
			skip.Copy(dx)
		}
	}
	dx := m.Part(0).Backward(body)
	if m.NeedDX {
		kernels.Axpy(dx.RawData(), 1, skip.RawData())
	}
	return dx
}

// Params implements [Layer].
func (l *Residual[T]) Params() []*Param[T] {
	l.made("Params")
	return l.params
}
