package spec

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/kernels"
)

func vmathLines() []line {
	ulp := func(max float64) Tol { return Tol{Kind: ULP, Max: max} }
	rsqrt := func(x dd.Num) dd.Num { return dd.Div(num(1), dd.Sqrt(x)) }
	return []line{
		mapLine("Exp", ulp(0.9), ulp(1), dd.Exp, kernels.Exp[float32], kernels.Exp[float64], expPoints),
		mapLine("Expm1", ulp(1.34), ulp(1.35), dd.Expm1,
			kernels.Expm1[float32], kernels.Expm1[float64], expm1Points),
		mapLine("Log", ulp(0.88), ulp(0.9), dd.Log,
			kernels.Log[float32], kernels.Log[float64], logPoints),
		mapLine("Log1p", ulp(1.46), ulp(1.45), dd.Log1p,
			kernels.Log1p[float32], kernels.Log1p[float64], log1pPoints),
		mapLine("Sigmoid", ulp(0.89), ulp(1.3), dd.Sigmoid,
			kernels.Sigmoid[float32], kernels.Sigmoid[float64], sigmoidPoints),
		mapLine("Tanh", ulp(0.8), ulp(1), dd.Tanh,
			kernels.Tanh[float32], kernels.Tanh[float64], tanhPoints),
		mapLine("Erf", ulp(0.99), ulp(1.1), dd.Erf,
			kernels.Erf[float32], kernels.Erf[float64], erfPoints),
		mapLine("Softplus", ulp(1.87), ulp(1.45), dd.Softplus,
			kernels.Softplus[float32], kernels.Softplus[float64], softplusPoints),
		mapLine("Sqrt", ulp(0.5), ulp(0.5), dd.Sqrt,
			kernels.Sqrt[float32], kernels.Sqrt[float64], sqrtPoints),
		mapLine("Rsqrt", ulp(1.5), ulp(1.5), rsqrt,
			kernels.Rsqrt[float32], kernels.Rsqrt[float64], rsqrtPoints),
	}
}

// mapLine is the line of an elementwise function: its tolerance in each dtype, its
// oracle, the exported function and its exact values.
func mapLine(name string, tol32, tol64 Tol, f func(dd.Num) dd.Num,
	entry32 func(y, x []float32), entry64 func(y, x []float64), points func(*limits) exactly) line {
	return line{
		Row: Row{Kernel: name, Dims: "N", Tol: tol32, Bitwise: true, Ref: mapOracle(f),
			Params: []Param{vector("y", Out, Any, "x"), vector("x", In, Any)}},
		tol64:  &tol64,
		points: func(l *limits, _ int) exactly { return points(l) },
		run:    calls{runMap(entry32), runMap(entry64)},
	}
}

func runMap[T kernels.Float](entry func(y, x []T)) func(*Call) {
	return func(c *Call) {
		entry(slice[T](c, 0), slice[T](c, 1))
	}
}

func expPoints(l *limits) exactly {
	return exactly{{-inf, 0}, {-l.max, 0}, {l.lower, 0}, {l.low, l.tiny}, {-l.tiny, 1}, {n0, 1}, {0, 1},
		{l.tiny, 1}, {l.high, AnyFinite}, {l.higher, inf}, {l.max, inf}, {inf, inf}, {nan, nan}}
}

func expm1Points(l *limits) exactly {
	return append(odd([]float64{0, 0}, []float64{l.tiny, l.tiny}, []float64{2 * l.tiny, 2 * l.tiny},
		[]float64{3 * l.tiny, 3 * l.tiny}, []float64{l.normal - l.tiny, l.normal - l.tiny},
		[]float64{l.normal, l.normal}, []float64{5 * l.normal, 5 * l.normal}),
		[][]float64{{-inf, -1}, {-l.max, -1}, {l.minusOne, -1}, {l.high, AnyFinite}, {l.higher, inf},
			{l.max, inf}, {inf, inf}, {nan, nan}}...)
}

func logPoints(l *limits) exactly {
	return exactly{{-inf, nan}, {-1, nan}, {-l.tiny, nan}, {n0, -inf}, {0, -inf}, {l.tiny, AnyFinite},
		{l.normal, AnyFinite}, {1, 0}, {l.max, AnyFinite}, {inf, inf}, {nan, nan}}
}

func log1pPoints(l *limits) exactly {
	return append(odd([]float64{0, 0}, []float64{l.tiny, l.tiny}, []float64{3 * l.tiny, 3 * l.tiny},
		[]float64{l.normal, l.normal}),
		[][]float64{{-inf, nan}, {-2, nan}, {-1 - l.ulp/2, nan}, {-1, -inf}, {-1 + l.ulp/4, AnyFinite},
			{l.max, AnyFinite}, {inf, inf}, {nan, nan}}...)
}

func sigmoidPoints(l *limits) exactly {
	return exactly{{-inf, 0}, {-l.max, 0}, {l.none, 0}, {l.low + 1, AnyFinite}, {-l.tiny, 0.5}, {n0, 0.5},
		{0, 0.5}, {l.tiny, 0.5}, {l.one, 1}, {l.max, 1}, {inf, 1}, {nan, nan}}
}

func tanhPoints(l *limits) exactly {
	return odd([]float64{0, 0}, []float64{l.tiny, l.tiny}, []float64{3 * l.tiny, 3 * l.tiny},
		[]float64{l.normal, l.normal},
		[]float64{l.one/2 + 0.25, l.rounded(math.Tanh(l.one/2 + 0.25))}, []float64{l.one, 1},
		[]float64{20, 1}, []float64{l.max, 1}, []float64{inf, 1}, []float64{nan, nan})
}

func erfPoints(l *limits) exactly {
	return odd([]float64{0, 0}, []float64{l.tiny, l.tiny}, []float64{l.one / 3, 1}, []float64{l.max, 1},
		[]float64{inf, 1}, []float64{nan, nan})
}

func softplusPoints(l *limits) exactly {
	return exactly{{-inf, 0}, {-l.max, 0}, {l.none, 0}, {l.low + 1, AnyFinite}, {l.one, l.one}, {50, 50},
		{l.max, l.max}, {inf, inf}, {nan, nan}, {n0, l.rounded(math.Ln2)}, {0, l.rounded(math.Ln2)}}
}

func sqrtPoints(l *limits) exactly {
	return exactly{{-inf, nan}, {-1, nan}, {-l.tiny, nan}, {n0, n0}, {0, 0}, {l.tiny, AnyFinite},
		{0.25, 0.5}, {1, 1}, {4, 2}, {l.max, AnyFinite}, {inf, inf}, {nan, nan}}
}

func rsqrtPoints(l *limits) exactly {
	return exactly{{-inf, nan}, {-1, nan}, {-l.tiny, nan}, {n0, -inf}, {0, inf}, {l.tiny, AnyFinite},
		{0.25, 2}, {1, 1}, {4, 0.5}, {l.max, AnyFinite}, {inf, 0}, {nan, nan}}
}
