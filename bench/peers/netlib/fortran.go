//go:build linux && cgo

package main

import "C"

import (
	"unsafe"

	"gonum.org/v1/gonum/blas"

	"github.com/ashlar-go/ashlar/kernels/gonumblas"
)

var b gonumblas.Implementation

type (
	char = *C.char
	num  = *C.int
)

// transposed returns the opposite flag: a column-major matrix is the transpose of a row-major one.
func transposed(t char) blas.Transpose {
	if *t == 'N' || *t == 'n' {
		return blas.Trans
	}
	return blas.NoTrans
}

// same returns the flag unchanged.
func same(t char) blas.Transpose {
	if *t == 'N' || *t == 'n' {
		return blas.NoTrans
	}
	return blas.Trans
}

func otherTriangle(u char) blas.Uplo {
	if *u == 'U' || *u == 'u' {
		return blas.Lower
	}
	return blas.Upper
}

func otherSide(s char) blas.Side {
	if *s == 'L' || *s == 'l' {
		return blas.Right
	}
	return blas.Left
}

func diag(d char) blas.Diag {
	if *d == 'U' || *d == 'u' {
		return blas.Unit
	}
	return blas.NonUnit
}

// vector is a vector of n elements with an increment.
func vector[T any](p *T, n, inc num) []T {
	if *n <= 0 {
		return nil
	}
	step := int(*inc)
	if step < 0 {
		step = -step
	}
	return unsafe.Slice(p, 1+(int(*n)-1)*step)
}

// matrix is a row-major matrix; its rows are Fortran's columns.
func matrix[T any](p *T, rows, cols int, ld num) []T {
	if rows <= 0 || cols <= 0 {
		return nil
	}
	return unsafe.Slice(p, (rows-1)*int(*ld)+cols)
}

// packed is a packed triangle.
func packed[T any](p *T, n num) []T { return unsafe.Slice(p, int(*n)*(int(*n)+1)/2) }

// swapped returns the shape as stored of op(X), rows x cols, that is not transposed if flag
// says so.
func swapped(t blas.Transpose, rows, cols num) (int, int) {
	if t == blas.NoTrans {
		return int(*rows), int(*cols)
	}
	return int(*cols), int(*rows)
}

// order is the side of the triangle or symmetric matrix.
func order(s blas.Side, m, n num) int {
	if s == blas.Left {
		return int(*m)
	}
	return int(*n)
}

//export sdsdot_
func sdsdot_(n num, alpha *C.float, x *float32, incX num, y *float32, incY num) C.float {
	return C.float(b.Sdsdot(int(*n), float32(*alpha), vector(x, n, incX), int(*incX),
		vector(y, n, incY), int(*incY)))
}

//export dsdot_
func dsdot_(n num, x *float32, incX num, y *float32, incY num) C.double {
	return C.double(b.Dsdot(int(*n), vector(x, n, incX), int(*incX), vector(y, n, incY), int(*incY)))
}

// positive is the increment for a routine of one vector, where its sign does not matter.
func positive(inc num) int {
	if *inc < 0 {
		return -int(*inc)
	}
	return int(*inc)
}

// fill copies v to every element of y.
func fill[T any](n C.int, v T, y []T, inc int) {
	for i := range int(n) {
		y[i*inc] = v
	}
}
