package kernels

import "github.com/ashlar-go/ashlar/kernels/internal/operand"

// Overlap means that two operands share an element; package operand judges it exactly. A
// destination and a source must not overlap, unless they are the same elements.

// view is a matrix or vector in memory.
type view = operand.View

func matrixView[T any](s []T, rows, cols, ld int) view { return operand.Matrix(s, rows, cols, ld) }

func vectorView[T any](s []T) view { return operand.Vector(s) }

// meet reports whether the ranges of memory of two slices meet.
func meet[T any](s, t []T) bool { return operand.Meet(s, t) }

// checkApart panics if a destination shares an element with a source.
func checkApart(op, dst, src string, d, s view) {
	if d.Near(s) && d.Shares(s) {
		overlap(op, dst, src)
	}
}

// checkInPlace panics if a destination shares an element with a source, unless
// the two are the same elements in the same order.
func checkInPlace(op, dst, src string, d, s view) {
	if !d.Same(s) {
		checkApart(op, dst, src, d, s)
	}
}
