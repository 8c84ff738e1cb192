package amd64

import (
	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

func (m *machine) Base(slice string) isa.Int {
	r := m.NewInt()
	m.c.Load(m.c.Param(slice).Base(), m.int(r))
	return r
}

func (m *machine) Len(slice string) isa.Int {
	r := m.NewInt()
	m.c.Load(m.c.Param(slice).Len(), m.int(r))
	return r
}

func (m *machine) Integer(param string) isa.Int {
	r := m.NewInt()
	m.LoadParam(param, r)
	return r
}

func (m *machine) LoadParam(param string, r isa.Int) { m.c.Load(m.c.Param(param), m.int(r)) }

func (m *machine) ScalarParam(param string) isa.Vec {
	from, err := m.c.Param(param).Resolve()
	if err != nil {
		panic(err)
	}
	r := m.NewVec()
	m.op(m.c.VBROADCASTSS, m.c.VBROADCASTSD, from.Addr, r)
	return r
}

func (m *machine) MoveInt(a, dst isa.Scalar) {
	if a == isa.Const(0) {
		m.c.XORQ(m.arg(dst), m.arg(dst))
		return
	}
	m.c.MOVQ(m.arg(a), m.arg(dst))
}

func (m *machine) AddInt(a, dst isa.Scalar) { m.c.ADDQ(m.arg(a), m.arg(dst)) }
func (m *machine) SubInt(a, dst isa.Scalar) { m.c.SUBQ(m.arg(a), m.arg(dst)) }
func (m *machine) MulInt(a, r isa.Int)      { m.c.IMULQ(m.int(a), m.int(r)) }
func (m *machine) AndInt(n int, r isa.Int)  { m.c.ANDQ(U32(n), m.int(r)) }

func (m *machine) ShiftLeftInt(n int, r isa.Int)  { m.c.SHLQ(U8(n), m.int(r)) }
func (m *machine) ShiftRightInt(n int, r isa.Int) { m.c.SHRQ(U8(n), m.int(r)) }

func (m *machine) NegInt(r isa.Int) { m.c.NEGQ(m.int(r)) }

func (m *machine) MinInt(a, r isa.Int) {
	m.c.CMPQ(m.int(r), m.int(a))
	m.c.CMOVQGT(m.int(a), m.int(r))
}

func (m *machine) Address(at isa.Mem, r isa.Int) { m.c.LEAQ(m.mem(at), m.int(r)) }

func (m *machine) TruncInt(from isa.Mem, r isa.Int) {
	m.op2(m.c.CVTTSS2SL, m.c.CVTTSD2SL, from, m.int(r).As32())
}

func (m *machine) MoveElement(src, dst isa.Mem, tmp isa.Int) {
	if m.size == 4 {
		t := m.int(tmp).As32()
		m.c.MOVL(m.mem(src), t)
		m.c.MOVL(t, m.mem(dst))
		return
	}
	m.MoveInt(src, tmp)
	m.MoveInt(tmp, dst)
}

// FrameArea takes RCX, which no virtual register has to share with the tail's count.
func (m *machine) FrameArea(area isa.Mem) isa.Int {
	m.c.LEAQ(m.mem(area), reg.RCX)
	return m.keepInt(reg.RCX)
}

func (m *machine) Label(name string) { m.c.Label(name) }

func (m *machine) AlignLoop() {
	m.c.Instruction(&ir.Instruction{Opcode: "PCALIGN", Operands: []Op{U8(64)}})
}

func (m *machine) Jump(label string) { m.c.JMP(LabelRef(label)) }

// jump is taken after a comparison of two numbers, or after an instruction whose result is
// compared with 0.
func (m *machine) jump(cond isa.Cond, zero bool, label string) {
	c, to := m.c, LabelRef(label)
	switch cond {
	case isa.EQ:
		if zero {
			c.JZ(to)
		} else {
			c.JE(to)
		}
	case isa.NE:
		if zero {
			c.JNZ(to)
		} else {
			c.JNE(to)
		}
	case isa.LT:
		c.JL(to)
	case isa.LE:
		c.JLE(to)
	case isa.GT:
		c.JG(to)
	case isa.GE:
		c.JGE(to)
	case isa.Below:
		c.JCS(to)
	}
}

func (m *machine) JumpIf(a isa.Scalar, cond isa.Cond, b isa.Scalar, label string) {
	if r, ok := a.(isa.Int); ok && b == isa.Const(0) {
		m.c.TESTQ(m.int(r), m.int(r))
		m.jump(cond, true, label)
		return
	}
	m.c.CMPQ(m.arg(a), m.arg(b))
	m.jump(cond, false, label)
}

func (m *machine) JumpIfNone(bits int, at isa.Mem, label string) {
	m.c.TESTQ(U32(bits), m.mem(at))
	m.c.JZ(LabelRef(label))
}

func (m *machine) AddJump(a, dst isa.Scalar, cond isa.Cond, label string) {
	m.AddInt(a, dst)
	m.jump(cond, true, label)
}

func (m *machine) SubJump(a, dst isa.Scalar, cond isa.Cond, label string) {
	m.SubInt(a, dst)
	m.jump(cond, true, label)
}

func (m *machine) CountDown(r isa.Int, label string) {
	m.c.DECQ(m.int(r))
	m.c.JNZ(LabelRef(label))
}

func (m *machine) JumpIfAnyBit(x isa.Vec, bits func() isa.Vec, label string) {
	if m.wide() {
		k := m.arg(m.nextMask())
		m.c.VPTESTMD(m.arg(bits()), m.arg(x), k)
		m.c.KORTESTW(k, k)
	} else {
		m.c.VPTEST(m.arg(bits()), m.arg(x))
	}
	m.c.JNZ(LabelRef(label))
}

// Return leaves clean upper halves: dirty ones would slow down all scalar code that
// follows.
func (m *machine) Return() {
	m.c.VZEROUPPER()
	m.c.RET()
}
