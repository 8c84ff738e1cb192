// Package size multiplies the sizes of arrays and reports products that overflow an int or
// that Go cannot allocate.
package size

import (
	"math"
	"math/bits"
)

// mostBytes is more than one allocation can have: Go addresses at most 48 bits.
const mostBytes = min(math.MaxInt, 1<<48)

// Product multiplies sizes. It reports false if a size is negative or if the product of the
// sizes from the first to any of them overflows an int. The product of no sizes is 1.
func Product(sizes ...int) (int, bool) {
	n := 1
	for _, d := range sizes {
		if d < 0 || (d > 0 && n > math.MaxInt/d) {
			return 0, false
		}
		n *= d
	}
	return n, true
}

// Elements is [Product] for the sizes of an array to allocate, with elements of width bytes
// each. It also reports false if Go cannot address that many bytes.
func Elements(width uintptr, sizes ...int) (int, bool) {
	n, ok := Product(sizes...)
	if !ok || n > mostBytes/int(width) {
		return 0, false
	}
	return n, true
}

// Fits reports whether the rows of a matrix lie within length elements and apart from each
// other. Each row has cols elements and begins stride elements after the one before it.
func Fits(length, rows, cols, stride int) bool {
	switch {
	case rows < 0 || cols < 0 || stride < 0:
		return false
	case rows == 0 || cols == 0:
		return true
	case rows > 1 && stride < cols:
		return false
	}
	hi, start := bits.Mul(uint(rows-1), uint(stride)) // where the last row begins
	return hi == 0 && cols <= length && start <= uint(length-cols)
}
