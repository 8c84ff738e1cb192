package optim_test

import (
	"fmt"
	"math"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// measured returns the bounds of parameters and state as they are.
func measured[T kernels.Float](params []*layer.Param[T], o optim.Optimizer[T]) (b optim.Bounds) {
	for _, p := range params {
		b.Weight = max(b.Weight, float64(kernels.MaxAbs(p.Value)))
	}
	for _, t := range o.Tensors(params) {
		of := b.Of(t.Name)
		*of = max(*of, float64(kernels.MaxAbs(t.Value)))
	}
	return b
}

// TestBound: no step leads out of the bounds that the optimizer gave before it, whatever the
// magnitudes of gradients and weights, and bounds stay bounds from step to step. Where an
// ordinary step begins, they are no further off than eps makes them.
func TestBound(t *testing.T) {
	t.Run("f32", testBound[float32])
	t.Run("f64", testBound[float64])
}

func testBound[T kernels.Float](t *testing.T) {
	coupled, decoupled := optim.Decay{Lambda: 0.01}, optim.Decay{Lambda: 0.01, Decoupled: true}
	groups := func(p []*layer.Param[T]) optim.Optimizer[T] {
		return optim.NewGroups(optim.Group[T]{Params: p[:1], Optimizer: optim.NewNesterov[T](0.9),
			RateScale: 3},
			optim.Group[T]{Params: p[1:], Optimizer: optim.NewAdamW[T](0.1)})
	}
	for name, fresh := range map[string]func([]*layer.Param[T]) optim.Optimizer[T]{
		"sgd":  func([]*layer.Param[T]) optim.Optimizer[T] { return &optim.SGD[T]{Decay: coupled} },
		"sgdw": func([]*layer.Param[T]) optim.Optimizer[T] { return &optim.SGD[T]{Decay: decoupled} },
		"momentum": func([]*layer.Param[T]) optim.Optimizer[T] {
			return &optim.Momentum[T]{Mu: 0.9,
				Decay: coupled}
		},
		"nesterov": func([]*layer.Param[T]) optim.Optimizer[T] { return optim.NewNesterov[T](0.99) },
		"adam":     func([]*layer.Param[T]) optim.Optimizer[T] { return optim.NewAdam[T]() },
		"coupled": func([]*layer.Param[T]) optim.Optimizer[T] {
			o := optim.NewAdam[T]()
			o.Decay = coupled
			return o
		},
		"adamw":   func([]*layer.Param[T]) optim.Optimizer[T] { return optim.NewAdamW[T](0.01) },
		"amsgrad": func([]*layer.Param[T]) optim.Optimizer[T] { return optim.NewAMSGrad[T]() },
		"nadam":   func([]*layer.Param[T]) optim.Optimizer[T] { return optim.NewNAdam[T]() },
		"rmsprop": func([]*layer.Param[T]) optim.Optimizer[T] { return optim.NewRMSProp[T]() },
		"centered": func([]*layer.Param[T]) optim.Optimizer[T] {
			return &optim.RMSProp[T]{Alpha: 0.9, Eps: 1e-8, Mu: 0.9, Centered: true}
		},
		"adagrad": func([]*layer.Param[T]) optim.Optimizer[T] {
			return &optim.Adagrad[T]{Eps: 1e-10,
				RateDecay: 0.1}
		},
		"adadelta": func([]*layer.Param[T]) optim.Optimizer[T] { return optim.NewAdadelta[T]() },
		"lion":     func([]*layer.Param[T]) optim.Optimizer[T] { return optim.NewLion[T](0.1) },
		"groups":   groups,
	} {
		for _, size := range []float64{1e-30, 1e-12, 1, 1e9, 1e14} {
			const n = 40
			w, v := layer.NewParam("w", layer.Zeros[T], n), layer.NewParam("v", layer.Zeros[T], n)
			params := []*layer.Param[T]{w, v}
			kernels.Normal(w.Value, 0, 1, 1, 1)
			o := fresh(params)
			bounds := measured(params, o)
			for step := range 200 {
				top := 0.0
				for k, p := range params {
					kernels.Normal(p.Grad, 0, size*math.Pow(0.97, float64(step)), 2, uint64(2*step+k))
					p.Grad[0] = 0
					top = max(top, float64(kernels.MaxAbs(p.Grad)))
				}
				before := bounds
				bounds = o.(optim.Bounder[T]).Bound(bounds, 0.01, top)
				o.Step(params, 0.01)
				is := measured(params, o)
				if inside(is, bounds) {
					if step == 0 && size == 1 && !bounds.Within(1e10) {
						t.Errorf("%s: bounds of an ordinary step are %+v", name, bounds)
					}
					continue
				}
				t.Fatalf("%s, gradients of %g, step %d from %+v: bounds %+v, but found %+v", name, size,
					step, before, bounds, is)
			}
		}
	}
}

// inside reports whether bounds hold for what was measured.
func inside(is, b optim.Bounds) bool {
	return is.Weight <= b.Weight && is.Mean <= b.Mean && is.Square <= b.Square && is.Velocity <= b.Velocity &&
		is.Move <= b.Move
}

// extremes returns an optimizer with each option, and with constants that bring its steps near the bounds: with
// a large eps a small gradient is divided by little more than eps.
func extremes[T kernels.Float](d optim.Decay) map[string]optim.Bounder[T] {
	return map[string]optim.Bounder[T]{
		"sgd":                &optim.SGD[T]{Decay: d},
		"momentum":           &optim.Momentum[T]{Mu: 0.9, Decay: d},
		"nesterov":           &optim.Momentum[T]{Mu: 0.9, Nesterov: true, Decay: d},
		"adam":               &optim.Adam[T]{Beta1: 0.5, Beta2: 0.9, Eps: 0.1, Decay: d},
		"amsgrad":            &optim.Adam[T]{Beta1: 0.5, Beta2: 0.9, Eps: 0.1, AMSGrad: true, Decay: d},
		"nadam":              &optim.NAdam[T]{Beta1: 0.5, Beta2: 0.9, Eps: 0.1, MomentumDecay: 0.004, Decay: d},
		"rmsprop":            &optim.RMSProp[T]{Alpha: 0.9, Eps: 0.1, Decay: d},
		"rmsprop, momentum":  &optim.RMSProp[T]{Alpha: 0.9, Eps: 0.1, Mu: 0.9, Decay: d},
		"centered":           &optim.RMSProp[T]{Alpha: 0.9, Eps: 0.1, Centered: true, Decay: d},
		"centered, momentum": &optim.RMSProp[T]{Alpha: 0.9, Eps: 0.1, Mu: 0.9, Centered: true, Decay: d},
		"adagrad":            &optim.Adagrad[T]{Eps: 0.1, Initial: 1e-9, RateDecay: 0.01, Decay: d},
		"adadelta":           &optim.Adadelta[T]{Rho: 0.9, Eps: 1e-6, Decay: d},
		"adadelta, large":    &optim.Adadelta[T]{Rho: 0.5, Eps: 0.5, Decay: d},
		"lion":               &optim.Lion[T]{Beta1: 0.9, Beta2: 0.5, Decay: d},
	}
}

// drives are gradients of magnitude 1 or 0 at a step, for a weight w.
var drives = map[string]func(step int, w float64) float64{
	"steady":    func(int, float64) float64 { return 1 },
	"turning":   func(step int, _ float64) float64 { return float64(1 - 2*(step%2)) },
	"late":      func(step int, _ float64) float64 { return float64(step / 30) },
	"rare":      func(step int, _ float64) float64 { return float64(step % 9 / 8) },
	"outwards":  func(_ int, w float64) float64 { return -math.Copysign(1, w) },
	"one":       func(step int, _ float64) float64 { return float64(max(0, 1-step)) },
	"turned":    func(step int, _ float64) float64 { return float64(1 - 2*(step/30)) },
	"returning": func(step int, w float64) float64 { return math.Copysign(1, w) * float64(step/30) },
}

// TestBoundOfEachStep: no step leads out of the bounds that follow from where it begins, for every optimizer
// and option, against gradients that push one way for long.
func TestBoundOfEachStep(t *testing.T) {
	t.Run("f32", testBoundOfEachStep[float32])
	t.Run("f64", testBoundOfEachStep[float64])
}

func testBoundOfEachStep[T kernels.Float](t *testing.T) {
	for _, decay := range []optim.Decay{{}, {Lambda: 0.5}, {Lambda: 0.5, Decoupled: true},
		{Lambda: 30, Decoupled: true}} {
		for name := range extremes[T](decay) {
			for drive, of := range drives {
				for _, size := range []float64{1e-3, 1, 1e3} {
					o, p := extremes[T](decay)[name], layer.NewParam("p", layer.Zeros[T], 1)
					p.Value[0] = 0.1
					params := []*layer.Param[T]{p}
					for step := range 60 {
						p.Grad[0] = T(size * of(step, float64(p.Value[0])))
						before := measured(params, o)
						bounds := o.Bound(before, 0.1, math.Abs(float64(p.Grad[0])))
						o.Step(params, 0.1)
						if is := measured(params, o); !inside(is, bounds) {
							t.Fatalf("%s, %+v, gradients of %g, %s, step %d from %+v: bounds %+v, but found %+v", name,
								decay, size, drive, step, before, bounds, is)
						}
					}
				}
			}
		}
	}
}

// TestNoBound: where nothing can be said, no bound holds.
func TestNoBound(t *testing.T) {
	nan := math.NaN()
	for name, o := range map[string]optim.Bounder[float32]{
		"adam, no eps":       &optim.Adam[float32]{Beta1: 0.9, Beta2: 0.999},
		"adam, eps vanishes": &optim.Adam[float32]{Beta1: 0.9, Beta2: 0.999, Eps: 1e-60},
		"adam, eps below 0":  &optim.Adam[float32]{Beta1: 0.9, Beta2: 0.999, Eps: -1e-8},
		"adam, beta 1":       &optim.Adam[float32]{Beta1: 1, Beta2: 0.999, Eps: 1e-8},
		"adam, beta above 1": &optim.Adam[float32]{Beta1: 1.5, Beta2: 0.999, Eps: 1e-8},
		"adam, NaN":          &optim.Adam[float32]{Beta1: 0.9, Beta2: nan, Eps: 1e-8},
		"nadam":              &optim.NAdam[float32]{Beta1: -0.1, Beta2: 0.9, Eps: 1e-8},
		"adadelta":           &optim.Adadelta[float32]{Rho: 1, Eps: 1e-6},
		"adadelta, no eps":   &optim.Adadelta[float32]{Rho: 0.9},
		"adagrad":            &optim.Adagrad[float32]{Eps: 1e-10, RateDecay: -0.1},
		"rmsprop":            &optim.RMSProp[float32]{Alpha: 0.9},
		"momentum":           optim.NewMomentum[float32](nan),
		"foreign":            optim.NewGroups(optim.Group[float32]{Optimizer: struct{ optim.Optimizer[float32] }{}}),
	} {
		if b := o.Bound(optim.Bounds{Weight: 1}, 0.01, 1); b.Within(math.MaxFloat32) {
			t.Errorf("%s: %+v", name, b)
		}
	}
	var b optim.Bounds
	if b.Of("x.w") != nil || b.Of("m.w") != &b.Mean || b.Of("velocity.m.w") != &b.Velocity {
		t.Error("tensors have the bounds of others")
	}
	if b = (&optim.SGD[float32]{}).Bound(b, nan, 1); b.Within(math.MaxFloat32) {
		t.Errorf("a rate of NaN: %+v", b)
	}
}

// TestWithin: each bound counts, and may be equal.
func TestWithin(t *testing.T) {
	for i, of := range []func(b *optim.Bounds) *float64{
		func(b *optim.Bounds) *float64 { return &b.Weight },
		func(b *optim.Bounds) *float64 { return &b.Mean },
		func(b *optim.Bounds) *float64 { return &b.Square },
		func(b *optim.Bounds) *float64 { return &b.Velocity },
		func(b *optim.Bounds) *float64 { return &b.Move },
	} {
		var b optim.Bounds
		*of(&b) = 3
		if !b.Within(3) || b.Within(math.Nextafter(3, 0)) {
			t.Errorf("bound %d is 3: within 3 %v, below 3 %v", i, b.Within(3), b.Within(math.Nextafter(3, 0)))
		}
	}
}

func ExampleBounds_Within() {
	sgd := &optim.SGD[float64]{}
	after := sgd.Bound(optim.Bounds{Weight: 1}, 0.5, 4) // |w| <= 1, |g| <= 4
	fmt.Println(after.Within(3.01), after.Within(2.99))
	// Output: true false
}

func ExampleBounds_Of() {
	var b optim.Bounds
	*b.Of("v.0.weight") = 9
	fmt.Println(b.Square)
	// Output: 9
}
