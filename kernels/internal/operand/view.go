package operand

import "unsafe"

// A View is the memory of a matrix: rows of cols bytes that begin ld bytes apart. A vector is one
// row, whose ld is unused. The slice of a view has been found long enough, with ld >= cols, so
// its rows follow each other. (With a fifth member the compiler would pass views in memory, and
// loading what was just stored takes longer than the check.)
type View struct {
	start          unsafe.Pointer // no uintptr, since a stack may move between two views of it
	rows, cols, ld int
}

// Matrix returns the view of a matrix in s, whose sizes are in elements.
func Matrix[T any](s []T, rows, cols, ld int) View {
	size := int(unsafe.Sizeof(*new(T)))
	return View{unsafe.Pointer(unsafe.SliceData(s)), rows, cols * size, ld * size}
}

// Vector returns the view of all elements of s.
func Vector[T any](s []T) View { return Matrix(s, 1, len(s), max(1, len(s))) }

// Meet reports whether the ranges of memory of two slices meet.
func Meet[T any](s, t []T) bool {
	p, q := uintptr(unsafe.Pointer(unsafe.SliceData(s))), uintptr(unsafe.Pointer(unsafe.SliceData(t)))
	size := unsafe.Sizeof(*new(T))
	return p < q+uintptr(len(t))*size && q < p+uintptr(len(s))*size
}

func (v View) empty() bool { return v.rows <= 0 || v.cols <= 0 }

// span returns the number of bytes from the first to the last.
func (v View) span() int {
	if v.empty() {
		return 0
	}
	return (v.rows-1)*v.ld + v.cols
}

// after returns the bytes from the start of v to that of w.
func (v View) after(w View) int { return int(uintptr(w.start) - uintptr(v.start)) }

// Near reports whether the ranges of memory of two views meet. It takes two comparisons and
// comes before Shares. An empty view inside another one is near it.
func (v View) Near(w View) bool {
	a, b := uintptr(v.start), uintptr(w.start)
	return a < b+uintptr(w.span()) && b < a+uintptr(v.span())
}

// Same reports whether two views are the same elements in the same order.
func (v View) Same(w View) bool {
	return v.start == w.start && v.rows == w.rows && v.cols == w.cols && (v.ld == w.ld || v.rows <= 1)
}

// Shares reports whether two views have a byte in common. Views with equal ld, such as blocks
// of one matrix, take one division. Others take about two divisions for each row of the view
// with fewer rows.
func (v View) Shares(w View) bool {
	if !v.Near(w) || v.empty() || w.empty() {
		return false
	}
	if v.rows == 1 && w.rows == 1 {
		return true
	}
	if v.after(w) < 0 {
		v, w = w, v
	}
	ld := v.ld
	if v.rows == 1 {
		ld = w.ld
	}
	if w.rows > 1 && ld != w.ld || v.cols > ld || w.cols > ld {
		a, b := v.Region(), w.Region()
		return a.walk(&b)
	}
	row, col := v.after(w)/ld, v.after(w)%ld // where w begins in v
	return col < v.cols && row < v.rows || col+w.cols > ld && row+1 < v.rows
}
