package layer

import (
	"math"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/adjacent"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// A finite loss can have gradients that overflow, and one step with them ruins a model for
// good. So Backward stores gradients only, until it knows that all of them are finite. Then, at
// its end, it calls Update and stores the running statistics of BatchNorm.
//
// To know that, Backward need not read the large gradients: no element of x^T dz, and no partial
// sum of one, exceeds the sum of all |x| times the sum of all |dz|. x and dz have rows*(in+out)
// elements, the gradient in*out. For 784-512-256-10 and 128 rows x and dz have 1.1 MB, which the
// products have just had in cache, while a step of Adam moves 15 MB. Backward reads a gradient
// itself if it has no such bound, or fewer elements than x and dz.

// settler is a layer that changes the model at the end of a backward pass.
type settler[T kernels.Float] interface {
	// settle does what the layer put off; finite says whether all gradients are.
	settle(m *Memo[T], finite bool)
}

// pending is a settler with its memo, and its state that would become NaN or infinite, if any.
type pending[T kernels.Float] struct {
	layer settler[T]
	memo  *Memo[T]
	bad   *Param[T]
}

// putOff has l settled at the end of this pass. bad is its state that would become NaN or
// infinite, nil for none.
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

// NonFinite returns a parameter whose gradient got a NaN, an infinity or an element beyond
// Limit in the last Backward, else a state that would have become NaN or infinite, else nil. Of
// several parameters it returns the last in the order of the model, which the backward pass
// reaches first. If it is not nil, Backward did not call Update, put all gradients in
// Param.Grad, and left the running statistics as they were.
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

// bounds sets w.bounded if a bound shows that no element of the gradient x^T dz is beyond the
// limit. Below the highest level x and dz are rounded first: each element must stay finite, and the
// bound gets a margin of 1/64, above (1 + 2^-8)^2 - 1.
func (m *Memo[T]) bounds(w *Param[T], dz *mat.Dense[T]) {
	x := &m.X
	w.bounded = false
	if len(w.Value) < leastBound || x.Rows*(x.Cols+dz.Cols) >= len(w.Value) || !x.Contiguous() {
		return
	}
	sumX, sumDz := m.absSumX(), float64(kernels.AbsSum(dz.RawData()))
	bound := sumX * sumDz
	if m.ws.levelDW != kernels.Highest {
		bound *= 1 + 1.0/64
		if !(max(sumX, sumDz) <= largest[T]()/2) {
			return
		}
	}
	w.bounded = bound <= min(largest[T]()/2, float64(m.ws.limit()))
}

// hold keeps dz until the end of the pass. If dz lies in a buffer of Memo.Gradient, hold takes
// that buffer and puts the one it held in the last pass in its place, so that it copies nothing.
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

// largest returns the largest finite number of T.
func largest[T kernels.Float]() float64 {
	if unsafe.Sizeof(T(0)) == 4 {
		return math.MaxFloat32
	}
	return math.MaxFloat64
}

// within reports whether no element of a gradient is NaN or beyond the limit. A sum of their
// magnitudes within the limit proves it. If the sum is beyond it, the largest magnitude decides.
func (ws *Workspace[T]) within(x []T) bool {
	top := kernels.AbsSum(x)
	if !(top <= ws.limit()) {
		top = kernels.MaxAbs(x)
	}
	return top <= ws.limit()
}

// bothWithin reports whether the gradients of p and q are adjacent and one sum over them proves
// both to be within the limit.
func (ws *Workspace[T]) bothWithin(p, q *Param[T]) bool {
	if p.bounded {
		return false
	}
	both := adjacent.Join(p.Grad, q.Grad)
	return both != nil && kernels.AbsSum(both) <= ws.limit()
}

func isFinite[T kernels.Float](x T) bool { return x-x == 0 }
