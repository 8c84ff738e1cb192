package kernels

import "math"

// AdamParams are the constants of one Adam step.
type AdamParams struct {
	LR, Beta1, Beta2, Eps float64
	WeightDecay           float64
	Decoupled             bool    // AdamW
	GradScale             float64 // 0 counts as 1
	Step                  int     // 1 for the first update

	bias biasCorrection // computed by Prepare
}

// Prepare computes the bias corrections, which depend on Beta1, Beta2 and Step alone, once for
// all parameters of a model. They are four logarithms and exponentials and take as long as some
// hundred weights. An update for which one of the three has changed computes its own.
func (p *AdamParams) Prepare() { p.bias = biasCorrectionOf(p.Beta1, p.Beta2, p.Step) }

// biasCorrection is the two factors of a step that undo the bias of the averages towards 0.
type biasCorrection struct {
	beta1, beta2 float64
	step         int
	correct1     float64 // 1-beta1^t
	rootScale    float64 // 1/sqrt(1-beta2^t)
}

// UpdateAdam computes, with t = Step (Kingma and Ba 2015; decoupled decay after
// Loshchilov and Hutter 2019):
//
//	m = Beta1*m + (1-Beta1)*g'
//	v = Beta2*v + (1-Beta2)*g'^2
//	w -= LR/(1-Beta1^t) * m / (sqrt(v)/sqrt(1-Beta2^t) + Eps)
//
// g' and its bound are those of [UpdateSGD]. Step must be at least 1.
func UpdateAdam[T Float](w, g, m, v []T, p AdamParams) {
	var s [5][]T
	s[0], s[1], s[2], s[3] = w, g, m, v
	checkUpdate("UpdateAdam", "w g m v", s[:4])
	checkStep("UpdateAdam", p.Step)
	raceUpdate(s[:4])
	var c updateConstants[T]
	adamConstants(&c, &p)
	if len(w) > maxCall {
		updateLong(adamRule[T]{}, &s, &c)
		return
	}
	dispatchUpdateAdam(Active(), w, g, m, v, &c)
}

// UpdateAMSGrad is [UpdateAdam] with the largest v so far in place of v (Reddi, Kale
// and Kumar, On the Convergence of Adam and Beyond, ICLR 2018):
//
//	top = max(top, v)
//	w -= LR/(1-Beta1^t) * m / (sqrt(top)/sqrt(1-Beta2^t) + Eps)
//
// A NaN in top or in v makes top NaN.
func UpdateAMSGrad[T Float](w, g, m, v, top []T, p AdamParams) {
	var s [5][]T
	s[0], s[1], s[2], s[3], s[4] = w, g, m, v, top
	checkUpdate("UpdateAMSGrad", "w g m v top", s[:5])
	checkStep("UpdateAMSGrad", p.Step)
	raceUpdate(s[:5])
	var c updateConstants[T]
	adamConstants(&c, &p)
	if len(w) > maxCall {
		updateLong(amsGradRule[T]{}, &s, &c)
		return
	}
	dispatchUpdateAMSGrad(Active(), w, g, m, v, top, &c)
}

// NAdamParams are the constants of one NAdam step.
type NAdamParams struct {
	LR, Beta1, Beta2, Eps float64
	MomentumDecay         float64 // psi, 0.004 in the paper
	WeightDecay           float64
	Decoupled             bool
	GradScale             float64 // 0 counts as 1
	Step                  int     // 1 for the first update
	MuProduct             float64 // mu(1) mu(2) ... mu(Step)
}

// Mu returns the momentum of step t, Beta1 * (1 - 0.96^(t*MomentumDecay) / 2).
func (p *NAdamParams) Mu(t int) float64 {
	return p.Beta1 * (1 - float64(0.5*math.Pow(0.96, float64(t)*p.MomentumDecay)))
}

// Advance begins the next step: it increments Step and multiplies MuProduct by Mu(Step). If
// Step is 0 it sets MuProduct to 1 first.
func (p *NAdamParams) Advance() {
	if p.Step == 0 {
		p.MuProduct = 1
	}
	p.Step++
	p.MuProduct *= p.Mu(p.Step)
}

// UpdateNAdam computes Adam with Nesterov's momentum (Dozat, Incorporating Nesterov
// Momentum into Adam, 2016), with t = Step, mu(t) as [NAdamParams.Mu] gives it and
// M = MuProduct:
//
//	m = Beta1*m + (1-Beta1)*g'
//	v = Beta2*v + (1-Beta2)*g'^2
//	w -= LR * ((1-mu(t))/(1-M) * g' + mu(t+1)/(1-M*mu(t+1)) * m) / (sqrt(v)/sqrt(1-Beta2^t) + Eps)
//
// g' and its bound are those of [UpdateSGD]. Step must be at least 1. Call
// [NAdamParams.Advance] before each step: it maintains Step and MuProduct.
func UpdateNAdam[T Float](w, g, m, v []T, p NAdamParams) {
	var s [5][]T
	s[0], s[1], s[2], s[3] = w, g, m, v
	checkUpdate("UpdateNAdam", "w g m v", s[:4])
	checkStep("UpdateNAdam", p.Step)
	raceUpdate(s[:4])
	var c updateConstants[T]
	nadamConstants(&c, &p)
	if len(w) > maxCall {
		updateLong(nAdamRule[T]{}, &s, &c)
		return
	}
	dispatchUpdateNAdam(Active(), w, g, m, v, &c)
}

// LionParams are the constants of one step of Lion.
type LionParams struct {
	LR, Beta1, Beta2 float64
	WeightDecay      float64
	Decoupled        bool    // as in the paper
	GradScale        float64 // 0 counts as 1
}

// UpdateLion computes (Chen et al., Symbolic Discovery of Optimization Algorithms,
// NeurIPS 2023), with sign(0) = 0 and NaN for NaN:
//
//	w -= LR * sign(Beta1*m + (1-Beta1)*g')
//	m = Beta2*m + (1-Beta2)*g'
//
// g' is that of [UpdateSGD].
func UpdateLion[T Float](w, g, m []T, p LionParams) {
	var s [5][]T
	s[0], s[1], s[2] = w, g, m
	checkUpdate("UpdateLion", "w g m", s[:3])
	raceUpdate(s[:3])
	var c updateConstants[T]
	lionConstants(&c, &p)
	if len(w) > maxCall {
		updateLong(lionRule[T]{}, &s, &c)
		return
	}
	dispatchUpdateLion(Active(), w, g, m, &c)
}

// checkStep panics unless step is at least 1.
func checkStep(op string, step int) {
	if step < 1 {
		fail(op, "Step", "Step", ">= ", step, 1)
	}
}

func adamConstants[T Float](c *updateConstants[T], p *AdamParams) {
	decayConstants(c, p.LR, p.WeightDecay, p.GradScale, p.Decoupled)
	holdTo(c, meanBounds)
	b := p.bias
	if b.step != p.Step || b.beta1 != p.Beta1 || b.beta2 != p.Beta2 {
		b = biasCorrectionOf(p.Beta1, p.Beta2, p.Step)
	}
	c[cRate] = T(p.LR / b.correct1)
	c[cBeta1], c[cBeta1c] = T(p.Beta1), T(1-p.Beta1)
	c[cBeta2], c[cBeta2c] = T(p.Beta2), T(1-p.Beta2)
	c[cRootScale] = T(b.rootScale)
	c[cEps] = T(p.Eps)
}

func biasCorrectionOf(beta1, beta2 float64, step int) biasCorrection {
	return biasCorrection{beta1, beta2, step, oneMinusPower(beta1, step),
		1 / math.Sqrt(oneMinusPower(beta2, step))}
}

// oneMinusPower returns 1 - beta^t. It uses the logarithm, since the error of repeated
// multiplication grows with t.
func oneMinusPower(beta float64, t int) float64 {
	return -math.Expm1(float64(t) * math.Log(beta))
}

func nadamConstants[T Float](c *updateConstants[T], p *NAdamParams) {
	adamConstants(c, &AdamParams{LR: p.LR, Beta1: p.Beta1, Beta2: p.Beta2, Eps: p.Eps,
		WeightDecay: p.WeightDecay, Decoupled: p.Decoupled, GradScale: p.GradScale, Step: p.Step})
	lr, next := p.LR, p.Mu(p.Step+1)
	c[cGradRate] = T(lr * (1 - p.Mu(p.Step)) / (1 - p.MuProduct))
	c[cRate] = T(lr * next / (1 - float64(p.MuProduct*next)))
}

func lionConstants[T Float](c *updateConstants[T], p *LionParams) {
	decayConstants(c, p.LR, p.WeightDecay, p.GradScale, p.Decoupled)
	c[cRate] = T(p.LR)
	c[cBeta1], c[cBeta1c] = T(p.Beta1), T(1-p.Beta1)
	c[cBeta2], c[cBeta2c] = T(p.Beta2), T(1-p.Beta2)
}

type (
	adamRule[T Float]    struct{}
	amsGradRule[T Float] struct{}
	nAdamRule[T Float]   struct{}
	lionRule[T Float]    struct{}
)

func (adamRule[T]) apply(t Tier, s [5][]T, c *updateConstants[T]) {
	dispatchUpdateAdam(t, s[0], s[1], s[2], s[3], c)
}

func (amsGradRule[T]) apply(t Tier, s [5][]T, c *updateConstants[T]) {
	dispatchUpdateAMSGrad(t, s[0], s[1], s[2], s[3], s[4], c)
}

func (nAdamRule[T]) apply(t Tier, s [5][]T, c *updateConstants[T]) {
	dispatchUpdateNAdam(t, s[0], s[1], s[2], s[3], c)
}

func (lionRule[T]) apply(t Tier, s [5][]T, c *updateConstants[T]) {
	dispatchUpdateLion(t, s[0], s[1], s[2], c)
}

func updateAdamGeneric[T Float](w, g, m, v []T, c *updateConstants[T]) {
	for i, x := range w {
		d := held(g[i], x, c)
		m[i] = average(m[i], d, c[cBeta1], c[cBeta1c], c[cTiny])
		v[i] = average(v[i], d, c[cBeta2], T(c[cBeta2c]*d), c[cTiny])
		w[i] = T(c[cDecay]*x) - T(c[cRate]*m[i])/(T(root(v[i])*c[cRootScale])+c[cEps])
	}
}

// average returns keep*a + part*d, flushed.
func average[T Float](a, d, keep, part, tiny T) T { return flush(T(keep*a)+T(part*d), tiny) }

// root returns the square root of x in T.
func root[T Float](x T) T { return T(math.Sqrt(float64(x))) }

func updateAMSGradGeneric[T Float](w, g, m, v, top []T, c *updateConstants[T]) {
	for i, x := range w {
		d := held(g[i], x, c)
		m[i] = average(m[i], d, c[cBeta1], c[cBeta1c], c[cTiny])
		v[i] = average(v[i], d, c[cBeta2], T(c[cBeta2c]*d), c[cTiny])
		top[i] = max(top[i], v[i])
		w[i] = T(c[cDecay]*x) - T(c[cRate]*m[i])/(T(root(top[i])*c[cRootScale])+c[cEps])
	}
}

func updateNAdamGeneric[T Float](w, g, m, v []T, c *updateConstants[T]) {
	for i, x := range w {
		d := held(g[i], x, c)
		m[i] = average(m[i], d, c[cBeta1], c[cBeta1c], c[cTiny])
		v[i] = average(v[i], d, c[cBeta2], T(c[cBeta2c]*d), c[cTiny])
		step := T(c[cGradRate]*d) + T(c[cRate]*m[i])
		w[i] = T(c[cDecay]*x) - step/(T(root(v[i])*c[cRootScale])+c[cEps])
	}
}

func updateLionGeneric[T Float](w, g, m []T, c *updateConstants[T]) {
	for i, x := range w {
		d := gradient(g[i], x, c)
		s := T(c[cBeta1]*m[i]) + T(c[cBeta1c]*d)
		if s > 0 {
			s = 1
		} else if s < 0 {
			s = -1
		}
		m[i] = average(m[i], d, c[cBeta2], c[cBeta2c], c[cTiny])
		w[i] = T(c[cDecay]*x) - T(c[cRate]*s)
	}
}
