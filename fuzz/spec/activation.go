package spec

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/kernels"
)

// activationCase is a case of the activation kernels in the table with its exact values.
type activationCase struct {
	act    kernels.Activation
	stored bool // backward reads the derivative, not the output
	// errors are the bounds of the errors of Activate and ActivateGrad, by DType.
	errors [2]float64
	// values are the points x, f(x), f'(x). backward are points dy, memo, dx besides those that
	// follow from values for dy = 1.
	values, backward func(*limits) exactly
}

var activationCases = []activationCase{
	{act: kernels.ActIdentity, errors: [2]float64{0, 0},
		values: func(l *limits) exactly {
			return exactly{{-inf, -inf, 1}, {-l.tiny, -l.tiny, 1}, {n0, n0, 1}, {0, 0, 1}, {inf, inf, 1},
				{nan, nan, nan}}
		},
		backward: func(l *limits) exactly {
			return exactly{{n0, 1, n0}, {inf, 0, inf}, {nan, 1, nan}}
		}},
	{act: kernels.ActStep, errors: [2]float64{0, 0},
		values: func(l *limits) exactly {
			return exactly{{-inf, 0, 0}, {-l.tiny, 0, 0}, {n0, 0, 0}, {0, 0, 0}, {l.tiny, 1, 0}, {inf, 1, 0},
				{nan, nan, nan}}
		},
		backward: func(l *limits) exactly {
			return exactly{{n0, 1, n0}, {2, 1, 0}, {inf, 1, nan}, {0, nan, nan}}
		}},
	{act: kernels.ActSigmoid, errors: [2]float64{0.76, 1.05},
		values: func(l *limits) exactly {
			return exactly{{-inf, 0, 0}, {l.none, 0, 0}, {n0, 0.5, 0.25}, {0, 0.5, 0.25}, {inf, 1, 0},
				{nan, nan, nan}}
		},
		backward: func(l *limits) exactly {
			return exactly{{n0, 0.5, n0}, {inf, 1, nan}, {0, nan, nan}, {1, l.tiny, l.tiny},
				{nan, 0.5, nan}}
		}},
	{act: kernels.ActTanh, errors: [2]float64{0.85, 1.5},
		values: func(l *limits) exactly {
			return exactly{{-inf, -1, 0}, {-l.max, -1, 0}, {n0, n0, 1}, {0, 0, 1}, {-l.tiny, -l.tiny, 1},
				{l.tiny, l.tiny, 1}, {l.max, 1, 0}, {inf, 1, 0}, {nan, nan, nan}}
		},
		backward: func(l *limits) exactly {
			return exactly{{n0, 0.5, n0}, {inf, -1, nan}, {0, nan, nan}, {nan, 0.5, nan}}
		}},
	{act: kernels.ActReLU, errors: [2]float64{0, 0},
		values: func(l *limits) exactly {
			return exactly{{-inf, 0, 0}, {-l.tiny, 0, 0}, {n0, n0, 0}, {0, 0, 0}, {l.tiny, l.tiny, 1},
				{inf, inf, 1}, {nan, nan, nan}}
		},
		backward: func(l *limits) exactly {
			return exactly{{n0, 1, n0}, {inf, 0, 0}, {nan, 0, 0}, {nan, n0, 0}, {nan, 1, nan},
				{inf, l.tiny, inf}}
		}},
	{act: kernels.ActLeakyReLU(0.01), errors: [2]float64{0.51, 0.51},
		values: func(l *limits) exactly {
			slope := l.rounded(leakySlope)
			return exactly{{-inf, -inf, slope}, {-1, -slope, slope}, {-l.tiny, n0, slope}, {n0, n0, slope},
				{0, 0, slope}, {l.tiny, l.tiny, 1}, {inf, inf, 1}, {nan, nan, nan}}
		},
		backward: func(l *limits) exactly {
			return exactly{{n0, 1, n0}, {1, -1, l.rounded(leakySlope)}, {-inf, -1, -inf}, {nan, 0, nan},
				{nan, 1, nan}}
		}},
	{act: kernels.ActLeakyReLU(-0.5), errors: [2]float64{0.51, 0.51}, stored: true,
		values: func(l *limits) exactly {
			return exactly{{-inf, inf, -0.5}, {-1, 0.5, -0.5}, {-l.tiny, 0, -0.5}, {n0, n0, -0.5},
				{0, 0, -0.5}, {l.tiny, l.tiny, 1}, {inf, inf, 1}, {nan, nan, nan}}
		},
		backward: storedBackward},
	{act: kernels.ActELU(1), errors: [2]float64{1.1, 1.2},
		values: func(l *limits) exactly {
			return exactly{{-inf, -1, 0}, {-l.max, -1, 0}, {-l.tiny, -l.tiny, 1}, {n0, n0, 1}, {0, 0, 1},
				{l.tiny, l.tiny, 1}, {l.max, l.max, 1}, {inf, inf, 1}, {nan, nan, nan}}
		},
		backward: func(l *limits) exactly {
			return exactly{{n0, 1, n0}, {1, -0.5, 0.5}, {inf, -1, nan}, {0, nan, nan}}
		}},
	{act: kernels.ActELU(0.25), errors: [2]float64{1.1, 1.2},
		values: func(l *limits) exactly {
			return exactly{{-inf, -0.25, 0}, {-l.max, -0.25, 0}, {-l.tiny, n0, 0.25}, {n0, n0, 0.25},
				{0, 0, 0.25}, {l.tiny, l.tiny, 1}, {inf, inf, 1}, {nan, nan, nan}}
		},
		backward: func(l *limits) exactly {
			return exactly{{n0, 1, n0}, {1, -0.125, 0.125}, {inf, -0.25, nan}, {0, nan, nan}}
		}},
	{act: kernels.ActSELU, errors: [2]float64{1.6, 2},
		values: seluValues,
		backward: func(l *limits) exactly {
			return exactly{{n0, 1, n0}, {inf, 1, inf}, {0, nan, nan}}
		}},
	{act: kernels.ActGELU, errors: [2]float64{1.8, 2.1}, stored: true,
		values: gatedValues, backward: storedBackward},
	{act: kernels.ActGELUTanh, errors: [2]float64{1.1, 1.5}, stored: true,
		values: gatedValues, backward: storedBackward},
	{act: kernels.ActSiLU, errors: [2]float64{0.95, 1.6}, stored: true,
		values: gatedValues, backward: storedBackward},
	{act: kernels.ActSoftplus, errors: [2]float64{1.55, 1.6},
		values: func(l *limits) exactly {
			return exactly{{-inf, 0, 0}, {l.none, 0, 0}, {n0, AnyFinite, 0.5}, {0, AnyFinite, 0.5},
				{-2 * l.none, -2 * l.none, 1}, {l.max, l.max, 1}, {inf, inf, 1}, {nan, nan, nan}}
		},
		backward: func(l *limits) exactly {
			return exactly{{n0, 1, n0}, {1, l.tiny, l.tiny}, {inf, 0, nan}, {0, nan, nan}}
		}},
	{act: kernels.ActHardSigmoid, errors: [2]float64{0.67, 0.67},
		values: func(l *limits) exactly {
			sixth := l.rounded(1.0 / 6)
			return exactly{{-inf, 0, 0}, {-3 - l.ulp, 0, 0}, {-3, 0, 0}, {-3 + l.ulp, AnyFinite, sixth},
				{n0, 0.5, sixth}, {0, 0.5, sixth}, {l.tiny, 0.5, sixth},
				{3, 1, 0}, {3 + l.ulp, 1, 0}, {inf, 1, 0}, {nan, nan, nan}}
		},
		backward: func(l *limits) exactly {
			return exactly{{n0, 0.5, n0}, {inf, 1, nan}, {0, nan, nan}}
		}},
	{act: kernels.ActHardTanh, errors: [2]float64{0, 0},
		values: func(l *limits) exactly {
			return exactly{{-inf, -1, 0}, {-1, -1, 0}, {-1 + l.ulp/4, -1 + l.ulp/4, 1},
				{-l.tiny, -l.tiny, 1}, {n0, n0, 1}, {0, 0, 1},
				{1 - l.ulp/4, 1 - l.ulp/4, 1}, {1, 1, 0}, {inf, 1, 0}, {nan, nan, nan}}
		},
		backward: func(l *limits) exactly {
			return exactly{{n0, 0.5, n0}, {inf, -1, nan}, {0, nan, nan}}
		}},
	{act: kernels.ActHardSwish, errors: [2]float64{1.45, 1.45}, stored: true,
		values: func(l *limits) exactly {
			return exactly{{-inf, n0, 0}, {-l.max, n0, 0}, {-3 - l.ulp, n0, 0}, {-3, n0, 0},
				{-3 + l.ulp, AnyFinite, AnyFinite}, {n0, n0, 0.5}, {0, 0, 0.5},
				{3, 3, 1}, {3 + l.ulp, 3 + l.ulp, 1}, {l.max, l.max, 1}, {inf, inf, 1}, {nan, nan, nan}}
		},
		backward: storedBackward},
}

// gatedValues are those of x G(x), with G(0) = 1/2: from some point down the value and the
// derivative are -0.
func gatedValues(l *limits) exactly {
	return exactly{{-inf, n0, n0}, {-l.max, n0, n0}, {l.none, n0, n0}, {n0, n0, 0.5}, {0, 0, 0.5},
		{-2 * l.none, -2 * l.none, 1}, {l.max, l.max, 1}, {inf, inf, 1}, {nan, nan, nan}}
}

func storedBackward(*limits) exactly {
	return exactly{{inf, 0, nan}, {nan, 0, nan}, {n0, 0.5, n0}, {2, -0.5, -1}, {0, nan, nan}}
}

func seluValues(l *limits) exactly {
	scale, alpha := seluScale, seluAlpha
	top, bottom := l.rounded(scale), l.rounded(scale*alpha)
	return exactly{{-inf, -bottom, 0}, {-l.max, -bottom, 0}, {n0, n0, bottom}, {0, 0, bottom},
		{l.tiny, l.tiny, top}, {1, top, top},
		{inf, inf, top}, {nan, nan, nan}}
}

// leakySlope is 0.01, rounded as an Activation rounds its parameter.
var leakySlope = math.Float64frombits((math.Float64bits(0.01) + 0x80) &^ 0xff)

func activationLines() []line {
	var cases []string
	for _, a := range activationCases {
		cases = append(cases, a.act.String())
	}
	tol := Tol{Kind: Scaled, Max: 2} // of dy f'(x) for any dy
	single, double := caseErrors(F32), caseErrors(F64)
	return []line{
		{Row: Row{Kernel: "Activate", Dims: "N", Cases: cases, Tol: single, Bitwise: true,
			Params: []Param{vector("y", Out, Any, "x"), vector("x", In, Any)},
			Ref: func(r *Ref) {
				for j := range r.N {
					act := activationCases[r.Case].act
					f, _, fs, _ := activationOracle(act, r.in(1, 0, j), r.DType)
					r.want(0, 0, j, f, tailScale(act, f, fs, r.DType))
				}
			}},
			tol64: &double, points: activationPoints,
			run: calls{runActivate[float32], runActivate[float64]}},
		{Row: Row{Kernel: "ActivateGrad", Dims: "N", Cases: cases, Tol: single, Bitwise: true,
			Params: []Param{vector("y", Out, Any, "x"), vector("d", Out, Any, "x"), vector("x", In, Any)},
			Ref: func(r *Ref) {
				for j := range r.N {
					act := activationCases[r.Case].act
					f, df, fs, ds := activationOracle(act, r.in(2, 0, j), r.DType)
					r.want(0, 0, j, f, tailScale(act, f, fs, r.DType))
					r.want(1, 0, j, df, ds)
				}
			}},
			tol64: &double, points: activationPoints,
			run: calls{runActivateGrad[float32], runActivateGrad[float64]}},
		{Row: Row{Kernel: "ActivateBackward", Dims: "N", Cases: cases, Tol: tol, Bitwise: true,
			Params: []Param{vector("dx", Out, Moderate, "dy", "memo"), vector("dy", In, Moderate),
				vector("memo", In, Moderate)},
			Ref: func(r *Ref) {
				for j := range r.N {
					dx, scale := activateBackwardOracle(activationCases[r.Case].act, r.in(1, 0, j),
						r.in(2, 0, j), r.DType)
					r.want(0, 0, j, dx, scale)
				}
			}},
			points: backwardPoints,
			run:    calls{runActivateBackward[float32], runActivateBackward[float64]}},
	}
}

// caseErrors are the bounds of the cases in a dtype.
func caseErrors(d DType) Tol {
	t := Tol{Kind: Scaled}
	for _, a := range activationCases {
		t.Cases = append(t.Cases, a.errors[d])
		t.Max = max(t.Max, a.errors[d])
	}
	return t
}

// activationPoints are the exact values of Activate or ActivateGrad.
func activationPoints(l *limits, c int) exactly { return activationCases[c].values(l) }

// backwardPoints are the exact values of ActivateBackward.
func backwardPoints(l *limits, c int) exactly {
	a := &activationCases[c]
	list := a.backward(l)
	for _, p := range a.values(l) {
		memo := p[1]
		if a.stored {
			memo = p[2]
		}
		if memo != AnyFinite && !(a.act == kernels.ActIdentity && memo != memo) {
			list = append(list, []float64{1, memo, p[2]})
		}
	}
	return list
}

func runActivate[T kernels.Float](c *Call) {
	act, y, x := activationCases[c.Case].act, slice[T](c, 0), slice[T](c, 1)
	kernels.Activate(act, y, x)
}

func runActivateGrad[T kernels.Float](c *Call) {
	act, y, d, x := activationCases[c.Case].act, slice[T](c, 0), slice[T](c, 1), slice[T](c, 2)
	kernels.ActivateGrad(act, y, d, x)
}

func runActivateBackward[T kernels.Float](c *Call) {
	act, dx, dy, memo := activationCases[c.Case].act, slice[T](c, 0), slice[T](c, 1), slice[T](c, 2)
	kernels.ActivateBackward(act, dx, dy, memo)
}

var piDD = dd.Num{Hi: math.Pi, Lo: 1.2246467991473532e-16}

// activationOracle returns f(x) and f'(x) with the scales of their errors: the value itself where
// the function has full relative accuracy, at least 1 where it crosses zero or its derivative
// cancels, 0 where it is exact, and AnyValue so near to a kink that rounding may cross it.
func activationOracle(act kernels.Activation, x dd.Num, d DType) (f, df dd.Num, fs, ds float64) {
	if x.IsNaN() {
		return x, x, 0, 0
	}
	one := num(1)
	switch k := kindOf(act); k {
	case kernels.ActStep:
		return num(step(x.Hi)), num(0), 0, 0
	case kernels.ActSigmoid:
		f = dd.Sigmoid(x)
		return f, dd.Mul(f, dd.Sigmoid(dd.Neg(x))), size(f), 1
	case kernels.ActTanh:
		f = dd.Tanh(x)
		return f, dd.Sub(one, dd.Mul(f, f)), size(f), 1
	case kernels.ActReLU:
		if x.Hi > 0 {
			return x, one, 0, 0
		}
		return num(0), num(0), 0, 0
	case leakyReLU:
		return leakyReLUOracle(num(d.round(num(paramOf(act)))), x)
	case elu:
		return eluOracle(one, num(d.round(num(paramOf(act)))), x)
	case kernels.ActSELU:
		return eluOracle(num(seluScale), num(seluAlpha), x)
	case kernels.ActGELU, kernels.ActGELUTanh, kernels.ActSiLU:
		f, df = gatedOracle(k, x)
		return f, df, max(1, size(f)), max(1, size(df))
	case kernels.ActSoftplus:
		f, df = dd.Softplus(x), dd.Sigmoid(x)
		return f, df, size(f), size(df)
	case kernels.ActHardSigmoid:
		y := dd.Add(dd.Div(x, num(6)), num(0.5))
		f, df = clampOracle(y, 0, 1, dd.Div(one, num(6)))
		return f, df, 1, besideKink(y, 0, 1, d)
	case kernels.ActHardTanh:
		f, df = clampOracle(x, -1, 1, one)
		return f, df, 0, 0
	case kernels.ActHardSwish:
		return hardSwishOracle(x)
	}
	return x, one, 0, 0
}

func leakyReLUOracle(slope, x dd.Num) (f, df dd.Num, fs, ds float64) {
	switch {
	case x.Hi > 0:
		return x, num(1), 0, 0
	case x.Hi == 0:
		return x, slope, 0, size(slope)
	}
	f = dd.Mul(slope, x)
	return f, slope, size(f), size(slope)
}

// eluOracle is scale * (x, or alpha * (e^x - 1) where x is not positive).
func eluOracle(scale, alpha, x dd.Num) (f, df dd.Num, fs, ds float64) {
	if x.Hi > 0 {
		f, df = dd.Mul(scale, x), scale
	} else {
		f, df = productOf(scale, alpha, dd.Expm1(x)), productOf(scale, alpha, dd.Exp(x))
	}
	return f, df, size(f), size(df)
}

// gatedOracle is x times a gate that rises from 0 to 1, so fast that far from 0 the result is x
// or 0.
func gatedOracle(kind kernels.Activation, x dd.Num) (f, df dd.Num) {
	if math.Abs(x.Hi) > 1e4 {
		return num(max(x.Hi, 0)), num(step(x.Hi))
	}
	one, half := num(1), num(0.5)
	switch kind {
	case kernels.ActGELU: // x Phi(x)
		density := dd.Div(dd.Exp(dd.Mul(num(-0.5), dd.Mul(x, x))), dd.Sqrt(dd.Mul(num(2), piDD)))
		phi := dd.Mul(half, dd.Add(one, dd.Erf(dd.Div(x, dd.Sqrt(num(2))))))
		if x.Hi < -4 { // the sum cancels
			phi = dd.Mul(density, millsRatio(dd.Neg(x)))
		}
		return dd.Mul(x, phi), dd.Add(phi, dd.Mul(x, density))
	case kernels.ActGELUTanh: // x/2 (1 + tanh u), u = c x (1 + cubic x^2)
		c, cubic := dd.Sqrt(dd.Div(num(2), piDD)), dd.Div(num(44715), num(1e6))
		xx := dd.Mul(x, x)
		t := dd.Tanh(productOf(c, x, dd.Add(one, dd.Mul(cubic, xx))))
		du := dd.Mul(c, dd.Add(one, productOf(num(3), cubic, xx)))
		df = dd.Mul(half, sumOf(one, t, productOf(x, dd.Sub(one, dd.Mul(t, t)), du)))
		return productOf(half, x, dd.Add(one, t)), df
	}
	s, r := dd.Sigmoid(x), dd.Sigmoid(dd.Neg(x)) // SiLU: x s
	return dd.Mul(x, s), dd.Mul(s, dd.Add(one, dd.Mul(x, r)))
}

// hardSwishOracle is x (x + 3)/6 between -3 and 3, 0 below and x above.
func hardSwishOracle(x dd.Num) (f, df dd.Num, fs, ds float64) {
	switch {
	case x.Hi <= -3:
		return num(0), num(0), 1, 1
	case x.Hi >= 3:
		return x, num(1), size(x), 1
	}
	f = dd.Mul(x, dd.Add(dd.Div(x, num(6)), num(0.5)))
	return f, dd.Add(dd.Div(x, num(3)), num(0.5)), max(1, size(f)), 1
}

func clampOracle(y dd.Num, lo, hi float64, slope dd.Num) (f, df dd.Num) {
	switch {
	case !dd.Less(num(lo), y):
		return num(lo), num(0)
	case !dd.Less(y, num(hi)):
		return num(hi), num(0)
	}
	return y, slope
}

// besideKink is the scale of a slope between kinks at y = lo and y = hi.
func besideKink(y dd.Num, lo, hi float64, d DType) float64 {
	for _, k := range [...]float64{lo, hi} {
		if dist := size(dd.Sub(y, num(k))); dist > 0 && dist <= 4*d.Eps() {
			return AnyValue
		}
	}
	return 1
}

// activateBackwardOracle returns dy * f'(x), computed from the memo. Any result is right for a
// memo that is no value of the function.
func activateBackwardOracle(act kernels.Activation, dy, memo dd.Num, d DType) (dx dd.Num, scale float64) {
	one, slope := num(1), num(d.round(num(paramOf(act))))
	y := memo.Hi
	lo, hi := math.Inf(-1), math.Inf(1) // the values of f
	var deriv dd.Num
	switch k := kindOf(act); {
	case k == kernels.ActIdentity:
		return dy, 0
	case memo.IsNaN():
		return memo, 0
	case k == kernels.ActReLU && y <= 0:
		return num(0), 0
	case k == leakyReLU && paramOf(act) >= 0 && y <= 0:
		return dd.Mul(slope, dy), size(dd.Mul(slope, dy))
	case k == kernels.ActReLU, k == leakyReLU && paramOf(act) >= 0:
		return dy, 0
	case k == kernels.ActStep:
		lo, hi, deriv = 0, 1, num(0)
	case k == kernels.ActSigmoid:
		lo, hi, deriv = 0, 1, dd.Mul(memo, dd.Sub(one, memo))
	case k == kernels.ActTanh:
		lo, hi, deriv = -1, 1, dd.Sub(one, dd.Mul(memo, memo))
	case k == elu || k == kernels.ActSELU:
		outer := one
		if k == kernels.ActSELU {
			outer, slope = num(seluScale), num(seluAlpha)
		}
		bottom := dd.Mul(outer, slope)
		if deriv = outer; !(y > 0) {
			lo, deriv = -bottom.Hi, dd.Add(memo, bottom)
		}
	case k == kernels.ActSoftplus:
		lo, deriv = 0, dd.Neg(dd.Expm1(dd.Neg(memo)))
	case k == kernels.ActHardSigmoid:
		lo, hi = 0, 1
		_, deriv = clampOracle(memo, 0, 1, dd.Div(one, num(6)))
	case k == kernels.ActHardTanh:
		lo, hi = -1, 1
		_, deriv = clampOracle(memo, -1, 1, one)
	default:
		deriv = memo
	}
	if y < lo || y > hi {
		return num(0), AnyValue
	}
	dx = dd.Mul(dy, deriv)
	if kindOf(act) == kernels.ActSoftplus {
		return dx, size(dx)
	}
	return dx, size(dy) * max(1, size(deriv))
}

// kindOf and paramOf return the two parts of an activation, in the encoding that its doc states.

func kindOf(act kernels.Activation) kernels.Activation { return act & 0xff }

func paramOf(act kernels.Activation) float64 { return math.Float64frombits(uint64(act &^ 0xff)) }

// The kinds that have a parameter.
var leakyReLU, elu = kindOf(kernels.ActLeakyReLU(0)), kindOf(kernels.ActELU(0))

// SELU is seluScale * (x, or seluAlpha * (e^x - 1) where x is not positive).
const (
	seluScale = 1.0507009873554804934193349852946
	seluAlpha = 1.6732632423543772848170429916717
)

// step is 1 above 0, else 0.
func step(x float64) float64 {
	if x > 0 {
		return 1
	}
	return 0
}

// millsRatio is (1 - Phi(x))/phi(x) for x >= 4, by Laplace's continued fraction.
func millsRatio(x dd.Num) dd.Num {
	r := x
	for n := 60; n > 0; n-- {
		r = dd.Add(x, dd.Div(num(float64(n)), r))
	}
	return dd.Div(num(1), r)
}

// tailScale is scale, but for the exact GELU. Its value keeps its relative accuracy below 0 down
// to the smallest normal number, within at most two or three times itself, for each dtype.
func tailScale(act kernels.Activation, f dd.Num, scale float64, d DType) float64 {
	if act != kernels.ActGELU {
		return scale
	}
	times, normal := 2.0, 0x1p-126
	if d == F64 {
		times, normal = 3, 0x1p-1022
	}
	return min(scale, max(times*size(f), normal/d.Eps()))
}
