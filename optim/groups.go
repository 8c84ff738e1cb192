package optim

import (
	"fmt"
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// Group is some parameters with the optimizer that moves them.
type Group[T kernels.Float] struct {
	Params    []*layer.Param[T]
	Optimizer Optimizer[T]
	RateScale float64 // factor on the learning rate; 0 counts as 1
}

// Groups is an optimizer made of others, each for parameters of its own, such as a
// head that learns faster than the layers below it. Parameters of the model in no group
// stay as they are. (Biases and scales need no group to escape weight decay: see
// [layer.Param].)
type Groups[T kernels.Float] struct {
	groups []Group[T]
}

// NewGroups returns the optimizer. It panics if a parameter is in two groups.
func NewGroups[T kernels.Float](groups ...Group[T]) *Groups[T] {
	seen := map[*layer.Param[T]]int{}
	for i, g := range groups {
		checkParamsOf("NewGroups", "Params", g.Params)
		for _, p := range g.Params {
			if first, there := seen[p]; there {
				panic(fmt.Errorf("optim.NewGroups: %s is in groups %d and %d", p, first, i))
			}
			seen[p] = i
		}
	}
	return &Groups[T]{groups}
}

// checkOptimizers panics if a group has no optimizer, of which Check makes an error.
func (o *Groups[T]) checkOptimizers(op string) {
	for i, g := range o.groups {
		if g.Optimizer == nil {
			refuse(op, "Optimizer", i, 0, "group %d has no optimizer", i)
		}
	}
}

// All returns the groups, in a slice of the caller's own.
func (o *Groups[T]) All() []Group[T] { return slices.Clone(o.groups) }

// Step implements [Optimizer]. Whatever params is, the parameters of the groups move.
func (o *Groups[T]) Step(params []*layer.Param[T], lr float64) {
	o.checkOptimizers("Groups.Step")
	checkParams("Groups.Step", params)
	for _, g := range o.groups {
		scale := g.RateScale
		if scale == 0 {
			scale = 1
		}
		g.Optimizer.Step(g.Params, lr*scale)
	}
	for _, p := range params {
		p.GradScale = 0
	}
}

// Tensors implements [Optimizer].
func (o *Groups[T]) Tensors([]*layer.Param[T]) []Tensor[T] {
	o.checkOptimizers("Groups.Tensors")
	var list []Tensor[T]
	for _, g := range o.groups {
		list = append(list, g.Optimizer.Tensors(g.Params)...)
	}
	return list
}

// Steps implements [Optimizer].
func (o *Groups[T]) Steps() int {
	o.checkOptimizers("Groups.Steps")
	if len(o.groups) == 0 {
		return 0
	}
	return o.groups[0].Optimizer.Steps()
}

// SetSteps implements [Optimizer]. The count of the first group becomes n; those of the others,
// which may have taken steps before, change by as much.
func (o *Groups[T]) SetSteps(n int) {
	change := max(0, n) - o.Steps()
	for _, g := range o.groups {
		steps := g.Optimizer.Steps()
		if change > math.MaxInt-steps {
			steps = math.MaxInt - change
		}
		g.Optimizer.SetSteps(steps + change)
	}
}
