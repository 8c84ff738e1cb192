package optim

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// Momentum is gradient descent with a velocity v, which begins at 0:
//
//	v <- mu v + g
//	w <- w - eta v
//
// (Polyak, Some methods of speeding up the convergence of iteration methods, 1964,
// in the form that keeps eta out of the velocity, as PyTorch does.) Nesterov's form
// looks one step ahead (Sutskever, Martens, Dahl and Hinton, On the importance of
// initialization and momentum in deep learning, ICML 2013):
//
//	v <- mu v + g
//	w <- w - eta (g + mu v)
type Momentum[T kernels.Float] struct {
	Mu       float64 // such as 0.9
	Nesterov bool
	Decay    Decay
	memory[T]
}

// NewMomentum returns the optimizer with the given mu, 0 <= mu < 1.
func NewMomentum[T kernels.Float](mu float64) *Momentum[T] { return &Momentum[T]{Mu: mu} }

// NewNesterov returns it in Nesterov's form.
func NewNesterov[T kernels.Float](mu float64) *Momentum[T] {
	return &Momentum[T]{Mu: mu, Nesterov: true}
}

// Step implements [Optimizer].
func (o *Momentum[T]) Step(params []*layer.Param[T], lr float64) { step(o, params, lr) }

// Begin implements [Incremental].
func (o *Momentum[T]) Begin(params []*layer.Param[T], lr float64) { o.begin(params, lr, 0, "velocity") }

// End implements [Incremental].
func (o *Momentum[T]) End(params []*layer.Param[T]) { end(o, o.Decay, params) }

// Update implements [Incremental].
func (o *Momentum[T]) Update(p *layer.Param[T], lo int, g []T) {
	o.update(p, o.stateOf(p, lo, len(g)), lo, g)
}

// update implements updater.
func (o *Momentum[T]) update(p *layer.Param[T], s *vectors[T], lo int, g []T) {
	k := kernels.SGDParams{LR: o.lr, Momentum: o.Mu,
		WeightDecay: lambdaOf(o.Decay, p), Decoupled: o.Decay.Decoupled, GradScale: p.Scale()}
	w, v, _, _ := s.part(p, lo, len(g))
	if o.Nesterov {
		kernels.UpdateNesterov(w, g, v, k)
	} else {
		kernels.UpdateMomentum(w, g, v, k)
	}
}

// Tensors implements [Optimizer].
func (o *Momentum[T]) Tensors(params []*layer.Param[T]) []Tensor[T] {
	return o.tensors(params, 0, "velocity")
}
