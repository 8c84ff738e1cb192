package kernels

import (
	"math"
	"strings"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/forced"
	"github.com/ashlar-go/ashlar/internal/freelist"
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
type SGDParams struct {
	LR          float64 // learning rate
	Momentum    float64 // mu
	WeightDecay float64 // lambda
	Decoupled   bool    // w *= 1 - LR*lambda instead of g += lambda*w
	GradScale   float64 // factor on g, for clipping and accumulation; 0 counts as 1
}

// UpdateSGD computes w -= LR * g' with
//
//	g' = GradScale*g + WeightDecay*w     without WeightDecay where that is Decoupled
//
// Rules that take squares of g' limit it to [-B, B] first, because no decay brings a mean or a
// sum of squares back from infinity. A larger or infinite g' counts as ±B; NaN stays NaN. B is a
// power of two:
//
//	Adam, AMSGrad, NAdam, RMSProp     2^63, in float64 2^511, so that B^2 is finite
//	Adagrad, Adadelta                 2^51, in float64 2^485, so that a sum of squares is
//	                                  finite, since it stops growing at 2^24 B^2 (2^53 B^2),
//	                                  and Eps over a mean of squares is not subnormal
//
// A rule that divides g' by the root of a mean of its squares makes the same step for every g'
// far larger than those before it. There the limit changes nothing. SGD, Momentum, Nesterov and
// Lion take no squares and have no limit: a sum beyond the largest number is infinite.
func UpdateSGD[T Float](w, g []T, p SGDParams) {
	var s [5][]T
	s[0], s[1] = w, g
	checkUpdate("UpdateSGD", "w g", s[:2])
	raceUpdate(s[:2])
	var c updateConstants[T]
	sgdConstants(&c, &p)
	if len(w) > maxCall {
		updateLong(sgdRule[T]{}, &s, &c)
		return
	}
	dispatchUpdateSGD(Active(), w, g, &c)
}

// UpdateMomentum computes v = mu*v + g'; w -= LR * v (Polyak 1964, in the form
// where the learning rate is outside the velocity), with g' as in [UpdateSGD].
func UpdateMomentum[T Float](w, g, v []T, p SGDParams) {
	var s [5][]T
	s[0], s[1], s[2] = w, g, v
	checkUpdate("UpdateMomentum", "w g v", s[:3])
	raceUpdate(s[:3])
	var c updateConstants[T]
	sgdConstants(&c, &p)
	if len(w) > maxCall {
		updateLong(momentumRule[T]{}, &s, &c)
		return
	}
	dispatchUpdateMomentum(Active(), w, g, v, &c)
}

// UpdateNesterov computes v = mu*v + g'; w -= LR * (g' + mu*v): momentum that looks
// ahead (Nesterov 1983), in the form of Sutskever, Martens, Dahl and Hinton (On the
// importance of initialization and momentum in deep learning, ICML 2013). As in PyTorch, w is
// the point looked ahead to. g' is that of [UpdateSGD].
func UpdateNesterov[T Float](w, g, v []T, p SGDParams) {
	var s [5][]T
	s[0], s[1], s[2] = w, g, v
	checkUpdate("UpdateNesterov", "w g v", s[:3])
	raceUpdate(s[:3])
	var c updateConstants[T]
	sgdConstants(&c, &p)
	if len(w) > maxCall {
		updateLong(nesterovRule[T]{}, &s, &c)
		return
	}
	dispatchUpdateNesterov(Active(), w, g, v, &c)
}

// checkUpdate panics unless the slices have one length and share no element. names are their
// names, separated by spaces.
func checkUpdate[T Float](op, names string, s [][]T) {
	for i := range s {
		for j := range i {
			if len(s[i]) != len(s[j]) || meet(s[i], s[j]) {
				complainUpdate(op, names, s)
			}
		}
	}
}

// complainUpdate panics if the slices differ in length or share an element.
//
//go:noinline
func complainUpdate[T Float](op, names string, s [][]T) {
	name := strings.Fields(names)
	for i := range s {
		checkLen(op, name[i], len(s[i]), len(s[0]))
		for j := range i {
			checkApart(op, name[i], name[j], vectorView(s[i]), vectorView(s[j]))
		}
	}
}

// updateConstants are the scalars of an update as the kernels take them. The constants below
// are their indices, by which assembly reads them too.
type updateConstants[T Float] = [16]T

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
	cTiny     // the smallest magnitude of state that is kept
	cGradRate // NAdam: factor of g' in the step
	cAhead    // how many elements must be left for operands to be fetched ahead, -1 for never
	cBound    // the largest magnitude of a g' whose square is taken
	cLow      // -cBound
)

// updateAhead is how far ahead the assembly fetches the operands of large updates, in bytes;
// tools/avo has the distance and the place of cAhead.
const updateAhead = 2048

// fetchAhead makes an update fetch its operands ahead if they are larger than four L2 caches,
// which saves Adam 7 to 16 % of its time. Smaller operands are often in the cache of another
// core that wrote them last. Storing to those takes longer after a fetch than without: a
// training step on two threads took 15 % longer.
func fetchAhead[T Float](c *updateConstants[T], s *[5][]T) {
	n, streams := len(s[0]), 0
	for _, v := range s {
		if v != nil {
			streams++
		}
	}
	size := int(unsafe.Sizeof(T(0)))
	if n*streams*size > 4*caches().l2 || forced.Memory.Load() {
		c[cAhead] = T(updateAhead / size)
	}
}

func decayConstants[T Float](c *updateConstants[T], lr, decay, scale float64, decoupled bool) {
	c[cGradScale], c[cDecay], c[cTiny], c[cAhead] = T(scale), 1, tinyState[T](), -1
	if scale == 0 {
		c[cGradScale] = 1
	}
	if decoupled {
		c[cDecay] = T(1 - float64(lr*decay))
	} else {
		c[cCoupled] = T(decay)
	}
}

// gradBounds are the exponents of a bound of g' in float32 and float64.
type gradBounds struct{ f32, f64 int }

var (
	meanBounds = gradBounds{63, 511} // a mean of squares is finite
	sumBounds  = gradBounds{51, 485} // so is a sum of any number of them; eps/B^2 is not subnormal
)

// holdTo sets the bound of g'.
func holdTo[T Float](c *updateConstants[T], b gradBounds) {
	e := b.f64
	if isF32[T]() {
		e = b.f32
	}
	c[cBound] = T(math.Ldexp(1, e))
	c[cLow] = -c[cBound]
}

// gradient returns g' of a gradient g and a weight w.
func gradient[T Float](g, w T, c *updateConstants[T]) T {
	return T(c[cGradScale]*g) + T(c[cCoupled]*w)
}

// held returns g' within the bound; NaN is kept.
func held[T Float](g, w T, c *updateConstants[T]) T {
	x := gradient(g, w, c)
	if x > c[cBound] {
		return c[cBound]
	}
	if x < c[cLow] {
		return c[cLow]
	}
	return x
}

func tinyState[T Float]() T {
	if isF32[T]() {
		return 0x1p-100
	}
	tiny := 0x1p-960
	return T(tiny)
}

// flush returns 0 if |x| < tiny, else x; NaN is kept.
func flush[T Float](x, tiny T) T {
	if -tiny < x && x < tiny {
		return 0
	}
	return x
}

func sgdConstants[T Float](c *updateConstants[T], p *SGDParams) {
	decayConstants(c, p.LR, p.WeightDecay, p.GradScale, p.Decoupled)
	c[cRate], c[cBeta1] = T(p.LR), T(p.Momentum)
}

// updateRule updates one stretch of w, g and the state in a call that goes through the pool. A
// short call names the kernel instead: the operands of an interface method escape.
type updateRule[T Float] interface {
	apply(t Tier, s [5][]T, c *updateConstants[T])
}

type (
	sgdRule[T Float]      struct{}
	momentumRule[T Float] struct{}
	nesterovRule[T Float] struct{}
)

func (sgdRule[T]) apply(t Tier, s [5][]T, c *updateConstants[T]) {
	dispatchUpdateSGD(t, s[0], s[1], c)
}

func (momentumRule[T]) apply(t Tier, s [5][]T, c *updateConstants[T]) {
	dispatchUpdateMomentum(t, s[0], s[1], s[2], c)
}

func (nesterovRule[T]) apply(t Tier, s [5][]T, c *updateConstants[T]) {
	dispatchUpdateNesterov(t, s[0], s[1], s[2], c)
}

// updateJob is one update on its way through the pool. A tile is a stretch.
type updateJob[T Float] struct {
	tier Tier
	rule updateRule[T]
	s    [5][]T // w, g and the state
	c    updateConstants[T]
}

var updateJobs freelist.Lists

// updateLong runs an update of parameters longer than maxCall.
func updateLong[T Float](rule updateRule[T], s *[5][]T, c *updateConstants[T]) {
	j := updateJob[T]{Active(), rule, *s, *c}
	fetchAhead(&j.c, s)
	share[T](&updateJobs, stretches(len(s[0])), j)
}

func (j *updateJob[T]) tile(i int) {
	lo, hi := stretch(i, len(j.s[0]))
	s := j.s
	for i, v := range s {
		if v != nil {
			s[i] = v[lo:hi]
		}
	}
	j.rule.apply(j.tier, s, &j.c)
}

func updateSGDGeneric[T Float](w, g []T, c *updateConstants[T]) {
	for i, x := range w {
		d := gradient(g[i], x, c)
		w[i] = T(c[cDecay]*x) - T(c[cRate]*d)
	}
}

func updateMomentumGeneric[T Float](w, g, v []T, c *updateConstants[T]) {
	for i, x := range w {
		d := gradient(g[i], x, c)
		v[i] = flush(T(c[cBeta1]*v[i])+d, c[cTiny])
		w[i] = T(c[cDecay]*x) - T(c[cRate]*v[i])
	}
}

func updateNesterovGeneric[T Float](w, g, v []T, c *updateConstants[T]) {
	for i, x := range w {
		d := gradient(g[i], x, c)
		v[i] = flush(T(c[cBeta1]*v[i])+d, c[cTiny])
		d += T(c[cBeta1] * v[i])
		w[i] = T(c[cDecay]*x) - T(c[cRate]*d)
	}
}
