package mat

import (
	"fmt"
	"math"
	"math/bits"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/size"
	"github.com/ashlar-go/ashlar/kernels"
)

// Dense is a row-major matrix: element i, j is Data[i*Stride+j]. The zero value is
// the empty matrix. No method touches the Stride-Cols elements between the end of a
// row and the start of the next.
type Dense[T kernels.Float] struct {
	Rows, Cols int
	Data       []T
	Stride     int // elements between the starts of two rows, at least max(1, Cols)
}

// New returns a rows x cols matrix of zeros.
func New[T kernels.Float](rows, cols int) Dense[T] {
	n, ok := size.Elements(unsafe.Sizeof(T(0)), rows, cols)
	if !ok {
		failSize("New", rows, cols)
	}
	return Dense[T]{Rows: rows, Cols: cols, Data: make([]T, n), Stride: max(1, cols)}
}

// Of returns the rows x cols matrix on data, which holds its elements row after row. It
// does not copy them. len(data) must be rows*cols.
func Of[T kernels.Float](rows, cols int, data []T) Dense[T] {
	n, ok := size.Product(rows, cols)
	if !ok {
		failSize("Of", rows, cols)
	}
	if len(data) != n {
		fail("Of", "data", len(data), n, "len(data) = %d, want %d", len(data), n)
	}
	return Dense[T]{Rows: rows, Cols: cols, Data: data, Stride: max(1, cols)}
}

// FromRows returns a new matrix with the given rows, which must have equal lengths.
func FromRows[T kernels.Float](rows ...[]T) Dense[T] {
	if len(rows) == 0 {
		return Dense[T]{}
	}
	m := New[T](len(rows), len(rows[0]))
	for i, r := range rows {
		if len(r) != m.Cols {
			fail("FromRows", "rows", len(r), m.Cols, "len(rows[%d]) = %d, want %d", i, len(r), m.Cols)
		}
		copy(m.Row(i), r)
	}
	return m
}

// At returns element i, j.
func (m Dense[T]) At(i, j int) T {
	m.checkIndex("At", i, j)
	return m.Data[m.place("At", i, j)]
}

// Set sets element i, j.
func (m Dense[T]) Set(i, j int, v T) {
	m.checkIndex("Set", i, j)
	m.Data[m.place("Set", i, j)] = v
}

// Row returns row i, which shares the memory of m. A row of no columns is empty.
func (m Dense[T]) Row(i int) []T {
	if uint(i) >= uint(m.Rows) {
		fail("Row", "i", i, m.Rows, "i = %d, want in [0, %d)", i, m.Rows)
	}
	if m.Cols == 0 { // Data is empty, and i*Stride may lie behind it
		return m.Data[:0:0]
	}
	if m.Cols < 0 {
		m.check("Row", "m")
	}
	last := m.place("Row", i, m.Cols-1)
	return m.Data[last+1-uint(m.Cols) : last+1 : last+1]
}

// place returns the index in Data of element i, j. It panics if there is none, as there can be in a
// Dense whose fields were set by hand.
func (m *Dense[T]) place(op string, i, j int) uint {
	at := m.start(i) + uint(j)
	if at >= uint(len(m.Data)) {
		fail(op, "m", len(m.Data), m.Rows, "m is %dx%d with stride %d, which does not fit its %d elements", m.Rows,
			m.Cols, m.Stride, len(m.Data))
	}
	return at
}

// start returns the index in Data at which row i begins. If i*Stride overflows, as it can in
// a Dense whose fields were set by hand, it returns an index beyond every slice.
func (m *Dense[T]) start(i int) uint {
	hi, lo := bits.Mul(uint(i), uint(m.Stride))
	if hi != 0 || lo > math.MaxInt {
		return math.MaxInt
	}
	return lo
}

// RowRange returns the view of rows lo to hi-1.
func (m Dense[T]) RowRange(lo, hi int) Dense[T] { return m.Sub(lo, hi, 0, m.Cols) }

// Sub returns the view of rows i0 to i1-1 and columns j0 to j1-1. Writing to it
// writes to m.
func (m Dense[T]) Sub(i0, i1, j0, j1 int) Dense[T] {
	m.check("Sub", "m")
	if i0 < 0 || i1 < i0 || i1 > m.Rows {
		fail("Sub", "i1", i1, m.Rows, "rows %d:%d of %d do not exist", i0, i1, m.Rows)
	}
	if j0 < 0 || j1 < j0 || j1 > m.Cols {
		fail("Sub", "j1", j1, m.Cols, "columns %d:%d of %d do not exist", j0, j1, m.Cols)
	}
	v := Dense[T]{Rows: i1 - i0, Cols: j1 - j0, Stride: m.Stride}
	if v.Rows > 0 && v.Cols > 0 {
		v.Data = m.Data[i0*m.Stride+j0 : (i1-1)*m.Stride+j1]
	}
	return v
}

// Contiguous reports whether the rows follow each other without gaps.
func (m Dense[T]) Contiguous() bool { return m.Rows <= 1 || m.Cols == m.Stride || m.Cols == 0 }

// RawData returns the Rows*Cols elements of a contiguous matrix as one slice that
// shares its memory.
func (m Dense[T]) RawData() []T {
	if m.Rows > 1 && m.Cols != m.Stride && m.Cols != 0 { // Contiguous, without a copy of m
		fail("RawData", "m", m.Stride, m.Cols,
			"the stride is %d, want %d, so that the rows form one slice", m.Stride, m.Cols)
	}
	hi, n := bits.Mul(uint(m.Rows), uint(m.Cols))
	if hi != 0 || n > uint(len(m.Data)) {
		m.check("RawData", "m")
	}
	return m.Data[:n]
}

// Copy copies src, which must have the shape of m, into m. The two may overlap, as two
// views of one matrix can: like Go's copy, Copy stores the elements that src had before.
func (m Dense[T]) Copy(src Dense[T]) {
	m.checkShape("Copy", "src", src)
	m.check("Copy", "m")
	src.check("Copy", "src")
	switch {
	case m.Rows == 0 || m.Cols == 0:
	case m.Contiguous() && src.Contiguous():
		copy(m.RawData(), src.RawData())
	default:
		copyRows(m, src)
	}
}

// copyRows is Copy of a matrix that has elements. A row that moves towards the start of the
// array overwrites only its own source and earlier ones, so the first pass copies such rows from
// the first to the last. The other rows overwrite only their own source and later ones, so the
// second pass copies them from the last to the first. Neither pass overwrites a source of the
// other: rows of a view share no elements, so if row i of dst begins before row i of src, it ends
// before row i+1 of src begins. The same holds in the other direction.
func copyRows[T kernels.Float](dst, src Dense[T]) {
	last := -1 // the last row that moves towards the end
	for i := range dst.Rows {
		if to, from := dst.Row(i), src.Row(i); after(to, from) {
			last = i
		} else {
			copy(to, from)
		}
	}
	for i := last; i >= 0; i-- {
		if to, from := dst.Row(i), src.Row(i); after(to, from) {
			copy(to, from)
		}
	}
}

// after reports whether x begins after the start of y in memory. Neither is empty.
func after[T kernels.Float](x, y []T) bool {
	return uintptr(unsafe.Pointer(&x[0])) > uintptr(unsafe.Pointer(&y[0]))
}

// Clone returns a contiguous copy of m, in memory of its own.
func (m Dense[T]) Clone() Dense[T] {
	m.check("Clone", "m")
	c := New[T](m.Rows, m.Cols)
	c.Copy(m)
	return c
}

// Fill sets every element to v.
func (m Dense[T]) Fill(v T) {
	m.check("Fill", "m")
	if m.Cols == 0 {
		return
	}
	for i := range m.Rows {
		row := m.Row(i)
		for j := range row {
			row[j] = v
		}
	}
}

// String returns the shape, such as "mat.Dense 2x3".
func (m Dense[T]) String() string { return fmt.Sprintf("mat.Dense %dx%d", m.Rows, m.Cols) }

func (m Dense[T]) checkIndex(op string, i, j int) {
	if uint(i) >= uint(m.Rows) || uint(j) >= uint(m.Cols) {
		fail(op, "i, j", i, m.Rows, "element %d, %d of a %dx%d matrix does not exist", i, j, m.Rows, m.Cols)
	}
}

func (m Dense[T]) checkShape(op, arg string, other Dense[T]) {
	if other.Rows != m.Rows || other.Cols != m.Cols {
		fail(op, arg, other.Rows, m.Rows, "%s is %dx%d, want %dx%d", arg, other.Rows, other.Cols, m.Rows,
			m.Cols)
	}
}

// check panics unless the rows of m lie within its Data and apart from each other.
func (m Dense[T]) check(op, arg string) {
	if !size.Fits(len(m.Data), m.Rows, m.Cols, m.Stride) {
		fail(op, arg, len(m.Data), m.Rows, "%s is %dx%d with stride %d, which does not fit its %d elements",
			arg, m.Rows, m.Cols, m.Stride, len(m.Data))
	}
}

// failSize panics with the reason why a rows x cols matrix cannot exist.
//
//go:noinline
func failSize(op string, rows, cols int) {
	switch {
	case rows < 0:
		fail(op, "rows", rows, 0, "rows = %d, want >= 0", rows)
	case cols < 0:
		fail(op, "cols", cols, 0, "cols = %d, want >= 0", cols)
	case rows > math.MaxInt/cols:
		fail(op, "rows", rows, math.MaxInt/cols, "%d x %d elements overflow an int", rows, cols)
	}
	fail(op, "rows", rows, 0, "%d x %d elements do not fit in memory", rows, cols)
}

// fail panics with a ShapeError of this package.
//
//go:noinline
func fail(op, arg string, got, want int, format string, args ...any) {
	panic(&kernels.ShapeError{Op: "mat." + op, Arg: arg, Got: got, Want: want,
		Msg: fmt.Sprintf(format, args...)})
}
