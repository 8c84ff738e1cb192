package algo

import (
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// formula is an elementwise kernel while it is being emitted: y = f(x) for some
// vectors at once. Its operations take groups and constants and return new groups;
// those that change a group in place say so. A body written with them serves both
// tiers and both dtypes.
type formula struct {
	*fn
	n      int                // vectors in a group
	consts []uint64           // bits of the constants, in the order of first use
	values map[uint64]float64 // those of them that are numbers
	budget int                // how many of them stay in registers
	kept   map[uint64]isa.Vec
	params map[string]isa.Vec
	tables []isa.Table // in the order of first use
	rare   []func()    // emit what stands behind the loop
}

// newFormula is of one vector, with no constants in registers.
func newFormula(f *fn) *formula {
	return &formula{fn: f, n: 1, kept: map[uint64]isa.Vec{}, values: map[uint64]float64{}}
}

// group is a value of a formula: one register for each vector that is worked on,
// so that their chains of dependent operations overlap.
type group []isa.Vec

// mask is a group of masks.
type mask []isa.Mask

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
	probe := newFormula(newFn(f.Scratch()))
	probe.emit(out, in, params, body)
	for ; vectors > 0; vectors-- {
		for budget := len(probe.consts); budget >= 0; budget -= 1 + budget/8 {
			with := func(f *fn) *formula {
				return &formula{fn: f, n: vectors, tables: probe.tables, values: probe.values,
					consts: slices.Clone(probe.consts), budget: budget}
			}
			trial := with(newFn(f.Scratch()))
			trial.emit(out, in, params, body)
			if trial.Fits() {
				with(f).emit(out, in, params, body)
				return
			}
		}
	}
	panic("the body does not fit into the registers")
}

// abreast is as many vectors at a time as the set gains from, alone is one, of the length of
// AVX2's.
func (f *fn) abreast() int { return f.Shape().Abreast }
func alone(f *fn) int      { return f.asWide(1) }

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
	m.buffered(streams, m.n, nil, func(p []isa.Int, vectors int) {
		m.n = vectors
		m.ResetMasks()
		args := make([]group, len(in))
		for i := range in {
			args[i] = m.each(func(v int, r isa.Vec) { m.Load(isa.At(p[len(out)+i], v*m.bytes), r, false) })
		}
		for i, r := range body(m, args) {
			for v := range r {
				m.Store(r[v], isa.At(p[i], v*m.bytes), false)
			}
		}
	})
	for _, emit := range m.rare {
		emit()
	}
}

// preload fills the registers that the loops do not change.
func (m *formula) preload(params []string) {
	m.params = map[string]isa.Vec{}
	for _, name := range params {
		m.params[name] = m.ScalarParam(name)
	}
	m.LoadTables(m.tables)
	if m.kept == nil {
		m.kept = map[uint64]isa.Vec{}
		for _, b := range m.consts[:min(m.budget, len(m.consts))] {
			r := m.NewVec()
			m.Broadcast(m.element(b), r)
			m.kept[b] = r
		}
	}
}

// k is a constant, rounded to the dtype.
func (m *formula) k(v float64) isa.Vec {
	b := math.Float64bits(v)
	if m.size == 4 {
		b = uint64(math.Float32bits(float32(v)))
	}
	m.values[b] = v
	return m.bits(b)
}

// bits is a constant with the given bits, in a register: one that keeps it, or one that
// is loaded on the spot.
func (m *formula) bits(b uint64) isa.Vec {
	if r, ok := m.kept[b]; ok {
		return r
	}
	if !slices.Contains(m.consts, b) {
		m.consts = append(m.consts, b)
	}
	r := m.NewVec()
	m.Broadcast(m.element(b), r)
	return r
}

// element is the place of a constant, as a number if it has been one.
func (m *formula) element(b uint64) isa.Mem {
	if v, ok := m.values[b]; ok {
		return m.Element(v)
	}
	return m.ElementBits(b)
}

// each makes a group of new registers.
func (m *formula) each(fill func(i int, dst isa.Vec)) group {
	g := make(group, m.n)
	for i := range g {
		g[i] = m.NewVec()
		fill(i, g[i])
	}
	return g
}

// of is the register of vector i: v is a group or one register for all.
func of(v any, i int) isa.Vec {
	if g, ok := v.(group); ok {
		return g[i]
	}
	return v.(isa.Vec)
}

// binary emits an operation of two operands.
func (m *formula) binary(op isa.Binary, a, b any) group {
	return m.each(func(i int, r isa.Vec) { op(of(a, i), of(b, i), r) })
}

func (m *formula) copyOf(v any) group {
	return m.each(func(i int, r isa.Vec) { m.Move(of(v, i), r) })
}

func (m *formula) times(a, b any) group { return m.binary(m.Mul, a, b) }
func (m *formula) plus(a, b any) group  { return m.binary(m.Add, a, b) }
func (m *formula) minus(a, b any) group { return m.binary(m.Sub, a, b) }
func (m *formula) over(a, b any) group  { return m.binary(m.Div, a, b) }

// atMost is the smaller of x and limit, atLeast the larger; NaN where x is NaN, x
// where both are zeros.
func (m *formula) atMost(limit, x any) group  { return m.binary(m.Min, limit, x) }
func (m *formula) atLeast(limit, x any) group { return m.binary(m.Max, limit, x) }

// fma is a*b + c, rounded once.
func (m *formula) fma(a, b, c any) group {
	r := m.copyOf(c)
	m.addProduct(r, a, b)
	return r
}

// addProduct changes acc to acc + a*b, subProduct to acc - a*b, rounded once.
func (m *formula) addProduct(acc group, a, b any) {
	for i := range acc {
		m.FMA(of(a, i), of(b, i), acc[i])
	}
}

func (m *formula) subProduct(acc group, a, b any) {
	for i := range acc {
		m.FNMA(of(a, i), of(b, i), acc[i])
	}
}

// horner changes p to p*x + c, hornerSub to p*x - c, rounded once.
func (m *formula) horner(p group, x, c any) {
	for i := range p {
		m.Horner(of(c, i), of(x, i), p[i])
	}
}

func (m *formula) hornerSub(p group, x, c any) {
	for i := range p {
		m.HornerSub(of(c, i), of(x, i), p[i])
	}
}

// hornerSubTwiceWhere changes p to p*x - b - c where the mask is set, rounded twice.
func (m *formula) hornerSubTwiceWhere(where mask, p group, x, b, c group) {
	for i := range p {
		m.HornerSubTwiceWhere(where[i], x[i], b[i], c[i], p[i])
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
	return m.fma(m.poly(square, halves[1]), x, m.poly(square, halves[0]))
}

// absOf is |x|, signOf the sign bit of x, orSign y with the sign bit of x or'ed in.
func (m *formula) absOf(x any) group  { return m.binary(m.And, m.magnitude(), x) }
func (m *formula) signOf(x any) group { return m.binary(m.And, m.signBit(), x) }

func (m *formula) orSign(y, x group) group {
	r := make(group, m.n)
	for i := range r {
		r[i] = m.OrSign(y[i], x[i], m.signBit)
	}
	return r
}

// flipSign changes y to -y where the sign bit of x is set.
func (m *formula) flipSign(y, x group) {
	for i := range y {
		m.FlipSign(y[i], x[i], m.signBit)
	}
}

func (m *formula) magnitude() isa.Vec { return m.bits(1<<(8*m.size-1) - 1) }
func (m *formula) signBit() isa.Vec   { return m.bits(1 << (8*m.size - 1)) }

// Integer operations on the bits of the elements.

func (m *formula) intPlus(a, b any) group  { return m.binary(m.IntAdd, a, b) }
func (m *formula) intMinus(a, b any) group { return m.binary(m.IntSub, a, b) }

func (m *formula) shiftLeft(x group, n int) group {
	return m.each(func(i int, r isa.Vec) { m.ShiftLeft(x[i], n, r) })
}

func (m *formula) shiftRight(x group, n int) group {
	return m.each(func(i int, r isa.Vec) { m.ShiftRight(x[i], n, r) })
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
func (m *formula) exponentField(e int) isa.Vec { return m.bits(uint64(m.bias()+e) << m.mantissa()) }
