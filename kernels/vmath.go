package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/internal/minimax"
)

// The elementary functions. Each takes dst first, wants equal lengths and may run
// in place (y and x the same slice); no other overlap is allowed. NaN gives NaN.

// Exp computes y = e^x. Exp(-Inf) = 0, Exp(+Inf) = +Inf; results that overflow
// are +Inf, subnormal results are not flushed to 0.
func Exp[T Float](y, x []T) { checkMap("Exp", y, x); exp(Active(), y, x) }

// Expm1 computes y = e^x - 1, accurate near 0. Expm1(-Inf) = -1, Expm1(±0) = ±0.
func Expm1[T Float](y, x []T) { checkMap("Expm1", y, x); mapGeneric(y, x, math.Expm1) }

// Log computes the natural logarithm. Log(0) = -Inf, Log(x < 0) = NaN,
// Log(+Inf) = +Inf.
func Log[T Float](y, x []T) { checkMap("Log", y, x); mapGeneric(y, x, ln) }

// Log1p computes log(1 + x), accurate near 0. Log1p(-1) = -Inf, Log1p(±0) = ±0.
func Log1p[T Float](y, x []T) { checkMap("Log1p", y, x); mapGeneric(y, x, math.Log1p) }

// Sigmoid computes y = 1 / (1 + e^-x), with full relative accuracy at both ends.
func Sigmoid[T Float](y, x []T) { checkMap("Sigmoid", y, x); mapGeneric(y, x, sigmoid) }

// Tanh computes the hyperbolic tangent. Tanh(±0) = ±0, Tanh(±Inf) = ±1.
func Tanh[T Float](y, x []T) { checkMap("Tanh", y, x); mapGeneric(y, x, math.Tanh) }

// Erf computes the error function. Erf(±0) = ±0, Erf(±Inf) = ±1.
func Erf[T Float](y, x []T) { checkMap("Erf", y, x); mapGeneric(y, x, math.Erf) }

// Softplus computes y = log(1 + e^x). It is +Inf only for x = +Inf.
func Softplus[T Float](y, x []T) { checkMap("Softplus", y, x); mapGeneric(y, x, softplus) }

// Sqrt computes the correctly rounded square root. Sqrt(-0) = -0, Sqrt(x < 0) = NaN.
func Sqrt[T Float](y, x []T) { checkMap("Sqrt", y, x); mapGeneric(y, x, math.Sqrt) }

func checkMap[T Float](op string, y, x []T) {
	checkLen(op, "y", len(y), len(x))
	checkInPlace(op, "y", "x", vectorView(y), vectorView(x))
	raceRead(x)
	raceWrite(y)
}

// exp is Exp on a given tier, unchecked.
func exp[T Float](t Tier, y, x []T) {
	for len(x) > 0 {
		n := min(len(x), maxCall)
		dispatchExp(t, y[:n], x[:n])
		y, x = y[n:], x[n:]
	}
}

// ln is math.Log, which loses subnormals on amd64: its assembly takes their
// exponent field at face value (Go 1.26).
func ln(x float64) float64 {
	if 0 < x && x < 0x1p-1022 {
		return math.Log(x*0x1p54) - 54*math.Ln2
	}
	return math.Log(x)
}

// expGeneric computes float32 in float64 and float64 as the assembly does: math.Exp
// overflows a little too early.
func expGeneric[T Float](y, x []T) {
	if isF32[T]() {
		mapGeneric(y, x, math.Exp)
		return
	}
	mapGeneric(y, x, exp64)
}

// exp64 is e^x in the order of operations that package minimax fixes.
func exp64(x float64) float64 {
	if x != x {
		return x
	}
	x = max(minimax.ExpMin64, min(minimax.ExpMax64, x))
	k := math.RoundToEven(float64(x * minimax.Log2E64))
	r := math.FMA(-k, minimax.Ln2Hi64, x)
	r = math.FMA(-k, minimax.Ln2Lo64, r)
	p := minimax.Exp64[len(minimax.Exp64)-1]
	for i := len(minimax.Exp64) - 2; i >= 0; i-- {
		p = math.FMA(p, r, minimax.Exp64[i])
	}
	h := int(k) >> 1
	return float64(p*power2(h)) * power2(int(k)-h)
}

// power2 is 2^k for k in [-1022, 1023].
func power2(k int) float64 { return math.Float64frombits(uint64(k+1023) << 52) }

// mapGeneric computes y = f(x) in float64, rounded once to T.
func mapGeneric[T Float](y, x []T, f func(float64) float64) {
	for i, v := range x {
		y[i] = T(f(float64(v)))
	}
}

func vmathLines() []line {
	ulp := func(max float64) Tol { return Tol{Kind: ULP, Max: max} }
	return []line{
		mapLine("Exp", ulp(1), ulp(1), dd.Exp, Exp[float32], Exp[float64], exp[float32], exp[float64]),
		mapLine("Expm1", ulp(1), ulp(1), dd.Expm1, Expm1[float32], Expm1[float64], nil, nil),
		mapLine("Log", ulp(1), ulp(1), dd.Log, Log[float32], Log[float64], nil, nil),
		mapLine("Log1p", ulp(1), ulp(1), dd.Log1p, Log1p[float32], Log1p[float64], nil, nil),
		mapLine("Sigmoid", ulp(1), ulp(2.5), dd.Sigmoid, Sigmoid[float32], Sigmoid[float64], nil, nil),
		mapLine("Tanh", ulp(1.5), ulp(2), dd.Tanh, Tanh[float32], Tanh[float64], nil, nil),
		mapLine("Erf", ulp(1), ulp(1), dd.Erf, Erf[float32], Erf[float64], nil, nil),
		mapLine("Softplus", ulp(1), ulp(2.5), dd.Softplus, Softplus[float32], Softplus[float64], nil, nil),
		mapLine("Sqrt", ulp(0.5), ulp(0.5), dd.Sqrt, Sqrt[float32], Sqrt[float64], nil, nil),
	}
}

// mapLine is the line of an elementwise function: its tolerance in each dtype, its
// oracle, the exported function, and the one on a given tier if there is assembly.
func mapLine(name string, tol32, tol64 Tol, f func(dd.Num) dd.Num, entry32 func(y, x []float32), entry64 func(y, x []float64),
	tier32 func(t Tier, y, x []float32), tier64 func(t Tier, y, x []float64)) line {
	return line{
		Row: Row{Kernel: name, Dims: "N", Tol: tol32, Bitwise: true, Ref: mapOracle(f),
			Params: []Param{vector("y", Out, Any, "x"), vector("x", In, Any)}},
		tol64:    &tol64,
		assembly: tier32 != nil,
		run:      [2]func(Tier, *Call){runMap(entry32, tier32), runMap(entry64, tier64)},
	}
}

func runMap[T Float](entry func(y, x []T), tier func(t Tier, y, x []T)) func(Tier, *Call) {
	return func(t Tier, c *Call) {
		if t == public || tier == nil {
			entry(slice[T](c, 0), slice[T](c, 1))
			return
		}
		tier(t, slice[T](c, 0), slice[T](c, 1))
	}
}
