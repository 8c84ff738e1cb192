package optim

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// Adagrad divides each element's rate by the root of its summed squared gradients, so
// that those which rarely move take long steps; t counts the steps from 1:
//
//	s <- s + g^2
//	w <- w - eta / (1 + (t-1) decay) g / (sqrt(s) + eps)
//
// with s from Initial (Duchi, Hazan and Singer, Adaptive Subgradient Methods, JMLR 2011).
type Adagrad[T kernels.Float] struct {
	Eps, Initial float64
	RateDecay    float64
	Decay        Decay
	memory[T]
}

// NewAdagrad returns the optimizer with eps = 1e-10.
func NewAdagrad[T kernels.Float]() *Adagrad[T] { return &Adagrad[T]{Eps: 1e-10} }

// Step implements [Optimizer].
func (o *Adagrad[T]) Step(params []*layer.Param[T], lr float64) { step(o, params, lr) }

// Begin implements [Incremental].
func (o *Adagrad[T]) Begin(params []*layer.Param[T], lr float64) {
	o.begin(params, lr, T(o.Initial), "sum")
}

// End implements [Incremental].
func (o *Adagrad[T]) End(params []*layer.Param[T]) { end(o, o.Decay, params) }

// Update implements [Incremental].
func (o *Adagrad[T]) Update(p *layer.Param[T], lo int, g []T) {
	o.update(p, o.stateOf(p, lo, len(g)), lo, g)
}

// update implements updater.
func (o *Adagrad[T]) update(p *layer.Param[T], s *vectors[T], lo int, g []T) {
	w, sum, _, _ := s.part(p, lo, len(g))
	kernels.UpdateAdagrad(w, g, sum, kernels.AdagradParams{
		LR: o.lr, LRDecay: o.RateDecay, Eps: o.Eps, Step: o.t,
		WeightDecay: lambdaOf(o.Decay, p), Decoupled: o.Decay.Decoupled, GradScale: p.Scale()})
}

// Tensors implements [Optimizer].
func (o *Adagrad[T]) Tensors(params []*layer.Param[T]) []Tensor[T] {
	return o.tensors(params, T(o.Initial), "sum")
}
