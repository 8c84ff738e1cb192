package spec

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/dd"
)

// DType names an element type at run time, in rows of [Table] and in benchmark
// names.
type DType uint8

const (
	F32 DType = iota // float32
	F64              // float64
)

// String returns "f32" or "f64".
func (d DType) String() string {
	if d == F32 {
		return "f32"
	}
	return "f64"
}

// Size returns the bytes of one element.
func (d DType) Size() int {
	if d == F32 {
		return 4
	}
	return 8
}

// Max returns the largest finite number.
func (d DType) Max() float64 {
	if d == F32 {
		return math.MaxFloat32
	}
	return math.MaxFloat64
}

// smallestNormal returns the smallest number of full precision.
func (d DType) smallestNormal() float64 {
	if d == F32 {
		return 0x1p-126
	}
	return 0x1p-1022
}

// Eps returns the distance from 1 to the next number: 2^-23 or 2^-52.
func (d DType) Eps() float64 {
	if d == F32 {
		return 0x1p-23
	}
	return 0x1p-52
}

// round returns the number of dtype d nearest to x.
func (d DType) round(x dd.Num) float64 {
	if d == F32 {
		return float64(x.Float32())
	}
	return x.Float64()
}
