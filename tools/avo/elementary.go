package main

import (
	"math"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/ashlar-go/ashlar/internal/minimax"
)

// unary is the body of a kernel y = f(x).
func unary(vectors func(*fn) int, f func(m *formula, x group) group) func(*fn) {
	return func(g *fn) {
		g.elementwise([]string{"y"}, []string{"x"}, nil, vectors(g), func(m *formula, in []group) []group {
			return []group{f(m, in[0])}
		})
	}
}

// series are the coefficients of a polynomial for the dtype.
func (f *fn) series(single []float32, double []float64) []float64 {
	if f.size == 8 {
		return double
	}
	c := make([]float64, len(single))
	for i, v := range single {
		c[i] = float64(v)
	}
	return c
}

// byType is a number for each dtype.
func (f *fn) byType(single, double float64) float64 {
	if f.size == 4 {
		return single
	}
	return double
}

// expReduce finds k and r with e^(s x) = 2^k e^(s r), for |k| < 2^22: k = rint(s x /
// ln2), rounded by adding a number whose last bit is worth 1, and r = x - k ln2/s in
// two steps (Cody and Waite). s is a power of two with a sign, so that scaling the
// constants by it changes no bit. The low bits of t hold k as an integer.
// rhi is what the first step leaves, which is exact.
func (m *formula) expReduce(x group, s float64) (t, k, rhi, r group) {
	c := m.c
	c.Commentf("t = x*%v/ln2 + magic, k = t - magic; r = x - k*ln2/%v", s, s)
	t = m.mulPlus(x, m.k(s*m.byType(float64(minimax.Log2E32), minimax.Log2E64)), m.k(m.magic()))
	k = m.minus(t, m.k(m.magic()))
	rhi = m.copyOf(x)
	m.subMul(rhi, k, m.ln2hi(s))
	r = m.copyOf(rhi)
	m.subMul(r, k, m.ln2lo(s))
	return t, k, rhi, r
}

// magic is 1.5 * 2^mantissa: adding it to a small number rounds that to an integer.
func (m *formula) magic() float64 { return math.Ldexp(1.5, m.mantissa()) }

func (m *formula) expSeries() []float64 { return m.series(minimax.Exp32[:], minimax.Exp64[:]) }

// expPoly is e^(s r) for reduced r.
func (m *formula) expPoly(r group, s float64) group {
	m.c.Commentf("p = e^(%v r) = c0 + r*(c1 + r*(c2 + ...))", s)
	return m.poly(r, scaled(m.expSeries(), 1, s))
}

// expm1Poly is (e^(s r) - 1) / s = r + r^2 (...) for reduced r.
func (m *formula) expm1Poly(r group, s float64) group {
	m.c.Commentf("w = (e^(%v r) - 1)/%v = r + r*r*P(r)", s, s)
	square := m.times(r, r)
	return m.mulPlus(square, m.polyPairs(r, square, scaled(m.expSeries()[2:], s, s)), r)
}

// scaled returns the coefficients c[n] * first * s^n.
func scaled(c []float64, first, s float64) []float64 {
	out := make([]float64, len(c))
	for i, v := range c {
		out[i] = v * first
		first *= s
	}
	return out
}

// power2 is 2^(k+e), which must be a normal number.
func (m *formula) power2(t, k group, e int) group {
	if m.wide() {
		m.c.Commentf("T = 2^(k%+d)", e)
		return m.scalef(m.k(math.Ldexp(1, e)), k)
	}
	m.c.Commentf("T = 2^(k%+d)", e)
	return m.intPlus(m.shiftLeft(t, m.mantissa()), m.exponentField(e))
}

// power2Below1 is 2^k for any k <= 0, but small values of it differ between the tiers:
// what AVX2 has no normal number for becomes 2^-100. No result may depend on that.
func (m *formula) power2Below1(t, k group) group {
	if !m.wide() {
		t = m.plus(m.atLeast(m.k(-100), k), m.k(m.magic()))
	}
	return m.power2(t, k, 0)
}

// scalef is a * 2^k on AVX-512.
func (m *formula) scalef(a any, k group) group {
	return m.each(func(i int, r reg.VecVirtual) { m.op(m.c.VSCALEFPS, m.c.VSCALEFPD, k[i], of(a, i), r) })
}

// timesPower2 is p * 2^k, rounded once: VSCALEF, or elsewhere the exact product with
// 2^(k>>1) times 2^(k-(k>>1)), both normal numbers.
func (m *formula) timesPower2(p, t, k group) group {
	if m.wide() {
		m.c.Comment("p * 2^k")
		return m.scalef(p, k)
	}
	m.c.Comment("p * 2^h * 2^(k-h), h = k>>1. An offset of 8192 keeps the integers")
	m.c.Comment("positive and leaves the exponent field with its half")
	u := m.intPlus(t, m.bits(m.wrap(8192-int64(m.magicBits()))))
	h := m.shiftRight(u, 1)
	rest := m.intMinus(u, h)
	for _, e := range []group{h, rest} {
		p = m.times(m.intPlus(m.shiftLeft(e, m.mantissa()), m.exponentField(0)), p)
	}
	return p
}

func (m *formula) magicBits() uint64 {
	if m.size == 4 {
		return uint64(math.Float32bits(float32(m.magic())))
	}
	return math.Float64bits(m.magic())
}

// wrap is an integer as bits of the element size.
func (m *formula) wrap(v int64) uint64 {
	if m.size == 4 {
		return uint64(uint32(v))
	}
	return uint64(v)
}

// timesPower2OrZero is p * 2^k where 2^k is a normal number, 0 where k is smaller.
// It needs k <= bias.
func (m *formula) timesPower2OrZero(p, t, k group) group {
	normal := m.where(greaterEqualOrNaN, k, m.k(float64(1-m.bias())))
	if m.wide() {
		m.c.Comment("p * 2^k, 0 below the normal numbers")
		return m.each(func(i int, r reg.VecVirtual) {
			m.op(func(o ...Op) { m.c.VSCALEFPS_Z(o[0], o[1], o[2], o[3]) }, func(o ...Op) { m.c.VSCALEFPD_Z(o[0], o[1], o[2], o[3]) }, k[i], p[i], normal[i], r)
		})
	}
	m.c.Comment("p * 2^k, 0 below the normal numbers")
	return m.orZero(normal, m.times(p, m.intPlus(m.shiftLeft(t, m.mantissa()), m.exponentField(0))))
}

// exponential: e^x. Beyond the clamp it is 0 or overflows. AVX-512 clamps r instead, which
// is as good, as k alone then decides.
func exponential(m *formula, x group) group {
	if m.wide() {
		t, k, _, r := m.expReduce(x, 1)
		m.c.Comment("a wild r stays in range; NaN survives in k")
		const smallerMagnitudeSignOfX = 2
		r = m.each(func(i int, d reg.VecVirtual) {
			m.op(m.c.VRANGEPS, m.c.VRANGEPD, U8(smallerMagnitudeSignOfX), m.k(0.3515625), r[i], d)
		})
		return m.timesPower2(m.expPoly(r, 1), t, k)
	}
	x = m.atMost(m.k(m.byType(float64(minimax.ExpMax32), minimax.ExpMax64)), x)
	x = m.atLeast(m.k(m.byType(float64(minimax.ExpMin32), minimax.ExpMin64)), x)
	t, k, _, r := m.expReduce(x, 1)
	return m.timesPower2(m.expPoly(r, 1), t, k)
}

// expm1: e^x - 1 = 2 (T (r + r^2 P(r)) + (T - 1/2)), T = 2^(k-1), which cannot overflow
// before the result does. The leading part of r is exact; the rest joins r^2 P(r). Where r^2
// underflows, x is so small that the result is x, whose last bit T might lose.
func expm1(m *formula, x group) group {
	y := m.atMost(m.k(m.byType(float64(minimax.ExpMax32), minimax.ExpMax64)), x)
	y = m.atLeast(m.k(m.byType(-20, -40)), y)
	t, k, rhi, r := m.expReduce(y, 1)
	_, rest, square := m.expm1Parts(k, rhi, r, 1)
	m.c.Comment("y = 2*(T*rest + (T*rhi + (T - 1/2))), x where r*r is 0")
	T := m.power2(t, k, -1)
	e := m.mulPlus(T, rhi, m.minus(T, m.k(0.5)))
	m.addMul(e, T, rest)
	return m.pick(m.where(equal, square, m.k(0)), x, m.plus(e, e))
}

func (m *formula) ln2hi(s float64) Op {
	return m.k(m.byType(float64(minimax.Ln2Hi32), minimax.Ln2Hi64) / s)
}

func (m *formula) ln2lo(s float64) Op {
	return m.k(m.byType(float64(minimax.Ln2Lo32), minimax.Ln2Lo64) / s)
}

// sigmoid is a polynomial for each interval of |x| in float32, a quotient in float64.
func sigmoid(m *formula, x group) group {
	if m.size == 4 {
		y := m.logisticByTable(m.absOf(x))
		m.c.Comment("y = x < 0 ? y : 1 - y")
		m.complementUnlessNegative(y, x)
		return y
	}
	return sigmoidQuotient(m, x)
}

// logisticByTable is 1/(1 + e^a), a >= 0, with full relative accuracy. With c the center of
// the interval that a lies in, r = a - c is exact and 1/(1 + e^c) as good as a float32, so
// that the last step alone rounds what matters.
func (m *formula) logisticByTable(a group) group {
	i := m.nearestTo(0.75, a)
	y := m.polyByTable(a, i, "logistic", minimax.Logistic32Center, minimax.Logistic32[:])
	m.rarely(i.index, beyondTable, func() {
		m.c.Comment("behind the table y = e*(1 - e), e = e^-a")
		tail := m.logisticTail(m.atMost(m.k(104), a))
		m.assign(y, m.pick(m.withoutBits(i.index, beyondTable), y, tail))
	})
	return y
}

// logisticTail is 1/(1 + e^a) where e^-2a counts as 0 beside 1: with e^-a = T(1-w) and p =
// 1 - w rounded it is T (p + (lost - T p^2)).
func (m *formula) logisticTail(a group) group {
	t, k, rhi, r := m.expReduce(a, -1)
	w, rest, _ := m.expm1Parts(k, rhi, r, -1)
	m.c.Comment("w stands for -w: p = 1 - w, lost = 1 - p - w; y = 2^k*(p + (lost - T*p*p))")
	p := m.minus(m.k(1), w)
	lost := m.minus(m.minus(m.minus(m.k(1), p), rhi), rest)
	m.subMul(lost, m.times(m.power2Below1(t, k), p), p)
	return m.timesPower2(m.plus(p, lost), t, k)
}

// sigmoidQuotient: with a = |x|, e^-a = T(1+w) = T p and y = 1/(1 + T p), rounded, the value
// at a is y + y c and that at -a is T (y + y c'), where c = 1 - y - y T (1+w) takes
// back the rounding of p, of the sum and of the quotient, and 1+c' = (1+w)(1+c).
func sigmoidQuotient(m *formula, x group) group {
	c := m.c
	a := m.atMost(m.k(m.byType(104, 746)), m.absOf(x))
	t, k, rhi, r := m.expReduce(a, -1)
	w, rest, _ := m.expm1Parts(k, rhi, r, -1)
	c.Comment("w stands for -w: p = 1 - w; y = 1/(1 + T*p)")
	p := m.minus(m.k(1), w)
	T := m.power2Below1(t, k)
	y := m.over(m.k(1), m.mulPlus(T, p, m.k(1)))
	c.Comment("c = (1 - y - y*T) + y*T*w")
	u := m.times(y, T)
	d := m.minus(m.minus(m.k(1), y), u)
	m.addMul(d, u, w)
	c.Comment("x < 0: c = c*p - w and the result takes the factor 2^k")
	neg := m.negative(x)
	m.hornerMinusWhere(neg, d, p, rest, rhi)
	m.addMul(y, y, d)
	return m.timesPower2Where(neg, y, t, k)
}

// expm1Parts is w = (e^(s r) - 1)/s for reduced r as a sum rounded once, and what it is
// the sum of besides rhi: much less. square is r*r.
func (m *formula) expm1Parts(k, rhi, r group, s float64) (w, rest, square group) {
	m.c.Commentf("w = (e^(%v r) - 1)/%v = rhi + (r*r*P(r) - k*ln2lo/%v)", s, s, s)
	square = m.times(r, r)
	rest = m.times(square, m.polyPairs(r, square, scaled(m.expSeries()[2:], s, s)))
	m.subMul(rest, k, m.ln2lo(s))
	return m.plus(rest, rhi), rest, square
}

// timesPower2Where is p * 2^k where the mask is set, else p.
func (m *formula) timesPower2Where(where mask, p, t, k group) group {
	if m.wide() {
		for i := range p {
			m.op(m.c.VSCALEFPS, m.c.VSCALEFPD, k[i], p[i], where[i], p[i])
		}
		return p
	}
	return m.timesPower2(p, m.pick(where, t, m.k(m.magic())), k)
}

// tanh is a polynomial for each interval of |x| in float32, a quotient in float64.
func tanh(m *formula, x group) group {
	if m.size == 4 {
		return tanhByTable(m, x)
	}
	return tanhQuotient(m, x)
}

// tanhByTable: with c the center of the interval that |x| lies in, r = |x| - c is exact
// and tanh c as good as a float32, so that the last step alone rounds what matters.
func tanhByTable(m *formula, x group) group {
	a := m.atMost(m.k(minimax.Tanh32Last), m.absOf(x))
	y := m.polyByTable(a, m.intervalOf(m.plus(m.k(1), a)), "tanh", minimax.Tanh32Center, minimax.Tanh32[:])
	m.c.Comment("with the sign of x")
	return m.orSign(y, x)
}

// tanhQuotient: with e^(-2|x|) = T(1+w) it is h/g, h = 1 - T(1+w), whose parts -T w and 1-T keep
// the accuracy of small x, and g = 1 + T(1+w). The quotient takes back the rounding of
// g, which matters where g is near 1 and 1/g may count as 1.
func tanhQuotient(m *formula, x group) group {
	a := m.atMost(m.k(22), m.absOf(x))
	t, k, rhi, r := m.expReduce(a, -2)
	m.c.Comment("w stands for -w/2, T for 2T: h = (1 - T/2) + T*w, low = what h lost in rounding")
	w, rest, _ := m.expm1Parts(k, rhi, r, -2)
	T := m.power2(t, k, 1)
	one := m.mulPlus(T, m.k(-0.5), m.k(1))
	h := m.mulPlus(T, w, one)
	low := m.minus(one, h)
	m.addMul(low, T, rhi)
	m.addMul(low, T, rest)
	return m.orSign(m.quotientOfTanh(h, low, T, w), x)
}

// quotientOfTanh is (h + low)/(1 + T (1/2 - w)). As 1/g = (1 + tanh)/2, what the quotient
// and g lost in rounding is known with two multiplications.
func (m *formula) quotientOfTanh(h, low, T, w group) group {
	m.c.Comment("g = 1 + T*(1/2 - w); q = h/g; low = (h - q*g) - q*(1 - g + T*(1/2 - w)) + low")
	z := m.minus(m.k(0.5), w)
	g := m.mulPlus(T, z, m.k(1))
	q := m.over(h, g)
	lost := m.minus(m.k(1), g)
	m.addMul(lost, T, z)
	m.subMul(h, q, g)
	m.subMul(low, q, lost)
	low = m.plus(low, h)
	m.c.Comment("y = q + low*(1/2 + q/2), with the sign of x")
	m.addMul(q, low, m.mulPlus(q, m.k(0.5), m.k(0.5)))
	return q
}

// softplus: max(x, 0) + log(1+e), e = e^-|x|.
func softplus(m *formula, x group) group {
	y, _ := m.softplusAndExp(x)
	return y
}

// softplusAndExp also returns e. For float64 it takes back the rounding of e and of
// the first sum.
func (m *formula) softplusAndExp(x group) (y, e group) {
	a := m.atMost(m.k(m.byType(104, 746)), m.absOf(x))
	t, k, _, r := m.expReduce(a, -1)
	top := m.atLeast(m.k(0), x)
	log1p := m.series(minimax.Softplus32[2:], minimax.Softplus64[:])
	if m.size == 4 {
		e = m.timesPower2(m.expPoly(r, -1), t, k)
		m.c.Comment("y = max(x, 0) + (e + e*e*(c2 + e*(c3 + ...)))")
		return m.plus(m.mulPlus(m.times(e, e), m.poly(e, log1p), e), top), e
	}
	w := m.expm1Poly(r, -1)
	p := m.minus(m.k(1), w)
	e = m.timesPower2(p, t, k)
	m.c.Comment("w stands for -w: lost = ((1 - p) - w) * T * (1 - e/2) of e^-|x|, d log(1+e) = de/(1+e)")
	lost := m.minus(m.minus(m.k(1), p), w)
	lost = m.times(m.timesPower2OrZero(lost, t, k), m.mulPlus(e, m.k(-0.5), m.k(1)))
	m.c.Comment("y = max(x, 0) + e, with what it loses, + e*e*(c0 + u*(c1 + ...)), u = e - 1/2")
	large, small := m.binary(m.fn.max, e, top), m.binary(m.fn.min, e, top)
	sum := m.plus(large, small)
	lost = m.plus(lost, m.minus(small, m.minus(sum, large)))
	m.addMul(lost, m.times(e, e), m.poly(m.minus(e, m.k(0.5)), log1p))
	m.c.Comment("y = x from 50 on, where lost might be Inf - Inf")
	return m.pick(m.where(notLess, x, m.k(50)), x, m.plus(lost, sum)), e
}

func sqrt(m *formula, x group) group {
	return m.each(func(i int, r reg.VecVirtual) { m.fn.sqrt(x[i], r) })
}

// rsqrt: 1 / sqrt(x), two rounded operations.
func rsqrt(m *formula, x group) group { return m.over(m.k(1), sqrt(m, x)) }
