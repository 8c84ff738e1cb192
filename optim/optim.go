package optim

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// Optimizer moves parameters along their gradients and remembers what it needs for the
// next step.
type Optimizer[T kernels.Float] interface {
	// Step updates every parameter that has a gradient, with learning rate lr. It takes
	// the gradient times Param.GradScale and sets that back to 0. A parameter that is
	// Stepped it only marks as not stepped any more.
	Step(params []*layer.Param[T], lr float64)

	// Tensors returns the state that belongs to the parameters, shared with the
	// optimizer: a checkpoint saves it, and writes to it to go on from there.
	Tensors(params []*layer.Param[T]) []Tensor[T]

	// Steps returns how many steps have been taken, SetSteps sets it. A number below 0, which
	// only a broken file has, counts as 0.
	Steps() int
	SetSteps(n int)
}

// Checker is an optimizer or a [Plateau] that can say whether its settings are possible, which a
// trainer asks before the first step. All of this package are.
type Checker interface {
	// Check returns an error that names the first setting which cannot work, what it is and
	// what is wanted.
	Check() error
}

// Incremental is an optimizer whose step can begin while the gradients are computed; all
// of this package are, but for [Groups]. Step is Begin and End.
//
//	opt.Begin(params, lr)
//	ws.Update = opt.Update    // once
//	ws.Backward(dy)           // large weights are updated as their gradient comes out
//	opt.End(params)           // the rest
//
// That saves a write and a read of those gradients, and leaves nothing in their Grad: use
// Step where something else reads them, such as clipping by a norm or accumulation.
type Incremental[T kernels.Float] interface {
	Optimizer[T]

	// Begin opens a step with learning rate lr.
	Begin(params []*layer.Param[T], lr float64)

	// Update updates p.Value[lo:lo+len(g)], whose gradient is g. It may run on several
	// goroutines at once, for different elements.
	Update(p *layer.Param[T], lo int, g []T)

	// End updates the parameters that are not Stepped.
	End(params []*layer.Param[T])
}

// Tensor is a part of an optimizer's state.
type Tensor[T kernels.Float] struct {
	Name  string // such as "v.0.weight"
	Value []T
}

// Decay is the weight decay of an optimizer; the zero value is none.
type Decay struct {
	Lambda    float64
	Decoupled bool
}

// lambdaOf returns lambda for one parameter.
func lambdaOf[T kernels.Float](d Decay, p *layer.Param[T]) float64 {
	if p.NoDecay {
		return 0
	}
	return d.Lambda
}
