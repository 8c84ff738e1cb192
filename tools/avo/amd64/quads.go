package amd64

import (
	. "github.com/mmcloughlin/avo/operand"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// DotQuads is VPDPBUSD, of AVX512_VNNI and of AVX-VNNI.
func (m *machine) DotQuads(a, b, acc isa.Vec) {
	if !m.wide() {
		m.encoded("VPDPBUSD", b, a, acc)
		return
	}
	m.c.VPDPBUSD(m.arg(b), m.arg(a), m.arg(acc))
}

func (m *machine) EvenBytes(a, dst isa.Vec) { m.And(m.vector32(0x00ff00ff), a, dst) }
func (m *machine) OddBytes(a, dst isa.Vec)  { m.c.VPSRLW(U8(8), m.arg(a), m.arg(dst)) }

func (m *machine) EvenSigned(b, dst isa.Vec) {
	m.c.VPSLLW(U8(8), m.arg(b), m.arg(dst))
	m.c.VPSRAW(U8(8), m.arg(dst), m.arg(dst))
}

func (m *machine) OddSigned(b, dst isa.Vec) { m.c.VPSRAW(U8(8), m.arg(b), m.arg(dst)) }

// AddProducts: VPMADDUBSW, which takes bytes as they are, saturates.
func (m *machine) AddProducts(a, b, tmp, acc isa.Vec) {
	m.c.VPMADDWD(m.arg(a), m.arg(b), m.arg(tmp))
	m.IntAdd(tmp, acc, acc)
}

func (m *machine) IntMul(a, b isa.Operand, dst isa.Vec) {
	m.c.VPMULLD(m.arg(a), m.arg(b), m.arg(dst))
}

func (m *machine) FromInt(a, dst isa.Vec) { m.c.VCVTDQ2PS(m.arg(a), m.arg(dst)) }

// StoreBytes packs words within halves of 128 bits on AVX2, and joins the two words of four bytes.
func (m *machine) StoreBytes(v isa.Vec, to isa.Mem) {
	if m.wide() {
		m.c.VPMOVDB(m.arg(v), m.mem(to))
		return
	}
	high, r := m.c.XMM(), m.vec(v)
	m.c.VEXTRACTF128(U8(1), r, high)
	m.c.VPACKUSDW(high, r.AsX(), r.AsX())
	m.c.VPACKUSWB(r.AsX(), r.AsX(), r.AsX())
	m.c.VMOVQ(r.AsX(), m.mem(to))
}
