package algo

// elementary are the functions of one number. Package minimax has the polynomials.
var elementary = []*Kernel{
	{Name: "Exp", Family: "exp", Params: "y, x []T", Doc: "computes y = e^x.", body: unary((*fn).pairs, exponential)},
	{Name: "Expm1", Family: "exp", Params: "y, x []T", Doc: "computes y = e^x - 1.", body: unary(single, expm1)},
	{Name: "Log", Family: "log", Params: "y, x []T", Doc: "computes y = log x.", body: unary(single, logarithm)},
	{Name: "Log1p", Family: "log", Params: "y, x []T", Doc: "computes y = log(1+x).", body: unary(single, log1p)},
	{Name: "Sigmoid", Family: "sigmoid", Params: "y, x []T", Doc: "computes y = 1/(1 + e^-x).", body: unary((*fn).pairs, sigmoid)},
	{Name: "Tanh", Family: "tanh", Params: "y, x []T", Doc: "computes y = tanh x.", body: unary((*fn).pairs, tanh)},
	{Name: "Erf", Family: "erf", Params: "y, x []T", Doc: "computes y = erf x.", body: unary(single, erf)},
	{Name: "Softplus", Family: "softplus", Params: "y, x []T", Doc: "computes y = log(1 + e^x).", body: unary((*fn).pairs, softplus)},
	{Name: "Sqrt", Family: "sqrt", Params: "y, x []T", Doc: "computes y = sqrt x.", body: unary(single, sqrt)},
	{Name: "Rsqrt", Family: "sqrt", Params: "y, x []T", Doc: "computes y = 1/sqrt(x), two roundings.", body: unary(single, rsqrt)},
}

// activations are the values, derivatives and backward passes of the activation
// functions; those of ReLU stand in the manifest.
var activations = []*Kernel{
	{Name: "SigmoidGrad", Family: "sigmoid", Params: "y, d, x []T", Doc: "computes y = 1/(1 + e^-x) and d = y - y*y.", body: curve(sigmoidCurve).withGrad((*fn).pairs)},
	{Name: "SigmoidBackward", Family: "sigmoid", Params: "dx, dy, y []T", Doc: "computes dx = dy*(y - y*y).", body: backward(sigmoidDeriv, "y")},
	{Name: "TanhGrad", Family: "tanh", Params: "y, d, x []T", Doc: "computes y = tanh x and d = 1 - y*y.", body: curve(tanhCurve).withGrad((*fn).pairs)},
	{Name: "TanhBackward", Family: "tanh", Params: "dx, dy, y []T", Doc: "computes dx = dy*(1 - y*y).", body: backward(tanhDeriv, "y")},
	{Name: "SoftplusGrad", Family: "softplus", Params: "y, d, x []T", Doc: "computes y = log(1 + e^x) and d = 1/(1 + e^-x).", body: curve(softplusCurve).withGrad((*fn).pairs)},
	{Name: "SoftplusBackward", Family: "softplus", Params: "dx, dy, y []T", Doc: "computes dx = dy*(1 - e^-y).", body: backward(softplusDeriv, "y")},
	{Name: "ELU", Family: "elu", Params: "y, x []T, scale, bottom T",
		Doc: "computes y = x >= 0 ? scale*x : bottom*(e^x - 1).", body: curve(elu).value(single, "scale", "bottom")},
	{Name: "ELUGrad", Family: "elu", Params: "y, d, x []T, scale, bottom T",
		Doc: "computes y = x >= 0 ? scale*x : bottom*(e^x - 1) and d = x > 0 ? scale : bottom*e^x.", body: curve(elu).withGrad(single, "scale", "bottom")},
	{Name: "ELUBackward", Family: "elu", Params: "dx, dy, y []T, scale, bottom T",
		Doc: "computes dx = dy*(y > 0 ? scale : y + bottom).", body: backward(eluDeriv, "y", "scale", "bottom")},
	{Name: "GELU", Family: "gelu", Params: "y, x []T", Doc: "computes y = x*Phi(x).", body: gelu.value((*fn).pairs)},
	{Name: "GELUGrad", Family: "gelu", Params: "y, d, x []T", Doc: "computes y = x*Phi(x) and d = Phi(x) + x*phi(x).", body: gelu.withGrad((*fn).pairs)},
	{Name: "GELUTanh", Family: "gelu", Params: "y, x []T", Doc: "computes y = x/2*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x^3))).", body: geluTanh.value((*fn).pairs)},
	{Name: "GELUTanhGrad", Family: "gelu", Params: "y, d, x []T", Doc: "computes y as GELUTanh and its derivative d.", body: geluTanh.withGrad((*fn).pairs)},
	{Name: "SiLU", Family: "silu", Params: "y, x []T", Doc: "computes y = x/(1 + e^-x).", body: silu.value(single)},
	{Name: "SiLUGrad", Family: "silu", Params: "y, d, x []T", Doc: "computes y = x/(1 + e^-x) and its derivative d.", body: silu.withGrad(single)},

	{Name: "IdentityGrad", Family: "hard", Params: "y, d, x []T", Doc: "computes y = x and d = x is NaN ? x : 1.", body: curve(identityCurve).withGrad(single)},
	{Name: "Step", Family: "hard", Params: "y, x []T", Doc: "computes y = x > 0 ? 1 : x <= 0 ? 0 : x.", body: curve(stepCurve).value(single)},
	{Name: "StepGrad", Family: "hard", Params: "y, d, x []T", Doc: "computes y = x > 0 ? 1 : x <= 0 ? 0 : x and d = x is NaN ? x : 0.", body: curve(stepCurve).withGrad(single)},
	{Name: "HardSigmoid", Family: "hard", Params: "y, x []T", Doc: "computes y = max(0, min(6, x+3))*(1/6), NaN kept.", body: curve(hardSigmoidCurve).value(single)},
	{Name: "HardSigmoidGrad", Family: "hard", Params: "y, d, x []T", Doc: "computes y as HardSigmoid and d = 0 < min(6, x+3) < 6 ? 1/6 : 0, NaN kept.", body: curve(hardSigmoidCurve).withGrad(single)},
	{Name: "HardTanh", Family: "hard", Params: "y, x []T", Doc: "computes y = max(-1, min(1, x)), NaN kept.", body: curve(hardTanhCurve).value(single)},
	{Name: "HardTanhGrad", Family: "hard", Params: "y, d, x []T", Doc: "computes y as HardTanh and d = -1 < x < 1 ? 1 : 0, NaN kept.", body: curve(hardTanhCurve).withGrad(single)},
	{Name: "HardSwish", Family: "hard", Params: "y, x []T", Doc: "computes y = b*(min(6, b+3)*(1/6)), b = max(-3, x).", body: curve(hardSwishCurve).value(single)},
	{Name: "HardSwishGrad", Family: "hard", Params: "y, d, x []T", Doc: "computes y as HardSwish and d = x <= -3 ? 0 : x < 3 ? fma(x, 1/3, 1/2) : 1.", body: curve(hardSwishCurve).withGrad(single)},
	{Name: "InsideBackward", Family: "hard", Params: "dx, dy, y []T, lo, hi, slope T",
		Doc: "computes dx = dy*(lo < y < hi ? slope : 0), NaN kept.", body: backward(insideDeriv, "y", "lo", "hi", "slope")},
	{Name: "StoredBackward", Family: "hard", Params: "dx, dy, d []T", Doc: "computes dx = dy*d.", body: backward(storedDeriv, "d")},
}
