package optim

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// memory is what an optimizer keeps from step to step: a count, and vectors as long as a
// parameter.
type memory[T kernels.Float] struct {
	t     int
	lr    float64 // of the step at hand
	state map[*layer.Param[T]]*vectors[T]
}

// vectors are those of one parameter, in the order of their names.
type vectors[T kernels.Float] [3][]T

// Steps implements [Optimizer].
func (m *memory[T]) Steps() int { return m.t }

// SetSteps implements [Optimizer].
func (m *memory[T]) SetSteps(n int) { m.t = n }

// begin opens a step of an optimizer with vectors of these names that start with a value.
func (m *memory[T]) begin(params []*layer.Param[T], lr float64, initial T, names ...string) {
	m.t++
	m.lr = lr
	for _, p := range params {
		if p.Grad != nil {
			m.of(p, initial, names)
		}
	}
}

// of returns the vectors of a parameter, from the first on those that have a name. They
// are made, of the given value, when they are first asked for.
func (m *memory[T]) of(p *layer.Param[T], initial T, names []string) *vectors[T] {
	v := m.state[p]
	if v == nil {
		if m.state == nil {
			m.state = map[*layer.Param[T]]*vectors[T]{}
		}
		v = new(vectors[T])
		m.state[p] = v
	}
	for i, name := range names {
		if name != "" && v[i] == nil {
			v[i] = make([]T, len(p.Value))
			for j := range v[i] {
				v[i][j] = initial
			}
		}
	}
	return v
}

// part returns n elements from lo on of the value and the vectors of a parameter.
func (m *memory[T]) part(p *layer.Param[T], lo, n int) (w, first, second, third []T) {
	v := *m.state[p]
	for i := range v {
		if v[i] != nil {
			v[i] = v[i][lo : lo+n]
		}
	}
	return p.Value[lo : lo+n], v[0], v[1], v[2]
}

// tensors lists the vectors of all parameters that are trained.
func (m *memory[T]) tensors(params []*layer.Param[T], initial T, names ...string) []Tensor[T] {
	var list []Tensor[T]
	for _, p := range params {
		if p.Grad == nil {
			continue
		}
		v := m.of(p, initial, names)
		for i, name := range names {
			if name != "" {
				list = append(list, Tensor[T]{name + "." + p.Name, v[i]})
			}
		}
	}
	return list
}

// step is Begin and End of an optimizer.
func step[T kernels.Float](o Incremental[T], params []*layer.Param[T], lr float64) {
	o.Begin(params, lr)
	o.End(params)
}

// end is End of an optimizer.
func end[T kernels.Float](o Incremental[T], params []*layer.Param[T]) {
	for _, p := range params {
		if p.Grad != nil && !p.Stepped {
			o.Update(p, 0, p.Grad)
		}
		p.GradScale, p.Stepped = 0, false
	}
}
