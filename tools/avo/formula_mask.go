package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Masks and what depends on them.

func (m *formula) newMask(fill func(i int, k Op)) mask {
	k := make(mask, m.n)
	for i := range k {
		if m.wide() {
			k[i] = m.nextOpmask()
		} else {
			k[i] = m.vec()
		}
		fill(i, k[i])
	}
	return k
}

// nextOpmask is one of the opmask registers in turn.
func (m *formula) nextOpmask() Op {
	k := []Op{reg.K2, reg.K3, reg.K4, reg.K5, reg.K6, reg.K7}[m.masks%6]
	m.masks++
	return k
}

// where is the mask of a <pred> b.
func (m *formula) where(pred int, a group, b any) mask {
	return m.newMask(func(i int, k Op) { m.compare(pred, a[i], of(b, i), k) })
}

// negative is the mask of a set sign bit. On AVX2 it is x itself, good for pick only.
func (m *formula) negative(x group) mask {
	if !m.wide() {
		k := make(mask, m.n)
		for i := range k {
			k[i] = x[i]
		}
		return k
	}
	return m.newMask(func(i int, k Op) {
		m.op(func(o ...Op) { m.c.VPMOVD2M(o[0], o[1]) }, func(o ...Op) { m.c.VPMOVQ2M(o[0], o[1]) }, x[i], k)
	})
}

// rarely emits code for vectors with a lane where x has one of some bits. It stands behind
// the loop, which jumps there and back, so the body changes groups in place.
func (m *formula) rarely(x group, bits uint64, body func()) {
	label := fmt.Sprintf("rare%d", len(m.rare))
	m.jumpIfAnyBit(x, bits, label)
	m.c.Label(label + "End")
	m.rare = append(m.rare, func() {
		m.c.Label(label)
		body()
		m.c.JMP(LabelRef(label + "End"))
	})
}

// jumpIfAnyBit jumps where a lane of x has one of some bits.
func (m *formula) jumpIfAnyBit(x group, bits uint64, label string) {
	for _, r := range x[1:] {
		x = group{m.either(x[0], r)}
	}
	if m.wide() {
		k := m.nextOpmask()
		m.c.VPTESTMD(m.bits(bits), x[0], k)
		m.c.KORTESTW(k, k)
	} else {
		m.c.VPTEST(m.bits(bits), x[0])
	}
	m.c.JNZ(LabelRef(label))
}

// either is a | b.
func (m *formula) either(a, b reg.VecVirtual) reg.VecVirtual {
	r := m.vec()
	if m.wide() {
		m.c.VPORD(a, b, r)
	} else {
		m.c.VORPS(a, b, r)
	}
	return r
}

// withoutBits is the mask of the lanes, of 32 bits, where x has none of some bits.
func (m *formula) withoutBits(x group, bits uint64) mask {
	return m.newMask(func(i int, k Op) {
		if m.wide() {
			m.c.VPTESTNMD(m.bits(bits), x[i], k)
			return
		}
		zero := m.vec()
		m.zero(zero)
		m.c.VPAND(m.bits(bits), x[i], k)
		m.c.VPCMPEQD(zero, k, k)
	})
}

// assign changes dst to src.
func (m *formula) assign(dst, src group) {
	for i := range dst {
		m.move(src[i], dst[i])
	}
}

// complementUnlessNegative changes y to 1 - y, incrementUnlessNegative to 1 + y, where the
// sign bit of x is not set.
func (m *formula) complementUnlessNegative(y, x group) {
	m.unlessNegative(y, x, m.c.VSUBPS, m.c.VSUBPD)
}

func (m *formula) incrementUnlessNegative(y, x group) {
	m.unlessNegative(y, x, m.c.VADDPS, m.c.VADDPD)
}

func (m *formula) unlessNegative(y, x group, single, double func(...Op)) {
	for i := range y {
		one := m.inRegister(m.k(1), i, m.vec())
		if m.wide() {
			k := m.nextOpmask()
			m.op(func(o ...Op) { m.c.VPTESTNMD(o...) }, func(o ...Op) { m.c.VPTESTNMQ(o...) }, m.signBit(), x[i], k)
			m.op(single, double, y[i], one, k, y[i])
			continue
		}
		r := m.vec()
		m.op(single, double, y[i], one, r)
		m.blend(x[i], y[i], r, y[i])
	}
}

// pick is yes where the mask is set, else no.
func (m *formula) pick(k mask, yes, no any) group {
	return m.each(func(i int, r reg.VecVirtual) { m.blend(k[i], of(yes, i), m.inRegister(no, i, r), r) })
}

// orZero is x where the mask is set, else 0.
func (m *formula) orZero(k mask, x group) group {
	return m.each(func(i int, r reg.VecVirtual) {
		if m.wide() {
			m.op3(m.c.VMOVAPS_Z, m.c.VMOVAPD_Z, x[i], k[i], r)
		} else {
			m.op(m.c.VANDPS, m.c.VANDPD, k[i], x[i], r)
		}
	})
}
