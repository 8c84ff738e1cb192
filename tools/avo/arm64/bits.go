package arm64

import (
	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

func (m *machine) And(a, b isa.Operand, dst isa.Vec)    { m.op(and, dst, a, b) }
func (m *machine) Or(a, b isa.Operand, dst isa.Vec)     { m.op(orr, dst, a, b) }
func (m *machine) Xor(a, b isa.Operand, dst isa.Vec)    { m.op(eor, dst, a, b) }
func (m *machine) IntAdd(a, b isa.Operand, dst isa.Vec) { m.op(m.at(add), dst, a, b) }
func (m *machine) IntSub(a, b isa.Operand, dst isa.Vec) { m.op(m.at(sub), dst, a, b) }

func (m *machine) ShiftLeft(a isa.Vec, n int, dst isa.Vec)  { m.shift(m.at(shl), a, n, dst) }
func (m *machine) ShiftRight(a isa.Vec, n int, dst isa.Vec) { m.shift(m.at(ushr), a, n, dst) }

func (m *machine) ShiftRightSigned(a isa.Vec, n int, dst isa.Vec) { m.shift(sshr[0], a, n, dst) }

func (m *machine) shift(o *opcode, a isa.Vec, n int, dst isa.Vec) {
	m.emit(o, int64(n), "", number(dst), number(a))
}

func (m *machine) ToInt(a, dst isa.Vec) { m.op(fcvtns[0], dst, a) }

func (m *machine) MaxBits(a, b isa.Operand, dst isa.Vec) {
	if m.size == 4 {
		m.op(umax, dst, a, b)
		return
	}
	x, y, more := vecOf(m.in(a, false)), vecOf(m.in(b, false)), m.NewVec()
	m.op(cmhi[1], more, x, y)
	m.Blend(maskOf(more), x, y, dst)
}

func (m *machine) OrSign(y, x isa.Vec, signBit func() isa.Vec) isa.Vec {
	sign, r := m.NewVec(), m.NewVec()
	m.And(signBit(), x, sign)
	m.Or(y, sign, r)
	return r
}

func (m *machine) FlipSign(y, x isa.Vec, signBit func() isa.Vec) {
	sign := m.NewVec()
	m.And(signBit(), x, sign)
	m.Xor(sign, y, y)
}

// Words of 64 bits.

func (m *machine) Add64(a, b isa.Operand, dst isa.Vec) { m.op(add[1], dst, a, b) }
func (m *machine) And64(a, b isa.Operand, dst isa.Vec) { m.op(and, dst, a, b) }
func (m *machine) Or64(a, b isa.Operand, dst isa.Vec)  { m.op(orr, dst, a, b) }

func (m *machine) ShiftRight64(a isa.Vec, n int, dst isa.Vec) { m.shift(ushr[1], a, n, dst) }

// MulLow narrows the lanes; a constant is there in the narrow form.
func (m *machine) MulLow(a, b isa.Operand, dst isa.Vec) {
	m.op(umull, dst, m.lowHalves(a), m.lowHalves(b))
}

func (m *machine) lowHalves(o isa.Operand) isa.Operand {
	if from, ok := o.(isa.Mem); ok {
		if word, varied := m.data.element(from.Data); !varied {
			return m.Vector32(uint32(word))
		}
	}
	r := m.NewVec()
	m.op(xtnWords, r, o)
	return r
}

func (m *machine) HighHalf(a, dst isa.Vec) { m.ShiftRight64(a, 32, dst) }

func (m *machine) Xor3(a, b, dst isa.Vec) {
	m.op(eor, dst, a, dst)
	m.op(eor, dst, b, dst)
}
