package optim

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// Adadelta gives a step the size of the steps before it, so that it needs no rate of
// its own (eta = 1 in the paper):
//
//	v <- rho v + (1 - rho) g^2
//	q = sqrt((u + eps) / (v + eps)) g
//	u <- rho u + (1 - rho) q^2
//	w <- w - eta q
//
// with u and v from 0 (Zeiler, ADADELTA: An Adaptive Learning Rate Method, 2012).
type Adadelta[T kernels.Float] struct {
	Rho, Eps float64
	Decay    Decay
	memory[T]
}

// NewAdadelta returns the optimizer with rho = 0.9 and eps = 1e-6.
func NewAdadelta[T kernels.Float]() *Adadelta[T] { return &Adadelta[T]{Rho: 0.9, Eps: 1e-6} }

// Step implements [Optimizer].
func (o *Adadelta[T]) Step(params []*layer.Param[T], lr float64) { step(o, params, lr) }

// Begin implements [Incremental].
func (o *Adadelta[T]) Begin(params []*layer.Param[T], lr float64) { o.begin(params, lr, 0, "v", "u") }

// End implements [Incremental].
func (o *Adadelta[T]) End(params []*layer.Param[T]) { end(o, o.Decay, params) }

// Update implements [Incremental].
func (o *Adadelta[T]) Update(p *layer.Param[T], lo int, g []T) {
	o.update(p, o.stateOf(p, lo, len(g)), lo, g)
}

// update implements updater.
func (o *Adadelta[T]) update(p *layer.Param[T], s *vectors[T], lo int, g []T) {
	w, v, u, _ := s.part(p, lo, len(g))
	kernels.UpdateAdadelta(w, g, v, u, kernels.AdadeltaParams{LR: o.lr, Rho: o.Rho, Eps: o.Eps,
		WeightDecay: lambdaOf(o.Decay, p), Decoupled: o.Decay.Decoupled, GradScale: p.Scale()})
}

// Tensors implements [Optimizer].
func (o *Adadelta[T]) Tensors(params []*layer.Param[T]) []Tensor[T] {
	return o.tensors(params, 0, "v", "u")
}
