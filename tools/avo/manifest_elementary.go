package main

// elementary are the functions of one number. Package minimax has the polynomials.
var elementary = []*kernel{
	{name: "Exp", family: "exp", params: "y, x []T", doc: "computes y = e^x.", body: unary((*fn).pairs, exponential)},
	{name: "Expm1", family: "exp", params: "y, x []T", doc: "computes y = e^x - 1.", body: unary(single, expm1)},
	{name: "Log", family: "log", params: "y, x []T", doc: "computes y = log x.", body: unary(single, logarithm)},
	{name: "Log1p", family: "log", params: "y, x []T", doc: "computes y = log(1+x).", body: unary(single, log1p)},
	{name: "Sigmoid", family: "sigmoid", params: "y, x []T", doc: "computes y = 1/(1 + e^-x).", body: unary((*fn).pairs, sigmoid)},
	{name: "Tanh", family: "tanh", params: "y, x []T", doc: "computes y = tanh x.", body: unary((*fn).pairs, tanh)},
	{name: "Erf", family: "erf", params: "y, x []T", doc: "computes y = erf x.", body: unary(single, erf)},
	{name: "Softplus", family: "softplus", params: "y, x []T", doc: "computes y = log(1 + e^x).", body: unary((*fn).pairs, softplus)},
	{name: "Sqrt", family: "sqrt", params: "y, x []T", doc: "computes y = sqrt x.", body: unary(single, sqrt)},
	{name: "Rsqrt", family: "sqrt", params: "y, x []T", doc: "computes y = 1/sqrt(x), two roundings.", body: unary(single, rsqrt)},
}

// activations are the values, derivatives and backward passes of the activation
// functions; those of ReLU stand in the manifest.
var activations = []*kernel{
	{name: "SigmoidGrad", family: "sigmoid", params: "y, d, x []T", doc: "computes y = 1/(1 + e^-x) and d = y - y*y.", body: curve(sigmoidCurve).withGrad((*fn).pairs)},
	{name: "SigmoidBackward", family: "sigmoid", params: "dx, dy, y []T", doc: "computes dx = dy*(y - y*y).", body: backward(sigmoidDeriv, "y")},
	{name: "TanhGrad", family: "tanh", params: "y, d, x []T", doc: "computes y = tanh x and d = 1 - y*y.", body: curve(tanhCurve).withGrad((*fn).pairs)},
	{name: "TanhBackward", family: "tanh", params: "dx, dy, y []T", doc: "computes dx = dy*(1 - y*y).", body: backward(tanhDeriv, "y")},
	{name: "SoftplusGrad", family: "softplus", params: "y, d, x []T", doc: "computes y = log(1 + e^x) and d = 1/(1 + e^-x).", body: curve(softplusCurve).withGrad((*fn).pairs)},
	{name: "SoftplusBackward", family: "softplus", params: "dx, dy, y []T", doc: "computes dx = dy*(1 - e^-y).", body: backward(softplusDeriv, "y")},
	{name: "ELU", family: "elu", params: "y, x []T, scale, bottom T",
		doc: "computes y = x >= 0 ? scale*x : bottom*(e^x - 1).", body: curve(elu).value(single, "scale", "bottom")},
	{name: "ELUGrad", family: "elu", params: "y, d, x []T, scale, bottom T",
		doc: "computes y = x >= 0 ? scale*x : bottom*(e^x - 1) and d = x > 0 ? scale : bottom*e^x.", body: curve(elu).withGrad(single, "scale", "bottom")},
	{name: "ELUBackward", family: "elu", params: "dx, dy, y []T, scale, bottom T",
		doc: "computes dx = dy*(y > 0 ? scale : y + bottom).", body: backward(eluDeriv, "y", "scale", "bottom")},
	{name: "GELU", family: "gelu", params: "y, x []T", doc: "computes y = x*Phi(x).", body: gelu.value((*fn).pairs)},
	{name: "GELUGrad", family: "gelu", params: "y, d, x []T", doc: "computes y = x*Phi(x) and d = Phi(x) + x*phi(x).", body: gelu.withGrad((*fn).pairs)},
	{name: "GELUTanh", family: "gelu", params: "y, x []T", doc: "computes y = x/2*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3))).", body: geluTanh.value((*fn).pairs)},
	{name: "GELUTanhGrad", family: "gelu", params: "y, d, x []T", doc: "computes y as GELUTanh and its derivative d.", body: geluTanh.withGrad((*fn).pairs)},
	{name: "SiLU", family: "silu", params: "y, x []T", doc: "computes y = x/(1 + e^-x).", body: silu.value(single)},
	{name: "SiLUGrad", family: "silu", params: "y, d, x []T", doc: "computes y = x/(1 + e^-x) and its derivative d.", body: silu.withGrad(single)},

	{name: "IdentityGrad", family: "hard", params: "y, d, x []T", doc: "computes y = x and d = x is NaN ? x : 1.", body: curve(identityCurve).withGrad(single)},
	{name: "Step", family: "hard", params: "y, x []T", doc: "computes y = x > 0 ? 1 : x <= 0 ? 0 : x.", body: curve(stepCurve).value(single)},
	{name: "StepGrad", family: "hard", params: "y, d, x []T", doc: "computes y = x > 0 ? 1 : x <= 0 ? 0 : x and d = x is NaN ? x : 0.", body: curve(stepCurve).withGrad(single)},
	{name: "HardSigmoid", family: "hard", params: "y, x []T", doc: "computes y = max(0, min(6, x+3))*(1/6), NaN kept.", body: curve(hardSigmoidCurve).value(single)},
	{name: "HardSigmoidGrad", family: "hard", params: "y, d, x []T", doc: "computes y as HardSigmoid and d = 0 < min(6, x+3) < 6 ? 1/6 : 0, NaN kept.", body: curve(hardSigmoidCurve).withGrad(single)},
	{name: "HardTanh", family: "hard", params: "y, x []T", doc: "computes y = max(-1, min(1, x)), NaN kept.", body: curve(hardTanhCurve).value(single)},
	{name: "HardTanhGrad", family: "hard", params: "y, d, x []T", doc: "computes y as HardTanh and d = -1 < x < 1 ? 1 : 0, NaN kept.", body: curve(hardTanhCurve).withGrad(single)},
	{name: "HardSwish", family: "hard", params: "y, x []T", doc: "computes y = b*(min(6, b+3)*(1/6)), b = max(-3, x).", body: curve(hardSwishCurve).value(single)},
	{name: "HardSwishGrad", family: "hard", params: "y, d, x []T", doc: "computes y as HardSwish and d = x <= -3 ? 0 : x < 3 ? fma(x, 1/3, 1/2) : 1.", body: curve(hardSwishCurve).withGrad(single)},
	{name: "InsideBackward", family: "hard", params: "dx, dy, y []T, lo, hi, slope T",
		doc: "computes dx = dy*(lo < y < hi ? slope : 0), NaN kept.", body: backward(insideDeriv, "y", "lo", "hi", "slope")},
	{name: "StoredBackward", family: "hard", params: "dx, dy, d []T", doc: "computes dx = dy*d.", body: backward(storedDeriv, "d")},
}
