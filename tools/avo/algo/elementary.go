package algo

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/minimax"
	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// unary is the body of a kernel y = f(x).
func unary(vectors func(*fn) int, f func(m *formula, x group) group) func(*fn) {
	return func(g *fn) {
		g.elementwise(names("y"), names("x"), nil, vectors(g), func(m *formula, in []group) []group {
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
	m.Commentf("t = x*%v/ln2 + magic, k = t - magic; r = x - k*ln2/%v", s, s)
	t = m.fma(x, m.k(s*m.byType(float64(minimax.Log2E32), minimax.Log2E64)), m.k(m.magic()))
	k = m.minus(t, m.k(m.magic()))
	rhi = m.copyOf(x)
	m.subProduct(rhi, k, m.ln2hi(s))
	r = m.copyOf(rhi)
	m.subProduct(r, k, m.ln2lo(s))
	return t, k, rhi, r
}

// magic is 1.5 * 2^mantissa: adding it to a small number rounds that to an integer.
func (m *formula) magic() float64 { return math.Ldexp(1.5, m.mantissa()) }

func (m *formula) expSeries() []float64 { return m.series(minimax.Exp32[:], minimax.Exp64[:]) }

// expPoly is e^(s r) for reduced r.
func (m *formula) expPoly(r group, s float64) group {
	m.Commentf("p = e^(%v r) = c0 + r*(c1 + r*(c2 + ...))", s)
	return m.poly(r, scaled(m.expSeries(), 1, s))
}

// expm1Poly is (e^(s r) - 1) / s = r + r^2 (...) for reduced r.
func (m *formula) expm1Poly(r group, s float64) group {
	m.Commentf("w = (e^(%v r) - 1)/%v = r + r*r*P(r)", s, s)
	square := m.times(r, r)
	return m.fma(square, m.polyPairs(r, square, scaled(m.expSeries()[2:], s, s)), r)
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

// exponential: e^x. Beyond the clamp it is 0 or overflows.
func exponential(m *formula, x group) group {
	t, k, r := m.expReduceAny(x)
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
	m.Comment("y = 2*(T*rest + (T*rhi + (T - 1/2))), x where r*r is 0")
	T := m.power2(t, k, -1)
	e := m.fma(T, rhi, m.minus(T, m.k(0.5)))
	m.addProduct(e, T, rest)
	return m.pick(m.where(isa.Equal, square, m.k(0)), x, m.plus(e, e))
}

func (m *formula) ln2hi(s float64) isa.Vec {
	return m.k(m.byType(float64(minimax.Ln2Hi32), minimax.Ln2Hi64) / s)
}

func (m *formula) ln2lo(s float64) isa.Vec {
	return m.k(m.byType(float64(minimax.Ln2Lo32), minimax.Ln2Lo64) / s)
}

// sigmoid is a polynomial for each interval of |x| in float32, a quotient in float64.
func sigmoid(m *formula, x group) group {
	if m.size == 4 {
		y := m.logisticByTable(m.absOf(x))
		m.Comment("y = x < 0 ? y : 1 - y")
		m.complementUnlessNegative(y, x)
		return y
	}
	return sigmoidQuotient(m, x)
}

// logisticByTable is 1/(1 + e^a), a >= 0, with full relative accuracy. With c the center of
// the interval that a lies in, r = a - c is exact and 1/(1 + e^c) as good as a float32, so
// that the last step alone rounds what matters.
func (m *formula) logisticByTable(a group) group {
	i, bits := m.nearestTo(0.75, a)
	y := m.polyByTable(a, i, "logistic", minimax.Logistic32Center, minimax.Logistic32[:], nil)
	m.rarely(bits, beyondTable, func() {
		m.Comment("behind the table y = e*(1 - e), e = e^-a")
		tail := m.logisticTail(m.atMost(m.k(104), a))
		m.assign(y, m.pick(m.withoutBits(bits, beyondTable), y, tail))
	})
	return y
}

// logisticTail is 1/(1 + e^a) where e^-2a counts as 0 beside 1: with e^-a = T(1-w) and p =
// 1 - w rounded it is T (p + (lost - T p^2)).
func (m *formula) logisticTail(a group) group {
	t, k, rhi, r := m.expReduce(a, -1)
	w, rest, _ := m.expm1Parts(k, rhi, r, -1)
	m.Comment("w stands for -w: p = 1 - w, lost = 1 - p - w; y = 2^k*(p + (lost - T*p*p))")
	p := m.minus(m.k(1), w)
	lost := m.minus(m.minus(m.minus(m.k(1), p), rhi), rest)
	m.subProduct(lost, m.times(m.power2Below1(t, k), p), p)
	return m.timesPower2(m.plus(p, lost), t, k)
}

// sigmoidQuotient: with a = |x|, e^-a = T(1+w) = T p and y = 1/(1 + T p), rounded, the value
// at a is y + y c and that at -a is T (y + y c'), where c = 1 - y - y T (1+w) takes
// back the rounding of p, of the sum and of the quotient, and 1+c' = (1+w)(1+c).
func sigmoidQuotient(m *formula, x group) group {
	a := m.atMost(m.k(m.byType(104, 746)), m.absOf(x))
	t, k, rhi, r := m.expReduce(a, -1)
	w, rest, _ := m.expm1Parts(k, rhi, r, -1)
	m.Comment("w stands for -w: p = 1 - w; y = 1/(1 + T*p)")
	p := m.minus(m.k(1), w)
	T := m.power2Below1(t, k)
	y := m.over(m.k(1), m.fma(T, p, m.k(1)))
	m.Comment("c = (1 - y - y*T) + y*T*w")
	u := m.times(y, T)
	d := m.minus(m.minus(m.k(1), y), u)
	m.addProduct(d, u, w)
	m.Comment("x < 0: c = c*p - w and the result takes the factor 2^k")
	neg := m.negative(x)
	m.hornerSubTwiceWhere(neg, d, p, rest, rhi)
	m.addProduct(y, y, d)
	return m.timesPower2Where(neg, y, t, k)
}

// expm1Parts is w = (e^(s r) - 1)/s for reduced r as a sum rounded once, and what it is
// the sum of besides rhi: much less. square is r*r.
func (m *formula) expm1Parts(k, rhi, r group, s float64) (w, rest, square group) {
	return m.expm1PartsBy(m.expSeries(), k, rhi, r, s)
}

// expm1PartsBy are expm1Parts by another series of e^r.
func (m *formula) expm1PartsBy(series []float64, k, rhi, r group, s float64) (w, rest, square group) {
	m.Commentf("w = (e^(%v r) - 1)/%v = rhi + (r*r*P(r) - k*ln2lo/%v)", s, s, s)
	square = m.times(r, r)
	rest = m.times(square, m.polyPairs(r, square, scaled(series[2:], s, s)))
	m.subProduct(rest, k, m.ln2lo(s))
	return m.plus(rest, rhi), rest, square
}

// tanh is a polynomial for each interval of |x| in float32, a quotient in float64.
func tanh(m *formula, x group) group {
	if m.size == 4 {
		return tanhByTable(m, x)
	}
	return tanhQuotient(m, x)
}

// tanhByTable: with c the center of the interval that a = |x| lies in, r = a - c is exact
// and tanh c as good as a float32, so that the last step alone rounds what matters. Below 1/4, where
// c is 0, that step is a + a*P(a): everywhere else tanh c is larger than r.
func tanhByTable(m *formula, x group) group {
	a := m.atMost(m.k(minimax.Tanh32Last), m.absOf(x))
	y := m.polyByTable(a, m.intervalOf(m.plus(m.k(1), a)), "tanh", minimax.Tanh32Center, minimax.Tanh32[:],
		func(t0, r group) group {
			m.Comment("r in place of t0 where it is larger: where the center is 0")
			return m.atLeast(t0, r)
		})
	m.Comment("with the sign of x")
	return m.orSign(y, x)
}

// tanhQuotient: with e^(-2|x|) = T(1+w) it is h/g, 2h = 1 - T(1+w), whose parts -T w and 1-T keep
// the accuracy of small x, and 2g = 1 + T(1+w), so that g = 1 - h. What h lost in rounding is known,
// so g is as well, as a sum of two numbers (Dekker, A floating-point technique for extending the
// available precision, 1971), and the quotient takes back the rounding of both.
func tanhQuotient(m *formula, x group) group {
	a := m.atMost(m.k(22), m.absOf(x))
	t, k, rhi, r := m.expReduce(a, -2)
	m.Comment("w stands for -w/2: h = (1 - T)/2 + T*w, low = what the difference and the sum lost")
	w, rest, _ := m.expm1PartsBy(minimax.Tanh64[:], k, rhi, r, -2)
	T, half := m.power2(t, k, 0), m.k(0.5)
	one := m.copyOf(half)
	m.subProduct(one, T, half)
	h := m.fma(T, w, one)
	low := m.minus(half, one)
	m.subProduct(low, T, half)
	low = m.plus(low, m.minus(one, h))
	m.addProduct(low, T, rhi)
	m.addProduct(low, T, rest)
	return m.orSign(m.quotientOfTanh(h, low), x)
}

// quotientOfTanh is (h + low)/(1 - h - low). With q = h/g, rounded, as are g = 1 - h and low, it is
// q + e/g, e = (h + low) - q (1 - h - low), where e is small and 1/g may count as 1 + q.
func (m *formula) quotientOfTanh(h, low group) group {
	m.Comment("g = 1 - h; q = h/g; e = (h - q*g) - q*(1 - g - h) + low*(1 + q)")
	one := m.k(1)
	g := m.minus(one, h)
	q := m.over(h, g)
	lost := m.minus(m.minus(one, g), h)
	m.subProduct(h, q, g)
	m.subProduct(h, q, lost)
	slope := m.plus(one, q)
	m.addProduct(h, low, slope)
	m.Comment("y = q + e*(1 + q), with the sign of x")
	m.addProduct(q, h, slope)
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
		m.Comment("y = max(x, 0) + (e + e*e*(c2 + e*(c3 + ...)))")
		return m.plus(m.fma(m.times(e, e), m.poly(e, log1p), e), top), e
	}
	w := m.expm1Poly(r, -1)
	p := m.minus(m.k(1), w)
	e = m.timesPower2(p, t, k)
	m.Comment("w stands for -w: lost = ((1 - p) - w) * T * (1 - e/2) of e^-|x|, d log(1+e) = de/(1+e)")
	lost := m.minus(m.minus(m.k(1), p), w)
	lost = m.times(m.timesPower2OrZero(lost, t, k), m.fma(e, m.k(-0.5), m.k(1)))
	m.Comment("y = max(x, 0) + e, with what it loses, + e*e*(c0 + u*(c1 + ...)), u = e - 1/2")
	large, small := m.binary(m.Max, e, top), m.binary(m.Min, e, top)
	sum := m.plus(large, small)
	lost = m.plus(lost, m.minus(small, m.minus(sum, large)))
	m.addProduct(lost, m.times(e, e), m.poly(m.minus(e, m.k(0.5)), log1p))
	m.Comment("y = x from 50 on, where lost might be Inf - Inf")
	return m.pick(m.where(isa.NotLess, x, m.k(50)), x, m.plus(lost, sum)), e
}

func sqrt(m *formula, x group) group {
	return m.each(func(i int, r isa.Vec) { m.Sqrt(x[i], r) })
}

// rsqrt: 1 / sqrt(x), two rounded operations.
func rsqrt(m *formula, x group) group { return m.over(m.k(1), sqrt(m, x)) }
