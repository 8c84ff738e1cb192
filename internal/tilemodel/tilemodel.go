// Package tilemodel computes in plain Go what the products of AMX compute, bit for bit, for tests.
//
// Source: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2, TDPBF16PS and TDPBUSD.
package tilemodel

import "math"

// Step is how many words a product of two tile registers adds to a sum at most.
const Step = 16

// DotPairs is what TDPBF16PS makes of one sum: a and b are the words of a row of its first operand and of
// a column of its second one, at most Step, each a pair of bfloat16 numbers, the term that comes first
// in the lower half.
//
// The products of the lower halves are added up from 0 in ascending order, each rounded once with its
// addition; so are those of the upper halves; the two sums are added, and the result is added to sum.
// All of it rounds to nearest even, whatever MXCSR says, takes subnormal operands for 0 and makes 0 of
// subnormal results.
func DotPairs(sum float32, a, b []uint32) float32 {
	var even, odd float32
	for p, x := range a {
		y := b[p]
		even = fma(math.Float32frombits(x<<16), math.Float32frombits(y<<16), even)
		odd = fma(math.Float32frombits(x&^0xffff), math.Float32frombits(y&^0xffff), odd)
	}
	return flush(flush(sum) + flush(even+odd))
}

// DotBytes is what TDPBUSD makes of one sum: the words of a are four unsigned bytes, those of b four
// signed ones, the term that comes first in the lowest byte. The sum is exact modulo 2^32.
func DotBytes(sum int32, a, b []uint32) int32 {
	for p, x := range a {
		for shift := 0; shift < 32; shift += 8 {
			sum += int32(uint8(x>>shift)) * int32(int8(b[p]>>shift))
		}
	}
	return sum
}

// flush makes 0 of a subnormal number, with its sign.
func flush(x float32) float32 {
	if bits := math.Float32bits(x); bits>>23&0xff == 0 {
		return math.Float32frombits(bits & (1 << 31))
	}
	return x
}

// fma is a*b + c, rounded once, without subnormal numbers.
func fma(a, b, c float32) float32 { return flush(fused(flush(a), flush(b), flush(c))) }

// fused is a*b + c, rounded once.
func fused(a, b, c float32) float32 {
	product, addend := float64(a)*float64(b), float64(c) // exact
	sum := product + addend
	if math.IsInf(sum, 0) || math.IsNaN(sum) {
		return float32(sum)
	}
	// Round to odd, so that the second rounding cannot go the wrong way. What the addition lost is exact
	// (Knuth, The Art of Computer Programming, volume 2, 4.2.2, theorem B).
	part := sum - product
	lost := (product - (sum - part)) + (addend - part)
	if bits := math.Float64bits(sum); lost != 0 && bits&1 == 0 {
		if (lost > 0) == (sum > 0) {
			bits++
		} else {
			bits--
		}
		sum = math.Float64frombits(bits)
	}
	return float32(sum)
}
