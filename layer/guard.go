package layer

import (
	"github.com/ashlar-go/ashlar/internal/size"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// A layer that no constructor made, such as a nil pointer or a struct without its parameters, must
// not end in a nil dereference somewhere below. Its methods ask here first. The passes of a
// workspace take Linear and Sequential past these checks: NewWorkspace has asked for their
// parameters.

// unmade panics because a layer is nil or lacks a parameter.
//
//go:noinline
func unmade(kind, op, field string) {
	if field == "" {
		fail(kind+"."+op, "l", 0, 0, "the layer is nil: New%s makes one", kind)
	}
	fail(kind+"."+op, field, 0, 0, "%s is nil, or its Shape, Value and Grad do not fit: New%s makes them", field,
		kind)
}

// fits reports whether p is a parameter with so many sizes, whose slices have the elements of its
// shape. One with trained has a gradient, unless it is that of a snapshot.
func (p *Param[T]) fits(sizes int) bool {
	if p == nil || len(p.Shape) != sizes || p.Grad != nil && len(p.Grad) != len(p.Value) {
		return false
	}
	n, ok := size.Product(p.Shape...)
	return ok && n == len(p.Value)
}

// checkParam panics unless p is a parameter.
func checkParam[T kernels.Float](op string, p *Param[T]) {
	if p == nil {
		fail(op, "p", 0, 0, "p is nil, want a parameter")
	}
}

// fansOf returns the fans of p. It panics unless p is a parameter whose Value has the elements of
// its shape.
func fansOf[T kernels.Float](op string, p *Param[T]) (in, out int) {
	checkParam(op, p)
	if n, ok := size.Product(p.Shape...); !ok || n != len(p.Value) {
		fail(op, "p", len(p.Value), n, "len(Value) of %s = %d, which is not what its shape has", p, len(p.Value))
	}
	return p.fans()
}

// alike reports whether p is a vector of n elements.
func (p *Param[T]) alike(n int) bool { return p.fits(1) && len(p.Value) == n }

// checkLayer panics if there is no layer.
func checkLayer[T kernels.Float](op, arg string, l Layer[T]) {
	if l == nil {
		fail(op, arg, 0, 0, "%s is nil, want a layer", arg)
	}
}

// checkEps panics unless eps is a finite number of at least 0: with any other the normalised values
// would be NaN, or be divided by the root of a number below 0.
func checkEps[T kernels.Float](op string, eps T) {
	if !(eps >= 0) || eps-eps != 0 {
		fail(op, "Eps", 0, 0, "Eps = %v, want a finite number of at least 0", eps)
	}
}

// enter panics unless m is the memo that a workspace has for a layer of so many parts, and the
// rows of x lie within its Data.
func enter[T kernels.Float](op string, m *Memo[T], parts int, x *mat.Dense[T]) {
	checkMemo(op, m, parts)
	checkMatrix(op, "x", x)
}

func checkMemo[T kernels.Float](op string, m *Memo[T], parts int) {
	if m == nil || m.ws == nil || len(m.parts) != parts {
		fail(op, "m", 0, parts, "m is not the memo of this layer: a Workspace runs layers")
	}
}

// enterBack panics unless m is the memo that a workspace has for a layer of so many parts, dy has
// the shape of its output and no gaps, and each trained parameter has a gradient.
func enterBack[T kernels.Float](op string, m *Memo[T], parts int, dy *mat.Dense[T], trained ...*Param[T]) {
	checkMemo(op, m, parts)
	checkGradient(op, &m.Y, dy)
	for _, p := range trained {
		if p != nil && len(p.Grad) != len(p.Value) {
			fail(op, "l", len(p.Grad), len(p.Value), "len(Grad) of %s = %d, want %d", p, len(p.Grad),
				len(p.Value))
		}
	}
}

// checkGradient panics unless dy has the shape of the output y and no gaps between rows.
func checkGradient[T kernels.Float](op string, y, dy *mat.Dense[T]) {
	switch {
	case dy.Rows != y.Rows || dy.Cols != y.Cols:
		fail(op, "dy", dy.Cols, y.Cols, "dy is %dx%d, want %dx%d, the shape of the output", dy.Rows, dy.Cols,
			y.Rows, y.Cols)
	case dy.Rows > 1 && dy.Stride != dy.Cols && dy.Cols > 0:
		fail(op, "dy", dy.Stride, dy.Cols, "dy has stride %d, want %d", dy.Stride, dy.Cols)
	}
	checkMatrix(op, "dy", dy)
}
