package layer

import (
	"math"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/adjacent"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// A finite loss may have gradients that overflow, and one such step ruins a model for good.
// So what a backward pass changes in the model beside gradients (Update's weights, the
// running statistics of BatchNorm) it changes at its end, when every gradient is known to
// be finite.
//
// To know that costs less than a pass over the gradients: no element of x^T dz, nor any
// part of its sum, is larger than the sum of all |x| times that of all |dz|, and x and dz
// are rows (in + out) elements where the gradient is in x out. For 784-512-256-10 and 128 rows that is 1.1 MB, which
// the products have just had in cache; the step of Adam moves 15 MB. Gradients without such a
// bound, and those of fewer elements than x and dz have, are read themselves.

// settler is a layer that changes the model at the end of a backward pass.
type settler[T kernels.Float] interface {
	// settle does what the layer put off; finite says whether all gradients are.
	settle(m *Memo[T], finite bool)
}

// pending is a settler with its memo, and state of it that would not be finite, if any.
type pending[T kernels.Float] struct {
	layer settler[T]
	memo  *Memo[T]
	bad   *Param[T]
}

// putOff has l settled at the end of this pass. bad is state that would get NaN or an
// infinity from it, nil for none.
func (m *Memo[T]) putOff(l settler[T], bad *Param[T]) {
	m.ws.pending = append(m.ws.pending, pending[T]{l, m, bad})
}

// limit is the largest magnitude that an element of a gradient may have.
func (ws *Workspace[T]) limit() T {
	if ws.Limit > 0 {
		return min(ws.Limit, T(largest[T]()))
	}
	return T(largest[T]())
}

// settle ends a backward pass.
func (ws *Workspace[T]) settle() {
	ws.bad = ws.findNonFinite()
	for _, p := range ws.pending {
		p.layer.settle(p.memo, ws.bad == nil)
	}
	ws.pending = ws.pending[:0]
}

// NonFinite returns the parameter, the last one in the order of the model and so the first
// one in that of the backward pass, to whose gradient the last Backward gave a NaN, an
// infinity or an element beyond Limit, or a state that would have got NaN or an infinity; nil
// if there is none. In that pass Update was not called, all gradients are in Param.Grad, and
// running statistics stayed as they were.
func (ws *Workspace[T]) NonFinite() *Param[T] { return ws.bad }

func (ws *Workspace[T]) findNonFinite() *Param[T] {
	for i := len(ws.params) - 1; i >= 0; i-- {
		p := ws.params[i]
		switch {
		case p.bounded:
		case i > 0 && ws.bothWithin(ws.params[i-1], p):
			i--
		case !ws.within(p.Grad):
			return p
		}
	}
	for _, p := range ws.pending {
		if p.bad != nil {
			return p.bad
		}
	}
	return nil
}

// leastBound is the number of elements of a gradient below which reading it takes less time
// than two calls for x and dz.
const leastBound = 1 << 10

// bounds notes in w whether its gradient x^T dz is known to be finite without a look at it.
func (m *Memo[T]) bounds(w *Param[T], dz *mat.Dense[T]) {
	x := &m.X
	w.bounded = false
	if len(w.Value) < leastBound || x.Rows*(x.Cols+dz.Cols) >= len(w.Value) || !x.Contiguous() {
		return
	}
	bound := float64(kernels.AbsSum(x.RawData())) * float64(kernels.AbsSum(dz.RawData()))
	w.bounded = bound <= min(largest[T]()/2, float64(m.ws.limit()))
}

// hold keeps dz for the end of the pass. A buffer of Gradient is taken out of their turns,
// and the one of the last pass put into its place, so that nothing is copied.
func (m *Memo[T]) hold(dz mat.Dense[T]) {
	data := dz.RawData()
	for i, g := range m.ws.grads {
		if len(g) > 0 && len(data) > 0 && &g[0] == &data[0] {
			m.ws.grads[i], m.held = m.held, g
			return
		}
	}
	reuse(&m.held, dz.Rows, dz.Cols).Copy(dz)
}

// largest is the largest finite number.
func largest[T kernels.Float]() float64 {
	if unsafe.Sizeof(T(0)) == 4 {
		return math.MaxFloat32
	}
	return math.MaxFloat64
}

// within reports whether no element of a gradient is NaN or beyond the limit, for which a sum
// of their magnitudes within it is proof enough; that of small ones may be beyond it.
func (ws *Workspace[T]) within(x []T) bool {
	top := kernels.AbsSum(x)
	if !(top <= ws.limit()) {
		top = kernels.MaxAbs(x)
	}
	return top <= ws.limit()
}

// bothWithin reports whether one look at the gradients of p and of q behind it shows that
// both are within the limit.
func (ws *Workspace[T]) bothWithin(p, q *Param[T]) bool {
	if p.bounded {
		return false
	}
	both := adjacent.Join(p.Grad, q.Grad)
	return both != nil && kernels.AbsSum(both) <= ws.limit()
}

func isFinite[T kernels.Float](x T) bool { return x-x == 0 }
