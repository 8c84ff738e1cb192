package isa

// Pairs is words of 32 bits that hold two bfloat16 numbers each, in memory. T is float32.
type Pairs interface {
	// LowerTerms: dst = the numbers in the lower halves of the words at m, as float32. UpperTerms takes those
	// in the upper halves, whose bits upper has. As a factor, dst is that of the one word at m: see Factor.
	LowerTerms(m Mem, factor bool, dst Vec)
	UpperTerms(m Mem, factor bool, upper, dst Vec)
}
