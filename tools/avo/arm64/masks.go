package arm64

import "github.com/ashlar-go/ashlar/tools/avo/isa"

// A mask is a vector of lanes of ones and zeros.

func (m *machine) Compare(pred isa.Pred, a isa.Vec, b isa.Operand) isa.Mask {
	k := m.NewVec()
	m.compare(pred, a, b, k)
	return maskOf(k)
}

func (m *machine) Cmp(pred isa.Pred, a isa.Vec, b isa.Operand) isa.Mask { return m.Compare(pred, a, b) }

// compare: k = the mask of the lanes where a <pred> b.
func (m *machine) compare(pred isa.Pred, a isa.Vec, b isa.Operand, k isa.Vec) {
	switch pred {
	case isa.Equal:
		m.op(m.at(fcmeq), k, a, b)
	case isa.Less:
		m.op(m.at(fcmgt), k, b, a)
	case isa.LessEqual:
		m.op(m.at(fcmge), k, b, a)
	case isa.Greater:
		m.op(m.at(fcmgt), k, a, b)
	case isa.GreaterEqual:
		m.op(m.at(fcmge), k, a, b)
	case isa.NotLess:
		m.op(m.at(fcmgt), k, b, a)
		m.op(invert, k, k)
	case isa.Unordered:
		m.ordered(a, b, k)
		m.op(invert, k, k)
	}
}

// ordered: k = the lanes where neither is NaN.
func (m *machine) ordered(a isa.Vec, b isa.Operand, k isa.Vec) {
	m.op(m.at(fcmeq), k, a, a)
	if b != isa.Operand(a) {
		other, y := m.NewVec(), vecOf(m.in(b, a.Part))
		m.op(m.at(fcmeq), other, y, y)
		m.op(and, k, k, other)
	}
}

func (m *machine) ResetMasks() {}

func (m *machine) SignMask(x isa.Vec) isa.Mask {
	k := m.NewVec()
	m.op(m.at(cmlt0), k, x)
	return maskOf(k)
}

func (m *machine) WithoutBits(x isa.Vec, bits func() isa.Vec) isa.Mask {
	k := m.NewVec()
	m.op(and, k, bits(), x)
	m.op(cmeq0[0], k, k)
	return maskOf(k)
}

func (m *machine) Blend(mask isa.Mask, yes isa.Operand, no, dst isa.Vec) {
	m.op(selects, dst, ofMask(mask), yes, no)
}

func (m *machine) OrZero(mask isa.Mask, a, dst isa.Vec) { m.op(and, dst, ofMask(mask), a) }

func (m *machine) ZeroWhere(mask isa.Mask, _, v isa.Vec) { m.op(bic, v, v, ofMask(mask)) }

// NaNWhere: a lane of ones is NaN itself.
func (m *machine) NaNWhere(mask isa.Mask, _, v isa.Vec) { m.op(orr, v, ofMask(mask), v) }

func (m *machine) Choose(pred isa.Pred, a isa.Vec, b, yes isa.Operand, dst isa.Vec) {
	m.Blend(m.Compare(pred, a, b), yes, dst, dst)
}

func (m *machine) NewMask() isa.Mask { return maskOf(m.NewVec()) }

func (m *machine) ClearMask(k isa.Mask) { m.Zero(ofMask(k)) }

func (m *machine) OrMask(a, k isa.Mask) { m.op(orr, ofMask(k), ofMask(a), ofMask(k)) }

// MaskBits narrows each lane to half its width, so that all fit a register of 64 bits.
func (m *machine) MaskBits(k isa.Mask, dst isa.Int) {
	r := m.NewVec()
	if m.size == 4 {
		m.op(xtnHalves, r, ofMask(k))
	} else {
		m.op(xtnWords, r, ofMask(k))
	}
	m.compute(toInt, 0, dst, number(r))
}

// FirstLane counts the zeros below the lowest bit that is set.
func (m *machine) FirstLane(r isa.Int) {
	laneBits := 4 * m.size // in what MaskBits leaves
	m.compute(reverse, 0, r, numberOf(r))
	m.compute(leading, 0, r, numberOf(r))
	m.compute(shrConst, int64(log2(laneBits)), r, numberOf(r))
}

func (m *machine) JumpIfBits(r isa.Int, cond isa.Cond, label string) {
	m.JumpIf(r, cond, isa.Const(0), label)
}

func (m *machine) CountLanes(hit isa.Mask, one, count isa.Vec, masked bool) {
	r := m.NewVec()
	m.op(and, r, ofMask(hit), one)
	if masked {
		m.KeepTail(r, r)
	}
	m.Add(r, count, count)
}

func (m *machine) Below(words []isa.Vec, limit isa.Vec) isa.Mask {
	k := m.NewVec()
	m.op(cmhi[1], k, limit, words[0])
	if len(words) == 2 {
		other := m.NewVec()
		m.op(cmhi[1], other, limit, words[1])
		m.op(uzp1[0], k, k, other)
	}
	return maskOf(k)
}
