package main

import (
	"math"
	"slices"

	"github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/reg"
)

// formula is an elementwise kernel while it is being emitted: y = f(x) for some
// vectors at once. Its operations take groups and constants and return new groups;
// those that change a group in place say so. A body written with them serves both
// tiers and both dtypes.
type formula struct {
	*fn
	n      int      // vectors in a group
	consts []uint64 // bits of the constants, in the order of first use
	budget int      // how many of them stay in registers
	kept   map[uint64]reg.VecVirtual
	params map[string]reg.VecVirtual
	tables []lookupTable // in the order of first use
	loaded map[string]reg.VecVirtual
	masks  int      // opmask registers used by the body so far
	rare   []func() // emit what stands behind the loop
}

// group is a value of a formula: one register for each vector that is worked on,
// so that their chains of dependent operations overlap.
type group []reg.VecVirtual

// mask is a group of masks: opmask registers, or vectors on AVX2.
type mask []Op

// elementwise emits a kernel that computes outputs from inputs, all slices of one
// length. Names of scalar parameters go into params. The body must not change its inputs.
//
// The loop takes so many vectors at a time, whose steps stand side by side, as far as the
// registers allow. The CPU overlaps the turns of a loop by itself, but looks only so far
// ahead; a second vector gains 10 to 40 % where the chain of dependent steps is long.
//
// How many constants stay in registers is found by trial: all of them, or as many
// as leave room for the body. The others are read from memory where they are used.
func (f *fn) elementwise(out, in, params []string, vectors int, body func(m *formula, in []group) []group) {
	probe := &formula{fn: f.scratch(), n: 1, kept: map[uint64]reg.VecVirtual{}}
	probe.emit(out, in, params, body)
	for ; vectors > 0; vectors-- {
		for budget := len(probe.consts); budget >= 0; budget -= 1 + budget/8 {
			with := func(f *fn) *formula {
				return &formula{fn: f, n: vectors, consts: slices.Clone(probe.consts), budget: budget, tables: probe.tables}
			}
			trial := with(f.scratch())
			trial.emit(out, in, params, body)
			if trial.compiles() {
				with(f).emit(out, in, params, body)
				return
			}
		}
	}
	panic("the body does not fit into the registers")
}

// pairs is two vectors at a time for float32 on AVX-512, where that gains.
func (f *fn) pairs() int {
	if f.wide() && f.size == 4 {
		return 2
	}
	return 1
}

// single is one vector at a time.
func single(*fn) int { return 1 }

// scratch is a function of the same signature in a file of its own.
func (f *fn) scratch() *fn {
	c := build.NewContext()
	c.Function("scratch")
	c.SignatureExpr(f.signature)
	s := newFn(c, f.tier, f.dtype)
	s.signature, s.trial = f.signature, true
	return s
}

// compiles reports whether the registers suffice for what has been emitted.
func (f *fn) compiles() bool {
	file, err := f.c.Result()
	if err != nil {
		fatal("scratch", f.tier, err)
	}
	return pass.Compile.Execute(file) == nil && check(file, f.tier) == nil
}

// emit writes the kernel.
func (m *formula) emit(out, in, params []string, body func(m *formula, in []group) []group) {
	m.preload(params)
	var streams []stream
	for _, s := range out {
		streams = append(streams, stream{name: s, written: true})
	}
	for _, s := range in {
		streams = append(streams, stream{name: s, read: true})
	}
	m.buffered(streams, m.n, nil, func(p []reg.Register) {
		m.masks = 0
		args := make([]group, len(in))
		for i := range in {
			args[i] = m.each(func(v int, r reg.VecVirtual) { m.load(at(p[len(out)+i], v*m.bytes), r, false) })
		}
		for i, r := range body(m, args) {
			for v := range r {
				m.store(r[v], at(p[i], v*m.bytes), false)
			}
		}
	})
	for _, emit := range m.rare {
		emit()
	}
}

// preload fills the registers that the loops do not change.
func (m *formula) preload(params []string) {
	m.params = map[string]reg.VecVirtual{}
	for _, name := range params {
		m.params[name] = m.scalarParam(name)
	}
	m.loadTables()
	if m.kept == nil {
		m.kept = map[uint64]reg.VecVirtual{}
		for _, b := range m.consts[:min(m.budget, len(m.consts))] {
			r := m.vec()
			m.broadcast(m.scalarBits(b), r)
			m.kept[b] = r
		}
	}
}

// k is a constant, rounded to the dtype, as an operand.
func (m *formula) k(v float64) Op {
	if m.size == 4 {
		return m.bits(uint64(math.Float32bits(float32(v))))
	}
	return m.bits(math.Float64bits(v))
}

// bits is a constant with the given bits, in a register: one that keeps it, or one that
// is loaded on the spot.
func (m *formula) bits(b uint64) Op {
	if r, ok := m.kept[b]; ok {
		return r
	}
	if !slices.Contains(m.consts, b) {
		m.consts = append(m.consts, b)
	}
	r := m.vec()
	m.broadcast(m.scalarBits(b), r)
	return r
}

// each makes a group of new registers.
func (m *formula) each(fill func(i int, dst reg.VecVirtual)) group {
	g := make(group, m.n)
	for i := range g {
		g[i] = m.vec()
		fill(i, g[i])
	}
	return g
}

// of is the operand of vector i: v is a group or one operand for all.
func of(v any, i int) Op {
	if g, ok := v.(group); ok {
		return g[i]
	}
	return v.(Op)
}

// inRegister is of, moved to tmp if it is in memory.
func (m *formula) inRegister(v any, i int, tmp reg.VecVirtual) Op {
	o := of(v, i)
	if _, ok := o.(Mem); ok {
		m.move(o, tmp)
		return tmp
	}
	return o
}

// binary emits an operation whose second operand must be in a register.
func (m *formula) binary(op func(a, b, dst Op), a, b any) group {
	return m.each(func(i int, r reg.VecVirtual) { op(of(a, i), m.inRegister(b, i, r), r) })
}

func (m *formula) copyOf(v any) group {
	return m.each(func(i int, r reg.VecVirtual) { m.move(of(v, i), r) })
}

func (m *formula) times(a, b any) group { return m.binary(m.mul, a, b) }
func (m *formula) plus(a, b any) group  { return m.binary(m.add, a, b) }

// minus is a - b, over a / b.
func (m *formula) minus(a, b any) group {
	return m.binary(func(b, a, dst Op) { m.sub(a, b, dst) }, b, a)
}
func (m *formula) over(a, b any) group {
	return m.binary(func(b, a, dst Op) { m.div(a, b, dst) }, b, a)
}

// atMost is the smaller of x and limit, atLeast the larger; NaN where x is NaN, x
// where both are zeros.
func (m *formula) atMost(limit, x any) group {
	return m.binary(func(x, limit, dst Op) { m.fn.min(limit, x, dst) }, x, limit)
}
func (m *formula) atLeast(limit, x any) group {
	return m.binary(func(x, limit, dst Op) { m.fn.max(limit, x, dst) }, x, limit)
}

// fma is a*b + c, rounded once; a or b, and c may be in memory.
func (m *formula) mulPlus(a, b, c any) group {
	r := m.copyOf(c)
	m.addMul(r, a, b)
	return r
}

// addMul changes acc to acc + a*b, subMul to acc - a*b, rounded once.
func (m *formula) addMul(acc group, a, b any) { m.accumulate(m.fma, acc, a, b) }
func (m *formula) subMul(acc group, a, b any) { m.accumulate(m.fnma, acc, a, b) }

func (m *formula) accumulate(op func(a, b, acc Op), acc group, a, b any) {
	for i := range acc {
		x, y := of(a, i), of(b, i)
		if _, ok := y.(Mem); ok {
			x, y = y, x
		}
		op(x, y, acc[i])
	}
}

// horner changes p to p*x + c.
func (m *formula) horner(p group, x, c any) {
	for i := range p {
		m.op(m.c.VFMADD213PS, m.c.VFMADD213PD, of(c, i), of(x, i), p[i])
	}
}

// hornerMinusWhere changes p to p*x - b - c where the mask is set, rounded twice.
func (m *formula) hornerMinusWhere(where mask, p group, x, b, c group) {
	for i := range p {
		if m.wide() {
			m.op(m.c.VFMSUB213PS, m.c.VFMSUB213PD, b[i], x[i], where[i], p[i])
			m.op(m.c.VSUBPS, m.c.VSUBPD, c[i], p[i], where[i], p[i])
			continue
		}
		r := m.vec()
		m.move(p[i], r)
		m.op(m.c.VFMSUB213PS, m.c.VFMSUB213PD, b[i], x[i], r)
		m.fn.sub(r, c[i], r)
		m.blend(where[i], r, p[i], p[i])
	}
}

// mulMinus changes p to p*x - c, rounded once.
func (m *formula) mulMinus(p, x, c group) {
	for i := range p {
		m.op(m.c.VFMSUB213PS, m.c.VFMSUB213PD, c[i], x[i], p[i])
	}
}

// poly is c[0] + x*(c[1] + x*(c[2] + ...)).
func (m *formula) poly(x group, c []float64) group {
	n := len(c) - 1
	p := m.copyOf(m.k(c[n]))
	for i := n - 1; i >= 0; i-- {
		m.horner(p, x, m.k(c[i]))
	}
	return p
}

// polyPairs is poly with the even and the odd powers apart, in terms of the square of x:
// as many operations, in half as long a chain.
func (m *formula) polyPairs(x, square group, c []float64) group {
	halves := [2][]float64{}
	for i, v := range c {
		halves[i%2] = append(halves[i%2], v)
	}
	return m.mulPlus(m.poly(square, halves[1]), x, m.poly(square, halves[0]))
}

// absOf is |x|, signOf the sign bit of x, orSign y with the sign bit of x or'ed in.
func (m *formula) absOf(x any) group {
	return m.bitwise(m.c.VPANDD, m.c.VPANDQ, m.c.VANDPS, m.magnitude(), x)
}
func (m *formula) signOf(x any) group {
	return m.bitwise(m.c.VPANDD, m.c.VPANDQ, m.c.VANDPS, m.signBit(), x)
}

func (m *formula) orSign(y, x group) group {
	if m.wide() {
		return m.each(func(i int, r reg.VecVirtual) {
			m.move(x[i], r)
			const xAndBitOrY = 0xea
			m.op(m.c.VPTERNLOGD, m.c.VPTERNLOGQ, U8(xAndBitOrY), y[i], m.signBit(), r)
		})
	}
	return m.bitwise(m.c.VPORD, m.c.VPORQ, m.c.VORPS, y, m.signOf(x))
}

// flipSign changes y to -y where the sign bit of x is set.
func (m *formula) flipSign(y, x group) {
	for i := range y {
		if m.wide() {
			const xorOfAnd = 0x78 // dst ^ (first & second)
			m.op(m.c.VPTERNLOGD, m.c.VPTERNLOGQ, U8(xorOfAnd), m.signBit(), x[i], y[i])
			continue
		}
		r := m.vec()
		m.c.VANDPS(m.signBit(), x[i], r)
		m.c.VXORPS(r, y[i], y[i])
	}
}

func (m *formula) magnitude() Op { return m.bits(1<<(8*m.size-1) - 1) }
func (m *formula) signBit() Op   { return m.bits(1 << (8*m.size - 1)) }

// bitwise emits a logical operation; the AVX form has no element size.
func (m *formula) bitwise(wide32, wide64 func(...Op), narrow func(...Op), a, b any) group {
	return m.binary(func(a, b, dst Op) {
		if m.wide() {
			m.op(wide32, wide64, a, b, dst)
		} else {
			narrow(a, b, dst)
		}
	}, a, b)
}

// Integer operations on the bits of the elements.

func (m *formula) intPlus(a, b any) group {
	return m.binary(func(a, b, dst Op) { m.op(m.c.VPADDD, m.c.VPADDQ, a, b, dst) }, a, b)
}

// intMinus is a - b.
func (m *formula) intMinus(a, b any) group {
	return m.binary(func(b, a, dst Op) { m.op(m.c.VPSUBD, m.c.VPSUBQ, b, a, dst) }, b, a)
}

func (m *formula) shiftLeft(x group, n int) group {
	return m.each(func(i int, r reg.VecVirtual) { m.op(m.c.VPSLLD, m.c.VPSLLQ, U8(n), x[i], r) })
}

func (m *formula) shiftRight(x group, n int) group {
	return m.each(func(i int, r reg.VecVirtual) { m.op(m.c.VPSRLD, m.c.VPSRLQ, U8(n), x[i], r) })
}

// mantissa is the bits of a number below its exponent.
func (m *formula) mantissa() int {
	if m.size == 4 {
		return 23
	}
	return 52
}

// bias is what the exponent field of 1 holds.
func (m *formula) bias() int { return 1<<(8*m.size-2-m.mantissa()) - 1 }

// exponentField is the bits of 2^e as an integer, of which 2^(e+1) would be twice.
func (m *formula) exponentField(e int) Op { return m.bits(uint64(m.bias()+e) << m.mantissa()) }
