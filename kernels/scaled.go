package kernels

import (
	"math"
	"math/bits"
)

// Statistics of numbers whose squares leave the range of T.
//
// The kernels of norms, moments and clipping sum squares of type T. A group is a row, a
// column or a vector, whichever is summed. Where a sum of squares, or a number computed from
// it, lies outside the range in which it is accurate, the functions here compute the group
// again: in plain Go on every tier, in float64, on numbers times the power of two that brings
// the largest magnitude near 1. Other groups cost one comparison each, or none where the
// assembly compares.

// strided is n numbers inc elements apart: a row, a column, or with inc = 0 one number n times.
type strided[T Float] struct {
	v      []T
	n, inc int
}

func (s strided[T]) at(i int) float64 { return float64(s.v[i*s.inc]) }

// longSum is a sum of twice the precision of float64.
type longSum struct{ hi, lo float64 }

func (s *longSum) add(v float64) {
	t := s.hi + v
	s.lo += lost(s.hi, v, t)
	s.hi = t
}

func (s *longSum) value() float64 { return s.hi + s.lo }

// over returns the sum divided by n, and the rounding error of that.
func (s *longSum) over(n float64) (high, low float64) {
	high = s.hi / n
	low = (math.FMA(-high, n, s.hi) + s.lo) / n
	return high + low, lost(high, low, high+low)
}

// maxScale bounds the exponent of the factor, whose inverse must not overflow either. Numbers
// below 2^-1000 end below 1, and their squares are still far from vanishing.
const maxScale = 1000

// exponentOf returns the e for which the largest magnitude times 2^-e is near 1. ok is
// false if a number is not finite.
func exponentOf[T Float](x strided[T]) (e int, ok bool) {
	peak := 0.0
	for i := range x.n {
		v := math.Abs(x.at(i))
		if v-v != 0 {
			return 0, false
		}
		peak = max(peak, v)
	}
	return exponentOfPeak(peak), true
}

func exponentOfPeak(peak float64) int {
	if peak == 0 {
		return 0
	}
	_, e := math.Frexp(peak)
	return max(-maxScale, min(e, maxScale))
}

// scaledMoments are the mean, its rounding error low, and the variance of numbers times
// factor = 2^-exp.
type scaledMoments struct {
	exp                         int
	factor, mean, low, variance float64
}

// momentsScaled computes the moments of x. With aboutZero the mean is 0 and the variance is
// the mean square. ok is false if a number is not finite.
func momentsScaled[T Float](x strided[T], aboutZero bool) (m scaledMoments, ok bool) {
	if m.exp, ok = exponentOf(x); !ok {
		return m, false
	}
	m.factor = math.Ldexp(1, -m.exp)
	var sum, square longSum
	if !aboutZero {
		for i := range x.n {
			sum.add(float64(x.at(i) * m.factor))
		}
		m.mean, m.low = sum.over(float64(x.n))
	}
	for i := range x.n {
		d := m.centered(x.at(i))
		square.add(float64(d * d))
	}
	m.variance = square.value() / float64(x.n)
	return m, true
}

// centered is x minus the mean, scaled.
func (m *scaledMoments) centered(x float64) float64 { return float64(x*m.factor) - m.mean - m.low }

// inverse is 1/sqrt(variance + eps), for numbers that are scaled.
func (m *scaledMoments) inverse(eps float64) float64 {
	return 1 / math.Hypot(math.Sqrt(m.variance), math.Sqrt(eps)*m.factor)
}

// sumScaled returns the sum of x divided by n. ok is false if an element is not finite.
func sumScaled[T Float](x []T, n float64) (sum float64, ok bool) {
	s := strided[T]{x, len(x), 1}
	exp, ok := exponentOf(s)
	if !ok {
		return 0, false
	}
	factor := math.Ldexp(1, -exp)
	var total longSum
	for i := range s.n {
		total.add(float64(s.at(i) * factor))
	}
	return math.Ldexp(total.value()/n, exp), true
}

// normalizeScaled computes y = gamma*(x - mean)*inv + beta from scaled m and inv.
func normalizeScaled[T Float](y, x, gamma, beta strided[T], m *scaledMoments, inv float64) {
	for i := range x.n {
		xhat := float64(m.centered(x.at(i)) * inv)
		y.v[i*y.inc] = T(float64(xhat*gamma.at(i)) + beta.at(i))
	}
}

// normalizeScaled is forward on row i in scaled numbers. Where an element is not finite it
// computes nothing and returns false.
func (j *rowNormJob[T]) normalizeScaled(y, x []T, i int) bool {
	c, p := j, &j.norm
	row := strided[T]{x, c.cols, 1}
	m, ok := momentsScaled(row, p.rms)
	if !ok {
		return false
	}
	inv := m.inverse(float64(p.eps))
	p.inv[i] = T(math.Ldexp(inv, -m.exp))
	beta := strided[T]{zeros[T](1), c.cols, 0}
	if !p.rms {
		p.mean[i] = T(math.Ldexp(m.mean, m.exp))
		beta = strided[T]{p.beta, c.cols, 1}
	}
	normalizeScaled(strided[T]{y, c.cols, 1}, row, strided[T]{p.gamma, c.cols, 1}, beta, &m, inv)
	return true
}

// scaledGrad is the backward pass of a norm over one group, in scaled numbers.
type scaledGrad[T Float] struct {
	x, dy, gamma              strided[T]
	expX, expDY, expGamma     int
	factorDY, factorGamma     float64
	moments                   scaledMoments
	inv                       float64
	sum, dot, meanV, meanVHat float64 // of dy and dy*xhat, then of v = dy*gamma and v*xhat
}

// newScaledGrad computes the sums from the mean and the inverse deviation that forward stored.
// ok is false if a number is not finite. An inverse of +Inf is the exception: it stands for a
// deviation of x below 1/max, with eps = 0, and is computed again from x.
func newScaledGrad[T Float](dy, x, gamma strided[T], mean, inv T, rms bool) (g scaledGrad[T], ok bool) {
	g = scaledGrad[T]{x: x, dy: dy, gamma: gamma}
	var okX, okDY, okGamma bool
	g.expX, okX = exponentOf(x)
	g.expDY, okDY = exponentOf(dy)
	g.expGamma, okGamma = exponentOf(gamma)
	if !okX || !okDY || !okGamma || mean-mean != 0 || inv != inv {
		return g, false
	}
	g.factorDY, g.factorGamma = math.Ldexp(1, -g.expDY), math.Ldexp(1, -g.expGamma)
	if math.IsInf(float64(inv), 1) {
		g.moments, _ = momentsScaled(x, rms)
		g.expX, g.inv = g.moments.exp, g.moments.inverse(0)
		if g.moments.variance == 0 || !math.IsInf(float64(T(math.Ldexp(g.inv, -g.expX))), 1) {
			return g, false // x has no deviation, or the inverse is not that of x
		}
	} else {
		if mean != 0 {
			g.expX = max(g.expX, exponentOfPeak(math.Abs(float64(mean))))
		}
		g.takeMean(mean, inv)
	}
	g.sums(rms)
	return g, true
}

// takeMean scales the mean and the inverse deviation, and computes the rounding error of the
// mean where that matters.
func (g *scaledGrad[T]) takeMean(mean, inv T) {
	m := &g.moments
	m.exp, m.factor = g.expX, math.Ldexp(1, -g.expX)
	m.mean = float64(mean) * m.factor
	g.inv = math.Ldexp(float64(inv), g.expX)
	if !lowMatters(mean, inv) {
		return
	}
	var rest longSum
	for i := range g.x.n {
		rest.add(m.centered(g.x.at(i)))
	}
	m.low = lowOfScaled[T](m.mean, rest.value()/float64(g.x.n))
}

// sums computes the sums over the group.
func (g *scaledGrad[T]) sums(rms bool) {
	var sum, dot, v, vHat longSum
	for i := range g.x.n {
		dy, xhat := g.dyOf(i), g.xhat(i)
		w := float64(dy * g.gammaOf(i))
		sum.add(dy)
		dot.add(float64(dy * xhat))
		v.add(w)
		vHat.add(float64(w * xhat))
	}
	n := float64(g.x.n)
	g.sum, g.dot = math.Ldexp(sum.value(), g.expDY), math.Ldexp(dot.value(), g.expDY)
	g.meanV, g.meanVHat = v.value()/n, vHat.value()/n
	if rms {
		g.meanV = 0
	}
}

func (g *scaledGrad[T]) dyOf(i int) float64    { return g.dy.at(i) * g.factorDY }
func (g *scaledGrad[T]) gammaOf(i int) float64 { return g.gamma.at(i) * g.factorGamma }
func (g *scaledGrad[T]) xhat(i int) float64    { return float64(g.moments.centered(g.x.at(i)) * g.inv) }

// addTo adds dy to s1 and dy*xhat to s2.
func (g *scaledGrad[T]) addTo(s1, s2 []T) {
	for i := range g.x.n {
		s1[i] += T(g.dy.at(i))
		s2[i] += T(math.Ldexp(float64(g.dyOf(i)*g.xhat(i)), g.expDY))
	}
}

// apply computes dx = inv*(dy*gamma - mean of that - xhat * mean of dy*gamma*xhat).
func (g *scaledGrad[T]) apply(dx strided[T]) {
	for i := range g.x.n {
		v := float64(g.dyOf(i) * g.gammaOf(i))
		v = v - g.meanV - float64(g.xhat(i)*g.meanVHat)
		dx.v[i*dx.inc] = T(math.Ldexp(float64(v*g.inv), g.expDY+g.expGamma-g.expX))
	}
}

// gradInRange reports whether the sums of a backward pass over a group are accurate, judged by
// the constants c1 and c2 computed from them: dy*(x-mean) has not overflowed, and inv is not
// so large that it multiplies what subnormal products have lost to more than a rounding error.
func gradInRange[T Float](inv, c1, c2 T) bool {
	return float64(inv) <= gradLimit[T]() && c1-c1 == 0 && c2-c2 == 0
}

// gradLimit is the largest inverse deviation that gradInRange accepts.
func gradLimit[T Float]() float64 {
	if isF32[T]() {
		return 0x1p24
	}
	return 0x1p200
}

// normBackwardScaled is the backward pass of row i in scaled numbers. Where an element is not
// finite it computes nothing and returns false.
func (j *rowNormJob[T]) normBackwardScaled(s1, s2, dx, dy, x []T, i int) bool {
	c, p, mean := j, &j.norm, T(0)
	if !p.rms {
		mean = p.mean[i]
	}
	gamma := strided[T]{p.gamma, c.cols, 1}
	g, ok := newScaledGrad(strided[T]{dy, c.cols, 1}, strided[T]{x, c.cols, 1}, gamma, mean, p.inv[i], p.rms)
	if ok {
		g.addTo(s1, s2)
		g.apply(strided[T]{dx, c.cols, 1})
	}
	return ok
}

// column is n rows of column lo+k of a matrix.
func (c *columnWork[T]) column(v []T, ld, k int) strided[T] { return strided[T]{v[k:], c.rows, ld} }

// same is element k of v, once for every row.
func (c *columnWork[T]) same(v []T, k int) strided[T] { return strided[T]{v[k : k+1], c.rows, 0} }

// markWhole records that column k needs no last phase any more.
func (c *columnWork[T]) markWhole(k int) {
	c.whole[k] = true
	c.anyWhole.Store(true)
}

// momentsScaled computes the moments again, of those of n columns from lo on that are not
// moderate.
func (j *columnMomentsJob[T]) momentsScaled(lo, n int) {
	for k := lo; k < lo+n; k++ {
		if isModerate(j.mean[k]) && isModerate(j.variance[k]) {
			continue
		}
		if m, ok := momentsScaled(j.column(j.x, j.ldx, k), false); ok {
			j.mean[k], j.variance[k] = T(math.Ldexp(m.mean, m.exp)), T(math.Ldexp(m.variance, 2*m.exp))
		}
	}
}

// batchNormScaled computes forward again, of those of n columns from lo on that need it. With
// large, s has the variances and the running statistics from before the update.
func (j *batchNormJob[T]) batchNormScaled(s *columnScratch[T], lo, n int, large bool) {
	p, scale, shift := &j.batch, j.constant(0, lo, n), j.constant(1, lo, n)
	eps, least := float64(p.Eps), normRangeOf[T]().low
	for i := range n {
		k, v := lo+i, s.shift[i]
		far := large && (!isModerate(p.Mean[k]) || !isModerate(v) || !(float64(v)+eps >= least))
		if !far && scales(scale[i], p.Gamma[k]) && shift[i]-shift[i] == 0 {
			continue
		}
		x, y := j.column(j.x, j.ldx, k), j.column(j.y, j.ldy, k)
		m, ok := momentsScaled(x, false)
		if !ok {
			continue
		}
		inv := m.inverse(eps)
		if far {
			p.Mean[k], p.InvStd[k] = T(math.Ldexp(m.mean, m.exp)), T(math.Ldexp(inv, -m.exp))
			p.RunMean[k], p.RunVar[k] = runScaled(&m, j.rows, p.Momentum, s.runMean[i], s.runVar[i])
		}
		normalizeScaled(y, x, j.same(p.Gamma, k), j.same(p.Beta, k), &m, inv)
		activateColumn(j.tier, p.Act, y)
		j.markWhole(k)
	}
}

// runScaled returns the running statistics after a batch of moments m. It computes with a
// quarter of the means, whose difference cannot overflow.
func runScaled[T Float](m *scaledMoments, rows int, momentum, runMean, runVar T) (mean, variance T) {
	w := float64(momentum)
	old := float64(runMean) / 4
	mean = T(4 * (old + float64(w*(math.Ldexp(m.mean, m.exp-2)-old))))
	part := w * m.variance * float64(batchNormUnbias[float64](rows))
	old = float64(runVar)
	return mean, T(old - float64(w*old) + math.Ldexp(part, 2*m.exp))
}

// activateColumn applies the activation of the batch norm to a column.
func activateColumn[T Float](t Tier, act Activation, y strided[T]) {
	if act == ActIdentity {
		return
	}
	for i := range y.n {
		v := y.v[i*y.inc:][:1]
		activate(t, act, v, v)
	}
}

// batchNormInferScaled computes inference again, of those of n columns from lo on that need it.
func (j *batchNormInferJob[T]) batchNormInferScaled(lo, n int) {
	p, scale := &j.batch, j.constant(0, lo, n)
	for i := range n {
		k := lo + i
		mean, variance := p.RunMean[k], p.RunVar[k]
		if scales(scale[i], p.Gamma[k]) && isModerate(mean) || mean-mean != 0 || variance-variance != 0 {
			continue
		}
		factor, first, second := 1.0, float64(scale[i]), 1.0
		if !scales(scale[i], p.Gamma[k]) {
			first, second = 1/math.Sqrt(float64(variance)+float64(p.Eps)), float64(p.Gamma[k])
		}
		if !isModerate(mean) { // a quarter of x - mean does not overflow
			factor = 0.25
		}
		x, y, beta := j.column(j.x, j.ldx, k), j.column(j.y, j.ldy, k), float64(p.Beta[k])
		for r := range x.n {
			d := float64(x.at(r)*factor) - float64(float64(mean)*factor)
			y.v[r*y.inc] = T(float64(float64(float64(d*first)*second)/factor) + beta)
		}
		activateColumn(j.tier, p.Act, y)
		j.markWhole(k)
	}
}

// batchNormBackwardScaled computes backward again, of those of n columns from lo on that need it.
func (j *batchNormBackwardJob[T]) batchNormBackwardScaled(lo, n int) {
	p := &j.batch
	k1, k2, k3 := j.constant(0, lo, n), j.constant(1, lo, n), j.constant(2, lo, n)
	for i := range n {
		k := lo + i
		if gradInRange(p.InvStd[k], k2[i], k3[i]) && scales(k1[i], p.Gamma[k]) {
			continue
		}
		dy, x := j.column(j.dy, j.lddy, k), j.column(j.x, j.ldx, k)
		g, ok := newScaledGrad(dy, x, j.same(p.Gamma, k), p.Mean[k], p.InvStd[k], false)
		if !ok {
			continue
		}
		j.dgamma[k], j.dbeta[k] = T(g.dot), T(g.sum)
		g.apply(j.column(j.dx, j.lddx, k))
		j.markWhole(k)
	}
}

// scaledNumber is f * 2^exp with f in [1/2, 1) or f = 0. It does not overflow.
type scaledNumber struct {
	f   float64
	exp int
}

// scaledOf returns v * 2^exp. v must be finite.
func scaledOf(v float64, exp int) scaledNumber {
	f, e := math.Frexp(v)
	return scaledNumber{f, e + exp}
}

// less compares numbers that are not negative.
func (a scaledNumber) less(b scaledNumber) bool {
	if a.f == 0 || b.f == 0 || a.exp == b.exp {
		return a.f < b.f
	}
	return a.exp < b.exp
}

func (a scaledNumber) times(b scaledNumber) scaledNumber { return scaledOf(a.f*b.f, a.exp+b.exp) }

// normScaled returns the Euclidean norm of x. ok is false if a number is not finite.
func normScaled[T Float](x strided[T]) (norm scaledNumber, m scaledMoments, ok bool) {
	m, ok = momentsScaled(x, true)
	return scaledOf(math.Sqrt(m.variance*float64(x.n)), m.exp), m, ok
}

// clipScaled clips the unit g against w. ok is false if a number is not finite.
func clipScaled[T Float](g, w strided[T], lambda, eps T) (ok bool) {
	norm, m, okG := normScaled(g)
	size, _, okW := normScaled(w)
	if !okG || !okW {
		return false
	}
	if math.IsInf(float64(max(lambda, eps)), 1) {
		return true // no norm exceeds an infinite limit
	}
	if least := scaledOf(float64(eps), 0); size.less(least) {
		size = least
	}
	limit := scaledOf(float64(lambda), 0).times(size)
	if !limit.less(norm) {
		return true
	}
	ratio, exp := limit.f/norm.f, m.exp+limit.exp-norm.exp
	for i := range g.n {
		v := float64(g.at(i) * m.factor)
		g.v[i*g.inc] = T(math.Ldexp(float64(v*ratio), exp))
	}
	return true
}

// clipsTiny reports whether eps or lambda*eps is as small as the norm of n elements whose
// squares vanish. Where it is not, such a norm has the effect of 0.
func clipsTiny[T Float](n int, lambda, eps T) bool {
	least := math.Min(float64(eps), float64(lambda)*float64(eps))
	return float64(least*least) < 4*normRangeOf[T]().low*float64(n)
}

// clipInRange reports whether the factor of a unit of n elements is accurate, given the sums
// of squares of g and w it was computed from.
func clipInRange[T Float](g, w float64, factor T, n int, tiny bool) bool {
	small := tiny && min(g, w) < normRangeOf[T]().low*float64(n)
	return g-g == 0 && w-w == 0 && factor >= leastNormal[T]() && !small
}

// clipColumnsScaled clips those of n columns from lo on that are out of clipInRange.
func (j *clipColumnsJob[T]) clipColumnsScaled(s *columnScratch[T], lo, n int, tiny bool) {
	factor := j.constant(0, lo, n)
	for i := range n {
		if clipInRange(s.totalSum[i], s.totalDot[i], factor[i], j.rows, tiny) {
			continue
		}
		if clipScaled(j.column(j.g, j.ldg, lo+i), j.column(j.w, j.ldw, lo+i), j.lambda, j.eps) {
			j.markWhole(lo + i)
		}
	}
}

// applyRuns calls apply for the runs of columns that markWhole has not marked.
func (c *columnWork[T]) applyRuns(i, n, lo, w int) {
	if !c.anyWhole.Load() {
		c.applier.apply(c.out[i*c.ldOut+lo:], c.ldOut, i, n, lo, w)
		return
	}
	for hi := lo + w; lo < hi; lo++ {
		w := 0
		for lo+w < hi && !c.whole[lo+w] {
			w++
		}
		if w > 0 {
			c.applier.apply(c.out[i*c.ldOut+lo:], c.ldOut, i, n, lo, w)
		}
		lo += w
	}
}

// varianceInRange reports whether v, a variance plus eps from a sum of squares of type T, is
// accurate: the sum has not overflowed, and v is far above what squares lose to underflow.
func varianceInRange[T Float](v float64) bool {
	return v >= normRangeOf[T]().low && v-v == 0
}

// rowSet is a set of rows of a group.
type rowSet struct{ bits uint64 }

func (s *rowSet) add(r int) { s.bits |= 1 << r }

// run returns the next run of rows from r on and below n that are not in the set, as its first
// row and its length w. w is 0 or less if there is none.
func (s rowSet) run(r, n int) (first, w int) {
	first = r + bits.TrailingZeros64(^(s.bits >> r))
	return first, min(n, first+bits.TrailingZeros64(s.bits>>first)) - first
}
