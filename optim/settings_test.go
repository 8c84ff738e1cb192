package optim_test

import (
	"math"
	"testing"

	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// TestCheckOfSettings: each setting that cannot work is named, with what it was and what is
// wanted, and whatever works passes.
func TestCheckOfSettings(t *testing.T) {
	for name, o := range all() {
		if err := o.(optim.Checker).Check(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	nan, inf := math.NaN(), math.Inf(1)
	const share, least = ", want a number from 0 to below 1", ", want a finite number of at least 0"
	p := layer.NewParam("w", layer.Zeros[float64], 1)
	group := func(g optim.Group[float64]) *optim.Groups[float64] {
		good := optim.Group[float64]{Params: []*layer.Param[float64]{p},
			Optimizer: optim.NewAdam[float64](), RateScale: 2}
		return optim.NewGroups(good, g)
	}
	plateau := func(change func(p *optim.Plateau)) *optim.Plateau {
		p := &optim.Plateau{Initial: 0.1, Factor: 0.5, Patience: 3, Tolerance: 0.01, Cooldown: 1,
			Least: 1e-6}
		change(p)
		return p
	}
	for _, c := range []struct {
		optimizer optim.Checker
		want      string // empty where it works
	}{
		{&optim.SGD[float64]{}, ""},
		{&optim.Adam[float64]{}, ""},
		{group(optim.Group[float64]{Optimizer: optim.NewLion[float64](1)}), ""},
		{plateau(func(*optim.Plateau) {}), ""}, {optim.NewGroups[float64](), ""},
		{&optim.SGD[float64]{Decay: optim.Decay{Lambda: -1}}, "optim.SGD: Decay.Lambda = -1" + least},
		{optim.NewMomentum[float64](1), "optim.Momentum: Mu = 1" + share},
		{optim.NewNesterov[float64](-0.1), "optim.Momentum: Mu = -0.1" + share},
		{&optim.Momentum[float64]{Mu: 0.9, Decay: optim.Decay{Lambda: inf}},
			"optim.Momentum: Decay.Lambda = +Inf" + least},
		{&optim.Adam[float64]{Beta1: -0.5, Beta2: 0.9}, "optim.Adam: Beta1 = -0.5" + share},
		{&optim.Adam[float64]{Beta1: 0.5, Beta2: 1}, "optim.Adam: Beta2 = 1" + share},
		{&optim.Adam[float64]{Beta1: nan, Beta2: 0.9}, "optim.Adam: Beta1 = NaN" + share},
		{&optim.Adam[float64]{Eps: -1e-8}, "optim.Adam: Eps = -1e-08" + least},
		{optim.NewAdamW[float64](nan), "optim.Adam: Decay.Lambda = NaN" + least},
		{&optim.NAdam[float64]{Beta1: 1}, "optim.NAdam: Beta1 = 1" + share},
		{&optim.NAdam[float64]{Beta2: -1}, "optim.NAdam: Beta2 = -1" + share},
		{&optim.NAdam[float64]{MomentumDecay: -1}, "optim.NAdam: MomentumDecay = -1" + least},
		{&optim.NAdam[float64]{Eps: inf}, "optim.NAdam: Eps = +Inf" + least},
		{&optim.Lion[float64]{Beta1: 2}, "optim.Lion: Beta1 = 2" + share},
		{&optim.Lion[float64]{Beta2: 1}, "optim.Lion: Beta2 = 1" + share},
		{optim.NewLion[float64](-3), "optim.Lion: Decay.Lambda = -3" + least},
		{&optim.RMSProp[float64]{Alpha: 1}, "optim.RMSProp: Alpha = 1" + share},
		{&optim.RMSProp[float64]{Mu: -1}, "optim.RMSProp: Mu = -1" + share},
		{&optim.RMSProp[float64]{Eps: nan}, "optim.RMSProp: Eps = NaN" + least},
		{&optim.Adadelta[float64]{Rho: 1.5}, "optim.Adadelta: Rho = 1.5" + share},
		{&optim.Adadelta[float64]{Eps: -1}, "optim.Adadelta: Eps = -1" + least},
		{&optim.Adagrad[float64]{Initial: -1}, "optim.Adagrad: Initial = -1" + least},
		{&optim.Adagrad[float32]{Initial: 1e300}, "optim.Adagrad: Initial = +Inf" + least},
		{&optim.Adagrad[float64]{RateDecay: -1}, "optim.Adagrad: RateDecay = -1" + least},
		{&optim.Adagrad[float64]{Eps: -1}, "optim.Adagrad: Eps = -1" + least},
		{group(optim.Group[float64]{Optimizer: optim.NewMomentum[float64](2)}),
			"optim.Groups: group 1: optim.Momentum: Mu = 2" + share},
		{group(optim.Group[float64]{}), "optim.Groups: group 1: Optimizer is nil, want one"},
		{group(optim.Group[float64]{Optimizer: &optim.SGD[float64]{}, RateScale: -1}),
			"optim.Groups: group 1: RateScale = -1" + least + "; 0 counts as 1"},
		{plateau(func(p *optim.Plateau) { p.Initial = 0 }),
			"optim.Plateau: Initial = 0, want a finite number above 0"},
		{plateau(func(p *optim.Plateau) { p.Factor = 0 }),
			"optim.Plateau: Factor = 0, want a number between 0 and 1"},
		{plateau(func(p *optim.Plateau) { p.Factor = 1 }), "optim.Plateau: Factor = 1" + share},
		{plateau(func(p *optim.Plateau) { p.Patience = -1 }), "optim.Plateau: Patience = -1" + least},
		{plateau(func(p *optim.Plateau) { p.Tolerance = -1 }), "optim.Plateau: Tolerance = -1" + share},
		{plateau(func(p *optim.Plateau) { p.Cooldown = -1 }), "optim.Plateau: Cooldown = -1" + least},
		{plateau(func(p *optim.Plateau) { p.Least = nan }), "optim.Plateau: Least = NaN" + least},
	} {
		switch err := c.optimizer.Check(); {
		case err == nil && c.want != "", err != nil && err.Error() != c.want:
			t.Errorf("%+v: %v, want %q", c.optimizer, err, c.want)
		}
	}
}

// TestAverageOfImpossibleBeta panics.
func TestAverageOfImpossibleBeta(t *testing.T) {
	for _, beta := range []float64{-0.1, 1, math.NaN()} {
		func() {
			defer func() {
				if err, ok := recover().(error); !ok {
					t.Errorf("beta %v: %v", beta, err)
				}
			}()
			optim.NewAverage[float64](nil, beta)
		}()
	}
}
