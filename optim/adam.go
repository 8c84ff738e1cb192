package optim

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// Adam keeps running means of the gradient and of its square, both from 0, and
// corrects their bias towards it; t counts the steps from 1:
//
//	m <- beta1 m + (1 - beta1) g
//	v <- beta2 v + (1 - beta2) g^2
//	w <- w - eta (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + eps)
//
// (Kingma and Ba, Adam, ICLR 2015.) With decoupled decay it is AdamW (Loshchilov and
// Hutter, Decoupled Weight Decay Regularization, ICLR 2019). With AMSGrad the largest v
// so far takes the place of v in the last line (Reddi, Kale and Kumar, On the
// Convergence of Adam and Beyond, ICLR 2018).
type Adam[T kernels.Float] struct {
	Beta1, Beta2, Eps float64
	AMSGrad           bool
	Decay             Decay
	memory[T]

	params kernels.AdamParams // of the step at hand
}

// NewAdam returns the optimizer with the paper's constants: 0.9, 0.999 and 1e-8.
func NewAdam[T kernels.Float]() *Adam[T] { return &Adam[T]{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8} }

// NewAdamW returns Adam with decoupled weight decay.
func NewAdamW[T kernels.Float](lambda float64) *Adam[T] {
	o := NewAdam[T]()
	o.Decay = Decay{Lambda: lambda, Decoupled: true}
	return o
}

// NewAMSGrad returns Adam with the largest v so far.
func NewAMSGrad[T kernels.Float]() *Adam[T] {
	o := NewAdam[T]()
	o.AMSGrad = true
	return o
}

// Step implements [Optimizer].
func (o *Adam[T]) Step(params []*layer.Param[T], lr float64) { step(o, params, lr) }

// Begin implements [Incremental].
func (o *Adam[T]) Begin(params []*layer.Param[T], lr float64) {
	o.begin(params, lr, 0, "m", "v", o.top())
	o.params = kernels.AdamParams{LR: lr, Beta1: o.Beta1, Beta2: o.Beta2, Eps: o.Eps, Step: o.t,
		Decoupled: o.Decay.Decoupled}
	o.params.Prepare()
}

// End implements [Incremental].
func (o *Adam[T]) End(params []*layer.Param[T]) { end(o, o.Decay, params) }

// Update implements [Incremental].
func (o *Adam[T]) Update(p *layer.Param[T], lo int, g []T) {
	o.update(p, o.stateOf(p, lo, len(g)), lo, g)
}

// update implements updater.
func (o *Adam[T]) update(p *layer.Param[T], s *vectors[T], lo int, g []T) {
	k := o.params
	k.WeightDecay, k.GradScale = lambdaOf(o.Decay, p), p.Scale()
	w, m, v, top := s.part(p, lo, len(g))
	if o.AMSGrad {
		kernels.UpdateAMSGrad(w, g, m, v, top, k)
	} else {
		kernels.UpdateAdam(w, g, m, v, k)
	}
}

// Tensors implements [Optimizer].
func (o *Adam[T]) Tensors(params []*layer.Param[T]) []Tensor[T] {
	return o.tensors(params, 0, "m", "v", o.top())
}

// top is the name of the largest v, if there is one.
func (o *Adam[T]) top() string {
	if o.AMSGrad {
		return "top"
	}
	return ""
}
