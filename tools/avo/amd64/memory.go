package amd64

import (
	"fmt"
	"math"
	"slices"

	. "github.com/mmcloughlin/avo/operand"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

func (m *machine) Load(from isa.Mem, dst isa.Vec, masked bool) {
	c := m.c
	switch {
	case !masked:
		m.op(c.VMOVUPS, c.VMOVUPD, from, dst)
	case m.wide():
		m.op3(c.VMOVUPS_Z, c.VMOVUPD_Z, from, m.tail, dst)
	default:
		m.op3(c.VMASKMOVPS, c.VMASKMOVPD, from, m.tail, dst)
	}
}

func (m *machine) Store(v isa.Vec, to isa.Mem, masked bool) {
	c := m.c
	switch {
	case !masked:
		m.op(c.VMOVUPS, c.VMOVUPD, v, to)
	case m.wide():
		m.op(c.VMOVUPS, c.VMOVUPD, v, m.tail, to)
	default:
		m.op3(c.VMASKMOVPS, c.VMASKMOVPD, v, m.tail, to)
	}
}

func (m *machine) StoreStream(v isa.Vec, to isa.Mem) { m.op2(m.c.VMOVNTPS, m.c.VMOVNTPD, v, to) }

func (m *machine) Broadcast(from isa.Mem, dst isa.Vec) {
	m.op(m.c.VBROADCASTSS, m.c.VBROADCASTSD, from, dst)
}

func (m *machine) StoreLane(v isa.Vec, to isa.Mem) {
	m.op(func(o ...Op) { m.c.VMOVSS(o...) }, func(o ...Op) { m.c.VMOVSD(o...) }, m.vec(v).AsX(), to)
}

func (m *machine) Prefetch(at isa.Mem)   { m.c.PREFETCHT0(m.mem(at)) }
func (m *machine) PrefetchL2(at isa.Mem) { m.c.PREFETCHT1(m.mem(at)) }
func (m *machine) Fence()                { m.c.SFENCE() }

func (m *machine) Frame(bytes int) isa.Mem {
	return isa.Mem{Frame: true, Disp: m.c.AllocLocal(bytes).Disp}
}

func (m *machine) Element(v float64) isa.Mem { return m.number(m.ElementBits(m.bitsOf(v))) }

func (m *machine) ElementBits(bits uint64) isa.Mem {
	if m.size == 4 {
		return m.static(fmt.Sprintf("f32_%08x", bits), integers, U32(bits))
	}
	return m.static(fmt.Sprintf("f64_%016x", bits), integers, U64(bits))
}

// bitsOf is a number of the element type.
func (m *machine) bitsOf(v float64) uint64 {
	if m.size == 4 {
		return uint64(math.Float32bits(float32(v)))
	}
	return math.Float64bits(v)
}

func (m *machine) Vector(v float64) isa.Operand { return m.number(m.vectorBits(m.bitsOf(v))) }

// vectorBits is a vector of elements in read-only memory.
func (m *machine) vectorBits(bits uint64) isa.Mem {
	if m.size == 4 {
		return m.vector32(uint32(bits))
	}
	return m.vector64(bits)
}

func (m *machine) Vector32(bits uint32) isa.Operand { return m.vector32(bits) }
func (m *machine) Vector64(bits uint64) isa.Operand { return m.vector64(bits) }

func (m *machine) vector32(bits uint32) isa.Mem {
	name := fmt.Sprintf("f32_%08x", bits)
	return m.static(name, integers, m.repeated(uint64(bits)<<32|uint64(bits))...)
}

func (m *machine) vector64(bits uint64) isa.Mem {
	name := fmt.Sprintf("f64_%016x", bits)
	return m.static(name, integers, m.repeated(bits)...)
}

// repeated is a vector of equal words.
func (m *machine) repeated(bits uint64) []Constant {
	return slices.Repeat([]Constant{U64(bits)}, m.Bytes/8)
}

// absBits is all bits of an element but the sign.
func (m *machine) absBits() isa.Mem { return m.vectorBits(1<<(8*m.size-1) - 1) }

func (m *machine) AbsMask() isa.Vec {
	mask := m.NewVec()
	m.Load(m.absBits(), mask, false)
	return mask
}

func (m *machine) Keep(v float64) isa.Operand {
	if !m.wide() {
		return m.Vector(v)
	}
	r := m.NewVec()
	m.Broadcast(m.Element(v), r)
	return r
}

func (m *machine) Numbers() isa.Mem {
	var words []Constant
	for i := range m.lanes {
		if bits := m.bitsOf(float64(i)); m.size == 4 {
			words = append(words, U32(bits))
		} else {
			words = append(words, U64(bits))
		}
	}
	return m.number(m.static(fmt.Sprintf("numbers%dx%d", 8*m.size, m.lanes), integers, words...))
}

func (m *machine) Count() isa.Operand {
	var words []Constant
	for i := range m.Bytes / 8 {
		words = append(words, U64(i))
	}
	return m.static(fmt.Sprintf("lanes%d_0", m.Bytes), integers, words...)
}
