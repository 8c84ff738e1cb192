package main

import (
	"math"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/ashlar-go/ashlar/internal/minimax"
)

// logarithm: log x = log(1+f) - n ln2 for x = (1+f) 2^-n, see logOf.
func logarithm(m *formula, x group) group {
	m.c.Comment("small numbers are scaled up")
	up := m.byType(25, 54)
	small := m.where(less, x, m.bits(2<<m.mantissa()))
	xs := m.pick(small, m.times(x, m.k(math.Ldexp(1, int(up)))), x)
	m.c.Comment("y = x*sqrt(1/2) has the exponent e: f = x*2^(-1-e) - 1 lies about 0")
	y := m.times(xs, m.k(math.Sqrt(0.5)))
	var n, mant group
	if m.wide() {
		n = m.minus(m.k(-1), m.exponent(y))
		mant = m.scalef(xs, n)
	} else {
		n = m.minus(m.k(m.exponentBase()), m.exponentAbove(y))
		mant = m.intPlus(m.intMinus(xs, m.exponentBits(y)), m.exponentField(-1))
	}
	n = m.pick(small, m.plus(n, m.k(up)), n)
	return m.logSpecial(m.logOf(m.minus(mant, m.k(1)), n), x)
}

// log1p: u = 1 + x has the exponent, and f = x T + (T - 1) for the power T that brings
// u near 1 is exact up to one rounding.
func log1p(m *formula, x group) group {
	m.c.Comment("u = 1 + x; u*sqrt(1/2) has the exponent e; T = 2^(-1-e); f = x*T + (T - 1)")
	u := m.plus(x, m.k(1))
	y := m.times(u, m.k(math.Sqrt(0.5)))
	var n, T group
	if m.wide() {
		n = m.minus(m.k(-1), m.exponent(y))
		T = m.scalef(m.k(1), n)
	} else {
		n = m.minus(m.k(m.exponentBase()), m.exponentAbove(y))
		above := m.bits(uint64(2*m.bias()-1+64) << m.mantissa())
		T = m.times(m.intMinus(above, m.exponentBits(y)), m.k(0x1p-64)) // may be subnormal
	}
	f := m.mulPlus(x, T, m.minus(T, m.k(1)))
	m.c.Comment("-0 keeps its sign")
	return m.logSpecial(m.orSign(m.logOf(f, n), x), u)
}

// exponent is the exponent of x as a number, on AVX-512.
func (m *formula) exponent(x group) group {
	return m.each(func(i int, r reg.VecVirtual) {
		m.op(func(o ...Op) { m.c.VGETEXPPS(o...) }, func(o ...Op) { m.c.VGETEXPPD(o...) }, x[i], r)
	})
}

// exponentBits is the exponent field of x, where it stands. exponentAbove is the
// biased exponent plus 2^mantissa as a number, and exponentBase what is to be
// subtracted from it to give -1 minus the exponent, negated.
func (m *formula) exponentBits(x group) group {
	return m.bitwise(m.c.VPANDD, m.c.VPANDQ, m.c.VANDPS, m.bits(uint64(2*m.bias()+1)<<m.mantissa()), x)
}

func (m *formula) exponentAbove(x group) group {
	return m.bitwise(m.c.VPORD, m.c.VPORQ, m.c.VORPS, m.k(math.Ldexp(1, m.mantissa())), m.shiftRight(x, m.mantissa()))
}

func (m *formula) exponentBase() float64 { return math.Ldexp(1, m.mantissa()) + float64(m.bias()-1) }

// logOf is log(1+f) - n ln2 = (f + f^2 P(f)) - n ln2, the product with ln2 in two
// parts. hi - n ln2hi is taken from f to find what the sum hi lost.
func (m *formula) logOf(f, n group) group {
	m.c.Comment("y = f + f*f*(c2 + f*(c3 + ...)) - n*ln2")
	p := m.poly(f, m.series(minimax.Log32[2:], minimax.Log64[2:]))
	hi := m.copyOf(f)
	m.subMul(hi, n, m.ln2hi(1))
	low := m.copyOf(hi)
	m.addMul(low, n, m.ln2hi(1))
	low = m.minus(f, low)
	m.subMul(low, n, m.ln2lo(1))
	m.addMul(low, m.times(f, f), p)
	return m.plus(low, hi)
}

// logSpecial puts in the values at the ends: -Inf for x = 0, NaN for x < 0, x itself
// where it is +Inf or NaN.
func (m *formula) logSpecial(y, x group) group {
	m.c.Comment("0 gives -Inf, less gives NaN, +Inf and NaN give themselves")
	if m.wide() {
		const table = 0x03530422 // a response for each class: QNaN, SNaN, 0, 1, -Inf, +Inf, negative, positive
		for i := range y {
			m.op(m.c.VFIXUPIMMPS, m.c.VFIXUPIMMPD, U8(0), m.inRegister(m.bits(table), 0, nil), x[i], y[i])
		}
		return y
	}
	inf, zero := math.Inf(1), m.k(0)
	y = m.pick(m.where(less, x, zero), m.k(math.NaN()), y)
	y = m.pick(m.where(equal, x, zero), m.k(-inf), y)
	return m.pick(m.where(notLess, x, m.k(inf)), x, y)
}
