package amd64

import (
	"math"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// The tail is an opmask, or a vector of all-ones lanes on AVX2. RCX and RDX are clobbered by
// what sets it.

// SetTail: mask = (1 << n) - 1, or lane < n ? -1 : 0 out of a table.
func (m *machine) SetTail(n isa.Int) {
	c := m.c
	if m.wide() {
		c.MOVQ(m.int(n), reg.RCX)
		c.MOVL(U32(1), reg.EDX)
		c.SHLL(reg.CL, reg.EDX)
		c.DECL(reg.EDX)
		m.tail = reg.K1
		c.KMOVW(reg.EDX, reg.K1)
		return
	}
	if m.tail == nil {
		m.tail = m.vec(m.NewVec())
	}
	c.LEAQ(m.mem(m.tailTable().Offset(32)), reg.RDX)
	c.NEGQ(m.int(n))
	c.VMOVUPS(Mem{Base: reg.RDX, Index: m.int(n), Scale: uint8(m.size)}, m.tail)
}

func (m *machine) NewTail(n isa.Int) {
	m.tail = nil
	m.SetTail(n)
}

// tailTable is 32 bytes of ones followed by 32 of zeros; the 32 bytes that begin n
// elements before the middle are the mask of n elements.
func (m *machine) tailTable() isa.Mem {
	const ones = U64(math.MaxUint64)
	return m.static("tailMask", integers, ones, ones, ones, ones, U64(0), U64(0), U64(0), U64(0))
}

func (m *machine) SetTailOf(n isa.Int, v, vectors int) {
	c, r := m.c, m.NewInt()
	t := m.int(r)
	c.MOVQ(m.int(n), t)
	if vectors > 1 {
		c.MOVQ(U32(m.lanes), reg.RCX)
		c.XORL(reg.EDX, reg.EDX)
		c.SUBQ(U32(v*m.lanes), t)
		c.CMOVQLT(reg.RDX, t)
		c.CMPQ(t, reg.RCX)
		c.CMOVQGT(reg.RCX, t)
	}
	m.SetTail(r)
}

func (m *machine) KeepTail(a, dst isa.Vec) {
	if m.wide() {
		m.op3(m.c.VMOVAPS_Z, m.c.VMOVAPD_Z, a, m.tail, dst)
		return
	}
	m.op(m.c.VANDPS, m.c.VANDPD, m.tail, a, dst)
}

func (m *machine) TailOr(a, other, dst isa.Vec) { m.Blend(m.keepMask(m.tail), a, other, dst) }

func (m *machine) LoadOr(other isa.Vec, from isa.Mem, dst isa.Vec) {
	if m.wide() {
		m.Move(other, dst)
		m.op(m.c.VMOVUPS, m.c.VMOVUPD, from, m.tail, dst)
		return
	}
	m.Load(from, dst, true)
	m.TailOr(dst, other, dst)
}

// Reduce swaps halves, quarters and so on, and combines.
func (m *machine) Reduce(op func(a, b isa.Operand, dst isa.Vec), r isa.Vec) {
	c, t := m.c, m.NewVec()
	from, to := m.arg(r), m.arg(t)
	if m.wide() {
		c.VSHUFF64X2(U8(0x4e), from, from, to)
		op(r, t, r)
		c.VSHUFF64X2(U8(0xb1), from, from, to)
		op(r, t, r)
	} else {
		c.VPERM2F128(U8(1), from, from, to)
		op(r, t, r)
	}
	if m.size == 8 {
		c.VSHUFPD(U8(0x55&(1<<m.lanes-1)), from, from, to)
		op(r, t, r)
		return
	}
	c.VSHUFPS(U8(0x4e), from, from, to)
	op(r, t, r)
	c.VSHUFPS(U8(0xb1), from, from, to)
	op(r, t, r)
}

// Transpose is of vectors of 256 bits, AVX-512 running the code of AVX2: 512-bit shuffles
// have one port where those within the halves of 256 bits have two, and a matrix in L1 takes
// little more time than its copy does (64 x 64 in float32: 0.061 to 0.044 ns an element).
// Loads that insert halves, for fewer shuffles, made float64 a tenth slower.
func (m *machine) Transpose(v []isa.Vec) []isa.Vec {
	if m.size == 4 {
		return m.transpose8(v)
	}
	return m.transpose4(v)
}

// unpack returns the lower and the upper elements of a and b, taken in turn.
func (m *machine) unpack(a, b isa.Vec) (low, high isa.Vec) {
	low, high = m.NewVec(), m.NewVec()
	m.op(m.c.VUNPCKLPS, m.c.VUNPCKLPD, b, a, low)
	m.op(m.c.VUNPCKHPS, m.c.VUNPCKHPD, b, a, high)
	return low, high
}

// transpose4 transposes 4 x 4 doubles: pairs within 128 bits, then the halves.
func (m *machine) transpose4(v []isa.Vec) []isa.Vec {
	p := make([]isa.Vec, 4)
	for i := range p {
		p[i] = m.NewVec()
	}
	for i := 0; i < 4; i += 2 {
		m.c.VUNPCKLPD(m.arg(v[i+1]), m.arg(v[i]), m.arg(p[i]))
		m.c.VUNPCKHPD(m.arg(v[i+1]), m.arg(v[i]), m.arg(p[i+1]))
	}
	return m.joinHalves(p)
}

// joinHalves makes, of vector i and the one half of all further on, two of their lower and
// their upper halves.
func (m *machine) joinHalves(p []isa.Vec) []isa.Vec {
	half := len(p) / 2
	out := make([]isa.Vec, len(p))
	for i := range half {
		out[i], out[i+half] = m.NewVec(), m.NewVec()
		m.c.VPERM2F128(U8(0x20), m.arg(p[i+half]), m.arg(p[i]), m.arg(out[i]))
		m.c.VPERM2F128(U8(0x31), m.arg(p[i+half]), m.arg(p[i]), m.arg(out[i+half]))
	}
	return out
}

// transpose8 transposes 8 x 8 singles: pairs, fours within 128 bits, then the halves.
func (m *machine) transpose8(v []isa.Vec) []isa.Vec {
	pairs := make([]isa.Vec, 8)
	for i := 0; i < 8; i += 2 {
		pairs[i], pairs[i+1] = m.unpack(v[i], v[i+1])
	}
	fours := make([]isa.Vec, 8) // of row group i/4: column i%4 and i%4 + 4
	for g := 0; g < 8; g += 4 {
		for i := range 2 {
			lo, hi := m.NewVec(), m.NewVec()
			m.c.VSHUFPS(U8(0x44), m.arg(pairs[g+2+i]), m.arg(pairs[g+i]), m.arg(lo))
			m.c.VSHUFPS(U8(0xee), m.arg(pairs[g+2+i]), m.arg(pairs[g+i]), m.arg(hi))
			fours[g+2*i], fours[g+2*i+1] = lo, hi
		}
	}
	return m.joinHalves(fours)
}

func (m *machine) StorePairs(a, b isa.Vec, to isa.Mem) {
	c := m.c
	switch {
	case m.size == 8 && m.wide():
		first, last := m.NewVec(), m.NewVec()
		m.Load(m.pairNumbers(0), first, false)
		m.Load(m.pairNumbers(4), last, false)
		c.VPERMI2PD(m.arg(b), m.arg(a), m.arg(first))
		c.VPERMI2PD(m.arg(b), m.arg(a), m.arg(last))
		m.Store(first, to, false)
		m.Store(last, to.Offset(m.Bytes), false)
	case m.size == 8:
		low, high := m.unpack(a, b)
		m.storeHalves(m.arg(low), m.arg(high), to)
	case m.wide():
		m.Narrow(a, a)
		m.Narrow(b, b)
		low, high := c.YMM(), c.YMM()
		c.VUNPCKLPS(m.low(b), m.low(a), low)
		c.VUNPCKHPS(m.low(b), m.low(a), high)
		m.storeHalves(low, high, to)
	default:
		m.Narrow(a, a)
		m.Narrow(b, b)
		low, high := c.XMM(), c.XMM()
		c.VUNPCKLPS(m.low(b), m.low(a), low)
		c.VUNPCKHPS(m.low(b), m.low(a), high)
		c.VMOVUPS(low, m.mem(to))
		c.VMOVUPS(high, m.mem(to.Offset(16)))
	}
}

// storeHalves stores the lower halves of two 256-bit vectors, then the upper ones.
func (m *machine) storeHalves(low, high Op, to isa.Mem) {
	t := m.c.YMM()
	m.c.VPERM2F128(U8(0x20), high, low, t)
	m.c.VMOVUPS(t, m.mem(to))
	m.c.VPERM2F128(U8(0x31), high, low, t)
	m.c.VMOVUPS(t, m.mem(to.Offset(32)))
}

// pairNumbers are the places of a[i], b[i], a[i+1], ... in two vectors of eight float64.
func (m *machine) pairNumbers(i int) isa.Mem {
	var words []Constant
	for k := i; k < i+4; k++ {
		words = append(words, U64(k), U64(k+8))
	}
	return m.static(map[int]string{0: "pairs0", 4: "pairs4"}[i], integers, words...)
}

// Tables are permutations of one register on AVX-512, of two halves on AVX2, between
// which the highest bit of the index chooses.

func (m *machine) NewIndex(low []isa.Vec) []isa.Index {
	index := make([]isa.Index, len(low))
	for i, v := range low {
		index[i].Low = v
		if !m.wide() {
			index[i].Extra = m.NewVec()
			m.ShiftLeft(v, 28, index[i].Extra)
		}
	}
	return index
}

// LoadTables keeps tables in registers on AVX-512: in memory they would lie across two
// cache lines.
func (m *machine) LoadTables(tables []isa.Table) {
	m.tables = map[string]vector{}
	if !m.wide() {
		return
	}
	for _, t := range tables {
		r := m.NewVec()
		m.Load(m.table(t), r, false)
		m.tables[t.Name] = m.vec(r)
	}
}

func (m *machine) Lookup(t isa.Table, i isa.Index) isa.Vec {
	table, r := m.table(t), m.NewVec()
	if m.wide() {
		from, ok := m.tables[t.Name]
		if !ok {
			v := m.NewVec()
			m.Load(table, v, false)
			from = m.vec(v)
		}
		m.c.VPERMPS(from, m.arg(i.Low), m.arg(r))
		return r
	}
	q := m.NewVec()
	m.c.VPERMPS(m.mem(table), m.arg(i.Low), m.arg(r))
	m.c.VPERMPS(m.mem(table.Offset(32)), m.arg(i.Low), m.arg(q))
	m.Blend(m.SignMask(i.Extra), q, r, r)
	return r
}

// table is the place of a table in read-only memory.
func (m *machine) table(t isa.Table) isa.Mem {
	var words []Constant
	for i := 0; i < len(t.Values); i += 2 {
		lo, hi := math.Float32bits(t.Values[i]), math.Float32bits(t.Values[i+1])
		words = append(words, U64(uint64(hi)<<32|uint64(lo)))
	}
	return m.static(t.Name, singles, words...)
}
