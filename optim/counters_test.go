package optim_test

import (
	"math"
	"math/bits"
	"slices"
	"testing"
	"time"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// counters are what a file may hold for a number of steps.
var counters = []int{math.MinInt, -1 << (bits.UintSize/2 + 8), -1, 0, 1, 1 << (bits.UintSize/2 + 8),
	math.MaxInt - 1, math.MaxInt}

// TestStepsOutOfAFile: an optimizer takes whatever number of steps it is told, in no time, and
// its next steps are numbers.
func TestStepsOutOfAFile(t *testing.T) {
	slow := optim.NewNAdam[float64]()
	slow.Beta1 = 1 - 1e-9
	list := all()
	list["nadam with a beta1 close to 1"] = slow
	list["nadam with a slow warm-up"] = &optim.NAdam[float64]{Beta1: 0.9999999, Beta2: 0.999, Eps: 1e-8,
		MomentumDecay: 1e-9}
	list["groups"] = optim.NewGroups[float64]()
	for name, o := range list {
		for _, n := range counters {
			start := time.Now()
			p := layer.NewParam("w", layer.Zeros[float64], 2)
			params := []*layer.Param[float64]{p}
			if name == "groups" {
				o = optim.NewGroups(optim.Group[float64]{Params: params,
					Optimizer: optim.NewNAdam[float64]()},
					optim.Group[float64]{Optimizer: optim.NewAdam[float64]()})
			}
			if o.SetSteps(n); o.Steps() < 0 || n >= 0 && n < math.MaxInt && o.Steps() != n {
				t.Errorf("%s: %d steps after SetSteps(%d)", name, o.Steps(), n)
			}
			o.Tensors(params)
			for range 3 {
				p.Grad[0] = 1
				o.Step(params, 0.01)
			}
			if w := p.Value[0]; !(w <= 0 && w > -1) || p.Value[1] != 0 {
				t.Errorf("%s: w = %v three steps after SetSteps(%d)", name, p.Value, n)
			}
			if took := time.Since(start); took > 20*time.Second {
				t.Errorf("%s: SetSteps(%d) took %v", name, n, took)
			}
		}
	}
}

// TestTensorsBeforeTheFirstStep: what a checkpoint reads into has the values with which the first step begins.
func TestTensorsBeforeTheFirstStep(t *testing.T) {
	for _, early := range []bool{false, true} {
		o := &optim.Adagrad[float64]{Eps: 1e-10, Initial: 0.25}
		params := []*layer.Param[float64]{layer.NewParam("w", layer.Zeros[float64], 2)}
		if early && o.Tensors(params)[0].Value[1] != 0.25 {
			t.Errorf("sum %v before a step, want 0.25", o.Tensors(params)[0].Value)
		}
		params[0].Grad[0] = 1
		o.Step(params, 1)
		if sum := o.Tensors(params)[0].Value; sum[0] != 1.25 || sum[1] != 0.25 {
			t.Errorf("Tensors before the step %v: sum %v after it, want 1.25 and 0.25", early, sum)
		}
	}
}

// TestSetStepsBack: an optimizer that is told of fewer steps than it has taken goes on as a fresh one that is
// told of as many.
func TestSetStepsBack(t *testing.T) {
	for name, o := range all() {
		fresh := all()[name]
		first := []*layer.Param[float64]{layer.NewParam("first", layer.Zeros[float64], 3)}
		for s := range 40 {
			feed(first, s)
			o.Step(first, 0.1)
		}
		a, b := layer.NewParam("w", layer.Zeros[float64], 3), layer.NewParam("w", layer.Zeros[float64], 3)
		for _, n := range []int{7, 0} {
			o.SetSteps(n)
			fresh.SetSteps(n)
			for s := range 3 {
				feed([]*layer.Param[float64]{a}, s)
				feed([]*layer.Param[float64]{b}, s)
				o.Step([]*layer.Param[float64]{a}, 0.1)
				fresh.Step([]*layer.Param[float64]{b}, 0.1)
			}
			if !slices.Equal(a.Value, b.Value) {
				t.Errorf("%s, back to %d: %v, want %v", name, n, a.Value, b.Value)
			}
		}
	}
}

// TestNAdamAfterSetSteps: the step after SetSteps has the bits that it has after so many steps,
// and where M is worked out in one go it is that of the loop.
func TestNAdamAfterSetSteps(t *testing.T) {
	step := func(o *optim.NAdam[float64]) float64 {
		p := layer.NewParam("w", layer.Zeros[float64], 1)
		p.Grad[0] = 3
		o.Step([]*layer.Param[float64]{p}, 0.01)
		return p.Value[0]
	}
	none := layer.NewParam("none", layer.Zeros[float64], 1)
	for _, beta1 := range []float64{0, 0.5, 0.9, 0.99} {
		counted := optim.NewNAdam[float64]()
		counted.Beta1 = beta1
		for n := range 6000 {
			if n%97 == 0 || n < 5 {
				a, b := *counted, optim.NewNAdam[float64]()
				b.Beta1 = beta1
				b.SetSteps(n)
				if x, y := step(&a), step(b); x != y {
					t.Fatalf("beta1 %v: a step of %v after %d steps, of %v after SetSteps", beta1, x, n, y)
				}
			}
			counted.Step([]*layer.Param[float64]{none}, 0)
		}
	}
	if testing.Short() {
		t.Skip("eight million steps")
	}
	const n = 1 << 23
	k := kernels.NAdamParams{Beta1: 1 - 1e-7, MomentumDecay: 100} // else the first steps halve M, and it is 0
	for range n {
		k.Advance()
	}
	jumped := optim.NewNAdam[float64]()
	jumped.Beta1, jumped.Beta2, jumped.MomentumDecay = k.Beta1, 0, k.MomentumDecay
	jumped.SetSteps(n - 1)
	// v = g^2 and m = (1-beta1) g: the first term of the step is all but everything
	k.Step = n
	want := 0.01 * ((1-k.Mu(n))/(1-k.MuProduct) + k.Mu(n+1)/(1-k.MuProduct*k.Mu(n+1))*(1-k.Beta1))
	if got := -step(jumped); !(math.Abs(got-want) <= 1e-6*want) {
		t.Errorf("a step of %v, want %v", got, want)
	}
}

// TestSchedulesOutOfAFile: the rate of any step is a number between 0 and the largest, at once,
// and a step below 0 counts as the first.
func TestSchedulesOutOfAFile(t *testing.T) {
	for name, s := range map[string]optim.Schedule{
		"constant": optim.Constant(0.1), "steps": optim.Steps(0.1, 0.5, 10),
		"steps of 0":  optim.Steps(0.1, 0.5, 0),
		"exponential": optim.Exponential(0.1, 0.9),
		"cosine":      optim.Cosine(0.1, 0.01, 100), "cosine of 0": optim.Cosine(0.1, 0.01, 0),
		"restarts": optim.WarmRestarts(0.1, 0, 10, 1), "longer": optim.WarmRestarts(0.1, 0, 3, 2),
		"nothing":    optim.WarmRestarts(0.1, 0, 0, 0),
		"negative":   optim.WarmRestarts(0.1, 0, -5, -5),
		"far":        optim.WarmRestarts(0.1, 0, math.MaxInt, math.MaxInt),
		"warm-up":    optim.Warmup(10, optim.Constant(0.1)),
		"no warm-up": optim.Warmup(-10, optim.Cosine(0.1, 0, 100)),
		"one cycle":  optim.OneCycle(0.1, 0.3, 100), "one cycle of 0": optim.OneCycle(0.1, 0.3, 0),
		"plateau": (&optim.Plateau{Initial: 0.1, Factor: 0.5, Lowered: -3}).Rate,
		"lowered": (&optim.Plateau{Initial: 0.1, Factor: 0.5, Lowered: 1 << (bits.UintSize/2 + 8)}).Rate,
	} {
		for _, n := range counters {
			if rate := s(n); !(rate >= 0 && rate <= 0.1) || n < 0 && rate != s(0) {
				t.Errorf("%s: %v at step %d, %v at step 0", name, rate, n, s(0))
			}
		}
	}
}

// TestWarmRestarts: by hand. cos is 1, 1/sqrt(2), 0, -1/sqrt(2) at the quarters of a cycle.
func TestWarmRestarts(t *testing.T) {
	r := math.Sqrt2 / 2
	quarters := []float64{1, (1 + r) / 2, 0.5, (1 - r) / 2}
	for _, c := range []struct {
		first, factor int
		want          []float64
	}{
		{2, 1, []float64{1, 0.5, 1, 0.5, 1}},
		{4, 1, append(append([]float64{}, quarters...), quarters...)},
		{2, 2, append([]float64{1, 0.5}, append(append([]float64{}, quarters...), 1)...)},
		{1, 4, append([]float64{1}, append(append([]float64{}, quarters...), 1)...)},
		{1, 1, []float64{1, 1, 1}},
	} {
		rate := optim.WarmRestarts(3, 1, c.first, c.factor)
		for step, want := range c.want {
			if got := rate(step); !(math.Abs(got-(1+2*want)) <= 1e-15) {
				t.Errorf("first %d, factor %d: %v at step %d, want %v", c.first, c.factor, got, step,
					1+2*want)
			}
		}
	}
	// cycles of 3, 9, 27, ... begin at 0, 3, 12, 39, ...
	rate, start, length := optim.WarmRestarts(1, 0, 3, 3), 0, 3
	for length < math.MaxInt/4 {
		if got := rate(start); got != 1 {
			t.Errorf("%v at step %d, where a cycle begins", got, start)
		}
		if last := rate(start + length - 1); !(last < 0.26) {
			t.Errorf("%v at the last step of a cycle of %d", last, length)
		}
		start, length = start+length, 3*length
	}
}

// TestNothingToOptimize: no parameters, and none that is trained.
func TestNothingToOptimize(t *testing.T) {
	state := layer.NewState("0.mean", layer.Zeros[float64], 3)
	state.Value[0] = 1
	for name, o := range all() {
		for _, params := range [][]*layer.Param[float64]{nil, {}, {state}} {
			o.Step(params, 0.1)
			if list := o.Tensors(params); len(list) != 0 {
				t.Errorf("%s: state %v", name, list)
			}
		}
		if o.Steps() != 3 || state.Value[0] != 1 {
			t.Errorf("%s: %d steps, state %v", name, o.Steps(), state.Value)
		}
	}
	optim.NewAverage[float64](nil, 0.9).Update()
	if list := optim.NewAverage[float64](nil, 0.9).Tensors(); len(list) != 0 {
		t.Error(list)
	}
}
