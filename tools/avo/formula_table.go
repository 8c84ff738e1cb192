package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// lookupTable is sixteen float32, of which a permutation picks one for each lane.
type lookupTable struct {
	name   string
	values [16]float32
}

// entries is the index into tables, in the low four bits of each lane, and on AVX2 its
// highest bit as a mask.
type entries struct {
	index group
	upper group
}

// intervalOf is the index for numbers from 1 to 16, by exponent and the first two bits
// of the mantissa.
func (m *formula) intervalOf(x group) entries {
	m.c.Comment("i = exponent and two bits of the mantissa, the interval of x")
	e := entries{index: m.shiftRight(x, 21)}
	if !m.wide() {
		e.upper = m.shiftLeft(e.index, 28)
	}
	return e
}

// nearestTo is the index for x >= 0 up to 15.5 widths, that of the nearest multiple of the
// width. For larger x, and NaN, it has one of the bits beyondTable.
func (m *formula) nearestTo(width float64, x group) entries {
	m.c.Comment("i = the nearest integer in the low bits of x/width + magic")
	e := entries{index: m.mulPlus(x, m.k(1/width), m.k(m.magic()))}
	if !m.wide() {
		e.upper = m.shiftLeft(e.index, 28)
	}
	return e
}

// beyondTable is the bits of a float32 that are 0 from magic to magic + 15, and of which
// each number from magic + 16 on, +Inf and NaN have at least one.
const beyondTable = 0x34bffff0

// polyByTable is the polynomial whose center and coefficients the tables of a name hold.
func (m *formula) polyByTable(x group, i entries, name string, center [16]float32, coef [][16]float32) group {
	m.c.Comment("r = x - center[i], y = t0[i] + r*(t1[i] + r*(t2[i] + ...))")
	r := m.minus(x, m.entry(lookupTable{name + "_center", center}, i))
	n := len(coef) - 1
	y := m.entry(lookupTable{fmt.Sprintf("%s_%d", name, n), coef[n]}, i)
	for k := n - 1; k >= 0; k-- {
		m.horner(y, r, m.entry(lookupTable{fmt.Sprintf("%s_%d", name, k), coef[k]}, i))
	}
	return y
}

// entry is the value of a table for each lane: one permutation of a register, or a
// choice between permutations of the two halves.
func (m *formula) entry(t lookupTable, i entries) group {
	table := m.table(t)
	return m.each(func(v int, r reg.VecVirtual) {
		if m.wide() {
			from, ok := m.loaded[t.name]
			if !ok {
				from = m.vec()
				m.load(table, from, false)
			}
			m.c.VPERMPS(from, i.index[v], r)
			return
		}
		q := m.vec()
		m.c.VPERMPS(table, i.index[v], r)
		m.c.VPERMPS(table.Offset(32), i.index[v], q)
		m.blend(i.upper[v], q, r, r)
	})
}

// table is the place of a table in read-only memory.
func (m *formula) table(t lookupTable) Mem {
	var words []Constant
	for i := 0; i < len(t.values); i += 2 {
		lo, hi := math.Float32bits(t.values[i]), math.Float32bits(t.values[i+1])
		words = append(words, U64(uint64(hi)<<32|uint64(lo)))
	}
	for _, known := range m.tables {
		if known.name == t.name {
			return m.static(t.name, words...)
		}
	}
	m.tables = append(m.tables, t)
	return m.static(t.name, words...)
}

// loadTables keeps the tables of the body in registers, which AVX-512 has enough of. In
// memory they would lie across two cache lines.
func (m *formula) loadTables() {
	m.loaded = map[string]reg.VecVirtual{}
	if !m.wide() {
		return
	}
	for _, t := range m.tables {
		r := m.vec()
		m.load(m.table(t), r, false)
		m.loaded[t.name] = r
	}
}
