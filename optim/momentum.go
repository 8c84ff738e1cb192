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
// in the form that keeps eta out of the velocity, as PyTorch does.)
type Momentum[T kernels.Float] struct {
	Mu    float64 // such as 0.9
	Decay Decay
	v     state[T]
}

// NewMomentum returns the optimizer with the given mu, 0 <= mu < 1.
func NewMomentum[T kernels.Float](mu float64) *Momentum[T] { return &Momentum[T]{Mu: mu} }

// Step implements [Optimizer].
func (o *Momentum[T]) Step(params []*layer.Param[T], lr float64) {
	for _, p := range params {
		if p.Grad != nil {
			kernels.UpdateMomentum(p.Value, p.Grad, o.v.of(p), kernels.SGDParams[T]{
				LR: T(lr), Momentum: T(o.Mu), WeightDecay: of(o.Decay, p), Decoupled: o.Decay.Decoupled})
		}
	}
}
