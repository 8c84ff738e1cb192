package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/dd"
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

func expGeneric[T Float](y, x []T) { mapGeneric(y, x, expFull) }

// expFull computes e^x with an error below 1 ulp. math.Exp has more on amd64, where
// its assembly also overflows at 1023.5 ln 2 already (Go 1.26), and other bits on
// other architectures. With x = k ln 2 + r and r^2 P(r^2) the rational
// approximation of FreeBSD's e_exp.c (Sun Microsystems, 1993):
//
//	e^x = 2^k (1 + r + r c / (2 - c)),  c = r - r^2 P(r^2)
func expFull(x float64) float64 {
	const (
		ln2Hi, ln2Lo = 6.93147180369123816490e-01, 1.90821492927058770002e-10
		p1, p2, p3   = 1.66666666666666657415e-01, -2.77777777770155933842e-03, 6.61375632143793436117e-05
		p4, p5       = -1.65339022054652515390e-06, 4.13813679705723846039e-08
	)
	switch {
	case x != x:
		return x
	case x > 709.782712893383973096:
		return math.Inf(1)
	case x < -746:
		return 0
	}
	k := math.RoundToEven(math.Log2E * x)
	hi, lo := x-float64(k*ln2Hi), float64(k*ln2Lo)
	r := hi - lo
	t := float64(r * r)
	p := p4 + float64(t*p5)
	p = p3 + float64(t*p)
	p = p2 + float64(t*p)
	p = p1 + float64(t*p)
	c := r - float64(t*p)
	y := 1 - ((lo - float64(r*c)/(2-c)) - hi)
	return math.Ldexp(y, int(k))
}

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
