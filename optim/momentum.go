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
func (o *Momentum[T]) Step(params []*layer.Param[T], lr float64) {
	o.t++
	for _, p := range params {
		if p.Grad == nil {
			continue
		}
		k := kernels.SGDParams{LR: lr, Momentum: o.Mu, WeightDecay: of(o.Decay, p),
			Decoupled: o.Decay.Decoupled, GradScale: scaleOf(p)}
		if o.Nesterov {
			kernels.UpdateNesterov(p.Value, p.Grad, o.of(p, "velocity"), k)
		} else {
			kernels.UpdateMomentum(p.Value, p.Grad, o.of(p, "velocity"), k)
		}
	}
}

// Tensors implements [Optimizer].
func (o *Momentum[T]) Tensors(params []*layer.Param[T]) []Tensor[T] {
	return o.tensors(params, "velocity")
}
