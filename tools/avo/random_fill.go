package main

import (
	"math"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/ashlar-go/ashlar/internal/minimax"
)

// Uniform and normal numbers. Their arithmetic is in float64 for both dtypes, one
// counter a lane.

// fill emits the loop of a kernel that writes y in blocks, which its length is a multiple
// of. A counter makes perCounter elements; block writes what the sets of a block make.
func (f *fn) fill(perCounter int, block func(k *philoxKernel, sets []philoxSet, y reg.Register)) {
	c, quads := f.c, f.bytes/8
	k := f.philox()
	y, n := f.base("y"), c.Load(c.Param("y").Len(), c.GP64())
	c.TESTQ(n, n)
	c.JZ(LabelRef("end"))
	counters := f.wideOr(4, 2) * quads
	c.Label("block")
	var sets []philoxSet
	for s := 0; s < counters; s += quads {
		sets = append(sets, k.start(s))
	}
	k.rounds("rounds", sets)
	block(&k, sets, y)
	c.VPADDQ(f.quadData(counters), k.counter, k.counter)
	c.ADDQ(U32(perCounter*counters*f.size), y)
	c.SUBQ(U8(perCounter*counters), n)
	c.JNZ(LabelRef("block"))
	c.Label("end")
	f.ret()
}

// double is a full vector of a float64 in read-only memory, for either dtype.
func (f *fn) double(v float64) Mem { return f.vectorBits64(math.Float64bits(v)) }

// unit is words w and w+1 as a float64 in [0, 1), the upper 53 bits of the two: the bits
// of an integer below 2^52 under the exponent of 2^52, less 2^52, are that integer.
func (k *philoxKernel) unit(s philoxSet, w int) reg.VecVirtual {
	c, low, high := k.c, s[w], s[w+1]
	c.Comment("u = high*2^-32 + (low >> 11)*2^-53, exactly")
	k.and(k.quadData(1<<32-1), high, high)
	k.and(k.quadData(1<<32-1), low, low)
	c.VPSRLQ(U8(11), low, low)
	for _, r := range []reg.VecVirtual{low, high} {
		if k.wide() {
			c.VPORQ(k.double(0x1p52), r, r)
		} else {
			c.VPOR(k.double(0x1p52), r, r)
		}
		c.VSUBPD(k.double(0x1p52), r, r)
	}
	c.VMULPD(k.double(0x1p-53), low, low)
	c.VFMADD231PD(k.double(0x1p-32), high, low)
	return low
}

// uniform: y[i] = lo + span*u, u from counter first + i.
func uniform(f *fn) {
	lo, span := f.loaded(func() reg.VecVirtual { return f.quad("lo") }), f.loaded(func() reg.VecVirtual { return f.quad("span") })
	f.fill(1, func(k *philoxKernel, sets []philoxSet, y reg.Register) {
		for i, s := range sets {
			u := k.unit(s, 0)
			f.c.VMULPD(span(), u, u)
			f.c.VADDPD(lo(), u, u)
			f.storeDoubles(u, at(y, i*f.bytes/8*f.size))
		}
	})
}

// storeDoubles stores a vector of float64, rounded to the dtype.
func (f *fn) storeDoubles(v reg.VecVirtual, m Mem) {
	if f.size == 8 {
		f.c.VMOVUPD(v, m)
		return
	}
	f.c.VMOVUPS(f.singles(v), m)
}

// singles rounds a vector of float64 to half a vector of float32.
func (f *fn) singles(v reg.VecVirtual) reg.Register {
	if f.wide() {
		f.c.VCVTPD2PS(v, v.AsY())
		return v.AsY()
	}
	f.c.VCVTPD2PSY(v, v.AsX())
	return v.AsX()
}

// normal: counter first + k makes y[2k] = mean + std*r*cos(2 pi v) and y[2k+1] = mean +
// std*r*sin(2 pi v), r = sqrt(-2 log(1-u)). The numbers of a block go through a buffer,
// since those of all sets and what is made of one do not fit into the registers.
func normal(f *fn) {
	c := f.c
	sets := f.wideOr(4, 2)
	buffer := c.AllocLocal(2 * sets * f.bytes)
	f.fill(2, func(k *philoxKernel, drawn []philoxSet, y reg.Register) {
		for i, s := range drawn {
			c.VMOVUPD(k.unit(s, 0), buffer.Offset(2*i*f.bytes))
			c.VMOVUPD(k.unit(s, 2), buffer.Offset((2*i+1)*f.bytes))
		}
		p, out, turns := c.GP64(), c.GP64(), c.GP64()
		c.LEAQ(buffer, p)
		c.MOVQ(y, out)
		c.MOVQ(U32(sets), turns)
		c.Label("pairs")
		a, b := f.boxMuller(at(p, 0), at(p, f.bytes))
		f.storePairs(a, b, out)
		c.ADDQ(U32(2*f.bytes), p)
		c.ADDQ(U32(2*f.bytes/8*f.size), out)
		c.DECQ(turns)
		c.JNZ(LabelRef("pairs"))
	})
}

// boxMuller makes of u and v, in memory, a = mean + std*r*cos(2 pi v) and b with the sine.
func (f *fn) boxMuller(u, v Mem) (a, b reg.VecVirtual) {
	m := &formula{fn: newFn(f.c, f.tier, dtypes[1]), n: 1, kept: map[uint64]reg.VecVirtual{}}
	load := func(p Mem) group {
		return m.each(func(_ int, r reg.VecVirtual) { m.load(p, r, false) })
	}
	radius := m.times(group{f.quad("std")}, m.radius(load(u)))
	cos, sin := m.turn(load(v))
	mean := group{f.quad("mean")}
	return m.plus(m.times(radius, cos), mean)[0], m.plus(m.times(radius, sin), mean)[0]
}

// radius is sqrt(-2 log(1-u)): 1-u = (1+g) 2^-n with 1+g from sqrt(1/2) to sqrt(2).
func (m *formula) radius(u group) group {
	m.c.Comment("w = 1-u; w*sqrt(1/2) has the exponent e; n = -1-e; g = w*2^n - 1")
	w := m.minus(m.k(1), u)
	y := m.times(w, m.k(math.Sqrt(0.5)))
	n := m.minus(m.k(m.exponentBase()), m.exponentAbove(y))
	g := m.minus(m.intPlus(m.intMinus(w, m.exponentBits(y)), m.exponentField(-1)), m.k(1))
	m.c.Comment("log w = (g - n*ln2hi) + (g*g*(c2 + g*(c3 + ...)) - n*ln2lo)")
	p := m.poly(g, minimax.Log64[2:])
	low := m.times(n, m.k(-minimax.Ln2Lo64))
	m.addMul(low, m.times(g, g), p)
	m.subMul(g, n, m.k(minimax.Ln2Hi64))
	square := m.times(m.plus(g, low), m.k(-2))
	return m.each(func(i int, r reg.VecVirtual) { m.fn.sqrt(square[i], r) })
}

// turn is the cosine and the sine of v turns, 0 <= v <= 1.
func (m *formula) turn(v group) (cos, sin group) {
	m.c.Comment("q = rint(4v); t = v - q/4; s = sin(2 pi t), c = cos(2 pi t) in terms of t*t")
	q := m.times(v, m.k(4))
	m.fn.round(q[0])
	t := m.copyOf(v)
	m.subMul(t, q, m.k(0.25))
	square := m.times(t, t)
	s := m.times(m.poly(square, minimax.SinTurn64[:]), t)
	c := m.poly(square, minimax.CosTurn64[:])
	m.c.Comment("the low bits of q + 1.5*2^52 are q, the quarter of the turn: odd ones swap the two")
	bits := m.plus(q, m.k(0x1.8p52))
	odd := m.negative(m.shiftLeft(bits, 63))
	m.c.Comment("the cosine is negative in quarters 1 and 2, the sine in 2 and 3")
	second := m.signOf(m.shiftLeft(bits, 62))
	middle := m.signOf(m.shiftLeft(m.intPlus(bits, m.bits(1)), 62))
	flip := func(x, sign group) group { return m.bitwise(m.c.VPXORD, m.c.VPXORQ, m.c.VXORPS, x, sign) }
	return flip(m.pick(odd, s, c), middle), flip(m.pick(odd, c, s), second)
}

// storePairs stores a[0], b[0], a[1], b[1] and so on, rounded to the dtype.
func (f *fn) storePairs(a, b reg.VecVirtual, y reg.Register) {
	c := f.c
	switch {
	case f.size == 8 && f.wide():
		first, last := f.vec(), f.vec()
		c.VMOVUPD(f.pairNumbers(0), first)
		c.VMOVUPD(f.pairNumbers(4), last)
		c.VPERMI2PD(b, a, first)
		c.VPERMI2PD(b, a, last)
		c.VMOVUPD(first, at(y, 0))
		c.VMOVUPD(last, at(y, f.bytes))
	case f.size == 8:
		low, high := f.vec(), f.vec()
		c.VUNPCKLPD(b, a, low)
		c.VUNPCKHPD(b, a, high)
		f.storeHalves(low, high, y)
	case f.wide():
		x, z := f.singles(a), f.singles(b)
		low, high := c.YMM(), c.YMM()
		c.VUNPCKLPS(z, x, low)
		c.VUNPCKHPS(z, x, high)
		f.storeHalves(low, high, y)
	default:
		x, z := f.singles(a), f.singles(b)
		low, high := c.XMM(), c.XMM()
		c.VUNPCKLPS(z, x, low)
		c.VUNPCKHPS(z, x, high)
		c.VMOVUPS(low, at(y, 0))
		c.VMOVUPS(high, at(y, 16))
	}
}

// storeHalves stores the lower halves of two 256-bit vectors, then the upper ones.
func (f *fn) storeHalves(low, high reg.VecVirtual, y reg.Register) {
	t := f.c.YMM()
	f.c.VPERM2F128(U8(0x20), high, low, t)
	f.c.VMOVUPS(t, at(y, 0))
	f.c.VPERM2F128(U8(0x31), high, low, t)
	f.c.VMOVUPS(t, at(y, 32))
}

// pairNumbers are the places of a[i], b[i], a[i+1], ... in two vectors of eight float64.
func (f *fn) pairNumbers(i int) Mem {
	var data []Constant
	for k := i; k < i+4; k++ {
		data = append(data, U64(k), U64(k+8))
	}
	return f.static(map[int]string{0: "pairs0", 4: "pairs4"}[i], data...)
}
