package amd64

import (
	. "github.com/mmcloughlin/avo/operand"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// bitwise emits a logical operation; the AVX form has no element size.
func (m *machine) bitwise(wide32, wide64, narrow func(...Op), a, b isa.Operand, dst isa.Vec) {
	if m.wide() {
		m.op(wide32, wide64, a, b, dst)
	} else {
		narrow(m.args([]any{a, b, dst})...)
	}
}

func (m *machine) And(a, b isa.Operand, dst isa.Vec) {
	m.bitwise(m.c.VPANDD, m.c.VPANDQ, m.c.VANDPS, a, b, dst)
}

func (m *machine) Or(a, b isa.Operand, dst isa.Vec) {
	m.bitwise(m.c.VPORD, m.c.VPORQ, m.c.VORPS, a, b, dst)
}

func (m *machine) Xor(a, b isa.Operand, dst isa.Vec) {
	m.bitwise(m.c.VPXORD, m.c.VPXORQ, m.c.VXORPS, a, b, dst)
}

func (m *machine) IntAdd(a, b isa.Operand, dst isa.Vec) { m.op(m.c.VPADDD, m.c.VPADDQ, a, b, dst) }
func (m *machine) IntSub(a, b isa.Operand, dst isa.Vec) { m.op(m.c.VPSUBD, m.c.VPSUBQ, b, a, dst) }

func (m *machine) ShiftLeft(a isa.Vec, n int, dst isa.Vec) {
	m.op(m.c.VPSLLD, m.c.VPSLLQ, U8(n), a, dst)
}

func (m *machine) ShiftRight(a isa.Vec, n int, dst isa.Vec) {
	m.op(m.c.VPSRLD, m.c.VPSRLQ, U8(n), a, dst)
}

func (m *machine) ShiftRightSigned(a isa.Vec, n int, dst isa.Vec) {
	m.c.VPSRAD(U8(n), m.arg(a), m.arg(dst))
}

func (m *machine) ToInt(a, dst isa.Vec) { m.c.VCVTPS2DQ(m.arg(a), m.arg(dst)) }

func (m *machine) MaxBits(a, b isa.Operand, dst isa.Vec) {
	c, x, y, r := m.c, m.arg(a), m.arg(b), m.arg(dst)
	switch {
	case m.size == 4:
		c.VPMAXUD(x, y, r)
	case m.wide():
		c.VPMAXUQ(x, y, r)
	default:
		greater := m.newVectorMask()
		c.VPCMPGTQ(y, x, m.arg(greater))
		m.Blend(greater, a, b.(isa.Vec), dst)
	}
}

func (m *machine) OrSign(y, x isa.Vec, signBit func() isa.Vec) isa.Vec {
	if m.wide() {
		r := m.NewVec()
		m.Move(x, r)
		const xAndBitOrY = 0xea
		m.op(m.c.VPTERNLOGD, m.c.VPTERNLOGQ, U8(xAndBitOrY), y, signBit(), r)
		return r
	}
	bit := signBit()
	sign, r := m.NewVec(), m.NewVec()
	m.And(bit, x, sign)
	m.Or(y, sign, r)
	return r
}

func (m *machine) FlipSign(y, x isa.Vec, signBit func() isa.Vec) {
	if m.wide() {
		const xorOfAnd = 0x78 // dst ^ (first & second)
		m.op(m.c.VPTERNLOGD, m.c.VPTERNLOGQ, U8(xorOfAnd), signBit(), x, y)
		return
	}
	r := m.NewVec()
	m.And(signBit(), x, r)
	m.Xor(r, y, y)
}

// Words of 64 bits.

func (m *machine) Add64(a, b isa.Operand, dst isa.Vec) { m.c.VPADDQ(m.arg(a), m.arg(b), m.arg(dst)) }

func (m *machine) And64(a, b isa.Operand, dst isa.Vec) {
	m.words(m.c.VPANDQ, m.c.VPAND, a, b, dst)
}

func (m *machine) Or64(a, b isa.Operand, dst isa.Vec) {
	m.words(m.c.VPORQ, m.c.VPOR, a, b, dst)
}

func (m *machine) words(wide func(...Op), narrow func(a, b, dst Op), a, b isa.Operand, dst isa.Vec) {
	if m.wide() {
		wide(m.arg(a), m.arg(b), m.arg(dst))
	} else {
		narrow(m.arg(a), m.arg(b), m.arg(dst))
	}
}

func (m *machine) ShiftRight64(a isa.Vec, n int, dst isa.Vec) {
	m.c.VPSRLQ(U8(n), m.arg(a), m.arg(dst))
}

func (m *machine) MulLow(a, b isa.Operand, dst isa.Vec) {
	m.c.VPMULUDQ(m.arg(a), m.arg(b), m.arg(dst))
}

// HighHalf shuffles, which leaves the ports of the multiplier alone: a shift competes for
// them.
func (m *machine) HighHalf(a, dst isa.Vec) { m.c.VPSHUFD(U8(0xf5), m.arg(a), m.arg(dst)) }

func (m *machine) Xor3(a, b, dst isa.Vec) {
	c, x, y, r := m.c, m.arg(a), m.arg(b), m.arg(dst)
	if m.wide() {
		c.VPTERNLOGQ(U8(0x96), x, y, r)
		return
	}
	c.VPXOR(x, r, r)
	c.VPXOR(y, r, r)
}
