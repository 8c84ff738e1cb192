// Package dd is double-double arithmetic: a number is the unevaluated sum of
// two float64, about 106 significant bits. It is the number type of the test
// oracles, so it favours plain algorithms with known error bounds over speed
// and shares no polynomial with any kernel.
//
// The algorithms are those of
//
//   - T. J. Dekker, A floating-point technique for extending the available
//     precision, Numer. Math. 18 (1971): sums and products with their errors;
//   - Y. Hida, X. S. Li, D. H. Bailey, Algorithms for quad-double precision
//     floating point arithmetic, ARITH-15 (2001): division, square root,
//     elementary functions;
//   - M. Joldes, J.-M. Muller, V. Popescu, Tight and rigorous error bounds for
//     basic building blocks of double-word arithmetic, ACM TOMS 44 (2017): the
//     order of operations in Add and Mul, and their bounds.
//
// # Accuracy
//
// On the whole range of float64, arithmetic has a relative error below 2^-102
// and the functions one below 2^-98, which the tests demand against math/big
// (the worst they see is 2^-102.4, of Erf near 6). A number below about 2^-960 in
// magnitude has fewer bits, since Lo then falls under the smallest subnormal;
// every result is computed in the middle of the range and rounded into that
// region once, so Float64 is right there too.
//
// # Special values
//
// A number is what its Hi says when Hi is NaN, an infinity or a zero, and its
// Lo is then 0. NaN, infinities, signed zeros and overflow follow IEEE 754 and
// package math: Inf+1 is +Inf, 0*Inf is NaN, Log(-1) is NaN, Tanh(-0) is -0.
//
// Every product is an operand of math.FMA or rounded by an explicit conversion,
// float64(x*y). Without that, Go may fuse it with a sum even across statements,
// as it does on arm64, and the error terms would be wrong. Results are the same
// everywhere.
package dd

import "math"

// A Num is the number Hi + Lo. Every function of this package expects and
// returns a normalised Num: Hi is the float64 nearest to Hi+Lo. The zero value
// is 0.
type Num struct{ Hi, Lo float64 }

// FromFloat64 returns x, exactly. It serves float32 as well:
// FromFloat64(float64(f)).
func FromFloat64(x float64) Num { return Num{x, 0} }

// Float64 returns the float64 nearest to x, ties to even.
func (x Num) Float64() float64 {
	if x.Lo == 0 { // keeps -0, and Inf whatever sign Lo has
		return x.Hi
	}
	return x.Hi + x.Lo
}

// Float32 returns the float32 nearest to x, ties to even. It rounds once:
// float32(x.Float64()) would round twice and be wrong beside a tie.
func (x Num) Float32() float32 { return float32(x.odd()) }

// odd rounds x to float64 by rounding to odd: an inexact result has its last
// bit set. As float64 has at least two bits more than float32, rounding that
// to float32 equals rounding x itself (Boldo and Melquiond, Emulation of FMA
// and correctly rounded sums, IEEE TC 57, 2008).
func (x Num) odd() float64 {
	if x.Lo == 0 || math.Float64bits(x.Hi)&1 != 0 {
		return x.Hi
	}
	return math.Nextafter(x.Hi, math.Copysign(math.Inf(1), x.Lo))
}

// IsNaN reports whether x is not a number.
func (x Num) IsNaN() bool { return x.Hi != x.Hi }

// IsInf reports whether x is an infinity: +Inf for sign > 0, -Inf for
// sign < 0, either for sign == 0.
func (x Num) IsInf(sign int) bool { return math.IsInf(x.Hi, sign) }

// Neg returns -x.
func Neg(x Num) Num { return Num{-x.Hi, -x.Lo} }

// Abs returns |x|.
func Abs(x Num) Num {
	if math.Signbit(x.Hi) {
		return Neg(x)
	}
	return x
}

// Less reports whether x < y. It is false if either is NaN.
func Less(x, y Num) bool { return x.Hi < y.Hi || x.Hi == y.Hi && x.Lo < y.Lo }

// Cmp returns -1 if x < y, 0 if x == y and +1 if x > y. As in cmp.Compare, NaN
// equals NaN and is less than any number, and -0 equals 0.
func Cmp(x, y Num) int {
	switch {
	case Less(x, y) || x.IsNaN() && !y.IsNaN():
		return -1
	case Less(y, x) || y.IsNaN() && !x.IsNaN():
		return +1
	}
	return 0
}

// copysign returns x with the sign of s.
func copysign(x Num, s float64) Num {
	if math.Signbit(x.Hi) != math.Signbit(s) {
		return Neg(x)
	}
	return x
}

// finite reports whether v is neither NaN nor an infinity.
func finite(v float64) bool { return v-v == 0 }

// ordinary reports whether v is finite and not zero.
func ordinary(v float64) bool { return v != 0 && finite(v) }

// central reports whether v is so far from the ends of the range that a
// product or a quotient of two such numbers, and the errors of either, can
// neither overflow nor lose bits to underflow.
func central(v float64) bool { return 0x1p-450 < math.Abs(v) && math.Abs(v) < 0x1p+450 }
