package arm64

import (
	"math"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// Reduce swaps halves, then the lanes of each half, and combines.
func (m *machine) Reduce(op func(a, b isa.Operand, dst isa.Vec), r isa.Vec) {
	t := m.NewVec()
	m.op(ext8, t, r, r)
	op(r, t, r)
	if m.size == 4 {
		m.op(rev64, t, r)
		op(r, t, r)
	}
}

// Transpose joins the even and the odd lanes of neighbours, then those of words of 64 bits.
func (m *machine) Transpose(v []isa.Vec) []isa.Vec {
	if m.size == 8 {
		low, high := m.transposed(trn1[1], trn2[1], v[0], v[1])
		return []isa.Vec{low, high}
	}
	even0, odd0 := m.transposed(trn1[0], trn2[0], v[0], v[1])
	even2, odd2 := m.transposed(trn1[0], trn2[0], v[2], v[3])
	r0, r2 := m.transposed(trn1[1], trn2[1], even0, even2)
	r1, r3 := m.transposed(trn1[1], trn2[1], odd0, odd2)
	return []isa.Vec{r0, r1, r2, r3}
}

func (m *machine) transposed(low, high *opcode, a, b isa.Vec) (isa.Vec, isa.Vec) {
	x, y := m.NewVec(), m.NewVec()
	m.op(low, x, a, b)
	m.op(high, y, a, b)
	return x, y
}

// A table of sixteen float32 takes four registers in a row, in which one instruction looks up
// bytes. There are too few registers for all tables: they take turns in the last four.
const firstTable = 28

// LoadTables loads the constants with which NewIndex turns the index of an element into those of
// its bytes.
func (m *machine) LoadTables(tables []isa.Table) {
	if len(tables) > 0 {
		m.index = m.indexConstants()
	}
}

// indexConstants are 15, the sizes by which an index is multiplied in each byte, and the
// places of the bytes of an element.
func (m *machine) indexConstants() []int {
	var r []int
	for _, bits := range []uint32{15, 0x04040404, 0x03020100} {
		r = append(r, m.in(m.Vector32(bits), false))
	}
	return r
}

func (m *machine) NewIndex(low []isa.Vec) []isa.Index {
	k := m.index
	if k == nil {
		k = m.indexConstants()
	}
	index := make([]isa.Index, len(low))
	for i, v := range low {
		element, r := m.NewVec(), m.NewVec()
		m.op(and, element, vecOf(k[0]), v)
		m.op(mov, r, vecOf(k[2]))
		m.op(mla, r, element, vecOf(k[1]))
		index[i].Low = r
	}
	return index
}

func (m *machine) Lookup(t isa.Table, i isa.Index) isa.Vec {
	var registers [4]int
	for at := range registers {
		registers[at] = m.register(true, firstTable+at)
	}
	if m.table != t.Name {
		m.loadTable(t, registers)
	}
	r := m.NewVec()
	m.emit(tbl, 0, "", number(r), number(i.Low), registers[0], registers[1], registers[2], registers[3])
	return r
}

func (m *machine) loadTable(t isa.Table, registers [4]int) {
	words := make([]uint64, len(t.Values)/2)
	for i := range words {
		low, high := math.Float32bits(t.Values[2*i]), math.Float32bits(t.Values[2*i+1])
		words[i] = uint64(high)<<32 | uint64(low)
	}
	at := m.data.offset(m.data.put(4, words...).Data)
	for i, r := range registers {
		if offset := at + int64(i*vectorBytes); reaches(offset, vectorBytes) {
			m.emit(quad.load, offset, "", r, m.poolBase())
		} else {
			panic("arm64: a table is too far from the others")
		}
	}
	m.table = t.Name
}
