package gonumblas

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels"
)

// region is what a routine references of an operand: rows in ascending order, each a
// stretch of memory. Row i has the columns from i-below to i+above, as far as there are any.
type region[T float] struct {
	a            []T
	form         storage
	upper        bool // if the rows are packed
	rows, cols   int
	below, above int
	shift        int // the place of column 0 in row 0, if banded
	ld           int // unless packed
}

func regionOf[T float](a []T, form storage, rows, cols, ld int) region[T] {
	return region[T]{a: a, form: form, rows: rows, cols: cols, below: rows, above: cols, ld: ld}
}

func matrixRegion[T float](a []T, rows, cols, ld int) region[T] {
	return regionOf(a, full, rows, cols, ld)
}

// vectorRegion is one row, or rows of one element.
func vectorRegion[T float](x []T, n, inc int) region[T] {
	if inc == 1 {
		return regionOf(x, full, 1, n, n)
	}
	return regionOf(x, full, n, 1, int(stepOf(inc)))
}

// bandRegion is the rows of a band matrix that reach into it.
func bandRegion[T float](a []T, rows, cols, below, above, ld int) region[T] {
	v := regionOf(a, banded, rows, cols, ld)
	v.below, v.above, v.shift = below, above, below
	return v
}

// triangleRegion is a triangle, without its diagonal where that is not stored.
func triangleRegion[T float](t *triangle[T], unit bool) region[T] {
	v := regionOf(t.a, t.form, t.n, t.n, t.ld)
	v.upper = t.upper
	if t.form == banded {
		v.below, v.above = t.k, t.k
	}
	inner := 0
	if unit {
		inner = -1
	}
	if t.upper {
		v.below = inner
		return v
	}
	v.above, v.shift = inner, v.below
	return v
}

// row returns where row i begins and ends in a.
func (v *region[T]) row(i int) (from, to int) {
	first, end := max(0, i-v.below), v.cols
	if v.above < v.cols-1-i {
		end = i + v.above + 1
	}
	place := i * v.ld // of column 0
	switch {
	case v.form == banded:
		place += v.shift - i
	case v.form == inRows && v.upper:
		place = i * (2*v.cols - i - 1) / 2
	case v.form == inRows:
		place = i * (i + 1) / 2
	}
	return place + first, place + end
}

// meets reports whether two regions have an element in common.
func (v *region[T]) meets(w *region[T]) bool {
	// One expression has both addresses, since slices on a stack may move in between.
	bytes := int(uintptr(unsafe.Pointer(unsafe.SliceData(w.a))) - uintptr(unsafe.Pointer(unsafe.SliceData(v.a))))
	distance := bytes / int(unsafe.Sizeof(T(0)))
	if v.clearOf(w, distance) || w.clearOf(v, -distance) {
		return false
	}
	for i, j := 0, 0; i < v.rows && j < w.rows; {
		from, to := v.row(i)
		wFrom, wTo := w.row(j)
		if max(from, distance+wFrom) < min(to, distance+wTo) {
			return true
		}
		if to <= distance+wTo {
			i++
		} else {
			j++
		}
	}
	return false
}

// clearOf reports, without a look at their rows, whether v lies beside w, which begins at
// that distance after it, in one matrix: LU and QR pass columns, rows and blocks of one.
func (v *region[T]) clearOf(w *region[T], distance int) bool {
	if v.form != full || w.form != full || distance < 0 {
		return false
	}
	ld := v.ld
	if v.rows == 1 {
		ld = w.ld
	}
	if w.rows > 1 && ld != w.ld || v.cols > ld || w.cols > ld {
		return false
	}
	row, col := distance/ld, distance%ld
	return (col >= v.cols || row >= v.rows) && (col+w.cols <= ld || row+1 >= v.rows)
}

// apart panics if the operand that is written has an element in common with another one.
// Callers ask overlaps first, which takes less and says no for slices of their own.
func apart[T float](r routine, out, in string, v, w region[T]) {
	if v.meets(&w) {
		panic(&kernels.ShapeError{Op: "blas", Arg: out, Msg: out + " overlaps " + in + " (" + string(r) + ")"})
	}
}
