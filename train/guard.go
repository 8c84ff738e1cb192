package train

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// Gradients that are finite may still be followed by a step that is not: a large rate or a
// small eps takes the weights to infinity. To look at all weights and all state after each
// step would cost a third of the step, and to undo it a copy of them. So a guard looks once
// in many steps: from the magnitudes that it finds, the optimizer's bounds say how many steps
// with gradients up to a limit cannot reach infinity. Where that is none, or a gradient is
// beyond the limit, the step is careful: it is taken with a copy of all that it changes,
// looked at, and undone if need be.

// guard keeps what a step changes finite.
type guard[T kernels.Float] struct {
	params    []*layer.Param[T]
	optimizer optim.Optimizer[T]
	bounder   optim.Bounder[T] // the optimizer, if it is one

	state, averages []optim.Tensor[T] // for measuring
	untrained       []*layer.Param[T] // of params: the statistics

	start   optim.Bounds // from where, at up to this rate, so many steps are sure
	rate    float64
	horizon int
	left    int // of these steps

	statistics [][]T // of the model, before the backward pass
	saved      [][]T // everything else, before the step
	taken      int   // steps of the optimizer, likewise
}

func newGuard[T kernels.Float](
	params []*layer.Param[T], o optim.Optimizer[T], average *optim.Average[T]) guard[T] {
	g := guard[T]{params: params, optimizer: o}
	for _, p := range params {
		if p.Grad == nil {
			g.untrained = append(g.untrained, p)
		}
	}
	if b, ok := o.(optim.Bounder[T]); ok {
		g.bounder, g.state = b, o.Tensors(params)
	}
	if average != nil {
		g.averages = average.Tensors()
	}
	for _, t := range g.state {
		if g.start.Of(t.Name) == nil {
			g.bounder = nil // it has state of another optimizer around it
		}
	}
	return g
}

// gradientLimit is the largest magnitude of gradients for which a step can be sure, far above
// what training meets. Its square is far from the largest number.
func gradientLimit[T kernels.Float]() T {
	if unsafe.Sizeof(T(0)) == 4 {
		return T(math.Ldexp(1, 60))
	}
	return T(math.Ldexp(1, 500))
}

// safe is a quarter of the largest number, from where no rounding leads to infinity.
func safe[T kernels.Float]() float64 {
	if unsafe.Sizeof(T(0)) == 4 {
		return math.MaxFloat32 / 4
	}
	return math.MaxFloat64 / 4
}

// sure reports whether a step with learning rate lr and gradients up to gradientLimit leaves
// everything finite. Whoever asks takes the step, or none, which changes nothing.
func (g *guard[T]) sure(lr float64) bool {
	if g.left > 0 && lr <= g.rate {
		g.left--
		return true
	}
	return g.bounder != nil && g.look(lr)
}

// look measures, and says how many steps are sure from there: as many as from the start of
// which that was last worked out, if nothing is larger now than it was there.
func (g *guard[T]) look(lr float64) bool {
	now := g.measure()
	if !(lr <= g.rate && below(now, g.start)) {
		limit := float64(gradientLimit[T]())
		g.rate, g.start = 2*lr, optim.Bounds{Weight: 4*now.Weight + 0x1p20, Mean: 4*now.Mean + limit,
			Square: 4*now.Square + limit*limit, Velocity: 4*now.Velocity + limit, Move: 4*now.Move + 1}
		g.horizon = g.steps()
	}
	if g.horizon == 0 {
		g.rate, g.start = lr, now
		g.horizon = g.steps()
	}
	g.left = g.horizon - 1
	return g.horizon > 0
}

// steps counts the steps that are sure from the start at the rate, up to farthest.
func (g *guard[T]) steps() int {
	const farthest = 256 // a look each so many steps costs a thousandth of them
	b := g.start
	for n := range farthest {
		if b = g.bounder.Bound(b, g.rate, float64(gradientLimit[T]())); !b.Within(safe[T]()) {
			return n
		}
	}
	return farthest
}

// below reports whether no bound of a is larger than that of b.
func below(a, b optim.Bounds) bool {
	return a.Weight <= b.Weight && a.Mean <= b.Mean && a.Square <= b.Square &&
		a.Velocity <= b.Velocity && a.Move <= b.Move
}

// measure returns the bounds as they are.
func (g *guard[T]) measure() (b optim.Bounds) {
	for _, p := range g.params {
		if p.Grad != nil {
			b.Weight = max(b.Weight, float64(kernels.MaxAbs(p.Value)))
		}
	}
	for _, s := range g.state {
		of := b.Of(s.Name)
		*of = max(*of, float64(kernels.MaxAbs(s.Value)))
	}
	for _, a := range g.averages {
		b.Weight = max(b.Weight, float64(kernels.MaxAbs(a.Value)))
	}
	return b
}

// keepStatistics notes the state of the model that a backward pass is about to change.
func (g *guard[T]) keepStatistics() {
	for i, p := range g.untrained {
		g.statistics = keep(g.statistics, i, p.Value)
	}
}

// restoreStatistics undoes what has happened to it since.
func (g *guard[T]) restoreStatistics() {
	for i, p := range g.untrained {
		copy(p.Value, g.statistics[i])
	}
}

// changed lists what a step changes, by name.
func (g *guard[T]) changed() []optim.Tensor[T] {
	var list []optim.Tensor[T]
	for _, p := range g.params {
		if p.Grad != nil {
			list = append(list, optim.Tensor[T]{Name: "parameter " + p.Name, Value: p.Value})
		}
	}
	for _, t := range g.optimizer.Tensors(g.params) {
		list = append(list, optim.Tensor[T]{Name: "the optimizer's " + t.Name, Value: t.Value})
	}
	return append(list, g.averages...)
}

// save begins a careful step.
func (g *guard[T]) save() {
	for i, t := range g.changed() {
		g.saved = keep(g.saved, i, t.Value)
	}
	g.taken = g.optimizer.Steps()
}

// settle ends a careful step: it says what is no number after it, having undone it, or
// nothing.
func (g *guard[T]) settle() string {
	g.left = 0
	list := g.changed()
	for _, t := range list {
		if finite(float64(kernels.MaxAbs(t.Value))) {
			continue
		}
		v, i := nonFiniteAt(t.Value)
		what := fmt.Sprintf("%s would have %v at %d", t.Name, v, i)
		for i, t := range list {
			copy(t.Value, g.saved[i])
		}
		g.optimizer.SetSteps(g.taken)
		g.restoreStatistics()
		return what
	}
	return ""
}

// keep puts a copy of v at place i of the list, which has at least i vectors.
func keep[T kernels.Float](list [][]T, i int, v []T) [][]T {
	if i == len(list) {
		list = append(list, nil)
	}
	list[i] = append(list[i][:0], v...)
	return list
}

// shrunk reports whether clipping has left no factor that makes a gradient larger.
func shrunk[T kernels.Float](params []*layer.Param[T]) bool {
	for _, p := range params {
		if !(math.Abs(p.Scale()) <= 1) {
			return false
		}
	}
	return true
}
