package optim_test

import (
	"math"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// TestStateAfterAHugeGradient: one gradient whose square overflows, then ordinary ones: the
// state is finite at once, and the weight moves again in the end. A sum of gradients near the
// largest number may itself be infinite: those are left to the rules that hold them.
func TestStateAfterAHugeGradient(t *testing.T) {
	testHugeGradient(t, []float32{1e20, -3e30, math.MaxFloat32})
	testHugeGradient(t, []float64{1e160, -3e250, math.MaxFloat64})
}

func testHugeGradient[T kernels.Float](t *testing.T, huge []T) {
	decay := optim.Decay{Lambda: 0.01}
	for name, make := range map[string]func() optim.Optimizer[T]{
		"sgd":      func() optim.Optimizer[T] { return &optim.SGD[T]{Decay: decay} },
		"momentum": func() optim.Optimizer[T] { return &optim.Momentum[T]{Mu: 0.9, Decay: decay} },
		"nesterov": func() optim.Optimizer[T] {
			return &optim.Momentum[T]{Mu: 0.9, Nesterov: true,
				Decay: decay}
		},
		"adam": func() optim.Optimizer[T] {
			o := optim.NewAdam[T]()
			o.Beta2, o.Decay = 0.9,
				decay
			return o
		},
		"adamw":   func() optim.Optimizer[T] { o := optim.NewAdamW[T](0.01); o.Beta2 = 0.9; return o },
		"amsgrad": func() optim.Optimizer[T] { return optim.NewAMSGrad[T]() },
		"nadam":   func() optim.Optimizer[T] { o := optim.NewNAdam[T](); o.Beta2 = 0.9; return o },
		"rmsprop": func() optim.Optimizer[T] {
			return &optim.RMSProp[T]{Alpha: 0.9, Eps: 1e-8,
				Decay: decay}
		},
		"centred": func() optim.Optimizer[T] {
			return &optim.RMSProp[T]{Alpha: 0.9, Mu: 0.5, Eps: 1e-8,
				Centered: true}
		},
		"adadelta": func() optim.Optimizer[T] { return optim.NewAdadelta[T]() },
		"adagrad":  func() optim.Optimizer[T] { return optim.NewAdagrad[T]() },
		"lion":     func() optim.Optimizer[T] { o := optim.NewLion[T](0.01); o.Beta2 = 0.9; return o },
	} {
		gradients := huge
		if name == "sgd" || name == "momentum" || name == "nesterov" || name == "lion" {
			gradients = huge[:2]
		}
		for _, g := range gradients {
			p := layer.NewParam("w", layer.Zeros[T], 3)
			params, o := []*layer.Param[T]{p}, make()
			for step := range 20_000 {
				p.Grad[1], p.Grad[2] = 1, 1
				if step == 2 {
					p.Grad[1] = g
				}
				o.Step(params, 0.001)
				for _, s := range o.Tensors(params) {
					if v := float64(s.Value[1]); math.IsInf(v, 0) || v != v {
						t.Fatalf("%s, gradient %v: %s is %v after step %d", name, g, s.Name, v, step)
					}
				}
			}
			// what never forgets a square, AMSGrad and Adagrad, stands still by its formula; a weight that
			// went far does not feel a step
			before := p.Value[1]
			p.Grad[1], p.Grad[2] = 1, 1
			o.Step(params, 0.001)
			forgets := name != "amsgrad" && name != "adagrad" && math.Abs(float64(before)) < 1e3
			if forgets && !(p.Value[1] < before) || p.Value[1] != p.Value[1] {
				t.Errorf("%s, gradient %v: w stays at %v", name, g, before)
			}
			if !(p.Value[2] < 0) {
				t.Errorf("%s: the weight beside it is %v", name, p.Value[2])
			}
		}
	}
	p := layer.NewParam("w", layer.Zeros[T], 1)
	p.Grad[0] = huge[0]
	optim.NewAdagrad[T]().Step([]*layer.Param[T]{p}, 0.001)
	if w := float64(p.Value[0]); !(math.Abs(w+0.001) <= 1e-9) {
		t.Errorf("Adagrad's first step of gradient %v moves w by %v, want -0.001", huge[0], w)
	}
}
