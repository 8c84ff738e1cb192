package gonumblas

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"

	"gonum.org/v1/gonum/blas"
)

// The oracle: every operand is written out as a full matrix of float64, and the
// definition is computed by three loops. What a routine must not read holds NaN, what it
// must not write is compared bit by bit.

// dense is a full matrix with its magnitudes beside it, from which the tolerance comes.
type dense struct {
	rows, cols int
	v          []float64
}

func newDense(rows, cols int) dense { return dense{rows, cols, make([]float64, rows*cols)} }

func (d dense) at(i, j int) float64     { return d.v[i*d.cols+j] }
func (d dense) set(i, j int, v float64) { d.v[i*d.cols+j] = v }

func (d dense) transposed(yes bool) dense {
	if !yes {
		return d
	}
	t := newDense(d.cols, d.rows)
	for i := range d.rows {
		for j := range d.cols {
			t.set(j, i, d.at(i, j))
		}
	}
	return t
}

func (d dense) magnitudes() dense {
	m := newDense(d.rows, d.cols)
	for i, v := range d.v {
		m.v[i] = math.Abs(v)
	}
	return m
}

// combine returns alpha*a*b + beta*c, where a term with the factor 0 is not read. skip,
// unless nil, tells which elements of a are structural zeros.
func combine(alpha float64, a, b dense, beta float64, c dense, skip func(i, p int) bool) dense {
	out := newDense(a.rows, b.cols)
	for i := range a.rows {
		for j := range b.cols {
			sum, lost := 0.0, 0.0
			for p := 0; p < a.cols && alpha != 0; p++ {
				if skip == nil || !skip(i, p) {
					var rest float64
					sum, rest = addProduct(sum, a.at(i, p), b.at(p, j))
					lost += rest
				}
			}
			if isFinite(lost) {
				sum += lost
			}
			if alpha != 0 {
				sum *= alpha
			}
			if beta != 0 {
				sum += beta * c.at(i, j)
			}
			out.set(i, j, sum)
		}
	}
	return out
}

// addProduct returns sum + x*y and what rounding lost.
func addProduct(sum, x, y float64) (total, lost float64) {
	product := x * y
	total = sum + product
	back := total - sum
	return total, math.FMA(x, y, -product) + (sum - (total - back)) + (product - back)
}

// part says which elements of an operand are referenced.
type part uint8

const (
	whole part = iota
	upperPart
	lowerPart
	strictUpper // without the diagonal
	strictLower
)

func triangleOf(upper, unit bool) part {
	p := lowerPart
	if upper {
		p = upperPart
	}
	if unit {
		p += strictUpper - upperPart
	}
	return p
}

func (p part) has(i, j int) bool {
	switch p {
	case upperPart:
		return j >= i
	case lowerPart:
		return j <= i
	case strictUpper:
		return j > i
	case strictLower:
		return j < i
	}
	return true
}

// source makes operands.
type source struct {
	*rand.Rand
	special bool // zeros, NaN and infinities among the numbers
}

func (s source) value() float64 {
	if s.special {
		switch s.IntN(40) {
		case 0:
			return math.NaN()
		case 1:
			return math.Inf(1)
		case 2, 3, 4, 5, 6, 7, 8, 9:
			return 0
		}
	}
	return float64(float32(2*s.Float64() - 1))
}

// stored is an operand in memory: elements outside p, gaps and what follows are NaN.
type stored[T float] struct {
	rows, cols, ld int
	p              part
	data, before   []T
}

func store[T float](s source, rows, cols, gap int, p part) *stored[T] {
	m := &stored[T]{rows: rows, cols: cols, ld: max(1, cols+gap), p: p}
	m.data = make([]T, rows*m.ld+3)
	for i := range m.data {
		m.data[i] = T(math.NaN())
	}
	for i := range rows {
		for j := range cols {
			if p.has(i, j) {
				m.data[i*m.ld+j] = T(s.value())
			}
		}
	}
	m.before = append([]T(nil), m.data...)
	return m
}

// a returns the slice as short as the routine may expect it.
func (m *stored[T]) a() []T {
	if m.rows == 0 || m.cols == 0 {
		return nil
	}
	n := (m.rows-1)*m.ld + m.cols
	return m.data[:n:n]
}

// dominant makes the diagonal large, so that solutions are tame.
func (m *stored[T]) dominant() *stored[T] {
	for i := 0; i < m.rows && m.p <= lowerPart; i++ {
		m.data[i*m.ld+i] = T(4 + float64(i%3))
	}
	for i := range m.data { // the others small
		if r, c := i/m.ld, i%m.ld; r != c {
			m.data[i] /= T(m.rows)
		}
	}
	m.before = append([]T(nil), m.data...)
	return m
}

// dense returns the values before the call; elements outside p are 0, a diagonal that
// is not stored is 1.
func (m *stored[T]) dense() dense {
	d := newDense(m.rows, m.cols)
	for i := range m.rows {
		for j := range m.cols {
			switch {
			case m.p.has(i, j):
				d.set(i, j, float64(m.before[i*m.ld+j]))
			case i == j && m.p != whole:
				d.set(i, j, 1)
			}
		}
	}
	return d
}

// symmetric returns the symmetric matrix of which m holds a triangle.
func (m *stored[T]) symmetric() dense {
	d := m.dense()
	for i := range m.rows {
		for j := range i {
			if m.p == upperPart {
				d.set(i, j, d.at(j, i))
			} else {
				d.set(j, i, d.at(i, j))
			}
		}
	}
	return d
}

func epsilon[T float]() float64 {
	if unsafe.Sizeof(T(0)) == 4 {
		return 0x1p-23
	}
	return 0x1p-52
}

// same reports whether two values are equal, both NaN, or closer than tol.
func same(got, want, tol float64) bool {
	return got == want || got != got && want != want || math.Abs(got-want) <= tol
}

// expect compares the referenced elements with want, within tol*eps times the magnitude,
// and all others with what they were.
func (m *stored[T]) expect(t *testing.T, what string, want, scale dense, tol float64) {
	t.Helper()
	for k, v := range m.data {
		i, j := k/m.ld, k%m.ld
		if i >= m.rows || j >= m.cols || !m.p.has(i, j) {
			if !sameBits(v, m.before[k]) {
				t.Fatalf("%s: element (%d,%d), which is not part of the matrix, changed from %v to %v",
					what, i, j, m.before[k], v)
			}
			continue
		}
		if w := float64(T(want.at(i, j))); !same(float64(v), w, tol*epsilon[T]()*scale.at(i, j)) {
			t.Fatalf("%s: element (%d,%d) of %dx%d is %v, want %v +- %g", what, i, j, m.rows, m.cols, v, w,
				tol*epsilon[T]()*scale.at(i, j))
		}
	}
}

func (m *stored[T]) unchanged(t *testing.T, what string) {
	t.Helper()
	for k, v := range m.data {
		if !sameBits(v, m.before[k]) {
			t.Fatalf("%s: element %d of an input changed from %v to %v", what, k, m.before[k], v)
		}
	}
}

func sameBits[T float](a, b T) bool {
	return math.Float64bits(float64(a)) == math.Float64bits(float64(b)) || a != a && b != b
}

// vectorOf is a vector in memory with an increment and NaN between its elements.
type strided[T float] struct {
	n, inc       int
	data, before []T
}

func storeVector[T float](s source, n, inc int) *strided[T] {
	v := &strided[T]{n: n, inc: inc, data: make([]T, max(0, n-1)*abs(inc)+min(n, 1))}
	for i := range v.data {
		v.data[i] = T(math.NaN())
	}
	for i := range n {
		v.data[start(n, inc)+i*inc] = T(s.value())
	}
	v.before = append([]T(nil), v.data...)
	return v
}

func abs(n int) int { return max(n, -n) }

// dense returns the values before the call as one column.
func (v *strided[T]) dense() dense {
	d := newDense(v.n, 1)
	for i := range v.n {
		d.set(i, 0, float64(v.before[start(v.n, v.inc)+i*v.inc]))
	}
	return d
}

func (v *strided[T]) expect(t *testing.T, what string, want, scale dense, tol float64) {
	t.Helper()
	m := &stored[T]{rows: v.n, cols: 1, ld: 1, data: make([]T, v.n), before: make([]T, v.n)}
	for k := range v.data {
		if k%abs(v.inc) != 0 && !sameBits(v.data[k], v.before[k]) {
			t.Fatalf("%s: the gap at %d changed to %v", what, k, v.data[k])
		}
	}
	for i := range v.n {
		m.data[i] = v.data[start(v.n, v.inc)+i*v.inc]
	}
	m.expect(t, what, want, scale, tol)
}

var (
	bools   = []bool{false, true}
	factors = []struct{ alpha, beta float64 }{{1, 0}, {-0.75, 1}, {0.5, -2}, {0, 0.5}, {0, 0}}
)

func transpose(yes bool) blas.Transpose {
	if yes {
		return blas.Trans
	}
	return blas.NoTrans
}

func uplo(upper bool) blas.Uplo {
	if upper {
		return blas.Upper
	}
	return blas.Lower
}

func diag(unit bool) blas.Diag {
	if unit {
		return blas.Unit
	}
	return blas.NonUnit
}

func side(left bool) blas.Side {
	if left {
		return blas.Left
	}
	return blas.Right
}

// each runs f for both element types, with and without special values.
func each(t *testing.T, f32 func(*testing.T, source), f64 func(*testing.T, source)) {
	for _, special := range bools {
		s := source{rand.New(rand.NewPCG(5, 6)), special}
		t.Run(fmt.Sprintf("f32/special=%v", special), func(t *testing.T) { f32(t, s) })
		t.Run(fmt.Sprintf("f64/special=%v", special), func(t *testing.T) { f64(t, s) })
	}
}
