package arm64

import "github.com/ashlar-go/ashlar/tools/avo/isa"

func (m *machine) Move(a isa.Operand, dst isa.Vec) {
	if from, ok := a.(isa.Mem); ok {
		m.Load(from, dst, false)
		return
	}
	m.op(mov, dst, a)
}

func (m *machine) Zero(dst isa.Vec) { m.emit(zero, 0, "", number(dst)) }

func (m *machine) Add(a, b isa.Operand, dst isa.Vec) { m.op(m.at(fadd), dst, a, b) }
func (m *machine) Sub(a, b isa.Operand, dst isa.Vec) { m.op(m.at(fsub), dst, a, b) }
func (m *machine) Mul(a, b isa.Operand, dst isa.Vec) { m.op(m.at(fmul), dst, a, b) }
func (m *machine) Div(a, b isa.Operand, dst isa.Vec) { m.op(m.at(fdiv), dst, a, b) }
func (m *machine) Sqrt(a, dst isa.Vec)               { m.op(m.at(fsqrt), dst, a) }

// Min and Max are choices, since FMIN and FMAX are something else: those give NaN where either
// operand is NaN, where these give b, and the smaller or larger one of two zeros.
func (m *machine) Min(a, b isa.Operand, dst isa.Vec) { m.op(m.at(minimum), dst, a, b) }
func (m *machine) Max(a, b isa.Operand, dst isa.Vec) { m.op(m.at(maximum), dst, a, b) }

func (m *machine) Abs(a, dst isa.Vec)      { m.op(m.at(fabs), dst, a) }
func (m *machine) AbsBy(_, a, dst isa.Vec) { m.Abs(a, dst) }

func (m *machine) NegativeAbs(a, dst isa.Vec) {
	r := m.NewVec()
	m.Abs(a, r)
	m.op(m.at(fneg), dst, r)
}

func (m *machine) Round(v isa.Vec)      { m.op(m.at(frintn), v, v) }
func (m *machine) Floor(a, dst isa.Vec) { m.op(m.at(frintm), dst, a) }

func (m *machine) FMA(a isa.Operand, b, acc isa.Vec)  { m.op(m.at(fmla), acc, a, b) }
func (m *machine) FNMA(a isa.Operand, b, acc isa.Vec) { m.op(m.at(fmls), acc, a, b) }

// Horner adds to a copy of the addend, since FMLA destroys it.
func (m *machine) Horner(c isa.Operand, x, p isa.Vec) {
	r := m.NewVec()
	m.Move(c, r)
	m.FMA(p, x, r)
	m.Move(r, p)
}

func (m *machine) HornerSub(c, x, p isa.Vec) {
	r := m.NewVec()
	m.op(m.at(fneg), r, c)
	m.FMA(p, x, r)
	m.Move(r, p)
}

func (m *machine) HornerSubTwiceWhere(mask isa.Mask, x, b, c, p isa.Vec) {
	r := m.NewVec()
	m.Move(p, r)
	m.HornerSub(b, x, r)
	m.Sub(r, c, r)
	m.Blend(mask, r, p, p)
}

func (m *machine) AddUnlessNegative(one, x, y isa.Vec, _ func() isa.Vec) {
	m.unlessNegative(fadd, one, x, y)
}

func (m *machine) SubUnlessNegative(one, x, y isa.Vec, _ func() isa.Vec) {
	m.unlessNegative(fsub, one, x, y)
}

func (m *machine) unlessNegative(p pair, one, x, y isa.Vec) {
	r := m.NewVec()
	m.op(m.at(p), r, one, y)
	m.Blend(m.SignMask(x), y, r, y)
}

func (m *machine) ScaleNegative(slope, r, tmp isa.Vec) {
	m.Mul(slope, r, tmp)
	mask := m.NewVec()
	m.op(m.at(fcmlt0), mask, r)
	m.Blend(maskOf(mask), tmp, r, r)
}

// Float64 of either type.

func (m *machine) Part(v isa.Vec) isa.Vec {
	v.Part = m.size == 4
	return v
}

func (m *machine) Widen(a isa.Operand, dst isa.Vec) {
	if m.size == 8 {
		m.Move(a, dst)
		return
	}
	if from, ok := a.(isa.Mem); ok {
		part := m.NewVec()
		m.load(double, number(part), from)
		a = part
	}
	m.op(fcvtl, dst, a)
}

func (m *machine) Narrow(a, dst isa.Vec) {
	if m.size == 8 {
		m.Move(a, dst)
		return
	}
	m.op(fcvtn, dst, a)
}

func (m *machine) StoreNarrow(v isa.Vec, to isa.Mem) {
	r := m.NewVec()
	m.Narrow(v, r)
	m.Store(m.Part(r), to, false)
}

func (m *machine) StorePairs(a, b isa.Vec, to isa.Mem) {
	x, y, r := m.NewVec(), m.NewVec(), m.NewVec()
	m.Narrow(a, x)
	m.Narrow(b, y)
	m.op(m.at(zip1), r, x, y)
	m.Store(r, to, false)
	if m.size == 8 {
		m.op(m.at(zip2), r, x, y)
		m.Store(r, to.Offset(vectorBytes), false)
	}
}

// LoadBytes loads all bytes at once, 8 or 16, and doubles their width until they are as wide as elements.
func (m *machine) LoadBytes(from isa.Mem, dst []isa.Vec) {
	n, bytes := len(dst)*m.lanes(), m.NewVec()
	m.load(map[int]access{8: double, 16: quad}[n], number(bytes), from)
	list := m.doubled([]isa.Vec{bytes}, n, 8, uxtl8)
	list = m.doubled(list, n, 4, uxtl16)
	if m.size == 8 {
		list = m.doubled(list, n, 2, uxtl32)
	}
	for i, v := range list {
		m.op(m.at(ucvtf), dst[i], v)
	}
}

// doubled is n integers of twice the width, of which a vector holds most.
func (m *machine) doubled(list []isa.Vec, n, most int, halves [2]*opcode) (out []isa.Vec) {
	for _, v := range list {
		for _, half := range halves {
			if len(out)*most < n {
				r := m.NewVec()
				m.op(half, r, v)
				out = append(out, r)
			}
		}
	}
	return out
}

func (m *machine) WideParam(name string) isa.Vec { return m.wordParam(param, name) }
func (m *machine) WordParam(name string) isa.Vec { return m.wordParam(param32, name) }

func (m *machine) wordParam(o *opcode, name string) isa.Vec {
	word, r := m.newVariable(false), m.NewVec()
	m.emit(o, 0, m.parameters.scalar(name), word)
	m.emit(dupInt, 0, "", number(r), word)
	return r
}

func (m *machine) ScalarParam(name string) isa.Vec {
	r := m.NewVec()
	m.emit(m.at(paramF), 0, m.parameters.scalar(name), number(r))
	m.op(m.at(dup), r, r)
	return r
}
