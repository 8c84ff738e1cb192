package spec

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/kernels"
)

func softmaxLines() []line {
	tol := Tol{Kind: Scaled, Max: 4}
	return []line{
		{Row: Row{Kernel: "Softmax", Dims: "MN", Tol: tol,
			Params: []Param{matrix("y", Out, Any, "x"), matrix("x", In, Any)},
			Ref: func(r *Ref) {
				for i := range r.M {
					peak, total := softmaxOracle(r, 1, i)
					for j := range r.N {
						z := belowPeak(r.in(1, i, j), peak, total)
						y := dd.Div(dd.Exp(z), total)
						r.want(0, i, j, y, expScale(y, z, r.N))
					}
				}
			}},
			run: calls{runSoftmax[float32], runSoftmax[float64]}},
		{Row: Row{Kernel: "LogSumExp", Dims: "MN", Tol: tol,
			Params: []Param{column("y", Out, Any), matrix("x", In, Any)},
			Ref: func(r *Ref) {
				for i := range r.M {
					peak, total := softmaxOracle(r, 1, i)
					y := peak
					if !peak.IsInf(0) {
						y = dd.Add(peak, dd.Log(total))
					}
					r.want(0, 0, i, y, size(peak)+1+size(dd.Log(total))+sumError(r.N))
				}
			}},
			run: calls{runLogSumExp[float32], runLogSumExp[float64]}},
		{Row: Row{Kernel: "LogSoftmax", Dims: "MN", Tol: tol,
			Params: []Param{matrix("y", Out, Any, "x"), matrix("x", In, Any)},
			Ref: func(r *Ref) {
				for i := range r.M {
					peak, total := softmaxOracle(r, 1, i)
					l := dd.Log(total)
					for j := range r.N {
						z := belowPeak(r.in(1, i, j), peak, total)
						r.want(0, i, j, dd.Sub(z, l), size(z)+size(l)+1+sumError(r.N))
					}
				}
			}},
			run: calls{runLogSoftmax[float32], runLogSoftmax[float64]}},
		{Row: Row{Kernel: "SoftmaxCrossEntropyTargets", Dims: "MN", Tol: tol, Returns: true,
			Params: []Param{matrix("dx", Out, Any, "x"), matrix("x", In, Any), matrix("p", In, Unit)},
			Ref:    targetsOracle},
			run: calls{runTargets[float32], runTargets[float64]}},
		{Row: Row{Kernel: "SoftmaxCrossEntropy", Dims: "MN", Tol: tol, Returns: true,
			Params: []Param{matrix("dx", Out, Any, "x"), matrix("x", In, Any), indexColumn("labels", In)},
			Ref:    softmaxCrossEntropyOracle},
			run: calls{runSoftmaxCrossEntropy[float32], runSoftmaxCrossEntropy[float64]}},
	}
}

// softmaxOracle returns the maximum of row i, NaN if there is one, and the sum of
// exp(x - maximum).
func softmaxOracle(r *Ref, p, i int) (peak, total dd.Num) {
	peak = num(math.Inf(-1))
	for j := range r.N {
		if x := r.in(p, i, j); x.IsNaN() || dd.Less(peak, x) {
			peak = x
		}
		if peak.IsNaN() {
			break
		}
	}
	if peak.IsInf(1) { // the limit, of which several have none
		for j := range r.N {
			if r.in(p, i, j).IsInf(1) {
				total = dd.Add(total, num(1))
			}
		}
		if total.Hi > 1 {
			total = num(math.NaN())
		}
		return peak, total
	}
	for j := range r.N {
		total = dd.Add(total, dd.Exp(dd.Sub(r.in(p, i, j), peak)))
	}
	return peak, total
}

// belowPeak is x - peak, and 0 for the one +Inf of a row.
func belowPeak(x, peak, total dd.Num) dd.Num {
	if x.IsInf(1) && peak.IsInf(1) && !total.IsNaN() {
		return num(0)
	}
	return dd.Sub(x, peak)
}

// expScale is the scale of an error of y = exp(z)/total, where z is itself a
// rounded difference and the total a sum of n terms.
func expScale(y, z dd.Num, n int) float64 {
	if y.Hi == 0 {
		return 0
	}
	return size(y) * (2 + size(z) + sumError(n))
}

// sumError bounds the relative error of a sum of n positive terms, times a
// quarter: the tolerance is 4 times the scale, a chain of n additions has n/2 ulp.
func sumError(n int) float64 { return float64(n) / 16 }

func softmaxCrossEntropyOracle(r *Ref) {
	rows := num(float64(max(1, r.M)))
	loss, scale := num(0), 0.0
	for i := range r.M {
		peak, total := softmaxOracle(r, 1, i)
		label := r.Operands[2].Int[i]
		for j := range r.N {
			z := belowPeak(r.in(1, i, j), peak, total)
			y := dd.Div(dd.Exp(z), total)
			g, s := y, expScale(y, z, r.N)
			if j == label {
				g, s = dd.Sub(y, num(1)), s+1
			}
			r.want(0, i, j, dd.Div(g, rows), s/rows.Hi)
		}
		gap := dd.Neg(belowPeak(r.in(1, i, label), peak, total))
		loss = sumOf(loss, dd.Log(total), gap)
		scale += size(dd.Log(total)) + size(gap) + 1 + sumError(r.N)
	}
	r.HasResult, r.Result, r.ResultScale = true, dd.Div(loss, rows), scale/rows.Hi+r.underflow()
}

func targetsOracle(r *Ref) {
	rows := num(float64(max(1, r.M)))
	loss, scale, open := num(0), 0.0, false
	for i := range r.M {
		if r.N == 0 {
			break
		}
		peak, total := softmaxOracle(r, 1, i)
		var weight, gap sum
		for j := range r.N {
			p := r.in(2, i, j)
			weight.add(p)
			if p.Hi != 0 {
				below := dd.Neg(belowPeak(r.in(1, i, j), peak, total))
				open = open || size(below) > r.DType.Max()/8 // a difference of type T
				gap.add(dd.Mul(p, below))
			}
		}
		for j := range r.N {
			z := belowPeak(r.in(1, i, j), peak, total)
			y := dd.Div(dd.Exp(z), total)
			g := dd.Sub(dd.Mul(y, weight.value), r.in(2, i, j))
			s := (expScale(y, z, r.N)+size(y)*(1+sumError(r.N)))*weight.magnitude + size(r.in(2, i, j))
			r.want(0, i, j, dd.Div(g, rows), (s+(1+weight.magnitude)*r.underflow())/rows.Hi+r.underflow())
		}
		open = open || gap.scale(r.DType) == AnyValue // as is a partial sum
		l := dd.Log(total)
		loss = sumOf(loss, dd.Mul(weight.value, l), gap.value)
		scale += weight.magnitude*(size(l)+1)*(1+sumError(r.N)) + gap.magnitude*(1+sumError(r.N))
	}
	r.HasResult, r.Result, r.ResultScale = true, dd.Div(loss, rows), scale/rows.Hi+r.underflow()
	if open && isFinite(loss) {
		r.ResultScale = AnyValue
	}
}

func runSoftmax[T kernels.Float](c *Call) {
	y, x := slice[T](c, 0), slice[T](c, 1)
	kernels.Softmax(c.M, c.N, y, c.ld(0), x, c.ld(1))
}

func runLogSumExp[T kernels.Float](c *Call) {
	y, x := slice[T](c, 0), slice[T](c, 1)
	kernels.LogSumExp(c.M, c.N, y, x, c.ld(1))
}

func runLogSoftmax[T kernels.Float](c *Call) {
	y, x := slice[T](c, 0), slice[T](c, 1)
	kernels.LogSoftmax(c.M, c.N, y, c.ld(0), x, c.ld(1))
}

func runTargets[T kernels.Float](c *Call) {
	dx, x, p := slice[T](c, 0), slice[T](c, 1), slice[T](c, 2)
	c.Result = kernels.SoftmaxCrossEntropyTargets(c.M, c.N, dx, c.ld(0), x, c.ld(1), p, c.ld(2))
}

func runSoftmaxCrossEntropy[T kernels.Float](c *Call) {
	dx, x, labels := slice[T](c, 0), slice[T](c, 1), c.Operands[2].Int
	c.Result = kernels.SoftmaxCrossEntropy(c.M, c.N, dx, c.ld(0), x, c.ld(1), labels)
}
