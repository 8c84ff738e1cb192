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
func (o *Adagrad[T]) Step(params []*layer.Param[T], lr float64) {
	o.t++
	for _, p := range params {
		if p.Grad != nil {
			kernels.UpdateAdagrad(p.Value, p.Grad, o.sum(p), kernels.AdagradParams{
				LR: lr, LRDecay: o.RateDecay, Eps: o.Eps,
				WeightDecay: of(o.Decay, p), Decoupled: o.Decay.Decoupled, GradScale: scaleOf(p), Step: o.t})
		}
	}
}

// sum returns s, from its initial value on.
func (o *Adagrad[T]) sum(p *layer.Param[T]) []T {
	_, there := o.vectors[slot[T]{p, "sum"}]
	s := o.of(p, "sum")
	if !there && o.Initial != 0 {
		for i := range s {
			s[i] = T(o.Initial)
		}
	}
	return s
}

// Tensors implements [Optimizer].
func (o *Adagrad[T]) Tensors(params []*layer.Param[T]) []Tensor[T] {
	for _, p := range params {
		if p.Grad != nil {
			o.sum(p)
		}
	}
	return o.tensors(params, "sum")
}
