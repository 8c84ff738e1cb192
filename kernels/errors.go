package kernels

import (
	"fmt"
	"math"
	"math/bits"
	"unsafe"
)

// ShapeError is the value every kernel panics with when its arguments cannot
// describe a call: a slice too short, a negative size, a leading dimension
// smaller than a row, a flag out of range, operands that overlap. It is raised
// before anything is written. Recover it as an error:
//
//	var shape *kernels.ShapeError
//	if errors.As(err, &shape) { ... }
type ShapeError struct {
	Op   string // the function, such as "kernels.Gemm"
	Arg  string // the argument, such as "b"
	Got  int    // what it was
	Want int    // the least (or only) value that would do
	Msg  string // the sentence, without Op
}

// Error returns one line such as "kernels.Gemm: len(b) = 12, want >= 16".
func (e *ShapeError) Error() string { return e.Op + ": " + e.Msg }

// fail panics with a ShapeError whose message reads "<what> = got, want <rel> want".
//
//go:noinline
func fail(op, arg, what, rel string, got, want int) {
	panic(&ShapeError{Op: "kernels." + op, Arg: arg, Got: got, Want: want,
		Msg: fmt.Sprintf("%s = %d, want %s%d", what, got, rel, want)})
}

// checkSize panics unless the dimension called arg is at least 0.
func checkSize(op, arg string, n int) {
	if n < 0 {
		fail(op, arg, arg, ">= ", n, 0)
	}
}

// checkLen panics unless the vector called arg has exactly want elements.
func checkLen(op, arg string, got, want int) {
	if got != want {
		fail(op, arg, "len("+arg+")", "", got, want)
	}
}

// checkMatrix panics unless a slice of length n holds rows x cols elements whose
// rows start ld apart. An empty matrix needs no elements. The arithmetic cannot
// overflow, whatever the sizes. The leading dimension of arg is called ldArg, or
// "ld" and arg where that is empty.
func checkMatrix(op, arg, ldArg string, n, rows, cols, ld int) {
	if ld < max(1, cols) {
		if ldArg == "" {
			ldArg = "ld" + arg // joined here alone, since it allocates
		}
		fail(op, ldArg, ldArg, ">= ", ld, max(1, cols))
	}
	if rows == 0 || cols == 0 {
		return
	}
	over, last := bits.Mul(uint(rows-1), uint(ld))
	if n < cols || over != 0 || last > uint(n-cols) {
		fail(op, arg, "len("+arg+")", ">= ", n, extent(rows, cols, ld))
	}
}

// extent returns (rows-1)*ld + cols, the elements from the first to the last of
// a matrix, or the largest int where that does not fit.
func extent(rows, cols, ld int) int {
	if rows == 0 || cols == 0 {
		return 0
	}
	if rows > 1 && ld > (math.MaxInt-cols)/(rows-1) {
		return math.MaxInt
	}
	return (rows-1)*ld + cols
}

// view is a matrix as the overlap check sees it; a vector is one row. Sizes are in bytes,
// and its slice has been found long enough before. (A fifth member would send it through
// memory, where to copy it what was just written takes longer than the check.)
type view struct {
	addr           uintptr
	rows, cols, ld int
}

func matrixView[T Float](s []T, rows, cols, ld int) view {
	size := int(unsafe.Sizeof(T(0)))
	return view{uintptr(unsafe.Pointer(unsafe.SliceData(s))), rows, cols * size, ld * size}
}

func vectorView[T Float](s []T) view { return matrixView(s, 1, len(s), max(1, len(s))) }

// end is what follows the last element.
func (v view) end() uintptr {
	if v.rows <= 0 || v.cols <= 0 {
		return v.addr
	}
	return v.addr + uintptr((v.rows-1)*v.ld+v.cols)
}

// near reports whether the stretches of memory that two views reach over meet: the
// cheap test before shares.
func (v view) near(w view) bool { return v.addr < w.end() && w.addr < v.end() }

// shares reports whether two views of one element type have an element in
// common. Views with equal ld are judged exactly, so interleaved views of one
// matrix are legal; with different ld only disjoint or identical ranges can be
// told apart cheaply, and the rest passes.
func (v view) shares(w view) bool {
	if !v.near(w) {
		return false
	}
	if w.addr < v.addr {
		v, w = w, v
	}
	switch {
	case w.rows == 1:
		w.ld = v.ld
	case v.rows == 1:
		v.ld = w.ld
	}
	if v.ld != w.ld || v.cols > v.ld || w.cols > w.ld {
		return v.rows == 1 && w.rows == 1 || v.addr == w.addr
	}
	delta := int(w.addr - v.addr)
	q, r := delta/v.ld, delta%v.ld
	sameRow := r < v.cols && q < v.rows
	nextRow := r+w.cols > v.ld && q+1 < v.rows
	return sameRow || nextRow
}

// checkApart panics if a destination shares an element with a source.
func checkApart(op, dst, src string, d, s view) {
	if d.near(s) && d.shares(s) {
		overlap(op, dst, src)
	}
}

// checkInPlace panics if a destination shares an element with a source, unless
// the two are the same elements in the same order.
func checkInPlace(op, dst, src string, d, s view) {
	if d.addr == s.addr && (d.ld == s.ld || d.rows <= 1) {
		return
	}
	checkApart(op, dst, src, d, s)
}

//go:noinline
func overlap(op, dst, src string) {
	panic(&ShapeError{Op: "kernels." + op, Arg: dst, Msg: dst + " overlaps " + src})
}
