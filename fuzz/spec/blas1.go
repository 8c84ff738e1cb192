package spec

import (
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/kernels"
)

func blas1Lines() []line {
	// A chain of vectors in one of four accumulators, or of elements in the generic
	// tier, then the chunks in float64.
	sums := func(random float64) Tol {
		return Tol{Kind: Scaled, Max: random, Worst: func(s Sizes) float64 {
			chain := max(min(s.N, sumChunk)/16, min(s.N, genericChunk)/4)
			return 5 + float64(chain+ceilDiv(s.N, genericChunk))/2
		}}
	}
	once := Tol{Kind: Scaled, Max: 1}
	x, y := vector("x", In, Any), vector("y", InOut, Any)
	xy := []Param{vector("x", InOut, Any), y}
	return []line{
		{Row: Row{Kernel: "Dot", Dims: "N", Tol: sums(3), Returns: true,
			Params: []Param{x, vector("y", In, Any)}, Ref: dotOracle},
			run: calls{runDot[float32], runDot[float64]}},
		{Row: Row{Kernel: "AbsSum", Dims: "N", Tol: sums(4), Returns: true,
			Params: []Param{x}, Ref: absSumOracle},
			run: calls{runAbsSum[float32], runAbsSum[float64]}},
		{Row: Row{Kernel: "Norm2", Dims: "N", Tol: sums(2), Returns: true,
			Params: []Param{x}, Ref: norm2Oracle},
			run: calls{runNorm2[float32], runNorm2[float64]}},
		{Row: Row{Kernel: "MaxAbs", Dims: "N", Returns: true, Params: []Param{x}, Ref: maxAbsOracle},
			run: calls{runMaxAbs[float32], runMaxAbs[float64]}},
		{Row: Row{Kernel: "ArgMaxAbs", Dims: "N", Returns: true, Params: []Param{x}, Ref: argMaxAbsOracle},
			run: calls{runArgMaxAbs[float32], runArgMaxAbs[float64]}},
		{Row: Row{Kernel: "Axpy", Dims: "N", Tol: once, Bitwise: true, Cases: factorNames(),
			Params: []Param{y, x}, Ref: axpyOracle},
			run: calls{runAxpy[float32], runAxpy[float64]}},
		{Row: Row{Kernel: "Scale", Dims: "N", Bitwise: true, Cases: factorNames(),
			Params: []Param{vector("y", Out, Any, "x"), x}, Ref: scaleOracle},
			run: calls{runScale[float32], runScale[float64]}},
		{Row: Row{Kernel: "Divide", Dims: "N", Bitwise: true,
			Cases:  []string{"d=1", "d=-0.75", "d=0", "d=3"},
			Params: []Param{vector("y", Out, Any, "x"), x}, Ref: divideOracle},
			run: calls{runDivide[float32], runDivide[float64]}},
		{Row: Row{Kernel: "Swap", Dims: "N", Bitwise: true, Params: xy, Ref: swapOracle},
			run: calls{runSwap[float32], runSwap[float64]}},
		{Row: Row{Kernel: "Rot", Dims: "N", Tol: once, Bitwise: true,
			Cases: []string{"c=0.6 s=0.8", "c=1 s=0", "c=0 s=-1"}, Params: xy, Ref: rotOracle},
			run: calls{runRot[float32], runRot[float64]}},
	}
}

// factors are the settings of alpha and d in the table, exact in float32, rotations those of
// c and s.
var (
	factors   = []float64{1, -0.75, 0, 3}
	rotations = [][2]float64{{0.6, 0.8}, {1, 0}, {0, -1}}
)

func factorNames() []string { return []string{"alpha=1", "alpha=-0.75", "alpha=0", "alpha=3"} }

// combination is a sum of products in any order and with any intermediate roundings. It tracks
// where some order may overflow.
type combination struct {
	sum
	terms    int
	nan      bool // a term is NaN
	up, down bool // a term is +Inf or -Inf, from an infinite factor
	overflow bool // a product of finite factors is infinite
}

func (c *combination) add(factors ...dd.Num) {
	c.terms++
	p := productOf(factors...)
	switch {
	case p.IsNaN():
		c.nan = true
	case isFinite(p):
		c.sum.add(p)
	case !slices.ContainsFunc(factors, func(f dd.Num) bool { return !isFinite(f) }):
		c.overflow = true
	default:
		c.up, c.down = c.up || p.Hi > 0, c.down || p.Hi < 0
	}
}

// result returns the value with its scale, which allows for underflow in each product. A NaN
// term, or infinities of both signs, give NaN in any order. An infinite term and an overflow give
// an infinity or NaN, but nothing finite.
func (c *combination) result(d DType) (dd.Num, float64) {
	overflow := c.overflow || c.magnitude > d.Max()/8
	switch {
	case c.nan || c.up && c.down:
		return num(math.NaN()), 0
	case (c.up || c.down) && overflow:
		return num(0), NotFinite
	case c.up:
		return num(math.Inf(1)), 0
	case c.down:
		return num(math.Inf(-1)), 0
	case overflow:
		return num(0), AnyValue
	}
	return c.value, c.magnitude + float64(c.terms)*d.smallestNormal()
}

// returns sets the result of a kernel to a sum.
func (r *Ref) returns(c *combination) {
	r.HasResult = true
	r.Result, r.ResultScale = c.result(r.DType)
}

// dotOracle is the sum of x[j]*y[j], absSumOracle that of |x[j]|.
func dotOracle(r *Ref) {
	var s combination
	for j := range r.N {
		s.add(r.in(0, 0, j), r.in(1, 0, j))
	}
	r.returns(&s)
}

func absSumOracle(r *Ref) {
	var s combination
	for j := range r.N {
		s.add(dd.Abs(r.in(0, 0, j)))
	}
	r.returns(&s)
}

// maxAbsOracle is the largest |x[j]|, or NaN where there is one.
func maxAbsOracle(r *Ref) {
	best := num(0)
	for j := range r.N {
		if v := dd.Abs(r.in(0, 0, j)); v.IsNaN() || dd.Less(best, v) {
			best = v
		}
	}
	r.HasResult, r.Result = true, best
}

// argMaxAbsOracle is the first index of the largest |x[j]|, and -1 for an empty vector.
func argMaxAbsOracle(r *Ref) {
	best := -1
	for j := range r.N {
		if best < 0 || dd.Less(dd.Abs(r.in(0, 0, best)), dd.Abs(r.in(0, 0, j))) {
			best = j
		}
	}
	r.HasResult, r.Result = true, num(float64(best))
}

// axpyOracle is y + alpha*x.
func axpyOracle(r *Ref) {
	for j := range r.N {
		var s combination
		s.add(r.in(0, 0, j))
		s.add(num(factors[r.Case]), r.in(1, 0, j))
		v, scale := s.result(r.DType)
		r.want(0, 0, j, v, scale)
	}
}

// scaleOracle is alpha*x.
func scaleOracle(r *Ref) {
	for j := range r.N {
		r.want(0, 0, j, dd.Mul(num(factors[r.Case]), r.in(1, 0, j)), 0)
	}
}

// divideOracle is x/d.
func divideOracle(r *Ref) {
	for j := range r.N {
		r.want(0, 0, j, dd.Div(r.in(1, 0, j), num(factors[r.Case])), 0)
	}
}

func swapOracle(r *Ref) {
	for j := range r.N {
		r.want(0, 0, j, r.in(1, 0, j), 0)
		r.want(1, 0, j, r.in(0, 0, j), 0)
	}
}

// rotOracle is c*x + s*y and c*y - s*x.
func rotOracle(r *Ref) {
	c, s := num(r.DType.round(num(rotations[r.Case][0]))), num(r.DType.round(num(rotations[r.Case][1])))
	for j := range r.N {
		x, y := r.in(0, 0, j), r.in(1, 0, j)
		var u, v combination
		u.add(c, x)
		u.add(s, y)
		v.add(c, y)
		v.add(dd.Neg(s), x)
		for i, w := range []combination{u, v} {
			value, scale := w.result(r.DType)
			r.want(i, 0, j, value, scale)
		}
	}
}

// norm2Oracle scales by the largest magnitude, so that no square overflows.
func norm2Oracle(r *Ref) {
	top, bad := 0.0, num(0)
	for j := range r.N {
		x := r.in(0, 0, j)
		bad = dd.Add(bad, dd.Abs(x))
		if isFinite(x) {
			top = max(top, size(x))
		}
	}
	r.HasResult = true
	if bad.IsNaN() || r.Operands[0].holdsInf() {
		r.Result = dd.Abs(bad)
		return
	}
	_, e := math.Frexp(top)
	s := num(0)
	for j := range r.N {
		x := num(math.Ldexp(r.in(0, 0, j).Hi, -e))
		s = dd.Add(s, dd.Mul(x, x))
	}
	r.Result = dd.Ldexp(dd.Sqrt(s), e)
	r.ResultScale = size(r.Result) + r.DType.smallestNormal()
	if r.ResultScale > r.DType.Max()/8 {
		r.ResultScale = AnyValue
	}
}

func (o *RefOperand) holdsInf() bool {
	for _, v := range o.Before {
		if math.IsInf(v, 0) {
			return true
		}
	}
	return false
}

func runDot[T kernels.Float](c *Call) {
	x, y := slice[T](c, 0), slice[T](c, 1)
	c.Result = float64(kernels.Dot(x, y))
}

func runAbsSum[T kernels.Float](c *Call) {
	x := slice[T](c, 0)
	c.Result = float64(kernels.AbsSum(x))
}

func runNorm2[T kernels.Float](c *Call) {
	x := slice[T](c, 0)
	c.Result = float64(kernels.Norm2(x))
}

func runMaxAbs[T kernels.Float](c *Call) {
	x := slice[T](c, 0)
	c.Result = float64(kernels.MaxAbs(x))
}

func runArgMaxAbs[T kernels.Float](c *Call) {
	x := slice[T](c, 0)
	c.Result = float64(kernels.ArgMaxAbs(x))
}

func runAxpy[T kernels.Float](c *Call) {
	y, x, alpha := slice[T](c, 0), slice[T](c, 1), T(factors[c.Case])
	kernels.Axpy(y, alpha, x)
}

func runScale[T kernels.Float](c *Call) {
	y, x, alpha := slice[T](c, 0), slice[T](c, 1), T(factors[c.Case])
	kernels.Scale(y, alpha, x)
}

func runDivide[T kernels.Float](c *Call) {
	y, x, d := slice[T](c, 0), slice[T](c, 1), T(factors[c.Case])
	kernels.Divide(y, x, d)
}

func runSwap[T kernels.Float](c *Call) {
	x, y := slice[T](c, 0), slice[T](c, 1)
	kernels.Swap(x, y)
}

func runRot[T kernels.Float](c *Call) {
	x, y, r := slice[T](c, 0), slice[T](c, 1), rotations[c.Case]
	kernels.Rot(x, y, T(r[0]), T(r[1]))
}
