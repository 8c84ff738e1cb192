package algo

// elementary are the functions of one number. Package minimax has the polynomials.
var elementary = []*Kernel{
	{Name: "Exp", Family: "exp", Params: "y, x []T",
		Doc: "computes y = e^x.", body: unary((*fn).abreast, exponential)},
	{Name: "Expm1", Family: "exp", Params: "y, x []T",
		Doc: "computes y = e^x - 1.", body: unary(alone, expm1)},
	{Name: "Log", Family: "log", Params: "y, x []T",
		Doc: "computes y = log x.", body: unary(alone, logarithm)},
	{Name: "Log1p", Family: "log", Params: "y, x []T",
		Doc: "computes y = log(1+x).", body: unary(alone, log1p)},
	{Name: "Sigmoid", Family: "sigmoid", Params: "y, x []T",
		Doc: "computes y = 1/(1 + e^-x).", body: unary((*fn).abreast, sigmoid)},
	{Name: "Tanh", Family: "tanh", Params: "y, x []T",
		Doc: "computes y = tanh x.", body: unary((*fn).abreast, tanh)},
	{Name: "Erf", Family: "erf", Params: "y, x []T", Doc: "computes y = erf x.", body: unary(alone, erf)},
	{Name: "Softplus", Family: "softplus", Params: "y, x []T",
		Doc: "computes y = log(1 + e^x).", body: unary((*fn).abreast, softplus)},
	{Name: "Sqrt", Family: "sqrt", Params: "y, x []T",
		Doc: "computes y = sqrt x.", body: unary((*fn).aTurn, sqrt)},
	{Name: "Rsqrt", Family: "sqrt", Params: "y, x []T",
		Doc: "computes y = 1/sqrt(x), two roundings.", body: unary((*fn).aTurn, rsqrt)},
}
