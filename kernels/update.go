package kernels

import (
	"fmt"
	"math"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/dd"
)

// The optimizer updates: one pass over a parameter that reads w, g and the state
// and writes w and the state. In all of them
//
//	g' = GradScale*g + (coupled weight decay)*w
//
// with GradScale 0 counting as 1, and decoupled weight decay shrinks w first.
// Lengths must be equal and the slices must not overlap.
//
// State smaller than 2^-100 in float32 (2^-960 in float64) becomes 0. A decaying
// average would otherwise end among the subnormal numbers and, by rounding, stay
// there, where one step of the whole parameter takes ten times as long.

// SGDParams are the constants of plain and momentum gradient descent.
type SGDParams[T Float] struct {
	LR          T    // learning rate
	Momentum    T    // mu
	WeightDecay T    // lambda
	Decoupled   bool // w *= 1 - LR*lambda instead of g += lambda*w
	GradScale   T    // factor on g, for clipping and accumulation; 0 counts as 1
}

// UpdateSGD computes w -= LR * g'.
func UpdateSGD[T Float](w, g []T, p SGDParams[T]) {
	checkUpdate("UpdateSGD", w, g)
	c := sgdConstants(p)
	runUpdate(Active(), updateSGD, [4][]T{w, g}, &c)
}

// UpdateMomentum computes v = mu*v + g'; w -= LR * v (Polyak 1964, in the form
// where the learning rate is outside the velocity).
func UpdateMomentum[T Float](w, g, v []T, p SGDParams[T]) {
	checkUpdate("UpdateMomentum", w, g, v)
	c := sgdConstants(p)
	runUpdate(Active(), updateMomentum, [4][]T{w, g, v}, &c)
}

// AdamParams are the constants of one Adam step.
type AdamParams[T Float] struct {
	LR, Beta1, Beta2, Eps T
	WeightDecay           T
	Decoupled             bool // AdamW
	GradScale             T    // 0 counts as 1
	Step                  int  // 1 for the first update
}

// UpdateAdam computes, with t = Step (Kingma and Ba 2015; decoupled decay after
// Loshchilov and Hutter 2019):
//
//	m = Beta1*m + (1-Beta1)*g'
//	v = Beta2*v + (1-Beta2)*g'^2
//	w -= LR/(1-Beta1^t) * m / (sqrt(v)/sqrt(1-Beta2^t) + Eps)
//
// Step must be at least 1.
func UpdateAdam[T Float](w, g, m, v []T, p AdamParams[T]) {
	checkUpdate("UpdateAdam", w, g, m, v)
	if p.Step < 1 {
		fail("UpdateAdam", "Step", "Step", ">= ", p.Step, 1)
	}
	c := adamConstants(p)
	runUpdate(Active(), updateAdam, [4][]T{w, g, m, v}, &c)
}

func checkUpdate[T Float](op string, s ...[]T) {
	names := [...]string{"w", "g", "state", "second state"}
	for i := range s {
		checkLen(op, names[i], len(s[i]), len(s[0]))
		for j := range i {
			checkApart(op, names[i], names[j], vectorView(s[i]), vectorView(s[j]))
		}
		raceRead(s[i])
		if i != 1 {
			raceWrite(s[i])
		}
	}
}

// UpdateConstants are the scalars of an update as the kernels take them; the names
// of their places follow. Assembly reads them by index.
type updateConstants[T Float] = [11]T

const (
	cGradScale = iota
	cCoupled   // factor of w in g'
	cDecay     // factor of w before the step: 1 - LR*lambda, or 1
	cRate      // SGD: LR; Adam: LR/(1-Beta1^t)
	cBeta1     // momentum: mu
	cBeta1c    // 1-Beta1
	cBeta2
	cBeta2c    // 1-Beta2
	cRootScale // 1/sqrt(1-Beta2^t)
	cEps
	cTiny // the smallest magnitude of state that is kept
)

func decayConstants[T Float](c *updateConstants[T], lr, decay, gradScale T, decoupled bool) {
	c[cGradScale], c[cDecay], c[cTiny] = gradScale, 1, tinyState[T]()
	if gradScale == 0 {
		c[cGradScale] = 1
	}
	if decoupled {
		c[cDecay] = 1 - T(lr*decay)
	} else {
		c[cCoupled] = decay
	}
}

func tinyState[T Float]() T {
	if isF32[T]() {
		return 0x1p-100
	}
	tiny := 0x1p-960
	return T(tiny)
}

// flush returns 0 for what is smaller than tiny, and x else; NaN is kept.
func flush[T Float](x, tiny T) T {
	if -tiny < x && x < tiny {
		return 0
	}
	return x
}

func sgdConstants[T Float](p SGDParams[T]) (c updateConstants[T]) {
	decayConstants(&c, p.LR, p.WeightDecay, p.GradScale, p.Decoupled)
	c[cRate], c[cBeta1] = p.LR, p.Momentum
	return c
}

func adamConstants[T Float](p AdamParams[T]) (c updateConstants[T]) {
	decayConstants(&c, p.LR, p.WeightDecay, p.GradScale, p.Decoupled)
	t := float64(p.Step)
	c[cRate] = T(float64(p.LR) / (1 - math.Pow(float64(p.Beta1), t)))
	c[cBeta1], c[cBeta1c] = p.Beta1, T(1-float64(p.Beta1))
	c[cBeta2], c[cBeta2c] = p.Beta2, T(1-float64(p.Beta2))
	c[cRootScale] = T(1 / math.Sqrt(1-math.Pow(float64(p.Beta2), t)))
	c[cEps] = p.Eps
	return c
}

type updateRule uint8

const (
	updateSGD updateRule = iota
	updateMomentum
	updateAdam
)

// updateJob is one update on its way through the pool; its tiles are stretches of
// maxCall elements.
type updateJob[T Float] struct {
	tier Tier
	rule updateRule
	s    [4][]T // w, g and the state
	c    updateConstants[T]
}

var (
	updateJobs32 freeList[updateJob[float32]]
	updateJobs64 freeList[updateJob[float64]]
)

func updateJobs[T Float]() *freeList[updateJob[T]] {
	if isF32[T]() {
		return (*freeList[updateJob[T]])(unsafe.Pointer(&updateJobs32))
	}
	return (*freeList[updateJob[T]])(unsafe.Pointer(&updateJobs64))
}

func runUpdate[T Float](t Tier, rule updateRule, s [4][]T, c *updateConstants[T]) {
	u := updateJobs[T]().get()
	u.tier, u.rule, u.s, u.c = t, rule, s, *c
	threads, tiles := 1, ceilDiv(len(s[0]), maxCall)
	if tiles >= 4 {
		threads = Threads()
	}
	parallel(threads, tiles, u)
	u.s = [4][]T{}
	updateJobs[T]().put(u)
}

func (u *updateJob[T]) tile(i int) {
	lo := i * maxCall
	hi := min(lo+maxCall, len(u.s[0]))
	w, g := u.s[0][lo:hi], u.s[1][lo:hi]
	switch u.rule {
	case updateSGD:
		dispatchUpdateSGD(u.tier, w, g, &u.c)
	case updateMomentum:
		dispatchUpdateMomentum(u.tier, w, g, u.s[2][lo:hi], &u.c)
	case updateAdam:
		dispatchUpdateAdam(u.tier, w, g, u.s[2][lo:hi], u.s[3][lo:hi], &u.c)
	}
}

func updateSGDGeneric[T Float](w, g []T, c *updateConstants[T]) {
	for i, x := range w {
		d := T(c[cGradScale]*g[i]) + T(c[cCoupled]*x)
		w[i] = T(c[cDecay]*x) - T(c[cRate]*d)
	}
}

func updateMomentumGeneric[T Float](w, g, v []T, c *updateConstants[T]) {
	for i, x := range w {
		d := T(c[cGradScale]*g[i]) + T(c[cCoupled]*x)
		v[i] = flush(T(c[cBeta1]*v[i])+d, c[cTiny])
		w[i] = T(c[cDecay]*x) - T(c[cRate]*v[i])
	}
}

func updateAdamGeneric[T Float](w, g, m, v []T, c *updateConstants[T]) {
	for i, x := range w {
		d := T(c[cGradScale]*g[i]) + T(c[cCoupled]*x)
		m[i] = flush(T(c[cBeta1]*m[i])+T(c[cBeta1c]*d), c[cTiny])
		v[i] = flush(T(c[cBeta2]*v[i])+T(T(c[cBeta2c]*d)*d), c[cTiny])
		root := T(math.Sqrt(float64(v[i])))
		w[i] = T(c[cDecay]*x) - T(c[cRate]*m[i])/(T(root*c[cRootScale])+c[cEps])
	}
}

// updateCases are the settings of the updates in the table.
var updateCases = []AdamParams[float64]{
	{LR: 0.1, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Step: 1},
	{LR: 0.01, Beta1: 0.5, Beta2: 0.99, Eps: 1e-6, WeightDecay: 0.25, GradScale: 0.125, Step: 10},
	{LR: 0.001, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.5, Decoupled: true, Step: 1000},
}

func updateLines() []line {
	var cases []string
	for _, c := range updateCases {
		cases = append(cases, fmt.Sprintf("lr=%v decay=%v decoupled=%v scale=%v step=%d", c.LR, c.WeightDecay, c.Decoupled, c.GradScale, c.Step))
	}
	tol := Tol{Kind: Scaled, Max: 4}
	params := []Param{vector("w", InOut, Moderate), vector("g", In, Moderate), vector("m", InOut, Moderate), vector("v", InOut, Positive)}
	return []line{
		{Row: Row{Kernel: "UpdateSGD", Dims: "N", Cases: cases, Tol: tol, Bitwise: true, Params: params[:2], Ref: updateOracle(updateSGD)},
			assembly: true, run: [2]func(Tier, *Call){runUpdateSGD[float32], runUpdateSGD[float64]}},
		{Row: Row{Kernel: "UpdateMomentum", Dims: "N", Cases: cases, Tol: tol, Bitwise: true, Params: params[:3], Ref: updateOracle(updateMomentum)},
			assembly: true, run: [2]func(Tier, *Call){runUpdateMomentum[float32], runUpdateMomentum[float64]}},
		{Row: Row{Kernel: "UpdateAdam", Dims: "N", Cases: cases, Tol: tol, Bitwise: true, Params: params, Ref: updateOracle(updateAdam)},
			assembly: true, run: [2]func(Tier, *Call){runUpdateAdam[float32], runUpdateAdam[float64]}},
	}
}

func updateOracle(rule updateRule) func(*Ref) {
	return func(r *Ref) {
		h := updateCases[r.Case]
		hyper := func(x float64) dd.Num { return num(r.DType.round(num(x))) }
		lr, decay, gradScale := hyper(h.LR), hyper(h.WeightDecay), hyper(h.GradScale)
		if gradScale.Hi == 0 {
			gradScale = num(1)
		}
		keep, coupled := num(1), decay
		if h.Decoupled {
			keep, coupled = dd.Sub(num(1), dd.Mul(lr, decay)), num(0)
		}
		for j := range r.N {
			w, g := r.in(0, 0, j), r.in(1, 0, j)
			d := dd.Add(dd.Mul(gradScale, g), dd.Mul(coupled, w))
			ds := size(dd.Mul(gradScale, g)) + size(dd.Mul(coupled, w))
			kept := dd.Mul(keep, w)
			switch rule {
			case updateMomentum:
				mu := hyper(h.Beta1)
				v := dd.Mul(mu, r.in(2, 0, j))
				d, ds = dd.Add(v, d), size(v)+ds
				r.want(2, 0, j, d, ds)
			case updateAdam:
				d, ds = adamOracle(r, j, d, ds)
			}
			r.want(0, 0, j, dd.Sub(kept, dd.Mul(lr, d)), size(kept)+lr.Hi*ds)
		}
	}
}

// adamOracle sets m and v of element j and returns what LR multiplies, with its
// scale.
func adamOracle(r *Ref, j int, d dd.Num, ds float64) (dd.Num, float64) {
	h := updateCases[r.Case]
	hyper := func(x float64) dd.Num { return num(r.DType.round(num(x))) }
	beta1, beta2 := hyper(h.Beta1), hyper(h.Beta2)
	rest1, rest2 := dd.Sub(num(1), beta1), dd.Sub(num(1), beta2)
	power1, power2 := num(1), num(1)
	for range h.Step {
		power1, power2 = dd.Mul(power1, beta1), dd.Mul(power2, beta2)
	}
	m := dd.Add(dd.Mul(beta1, r.in(2, 0, j)), dd.Mul(rest1, d))
	ms := size(beta1)*size(r.in(2, 0, j)) + rest1.Hi*ds
	v := dd.Add(dd.Mul(beta2, r.in(3, 0, j)), productOf(rest2, d, d))
	vs := size(beta2)*size(r.in(3, 0, j)) + rest2.Hi*ds*ds + r.DType.smallestNormal()
	r.want(2, 0, j, m, ms)
	r.want(3, 0, j, v, vs)

	correct1 := dd.Sub(num(1), power1)
	correct2 := dd.Sqrt(dd.Sub(num(1), power2))
	root := dd.Sqrt(v)
	rs := (math.Sqrt(v.Hi+8*r.DType.Eps()*vs) - root.Hi) / (8 * r.DType.Eps())
	if !isFinite(root) {
		rs = 0
	}
	under := dd.Add(dd.Div(root, correct2), hyper(h.Eps))
	step := dd.Div(dd.Div(m, correct1), under)
	scale := 2*size(step) + ms/(correct1.Hi*under.Hi) + size(step)*(rs/correct2.Hi)/under.Hi
	return step, scale
}

func sgdCase[T Float](c *Call) SGDParams[T] {
	h := updateCases[c.Case]
	return SGDParams[T]{LR: T(h.LR), Momentum: T(h.Beta1), WeightDecay: T(h.WeightDecay), Decoupled: h.Decoupled, GradScale: T(h.GradScale)}
}

func runUpdateSGD[T Float](t Tier, c *Call) {
	w, g, p := slice[T](c, 0), slice[T](c, 1), sgdCase[T](c)
	if t == public {
		UpdateSGD(w, g, p)
		return
	}
	k := sgdConstants(p)
	runUpdate(t, updateSGD, [4][]T{w, g}, &k)
}

func runUpdateMomentum[T Float](t Tier, c *Call) {
	w, g, v, p := slice[T](c, 0), slice[T](c, 1), slice[T](c, 2), sgdCase[T](c)
	if t == public {
		UpdateMomentum(w, g, v, p)
		return
	}
	k := sgdConstants(p)
	runUpdate(t, updateMomentum, [4][]T{w, g, v}, &k)
}

func runUpdateAdam[T Float](t Tier, c *Call) {
	h := updateCases[c.Case]
	p := AdamParams[T]{LR: T(h.LR), Beta1: T(h.Beta1), Beta2: T(h.Beta2), Eps: T(h.Eps), WeightDecay: T(h.WeightDecay),
		Decoupled: h.Decoupled, GradScale: T(h.GradScale), Step: h.Step}
	w, g, m, v := slice[T](c, 0), slice[T](c, 1), slice[T](c, 2), slice[T](c, 3)
	if t == public {
		UpdateAdam(w, g, m, v, p)
		return
	}
	k := adamConstants(p)
	runUpdate(t, updateAdam, [4][]T{w, g, m, v}, &k)
}
