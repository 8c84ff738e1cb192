package arm64

import "github.com/ashlar-go/ashlar/tools/avo/isa"

// spareVectors is how many vector registers the tile of a product leaves to what else a step needs.
const spareVectors = 2

// Tile: 24 sums, three vectors of B, and vectors of A, which multiply by element. The last
// width is for products of a row or a few, which read B but once.
func (m *machine) Tile() isa.TileShape {
	return isa.TileShape{Widths: []int{1, 2, 3, 8}, Rows: map[int]int{1: 16, 2: 12, 3: 8, 8: 2},
		Panel: 3, WholeLoops: true, Overlap: true}
}

// FixedInts are virtual: there are enough for each to have a register of its own.
func (m *machine) FixedInts() isa.TileInts {
	n := m.NewInt
	return isa.TileInts{Args: n(), A: [4]isa.Int{n(), n(), n(), n()}, RS: n(), RS3: n(), RS5: n(),
		CS: n(), B: n(), RSB: n(), K: n(), P: n(), Q: n()}
}

func (m *machine) FixedVecs(bool) []isa.Vec {
	m.tile = true
	v := make([]isa.Vec, 32-spareVectors)
	for i := range v {
		v[i] = vecOf(m.register(true, i))
	}
	return v
}

func (m *machine) FixTail() {}

func (m *machine) ZeroSum(_, v isa.Vec) { m.Zero(v) }

// Factors loads a vector of elements that lie side by side when it is asked for the first of them.
// Elements that lie apart it loads one at a time.
func (m *machine) Factors(mr, _ int, spare []isa.Vec, row func(i int) isa.Mem) func(i int) isa.Factor {
	beside := mr%m.lanes() == 0
	for i := range mr {
		beside = beside && row(i) == row(0).Offset(i*m.size)
	}
	return func(i int) isa.Factor {
		group, lane := i, 0
		if beside {
			group, lane = i/m.lanes(), i%m.lanes()
		}
		v := spare[group%len(spare)]
		switch {
		case !beside:
			m.loadElement(row(i), number(v))
		case lane == 0:
			m.load(quad, number(v), row(i))
		}
		return isa.Factor{From: v, Lane: lane}
	}
}

// loadElement loads one element, if it can with an index, and leaves 0 in the other lanes.
func (m *machine) loadElement(at isa.Mem, dst int) {
	indexed := map[int]pair{1: loadIndexed, m.size: loadScaled}
	if p, ok := indexed[at.Scale]; ok && at.Disp == 0 && at.Scale != 0 {
		m.emit(m.at(p), 0, "", dst, numberOf(at.Base), numberOf(at.Index))
		return
	}
	m.load(m.element(), dst, at)
}

// FMAFactor multiplies by element.
func (m *machine) FMAFactor(a isa.Factor, b, acc isa.Vec) {
	m.emit(m.at(fmlaLane), int64(a.Lane), "", number(acc), number(b), number(a.From.(isa.Vec)))
}

// DotFactor: BFDOT is not part of what every CPU with NEON has.
func (m *machine) DotFactor(_ isa.Factor, _, _ isa.Vec) {
	panic("arm64: NEON has no dot product of pairs")
}

// SetOverlap keeps how far the last vector begins before its place, in bytes and negative.
func (m *machine) SetOverlap(n isa.Int) {
	if m.overlap == none {
		m.overlap = m.newVariable(false)
	}
	r := intOf(m.overlap)
	m.MoveInt(n, r)
	m.SubInt(isa.Const(m.lanes()), r)
	m.ShiftLeftInt(log2(m.size), r)
}

func (m *machine) Overlapped(at isa.Mem) isa.Mem {
	base := numberOf(at.Base)
	if at.Scale != 0 {
		base = m.added(sum{base, numberOf(at.Index), log2(at.Scale), 0})
	}
	return isa.At(intOf(m.added(sum{base, m.overlap, 0, 0})), at.Disp)
}

func (m *machine) JumpUnlessWhole(label string) {
	m.emit(compareConst, int64(m.lanes()), "", m.tail)
	m.emit(conditions[isa.NE], 0, label)
}

// JumpUnlessHalf and HalfOf: Tile does not ask for halves.
func (m *machine) JumpUnlessHalf(string)    { panic("arm64: no loops of half a vector") }
func (m *machine) HalfOf(v isa.Vec) isa.Vec { panic("arm64: no loops of half a vector") }
