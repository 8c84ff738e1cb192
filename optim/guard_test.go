package optim_test

import (
	"errors"
	"math"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// TestRefusedArguments: parameters that are nil, that do not fit or that Begin has not seen panic
// with a ShapeError, before any parameter moves.
func TestRefusedArguments(t *testing.T) {
	type T = float64
	param := func() *layer.Param[T] { return layer.NewParam[T]("w", layer.Zeros[T], 2, 3) }
	good, torn := param(), param()
	good.Grad[0] = 1
	torn.Grad = torn.Grad[:4]
	begun := func() *optim.Adam[T] {
		o := optim.NewAdam[T]()
		o.Begin([]*layer.Param[T]{good}, 0.1)
		return o
	}
	none := optim.NewGroups(optim.Group[T]{Params: []*layer.Param[T]{good}})
	for arg, calls := range map[string][]func(){
		"params": {func() { optim.NewAdam[T]().Step([]*layer.Param[T]{good, nil}, 0.1) },
			func() { optim.NewLion[T](0).Step([]*layer.Param[T]{good, torn}, 0.1) },
			func() { begun().End([]*layer.Param[T]{good, param()}) },
			func() { new(optim.SGD[T]).End([]*layer.Param[T]{good}) },
			func() { optim.NewNAdam[T]().Tensors([]*layer.Param[T]{nil}) },
			func() { optim.NewAverage([]*layer.Param[T]{nil}, 0.9) },
			func() { optim.NewGroups[T]().Step([]*layer.Param[T]{nil}, 0.1) }},
		"Params": {func() { optim.NewGroups(optim.Group[T]{Params: []*layer.Param[T]{nil}}) }},
		"p":      {func() { begun().Update(nil, 0, nil) }, func() { begun().Update(param(), 0, make([]T, 1)) }},
		"lo": {func() { begun().Update(good, -1, make([]T, 1)) }, func() { begun().Update(good, 5, make([]T, 2)) },
			func() { begun().Update(good, math.MaxInt-1, make([]T, 2)) }},
		"Optimizer": {func() { none.Step(nil, 0.1) }, func() { none.Steps() }, func() { none.Tensors(nil) },
			func() { none.SetSteps(3) }},
	} {
		for i, f := range calls {
			func() {
				defer func() {
					err, _ := recover().(error)
					var shape *kernels.ShapeError
					if !errors.As(err, &shape) || shape.Arg != arg {
						t.Errorf("call %d for %s: %v", i, arg, err)
					}
				}()
				f()
			}()
		}
	}
	if good.Value[0] != 0 {
		t.Error("a step that was refused has moved a parameter")
	}
	if kind := optim.Kind[T]((*optim.RMSProp[T])(nil)); kind == "" {
		t.Error("a nil optimizer has no kind")
	}
}
