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
	slots []slot[T] // the parameters of the step at hand, to spare a search for each
}

// vectors are those of one parameter, in the order of their names.
type vectors[T kernels.Float] [3][]T

// slot is a parameter with its vectors.
type slot[T kernels.Float] struct {
	param *layer.Param[T]
	*vectors[T]
}

// updater is an optimizer of this package.
type updater[T kernels.Float] interface {
	Incremental[T]

	// at returns the vectors of parameter i of the step at hand.
	at(i int, p *layer.Param[T]) *vectors[T]
	// update is Update of a parameter with these vectors.
	update(p *layer.Param[T], s *vectors[T], lo int, g []T)
}

// Steps implements [Optimizer].
func (m *memory[T]) Steps() int { return m.t }

// SetSteps implements [Optimizer].
func (m *memory[T]) SetSteps(n int) { m.t = n }

// begin opens a step of an optimizer with vectors of these names that start with a value.
func (m *memory[T]) begin(params []*layer.Param[T], lr float64, initial T, names ...string) {
	m.t++
	m.lr = lr
	for i, p := range params {
		if i == len(m.slots) {
			m.slots = append(m.slots, slot[T]{})
		}
		s := &m.slots[i]
		if s.param == p && s.vectors != nil && s.has(names) || p.Grad == nil {
			continue
		}
		*s = slot[T]{p, m.of(p, initial, names)}
	}
}

// at implements updater.
func (m *memory[T]) at(i int, p *layer.Param[T]) *vectors[T] {
	if i < len(m.slots) && m.slots[i].param == p {
		return m.slots[i].vectors
	}
	return m.state[p]
}

// has reports whether all vectors are there that have a name.
func (v *vectors[T]) has(names []string) bool {
	for i, name := range names {
		if name != "" && v[i] == nil {
			return false
		}
	}
	return true
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
func (v *vectors[T]) part(p *layer.Param[T], lo, n int) (w, first, second, third []T) {
	return p.Value[lo : lo+n], stretch(v[0], lo, n), stretch(v[1], lo, n), stretch(v[2], lo, n)
}

// stretch returns n elements of v from lo on, none if there is no v.
func stretch[T kernels.Float](v []T, lo, n int) []T {
	if v == nil {
		return nil
	}
	return v[lo : lo+n]
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
func step[T kernels.Float](o updater[T], params []*layer.Param[T], lr float64) {
	o.Begin(params, lr)
	o.End(params)
}

// end is End of an optimizer.
func end[T kernels.Float](o updater[T], params []*layer.Param[T]) {
	for i, p := range params {
		if p.Grad != nil && !p.Stepped {
			o.update(p, o.at(i, p), 0, p.Grad)
		}
		p.GradScale, p.Stepped = 0, false
	}
}
