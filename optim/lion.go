package optim

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// Lion takes steps of one length in every element, along the sign of a mean gradient:
//
//	w <- w - eta sign(beta1 m + (1 - beta1) g)
//	m <- beta2 m + (1 - beta2) g
//
// with m from 0 (Chen et al., Symbolic Discovery of Optimization Algorithms, NeurIPS
// 2023). It wants a rate 3 to 10 times smaller than Adam's, and a decay as much larger.
type Lion[T kernels.Float] struct {
	Beta1, Beta2 float64
	Decay        Decay
	memory[T]
}

// NewLion returns the optimizer with the paper's constants, 0.9 and 0.99, and decoupled
// weight decay.
func NewLion[T kernels.Float](lambda float64) *Lion[T] {
	return &Lion[T]{Beta1: 0.9, Beta2: 0.99, Decay: Decay{Lambda: lambda, Decoupled: true}}
}

// Step implements [Optimizer].
func (o *Lion[T]) Step(params []*layer.Param[T], lr float64) { step(o, params, lr) }

// Begin implements [Incremental].
func (o *Lion[T]) Begin(params []*layer.Param[T], lr float64) { o.begin(params, lr, 0, "m") }

// End implements [Incremental].
func (o *Lion[T]) End(params []*layer.Param[T]) { end(o, o.Decay, params) }

// Update implements [Incremental].
func (o *Lion[T]) Update(p *layer.Param[T], lo int, g []T) {
	o.update(p, o.stateOf(p, lo, len(g)), lo, g)
}

// update implements updater.
func (o *Lion[T]) update(p *layer.Param[T], s *vectors[T], lo int, g []T) {
	w, m, _, _ := s.part(p, lo, len(g))
	kernels.UpdateLion(w, g, m, kernels.LionParams{LR: o.lr, Beta1: o.Beta1, Beta2: o.Beta2,
		WeightDecay: lambdaOf(o.Decay, p), Decoupled: o.Decay.Decoupled, GradScale: p.Scale()})
}

// Tensors implements [Optimizer].
func (o *Lion[T]) Tensors(params []*layer.Param[T]) []Tensor[T] { return o.tensors(params, 0, "m") }
