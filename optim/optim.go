package optim

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// Optimizer moves parameters along their gradients.
type Optimizer[T kernels.Float] interface {
	// Step updates every parameter that has a gradient, with learning rate lr.
	Step(params []*layer.Param[T], lr float64)
}

// Decay is the weight decay of an optimizer; the zero value is none.
type Decay struct {
	Lambda    float64
	Decoupled bool
}

// of returns lambda for one parameter.
func of[T kernels.Float](d Decay, p *layer.Param[T]) T {
	if p.NoDecay {
		return 0
	}
	return T(d.Lambda)
}

// state holds a vector of the parameter's length for each parameter, made of zeros
// when it is first asked for.
type state[T kernels.Float] map[*layer.Param[T]][]T

func (s *state[T]) of(p *layer.Param[T]) []T {
	if *s == nil {
		*s = state[T]{}
	}
	v := (*s)[p]
	if v == nil {
		v = make([]T, len(p.Value))
		(*s)[p] = v
	}
	return v
}
