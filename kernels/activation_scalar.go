package kernels

import "math"

// SELU constants of Klambauer et al., Self-Normalizing Neural Networks, 2017.
const (
	seluScale = 1.0507009873554804934193349852946
	seluAlpha = 1.6732632423543772848170429916717
)

// activation returns f(x) and f'(x) in float64, whose rounding to T is the value
// of the generic tier. NaN gives NaN for both. ReLU and leaky ReLU have loops of
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
		return math.Tanh(x), tanhDeriv(x)
	case kindELU:
		return elu(x, 1, float64(act.param()))
	case kindSELU:
		return elu(x, seluScale, seluAlpha)
	case kindGELU:
		return gelu(x)
	case kindGELUTanh:
		return geluTanh(x)
	case kindSiLU:
		return silu(x)
	case kindSoftplus:
		return softplus(x), sigmoid(x)
	case kindHardSigmoid:
		return clampSlope(x/6+0.5, 0, 1, 1.0/6)
	case kindHardTanh:
		return clampSlope(x, -1, 1, 1)
	case kindHardSwish:
		return hardSwish(x)
	}
	return x, 1
}

// derivFromMemo returns f'(x) from what forward kept: y = f(x) where
// act.FromOutput(), else the derivative itself.
func derivFromMemo(act Activation, y float64) float64 {
	switch act.kind() {
	case kindStep:
		return y * 0
	case kindSigmoid:
		return y * (1 - y)
	case kindTanh:
		return (1 - y) * (1 + y)
	case kindELU:
		if act.FromOutput() {
			return eluFromOutput(y, 1, float64(act.param()))
		}
	case kindSELU:
		return eluFromOutput(y, seluScale, seluAlpha)
	case kindSoftplus:
		return -math.Expm1(-y)
	case kindHardSigmoid:
		return insideSlope(y, 0, 1, 1.0/6)
	case kindHardTanh:
		return insideSlope(y, -1, 1, 1)
	}
	return y
}

func step(x float64) float64 {
	if x > 0 {
		return 1
	}
	return 0
}

// sigmoid computes 1/(1+exp(-x)) from an exponential that cannot overflow, so
// that the small end keeps its relative accuracy.
func sigmoid(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + exp64(-x))
	}
	e := exp64(x)
	return e / (1 + e)
}

// tanhDeriv is 1 - tanh(x)^2 = 1/cosh(x)^2, without the cancellation at large |x|.
func tanhDeriv(x float64) float64 {
	e := math.Exp(-2 * math.Abs(x))
	return 4 * e / ((1 + e) * (1 + e))
}

func elu(x, scale, alpha float64) (f, df float64) {
	if x > 0 {
		return scale * x, scale
	}
	return scale * alpha * math.Expm1(x), scale * alpha * math.Exp(x)
}

// eluFromOutput uses f'(x) = f(x) + scale*alpha for x <= 0.
func eluFromOutput(y, scale, alpha float64) float64 {
	switch {
	case y > 0:
		return scale
	case y <= 0:
		return y + scale*alpha
	}
	return y
}

func gelu(x float64) (f, df float64) {
	if math.IsInf(x, 0) {
		return max(x, 0), step(x)
	}
	phi := 0.5 * math.Erfc(-x/math.Sqrt2)
	return x * phi, phi + x*math.Exp(-x*x/2)/math.Sqrt(2*math.Pi)
}

func geluTanh(x float64) (f, df float64) {
	const cubic = 0.044715
	c := math.Sqrt(2 / math.Pi)
	if math.Abs(x) > 1e2 {
		return max(x, 0), step(x)
	}
	u := c * (x + cubic*x*x*x)
	s, r := sigmoid(2*u), sigmoid(-2*u) // (1 + tanh u) / 2 and its complement
	return x * s, s + x*2*s*r*c*(1+3*cubic*x*x)
}

func silu(x float64) (f, df float64) {
	if math.IsInf(x, 0) {
		return max(x, 0), step(x)
	}
	s := sigmoid(x)
	return x * s, s * (1 + x*sigmoid(-x))
}

func softplus(x float64) float64 {
	return max(x, 0) + math.Log1p(exp64(-math.Abs(x)))
}

func clampSlope(x, lo, hi, slope float64) (f, df float64) {
	return min(max(x, lo), hi), insideSlope(x, lo, hi, slope)
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
		return 0, 0
	case x >= 3:
		return x, 1
	}
	return x * (x/6 + 0.5), x/3 + 0.5
}
