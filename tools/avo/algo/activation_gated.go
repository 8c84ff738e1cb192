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
				Doc: "computes y = x*Phi(x).", body: gelu.value((*fn).abreast)},
			{Name: "GELUGrad", Family: "gelu", Params: "y, d, x []T",
				Doc: "computes y = x*Phi(x) and d = Phi(x) + x*phi(x).", body: gelu.withGrad((*fn).abreast)},
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
	gelu     = gated(geluGate, 13.5, 38)
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

// geluGate: G is the normal distribution, G(-a) = phi(a) M(a) with Mills' ratio M. The
// polynomial ends where the product no longer counts.
func geluGate(m *formula, a group, _ bool) (low, slope group) {
	square := m.times(a, a)
	t, k, _, r := m.expReduce(square, -0.5)
	q := m.timesPower2OrZero(m.expPoly(r, -0.5), t, k)
	m.Comment("G(-a) = phi(a)*M(a), G'(a) = phi(a) = q/sqrt(2*pi)")
	phi := m.times(q, m.k(1/math.Sqrt(2*math.Pi)))
	b := m.atMost(m.k(m.byType(6, 9)), a)
	return m.times(phi, m.poly(b, m.series(minimax.Mills32[:], minimax.Mills64[:]))), phi
}
