package optim_test

import (
	"math"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// TestGroupsCountTheirSteps: to undo a step takes one from the count of each group's optimizer,
// one that has taken steps of its own before too.
func TestGroupsCountTheirSteps(t *testing.T) {
	p, q := layer.NewParam("p", layer.Zeros[float64], 2), layer.NewParam("q", layer.Zeros[float64], 2)
	fresh, old := optim.NewAdam[float64](), optim.NewNAdam[float64]()
	old.SetSteps(1000)
	o := optim.NewGroups(optim.Group[float64]{Params: []*layer.Param[float64]{p}, Optimizer: fresh},
		optim.Group[float64]{Params: []*layer.Param[float64]{q}, Optimizer: old})
	o.Step([]*layer.Param[float64]{p, q}, 0.1)
	o.SetSteps(o.Steps() - 1)
	if fresh.Steps() != 0 || old.Steps() != 1000 {
		t.Errorf("%d and %d steps, want 0 and 1000", fresh.Steps(), old.Steps())
	}
	o.SetSteps(math.MaxInt)
	if fresh.Steps() < math.MaxInt-1 || old.Steps() < math.MaxInt-1 {
		t.Errorf("%d and %d steps, want as many as there can be", fresh.Steps(), old.Steps())
	}
	o.SetSteps(-5)
	if fresh.Steps() != 0 || old.Steps() < 0 {
		t.Errorf("%d and %d steps, want 0 and no fewer", fresh.Steps(), old.Steps())
	}
}

// TestGroupsTakeFactors: after a step no parameter keeps the factor of its gradient, not even one of no group.
func TestGroupsTakeFactors(t *testing.T) {
	p, q := layer.NewParam("p", layer.Zeros[float64], 2), layer.NewParam("q", layer.Zeros[float64], 2)
	p.GradScale, q.GradScale = 0.5, 0.25
	o := optim.NewGroups(optim.Group[float64]{Params: []*layer.Param[float64]{p}, Optimizer: optim.NewAdam[float64]()})
	o.Step([]*layer.Param[float64]{p, q}, 0.1)
	if p.Scale() != 1 || q.Scale() != 1 {
		t.Errorf("factors %v and %v remain", p.Scale(), q.Scale())
	}
}

// TestGroupsOfOneOptimizer: an optimizer in two groups would count two steps in one.
func TestGroupsOfOneOptimizer(t *testing.T) {
	adam := optim.NewAdam[float64]()
	o := optim.NewGroups(optim.Group[float64]{Optimizer: adam},
		optim.Group[float64]{Optimizer: optim.NewAdam[float64]()},
		optim.Group[float64]{Optimizer: adam})
	const want = "optim.Groups: groups 0 and 2 share an optimizer, want one each"
	if err := o.Check(); err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %s", err, want)
	}
	type list struct {
		optim.Optimizer[float64]
		_ []int // makes values of the type impossible to compare
	}
	o = optim.NewGroups(optim.Group[float64]{Optimizer: list{}}, optim.Group[float64]{Optimizer: list{}})
	if err := o.Check(); err != nil {
		t.Error(err)
	}
}
