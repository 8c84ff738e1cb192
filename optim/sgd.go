package optim

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// SGD is gradient descent:
//
//	w <- w - eta g
//
// On the gradient of the whole data set it is batch gradient descent, of one sample
// stochastic, of a few mini-batch gradient descent (Robbins and Monro, A Stochastic
// Approximation Method, 1951). The zero value is ready.
type SGD[T kernels.Float] struct {
	Decay Decay
	memory[T]
}

// Step implements [Optimizer].
func (o *SGD[T]) Step(params []*layer.Param[T], lr float64) { step(o, params, lr) }

// Begin implements [Incremental].
func (o *SGD[T]) Begin(params []*layer.Param[T], lr float64) { o.begin(params, lr, 0) }

// End implements [Incremental].
func (o *SGD[T]) End(params []*layer.Param[T]) { end(o, o.Decay, params) }

// Update implements [Incremental].
func (o *SGD[T]) Update(p *layer.Param[T], lo int, g []T) {
	o.update(p, o.stateOf(p, lo, len(g)), lo, g)
}

// update implements updater.
func (o *SGD[T]) update(p *layer.Param[T], s *vectors[T], lo int, g []T) {
	w, _, _, _ := s.part(p, lo, len(g))
	kernels.UpdateSGD(w, g, kernels.SGDParams{LR: o.lr,
		WeightDecay: lambdaOf(o.Decay, p), Decoupled: o.Decay.Decoupled, GradScale: p.Scale()})
}

// Tensors implements [Optimizer]; there are none.
func (o *SGD[T]) Tensors([]*layer.Param[T]) []Tensor[T] { return nil }
