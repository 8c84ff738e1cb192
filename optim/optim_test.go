package optim_test

import (
	"fmt"
	"math"
	"runtime"
	"testing"

	"github.com/ashlar-go/ashlar/internal/mallocs"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

const size, steps = 7, 5

// tensors returns a weight, a bias that decay passes by, and state without gradient.
func tensors() []*layer.Param[float64] {
	w := layer.NewParam("w", layer.HeNormal[float64], size)
	b := layer.NewParam("b", layer.HeNormal[float64], size)
	b.NoDecay = true
	s := layer.NewState("s", layer.HeNormal[float64], size)
	for i, p := range []*layer.Param[float64]{w, b, s} {
		p.Init(p, 3, uint64(i))
	}
	return []*layer.Param[float64]{w, b, s}
}

// rate and gradient are what the test feeds into step t, counted from 0.
func rate(t int) float64               { return 0.1 / float64(t+1) }
func gradient(t, param, i int) float64 { return math.Sin(float64(100*t + 10*param + i)) }

// reference is the textbook step for one element.
type reference func(w, g, eta, lambda float64, t int, state *[2]float64) float64

func TestStepsAgainstPlainLoops(t *testing.T) {
	const mu, beta1, beta2, eps = 0.9, 0.9, 0.999, 1e-8
	sgd := func(coupled, decoupled bool) reference {
		return func(w, g, eta, lambda float64, _ int, _ *[2]float64) float64 {
			if coupled {
				g += lambda * w
			}
			if decoupled {
				w -= eta * lambda * w
			}
			return w - eta*g
		}
	}
	momentum := func(w, g, eta, lambda float64, _ int, s *[2]float64) float64 {
		g += lambda * w
		s[0] = mu*s[0] + g
		return w - eta*s[0]
	}
	adam := func(decoupled bool) reference {
		return func(w, g, eta, lambda float64, t int, s *[2]float64) float64 {
			if decoupled {
				w -= eta * lambda * w
			} else {
				g += lambda * w
			}
			s[0] = beta1*s[0] + (1-beta1)*g
			s[1] = beta2*s[1] + (1-beta2)*g*g
			mhat := s[0] / (1 - math.Pow(beta1, float64(t+1)))
			vhat := s[1] / (1 - math.Pow(beta2, float64(t+1)))
			return w - eta*mhat/(math.Sqrt(vhat)+eps)
		}
	}
	coupled, decoupled := optim.Decay{Lambda: 0.05}, optim.Decay{Lambda: 0.05, Decoupled: true}
	coupledAdam := optim.NewAdam[float64]()
	coupledAdam.Decay = coupled
	for name, c := range map[string]struct {
		opt    optim.Optimizer[float64]
		ref    reference
		lambda float64
	}{
		"sgd":                  {&optim.SGD[float64]{}, sgd(false, false), 0},
		"sgd, coupled decay":   {&optim.SGD[float64]{Decay: coupled}, sgd(true, false), 0.05},
		"sgd, decoupled decay": {&optim.SGD[float64]{Decay: decoupled}, sgd(false, true), 0.05},
		"momentum":             {optim.NewMomentum[float64](mu), momentum, 0},
		"momentum, coupled":    {&optim.Momentum[float64]{Mu: mu, Decay: coupled}, momentum, 0.05},
		"adam":                 {optim.NewAdam[float64](), adam(false), 0},
		"adam, coupled decay":  {coupledAdam, adam(false), 0.05},
		"adamw":                {optim.NewAdamW[float64](0.05), adam(true), 0.05},
	} {
		t.Run(name, func(t *testing.T) { compare(t, c.opt, c.ref, c.lambda) })
	}
}

func compare(t *testing.T, opt optim.Optimizer[float64], ref reference, lambda float64) {
	got, want := tensors(), tensors()
	var state [2][size][2]float64
	for s := range steps {
		for k, p := range got {
			for i := range p.Grad {
				p.Grad[i] = gradient(s, k, i)
			}
		}
		opt.Step(got, rate(s))
		for k, p := range want[:2] {
			l := lambda
			if p.NoDecay {
				l = 0
			}
			for i, w := range p.Value {
				p.Value[i] = ref(w, gradient(s, k, i), rate(s), l, s, &state[k][i])
			}
		}
		for k, p := range want { // the last one is state and stays as it was
			for i, w := range p.Value {
				if !(math.Abs(got[k].Value[i]-w) <= 1e-13) {
					t.Fatalf("step %d, %s[%d] = %v, want %v", s, p.Name, i, got[k].Value[i], w)
				}
			}
		}
	}
}

func TestStepAllocatesNothing(t *testing.T) {
	for _, opt := range all() {
		params := tensors()
		opt.Step(params, 0.1)
		n := mallocs.Least(func() {
			for range 200 {
				opt.Step(params, 0.1)
			}
			runtime.GC()
		})
		if n > 0 {
			t.Errorf("%T: %d allocations in 200 steps", opt, n)
		}
	}
}

func TestSchedules(t *testing.T) {
	const most = math.MaxInt
	quarter := (1 + math.Cos(math.Pi*float64(most/4)/most)) / 2
	for name, c := range map[string]struct {
		s    optim.Schedule
		want map[int]float64
	}{
		"constant":    {optim.Constant(0.1), map[int]float64{0: 0.1, 1e6: 0.1}},
		"steps":       {optim.Steps(1, 0.5, 10), map[int]float64{0: 1, 9: 1, 10: 0.5, 19: 0.5, 20: 0.25}},
		"exponential": {optim.Exponential(2, 0.9), map[int]float64{0: 2, 1: 1.8, 2: 1.62}},
		"cosine": {optim.Cosine(1, 0.2, 100),
			map[int]float64{0: 1, 50: 0.6, 100: 0.2, 1000: 0.2, 25: 0.2 + 0.4*(1+math.Sqrt2/2)}},
		"warm-up": {optim.Warmup(4, optim.Cosine(1, 0, 10)),
			map[int]float64{0: 0.25, 3: 1, 4: 1, 9: 0.5, 14: 0}},
		"no warm-up": {optim.Warmup(0, optim.Constant(3)), map[int]float64{0: 3}},
		// where phases of a single step begin and end, and those of nearly all steps that there are
		"steps of 1":   {optim.Steps(1, 0.5, 1), map[int]float64{0: 1, 1: 0.5, 2: 0.25}},
		"cosine of 1":  {optim.Cosine(1, 0.2, 1), map[int]float64{0: 1, 1: 0.2, 2: 0.2}},
		"warm-up of 1": {optim.Warmup(1, optim.Exponential(1, 0.5)), map[int]float64{0: 1, 1: 1, 2: 0.5}},
		"one cycle": {optim.OneCycle(1, 0.4, 10),
			map[int]float64{2: 1 - 0.96*(1-0.5)/2, 3: 1, 4: 4e-6 + (1-4e-6)*(1+math.Cos(math.Pi/6))/2,
				8: 4e-6 + (1-4e-6)*(1+math.Cos(5*math.Pi/6))/2, 9: 4e-6, 10: 4e-6}},
		"a rise alone":    {optim.OneCycle(1, 1, 10), map[int]float64{0: 0.04, 9: 1, 10: 4e-6}},
		"restarts of 1":   {optim.WarmRestarts(1, 0, 1, 2), map[int]float64{0: 1, 1: 1, 2: 0.5, 3: 1, 7: 1}},
		"a long restart":  {optim.WarmRestarts(1, 0, 1, most/2+3), map[int]float64{0: 1, 1: 1, most/4 + 3: 0.5}},
		"an endless one":  {optim.WarmRestarts(1, 0, most/2+1, 2), map[int]float64{most/2 + 1 + most/4: quarter}},
		"a step too long": {optim.WarmRestarts(1, 0, most/2+2, 2), map[int]float64{most/2 + 2 + most/4: quarter}},
	} {
		for step, want := range c.want {
			if got := c.s(step); !(math.Abs(got-want) <= 1e-12) {
				t.Errorf("%s at %d = %v, want %v", name, step, got, want)
			}
		}
	}
}

func ExampleNewAdam() {
	l := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
	l.W.Grad[0] = 42
	opt := optim.NewAdam[float64]()
	opt.Step(l.Params(), 0.001) // the first step has the length of the rate, whatever the gradient
	fmt.Printf("%.6f\n", l.W.Value[0])
	// Output: -0.001000
}

func ExampleNewMomentum() {
	l := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
	l.W.Grad[0] = 1
	opt := optim.NewMomentum[float64](0.5)
	for range 3 {
		opt.Step(l.Params(), 1) // velocities 1, 1.5, 1.75
		fmt.Println(l.W.Value[0])
	}
	// Output:
	// -1
	// -2.5
	// -4.25
}

func ExampleSGD() {
	l := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
	l.W.Value[0], l.W.Grad[0] = 2, 0.5
	opt := &optim.SGD[float64]{Decay: optim.Decay{Lambda: 0.25}}
	opt.Step(l.Params(), 0.1) // 2 - 0.1 (0.5 + 0.25*2)
	fmt.Println(l.W.Value[0])
	// Output: 1.9
}

func ExampleWarmup() {
	rate := optim.Warmup(2, optim.Cosine(1, 0, 4))
	for step := range 7 {
		fmt.Printf("%.2f ", rate(step))
	}
	// Output: 0.50 1.00 1.00 0.85 0.50 0.15 0.00
}

func ExampleSteps() {
	rate := optim.Steps(0.1, 0.1, 30)
	fmt.Printf("%.4f %.4f %.4f\n", rate(0), rate(30), rate(60))
	// Output: 0.1000 0.0100 0.0010
}

func ExampleExponential() {
	rate := optim.Exponential(1, 0.5)
	fmt.Println(rate(0), rate(1), rate(2))
	// Output: 1 0.5 0.25
}
