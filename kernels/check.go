package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/kernels/internal/operand"
)

// The checks that several families share: of sizes, lengths, leading dimensions and labels.
// Each panics with a ShapeError that names a parameter.

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

// checkAtLeast panics unless the slice called arg has want elements or more.
func checkAtLeast(op, arg string, got, want int) {
	if got < want {
		fail(op, arg, "len("+arg+")", ">= ", got, want)
	}
}

// checkLd panics unless ld >= max(1, cols) and some slice could hold rows rows that start ld
// apart.
func checkLd(op, ldArg string, rows, cols, ld int) {
	if ld < max(1, cols) {
		fail(op, ldArg, ldArg, ">= ", ld, max(1, cols))
	}
	if rows > 0 && cols > 0 && !holds(math.MaxInt, rows, cols, ld) {
		fail(op, ldArg, ldArg, "<= ", ld, (math.MaxInt-cols)/(rows-1))
	}
}

// checkMatrix panics unless a slice of length n holds a rows x cols matrix whose rows
// start ld apart. An empty matrix needs no elements. The arithmetic cannot overflow,
// whatever the sizes. ldArg is the name of the leading dimension; if it is empty, the
// name is "ld" + arg.
func checkMatrix(op, arg, ldArg string, n, rows, cols, ld int) {
	if ld < max(1, cols) {
		if ldArg == "" {
			ldArg = "ld" + arg // joined here alone, since it allocates
		}
		fail(op, ldArg, ldArg, ">= ", ld, max(1, cols))
	}
	if rows != 0 && cols != 0 && !holds(n, rows, cols, ld) {
		fail(op, arg, "len("+arg+")", ">= ", n, extent(rows, cols, ld))
	}
}

// checkRows checks a rows x cols matrix dst and a source of the same shape, which
// must not overlap.
func checkRows[T Float](op, dst, src string, rows, cols int, d []T, ldd int, s []T, lds int) {
	checkRowsInPlace(op, dst, src, rows, cols, d, ldd, s, lds)
	checkApart(op, dst, src, matrixView(d, rows, cols, ldd), matrixView(s, rows, cols, lds))
}

// checkRowsInPlace checks a rows x cols matrix dst and its source of the same
// shape, which may be dst itself.
func checkRowsInPlace[T Float](op, dst, src string, rows, cols int, d []T, ldd int, s []T, lds int) {
	checkSize(op, "rows", rows)
	checkSize(op, "cols", cols)
	checkMatrix(op, dst, "", len(d), rows, cols, ldd)
	checkMatrix(op, src, "", len(s), rows, cols, lds)
	if meet(d, s) {
		checkInPlace(op, dst, src, matrixView(d, rows, cols, ldd), matrixView(s, rows, cols, lds))
	}
}

// checkLabels panics unless each row has a label in [0, cols).
func checkLabels(op string, labels []int, rows, cols int) {
	checkLen(op, "labels", len(labels), rows)
	for _, l := range labels {
		if uint(l) >= uint(cols) {
			fail(op, "labels", "label", "in [0, cols), cols = ", l, cols)
		}
	}
}

// stored returns the shape in memory of an operand that is rows x cols in the
// product.
func stored(trans bool, rows, cols int) (int, int) { return operand.Stored(trans, rows, cols) }

// extent returns (rows-1)*ld + cols, the elements from the first to the last of a matrix, or
// the largest int where that does not fit.
func extent(rows, cols, ld int) int { return operand.Extent(rows, cols, ld) }

// holds reports whether n elements have room for a rows x cols matrix whose rows start ld
// apart. rows and cols are at least 1.
func holds(n, rows, cols, ld int) bool { return operand.Holds(n, rows, cols, ld) }
