package algo

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/minimax"
	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// Operations on powers of two and on exponents: with the instructions of a set that has
// them (isa.Scaler), or on the bits of numbers, which every set can.

// scale: dst = p * 2^k, rounded once. k and p are clobbered. The exact product with 2^(k>>1) times
// 2^(k-(k>>1)) does it, powers that are normal numbers.
func (f *fn) scale(p, k, dst isa.Vec) {
	if s := f.Scaler(); s != nil {
		s.Scale(p, k, dst)
		return
	}
	h := f.NewVec()
	if f.size == 8 {
		f.halves64(k, h)
	} else {
		f.halves32(k, h)
	}
	for _, e := range []isa.Vec{h, k} {
		if f.size == 8 {
			f.Add(f.Vector(0x1.8p52+1023), e, e)
			f.ShiftLeft(e, 52, e)
		} else {
			f.ShiftLeft(e, 23, e)
			f.IntAdd(f.Vector32(0x3f800000), e, e)
		}
		f.Mul(e, p, p)
	}
	f.Move(p, dst)
}

// halves32: h = floor(k/2), k = k - h, as integers.
func (f *fn) halves32(k, h isa.Vec) {
	f.ToInt(k, k)
	f.ShiftRightSigned(k, 1, h)
	f.IntSub(k, h, k)
}

// halves64 leaves floats: sets without conversion to 64-bit integers find k in the low bits of
// the sum with 1.5 * 2^52.
func (f *fn) halves64(k, h isa.Vec) {
	f.Comment("h = floor(k/2) and k-h, as floats; 2^h by shifting h + 1023 into the exponent")
	f.Mul(f.Vector(0.5), k, h)
	f.Floor(h, h)
	f.Sub(k, h, k)
}

// expReduceAny is expReduce(x, 1) for any x: one beyond the range of e^x is held to its
// ends, or, which is as good, since k alone then decides, r is.
func (m *formula) expReduceAny(x group) (t, k, r group) {
	if s := m.Scaler(); s != nil {
		t, k, _, r = m.expReduce(x, 1)
		m.Comment("a wild r stays in range; NaN survives in k")
		return t, k, m.each(func(i int, d isa.Vec) { s.SmallerMagnitude(m.k(0.3515625), r[i], d) })
	}
	x = m.atMost(m.k(m.byType(float64(minimax.ExpMax32), minimax.ExpMax64)), x)
	x = m.atLeast(m.k(m.byType(float64(minimax.ExpMin32), minimax.ExpMin64)), x)
	t, k, _, r = m.expReduce(x, 1)
	return t, k, r
}

// scaled is a * 2^k by instruction.
func (m *formula) scaledBy(s isa.Scaler, a any, k group) group {
	return m.each(func(i int, r isa.Vec) { s.Scale(of(a, i), k[i], r) })
}

// power2 is 2^(k+e), which must be a normal number.
func (m *formula) power2(t, k group, e int) group {
	m.Commentf("T = 2^(k%+d)", e)
	if s := m.Scaler(); s != nil {
		return m.scaledBy(s, m.k(math.Ldexp(1, e)), k)
	}
	return m.intPlus(m.shiftLeft(t, m.mantissa()), m.exponentField(e))
}

// power2Below1 is 2^k for any k <= 0, but small values of it differ between sets: what is
// no normal number may become 2^-100. No result may depend on that.
func (m *formula) power2Below1(t, k group) group {
	if m.Scaler() == nil {
		t = m.plus(m.atLeast(m.k(-100), k), m.k(m.magic()))
	}
	return m.power2(t, k, 0)
}

// timesPower2 is p * 2^k, rounded once: by bits the exact product with 2^(k>>1) times
// 2^(k-(k>>1)), both normal numbers.
func (m *formula) timesPower2(p, t, k group) group {
	if s := m.Scaler(); s != nil {
		m.Comment("p * 2^k")
		return m.scaledBy(s, p, k)
	}
	m.Comment("p * 2^h * 2^(k-h), h = k>>1. An offset of 8192 keeps the integers")
	m.Comment("positive and leaves the exponent field with its half")
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
	normal := m.where(isa.NotLess, k, m.k(float64(1-m.bias())))
	m.Comment("p * 2^k, 0 below the normal numbers")
	if s := m.Scaler(); s != nil {
		return m.each(func(i int, r isa.Vec) { s.ScaleOrZero(normal[i], p[i], k[i], r) })
	}
	return m.orZero(normal, m.times(p, m.intPlus(m.shiftLeft(t, m.mantissa()), m.exponentField(0))))
}

// timesPower2Where is p * 2^k where the mask is set, else p.
func (m *formula) timesPower2Where(where mask, p, t, k group) group {
	if s := m.Scaler(); s != nil {
		for i := range p {
			s.ScaleWhere(where[i], k[i], p[i])
		}
		return p
	}
	return m.timesPower2(p, m.pick(where, t, m.k(m.magic())), k)
}

// exponentAndMantissa is, for the exponent e of y, n = -1-e and x * 2^n.
func (m *formula) exponentAndMantissa(x, y group) (n, mant group) {
	if s := m.Scaler(); s != nil {
		n = m.minus(m.k(-1), m.exponent(s, y))
		return n, m.scaledBy(s, x, n)
	}
	return m.exponentAndMantissaByBits(x, y)
}

func (m *formula) exponentAndMantissaByBits(x, y group) (n, mant group) {
	n = m.minus(m.k(m.exponentBase()), m.exponentAbove(y))
	return n, m.intPlus(m.intMinus(x, m.exponentBits(y)), m.exponentField(-1))
}

// exponentAndPower is, for the exponent e of y, n = -1-e and 2^n, which may be subnormal.
func (m *formula) exponentAndPower(y group) (n, power group) {
	if s := m.Scaler(); s != nil {
		n = m.minus(m.k(-1), m.exponent(s, y))
		return n, m.scaledBy(s, m.k(1), n)
	}
	n = m.minus(m.k(m.exponentBase()), m.exponentAbove(y))
	above := m.bits(uint64(2*m.bias()-1+64) << m.mantissa())
	return n, m.times(m.intMinus(above, m.exponentBits(y)), m.k(0x1p-64))
}

// exponent is the exponent of x as a number, by instruction.
func (m *formula) exponent(s isa.Scaler, x group) group {
	return m.each(func(i int, r isa.Vec) { s.Exponent(x[i], r) })
}

// exponentBits is the exponent field of x, where it stands. exponentAbove is the
// biased exponent plus 2^mantissa as a number, and exponentBase what is to be
// subtracted from it to give -1 minus the exponent, negated.
func (m *formula) exponentBits(x group) group {
	return m.binary(m.And, m.bits(uint64(2*m.bias()+1)<<m.mantissa()), x)
}

func (m *formula) exponentAbove(x group) group {
	return m.binary(m.Or, m.k(math.Ldexp(1, m.mantissa())), m.shiftRight(x, m.mantissa()))
}

func (m *formula) exponentBase() float64 { return math.Ldexp(1, m.mantissa()) + float64(m.bias()-1) }

// fixUp changes y where the class of x has a response in the table, if there is an
// instruction for that.
func (m *formula) fixUp(y, x group, table uint64) bool {
	s := m.Scaler()
	if s == nil {
		return false
	}
	for i := range y {
		s.FixUp(m.bits(table), x[i], y[i])
	}
	return true
}
