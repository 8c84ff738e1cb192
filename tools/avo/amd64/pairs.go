package amd64

import (
	. "github.com/mmcloughlin/avo/operand"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

func (m *machine) LowerTerms(from isa.Mem, factor bool, dst isa.Vec) {
	switch {
	case m.wide() && factor:
		m.c.VPSLLD_BCST(U8(16), m.mem(from), m.arg(dst))
	case m.wide():
		m.c.VPSLLD(U8(16), m.mem(from), m.arg(dst))
	case factor:
		m.Broadcast(from, dst)
		m.ShiftLeft(dst, 16, dst)
	default:
		m.Load(from, dst, false)
		m.ShiftLeft(dst, 16, dst)
	}
}

func (m *machine) UpperTerms(from isa.Mem, factor bool, upper, dst isa.Vec) {
	switch {
	case m.wide() && factor:
		m.c.VPANDD_BCST(m.mem(from), m.arg(upper), m.arg(dst))
	case factor:
		m.Broadcast(from, dst)
		m.And(upper, dst, dst)
	default:
		m.And(from, upper, dst)
	}
}
