package amd64

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

func (m *machine) LoadHalves(from isa.Mem, dst isa.Vec, masked bool) {
	switch {
	case masked && m.wide():
		m.c.VPMOVZXWD_Z(m.mem(from), m.tail, m.arg(dst))
	case masked:
		m.c.VPXOR(m.vec(dst).AsX(), m.vec(dst).AsX(), m.vec(dst).AsX())
		buffer := m.halvesBuffer()
		m.c.VMOVDQU(m.vec(dst).AsX(), buffer)
		m.copyHalves(m.mem(from), buffer)
		m.c.VPMOVZXWD(buffer, m.arg(dst))
	default:
		m.c.VPMOVZXWD(m.mem(from), m.arg(dst))
	}
}

// StoreHalves of AVX2 packs within each half of the vector: the words in between are the wanted
// ones once more.
func (m *machine) StoreHalves(v isa.Vec, to isa.Mem, masked bool) {
	if m.wide() {
		if masked {
			m.c.VPMOVDW(m.arg(v), m.tail, m.mem(to))
			return
		}
		r := m.c.YMM()
		m.c.VPMOVDW(m.arg(v), r)
		m.c.VMOVUPS(r, m.mem(to))
		return
	}
	r := m.c.YMM()
	m.c.VPACKUSDW(m.arg(v), m.arg(v), r)
	m.c.VPERMQ(U8(0x08), r, r)
	if !masked {
		m.c.VMOVDQU(r.AsX(), m.mem(to))
		return
	}
	buffer := m.halvesBuffer()
	m.c.VMOVDQU(r.AsX(), buffer)
	m.copyHalves(buffer, m.mem(to))
}

// halvesBuffer is room on the stack for the halves of one vector of AVX2, which has no masks for them.
func (m *machine) halvesBuffer() Mem {
	if m.buffer == nil {
		at := m.c.AllocLocal(16)
		m.buffer = &at
	}
	return *m.buffer
}

// copyHalves copies as many halves as the tail has lanes, 0 to 7: four of them, two and one.
func (m *machine) copyHalves(from, to Mem) {
	m.c.Comment("as many halves as the mask has lanes")
	from, to = m.withoutIndex(from), m.withoutIndex(to)
	lanes, at, r := m.c.GP64(), m.c.GP64(), m.c.GP64()
	m.c.VMOVMSKPS(m.tail, lanes.As32())
	m.c.XORL(at.As32(), at.As32())
	m.halves++
	for _, piece := range []struct {
		n          int
		load, save func(from, to Op)
		r          Op
	}{{4, m.c.MOVQ, m.c.MOVQ, r}, {2, m.c.MOVL, m.c.MOVL, r.As32()}, {1, m.c.MOVWLZX, m.c.MOVW, r.As32()}} {
		next := fmt.Sprintf("halves%d_%d", m.halves, piece.n)
		m.c.TESTL(U32(1<<(piece.n-1)), lanes.As32())
		m.c.JZ(LabelRef(next))
		piece.load(indexed(from, at), piece.r)
		save := piece.r
		if piece.n == 1 {
			save = r.As16()
		}
		piece.save(save, indexed(to, at))
		m.c.ADDQ(U8(2*piece.n), at)
		m.c.SHRL(U8(piece.n), lanes.As32())
		m.c.Label(next)
	}
}

func indexed(at Mem, by reg.Register) Mem { return at.Idx(by, 1) }

// withoutIndex is a place that has room for an index.
func (m *machine) withoutIndex(at Mem) Mem {
	if at.Index == nil {
		return at
	}
	r := m.c.GP64()
	m.c.LEAQ(at, r)
	return Mem{Base: r}
}
