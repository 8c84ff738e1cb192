package gonumblas

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/kernels/internal/operand"
	"gonum.org/v1/gonum/blas"
)

// These are the texts that gonum panics with, without the prefix "blas: ". A panic of this
// package starts with the same words and adds the routine, the argument and its value.
const (
	zeroIncX = "zero x index increment"
	zeroIncY = "zero y index increment"

	mLT0  = "m < 0"
	nLT0  = "n < 0"
	kLT0  = "k < 0"
	kLLT0 = "kL < 0"
	kULT0 = "kU < 0"

	badUplo      = "illegal triangle"
	badTranspose = "illegal transpose"
	badDiag      = "illegal diagonal"
	badSide      = "illegal side"
	badFlag      = "illegal rotm flag"

	badLdA = "bad leading dimension of A"
	badLdB = "bad leading dimension of B"
	badLdC = "bad leading dimension of C"

	shortX  = "insufficient length of x"
	shortY  = "insufficient length of y"
	shortAP = "insufficient length of ap"
	shortA  = "insufficient length of a"
	shortB  = "insufficient length of b"
	shortC  = "insufficient length of c"
)

// routine is the name of a method, such as Dgemm. Its methods check an argument and panic with
// a *kernels.ShapeError if it is invalid. The package doc has the order of the checks.
type routine string

//go:noinline
func (r routine) fail(text, arg, what string, got, want int) {
	panic(&kernels.ShapeError{Op: "blas", Arg: arg, Got: got, Want: want,
		Msg: fmt.Sprintf("%s (%s: %s = %d, want >= %d)", text, string(r), what, got, want)})
}

//go:noinline
func (r routine) failFlag(text, arg, what string, flag int) {
	panic(&kernels.ShapeError{Op: "blas", Arg: arg, Got: flag,
		Msg: fmt.Sprintf("%s (%s: %s = %d)", text, string(r), what, flag)})
}

// transposed returns whether op(X) is X transposed.
func (r routine) transposed(arg string, t blas.Transpose) bool {
	switch t {
	case blas.NoTrans:
		return false
	case blas.Trans, blas.ConjTrans:
		return true
	}
	r.failFlag(badTranspose, arg, arg, int(t))
	return false
}

// upper returns whether the upper triangle is meant.
func (r routine) upper(u blas.Uplo) bool {
	if u != blas.Upper && u != blas.Lower {
		r.failFlag(badUplo, "ul", "ul", int(u))
	}
	return u == blas.Upper
}

// unit returns whether the diagonal consists of ones and is not stored.
func (r routine) unit(d blas.Diag) bool {
	if d != blas.Unit && d != blas.NonUnit {
		r.failFlag(badDiag, "d", "d", int(d))
	}
	return d == blas.Unit
}

// leftSide returns whether the special matrix is the left factor.
func (r routine) leftSide(s blas.Side) bool {
	if s != blas.Left && s != blas.Right {
		r.failFlag(badSide, "s", "s", int(s))
	}
	return s == blas.Left
}

// size checks a dimension.
func (r routine) size(text, arg string, n int) {
	if n < 0 {
		r.fail(text, arg, arg, n, 0)
	}
}

// ld checks the leading dimension of rows with cols elements.
func (r routine) ld(text, arg string, ld, cols int) {
	if ld < max(1, cols) {
		r.fail(text, arg, arg, ld, max(1, cols))
	}
}

// bandLd checks the leading dimension of rows with a+b+1 elements, whose sum may overflow.
func (r routine) bandLd(ld, a, b int) {
	if ld < 1 || a > ld-1-b {
		r.fail(badLdA, "lda", "lda", ld, saturate(a+b+1))
	}
}

// incX and incY check increments.
func (r routine) incX(inc int) {
	if inc == 0 {
		r.failFlag(zeroIncX, "incX", "incX", 0)
	}
}

func (r routine) incY(inc int) {
	if inc == 0 {
		r.failFlag(zeroIncY, "incY", "incY", 0)
	}
}

// matrix checks that length elements hold rows rows of cols elements, ld apart.
func (r routine) matrix(text, arg string, length, rows, cols, ld int) {
	if rows > 0 && cols > 0 && !operand.Holds(length, rows, cols, ld) {
		r.fail(text, arg, "len("+arg+")", length, operand.Extent(rows, cols, ld))
	}
}

// vector checks that length elements hold n of them, inc apart.
func (r routine) vector(text, arg string, length, n, inc int) {
	if n == 0 || inc == 1 && n <= length {
		return
	}
	if step := stepOf(inc); !operand.Holds(length, n, 1, step) {
		r.fail(text, arg, "len("+arg+")", length, operand.Extent(n, 1, step))
	}
}

// packed checks that length elements hold a triangle of order n.
func (r routine) packed(length, n int) {
	if want := operand.PackedLen(n); length < want {
		r.fail(shortAP, "ap", "len(ap)", length, want)
	}
}

// stepOf returns |inc|, and the largest int where |inc| overflows: with either, no second
// element fits.
func stepOf(inc int) int {
	if inc < 0 {
		return max(-inc, -(inc + 1))
	}
	return inc
}

// saturate returns sum, or the largest int if the sum of non-negative ints overflowed.
func saturate(sum int) int {
	if sum < 0 {
		return math.MaxInt
	}
	return sum
}
