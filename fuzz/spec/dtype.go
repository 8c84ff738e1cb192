package spec

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/dd"
)

// DType names an element type at run time, in rows of [Table] and in benchmark
// names.
type DType uint8

const (
	F32  DType = iota // float32
	F64               // float64
	BF16              // kernels.BFloat16: of an operand, see [Param.Half]; no row has it
)

// String returns "f32", "f64" or "bf16".
func (d DType) String() string { return [...]string{F32: "f32", F64: "f64", BF16: "bf16"}[d] }

// Size returns the bytes of one element.
func (d DType) Size() int { return [...]int{F32: 4, F64: 8, BF16: 2}[d] }

// Max returns the largest finite number.
func (d DType) Max() float64 {
	return [...]float64{F32: math.MaxFloat32, F64: math.MaxFloat64, BF16: 0xFFp120}[d]
}

// Smallest returns the smallest number above 0, a subnormal one.
func (d DType) Smallest() float64 {
	return [...]float64{F32: math.SmallestNonzeroFloat32, F64: math.SmallestNonzeroFloat64, BF16: 0x1p-133}[d]
}

// Nearest returns the number of dtype d nearest to x, ties to even.
func (d DType) Nearest(x float64) float64 {
	switch d {
	case F32:
		return float64(float32(x))
	case BF16:
		return nearestBF16(x)
	}
	return x
}

// nearestBF16 rounds in float64, by the definition: 8 bits, and none below 2^-133.
func nearestBF16(x float64) float64 {
	if x != x || x == 0 || math.IsInf(x, 0) {
		return x
	}
	e := int(math.Float64bits(x)>>52&0x7FF) - 1023 // 2^e <= |x| < 2^(e+1), or |x| < 2^-1022
	e = max(e-7, -133)                             // of the last bit that stays
	if x = math.RoundToEven(x*power2(-e)) * power2(e); math.Abs(x) > BF16.Max() {
		return math.Inf(int(math.Copysign(1, x)))
	}
	return x
}

// power2 returns 2^e, a normal number.
func power2(e int) float64 { return math.Float64frombits(uint64(e+1023) << 52) }

// smallestNormal returns the smallest number of full precision.
func (d DType) smallestNormal() float64 {
	if d == F64 {
		return 0x1p-1022
	}
	return 0x1p-126
}

// Eps returns the distance from 1 to the next number: 2^-23, 2^-52 or 2^-7.
func (d DType) Eps() float64 { return [...]float64{F32: 0x1p-23, F64: 0x1p-52, BF16: 0x1p-7}[d] }

// round returns the number of dtype d nearest to x.
func (d DType) round(x dd.Num) float64 {
	if d == F32 {
		return float64(x.Float32())
	}
	return x.Float64()
}
