package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/freelist"
	"github.com/ashlar-go/ashlar/internal/minimax"
)

// The elementary functions.

// Exp computes y = e^x. Exp(-Inf) = 0, Exp(+Inf) = +Inf; results that overflow
// are +Inf, subnormal results are not flushed to 0. NaN gives NaN. The error is at most
// 1 ulp. y may be x itself; no other overlap is allowed.
func Exp[T Float](y, x []T) {
	if startMap("Exp", y, x); len(y) > maxCall {
		mapLong(expOf[T]{}, y, x)
		return
	}
	dispatchExp(Active(), y, x)
}

// Expm1 computes y = e^x - 1, accurate near 0. Expm1(-Inf) = -1, Expm1(±0) = ±0, and
// subnormal numbers give themselves. It overflows where [Exp] does; NaN gives NaN. The
// error is at most 2 ulp in float32, 1.5 in float64. y may be x itself; no other overlap
// is allowed.
func Expm1[T Float](y, x []T) {
	if startMap("Expm1", y, x); len(y) > maxCall {
		mapLong(expm1Of[T]{}, y, x)
		return
	}
	dispatchExpm1(Active(), y, x)
}

// Log computes the natural logarithm. Log(±0) = -Inf, Log(x < 0) = NaN,
// Log(+Inf) = +Inf, Log(NaN) = NaN. The error is at most 1 ulp. y may be x itself; no
// other overlap is allowed.
func Log[T Float](y, x []T) {
	if startMap("Log", y, x); len(y) > maxCall {
		mapLong(logOf[T]{}, y, x)
		return
	}
	dispatchLog(Active(), y, x)
}

// Log1p computes log(1 + x), accurate near 0. Log1p(-1) = -Inf, Log1p(x < -1) = NaN,
// Log1p(±0) = ±0, Log1p(+Inf) = +Inf, Log1p(NaN) = NaN. The error is at most 2 ulp in
// float32, 1.5 in float64. y may be x itself; no other overlap is allowed.
func Log1p[T Float](y, x []T) {
	if startMap("Log1p", y, x); len(y) > maxCall {
		mapLong(log1pOf[T]{}, y, x)
		return
	}
	dispatchLog1p(Active(), y, x)
}

// Sigmoid computes y = 1 / (1 + e^-x), with full relative accuracy at both ends.
// Sigmoid(-Inf) = 0, Sigmoid(+Inf) = 1; subnormal results are not flushed to 0. NaN gives
// NaN. The error is at most 1 ulp in float32, 1.5 in float64. y may be x itself; no other
// overlap is allowed.
func Sigmoid[T Float](y, x []T) {
	if startMap("Sigmoid", y, x); len(y) > maxCall {
		mapLong(sigmoidOf[T]{}, y, x)
		return
	}
	dispatchSigmoid(Active(), y, x)
}

// Tanh computes the hyperbolic tangent. Tanh(±0) = ±0, Tanh(±Inf) = ±1, Tanh(NaN) = NaN.
// The error is at most 1 ulp. y may be x itself; no other overlap is allowed.
func Tanh[T Float](y, x []T) {
	if startMap("Tanh", y, x); len(y) > maxCall {
		mapLong(tanhOf[T]{}, y, x)
		return
	}
	dispatchTanh(Active(), y, x)
}

// Erf computes the error function. Erf(±0) = ±0, Erf(±Inf) = ±1, Erf(NaN) = NaN. The
// error is at most 1 ulp in float32, 1.5 in float64. y may be x itself; no other overlap
// is allowed.
func Erf[T Float](y, x []T) {
	if startMap("Erf", y, x); len(y) > maxCall {
		mapLong(erfOf[T]{}, y, x)
		return
	}
	dispatchErf(Active(), y, x)
}

// Softplus computes y = log(1 + e^x). It is +Inf only for x = +Inf, and 0 for -Inf; NaN
// gives NaN. The error is at most 2 ulp in float32, 1.5 in float64. y may be x itself; no
// other overlap is allowed.
func Softplus[T Float](y, x []T) {
	if startMap("Softplus", y, x); len(y) > maxCall {
		mapLong(softplusOf[T]{}, y, x)
		return
	}
	dispatchSoftplus(Active(), y, x)
}

// Sqrt computes the correctly rounded square root. Sqrt(-0) = -0, Sqrt(x < 0) = NaN,
// Sqrt(+Inf) = +Inf, Sqrt(NaN) = NaN. y may be x itself; no other overlap is allowed.
func Sqrt[T Float](y, x []T) {
	if startMap("Sqrt", y, x); len(y) > maxCall {
		mapLong(sqrtOf[T]{}, y, x)
		return
	}
	dispatchSqrt(Active(), y, x)
}

// Rsqrt computes y = 1 / sqrt(x): a square root and a quotient, each correctly
// rounded, together within 1.5 ulp. Rsqrt(±0) = ±Inf, Rsqrt(+Inf) = 0, Rsqrt(x < 0) = NaN,
// Rsqrt(NaN) = NaN. y may be x itself; no other overlap is allowed.
func Rsqrt[T Float](y, x []T) {
	if startMap("Rsqrt", y, x); len(y) > maxCall {
		mapLong(rsqrtOf[T]{}, y, x)
		return
	}
	dispatchRsqrt(Active(), y, x)
}

// startMap checks the arguments and reports their accesses to the race detector.
func startMap[T Float](op string, y, x []T) {
	checkMap(op, y, x)
	raceRead(x)
	raceWrite(y)
}

func checkMap[T Float](op string, y, x []T) {
	checkLen(op, "y", len(y), len(x))
	checkInPlace(op, "y", "x", vectorView(y), vectorView(x))
}

// mapping is an elementary function for a call that goes through the pool. A short call names
// the function instead: the operands of an interface method escape.
type mapping[T Float] interface {
	apply(t Tier, y, x []T)
}

type (
	expOf[T Float]      struct{}
	expm1Of[T Float]    struct{}
	logOf[T Float]      struct{}
	log1pOf[T Float]    struct{}
	sigmoidOf[T Float]  struct{}
	tanhOf[T Float]     struct{}
	erfOf[T Float]      struct{}
	softplusOf[T Float] struct{}
	sqrtOf[T Float]     struct{}
	rsqrtOf[T Float]    struct{}
)

func (expOf[T]) apply(t Tier, y, x []T)      { dispatchExp(t, y, x) }
func (expm1Of[T]) apply(t Tier, y, x []T)    { dispatchExpm1(t, y, x) }
func (logOf[T]) apply(t Tier, y, x []T)      { dispatchLog(t, y, x) }
func (log1pOf[T]) apply(t Tier, y, x []T)    { dispatchLog1p(t, y, x) }
func (sigmoidOf[T]) apply(t Tier, y, x []T)  { dispatchSigmoid(t, y, x) }
func (tanhOf[T]) apply(t Tier, y, x []T)     { dispatchTanh(t, y, x) }
func (erfOf[T]) apply(t Tier, y, x []T)      { dispatchErf(t, y, x) }
func (softplusOf[T]) apply(t Tier, y, x []T) { dispatchSoftplus(t, y, x) }
func (sqrtOf[T]) apply(t Tier, y, x []T)     { dispatchSqrt(t, y, x) }
func (rsqrtOf[T]) apply(t Tier, y, x []T)    { dispatchRsqrt(t, y, x) }

// mapJob is a call on its way through the pool. A tile is a stretch.
type mapJob[T Float] struct {
	tier Tier
	f    mapping[T]
	y, x []T
}

var mapJobs freelist.Lists

// mapLong computes y = f(x) for vectors longer than maxCall.
func mapLong[T Float](f mapping[T], y, x []T) {
	share[T](&mapJobs, stretches(len(y)), mapJob[T]{Active(), f, y, x})
}

func (j *mapJob[T]) tile(i int) {
	lo, hi := stretch(i, len(j.y))
	j.f.apply(j.tier, j.y[lo:hi], j.x[lo:hi])
}

// ln is math.Log, right for subnormals too: on amd64 the assembly of math.Log (Go 1.26) takes
// their exponent field for that of a normal number.
func ln(x float64) float64 {
	if 0 < x && x < 0x1p-1022 {
		return math.Log(x*0x1p54) - 54*math.Ln2
	}
	return math.Log(x)
}

// expGeneric computes float32 with math.Exp and float64 as the assembly does, since math.Exp
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

// expm1 is e^x - 1. Above 40, where the 1 is below the precision, it is exp64: math.Expm1
// overflows a little too early, as math.Exp does.
func expm1(x float64) float64 {
	if x > 40 {
		return exp64(x)
	}
	return math.Expm1(x)
}

// power2 is 2^k for k in [-1022, 1023].
func power2(k int) float64 { return math.Float64frombits(uint64(k+1023) << 52) }

// mapGeneric computes y = f(x) in float64, rounded once to T.
func mapGeneric[T Float](y, x []T, f func(float64) float64) {
	for i, v := range x {
		y[i] = T(f(float64(v)))
	}
}

func expm1Generic[T Float](y, x []T)    { mapGeneric(y, x, expm1) }
func logGeneric[T Float](y, x []T)      { mapGeneric(y, x, ln) }
func log1pGeneric[T Float](y, x []T)    { mapGeneric(y, x, math.Log1p) }
func sigmoidGeneric[T Float](y, x []T)  { mapGeneric(y, x, sigmoid) }
func tanhGeneric[T Float](y, x []T)     { mapGeneric(y, x, tanh) }
func erfGeneric[T Float](y, x []T)      { mapGeneric(y, x, math.Erf) }
func softplusGeneric[T Float](y, x []T) { mapGeneric(y, x, softplus) }
func sqrtGeneric[T Float](y, x []T)     { mapGeneric(y, x, math.Sqrt) }

func rsqrtGeneric[T Float](y, x []T) {
	for i, v := range x {
		y[i] = 1 / T(math.Sqrt(float64(v)))
	}
}
