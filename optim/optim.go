package optim

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// Optimizer moves parameters along their gradients and remembers what it needs for the
// next step.
type Optimizer[T kernels.Float] interface {
	// Step updates every parameter that has a gradient, with learning rate lr. It takes
	// the gradient times Param.GradScale and sets that back to 0.
	Step(params []*layer.Param[T], lr float64)

	// Tensors returns the state that belongs to the parameters, shared with the
	// optimizer: a checkpoint saves it, and writes to it to go on from there.
	Tensors(params []*layer.Param[T]) []Tensor[T]

	// Steps returns how many steps have been taken, SetSteps sets it.
	Steps() int
	SetSteps(n int)
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

// of returns lambda for one parameter.
func of[T kernels.Float](d Decay, p *layer.Param[T]) float64 {
	if p.NoDecay {
		return 0
	}
	return d.Lambda
}

// scaleOf returns the factor on the gradient and sets it back.
func scaleOf[T kernels.Float](p *layer.Param[T]) float64 {
	s := float64(p.GradScale)
	p.GradScale = 0
	return s
}

// memory is what an optimizer keeps from step to step: a count, and vectors as long as
// a parameter.
type memory[T kernels.Float] struct {
	t       int
	vectors map[slot[T]][]T
}

// slot names one vector of one parameter.
type slot[T kernels.Float] struct {
	p    *layer.Param[T]
	name string
}

// Steps implements [Optimizer].
func (m *memory[T]) Steps() int { return m.t }

// SetSteps implements [Optimizer].
func (m *memory[T]) SetSteps(n int) { m.t = n }

// of returns a vector, made of zeros when it is first asked for.
func (m *memory[T]) of(p *layer.Param[T], name string) []T {
	if m.vectors == nil {
		m.vectors = map[slot[T]][]T{}
	}
	key := slot[T]{p, name}
	v := m.vectors[key]
	if v == nil {
		v = make([]T, len(p.Value))
		m.vectors[key] = v
	}
	return v
}

// tensors lists the named vectors of all parameters that are trained.
func (m *memory[T]) tensors(params []*layer.Param[T], names ...string) []Tensor[T] {
	var list []Tensor[T]
	for _, p := range params {
		for _, name := range names {
			if p.Grad != nil {
				list = append(list, Tensor[T]{name + "." + p.Name, m.of(p, name)})
			}
		}
	}
	return list
}
