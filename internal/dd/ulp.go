package dd

import "math"

// ULP32 returns the error of got as an approximation of want, in units in the
// last place of float32: |got - want| / 2^(e-23) for 2^e <= |want| < 2^(e+1),
// with 2^-149, the spacing of subnormals, as the least unit. A correctly
// rounded result has an error of at most 0.5.
//
// If want is NaN or rounds to an infinity, the error is 0 when got is the same
// and +Inf otherwise. A NaN for a number is +Inf, and so is an infinity for a
// want that rounds to a finite number. The sign of a zero is not judged.
func ULP32(got float32, want Num) float64 {
	return ulp(float64(got), float64(want.Float32()), want, -149, 24)
}

// ULP64 is ULP32 for float64: the unit is 2^(e-52), at least 2^-1074.
func ULP64(got float64, want Num) float64 {
	return ulp(got, want.Float64(), want, -1074, 53)
}

// ulp returns the error of got in units of a format with the given precision
// and exponent of the smallest subnormal, in which want rounds to nearest.
func ulp(got, nearest float64, want Num, least, precision int) float64 {
	switch {
	case want.IsNaN() && got != got:
		return 0
	case want.IsNaN() || got != got:
		return math.Inf(1)
	case math.IsInf(nearest, 0) && got == nearest:
		return 0
	case math.IsInf(nearest, 0) || math.IsInf(got, 0):
		return math.Inf(1)
	}
	unit := max(binade(want)-precision, least)
	diff := Abs(Sub(Num{got, 0}, want))
	return Ldexp(diff, -unit).Float64()
}

// binade returns k with 2^(k-1) <= |x| < 2^k, and the least int of a float64
// exponent for 0.
func binade(x Num) int {
	if x.Hi == 0 {
		return -1074
	}
	m, k := frexp(Abs(x))
	if m.Hi == 0.5 && m.Lo < 0 {
		k--
	}
	return k
}
