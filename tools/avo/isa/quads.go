package isa

// Quads is integers of 8 bits, four in a lane of 32 bits, and what becomes of their sums. T is float32.
type Quads interface {
	// DotQuads: acc += the dot product of the four bytes of a, without signs, and those of b, with signs,
	// in each lane, for the sets that have an instruction for it. Others panic.
	DotQuads(a, b, acc Vec)

	// Where there is none, a and b are taken apart into their even and their odd bytes: two halves of a
	// lane each, without sign and with it. AddProducts: acc += the sum of the products of the two halves
	// of a and b. tmp is clobbered; where it is exact, products of a byte without sign and one from -127
	// to 127 are.
	EvenBytes(a, dst Vec)
	OddBytes(a, dst Vec)
	EvenSigned(b, dst Vec)
	OddSigned(b, dst Vec)
	AddProducts(a, b, tmp, acc Vec)

	IntMul(a, b Operand, dst Vec) // the lower half of the product of integers of 32 bits
	FromInt(a, dst Vec)           // integers of 32 bits with sign to float32, rounded to nearest
	StoreBytes(v Vec, m Mem)      // the lowest byte of each lane, which is from 0 to 255; v is clobbered
}
