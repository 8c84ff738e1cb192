package amd64

import (
	. "github.com/mmcloughlin/avo/operand"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// scaler is the instructions of AVX-512 for powers of two.
type scaler struct{ *machine }

func (m *machine) Scaler() isa.Scaler {
	if m.wide() {
		return scaler{m}
	}
	return nil
}

func (s scaler) Scale(p, k, dst isa.Vec) { s.op(s.c.VSCALEFPS, s.c.VSCALEFPD, k, p, dst) }

func (s scaler) ScaleWhere(mask isa.Mask, k, p isa.Vec) {
	s.op(s.c.VSCALEFPS, s.c.VSCALEFPD, k, p, mask, p)
}

func (s scaler) ScaleOrZero(mask isa.Mask, p, k, dst isa.Vec) {
	s.op4(s.c.VSCALEFPS_Z, s.c.VSCALEFPD_Z, k, p, mask, dst)
}

func (s scaler) Exponent(x, dst isa.Vec) {
	s.op(func(o ...Op) { s.c.VGETEXPPS(o...) }, func(o ...Op) { s.c.VGETEXPPD(o...) }, x, dst)
}

func (s scaler) SmallerMagnitude(limit, x, dst isa.Vec) {
	const smallerMagnitudeSignOfX = 2
	s.op(s.c.VRANGEPS, s.c.VRANGEPD, U8(smallerMagnitudeSignOfX), limit, x, dst)
}

func (s scaler) FixUp(table, x, y isa.Vec) {
	s.op(s.c.VFIXUPIMMPS, s.c.VFIXUPIMMPD, U8(0), table, x, y)
}
