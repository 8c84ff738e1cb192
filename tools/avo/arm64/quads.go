package arm64

import "github.com/ashlar-go/ashlar/tools/avo/isa"

// DotQuads: USDOT is not part of what every CPU with NEON has.
func (m *machine) DotQuads(_, _, _ isa.Vec) { panic("arm64: NEON has no dot product of bytes") }

func (m *machine) EvenBytes(a, dst isa.Vec) { m.And(m.Vector32(0x00ff00ff), a, dst) }
func (m *machine) OddBytes(a, dst isa.Vec)  { m.shift(ushrWords, a, 8, dst) }

func (m *machine) EvenSigned(b, dst isa.Vec) {
	m.shift(shlWords, b, 8, dst)
	m.shift(sshrWords, dst, 8, dst)
}

func (m *machine) OddSigned(b, dst isa.Vec) { m.shift(sshrWords, b, 8, dst) }

// AddProducts multiplies to 16 bits, which 255 * 127 fits, and adds pairs to 32 bits.
func (m *machine) AddProducts(a, b, tmp, acc isa.Vec) {
	m.op(mulWords, tmp, a, b)
	m.op(sadalp, acc, tmp)
}

func (m *machine) IntMul(a, b isa.Operand, dst isa.Vec) { m.op(mulInts, dst, a, b) }
func (m *machine) FromInt(a, dst isa.Vec)               { m.op(scvtf, dst, a) }

// StoreBytes narrows twice.
func (m *machine) StoreBytes(v isa.Vec, to isa.Mem) {
	m.op(xtnHalves, v, v)
	m.op(xtnBytes, v, v)
	m.store(single, number(v), to)
}
