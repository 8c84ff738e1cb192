package algo

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/minimax"
	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// logarithm: log x = log(1+f) - n ln2 for x = (1+f) 2^-n, see logOf.
func logarithm(m *formula, x group) group {
	m.Comment("small numbers are scaled up")
	up := m.byType(25, 54)
	small := m.where(isa.Less, x, m.bits(2<<m.mantissa()))
	xs := m.pick(small, m.times(x, m.k(math.Ldexp(1, int(up)))), x)
	m.Comment("y = x*sqrt(1/2) has the exponent e: f = x*2^(-1-e) - 1 lies about 0")
	y := m.times(xs, m.k(math.Sqrt(0.5)))
	n, mant := m.exponentAndMantissa(xs, y)
	n = m.pick(small, m.plus(n, m.k(up)), n)
	return m.logSpecial(m.logOf(m.minus(mant, m.k(1)), n), x)
}

// log1p: u = 1 + x has the exponent, and f = x T + (T - 1) for the power T that brings
// u near 1 is exact up to one rounding.
func log1p(m *formula, x group) group {
	m.Comment("u = 1 + x; u*sqrt(1/2) has the exponent e; T = 2^(-1-e); f = x*T + (T - 1)")
	u := m.plus(x, m.k(1))
	y := m.times(u, m.k(math.Sqrt(0.5)))
	n, T := m.exponentAndPower(y)
	f := m.fma(x, T, m.minus(T, m.k(1)))
	m.Comment("-0 keeps its sign")
	return m.logSpecial(m.orSign(m.logOf(f, n), x), u)
}

// logOf is log(1+f) - n ln2 = (f + f^2 P(f)) - n ln2, the product with ln2 in two
// parts. hi - n ln2hi is taken from f to find what the sum hi lost.
func (m *formula) logOf(f, n group) group {
	m.Comment("y = f + f*f*(c2 + f*(c3 + ...)) - n*ln2")
	p := m.poly(f, m.series(minimax.Log32[2:], minimax.Log64[2:]))
	hi := m.copyOf(f)
	m.subProduct(hi, n, m.ln2hi(1))
	low := m.copyOf(hi)
	m.addProduct(low, n, m.ln2hi(1))
	low = m.minus(f, low)
	m.subProduct(low, n, m.ln2lo(1))
	m.addProduct(low, m.times(f, f), p)
	return m.plus(low, hi)
}

// logSpecial puts in the values at the ends: -Inf for x = 0, NaN for x < 0, x itself
// where it is +Inf or NaN.
func (m *formula) logSpecial(y, x group) group {
	m.Comment("0 gives -Inf, less gives NaN, +Inf and NaN give themselves")
	// a response for each class: QNaN, SNaN, 0, 1, -Inf, +Inf, negative, positive
	if m.fixUp(y, x, 0x03530422) {
		return y
	}
	inf, zero := math.Inf(1), m.k(0)
	y = m.pick(m.where(isa.Less, x, zero), m.k(math.NaN()), y)
	y = m.pick(m.where(isa.Equal, x, zero), m.k(-inf), y)
	return m.pick(m.where(isa.NotLess, x, m.k(inf)), x, y)
}
