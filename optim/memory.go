package optim

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/adjacent"
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
func (m *memory[T]) SetSteps(n int) { m.t = min(max(0, n), mostSteps) }

// mostSteps is as far as steps are counted: an update looks one step ahead.
const mostSteps = math.MaxInt - 1

// begin opens a step of an optimizer with vectors of these names that start with a value.
func (m *memory[T]) begin(params []*layer.Param[T], lr float64, initial T, names ...string) {
	checkParams("Incremental.Begin", params)
	m.t = min(m.t, mostSteps-1) + 1
	m.lr = lr
	for i, p := range params {
		if i == len(m.slots) {
			m.slots = append(m.slots, slot[T]{})
		}
		s := &m.slots[i]
		if s.param == p && s.vectors != nil && s.has(names) || p.Grad == nil {
			continue
		}
		*s = slot[T]{p, m.of(params, i, initial, names)}
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

// of returns the vectors of parameter i, from the first on those that have a name. They
// are made, of the given value, when they are first asked for.
func (m *memory[T]) of(params []*layer.Param[T], i int, initial T, names []string) *vectors[T] {
	v := m.entry(params[i])
	for j, name := range names {
		if name != "" && v[j] == nil {
			m.make(params, i, j, initial)
		}
	}
	return v
}

// entry returns the vectors of a parameter, nil as yet if they are new.
func (m *memory[T]) entry(p *layer.Param[T]) *vectors[T] {
	v := m.state[p]
	if v == nil {
		if m.state == nil {
			m.state = map[*layer.Param[T]]*vectors[T]{}
		}
		v = new(vectors[T])
		m.state[p] = v
	}
	return v
}

// make makes vector j of parameter i, and behind it that of the next parameter if this one
// lies behind parameter i itself, so that one call can update them both.
func (m *memory[T]) make(params []*layer.Param[T], i, j int, initial T) {
	n := len(params[i].Value)
	total, next := n, (*vectors[T])(nil)
	if i+1 < len(params) && neighbours(params[i], params[i+1]) {
		if next = m.entry(params[i+1]); next[j] == nil {
			total += len(params[i+1].Value)
		}
	}
	all := make([]T, total)
	for k := range all {
		all[k] = initial
	}
	m.state[params[i]][j] = all[:n]
	if total > n {
		next[j] = all[n:]
	}
}

// neighbours reports whether q lies behind p in memory.
func neighbours[T kernels.Float](p, q *layer.Param[T]) bool {
	return adjacent.Join(p.Value, q.Value) != nil && adjacent.Join(p.Grad, q.Grad) != nil
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
	checkParams("Optimizer.Tensors", params)
	var list []Tensor[T]
	for i, p := range params {
		if p.Grad == nil {
			continue
		}
		v := m.of(params, i, initial, names)
		for j, name := range names {
			if name != "" {
				list = append(list, Tensor[T]{name + "." + p.Name, v[j]})
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

// end is End of an optimizer with this decay. What lies next to each other in memory is
// updated in one call, which small parameters are quicker done with than begun.
func end[T kernels.Float](o updater[T], d Decay, params []*layer.Param[T]) {
	checkBegun(o, params)
	for i := 0; i < len(params); i++ {
		p := params[i]
		if p.Grad != nil && !p.Stepped {
			s, g := o.at(i, p), p.Grad
			if i+1 < len(params) {
				q := params[i+1]
				if neighbours(p, q) && alike(d, p, q) && s.before(o.at(i+1, q)) {
					g = g[:len(p.Grad)+len(q.Grad)]
					q.GradScale = 0
					i++
				}
			}
			o.update(p, s, 0, g)
		}
		p.GradScale, p.Stepped = 0, false
	}
}

// alike reports whether the step of q has the constants of that of p.
func alike[T kernels.Float](d Decay, p, q *layer.Param[T]) bool {
	return !q.Stepped && p.GradScale == q.GradScale && (p.NoDecay == q.NoDecay || d.Lambda == 0)
}

// before reports whether the vectors of w lie behind those of v in memory.
func (v *vectors[T]) before(w *vectors[T]) bool {
	for i := range v {
		if (v[i] != nil || w[i] != nil) && adjacent.Join(v[i], w[i]) == nil {
			return false
		}
	}
	return true
}
