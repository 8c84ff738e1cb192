package optim

import (
	"math"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// NAdam is Adam with Nesterov's momentum, which warms up: with t from 1 and
// mu(t) = beta1 (1 - 0.96^(t psi) / 2) and M = mu(1) mu(2) ... mu(t)
//
//	m <- beta1 m + (1 - beta1) g
//	v <- beta2 v + (1 - beta2) g^2
//	w <- w - eta ((1 - mu(t)) / (1 - M) g + mu(t+1) / (1 - M mu(t+1)) m) / (sqrt(v / (1 - beta2^t)) + eps)
//
// (Dozat, Incorporating Nesterov Momentum into Adam, 2016.)
type NAdam[T kernels.Float] struct {
	Beta1, Beta2, Eps float64
	MomentumDecay     float64 // psi
	Decay             Decay
	params            kernels.NAdamParams // with the running product of mu
	memory[T]
}

// NewNAdam returns the optimizer with beta1 = 0.9, beta2 = 0.999, eps = 1e-8 and
// psi = 0.004.
func NewNAdam[T kernels.Float]() *NAdam[T] {
	return &NAdam[T]{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, MomentumDecay: 0.004}
}

// Step implements [Optimizer].
func (o *NAdam[T]) Step(params []*layer.Param[T], lr float64) { step(o, params, lr) }

// Begin implements [Incremental].
func (o *NAdam[T]) Begin(params []*layer.Param[T], lr float64) {
	o.begin(params, lr, 0, "m", "v")
	k := &o.params
	k.LR, k.Beta1, k.Beta2, k.Eps, k.MomentumDecay = lr, o.Beta1, o.Beta2, o.Eps, o.MomentumDecay
	k.Decoupled = o.Decay.Decoupled
	advance(k, o.t)
}

// advance goes on to step t, one step at a time but after SetSteps. M only counts as 1 - M,
// which is 1 from 2^-60 down: there it is left as it is. A beta1 that keeps M above that for
// four million steps is close to 1, and 0.96^(t psi) has vanished beside it: the steps that
// are left multiply M by beta1 each.
func advance(k *kernels.NAdamParams, t int) {
	const least, most = 0x1p-60, 1 << 22
	for n := 0; k.Step < t; n++ {
		switch {
		case n == most && k.MuProduct >= least:
			k.MuProduct *= math.Pow(k.Beta1, float64(t-k.Step))
			k.Step = t
		case k.Step > 0 && k.MuProduct < least && k.Step+1 < t:
			k.Step = t
		default:
			k.Advance()
		}
	}
}

// End implements [Incremental].
func (o *NAdam[T]) End(params []*layer.Param[T]) { end(o, o.Decay, params) }

// Update implements [Incremental].
func (o *NAdam[T]) Update(p *layer.Param[T], lo int, g []T) {
	o.update(p, o.stateOf(p, lo, len(g)), lo, g)
}

// update implements updater.
func (o *NAdam[T]) update(p *layer.Param[T], s *vectors[T], lo int, g []T) {
	k := o.params
	k.WeightDecay, k.GradScale = lambdaOf(o.Decay, p), p.Scale()
	w, m, v, _ := s.part(p, lo, len(g))
	kernels.UpdateNAdam(w, g, m, v, k)
}

// SetSteps implements [Optimizer].
func (o *NAdam[T]) SetSteps(n int) {
	o.params.Step = 0 // Advance begins anew
	o.memory.SetSteps(n)
}

// Tensors implements [Optimizer].
func (o *NAdam[T]) Tensors(params []*layer.Param[T]) []Tensor[T] {
	return o.tensors(params, 0, "m", "v")
}
