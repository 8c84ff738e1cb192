package arm64

import "github.com/ashlar-go/ashlar/tools/avo/isa"

// compute emits an instruction on integers.
func (m *machine) compute(o *opcode, i int64, dst isa.Int, sources ...int) {
	m.emit(o, i, "", append([]int{numberOf(dst)}, sources...)...)
	m.changed(numberOf(dst))
}

// immediateBits is how large an integer an addition takes.
const immediateBits = 12

// plusConst: r = a + n.
func (m *machine) plusConst(r, a int, n int64) {
	switch {
	case n == 0:
		m.emit(movInt, 0, "", r, a)
	case 0 < n && n < 1<<immediateBits:
		m.emit(addConst, n, "", r, a)
	case 0 < -n && -n < 1<<immediateBits:
		m.emit(subConst, -n, "", r, a)
	default:
		t := m.newVariable(false)
		m.emit(constInt, n, "", t)
		m.emit(addInt, 0, "", r, a, t)
	}
}

func (m *machine) loadParam(name string) isa.Int {
	r := m.NewInt()
	m.emit(param, 0, name, numberOf(r))
	return r
}

func (m *machine) Base(slice string) isa.Int { return m.loadParam(m.parameters.base(slice)) }
func (m *machine) Len(slice string) isa.Int  { return m.loadParam(m.parameters.length(slice)) }

func (m *machine) Integer(name string) isa.Int { return m.loadParam(m.parameters.scalar(name)) }

func (m *machine) LoadParam(name string, r isa.Int) {
	m.emit(param, 0, m.parameters.scalar(name), numberOf(r))
	m.changed(numberOf(r))
}

// value is an integer in a register.
func (m *machine) value(x isa.Scalar) int {
	switch x := x.(type) {
	case isa.Int:
		return numberOf(x)
	case isa.Mem:
		r := m.newVariable(false)
		m.load(integer, r, x)
		return r
	}
	r := m.newVariable(false)
	m.emit(constInt, int64(x.(isa.Const)), "", r)
	return r
}

func (m *machine) MoveInt(a, dst isa.Scalar) {
	switch to := dst.(type) {
	case isa.Mem:
		m.store(integer, m.value(a), to)
	case isa.Int:
		switch from := a.(type) {
		case isa.Const:
			m.compute(constInt, int64(from), to)
		case isa.Mem:
			m.load(integer, numberOf(to), from)
			m.changed(numberOf(to))
		case isa.Int:
			m.compute(movInt, 0, to, numberOf(from))
		}
	}
}

func (m *machine) AddInt(a, dst isa.Scalar) { m.change(addInt, 1, a, dst) }
func (m *machine) SubInt(a, dst isa.Scalar) { m.change(subInt, -1, a, dst) }

// change adds to an integer or subtracts from it.
func (m *machine) change(o *opcode, sign int64, a, dst isa.Scalar) {
	r := m.value(dst)
	if n, ok := a.(isa.Const); ok {
		m.plusConst(r, r, sign*int64(n))
	} else {
		m.emit(o, 0, "", r, r, m.value(a))
	}
	m.changed(r)
	if to, ok := dst.(isa.Mem); ok {
		m.store(integer, r, to)
	}
}

func (m *machine) MulInt(a, r isa.Int)     { m.compute(mulInt, 0, r, numberOf(r), numberOf(a)) }
func (m *machine) AndInt(n int, r isa.Int) { m.compute(andConst, int64(n), r, numberOf(r)) }

func (m *machine) ShiftLeftInt(n int, r isa.Int)  { m.compute(shlConst, int64(n), r, numberOf(r)) }
func (m *machine) ShiftRightInt(n int, r isa.Int) { m.compute(shrConst, int64(n), r, numberOf(r)) }

func (m *machine) NegInt(r isa.Int) { m.compute(negInt, 0, r, numberOf(r)) }

func (m *machine) MinInt(a, r isa.Int) {
	m.emit(compare, 0, "", numberOf(a), numberOf(r))
	m.compute(minSelect, 0, r, numberOf(a), numberOf(r))
}

func (m *machine) Address(at isa.Mem, r isa.Int) {
	if at.Frame {
		m.compute(frameAt, frameStart+int64(at.Disp), r)
		return
	}
	s := spot{offset: int64(at.Disp)}
	switch {
	case at.Data != "":
		panic("arm64: an address of read-only data")
	case at.Scale != 0 && s.offset == 0:
		m.sumOf(numberOf(r), at)
		m.changed(numberOf(r))
		return
	case at.Scale != 0:
		s.base = m.newVariable(false)
		m.sumOf(s.base, at)
	default:
		s.base = numberOf(at.Base)
	}
	m.plusConst(numberOf(r), s.base, s.offset)
	m.changed(numberOf(r))
}

// sumOf: r = base + index*scale.
func (m *machine) sumOf(r int, at isa.Mem) {
	m.emit(addShift, int64(log2(at.Scale)), "", r, numberOf(at.Base), numberOf(at.Index))
}

func (m *machine) TruncInt(from isa.Mem, r isa.Int) {
	v := m.newVariable(true)
	m.load(m.element(), v, from)
	m.compute(m.at(truncate), 0, r, v)
}

func (m *machine) MoveElement(src, dst isa.Mem, tmp isa.Int) {
	a := integer
	if m.size == 4 {
		a = integer32
	}
	m.load(a, numberOf(tmp), src)
	m.changed(numberOf(tmp))
	m.store(a, numberOf(tmp), dst)
}

func (m *machine) FrameArea(area isa.Mem) isa.Int { return m.address(area) }

// Labels and jumps.

func (m *machine) Label(name string) {
	m.emit(labels, 0, name)
	clear(m.sums)
	m.table = ""
}

func (m *machine) AlignLoop() { m.emit(align, 0, "") }

func (m *machine) Jump(label string) { m.emit(always, 0, label) }

func (m *machine) JumpIf(a isa.Scalar, cond isa.Cond, b isa.Scalar, label string) {
	x := m.value(a)
	if b == isa.Const(0) && cond <= isa.NE {
		m.emit([...]*opcode{ifZero, ifNotZero}[cond], 0, label, x)
		return
	}
	if n, ok := b.(isa.Const); ok && 0 <= n && n < 1<<immediateBits {
		m.emit(compareConst, int64(n), "", x)
	} else {
		m.emit(compare, 0, "", x, m.value(b))
	}
	m.emit(conditions[cond], 0, label)
}

// JumpIfNone tests one bit by an instruction of its own.
func (m *machine) JumpIfNone(bits int, at isa.Mem, label string) {
	r := m.value(at)
	if bits&(bits-1) == 0 {
		m.emit(ifBitZero, int64(log2(bits)), label, r)
		return
	}
	t := m.newVariable(false)
	m.emit(andConst, int64(bits), "", t, r)
	m.emit(ifZero, 0, label, t)
}

func (m *machine) AddJump(a, dst isa.Scalar, cond isa.Cond, label string) {
	m.changeJump(addFlags, addFlagsC, a, dst, cond, label)
}

func (m *machine) SubJump(a, dst isa.Scalar, cond isa.Cond, label string) {
	m.changeJump(subFlags, subFlagsC, a, dst, cond, label)
}

// changeJump compares with 0 what it has changed. The flags hold the comparison if nothing
// overflows; a store between leaves them alone.
func (m *machine) changeJump(o, withConst *opcode, a, dst isa.Scalar, cond isa.Cond, label string) {
	r := m.value(dst)
	if n, ok := a.(isa.Const); ok && 0 <= n && n < 1<<immediateBits {
		m.emit(withConst, int64(n), "", r, r)
	} else {
		m.emit(o, 0, "", r, r, m.value(a))
	}
	m.changed(r)
	if to, ok := dst.(isa.Mem); ok {
		m.store(integer, r, to)
	}
	m.emit(conditions[cond], 0, label)
}

func (m *machine) CountDown(r isa.Int, label string) { m.SubJump(isa.Const(1), r, isa.NE, label) }

func (m *machine) JumpIfAnyBit(x isa.Vec, bits func() isa.Vec, label string) {
	t, r := m.NewVec(), m.newVariable(false)
	m.op(and, t, bits(), x)
	m.op(umaxv, t, t)
	m.emit(toInt, 0, "", r, number(t))
	m.emit(ifNotZero, 0, label, r)
}

func (m *machine) Return() { m.emit(ret, 0, "") }
