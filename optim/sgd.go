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
func (o *SGD[T]) Step(params []*layer.Param[T], lr float64) {
	o.t++
	for _, p := range params {
		if p.Grad != nil {
			kernels.UpdateSGD(p.Value, p.Grad, kernels.SGDParams{
				LR: lr, WeightDecay: of(o.Decay, p), Decoupled: o.Decay.Decoupled, GradScale: scaleOf(p)})
		}
	}
}

// Tensors implements [Optimizer]; there are none.
func (o *SGD[T]) Tensors([]*layer.Param[T]) []Tensor[T] { return nil }
