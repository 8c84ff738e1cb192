package algo

import (
	"fmt"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// Masks and what depends on them.

func (m *formula) newMask(one func(i int) isa.Mask) mask {
	k := make(mask, m.n)
	for i := range k {
		k[i] = one(i)
	}
	return k
}

// where is the mask of a <pred> b.
func (m *formula) where(pred isa.Pred, a group, b any) mask {
	return m.newMask(func(i int) isa.Mask { return m.Compare(pred, a[i], of(b, i)) })
}

// negative is the mask of a set sign bit, good for pick only.
func (m *formula) negative(x group) mask {
	return m.newMask(func(i int) isa.Mask { return m.SignMask(x[i]) })
}

// rarely emits code for vectors with a lane where x has one of some bits. It stands behind
// the loop, which jumps there and back, so the body changes groups in place.
func (m *formula) rarely(x group, bits uint64, body func()) {
	label := fmt.Sprintf("rare%d", len(m.rare))
	all := x[0]
	for _, v := range x[1:] {
		r := m.NewVec()
		m.Or(all, v, r)
		all = r
	}
	m.JumpIfAnyBit(all, func() isa.Vec { return m.bits(bits) }, label)
	m.Label(label + "End")
	vectors := m.n
	m.rare = append(m.rare, func() {
		m.n = vectors
		m.Label(label)
		body()
		m.Jump(label + "End")
	})
}

// withoutBits is the mask of the lanes, of 32 bits, where x has none of some bits.
func (m *formula) withoutBits(x group, bits uint64) mask {
	return m.newMask(func(i int) isa.Mask {
		return m.WithoutBits(x[i], func() isa.Vec { return m.bits(bits) })
	})
}

// assign changes dst to src.
func (m *formula) assign(dst, src group) {
	for i := range dst {
		m.Move(src[i], dst[i])
	}
}

// complementUnlessNegative changes y to 1 - y, incrementUnlessNegative to 1 + y, where the
// sign bit of x is not set.
func (m *formula) complementUnlessNegative(y, x group) {
	for i := range y {
		m.SubUnlessNegative(m.k(1), x[i], y[i], m.signBit)
	}
}

func (m *formula) incrementUnlessNegative(y, x group) {
	for i := range y {
		m.AddUnlessNegative(m.k(1), x[i], y[i], m.signBit)
	}
}

// pick is yes where the mask is set, else no.
func (m *formula) pick(k mask, yes, no any) group {
	return m.each(func(i int, r isa.Vec) { m.Blend(k[i], of(yes, i), of(no, i), r) })
}

// orZero is x where the mask is set, else 0.
func (m *formula) orZero(k mask, x group) group {
	return m.each(func(i int, r isa.Vec) { m.OrZero(k[i], x[i], r) })
}
