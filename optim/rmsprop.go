package optim

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// RMSProp divides the gradient by the root of a running mean of its square:
//
//	v <- alpha v + (1 - alpha) g^2
//	q = g / (sqrt(v) + eps)
//	w <- w - eta q
//
// Centered subtracts the squared running mean of g from v under the root. With
// momentum, u <- mu u + q takes the place of q in the last line (Hinton, Neural Networks
// for Machine Learning, lecture 6e, 2012; Graves, Generating Sequences With Recurrent
// Neural Networks, 2013).
type RMSProp[T kernels.Float] struct {
	Alpha, Eps float64
	Mu         float64 // momentum, 0 for none
	Centered   bool
	Decay      Decay
	memory[T]
}

// NewRMSProp returns the optimizer with alpha = 0.99 and eps = 1e-8.
func NewRMSProp[T kernels.Float]() *RMSProp[T] { return &RMSProp[T]{Alpha: 0.99, Eps: 1e-8} }

// Step implements [Optimizer].
func (o *RMSProp[T]) Step(params []*layer.Param[T], lr float64) {
	o.t++
	for _, p := range params {
		if p.Grad == nil {
			continue
		}
		var mean, velocity []T
		if o.Centered {
			mean = o.of(p, "mean")
		}
		if o.Mu != 0 {
			velocity = o.of(p, "velocity")
		}
		kernels.UpdateRMSProp(p.Value, p.Grad, o.of(p, "v"), mean, velocity, kernels.RMSPropParams{
			LR: lr, Alpha: o.Alpha, Eps: o.Eps, Momentum: o.Mu, Centered: o.Centered,
			WeightDecay: of(o.Decay, p), Decoupled: o.Decay.Decoupled, GradScale: scaleOf(p)})
	}
}

// Tensors implements [Optimizer].
func (o *RMSProp[T]) Tensors(params []*layer.Param[T]) []Tensor[T] {
	names := []string{"v"}
	if o.Centered {
		names = append(names, "mean")
	}
	if o.Mu != 0 {
		names = append(names, "velocity")
	}
	return o.tensors(params, names...)
}
