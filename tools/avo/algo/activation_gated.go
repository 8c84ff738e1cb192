package algo

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/minimax"
)

// gatedActivations are x times a gate that goes from 0 to 1.
var gatedActivations = []Activation{
	{Name: "GELU",
		Value: "GELU", Grad: "GELUGrad",
		Kernels: []*Kernel{
			{Name: "GELU", Family: "gelu", Params: "y, x []T",
				Doc: "computes y = x*Phi(x).", body: curve(gelu).value((*fn).abreast)},
			{Name: "GELUGrad", Family: "gelu", Params: "y, d, x []T",
				Doc:  "computes y = x*Phi(x) and d = Phi(x) + x*phi(x).",
				body: curve(gelu).withGrad((*fn).abreast)},
		}},
	{Name: "GELUTanh",
		Value: "GELUTanh", Grad: "GELUTanhGrad",
		Kernels: []*Kernel{
			{Name: "GELUTanh", Family: "gelu", Params: "y, x []T",
				Doc:  "computes y = x/2*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3))).",
				body: geluTanh.value((*fn).abreast)},
			{Name: "GELUTanhGrad", Family: "gelu", Params: "y, d, x []T",
				Doc: "computes y as GELUTanh and its derivative d.", body: geluTanh.withGrad((*fn).abreast)},
		}},
	{Name: "SiLU",
		Value: "SiLU", Grad: "SiLUGrad",
		Kernels: []*Kernel{
			{Name: "SiLU", Family: "silu", Params: "y, x []T",
				Doc: "computes y = x/(1 + e^-x).", body: silu.value(alone)},
			{Name: "SiLUGrad", Family: "silu", Params: "y, d, x []T",
				Doc: "computes y = x/(1 + e^-x) and its derivative d.", body: silu.withGrad(alone)},
		}},
}

// gate is a function G with G(-x) = 1 - G(x), at |x|: low = G(-a) and, where grad is
// set, slope = G'(a).
type gate func(m *formula, a group, grad bool) (low, slope group)

// gated is x G(x) = max(x, -0) - a G(-a), a = |x|: what underflows below 0 is -0. Its
// derivative is 1 + g above 0 and -g below, g = a G'(a) - G(-a). G(-a) must be 0 at limit.
func gated(G gate, limit32, limit64 float64) curve {
	return func(m *formula, x group, grad bool) (y, d group) {
		a := m.atMost(m.k(m.byType(limit32, limit64)), m.absOf(x))
		low, slope := G(m, a, grad)
		m.Comment("y = max(x, -0) - a*G(-a)")
		y = m.atLeast(m.signBit(), x)
		m.subProduct(y, a, low)
		if grad {
			m.Comment("g = a*G'(a) - G(-a); d = x < 0 ? -g : 1 + g")
			d = slope
			m.hornerSub(d, a, low)
			m.flipSign(d, x)
			m.incrementUnlessNegative(d, x)
		}
		return y, d
	}
}

var (
	silu     = gated((*formula).logistic, 90, 720)
	geluTanh = gated(geluTanhGate, 11, 22)
)

// logistic: G(x) = 1/(1 + e^-x). The table of the sigmoid would take 0.85 of the time on
// AVX-512, but 1.8 on AVX2, and more on both where |x| is large.
func (m *formula) logistic(a group, grad bool) (low, slope group) {
	t, k, _, r := m.expReduce(a, -1)
	e := m.timesPower2OrZero(m.expPoly(r, -1), t, k)
	m.Comment("h = 1/(1 + e); G(-a) = e*h; G'(a) = h*G(-a)")
	h := m.over(m.k(1), m.plus(e, m.k(1)))
	low = m.times(e, h)
	if grad {
		slope = m.times(h, low)
	}
	return low, slope
}

// geluTanhGate: G(x) = (1 + tanh u)/2 is the logistic function of v = 2u = 2 sqrt(2/pi)
// (x + 0.044715 x^3).
func geluTanhGate(m *formula, a group, grad bool) (low, slope group) {
	linear := 2 * math.Sqrt(2/math.Pi)
	cubic := linear * 0.044715
	m.Comment("v = a*(c1 + c3*a*a)")
	square := m.times(a, a)
	low, slope = m.logistic(m.times(a, m.fma(square, m.k(cubic), m.k(linear))), grad)
	if grad {
		m.Comment("dv/da = c1 + 3*c3*a*a")
		slope = m.times(slope, m.fma(square, m.k(3*cubic), m.k(linear)))
	}
	return low, slope
}

// gelu is x Phi(x) = max(x, -0) - a Phi(-a) with a = |x| and Phi(-a) = q M(a). There q is
// e^(-a^2/2), and M the ratio of Mills over sqrt(2 pi): a quotient that keeps its relative accuracy
// as far as q is a normal number. a M comes first, since Phi(-a) may be subnormal where the product
// is not.
func gelu(m *formula, x group, grad bool) (y, d group) {
	a := m.atMost(m.k(m.byType(13.5, 38)), m.absOf(x))
	q := m.expOfSquare(a)
	m.Comment("M = P(a)/Q(a)")
	num := m.poly(a, m.series(minimax.Mills32[:], minimax.Mills64[:]))
	ratio := m.over(num, m.poly(a, m.series(minimax.MillsDen32[:], minimax.MillsDen64[:])))
	m.Comment("y = max(x, -0) - q*(a*M)")
	y = m.atLeast(m.signBit(), x)
	m.subProduct(y, q, m.times(a, ratio))
	if grad {
		m.Comment("g = q*(a/sqrt(2*pi) - M); d = x < 0 ? -g : 1 + g")
		d = a
		m.hornerSub(d, m.k(1/math.Sqrt(2*math.Pi)), ratio)
		d = m.times(q, d)
		m.flipSign(d, x)
		m.incrementUnlessNegative(d, x)
	}
	return y, d
}

// expOfSquare is e^(-a^2/2), 0 where that is no normal number. The reduction takes a^2 without
// rounding it, which would cost a^2/2 units in the last place.
func (m *formula) expOfSquare(a group) group {
	const s = -0.5
	m.Commentf("t = a*a*%v/ln2 + magic, k = t - magic; r = a*a - k*ln2/%v", s, s)
	t := m.fma(m.times(a, a), m.k(s*m.byType(float64(minimax.Log2E32), minimax.Log2E64)), m.k(m.magic()))
	k := m.minus(t, m.k(m.magic()))
	r := m.copyOf(a)
	m.hornerSub(r, a, m.times(k, m.ln2hi(s))) // the product is exact
	m.subProduct(r, k, m.ln2lo(s))
	return m.timesPower2OrZero(m.expPoly(r, s), t, k)
}
