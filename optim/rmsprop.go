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
func (o *RMSProp[T]) Step(params []*layer.Param[T], lr float64) { step(o, params, lr) }

// Begin implements [Incremental].
func (o *RMSProp[T]) Begin(params []*layer.Param[T], lr float64) {
	mean, velocity := o.names()
	o.begin(params, lr, 0, "v", mean, velocity)
}

// End implements [Incremental].
func (o *RMSProp[T]) End(params []*layer.Param[T]) { end(o, o.Decay, params) }

// Update implements [Incremental].
func (o *RMSProp[T]) Update(p *layer.Param[T], lo int, g []T) {
	o.update(p, o.stateOf(p, lo, len(g)), lo, g)
}

// update implements updater.
func (o *RMSProp[T]) update(p *layer.Param[T], s *vectors[T], lo int, g []T) {
	w, v, mean, velocity := s.part(p, lo, len(g))
	kernels.UpdateRMSProp(w, g, v, mean, velocity, kernels.RMSPropParams{
		LR: o.lr, Alpha: o.Alpha, Eps: o.Eps, Momentum: o.Mu, Centered: o.Centered,
		WeightDecay: lambdaOf(o.Decay, p), Decoupled: o.Decay.Decoupled, GradScale: p.Scale()})
}

// Tensors implements [Optimizer].
func (o *RMSProp[T]) Tensors(params []*layer.Param[T]) []Tensor[T] {
	mean, velocity := o.names()
	return o.tensors(params, 0, "v", mean, velocity)
}

// names are those of the vectors that not every setting has.
func (o *RMSProp[T]) names() (mean, velocity string) {
	if o.Centered {
		mean = "mean"
	}
	if o.Mu != 0 {
		velocity = "velocity"
	}
	return mean, velocity
}
