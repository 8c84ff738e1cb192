package amd64

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// predicates are the codes of comparisons in instructions.
var predicates = map[isa.Pred]U8{
	isa.Equal:        0x00, // ordered, like the next four
	isa.Less:         0x11,
	isa.LessEqual:    0x12,
	isa.Greater:      0x1e,
	isa.GreaterEqual: 0x1d,
	isa.NotLess:      0x15,
	isa.Unordered:    0x03,
}

// compare: k = the mask of the lanes where a <pred> b.
func (m *machine) compare(pred isa.Pred, a isa.Vec, b isa.Operand, k isa.Mask) {
	m.op(func(o ...Op) { m.c.VCMPPS(o...) }, func(o ...Op) { m.c.VCMPPD(o...) }, predicates[pred], b, a, k)
}

func (m *machine) Compare(pred isa.Pred, a isa.Vec, b isa.Operand) isa.Mask {
	k := m.nextMask()
	m.compare(pred, a, b, k)
	return k
}

func (m *machine) Cmp(pred isa.Pred, a isa.Vec, b isa.Operand) isa.Mask {
	k := m.scratchMask()
	m.compare(pred, a, b, k)
	return k
}

// scratchMask is good up to the next one.
func (m *machine) scratchMask() isa.Mask {
	if m.wide() {
		return m.keepMask(reg.K2)
	}
	return m.newVectorMask()
}

// nextMask is one of the opmask registers in turn, or a vector.
func (m *machine) nextMask() isa.Mask {
	if !m.wide() {
		return m.newVectorMask()
	}
	k := []Op{reg.K2, reg.K3, reg.K4, reg.K5, reg.K6, reg.K7}[m.turn%6]
	m.turn++
	return m.keepMask(k)
}

func (m *machine) newVectorMask() isa.Mask { return m.keepMask(m.vec(m.NewVec())) }

func (m *machine) ResetMasks() { m.turn = 0 }

// SignMask on AVX2 is the vector itself: a blend looks at sign bits only.
func (m *machine) SignMask(x isa.Vec) isa.Mask {
	if !m.wide() {
		return m.keepMask(m.vec(x))
	}
	k := m.nextMask()
	m.op2(m.c.VPMOVD2M, m.c.VPMOVQ2M, x, k)
	return k
}

func (m *machine) WithoutBits(x isa.Vec, bits func() isa.Vec) isa.Mask {
	k := m.nextMask()
	if m.wide() {
		m.c.VPTESTNMD(m.arg(bits()), m.arg(x), m.arg(k))
		return k
	}
	zero := m.NewVec()
	m.Zero(zero)
	m.c.VPAND(m.arg(bits()), m.arg(x), m.arg(k))
	m.c.VPCMPEQD(m.arg(zero), m.arg(k), m.arg(k))
	return k
}

func (m *machine) Blend(mask isa.Mask, yes isa.Operand, no, dst isa.Vec) {
	c := m.c
	if m.wide() {
		m.op(func(o ...Op) { c.VBLENDMPS(o...) }, func(o ...Op) { c.VBLENDMPD(o...) }, yes, no, mask, dst)
		return
	}
	m.op4(c.VBLENDVPS, c.VBLENDVPD, mask, yes, no, dst)
}

func (m *machine) OrZero(mask isa.Mask, a, dst isa.Vec) {
	if m.wide() {
		m.op3(m.c.VMOVAPS_Z, m.c.VMOVAPD_Z, a, mask, dst)
	} else {
		m.op(m.c.VANDPS, m.c.VANDPD, mask, a, dst)
	}
}

func (m *machine) ZeroWhere(mask isa.Mask, zero, v isa.Vec) {
	if m.wide() {
		m.Blend(mask, zero, v, v)
		return
	}
	m.op(m.c.VANDNPS, m.c.VANDNPD, v, mask, v)
}

// NaNWhere: a mask of AVX2 is NaN itself.
func (m *machine) NaNWhere(mask isa.Mask, nan, v isa.Vec) {
	if m.wide() {
		m.Blend(mask, nan, v, v)
		return
	}
	m.op(m.c.VORPS, m.c.VORPD, mask, v, v)
}

func (m *machine) Choose(pred isa.Pred, a isa.Vec, b, yes isa.Operand, dst isa.Vec) {
	k := m.scratchMask()
	if !m.wide() && a.Part {
		k = m.keepMask(m.masks[k.ID-1].(vector).AsX())
	}
	m.compare(pred, a, b, k)
	m.Blend(k, yes, dst, dst)
}

func (m *machine) NewMask() isa.Mask {
	if m.wide() {
		return m.keepMask(reg.K3)
	}
	return m.newVectorMask()
}

func (m *machine) ClearMask(k isa.Mask) {
	r := m.arg(k)
	if m.wide() {
		m.c.KXORW(r, r, r)
	} else {
		m.c.VXORPS(r, r, r)
	}
}

func (m *machine) OrMask(a, k isa.Mask) {
	if m.wide() {
		m.c.KORW(m.arg(a), m.arg(k), m.arg(k))
	} else {
		m.op(m.c.VORPS, m.c.VORPD, a, k, k)
	}
}

func (m *machine) MaskBits(k isa.Mask, dst isa.Int) {
	r := m.int(dst).As32()
	switch {
	case m.wide():
		m.c.KMOVW(m.arg(k), r)
	case m.size == 4:
		m.c.VMOVMSKPS(m.arg(k), r)
	default:
		m.c.VMOVMSKPD(m.arg(k), r)
	}
}

func (m *machine) FirstLane(r isa.Int) { m.c.BSFL(m.int(r).As32(), m.int(r).As32()) }

func (m *machine) JumpIfBits(r isa.Int, cond isa.Cond, label string) {
	m.c.TESTL(m.int(r).As32(), m.int(r).As32())
	m.jump(cond, true, label)
}

func (m *machine) CountLanes(hit isa.Mask, one, count isa.Vec, masked bool) {
	c := m.c
	if m.wide() {
		if masked {
			c.KANDW(m.tail, m.arg(hit), m.arg(hit))
		}
		m.op(c.VADDPS, c.VADDPD, one, count, hit, count)
		return
	}
	if masked {
		m.op(c.VANDPS, c.VANDPD, m.tail, hit, hit)
	}
	m.op(c.VANDPS, c.VANDPD, one, hit, hit)
	m.op(c.VADDPS, c.VADDPD, hit, count, count)
}

func (m *machine) Below(words []isa.Vec, limit isa.Vec) isa.Mask {
	c, threshold := m.c, m.arg(limit)
	if m.wide() {
		const less = 1
		c.VPCMPUQ(U8(less), threshold, m.arg(words[0]), reg.K2)
		if len(words) == 2 {
			c.VPCMPUQ(U8(less), threshold, m.arg(words[1]), reg.K3)
			c.KUNPCKBW(reg.K2, reg.K3, reg.K2)
		}
		return m.keepMask(reg.K2)
	}
	a := m.vec(m.NewVec())
	c.VPCMPGTQ(m.arg(words[0]), threshold, a)
	if len(words) == 2 {
		b := m.vec(m.NewVec())
		c.VPCMPGTQ(m.arg(words[1]), threshold, b)
		c.Comment("the low halves of both masks, in order")
		c.VSHUFPS(U8(0x88), b, a, a)
		c.VPERMQ(U8(0xd8), a, a)
	}
	return m.keepMask(a)
}
