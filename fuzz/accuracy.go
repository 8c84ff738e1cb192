package fuzz

import (
	"iter"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/ashlar-go/ashlar/fuzz/spec"
)

// Worst is the largest error of one output of a function of one argument, in the
// measure of its row's tolerance, and the argument that has it.
type Worst struct {
	Row    spec.Row
	Case   int
	Output int // its parameter
	Error  float64
	At     float64
}

// Accuracy is a search for the largest errors of a function of one argument in one
// case, on the tiers of its rows, which have one dtype. It asks the oracle about every argument, a
// microsecond or more each: [Sweep] is the search for many.
type Accuracy struct {
	Rows []spec.Row
	Case int
}

// OfOneArgument reports whether a row is a function of one number, with or without its
// derivative, from the dtype of the row to that dtype.
func OfOneArgument(r *spec.Row) bool {
	last := len(r.Params) - 1
	if r.Dims != "N" || last < 1 || r.Returns || r.Kernel == "Dropout" {
		return false
	}
	for i, p := range r.Params {
		if p.Index || p.Half != nil || (p.Role == spec.In) != (i == last) || p.Role == spec.InOut || p.Domain != spec.Any {
			return false
		}
	}
	return true
}

// Run searches the arguments, which come in pieces, and returns the worst error of every row
// and output.
func (a *Accuracy) Run(arguments iter.Seq[[]float64]) []Worst {
	outputs := len(a.Rows[0].Params) - 1
	calls := make([]spec.Call, len(a.Rows))
	var worst []Worst
	for _, r := range a.Rows {
		for o := range outputs {
			worst = append(worst, Worst{Row: r, Case: a.Case, Output: o})
		}
	}
	for x := range arguments {
		ref := a.reference(x)
		for i := range a.Rows {
			got := a.call(&calls[i], &a.Rows[i], x)
			for o := range outputs {
				w := &worst[i*outputs+o]
				for j, v := range x {
					w.judge(v, value(w.Row.DType, &got.Operands[o], j), &ref.Operands[o], j)
				}
			}
		}
	}
	return worst
}

// call runs a row on the arguments x. It reuses the operands of c where they are long enough.
func (a *Accuracy) call(c *spec.Call, row *spec.Row, x []float64) *spec.Call {
	c.Sizes = spec.Sizes{N: len(x), Case: a.Case}
	if len(c.Operands) == 0 {
		c.Operands = make([]spec.Operand, len(row.Params))
	}
	for i := range c.Operands {
		o := &c.Operands[i]
		if row.DType == spec.F64 {
			o.F64 = slices.Grow(o.F64[:0], len(x))[:len(x)]
		} else {
			o.F32 = slices.Grow(o.F32[:0], len(x))[:len(x)]
		}
	}
	in := &c.Operands[len(row.Params)-1]
	if row.DType == spec.F64 {
		copy(in.F64, x)
	} else {
		for i, v := range x {
			in.F32[i] = float32(v)
		}
	}
	row.Run(c)
	return c
}

// judge returns the error of y, the value at x, and keeps x in w if it exceeds that of w. The oracle's
// value is element j of want.
func (w *Worst) judge(x, y float64, want *spec.RefOperand, j int) float64 {
	e := distance(w.Row.Tol.Kind, w.Row.DType, y, want.Want[j], want.Scale[j])
	if !(e <= w.Error) {
		w.Error, w.At = e, x
	}
	return e
}

// unit32 returns the unit in the last place of float32 at v.
func unit32(v float64) float64 {
	exponent := math.Float64bits(v) >> 52 & 0x7ff
	return math.Float64frombits((max(exponent, 1023-126) - 23) << 52)
}

func value(d spec.DType, o *spec.Operand, j int) float64 {
	if d == spec.F64 {
		return o.F64[j]
	}
	return float64(o.F32[j])
}

// reference returns the oracle's values at x.
func (a *Accuracy) reference(x []float64) *spec.Ref {
	values := make([][]float64, len(a.Rows[0].Params))
	values[len(values)-1] = x
	s := spec.Sizes{N: len(x), Case: a.Case}
	return reference(&a.Rows[0], &Input{Sizes: s, Values: values, Ints: make([][]int, len(values))})
}

// piece is the number of arguments in one call of a kernel.
const piece = 4096

// AllFloat32 yields the float32 with the bit patterns first, first+step and so on, below end.
func AllFloat32(first, end, step uint64) iter.Seq[[]float64] {
	return func(yield func([]float64) bool) {
		x := make([]float64, 0, piece)
		for b := first; b < end; b += step {
			x = append(x, float64(math.Float32frombits(uint32(b))))
			if len(x) == piece || b+step >= end {
				if !yield(x) {
					return
				}
				x = x[:0]
			}
		}
	}
}

// SampleFloat64 yields n random numbers: any bit patterns, numbers of moderate size, and
// neighbours of the numbers where a function or its implementation changes its formula
// (multiples of ln 2, powers of two, the ends of the range and of a function's intervals).
func SampleFloat64(n int, seed uint64) iter.Seq[[]float64] {
	r := rand.New(rand.NewPCG(seed, 64))
	return func(yield func([]float64) bool) {
		x := make([]float64, 0, piece)
		for i := range n {
			x = append(x, randomFloat64(r))
			if len(x) == piece || i == n-1 {
				if !yield(x) {
					return
				}
				x = x[:0]
			}
		}
	}
}

// randomFloat64 draws one number of SampleFloat64.
func randomFloat64(r *rand.Rand) float64 {
	switch sign := float64(1 - 2*r.IntN(2)); r.IntN(4) {
	case 0:
		return math.Float64frombits(r.Uint64())
	case 1:
		return r.NormFloat64() * math.Exp2(20*r.Float64()-10)
	case 2:
		return near(sign*float64(r.IntN(2200))*math.Ln2/2, r)
	default:
		return near(sign*boundaries[r.IntN(len(boundaries))], r)
	}
}

// boundaries are the numbers at which some function or its implementation changes its formula.
var boundaries = []float64{
	// the ends of the range and of the subnormal numbers
	0, 0x1p-1074, 0x1p-1022, 0x1p-149, 0x1p-126, math.MaxFloat32, 0x1p1023, math.MaxFloat64,
	// where e^x overflows, becomes subnormal or 0, and where a G(-a) of GELU and SiLU ends
	0x1.62e42ep6, 0x1.62e42fefa39efp9, 87.3365, 87.68, 103.279, 103.9721,
	708.3964, 708.74, 744.4401, 745.13321910194122,
	13.24, 37.65, 10.02, 21.14,
	// where arguments are clamped, and where a function reaches its limit
	4, 6, 9, 11, 13.5, 16, 17.33, 18, 19.06, 20, 22, 36.74, 37.42, 38, 38.6, 40, 50, 54, 88, 89, 90,
	104, 700, 708, 709, 720, 746,
	// the intervals of tanh, of erf and of the logarithms, and the kinks
	0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 5, 7, 0.9375, 5.92, math.Sqrt2 - 1, 1 - math.Sqrt2/2,
	math.Sqrt2 / 2, math.Sqrt2, math.Ln2 / 2,
	// where a term falls below half a unit in the last place
	0x1p-76, 0x1p-60, 0x1p-54, 0x1p-53, 0x1p-30, 0x1p-25, 0x1p-24, 0x1p-12, 10, 26.54, 36, 0x1p23,
	0x1p24, 0x1p52, 0x1p53,
}

// Boundaries yields NaN and, with either sign, all numbers of a dtype within steps units in the
// last place of the numbers at which some function or its implementation changes its formula.
func Boundaries(d spec.DType, steps int) iter.Seq[[]float64] {
	return func(yield func([]float64) bool) {
		for _, b := range boundaries {
			x := make([]float64, 0, 4*steps+3)
			for i := -steps; i <= steps; i++ {
				if v := stepped(d, b, i); v >= 0 {
					x = append(x, v, -v)
				}
			}
			if !yield(append(x, math.NaN())) {
				return
			}
		}
	}
}

// stepped returns the number of a dtype n units in the last place from v >= 0. It may be NaN.
func stepped(d spec.DType, v float64, n int) float64 {
	if d == spec.F32 {
		return float64(math.Float32frombits(math.Float32bits(float32(v)) + uint32(n)))
	}
	return math.Float64frombits(math.Float64bits(v) + uint64(n))
}

// near returns v, moved by up to 2^16 units in the last place or by a random fraction of itself.
func near(v float64, r *rand.Rand) float64 {
	if r.IntN(2) == 0 {
		return v * (1 + r.NormFloat64()*math.Exp2(-4-40*r.Float64()))
	}
	return math.Float64frombits(math.Float64bits(v) + uint64(r.IntN(1<<17)) - 1<<16)
}

// Judge reports whether the worst error of a row is within its tolerance.
func (w *Worst) Judge() bool { return w.Error <= w.Row.Tol.Of(w.Case) }
