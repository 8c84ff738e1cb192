package spec

import "math"

// The exact values of functions: at the zeros, the infinities and NaN, at the smallest
// numbers, at kinks, where a function reaches its limit and where it overflows or underflows.
// The sign of a zero counts.

// AnyFinite stands in a point for any result that is finite and not 0.
const AnyFinite = -math.MaxFloat64 / 3

// exactly is a list of points: the arguments of a function, then its exact results.
type exactly [][]float64

// odd returns the points of an odd function: those given, and f(-x) = -f(x) for each.
func odd(points ...[]float64) exactly {
	list := exactly(points)
	for _, p := range points {
		mirrored := make([]float64, len(p))
		for i, v := range p {
			if mirrored[i] = v; v != AnyFinite {
				mirrored[i] = -v
			}
		}
		list = append(list, mirrored)
	}
	return list
}

var (
	inf, nan = math.Inf(1), math.NaN()
	n0       = math.Copysign(0, -1)
)

// limits are the numbers of a dtype at which functions have exact values.
type limits struct {
	tiny, normal, max float64 // the smallest finite, the smallest of full precision, the largest
	low, lower        float64 // the smallest x with e^x > 0 in the dtype, and the next below
	high, higher      float64 // the largest x with e^x finite, and the next above
	one               float64 // sigmoid, tanh and erf are 1 from here on
	minusOne          float64 // e^x - 1 is -1 from here down
	none              float64 // a G(-a) underflows for every gate from here down
	ulp               float64 // the distance from 2 to the next finite
	rounded           func(float64) float64
}

var limits32 = limits{
	tiny: 0x1p-149, normal: 0x1p-126, max: math.MaxFloat32,
	low: -0x1.9fe368p6, lower: -0x1.9fe36ap6, high: 0x1.62e42ep6, higher: 0x1.62e430p6,
	one: 18, minusOne: -20, none: -111, ulp: 0x1p-22,
	rounded: func(v float64) float64 { return float64(float32(v)) },
}

var limits64 = limits{
	tiny: 0x1p-1074, normal: 0x1p-1022, max: math.MaxFloat64,
	low: -0x1.74910d52d3051p9, lower: -0x1.74910d52d3052p9,
	high: 0x1.62e42fefa39efp9, higher: 0x1.62e42fefa39f0p9,
	one: 38, minusOne: -40, none: -760, ulp: 0x1p-51,
	rounded: func(v float64) float64 { return v },
}

func limitsOf(d DType) *limits {
	if d == F32 {
		return &limits32
	}
	return &limits64
}
