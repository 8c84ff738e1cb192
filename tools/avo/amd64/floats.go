package amd64

import (
	"math"

	. "github.com/mmcloughlin/avo/operand"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

func (m *machine) Move(a isa.Operand, dst isa.Vec) { m.op(m.c.VMOVAPS, m.c.VMOVAPD, a, dst) }

func (m *machine) Zero(dst isa.Vec) {
	r := m.arg(dst)
	if m.wide() {
		m.c.VPXORD(r, r, r)
	} else {
		m.c.VXORPS(r, r, r)
	}
}

func (m *machine) Add(a, b isa.Operand, dst isa.Vec) { m.op(m.c.VADDPS, m.c.VADDPD, a, b, dst) }
func (m *machine) Sub(a, b isa.Operand, dst isa.Vec) { m.op(m.c.VSUBPS, m.c.VSUBPD, b, a, dst) }
func (m *machine) Mul(a, b isa.Operand, dst isa.Vec) { m.op(m.c.VMULPS, m.c.VMULPD, a, b, dst) }
func (m *machine) Div(a, b isa.Operand, dst isa.Vec) { m.op(m.c.VDIVPS, m.c.VDIVPD, b, a, dst) }
func (m *machine) Min(a, b isa.Operand, dst isa.Vec) { m.op(m.c.VMINPS, m.c.VMINPD, b, a, dst) }
func (m *machine) Max(a, b isa.Operand, dst isa.Vec) { m.op(m.c.VMAXPS, m.c.VMAXPD, b, a, dst) }
func (m *machine) Sqrt(a, dst isa.Vec)               { m.op(m.c.VSQRTPS, m.c.VSQRTPD, a, dst) }
func (m *machine) Abs(a, dst isa.Vec)                { m.op(m.c.VANDPS, m.c.VANDPD, m.absBits(), a, dst) }

func (m *machine) AbsBy(mask, a, dst isa.Vec) { m.op(m.c.VANDPS, m.c.VANDPD, mask, a, dst) }

func (m *machine) NegativeAbs(a, dst isa.Vec) {
	m.op(m.c.VORPS, m.c.VORPD, m.Vector(math.Copysign(0, -1)), a, dst)
}

func (m *machine) Round(v isa.Vec) {
	if m.wide() {
		m.op(func(o ...Op) { m.c.VRNDSCALEPS(o...) }, func(o ...Op) { m.c.VRNDSCALEPD(o...) }, U8(8), v, v)
		return
	}
	m.op3(m.c.VROUNDPS, m.c.VROUNDPD, U8(8), v, v)
}

func (m *machine) Floor(a, dst isa.Vec) { m.op3(m.c.VROUNDPS, m.c.VROUNDPD, U8(9), a, dst) }

func (m *machine) FMA(a isa.Operand, b, acc isa.Vec) {
	m.op(m.c.VFMADD231PS, m.c.VFMADD231PD, a, b, acc)
}

func (m *machine) FNMA(a isa.Operand, b, acc isa.Vec) {
	m.op(m.c.VFNMADD231PS, m.c.VFNMADD231PD, a, b, acc)
}

func (m *machine) Horner(k isa.Operand, x, p isa.Vec) {
	m.op(m.c.VFMADD213PS, m.c.VFMADD213PD, k, x, p)
}

func (m *machine) HornerSub(k, x, p isa.Vec) { m.op(m.c.VFMSUB213PS, m.c.VFMSUB213PD, k, x, p) }

func (m *machine) HornerSubTwiceWhere(mask isa.Mask, x, b, k, p isa.Vec) {
	c := m.c
	if m.wide() {
		m.op(c.VFMSUB213PS, c.VFMSUB213PD, b, x, mask, p)
		m.op(c.VSUBPS, c.VSUBPD, k, p, mask, p)
		return
	}
	r := m.NewVec()
	m.Move(p, r)
	m.HornerSub(b, x, r)
	m.Sub(r, k, r)
	m.Blend(mask, r, p, p)
}

func (m *machine) AddUnlessNegative(one, x, y isa.Vec, signBit func() isa.Vec) {
	m.unlessNegative(m.c.VADDPS, m.c.VADDPD, one, x, y, signBit)
}

func (m *machine) SubUnlessNegative(one, x, y isa.Vec, signBit func() isa.Vec) {
	m.unlessNegative(m.c.VSUBPS, m.c.VSUBPD, one, x, y, signBit)
}

func (m *machine) unlessNegative(single, double func(...Op), one, x, y isa.Vec, signBit func() isa.Vec) {
	if m.wide() {
		k := m.nextMask()
		m.op(func(o ...Op) { m.c.VPTESTNMD(o...) }, func(o ...Op) { m.c.VPTESTNMQ(o...) }, signBit(), x, k)
		m.op(single, double, y, one, k, y)
		return
	}
	r := m.NewVec()
	m.op(single, double, y, one, r)
	m.Blend(m.SignMask(x), y, r, y)
}

// ScaleNegative keeps its constants in memory.
func (m *machine) ScaleNegative(slope, r, tmp isa.Vec) {
	c := m.c
	zero := m.Vector(0)
	if m.wide() {
		mask := m.Cmp(isa.Less, r, zero)
		m.op(c.VMULPS, c.VMULPD, slope, r, mask, r)
		return
	}
	c.Comment("r *= r < 0 ? slope : 1")
	mask := m.keepMask(m.vec(tmp))
	m.compare(isa.NotLess, r, zero, mask)
	m.Blend(mask, m.Vector(1), slope, tmp)
	m.Mul(tmp, r, r)
}

// Float64 of either type.

func (m *machine) Part(v isa.Vec) isa.Vec {
	v.Part = m.size == 4
	return v
}

func (m *machine) Widen(a isa.Operand, dst isa.Vec) {
	if m.size == 4 {
		m.c.VCVTPS2PD(m.arg(a), m.arg(dst))
	} else {
		m.c.VMOVUPD(m.arg(a), m.arg(dst))
	}
}

func (m *machine) Narrow(a, dst isa.Vec) {
	switch {
	case m.size == 8:
		m.c.VMOVAPD(m.arg(a), m.arg(dst))
	case m.wide():
		m.c.VCVTPD2PS(m.arg(a), m.low(dst))
	default:
		m.c.VCVTPD2PSY(m.arg(a), m.low(dst))
	}
}

func (m *machine) StoreNarrow(v isa.Vec, to isa.Mem) {
	if m.size == 4 {
		m.Narrow(v, v)
	}
	m.Store(m.Part(v), to, false)
}

func (m *machine) LoadBytes(from isa.Mem, dst []isa.Vec) {
	for i, v := range dst {
		m.loadBytes(from.Offset(i*m.lanes), v)
	}
}

func (m *machine) loadBytes(from isa.Mem, dst isa.Vec) {
	c, v := m.c, m.arg(dst)
	if m.size == 4 {
		c.VPMOVZXBD(m.arg(from), v)
		c.VCVTDQ2PS(v, v)
		return
	}
	c.VPMOVZXBD(m.arg(from), m.low(dst))
	c.VCVTDQ2PD(m.low(dst), v)
}

func (m *machine) WideParam(name string) isa.Vec {
	from, err := m.c.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	r := m.NewVec()
	m.c.VPBROADCASTQ(from.Addr, m.arg(r))
	return r
}

func (m *machine) WordParam(name string) isa.Vec {
	t, r := m.c.GP64(), m.NewVec()
	m.c.Load(m.c.Param(name), t.As32())
	m.c.VMOVQ(t, m.vec(r).AsX())
	m.c.VPBROADCASTQ(m.vec(r).AsX(), m.arg(r))
	return r
}
