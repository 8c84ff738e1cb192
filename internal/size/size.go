// Package size multiplies the sizes of arrays, whose product may be more than an int holds
// or than Go can allocate.
package size

import (
	"math"
	"math/bits"
)

// mostBytes is more than one allocation can have: Go addresses 48 bits at most.
const mostBytes = min(math.MaxInt, 1<<48)

// Product multiplies sizes. It reports false if one is negative or the product of the sizes
// up to some point does not fit an int. The product of none is 1.
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

// Elements is [Product] for the sizes of an array that is to be allocated, whose elements
// have width bytes each. It also reports false if Go cannot address so many bytes.
func Elements(width uintptr, sizes ...int) (int, bool) {
	n, ok := Product(sizes...)
	if !ok || n > mostBytes/int(width) {
		return 0, false
	}
	return n, true
}

// Fits reports whether the rows of a matrix, cols elements each and stride elements from one
// start to the next, lie within length elements.
func Fits(length, rows, cols, stride int) bool {
	switch {
	case rows < 0 || cols < 0 || stride < 0:
		return false
	case rows == 0 || cols == 0:
		return true
	case rows > 1 && stride < cols:
		return false
	}
	hi, start := bits.Mul(uint(rows-1), uint(stride)) // of the last row
	return hi == 0 && cols <= length && start <= uint(length-cols)
}
