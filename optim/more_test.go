package optim_test

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// all returns one optimizer of every kind, with decay.
func all() map[string]optim.Optimizer[float64] {
	decay := optim.Decay{Lambda: 0.05}
	nadam, adagrad, rms, delta := optim.NewNAdam[float64](), optim.NewAdagrad[float64](),
		optim.NewRMSProp[float64](), optim.NewAdadelta[float64]()
	nadam.Decay, adagrad.Decay, rms.Decay, delta.Decay = decay, decay, decay, decay
	adagrad.Initial, adagrad.RateDecay = 0.1, 0.01
	rms.Centered, rms.Mu = true, 0.5
	return map[string]optim.Optimizer[float64]{
		"sgd": &optim.SGD[float64]{Decay: decay}, "momentum": optim.NewMomentum[float64](0.9),
		"nesterov": optim.NewNesterov[float64](0.9),
		"adam":     optim.NewAdam[float64](), "adamw": optim.NewAdamW[float64](0.05),
		"amsgrad": optim.NewAMSGrad[float64](),
		"nadam":   nadam, "lion": optim.NewLion[float64](0.05), "adagrad": adagrad, "rmsprop": rms,
		"adadelta": delta,
	}
}

// TestMoreStepsAgainstPlainLoops checks the optimizers that compare leaves out, without
// decay, against the formulas in their docs.
func TestMoreStepsAgainstPlainLoops(t *testing.T) {
	mu := func(t int) float64 { return 0.9 * (1 - 0.5*math.Pow(0.96, float64(t)*0.004)) }
	var product float64
	for name, c := range map[string]struct {
		opt optim.Optimizer[float64]
		ref reference
	}{
		"nesterov": {optim.NewNesterov[float64](0.9),
			func(w, g, eta, _ float64, _ int, s *[2]float64) float64 {
				s[0] = 0.9*s[0] + g
				return w - eta*(g+0.9*s[0])
			}},
		"lion": {optim.NewLion[float64](0), func(w, g, eta, _ float64, _ int, s *[2]float64) float64 {
			if u := 0.9*s[0] + 0.1*g; u != 0 {
				w -= eta * math.Copysign(1, u)
			}
			s[0] = 0.99*s[0] + 0.01*g
			return w
		}},
		"adagrad": {&optim.Adagrad[float64]{Eps: 1e-10, Initial: 0.1, RateDecay: 0.01},
			func(w, g, eta, _ float64, t int, s *[2]float64) float64 {
				if t == 0 {
					s[0] = 0.1
				}
				s[0] += g * g
				return w - eta/(1+float64(t)*0.01)*g/(math.Sqrt(s[0])+1e-10)
			}},
		"rmsprop": {optim.NewRMSProp[float64](), func(w, g, eta, _ float64, _ int, s *[2]float64) float64 {
			s[0] = 0.99*s[0] + 0.01*g*g
			return w - eta*g/(math.Sqrt(s[0])+1e-8)
		}},
		"rmsprop, centred": {&optim.RMSProp[float64]{Alpha: 0.9, Eps: 1e-8, Centered: true},
			func(w, g, eta, _ float64, _ int, s *[2]float64) float64 {
				s[0] = 0.9*s[0] + 0.1*g*g
				s[1] = 0.9*s[1] + 0.1*g
				return w - eta*g/(math.Sqrt(s[0]-s[1]*s[1])+1e-8)
			}},
		"rmsprop, momentum": {&optim.RMSProp[float64]{Alpha: 0.9, Eps: 1e-8, Mu: 0.5},
			func(w, g, eta, _ float64, _ int, s *[2]float64) float64 {
				s[0] = 0.9*s[0] + 0.1*g*g
				s[1] = 0.5*s[1] + g/(math.Sqrt(s[0])+1e-8)
				return w - eta*s[1]
			}},
		"adadelta": {optim.NewAdadelta[float64](), func(w, g, eta, _ float64, _ int, s *[2]float64) float64 {
			s[0] = 0.9*s[0] + 0.1*g*g
			q := math.Sqrt((s[1]+1e-6)/(s[0]+1e-6)) * g
			s[1] = 0.9*s[1] + 0.1*q*q
			return w - eta*q
		}},
		"nadam": {optim.NewNAdam[float64](), func(w, g, eta, _ float64, t int, s *[2]float64) float64 {
			product = 1
			for i := 1; i <= t+1; i++ {
				product *= mu(i)
			}
			s[0] = 0.9*s[0] + 0.1*g
			s[1] = 0.999*s[1] + 0.001*g*g
			m, next := mu(t+1), mu(t+2)
			step := (1-m)/(1-product)*g + next/(1-product*next)*s[0]
			return w - eta*step/(math.Sqrt(s[1]/(1-math.Pow(0.999, float64(t+1))))+1e-8)
		}},
	} {
		t.Run(name, func(t *testing.T) { compare(t, c.opt, c.ref, 0) })
	}
}

// TestAMSGradKeepsTheLargest: after one large gradient the small ones move w as far as
// that allows, not as far as Adam lets them.
func TestAMSGradKeepsTheLargest(t *testing.T) {
	step := func(opt optim.Optimizer[float64]) float64 {
		p := layer.NewParam("w", layer.Zeros[float64], 1)
		for i := range 3000 {
			p.Grad[0] = 0.01
			if i == 0 {
				p.Grad[0] = 10
			}
			opt.Step([]*layer.Param[float64]{p}, 0.001)
		}
		before := p.Value[0]
		p.Grad[0] = 0.01
		opt.Step([]*layer.Param[float64]{p}, 0.001)
		return math.Abs(p.Value[0] - before)
	}
	if adam, ams := step(optim.NewAdam[float64]()), step(optim.NewAMSGrad[float64]()); !(ams < adam/2) {
		t.Errorf("steps of %g and %g", adam, ams)
	}
}

// TestStateGoesOn: an optimizer with the tensors and the count of another goes on with
// the same bits.
func TestStateGoesOn(t *testing.T) {
	for name, first := range all() {
		t.Run(name, func(t *testing.T) {
			second := all()[name]
			a, b := tensors(), tensors()
			for s := range steps {
				feed(a, s)
				first.Step(a, rate(s))
			}
			for i, p := range b {
				copy(p.Value, a[i].Value)
			}
			from, to := first.Tensors(a), second.Tensors(b)
			if len(from) != len(to) {
				t.Fatalf("%d tensors, then %d", len(from), len(to))
			}
			for i := range from {
				if from[i].Name != to[i].Name {
					t.Fatalf("tensor %s, then %s", from[i].Name, to[i].Name)
				}
				copy(to[i].Value, from[i].Value)
			}
			second.SetSteps(first.Steps())
			for s := steps; s < 2*steps; s++ {
				feed(a, s)
				feed(b, s)
				first.Step(a, rate(s))
				second.Step(b, rate(s))
			}
			for i, p := range a {
				for j, v := range p.Value {
					if b[i].Value[j] != v {
						t.Fatalf("%s[%d] = %v, want %v", p.Name, j, b[i].Value[j], v)
					}
				}
			}
		})
	}
}

// TestOptionsSwitchedOnLater: an option that needs another vector begins it at 0 where it is switched on between two
// steps. The steps from there are those of an optimizer that has had the option from the start and gets the rest
// of the state.
func TestOptionsSwitchedOnLater(t *testing.T) {
	type optimizer = optim.Optimizer[float64]
	adam := func() optimizer { return optim.NewAdam[float64]() }
	rms := func() optimizer { return optim.NewRMSProp[float64]() }
	centered := func() optimizer { return &optim.RMSProp[float64]{Alpha: 0.9, Eps: 1e-8, Centered: true} }
	moving := func() optimizer { return &optim.RMSProp[float64]{Alpha: 0.9, Eps: 1e-8, Mu: 0.5} }
	amsgrad := func(o optimizer) { o.(*optim.Adam[float64]).AMSGrad = true }
	centre := func(o optimizer) { o.(*optim.RMSProp[float64]).Centered = true }
	move := func(o optimizer) { o.(*optim.RMSProp[float64]).Mu = 0.5 }
	for name, c := range map[string]struct {
		fresh    func() optimizer
		switches []func(optimizer)
	}{
		"AMSGrad":            {adam, []func(optimizer){amsgrad}},
		"Centered":           {rms, []func(optimizer){centre}},
		"Mu":                 {rms, []func(optimizer){move}},
		"Centered and Mu":    {rms, []func(optimizer){centre, move}},
		"Mu beside Centered": {centered, []func(optimizer){move}},
		"Centered beside Mu": {moving, []func(optimizer){centre}},
	} {
		first, other := c.fresh(), c.fresh()
		a, b := tensors(), tensors()
		for s := range steps {
			feed(a, s)
			first.Step(a, rate(s))
		}
		for i, p := range b {
			copy(p.Value, a[i].Value)
		}
		state := map[string][]float64{}
		for _, v := range first.Tensors(a) {
			state[v.Name] = v.Value
		}
		for _, on := range c.switches {
			on(first)
			on(other)
		}
		for _, v := range other.Tensors(b) {
			copy(v.Value, state[v.Name])
		}
		other.SetSteps(first.Steps())
		stepBoth(a, b, first, other, steps, 2*steps)
		for i, p := range a {
			if !slices.Equal(p.Value, b[i].Value) {
				t.Errorf("%s: %s is %v, want %v", name, p.Name, p.Value, b[i].Value)
			}
		}
	}
}

func feed(params []*layer.Param[float64], s int) {
	for k, p := range params {
		for i := range p.Grad {
			p.Grad[i] = gradient(s, k, i)
		}
	}
}

// stepBoth takes the same steps, from the first one to before the last, of two optimizers.
func stepBoth(a, b []*layer.Param[float64], first, second optim.Optimizer[float64], from, to int) {
	for s := from; s < to; s++ {
		feed(a, s)
		feed(b, s)
		first.Step(a, rate(s))
		second.Step(b, rate(s))
	}
}

// TestGradScale: a factor on the gradient is the same as a longer gradient, and is gone
// after the step.
func TestGradScale(t *testing.T) {
	for name, opt := range all() {
		other := all()[name]
		a, b := tensors(), tensors()
		feed(a, 0)
		feed(b, 0)
		for i, p := range a[:2] {
			p.GradScale = 0.25
			for j := range b[i].Grad {
				b[i].Grad[j] *= 0.25
			}
		}
		opt.Step(a, 0.1)
		other.Step(b, 0.1)
		for i, p := range a {
			if p.GradScale != 0 || p.Value[0] != b[i].Value[0] {
				t.Errorf("%s: scale %v, %v instead of %v", name, p.GradScale, p.Value[0], b[i].Value[0])
			}
		}
	}
}

func TestGroups(t *testing.T) {
	p := tensors()
	feed(p, 0)
	before := []float64{p[0].Value[0], p[1].Value[0]}
	groups := optim.NewGroups(optim.Group[float64]{Params: p[:1], Optimizer: &optim.SGD[float64]{},
		RateScale: 0.5})
	groups.Step(p, 0.1)
	if got, want := p[0].Value[0], before[0]-0.05*gradient(0, 0, 0); !(math.Abs(got-want) <= 1e-15) ||
		p[1].Value[0] != before[1] {
		t.Errorf("%v, want %v; the other went from %v to %v", got, want, before[1], p[1].Value[0])
	}
	defer func() {
		if recover() == nil {
			t.Error("no panic for a parameter in two groups")
		}
	}()
	optim.NewGroups(optim.Group[float64]{Params: p, Optimizer: groups},
		optim.Group[float64]{Params: p[:1], Optimizer: groups})
}

// TestGroupsGoOn: the state and the count of a set of groups are those of all its groups, so
// that another one goes on from them with the same bits.
func TestGroupsGoOn(t *testing.T) {
	fresh := func(p []*layer.Param[float64]) *optim.Groups[float64] {
		return optim.NewGroups(optim.Group[float64]{Params: p[:1], Optimizer: optim.NewAdam[float64]()},
			optim.Group[float64]{Params: p[1:2], Optimizer: optim.NewNAdam[float64](), RateScale: 0.5})
	}
	a, b := tensors(), tensors()
	first, second := fresh(a), fresh(b)
	for s := range steps {
		feed(a, s)
		first.Step(a, rate(s))
	}
	for i, p := range b {
		copy(p.Value, a[i].Value)
	}
	from, to := first.Tensors(a), second.Tensors(b)
	var names []string
	for i, tensor := range from {
		names = append(names, tensor.Name)
		copy(to[i].Value, tensor.Value)
	}
	if want := []string{"m.w", "v.w", "m.b", "v.b"}; !slices.Equal(names, want) || len(to) != len(want) {
		t.Fatalf("tensors %v, want %v", names, want)
	}
	if first.Steps() != steps || second.Steps() != 0 || optim.NewGroups[float64]().Steps() != 0 {
		t.Errorf("%d and %d steps, want %d and 0", first.Steps(), second.Steps(), steps)
	}
	second.SetSteps(first.Steps())
	stepBoth(a, b, first, second, steps, 2*steps)
	for i, p := range a {
		if !slices.Equal(p.Value, b[i].Value) {
			t.Errorf("%s is %v, want %v", p.Name, b[i].Value, p.Value)
		}
	}
}

func TestAverage(t *testing.T) {
	p := tensors()[:1]
	want := p[0].Value[0]
	a := optim.NewAverage(p, 0.75)
	for i := range 4 {
		p[0].Value[0] = float64(i)
		a.Update()
		want = 0.75*want + 0.25*float64(i)
	}
	a.Swap()
	if got := p[0].Value[0]; !(math.Abs(got-want) <= 1e-15) {
		t.Errorf("average %v, want %v", got, want)
	}
	a.Swap()
	if p[0].Value[0] != 3 {
		t.Errorf("the parameter came back as %v", p[0].Value[0])
	}
}

func TestPlateau(t *testing.T) {
	p := &optim.Plateau{Initial: 1, Factor: 0.5, Patience: 1, Cooldown: 1, Least: 0.2}
	want := []float64{1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2}
	for i, metric := range []float64{3, 2, 2, 2.5, 2, 2, 2, math.NaN(), 2, 2} {
		p.Observe(metric)
		if got := p.Rate(i); got != want[i] {
			t.Errorf("after epoch %d: rate %v, want %v", i, got, want[i])
		}
	}
}

// TestPlateauBelowZero: the tolerance is a share of the size of the best metric, whatever its sign.
func TestPlateauBelowZero(t *testing.T) {
	for metric, better := range map[float64]bool{-10: false, -10.5: false, -11.5: true, -9: false} {
		p := &optim.Plateau{Initial: 1, Factor: 0.5, Patience: 5, Tolerance: 0.1}
		p.Observe(-10)
		if p.Observe(metric); (p.Best == metric && p.Bad == 0) != better {
			t.Errorf("%v after -10: best %v, %d bad, want an improvement %v", metric, p.Best, p.Bad, better)
		}
	}
}

// TestPlateauAfterInfinity: a metric that began infinite can improve.
func TestPlateauAfterInfinity(t *testing.T) {
	p := &optim.Plateau{Initial: 1, Factor: 0.5, Tolerance: 0.1}
	for _, metric := range []float64{math.Inf(1), 3, 2} {
		if p.Observe(metric) || p.Best != metric {
			t.Errorf("%v: %+v", metric, *p)
		}
	}
}

// TestPlateauAfterNaN: a metric that begins with NaN can improve; until then its epochs count as bad.
func TestPlateauAfterNaN(t *testing.T) {
	p := &optim.Plateau{Initial: 1, Factor: 0.5, Patience: 3}
	for i, c := range []struct {
		metric float64
		bad    int
	}{{math.NaN(), 1}, {math.NaN(), 2}, {3, 0}, {3, 1}, {2, 0}} {
		if p.Observe(c.metric) || p.Bad != c.bad || c.bad == 0 && p.Best != c.metric {
			t.Errorf("epoch %d: %+v", i, *p)
		}
	}
}

// TestOneCycle: the formula of PyTorch's OneCycleLR(max_lr=1, total_steps=10).
func TestOneCycle(t *testing.T) {
	rate := optim.OneCycle(1, 0.3, 10)
	for step, want := range map[int]float64{0: 0.04, 1: 0.52, 2: 1, 9: 4e-6, 100: 4e-6,
		5: 4e-6 + (1-4e-6)/2*(1+math.Cos(3*math.Pi/7))} {
		if got := rate(step); !(math.Abs(got-want) <= 1e-9*want) {
			t.Errorf("step %d: %v, want %v", step, got, want)
		}
	}
}

func ExampleNewGroups() {
	body := layer.NewLinear[float64](1, 1, kernels.ActIdentity).NoBias()
	head := layer.NewLinear[float64](1, 1, kernels.ActIdentity).NoBias()
	body.W.Grad[0], head.W.Grad[0] = 1, 1
	opt := optim.NewGroups(
		optim.Group[float64]{Params: body.Params(), Optimizer: &optim.SGD[float64]{}, RateScale: 0.1},
		optim.Group[float64]{Params: head.Params(), Optimizer: &optim.SGD[float64]{}})
	opt.Step(append(body.Params(), head.Params()...), 1)
	fmt.Println(body.W.Value[0], head.W.Value[0])
	// Output: -0.1 -1
}

func ExampleOneCycle() {
	rate := optim.OneCycle(1, 0.3, 10)
	fmt.Printf("%.2f %.2f %.2f\n", rate(0), rate(2), rate(9))
	// Output: 0.04 1.00 0.00
}

func ExampleNewAverage() {
	l := layer.NewLinear[float64](1, 1, kernels.ActIdentity).NoBias()
	average := optim.NewAverage(l.Params(), 0.5)
	l.W.Value[0] = 8
	average.Update()
	average.Swap() // evaluate or save, then swap back
	fmt.Println(l.W.Value[0])
	// Output: 4
}

// TestOneCycleWithoutRise: where the first part is a single step, the rate is at its top there.
func TestOneCycleWithoutRise(t *testing.T) {
	if got := optim.OneCycle(1, 0.1, 10)(0); got != 1 {
		t.Errorf("the first rate is %v, want 1", got)
	}
}

// TestOneCycleEnds: the rate of the last step is top/250,000, also where the fall is shorter than a step, and no
// step before the last has it. The rate rises to the peak and falls from there.
func TestOneCycleEnds(t *testing.T) {
	for _, total := range []int{1, 2, 3, 10, 97} {
		for part := 0.0; part < 1; part += 0.0123 {
			rate, peak := optim.OneCycle(3, part, total), part*float64(total)-1
			for step := range total {
				got := rate(step)
				if end := got == 3*(1./250_000); end != (step == total-1) {
					t.Errorf("%d steps, part %v: rate %v at step %d", total, part, got, step)
				}
				if step == 0 {
					continue
				}
				before := rate(step - 1)
				if float64(step) <= peak && got <= before || float64(step-1) >= peak && got >= before {
					t.Errorf("%d steps, part %v: rate %v at step %d after %v", total, part, got, step, before)
				}
			}
		}
	}
}
