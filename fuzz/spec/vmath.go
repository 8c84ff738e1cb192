package spec

import (
	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/kernels"
)

func vmathLines() []line {
	ulp := func(max float64) Tol { return Tol{Kind: ULP, Max: max} }
	rsqrt := func(x dd.Num) dd.Num { return dd.Div(num(1), dd.Sqrt(x)) }
	return []line{
		mapLine("Exp", ulp(1), ulp(1), dd.Exp, kernels.Exp[float32], kernels.Exp[float64]),
		mapLine("Expm1", ulp(2), ulp(1.5), dd.Expm1, kernels.Expm1[float32], kernels.Expm1[float64]),
		mapLine("Log", ulp(1), ulp(1), dd.Log, kernels.Log[float32], kernels.Log[float64]),
		mapLine("Log1p", ulp(2), ulp(1.5), dd.Log1p, kernels.Log1p[float32], kernels.Log1p[float64]),
		mapLine("Sigmoid", ulp(1), ulp(1.5), dd.Sigmoid, kernels.Sigmoid[float32], kernels.Sigmoid[float64]),
		mapLine("Tanh", ulp(1.5), ulp(1.5), dd.Tanh, kernels.Tanh[float32], kernels.Tanh[float64]),
		mapLine("Erf", ulp(2), ulp(1.5), dd.Erf, kernels.Erf[float32], kernels.Erf[float64]),
		mapLine("Softplus", ulp(2), ulp(1.5), dd.Softplus,
			kernels.Softplus[float32], kernels.Softplus[float64]),
		mapLine("Sqrt", ulp(0.5), ulp(0.5), dd.Sqrt, kernels.Sqrt[float32], kernels.Sqrt[float64]),
		mapLine("Rsqrt", ulp(1.5), ulp(1.5), rsqrt, kernels.Rsqrt[float32], kernels.Rsqrt[float64]),
	}
}

// mapLine is the line of an elementwise function: its tolerance in each dtype, its
// oracle and the exported function.
func mapLine(name string, tol32, tol64 Tol, f func(dd.Num) dd.Num,
	entry32 func(y, x []float32), entry64 func(y, x []float64)) line {
	return line{
		Row: Row{Kernel: name, Dims: "N", Tol: tol32, Bitwise: true, Ref: mapOracle(f),
			Params: []Param{vector("y", Out, Any, "x"), vector("x", In, Any)}},
		tol64: &tol64,
		run:   calls{runMap(entry32), runMap(entry64)},
	}
}

func runMap[T kernels.Float](entry func(y, x []T)) func(*Call) {
	return func(c *Call) {
		entry(slice[T](c, 0), slice[T](c, 1))
	}
}
