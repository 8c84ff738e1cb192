package operand

import (
	"math"
	"math/bits"
)

// Extent returns (rows-1)*ld + cols, the elements from the first to the last of a matrix, or
// the largest int where that does not fit. An empty matrix has none.
func Extent(rows, cols, ld int) int {
	if rows == 0 || cols == 0 {
		return 0
	}
	if rows > 1 && ld > (math.MaxInt-cols)/(rows-1) {
		return math.MaxInt
	}
	return (rows-1)*ld + cols
}

// Holds reports whether n elements have room for a rows x cols matrix whose rows start ld
// apart. rows and cols are at least 1. The arithmetic cannot overflow, whatever the sizes.
func Holds(n, rows, cols, ld int) bool {
	over, last := bits.Mul(uint(rows-1), uint(ld))
	return ld >= cols && over == 0 && n >= cols && last <= uint(n-cols)
}

// PackedLen returns n*(n+1)/2, the elements of a triangle of order n, or the largest int where
// that does not fit.
func PackedLen(n int) int {
	hi, lo := bits.Mul(uint(n), uint(n)+1)
	if half := hi<<(bits.UintSize-1) | lo>>1; hi <= 1 && half <= math.MaxInt {
		return int(half)
	}
	return math.MaxInt
}

// Stored returns the shape in memory of an operand X of which op(X) is rows x cols: op
// transposes it if trans is set.
func Stored(trans bool, rows, cols int) (int, int) {
	if trans {
		return cols, rows
	}
	return rows, cols
}
