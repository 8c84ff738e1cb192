package spec

import (
	"fmt"
	"math"
	"sync"

	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/kernels"
)

// updateCases are the settings of the updates in the table. Each takes what it
// needs: the momentum and the weight of the mean come from Beta1, the weight of the
// mean square and the decay of the learning rate from Beta2.
var updateCases = []kernels.AdamParams{
	{LR: 0.1, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Step: 1},
	{LR: 0.01, Beta1: 0.5, Beta2: 0.99, Eps: 1e-6, WeightDecay: 0.25, GradScale: 0.125, Step: 10},
	{LR: 0.001, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.5, Decoupled: true, Step: 1000},
}

// rmsPropCases are the variants of RMSProp, each with its settings.
var rmsPropCases = []struct {
	Centered, Momentum bool
	kernels.AdamParams
}{
	{false, false, updateCases[1]}, {true, false, updateCases[2]}, {false, true, updateCases[0]},
	{true, true, updateCases[1]},
}

const tableMomentumDecay = 0.004

func updateLines() []line {
	var cases, variants []string
	describe := func(c kernels.AdamParams) string {
		return fmt.Sprintf("lr=%v decay=%v decoupled=%v scale=%v step=%d",
			c.LR, c.WeightDecay, c.Decoupled, c.GradScale, c.Step)
	}
	for _, c := range updateCases {
		cases = append(cases, describe(c))
	}
	for _, c := range rmsPropCases {
		variants = append(variants,
			fmt.Sprintf("centered=%v momentum=%v %s", c.Centered, c.Momentum, describe(c.AdamParams)))
	}
	tol := Tol{Kind: Scaled, Max: 4}
	w, g, m, v := vector("w", InOut, Moderate), vector("g", In, Moderate), vector("m", InOut, Moderate),
		vector("v", InOut, Positive)
	add := func(kernel string, cases []string, oracle func(*Ref), run32, run64 func(*Call),
		state ...Param) line {
		return line{Row: Row{Kernel: kernel, Dims: "N", Cases: cases, Tol: tol, Bitwise: true,
			Params: append([]Param{w, g}, state...), Ref: oracle},
			run: calls{run32, run64}}
	}
	return []line{
		add("UpdateSGD", cases, updateOracle(sgdOracle).run, runUpdateSGD[float32], runUpdateSGD[float64]),
		add("UpdateMomentum", cases, updateOracle(momentumOracle).run, runUpdateMomentum[float32],
			runUpdateMomentum[float64], m),
		add("UpdateNesterov", cases, updateOracle(nesterovOracle).run, runUpdateNesterov[float32],
			runUpdateNesterov[float64], m),
		add("UpdateAdam", cases, updateOracle(adamOracle).squares(squareBound), runUpdateAdam[float32],
			runUpdateAdam[float64], m, v),
		add("UpdateAMSGrad", cases, updateOracle(amsGradOracle).squares(squareBound),
			runUpdateAMSGrad[float32], runUpdateAMSGrad[float64], m, v, vector("top", InOut, Positive)),
		add("UpdateNAdam", cases, updateOracle(nadamOracle).squares(squareBound),
			runUpdateNAdam[float32], runUpdateNAdam[float64], m, v),
		add("UpdateLion", cases, updateOracle(lionOracle).run, runUpdateLion[float32],
			runUpdateLion[float64], m),
		add("UpdateAdagrad", cases, updateOracle(adagradOracle).squares(squaresBound),
			runUpdateAdagrad[float32], runUpdateAdagrad[float64], v),
		add("UpdateRMSProp", variants,
			func(r *Ref) {
				updateOracle(rmsPropOracle).steps(r, squareBound, rmsPropCases[r.Case].AdamParams)
			}, runUpdateRMSProp[float32], runUpdateRMSProp[float64], v,
			variantVector("mean", func(c int) bool { return rmsPropCases[c].Centered }),
			variantVector("velocity", func(c int) bool { return rmsPropCases[c].Momentum })),
		add("UpdateAdadelta", cases, updateOracle(adadeltaOracle).squares(squaresBound),
			runUpdateAdadelta[float32], runUpdateAdadelta[float64], v, vector("u", InOut, Positive)),
	}
}

// variantVector is a state that only some cases have.
func variantVector(name string, has func(c int) bool) Param {
	p := vector(name, InOut, Moderate)
	p.Shape = func(s Sizes) (int, int) {
		if has(s.Case) {
			return 1, s.N
		}
		return 0, s.N
	}
	return p
}

// gradBound are the exponents of the bound of g' that the doc of kernels.UpdateSGD states, in
// float32 and float64.
type gradBound struct{ f32, f64 int }

var (
	noBound      = gradBound{1024, 1024}
	squareBound  = gradBound{63, 511}
	squaresBound = gradBound{51, 485}
)

// updateStep is element j of an update as its oracle sees it.
type updateStep struct {
	*Ref
	j     int
	h     kernels.AdamParams
	bound float64  // of g'
	d     estimate // g'
}

// held is a, limited to the bound; NaN stays NaN.
func (s *updateStep) held(a estimate) estimate {
	switch {
	case dd.Less(num(s.bound), a.v):
		return s.exact(num(s.bound))
	case dd.Less(a.v, num(-s.bound)):
		return s.exact(num(-s.bound))
	}
	return a
}

// updateOracle sets the state of one element and returns what is subtracted from
// the decayed weight.
type updateOracle func(s *updateStep) estimate

func (f updateOracle) run(r *Ref) { f.steps(r, noBound, updateCases[r.Case]) }

// squares is run for a rule that takes squares of g'.
func (f updateOracle) squares(b gradBound) func(r *Ref) {
	return func(r *Ref) { f.steps(r, b, updateCases[r.Case]) }
}

func (f updateOracle) steps(r *Ref, b gradBound, h kernels.AdamParams) {
	s := &updateStep{Ref: r, h: h, bound: math.Ldexp(1, b.f64)}
	if r.DType == F32 {
		s.bound = math.Ldexp(1, b.f32)
	}
	gradScale, decay := s.hyper(h.GradScale), s.hyper(h.WeightDecay)
	if h.GradScale == 0 {
		gradScale = s.exact(num(1))
	}
	keep, coupled := s.exact(num(1)), decay
	if h.Decoupled {
		keep, coupled = keep.sub(s.hyper(h.LR).mul(decay)), s.exact(num(0))
	}
	for s.j = range r.N {
		w := s.state(0)
		s.d = s.held(gradScale.mul(s.state(1)).add(coupled.mul(w)))
		q := f(s)
		r.set(0, s.j, keep.mul(w).sub(q))
	}
}

// hyper is a setting, rounded to the type of the data.
func (s *updateStep) hyper(x float64) estimate { return s.rounded(num(x)) }

// less is 1 - x, rounded once.
func (s *updateStep) less(x float64) estimate { return s.rounded(dd.Sub(num(1), num(x))) }

func (s *updateStep) state(p int) estimate { return s.exact(s.in(p, 0, s.j)) }

func (s *updateStep) rate() estimate { return s.hyper(s.h.LR) }

// keep sets state p to a, or to 0 where a is too small (see flushed).
func (s *updateStep) keep(p int, a estimate) estimate {
	a = a.flushed()
	s.set(p, s.j, a)
	return a
}

// average sets state p to beta*state + (1-beta)*x.
func (s *updateStep) average(p int, beta float64, x estimate) estimate {
	return s.keep(p, s.hyper(beta).mul(s.state(p)).add(s.less(beta).mul(x)))
}

// square sets state p to beta*state + (1-beta)*x^2.
func (s *updateStep) square(p int, beta float64, x estimate) estimate {
	return s.average(p, beta, x.mul(x))
}

// velocity is mu*state + x.
func (s *updateStep) velocity(p int, x estimate) estimate {
	return s.hyper(s.h.Beta1).mul(s.state(p)).add(x)
}

// correction is 1 - beta^n, rounded once.
func (s *updateStep) correction(beta float64, n int) estimate {
	return s.rounded(dd.Sub(num(1), powerOf(beta, n)))
}

// powers keeps the results of powerOf: each element of an update asks for the same.
var powers sync.Map

// powerOf is x^n.
func powerOf(x float64, n int) dd.Num {
	type power struct {
		x float64
		n int
	}
	if p, ok := powers.Load(power{x, n}); ok {
		return p.(dd.Num)
	}
	p := num(1)
	for range n {
		p = dd.Mul(p, num(x))
	}
	powers.Store(power{x, n}, p)
	return p
}

func sgdOracle(s *updateStep) estimate { return s.rate().mul(s.d) }

func momentumOracle(s *updateStep) estimate {
	return s.rate().mul(s.keep(2, s.velocity(2, s.d)))
}

func nesterovOracle(s *updateStep) estimate {
	v := s.keep(2, s.velocity(2, s.d))
	return s.rate().mul(s.d.add(s.hyper(s.h.Beta1).mul(v)))
}

// adamMoments sets m and v and returns them.
func adamMoments(s *updateStep) (m, v estimate) {
	return s.average(2, s.h.Beta1, s.d), s.square(3, s.h.Beta2, s.d)
}

// adamRoot is sqrt(v / (1-Beta2^t)) + Eps.
func (s *updateStep) adamRoot(v estimate) estimate {
	correct := s.correction(s.h.Beta2, s.h.Step).sqrt()
	return v.sqrt().div(correct).add(s.hyper(s.h.Eps))
}

// adamRate is LR / (1-Beta1^t).
func (s *updateStep) adamRate() estimate {
	return s.rate().div(s.correction(s.h.Beta1, s.h.Step))
}

func adamOracle(s *updateStep) estimate {
	m, v := adamMoments(s)
	return s.adamRate().mul(m).div(s.adamRoot(v))
}

func amsGradOracle(s *updateStep) estimate {
	m, v := adamMoments(s)
	top := s.state(4)
	if v.v.IsNaN() || dd.Less(top.v, v.v) {
		top.v = v.v
	}
	top.e = v.e // whichever is larger
	s.set(4, s.j, top)
	return s.adamRate().mul(m).div(s.adamRoot(top))
}

func nadamOracle(s *updateStep) estimate {
	m, v := adamMoments(s)
	p := kernels.NAdamParams{Beta1: s.h.Beta1, MomentumDecay: tableMomentumDecay}
	product := 1.0
	for t := 1; t <= s.h.Step; t++ {
		product *= p.Mu(t)
	}
	mu, next := p.Mu(s.h.Step), p.Mu(s.h.Step+1)
	part := func(a, b float64) estimate { return s.rounded(dd.Div(num(a), dd.Sub(num(1), num(b)))) }
	step := s.rate().mul(part(1-mu, product)).mul(s.d).add(s.rate().mul(part(next, product*next)).mul(m))
	return step.div(s.adamRoot(v))
}

func lionOracle(s *updateStep) estimate {
	q := s.hyper(s.h.Beta1).mul(s.state(2)).add(s.less(s.h.Beta1).mul(s.d)).sign()
	s.average(2, s.h.Beta2, s.d)
	return s.rate().mul(q)
}

func adagradOracle(s *updateStep) estimate {
	sum := s.keep(2, s.state(2).add(s.d.mul(s.d)))
	steps := s.hyper(float64(s.h.Step - 1)).mul(s.hyper(s.h.Beta2))
	rate := s.rate().div(s.exact(num(1)).add(s.exact(steps.v)))
	return rate.mul(s.d.div(sum.sqrt().add(s.hyper(s.h.Eps))))
}

func rmsPropOracle(s *updateStep) estimate {
	c := rmsPropCases[s.Case]
	alpha := s.h.Beta2
	v := s.square(2, alpha, s.d)
	if c.Centered {
		mean := s.average(3, alpha, s.d)
		v = v.sub(mean.mul(mean)).positive()
	}
	q := s.d.div(v.sqrt().add(s.hyper(s.h.Eps)))
	if c.Momentum {
		q = s.keep(4, s.velocity(4, q))
	}
	return s.rate().mul(q)
}

func adadeltaOracle(s *updateStep) estimate {
	rho, eps := s.h.Beta2, s.hyper(s.h.Eps)
	v := s.square(2, rho, s.d)
	q := s.state(3).add(eps).div(v.add(eps)).sqrt().mul(s.d)
	s.square(3, rho, q)
	return s.rate().mul(q)
}
