package amd64

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// Tile: the last width is for products of a row or a few, which read B but once: in long
// pieces of its rows. On AVX2 a masked load is slower and its mask takes a register, so
// whole strips have bodies of their own. On AVX-512 it occupies one of the two ports of the
// multiply-adds, which costs a term of 24 of them half a cycle in 12: innermost loops alone
// do without. A multiply-add of half a vector takes half the time on Zen 4, which computes each half by itself.
// With four rows of one vector and fewer it waits for its last sum all the same. Rows of A that crowd L1 come
// in six. More loops would be more code than they gain.
func (m *machine) Tile() isa.TileShape {
	if m.wide() {
		return isa.TileShape{Widths: []int{1, 2, 3, 8}, Rows: map[int]int{1: 12, 2: 8, 3: 8, 8: 2},
			Panel: 3, WholeLoops: true, HalfRows: map[int]int{1: 5, 2: 6, 3: 8}}
	}
	return isa.TileShape{Widths: []int{1, 2, 4}, Rows: map[int]int{1: 12, 2: 6, 4: 2},
		Panel: 2, WholeStrips: true}
}

func (m *machine) FixedInts() isa.TileInts {
	keep := m.keepInt
	t := isa.TileInts{Args: keep(reg.RDI), RS: keep(reg.R12), RS3: keep(reg.RDX), CS: keep(reg.R13),
		B: keep(reg.RSI), RSB: keep(reg.RBX), K: keep(reg.RCX), P: keep(reg.RAX)}
	for i, r := range []general{reg.R8, reg.R9, reg.R10, reg.R11} {
		t.A[i] = keep(r)
	}
	t.RS5, t.Q = t.Args, t.RS3
	return t
}

func (m *machine) FixedVecs(masked bool) []isa.Vec {
	n, spec := 32, reg.S512
	if !m.wide() {
		n, spec = 16, reg.S256
		if masked {
			n-- // the last one is the mask
		}
	}
	var all []isa.Vec
	for i := range n {
		all = append(all, m.keepVec(reg.Vector.Lookup(reg.Index(i), spec).(reg.VecPhysical)))
	}
	return all
}

func (m *machine) FixTail() {
	if !m.wide() {
		m.tail = reg.Y15
	}
}

// ZeroSum: below register 16 an instruction on its lowest part zeroes all of it at no cost;
// beyond, a copy costs less than zeroing.
func (m *machine) ZeroSum(first, v isa.Vec) {
	id := m.vec(v).(reg.Physical).PhysicalIndex()
	switch {
	case !m.wide():
		m.Zero(v)
	case id < 16:
		low := reg.Vector.Lookup(id, reg.S128)
		m.c.VXORPS(low, low, low)
	default:
		m.c.VMOVAPS(m.arg(first), m.arg(v))
	}
}

// Factors broadcasts an element into a register, or leaves it in memory for the one
// multiply-add that uses it, where that can broadcast by itself.
func (m *machine) Factors(_, uses int, spare []isa.Vec, row func(i int) isa.Mem) func(i int) isa.Factor {
	return func(i int) isa.Factor {
		if m.wide() && uses == 1 {
			return isa.Factor{From: row(i)}
		}
		v := spare[i%len(spare)]
		m.Broadcast(row(i), v)
		return isa.Factor{From: v}
	}
}

func (m *machine) FMAFactor(a isa.Factor, b, acc isa.Vec) {
	if _, ok := a.From.(isa.Mem); ok {
		m.op(m.c.VFMADD231PS_BCST, m.c.VFMADD231PD_BCST, a.From, b, acc)
		return
	}
	from := a.From.(isa.Vec)
	from.Part = acc.Part
	m.FMA(from, b, acc)
}

// SetOverlap and Overlapped: Tile does not ask for overlaps.
func (m *machine) SetOverlap(isa.Int)            { panic("amd64: vectors do not overlap") }
func (m *machine) Overlapped(at isa.Mem) isa.Mem { panic("amd64: vectors do not overlap") }

func (m *machine) JumpUnlessWhole(label string) {
	if m.size == 4 {
		m.c.KORTESTW(reg.K1, reg.K1)
	} else {
		m.c.KORTESTB(reg.K1, reg.K1)
	}
	m.c.JCC(LabelRef(label))
}

func (m *machine) JumpUnlessHalf(label string) {
	m.c.KSHIFTRW(U8(m.lanes/2), reg.K1, reg.K2)
	m.c.KORTESTW(reg.K2, reg.K2)
	m.c.JNE(LabelRef(label))
}

func (m *machine) HalfOf(v isa.Vec) isa.Vec { return isa.Vec{ID: v.ID, Part: true} }
