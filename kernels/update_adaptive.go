package kernels

// AdagradParams are the constants of one Adagrad step.
type AdagradParams struct {
	LR, LRDecay, Eps float64
	WeightDecay      float64
	Decoupled        bool
	GradScale        float64 // 0 counts as 1
	Step             int     // 1 for the first update
}

// UpdateAdagrad computes, with t = Step (Duchi, Hazan and Singer, Adaptive
// Subgradient Methods, JMLR 2011):
//
//	s += g'^2
//	w -= LR/(1 + (t-1)*LRDecay) * g' / (sqrt(s) + Eps)
//
// g' and its bound are those of [UpdateSGD]. Fill s with the initial accumulator, such as 0,
// before the first step. Step must be at least 1.
func UpdateAdagrad[T Float](w, g, s []T, p AdagradParams) {
	var v [5][]T
	v[0], v[1], v[2] = w, g, s
	checkUpdate("UpdateAdagrad", "w g s", v[:3])
	checkStep("UpdateAdagrad", p.Step)
	raceUpdate(v[:3])
	var c updateConstants[T]
	adagradConstants(&c, &p)
	if len(w) > maxCall {
		updateLong(adagradRule[T]{}, &v, &c)
		return
	}
	dispatchUpdateAdagrad(Active(), w, g, s, &c)
}

// RMSPropParams are the constants of one RMSProp step.
type RMSPropParams struct {
	LR, Alpha, Eps float64
	Momentum       float64 // mu; 0 for none
	Centered       bool    // divides by the deviation of g' instead of its root mean square
	WeightDecay    float64
	Decoupled      bool
	GradScale      float64 // 0 counts as 1
}

// UpdateRMSProp computes (Hinton, Neural Networks for Machine Learning, lecture 6e,
// 2012; centred after Graves, Generating Sequences With Recurrent Neural Networks,
// 2013)
//
//	v = Alpha*v + (1-Alpha)*g'^2
//	q = g' / (sqrt(v) + Eps)
//	w -= LR*q
//
// With Centered, mean = Alpha*mean + (1-Alpha)*g', and v - mean^2 takes the place of
// v in the root, or 0 where rounding makes that negative. With Momentum,
// velocity = mu*velocity + q takes the place of q in the last line. Without Centered mean,
// and without Momentum velocity, is neither read nor written and may be nil. g' and its bound
// are those of [UpdateSGD].
func UpdateRMSProp[T Float](w, g, v, mean, velocity []T, p RMSPropParams) {
	const op = "UpdateRMSProp"
	s := [5][]T{w, g, v, mean, velocity}
	if !p.Centered {
		s[3] = nil
	}
	if p.Momentum == 0 {
		s[4] = nil
	}
	switch {
	case p.Centered && p.Momentum != 0:
		checkUpdate(op, "w g v mean velocity", s[:])
		raceUpdate(s[:])
	case p.Centered:
		checkUpdate(op, "w g v mean", s[:4])
		raceUpdate(s[:4])
	case p.Momentum != 0:
		used := [][]T{w, g, v, velocity}
		checkUpdate(op, "w g v velocity", used)
		raceUpdate(used)
	default:
		checkUpdate(op, "w g v", s[:3])
		raceUpdate(s[:3])
	}
	var c updateConstants[T]
	rmsPropConstants(&c, &p)
	if len(w) > maxCall {
		updateLong(rmsPropRuleOf[T](p), &s, &c)
		return
	}
	switch t := Active(); {
	case p.Centered && p.Momentum != 0:
		dispatchUpdateRMSPropCenteredMomentum(t, w, g, v, mean, velocity, &c)
	case p.Centered:
		dispatchUpdateRMSPropCentered(t, w, g, v, mean, &c)
	case p.Momentum != 0:
		dispatchUpdateRMSPropMomentum(t, w, g, v, velocity, &c)
	default:
		dispatchUpdateRMSProp(t, w, g, v, &c)
	}
}

// rmsPropRuleOf returns the variant of RMSProp that p selects.
func rmsPropRuleOf[T Float](p RMSPropParams) updateRule[T] {
	switch {
	case p.Centered && p.Momentum != 0:
		return rmsPropCenteredMomentumRule[T]{}
	case p.Centered:
		return rmsPropCenteredRule[T]{}
	case p.Momentum != 0:
		return rmsPropMomentumRule[T]{}
	}
	return rmsPropRule[T]{}
}

// AdadeltaParams are the constants of one Adadelta step.
type AdadeltaParams struct {
	LR, Rho, Eps float64
	WeightDecay  float64
	Decoupled    bool
	GradScale    float64 // 0 counts as 1
}

// UpdateAdadelta computes (Zeiler, ADADELTA: An Adaptive Learning Rate Method, 2012;
// the paper has LR = 1):
//
//	v = Rho*v + (1-Rho)*g'^2
//	q = sqrt((u + Eps) / (v + Eps)) * g'
//	u = Rho*u + (1-Rho)*q^2
//	w -= LR*q
//
// g' and its bound are those of [UpdateSGD].
func UpdateAdadelta[T Float](w, g, v, u []T, p AdadeltaParams) {
	var s [5][]T
	s[0], s[1], s[2], s[3] = w, g, v, u
	checkUpdate("UpdateAdadelta", "w g v u", s[:4])
	raceUpdate(s[:4])
	var c updateConstants[T]
	adadeltaConstants(&c, &p)
	if len(w) > maxCall {
		updateLong(adadeltaRule[T]{}, &s, &c)
		return
	}
	dispatchUpdateAdadelta(Active(), w, g, v, u, &c)
}

func adagradConstants[T Float](c *updateConstants[T], p *AdagradParams) {
	decayConstants(c, p.LR, p.WeightDecay, p.GradScale, p.Decoupled)
	holdTo(c, sumBounds)
	c[cRate] = T(p.LR / (1 + float64(float64(p.Step-1)*p.LRDecay)))
	c[cEps] = T(p.Eps)
}

func rmsPropConstants[T Float](c *updateConstants[T], p *RMSPropParams) {
	decayConstants(c, p.LR, p.WeightDecay, p.GradScale, p.Decoupled)
	holdTo(c, meanBounds)
	c[cRate], c[cBeta1], c[cEps] = T(p.LR), T(p.Momentum), T(p.Eps)
	c[cBeta2], c[cBeta2c] = T(p.Alpha), T(1-p.Alpha)
}

func adadeltaConstants[T Float](c *updateConstants[T], p *AdadeltaParams) {
	decayConstants(c, p.LR, p.WeightDecay, p.GradScale, p.Decoupled)
	holdTo(c, sumBounds)
	c[cRate], c[cEps] = T(p.LR), T(p.Eps)
	c[cBeta2], c[cBeta2c] = T(p.Rho), T(1-p.Rho)
}

type (
	adagradRule[T Float]                 struct{}
	rmsPropRule[T Float]                 struct{}
	rmsPropCenteredRule[T Float]         struct{}
	rmsPropMomentumRule[T Float]         struct{}
	rmsPropCenteredMomentumRule[T Float] struct{}
	adadeltaRule[T Float]                struct{}
)

func (adagradRule[T]) apply(t Tier, s [5][]T, c *updateConstants[T]) {
	dispatchUpdateAdagrad(t, s[0], s[1], s[2], c)
}

func (rmsPropRule[T]) apply(t Tier, s [5][]T, c *updateConstants[T]) {
	dispatchUpdateRMSProp(t, s[0], s[1], s[2], c)
}

func (rmsPropCenteredRule[T]) apply(t Tier, s [5][]T, c *updateConstants[T]) {
	dispatchUpdateRMSPropCentered(t, s[0], s[1], s[2], s[3], c)
}

func (rmsPropMomentumRule[T]) apply(t Tier, s [5][]T, c *updateConstants[T]) {
	dispatchUpdateRMSPropMomentum(t, s[0], s[1], s[2], s[4], c)
}

func (rmsPropCenteredMomentumRule[T]) apply(t Tier, s [5][]T, c *updateConstants[T]) {
	dispatchUpdateRMSPropCenteredMomentum(t, s[0], s[1], s[2], s[3], s[4], c)
}

func (adadeltaRule[T]) apply(t Tier, s [5][]T, c *updateConstants[T]) {
	dispatchUpdateAdadelta(t, s[0], s[1], s[2], s[3], c)
}

func updateAdagradGeneric[T Float](w, g, s []T, c *updateConstants[T]) {
	for i, x := range w {
		d := held(g[i], x, c)
		s[i] = flush(s[i]+T(d*d), c[cTiny])
		w[i] = T(c[cDecay]*x) - T(c[cRate]*(d/(root(s[i])+c[cEps])))
	}
}

func updateRMSPropGeneric[T Float](w, g, v []T, c *updateConstants[T]) {
	for i, x := range w {
		d := held(g[i], x, c)
		v[i] = average(v[i], d, c[cBeta2], T(c[cBeta2c]*d), c[cTiny])
		w[i] = T(c[cDecay]*x) - T(c[cRate]*(d/(root(v[i])+c[cEps])))
	}
}

func updateRMSPropCenteredGeneric[T Float](w, g, v, mean []T, c *updateConstants[T]) {
	for i, x := range w {
		d := held(g[i], x, c)
		v[i] = average(v[i], d, c[cBeta2], T(c[cBeta2c]*d), c[cTiny])
		mean[i] = average(mean[i], d, c[cBeta2], c[cBeta2c], c[cTiny])
		q := d / (root(max(0, v[i]-T(mean[i]*mean[i]))) + c[cEps])
		w[i] = T(c[cDecay]*x) - T(c[cRate]*q)
	}
}

func updateRMSPropMomentumGeneric[T Float](w, g, v, velocity []T, c *updateConstants[T]) {
	for i, x := range w {
		d := held(g[i], x, c)
		v[i] = average(v[i], d, c[cBeta2], T(c[cBeta2c]*d), c[cTiny])
		velocity[i] = flush(T(c[cBeta1]*velocity[i])+d/(root(v[i])+c[cEps]), c[cTiny])
		w[i] = T(c[cDecay]*x) - T(c[cRate]*velocity[i])
	}
}

func updateRMSPropCenteredMomentumGeneric[T Float](w, g, v, mean, velocity []T, c *updateConstants[T]) {
	for i, x := range w {
		d := held(g[i], x, c)
		v[i] = average(v[i], d, c[cBeta2], T(c[cBeta2c]*d), c[cTiny])
		mean[i] = average(mean[i], d, c[cBeta2], c[cBeta2c], c[cTiny])
		q := d / (root(max(0, v[i]-T(mean[i]*mean[i]))) + c[cEps])
		velocity[i] = flush(T(c[cBeta1]*velocity[i])+q, c[cTiny])
		w[i] = T(c[cDecay]*x) - T(c[cRate]*velocity[i])
	}
}

func updateAdadeltaGeneric[T Float](w, g, v, u []T, c *updateConstants[T]) {
	for i, x := range w {
		d := held(g[i], x, c)
		v[i] = average(v[i], d, c[cBeta2], T(c[cBeta2c]*d), c[cTiny])
		q := root((u[i]+c[cEps])/(v[i]+c[cEps])) * d
		u[i] = average(u[i], q, c[cBeta2], T(c[cBeta2c]*q), c[cTiny])
		w[i] = T(c[cDecay]*x) - T(c[cRate]*q)
	}
}
