package algo

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/minimax"
	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// Uniform and normal numbers. Their arithmetic is in float64 for both dtypes, one
// counter a lane.

// fill emits the loop of a kernel that writes y in blocks, which its length is a multiple
// of. A counter makes perCounter elements; block writes what the sets of a block make.
func (f *fn) fill(perCounter int, block func(k *philoxKernel, sets []philoxSet, y isa.Int)) {
	quads := f.bytes / 8
	k := f.philox()
	y, n := f.Base("y"), f.Len("y")
	f.JumpIf(n, isa.EQ, isa.Const(0), "end")
	counters := f.roomOr(4, 2) * quads
	f.Label("block")
	var sets []philoxSet
	for s := 0; s < counters; s += quads {
		sets = append(sets, k.start(s))
	}
	k.rounds("rounds", sets)
	block(&k, sets, y)
	f.Add64(f.words(counters), k.counter, k.counter)
	f.AddInt(isa.Const(perCounter*counters*f.size), y)
	f.SubJump(isa.Const(perCounter*counters), n, isa.NE, "block")
	f.Label("end")
	f.Return()
}

// unit is words w and w+1 as a float64 in [0, 1), the upper 53 bits of the two: the bits
// of an integer below 2^52 under the exponent of 2^52, less 2^52, are that integer.
func (k *philoxKernel) unit(s philoxSet, w int) isa.Vec {
	d, low, high := k.doubles(), s[w], s[w+1]
	k.Comment("u = high*2^-32 + (low >> 11)*2^-53, exactly")
	k.And64(k.words(1<<32-1), high, high)
	k.And64(k.words(1<<32-1), low, low)
	k.ShiftRight64(low, 11, low)
	for _, r := range []isa.Vec{low, high} {
		k.Or64(d.Vector(0x1p52), r, r)
		d.Sub(r, d.Vector(0x1p52), r)
	}
	d.Mul(d.Vector(0x1p-53), low, low)
	d.FMA(d.Vector(0x1p-32), high, low)
	return low
}

// uniform: y[i] = lo + span*u, u from counter first + i.
func uniform(f *fn) {
	d := f.doubles()
	lo := f.loaded(func() isa.Vec { return f.WideParam("lo") })
	span := f.loaded(func() isa.Vec { return f.WideParam("span") })
	f.fill(1, func(k *philoxKernel, sets []philoxSet, y isa.Int) {
		for i, s := range sets {
			u := k.unit(s, 0)
			d.Mul(span(), u, u)
			d.Add(lo(), u, u)
			f.StoreNarrow(u, isa.At(y, i*f.bytes/8*f.size))
		}
	})
}

// normal: counter first + k makes y[2k] = mean + std*r*cos(2 pi v) and y[2k+1] = mean +
// std*r*sin(2 pi v), r = sqrt(-2 log(1-u)). The numbers of a block go through a buffer,
// since those of all sets and what is made of one do not fit into the registers.
func normal(f *fn) {
	d, sets := f.doubles(), f.roomOr(4, 2)
	buffer := f.Frame(2 * sets * f.bytes)
	f.fill(2, func(k *philoxKernel, drawn []philoxSet, y isa.Int) {
		for i, s := range drawn {
			d.Store(k.unit(s, 0), buffer.Offset(2*i*f.bytes), false)
			d.Store(k.unit(s, 2), buffer.Offset((2*i+1)*f.bytes), false)
		}
		p, out, turns := f.NewInt(), f.NewInt(), f.NewInt()
		f.Address(buffer, p)
		f.MoveInt(y, out)
		f.MoveInt(isa.Const(sets), turns)
		f.Label("pairs")
		a, b := f.boxMuller(isa.At(p, 0), isa.At(p, f.bytes))
		f.StorePairs(a, b, isa.At(out, 0))
		f.AddInt(isa.Const(2*f.bytes), p)
		f.AddInt(isa.Const(2*f.bytes/8*f.size), out)
		f.CountDown(turns, "pairs")
	})
}

// boxMuller makes of u and v, in memory, a = mean + std*r*cos(2 pi v) and b with the sine.
func (f *fn) boxMuller(u, v isa.Mem) (a, b isa.Vec) {
	m := newFormula(f.doubles())
	load := func(p isa.Mem) group {
		return m.each(func(_ int, r isa.Vec) { m.Load(p, r, false) })
	}
	radius := m.times(group{f.WideParam("std")}, m.radius(load(u)))
	cos, sin := m.turn(load(v))
	mean := group{f.WideParam("mean")}
	return m.plus(m.times(radius, cos), mean)[0], m.plus(m.times(radius, sin), mean)[0]
}

// radius is sqrt(-2 log(1-u)): 1-u = (1+g) 2^-n with 1+g from sqrt(1/2) to sqrt(2).
func (m *formula) radius(u group) group {
	m.Comment("w = 1-u; w*sqrt(1/2) has the exponent e; n = -1-e; g = w*2^n - 1")
	w := m.minus(m.k(1), u)
	y := m.times(w, m.k(math.Sqrt(0.5)))
	n, mant := m.exponentAndMantissaByBits(w, y)
	g := m.minus(mant, m.k(1))
	m.Comment("log w = (g - n*ln2hi) + (g*g*(c2 + g*(c3 + ...)) - n*ln2lo)")
	p := m.poly(g, minimax.Log64[2:])
	low := m.times(n, m.k(-minimax.Ln2Lo64))
	m.addProduct(low, m.times(g, g), p)
	m.subProduct(g, n, m.k(minimax.Ln2Hi64))
	square := m.times(m.plus(g, low), m.k(-2))
	return m.each(func(i int, r isa.Vec) { m.Sqrt(square[i], r) })
}

// turn is the cosine and the sine of v turns, 0 <= v <= 1.
func (m *formula) turn(v group) (cos, sin group) {
	m.Comment("q = rint(4v); t = v - q/4; s = sin(2 pi t), c = cos(2 pi t) in terms of t*t")
	q := m.times(v, m.k(4))
	m.Round(q[0])
	t := m.copyOf(v)
	m.subProduct(t, q, m.k(0.25))
	square := m.times(t, t)
	s := m.times(m.poly(square, minimax.SinTurn64[:]), t)
	c := m.poly(square, minimax.CosTurn64[:])
	m.Comment("the low bits of q + 1.5*2^52 are q, the quarter of the turn: odd ones swap the two")
	bits := m.plus(q, m.k(0x1.8p52))
	odd := m.negative(m.shiftLeft(bits, 63))
	m.Comment("the cosine is negative in quarters 1 and 2, the sine in 2 and 3")
	second := m.signOf(m.shiftLeft(bits, 62))
	middle := m.signOf(m.shiftLeft(m.intPlus(bits, m.bits(1)), 62))
	flip := func(x, sign group) group { return m.binary(m.Xor, x, sign) }
	return flip(m.pick(odd, s, c), middle), flip(m.pick(odd, c, s), second)
}
