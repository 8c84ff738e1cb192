package algo

import (
	"fmt"
	"slices"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// Tables of sixteen float32, of which an index picks one for each lane.

// intervalOf is the index for numbers from 1 to 16, by exponent and the first two bits
// of the mantissa.
func (m *formula) intervalOf(x group) []isa.Index {
	m.Comment("i = exponent and two bits of the mantissa, the interval of x")
	return m.NewIndex(m.shiftRight(x, 21))
}

// nearestTo is the index for x >= 0 up to 15.5 widths, that of the nearest multiple of the
// width. For larger x, and NaN, it has one of the bits beyondTable.
func (m *formula) nearestTo(width float64, x group) (i []isa.Index, bits group) {
	m.Comment("i = the nearest integer in the low bits of x/width + magic")
	bits = m.fma(x, m.k(1/width), m.k(m.magic()))
	return m.NewIndex(bits), bits
}

// beyondTable is the bits of a float32 that are 0 from magic to magic + 15, and of which
// each number from magic + 16 on, +Inf and NaN have at least one.
const beyondTable = 0x34bffff0

// polyByTable is the polynomial whose center and coefficients the tables of a name hold. first,
// unless nil, makes of the coefficients of degree 0, and of r, what takes their place.
func (m *formula) polyByTable(
	x group, i []isa.Index, name string, center [16]float32, coef [][16]float32, first func(t0, r group) group,
) group {
	m.Comment("r = x - center[i], y = t0[i] + r*(t1[i] + r*(t2[i] + ...))")
	r := m.minus(x, m.entry(isa.Table{Name: name + "_center", Values: center}, i))
	n := len(coef) - 1
	y := m.entry(isa.Table{Name: fmt.Sprintf("%s_%d", name, n), Values: coef[n]}, i)
	for k := n - 1; k >= 0; k-- {
		t := m.entry(isa.Table{Name: fmt.Sprintf("%s_%d", name, k), Values: coef[k]}, i)
		if k == 0 && first != nil {
			t = first(t, r)
		}
		m.horner(y, r, t)
	}
	return y
}

// entry is the value of a table for each lane.
func (m *formula) entry(t isa.Table, i []isa.Index) group {
	if !slices.ContainsFunc(m.tables, func(known isa.Table) bool { return known.Name == t.Name }) {
		m.tables = append(m.tables, t)
	}
	g := make(group, m.n)
	for v := range g {
		g[v] = m.Lookup(t, i[v])
	}
	return g
}
