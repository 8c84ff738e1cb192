package fuzz

import (
	"fmt"
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/fuzz/spec"
)

// The exact values of functions: at the zeros, the infinities and NaN, at the smallest
// numbers, at kinks, where a function reaches its limit and where it overflows or underflows.
// The sign of a zero counts.

// finite stands for any result that is finite and not 0.
const finite = -math.MaxFloat64 / 3

// exactly is a list of points: the arguments of a function, then its exact results.
type exactly [][]float64

// odd returns the points of an odd function: those given, and f(-x) = -f(x) for each.
func odd(points ...[]float64) exactly {
	list := exactly(points)
	for _, p := range points {
		mirrored := make([]float64, len(p))
		for i, v := range p {
			if mirrored[i] = v; v != finite {
				mirrored[i] = -v
			}
		}
		list = append(list, mirrored)
	}
	return list
}

var (
	inf, nan = math.Inf(1), math.NaN()
	n0       = math.Copysign(0, -1)
)

// limits are the numbers of a dtype at which functions have exact values.
type limits struct {
	tiny, normal, max float64 // the smallest finite, the smallest of full precision, the largest
	low, lower        float64 // the smallest x with e^x > 0 in the dtype, and the next below
	high, higher      float64 // the largest x with e^x finite, and the next above
	one               float64 // sigmoid, tanh and erf are 1 from here on
	minusOne          float64 // e^x - 1 is -1 from here down
	none              float64 // a G(-a) underflows for every gate from here down
	ulp               float64 // the distance from 2 to the next finite
	rounded           func(float64) float64
}

var limits32 = limits{
	tiny: 0x1p-149, normal: 0x1p-126, max: math.MaxFloat32,
	low: -0x1.9fe368p6, lower: -0x1.9fe36ap6, high: 0x1.62e42ep6, higher: 0x1.62e430p6,
	one: 18, minusOne: -20, none: -111, ulp: 0x1p-22,
	rounded: func(v float64) float64 { return float64(float32(v)) },
}

var limits64 = limits{
	tiny: 0x1p-1074, normal: 0x1p-1022, max: math.MaxFloat64,
	low: -0x1.74910d52d3051p9, lower: -0x1.74910d52d3052p9,
	high: 0x1.62e42fefa39efp9, higher: 0x1.62e42fefa39f0p9,
	one: 38, minusOne: -40, none: -760, ulp: 0x1p-51,
	rounded: func(v float64) float64 { return v },
}

func limitsOf(d spec.DType) *limits {
	if d == spec.F32 {
		return &limits32
	}
	return &limits64
}

// functions returns the points x, f(x) of the elementary functions.
func (l *limits) functions() map[string]exactly {
	tiny, normal := l.tiny, l.normal
	return map[string]exactly{
		"Exp": {{-inf, 0}, {-l.max, 0}, {l.lower, 0}, {l.low, tiny}, {-tiny, 1}, {n0, 1}, {0, 1}, {tiny, 1},
			{l.high, finite}, {l.higher, inf}, {l.max, inf}, {inf, inf}, {nan, nan}},
		"Expm1": append(odd([]float64{0, 0}, []float64{tiny, tiny}, []float64{2 * tiny, 2 * tiny},
			[]float64{3 * tiny, 3 * tiny}, []float64{normal - tiny, normal - tiny},
			[]float64{normal, normal}, []float64{5 * normal, 5 * normal}),
			[][]float64{{-inf, -1}, {-l.max, -1}, {l.minusOne, -1}, {l.high, finite}, {l.higher, inf},
				{l.max, inf}, {inf, inf}, {nan, nan}}...),
		"Log": {{-inf, nan}, {-1, nan}, {-tiny, nan}, {n0, -inf}, {0, -inf}, {tiny, finite},
			{normal, finite}, {1, 0},
			{l.max, finite}, {inf, inf}, {nan, nan}},
		"Log1p": append(odd([]float64{0, 0}, []float64{tiny, tiny}, []float64{3 * tiny, 3 * tiny},
			[]float64{normal, normal}),
			[][]float64{{-inf, nan}, {-2, nan}, {-1 - l.ulp/2, nan}, {-1, -inf}, {-1 + l.ulp/4, finite},
				{l.max, finite}, {inf, inf}, {nan, nan}}...),
		"Sigmoid": {{-inf, 0}, {-l.max, 0}, {l.none, 0}, {l.low + 1, finite}, {-tiny, 0.5}, {n0, 0.5},
			{0, 0.5}, {tiny, 0.5},
			{l.one, 1}, {l.max, 1}, {inf, 1}, {nan, nan}},
		"Tanh": odd([]float64{0, 0}, []float64{tiny, tiny}, []float64{3 * tiny, 3 * tiny},
			[]float64{normal, normal},
			[]float64{l.one/2 + 0.25, l.rounded(math.Tanh(l.one/2 + 0.25))}, []float64{l.one, 1},
			[]float64{20, 1}, []float64{l.max, 1}, []float64{inf, 1}, []float64{nan, nan}),
		"Erf": odd([]float64{0, 0}, []float64{tiny, tiny}, []float64{l.one / 3, 1}, []float64{l.max, 1},
			[]float64{inf, 1}, []float64{nan, nan}),
		"Softplus": {{-inf, 0}, {-l.max, 0}, {l.none, 0}, {l.low + 1, finite}, {l.one, l.one}, {50, 50},
			{l.max, l.max}, {inf, inf}, {nan, nan},
			{n0, l.rounded(math.Ln2)}, {0, l.rounded(math.Ln2)}},
		"Sqrt": {{-inf, nan}, {-1, nan}, {-tiny, nan}, {n0, n0}, {0, 0}, {tiny, finite}, {0.25, 0.5},
			{1, 1}, {4, 2},
			{l.max, finite}, {inf, inf}, {nan, nan}},
		"Rsqrt": {{-inf, nan}, {-1, nan}, {-tiny, nan}, {n0, -inf}, {0, inf}, {tiny, finite}, {0.25, 2},
			{1, 1}, {4, 0.5},
			{l.max, finite}, {inf, 0}, {nan, nan}},
	}
}

// activations returns the points x, f(x), f'(x) of the activations.
func (l *limits) activations() map[string]exactly {
	tiny := l.tiny
	sixth, slope := l.rounded(1.0/6), l.rounded(leakySlope)
	scale, alpha := 1.0507009873554804934, 1.6732632423543772848
	selu, bottom := l.rounded(scale), l.rounded(scale*alpha)
	// x G(x), with G(0) = 1/2: from some point down the value and the derivative are -0.
	gated := exactly{{-inf, n0, n0}, {-l.max, n0, n0}, {l.none, n0, n0}, {n0, n0, 0.5}, {0, 0, 0.5},
		{-2 * l.none, -2 * l.none, 1}, {l.max, l.max, 1}, {inf, inf, 1}, {nan, nan, nan}}
	return map[string]exactly{
		"identity": {{-inf, -inf, 1}, {-tiny, -tiny, 1}, {n0, n0, 1}, {0, 0, 1}, {inf, inf, 1},
			{nan, nan, nan}},
		"step": {{-inf, 0, 0}, {-tiny, 0, 0}, {n0, 0, 0}, {0, 0, 0}, {tiny, 1, 0}, {inf, 1, 0},
			{nan, nan, nan}},
		"sigmoid": {{-inf, 0, 0}, {l.none, 0, 0}, {n0, 0.5, 0.25}, {0, 0.5, 0.25}, {inf, 1, 0},
			{nan, nan, nan}},
		"tanh": {{-inf, -1, 0}, {-l.max, -1, 0}, {n0, n0, 1}, {0, 0, 1}, {-tiny, -tiny, 1},
			{tiny, tiny, 1}, {l.max, 1, 0}, {inf, 1, 0}, {nan, nan, nan}},
		"relu": {{-inf, 0, 0}, {-tiny, 0, 0}, {n0, n0, 0}, {0, 0, 0}, {tiny, tiny, 1},
			{inf, inf, 1}, {nan, nan, nan}},
		"leaky_relu(0.01)": {{-inf, -inf, slope}, {-1, -slope, slope}, {-tiny, n0, slope},
			{n0, n0, slope}, {0, 0, slope},
			{tiny, tiny, 1}, {inf, inf, 1}, {nan, nan, nan}},
		"leaky_relu(-0.5)": {{-inf, inf, -0.5}, {-1, 0.5, -0.5}, {-tiny, 0, -0.5}, {n0, n0, -0.5},
			{0, 0, -0.5},
			{tiny, tiny, 1}, {inf, inf, 1}, {nan, nan, nan}},
		"elu(1)": {{-inf, -1, 0}, {-l.max, -1, 0}, {-tiny, -tiny, 1}, {n0, n0, 1}, {0, 0, 1},
			{tiny, tiny, 1}, {l.max, l.max, 1}, {inf, inf, 1}, {nan, nan, nan}},
		"elu(0.25)": {{-inf, -0.25, 0}, {-l.max, -0.25, 0}, {-tiny, n0, 0.25}, {n0, n0, 0.25},
			{0, 0, 0.25}, {tiny, tiny, 1},
			{inf, inf, 1}, {nan, nan, nan}},
		"selu": {{-inf, -bottom, 0}, {-l.max, -bottom, 0}, {n0, n0, bottom}, {0, 0, bottom},
			{tiny, tiny, selu}, {1, selu, selu},
			{inf, inf, selu}, {nan, nan, nan}},
		"gelu": gated, "gelu_tanh": gated, "silu": gated,
		"softplus": {{-inf, 0, 0}, {l.none, 0, 0}, {n0, finite, 0.5}, {0, finite, 0.5},
			{-2 * l.none, -2 * l.none, 1}, {l.max, l.max, 1}, {inf, inf, 1}, {nan, nan, nan}},
		"hard_sigmoid": {{-inf, 0, 0}, {-3 - l.ulp, 0, 0}, {-3, 0, 0}, {-3 + l.ulp, finite, sixth},
			{n0, 0.5, sixth}, {0, 0.5, sixth}, {tiny, 0.5, sixth},
			{3, 1, 0}, {3 + l.ulp, 1, 0}, {inf, 1, 0}, {nan, nan, nan}},
		"hard_tanh": {{-inf, -1, 0}, {-1, -1, 0}, {-1 + l.ulp/4, -1 + l.ulp/4, 1}, {-tiny, -tiny, 1},
			{n0, n0, 1}, {0, 0, 1},
			{1 - l.ulp/4, 1 - l.ulp/4, 1}, {1, 1, 0}, {inf, 1, 0}, {nan, nan, nan}},
		"hard_swish": {{-inf, n0, 0}, {-l.max, n0, 0}, {-3 - l.ulp, n0, 0}, {-3, n0, 0},
			{-3 + l.ulp, finite, finite}, {n0, n0, 0.5}, {0, 0, 0.5},
			{3, 3, 1}, {3 + l.ulp, 3 + l.ulp, 1}, {l.max, l.max, 1}, {inf, inf, 1}, {nan, nan, nan}},
	}
}

// leakySlope is 0.01, rounded as an Activation rounds its parameter.
var leakySlope = math.Float64frombits((math.Float64bits(0.01) + 0x80) &^ 0xff)

// backward returns points dy, memo, dx of the backward passes. exactPoints adds those of dy = 1,
// whose dx is f'.
func (l *limits) backward() map[string]exactly {
	slope := l.rounded(leakySlope)
	product := exactly{{inf, 0, nan}, {nan, 0, nan}, {n0, 0.5, n0}, {2, -0.5, -1}, {0, nan, nan}}
	return map[string]exactly{
		"identity": {{n0, 1, n0}, {inf, 0, inf}, {nan, 1, nan}},
		"step":     {{n0, 1, n0}, {2, 1, 0}, {inf, 1, nan}, {0, nan, nan}},
		"sigmoid": {{n0, 0.5, n0}, {inf, 1, nan}, {0, nan, nan}, {1, l.tiny, l.tiny},
			{nan, 0.5, nan}},
		"tanh": {{n0, 0.5, n0}, {inf, -1, nan}, {0, nan, nan}, {nan, 0.5, nan}},
		"relu": {{n0, 1, n0}, {inf, 0, 0}, {nan, 0, 0}, {nan, n0, 0}, {nan, 1, nan},
			{inf, l.tiny, inf}},
		"leaky_relu(0.01)": {{n0, 1, n0}, {1, -1, slope}, {-inf, -1, -inf}, {nan, 0, nan}, {nan, 1, nan}},
		"leaky_relu(-0.5)": product,
		"elu(1)":           {{n0, 1, n0}, {1, -0.5, 0.5}, {inf, -1, nan}, {0, nan, nan}},
		"elu(0.25)":        {{n0, 1, n0}, {1, -0.125, 0.125}, {inf, -0.25, nan}, {0, nan, nan}},
		"selu":             {{n0, 1, n0}, {inf, 1, inf}, {0, nan, nan}},
		"gelu":             product, "gelu_tanh": product, "silu": product, "hard_swish": product,
		"softplus":     {{n0, 1, n0}, {1, l.tiny, l.tiny}, {inf, 0, nan}, {0, nan, nan}},
		"hard_sigmoid": {{n0, 0.5, n0}, {inf, 1, nan}, {0, nan, nan}},
		"hard_tanh":    {{n0, 0.5, n0}, {inf, -1, nan}, {0, nan, nan}},
	}
}

// exactPoints returns the points of case c of a row: its inputs, then its outputs.
func exactPoints(row *spec.Row, c int) (list exactly) {
	l, name := limitsOf(row.DType), row.Cases[c]
	switch row.Kernel {
	case "Activate", "ActivateGrad":
		return l.activations()[name]
	case "ActivateBackward":
		list = l.backward()[name]
		for _, p := range l.activations()[name] {
			memo := p[1]
			if slices.Contains(stored, name) {
				memo = p[2]
			}
			if memo != finite && !(name == "identity" && memo != memo) {
				list = append(list, []float64{1, memo, p[2]})
			}
		}
		return list
	}
	return l.functions()[row.Kernel]
}

// stored are the activations whose memo is the derivative.
var stored = []string{"leaky_relu(-0.5)", "gelu", "gelu_tanh", "silu", "hard_swish"}

// HasExact reports whether exact.go has points for a row: functions of one argument that have a
// tolerance, their derivatives and their backward passes.
func HasExact(row *spec.Row) bool {
	return OfOneArgument(row) && row.Tol.Kind != spec.Exact || row.Kernel == "ActivateBackward"
}

// CheckExact runs case c of a row on the points of exact.go and returns a line for each wrong
// result.
func CheckExact(row *spec.Row, c int) (wrong []string) {
	points := exactPoints(row, c)
	call := &spec.Call{Sizes: spec.Sizes{N: len(points), Case: c},
		Operands: make([]spec.Operand, len(row.Params))}
	inputs := 0
	for _, p := range row.Params {
		if p.Role == spec.In {
			inputs++
		}
	}
	// The outputs are the first parameters of a row, but come last in a point.
	column := func(i int) int { return (i + inputs) % len(row.Params) }
	for i := range row.Params {
		o := &call.Operands[i]
		o.F32, o.F64 = make([]float32, len(points)), make([]float64, len(points))
		for j, p := range points {
			o.F32[j], o.F64[j] = float32(p[column(i)]), p[column(i)]
		}
	}
	row.Run(call)
	for j, p := range points {
		for i := range len(row.Params) - inputs {
			if want, got := p[column(i)], value(row.DType, &call.Operands[i], j); !isExactly(want, got) {
				wrong = append(wrong, fmt.Sprintf("%v: %s = %v, want %v", p[:inputs],
					row.Params[i].Name, got, want))
			}
		}
	}
	return wrong
}

// isExactly reports whether got is the wanted value of a point.
func isExactly(want, got float64) bool {
	switch {
	case want == finite:
		return got-got == 0 && got != 0
	case want != want:
		return got != got
	}
	return math.Float64bits(want) == math.Float64bits(got)
}
