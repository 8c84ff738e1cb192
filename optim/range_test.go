package optim_test

import (
	"math"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// TestBoundOfConstantsBeyondT: a constant that T rounds to infinity makes NaN of a 0 beside it.
// No bound holds then, however small weights, state and gradients are.
func TestBoundOfConstantsBeyondT(t *testing.T) {
	huge, tame := optim.Decay{Lambda: 1e39}, 1e-3
	for name, c := range map[string]struct {
		o  optim.Bounder[float32]
		lr float64
	}{
		"adadelta, rate": {optim.NewAdadelta[float32](), 1e39},
		"lion, rate":     {optim.NewLion[float32](0), 1e39},
		"sgd, rate":      {&optim.SGD[float32]{}, 1e39},
		"adam, rate":     {&optim.Adam[float32]{Beta1: 0.9, Beta2: 0.999, Eps: 1e30}, 3e38},
		"nadam, rate":    {&optim.NAdam[float32]{Beta1: 0.9, Beta2: 0.999, Eps: 1e30}, 3e38},
		"adagrad, rate":  {&optim.Adagrad[float32]{Eps: 1e30}, 1e39},
		"rmsprop, rate":  {&optim.RMSProp[float32]{Alpha: 0.9, Eps: 1e30}, 1e39},
		"groups, rate": {optim.NewGroups(optim.Group[float32]{Optimizer: optim.NewAdadelta[float32](),
			RateScale: 1e9}), 1e30},
		"sgd, decay":      {&optim.SGD[float32]{Decay: huge}, tame},
		"momentum, decay": {&optim.Momentum[float32]{Mu: 0.9, Decay: huge}, tame},
		"adam, decay":     {&optim.Adam[float32]{Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Decay: huge}, tame},
		"adadelta, decay": {&optim.Adadelta[float32]{Rho: 0.9, Eps: 1e-6, Decay: huge}, tame},
	} {
		if b := c.o.Bound(optim.Bounds{}, c.lr, 1); b.Within(math.MaxFloat32) {
			t.Errorf("%s: %+v", name, b)
		}
	}
	// The quotient of Adadelta overflows before its root is taken.
	b := optim.NewAdadelta[float32]().Bound(optim.Bounds{Move: 1e36}, 1e-30, 1)
	if b.Within(math.MaxFloat32) {
		t.Errorf("adadelta with means of squared steps of 1e36: %+v", b)
	}
}

// TestStepsOfConstantsBeyondT shows what TestBoundOfConstantsBeyondT is about.
func TestStepsOfConstantsBeyondT(t *testing.T) {
	p := layer.NewParam("p", layer.Zeros[float32], 2)
	params := []*layer.Param[float32]{p}
	optim.NewAdadelta[float32]().Step(params, 1e39)
	if top := kernels.MaxAbs(p.Value); top == top {
		t.Errorf("the weights are %v, want NaN", p.Value)
	}
}
