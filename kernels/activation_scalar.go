package kernels

import (
	"math"
	"runtime"

	"github.com/ashlar-go/ashlar/internal/minimax"
)

// SELU constants of Klambauer et al., Self-Normalizing Neural Networks, 2017.
const (
	seluScale = 1.0507009873554804934193349852946
	seluAlpha = 1.6732632423543772848170429916717
)

// seluBottom is the negative of the limit of SELU at -Inf: a product of numbers in float64.
func seluBottom() float64 {
	scale, alpha := seluScale, seluAlpha
	return scale * alpha
}

func activateGeneric[T Float](act Activation, y, x []T) {
	for i, v := range x {
		f, _ := activation(act, float64(v))
		y[i] = T(f)
	}
}

func activateGradGeneric[T Float](act Activation, y, d, x []T) {
	for i, v := range x {
		f, df := activation(act, float64(v))
		y[i], d[i] = T(f), T(df)
	}
}

func activateBackwardGeneric[T Float](act Activation, dx, dy, memo []T) {
	for i, g := range dy {
		dx[i] = T(g * T(derivFromMemo(act, float64(memo[i]))))
	}
}

// activation returns f(x) and f'(x) in float64, whose rounding to T is the value
// of the generic tier. NaN gives NaN for both. ReLU, ELU and their kin have loops of
// their own and do not come here.
func activation(act Activation, x float64) (f, df float64) {
	if math.IsNaN(x) {
		return x, x
	}
	switch act.kind() {
	case kindStep:
		return step(x), 0
	case kindSigmoid:
		s := sigmoid(x)
		return s, s * sigmoid(-x)
	case kindTanh:
		return tanh(x), tanhDeriv(x)
	case kindGELU:
		return gelu(x)
	case kindGELUTanh:
		return geluTanh(x)
	case kindSiLU:
		return silu(x)
	case kindSoftplus:
		return softplus(x), sigmoid(x)
	case kindHardSigmoid:
		y := min(max(x+3, 0), 6) * (1.0 / 6) // exactly 0 and 1 at the kinks
		return y, insideSlope(y, 0, 1, 1.0/6)
	case kindHardTanh:
		return min(max(x, -1), 1), insideSlope(x, -1, 1, 1)
	case kindHardSwish:
		return hardSwish(x)
	}
	return x, 1
}

// derivFromMemo returns f'(x) from what forward kept: y = f(x) where
// act.FromOutput(), else the derivative itself.
func derivFromMemo(act Activation, y float64) float64 {
	switch act.kind() {
	case kindSigmoid:
		return y * (1 - y)
	case kindTanh:
		return (1 - y) * (1 + y)
	case kindSoftplus:
		return -math.Expm1(-y)
	}
	return y
}

func step(x float64) float64 {
	if x > 0 {
		return 1
	}
	return 0
}

// sigmoid computes 1/(1+exp(-x)) from an exponential that cannot overflow, so that
// the small end keeps its relative accuracy, and takes back what the exponential and
// the sum lost in rounding.
func sigmoid(x float64) float64 {
	e, lost := expWithRest(-math.Abs(x))
	d := 1 + e
	y := 1 / d
	fix := math.FMA(-d, y, 1) - float64(y*(lost+(e-(d-1))))
	if math.Signbit(x) {
		return math.FMA(e, math.FMA(y, fix, y), y*lost)
	}
	return math.FMA(y, fix, y)
}

// expWithRest returns e^x for x <= 0 and what it lost in rounding, as far as numbers
// are normal.
func expWithRest(x float64) (y, rest float64) {
	if x != x {
		return x, x
	}
	x = max(minimax.ExpMin64, x)
	k := math.RoundToEven(float64(x * minimax.Log2E64))
	hi := math.FMA(-k, minimax.Ln2Hi64, x)
	r := math.FMA(-k, minimax.Ln2Lo64, hi)
	p := minimax.Exp64[len(minimax.Exp64)-1]
	for i := len(minimax.Exp64) - 2; i >= 2; i-- {
		p = math.FMA(p, r, minimax.Exp64[i])
	}
	w := math.FMA(float64(r*r), p, -float64(k*minimax.Ln2Lo64))
	h := 1 + hi
	rest = (hi - (h - 1)) + w
	p = h + rest
	rest -= p - h
	half := int(k) >> 1
	scale := power2(half)
	return float64(p*scale) * power2(int(k)-half), float64(rest*scale) * power2(int(k)-half)
}

// tanh is math.Tanh but where that has errors above an ulp. On s390x that is everywhere: package math has
// assembly there.
func tanh(x float64) float64 {
	if a := math.Abs(x); !(0.5 <= a && a < 2) && runtime.GOARCH != "s390x" {
		return math.Tanh(x)
	}
	return tanhOwn(x)
}

// tanhOwn is the quotient (1-e)/(1+e) with e = e^(-2|x|), or 1 - q with q = 2e/(1+e), and takes back what the
// exponential, the sum, the quotient and the difference lost in rounding. Near 0, where 1-e has too few
// digits, it is the series x - x^3/3 + 2x^5/15 - ... up to x^13.
func tanhOwn(x float64) float64 {
	a := math.Abs(x)
	if !(a >= 1.0/16) {
		s := float64(a * a)
		p := 21844.0 / 6081075
		for _, c := range []float64{-1382.0 / 155925, 62.0 / 2835, -17.0 / 315, 2.0 / 15, -1.0 / 3} {
			p = math.FMA(p, s, c)
		}
		return math.Copysign(math.FMA(a, float64(s*p), a), x)
	}
	e, lost := expWithRest(-2 * a)
	d := 1 + e
	lostD := lost + (e - (d - 1))
	if a < 0.5 {
		n := 1 - e
		y := n / d
		fix := math.FMA(-d, y, n) + (1 - n - e - lost) - float64(y*lostD)
		return math.Copysign(y+fix/d, x)
	}
	q := 2 * e / d
	fix := (math.FMA(-d, q, 2*e) + 2*lost - float64(q*lostD)) / d
	y := 1 - q
	return math.Copysign(y+((1-y)-q-fix), x)
}

// tanhDeriv is 1 - tanh(x)^2 = 1/cosh(x)^2, without the cancellation at large |x|.
func tanhDeriv(x float64) float64 {
	e := math.Exp(-2 * math.Abs(x))
	return 4 * e / ((1 + e) * (1 + e))
}

func eLUGeneric[T Float](y, x []T, scale, bottom T) {
	for i, v := range x {
		f, _ := elu(float64(v), float64(scale), float64(bottom))
		y[i] = T(f)
	}
}

func eLUGradGeneric[T Float](y, d, x []T, scale, bottom T) {
	for i, v := range x {
		f, df := elu(float64(v), float64(scale), float64(bottom))
		y[i], d[i] = T(f), T(df)
	}
}

func eLUBackwardGeneric[T Float](dx, dy, y []T, scale, bottom T) {
	for i, g := range dy {
		dx[i] = T(g * T(eluFromOutput(float64(y[i]), float64(scale), float64(bottom))))
	}
}

// elu is scale*x above 0, where -0 belongs, and bottom*(e^x - 1) below.
func elu(x, scale, bottom float64) (f, df float64) {
	switch {
	case x > 0:
		return scale * x, scale
	case x == 0:
		return scale * x, bottom
	}
	return bottom * math.Expm1(x), bottom * exp64(x)
}

// eluFromOutput uses f'(x) = f(x) + bottom for x <= 0.
func eluFromOutput(y, scale, bottom float64) float64 {
	switch {
	case y > 0:
		return scale
	case y <= 0:
		return y + bottom
	}
	return y
}

// farOut is what x G(x) and its derivative are where G is 0 or 1: -0 at the lower end, where
// both come from below 0.
func farOut(x float64) (f, df float64) {
	if x > 0 {
		return x, 1
	}
	zero := math.Copysign(0, -1)
	return zero, zero
}

// gelu corrects for what the argument of erfc and the square lose in rounding: erfc(z + e) is about
// erfc(z) - 2/sqrt(pi) e^(-z^2) e.
func gelu(x float64) (f, df float64) {
	if math.Abs(x) > 38.6 {
		return farOut(x)
	}
	square := float64(x * x)
	density := math.Exp(-square/2) * (1 - math.FMA(x, x, -square)/2) / math.Sqrt(2*math.Pi)
	const root, rootLo = math.Sqrt2, -9.667293313452913e-17 // sqrt 2 without rounding
	z := -x / root
	lost := -(math.FMA(z, root, x) + float64(z*rootLo))
	phi := 0.5*math.Erfc(z) - float64(density*lost)
	return x * phi, phi + float64(x*density)
}

func geluTanh(x float64) (f, df float64) {
	const cubic = 0.044715
	c := math.Sqrt(2 / math.Pi)
	if math.Abs(x) > 22 {
		return farOut(x)
	}
	u := c * (x + float64(cubic*x*x*x))
	s, r := sigmoid(2*u), sigmoid(-2*u) // (1 + tanh u) / 2 and its complement
	return x * s, s + float64(x*2*s*r*c*(1+float64(3*cubic*x*x)))
}

func silu(x float64) (f, df float64) {
	if math.IsInf(x, 0) {
		return farOut(x)
	}
	s := sigmoid(x)
	return x * s, s * (1 + float64(x*sigmoid(-x)))
}

func softplus(x float64) float64 {
	e, lost := expWithRest(-math.Abs(x))
	y := math.Log1p(e)
	lost /= 1 + e
	if x <= 0 {
		return y + lost
	}
	if math.IsInf(x, 1) {
		return x
	}
	large, small := max(x, y), min(x, y)
	s := large + small
	return s + (small - (s - large) + lost)
}

func insideBackwardGeneric[T Float](dx, dy, y []T, lo, hi, slope T) {
	for i, g := range dy {
		dx[i] = T(g * T(insideSlope(float64(y[i]), float64(lo), float64(hi), float64(slope))))
	}
}

func storedBackwardGeneric[T Float](dx, dy, d []T) {
	for i, g := range dy {
		dx[i] = T(g * d[i])
	}
}

func insideSlope(x, lo, hi, slope float64) float64 {
	switch {
	case x > lo && x < hi:
		return slope
	case x <= lo || x >= hi:
		return 0
	}
	return x
}

func hardSwish(x float64) (f, df float64) {
	switch {
	case x <= -3:
		return math.Copysign(0, -1), 0
	case x >= 3:
		return x, 1
	}
	return x * ((x + 3) * (1.0 / 6)), x/3 + 0.5
}
