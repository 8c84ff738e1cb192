package kernels

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/internal/dd"
)

func sumLines() []line {
	tol := Tol{Kind: Scaled, Max: 3, Worst: func(s Sizes) float64 {
		chain := max(min(s.N, sumChunk)/32, min(s.N, rowChunkCols)/8)
		return 5 + float64(chain+ceilDiv(s.N, rowChunkCols))/2
	}}
	add := func(kernel string, d Domain, oracle func(*Ref), run32, run64 func(Tier, *Call)) line {
		return line{Row: Row{Kernel: kernel, Dims: "N", Tol: tol, Returns: true, Params: []Param{vector("x", In, d)}, Ref: oracle},
			assembly: true, run: [2]func(Tier, *Call){run32, run64}}
	}
	return []line{
		add("Sum", Any, func(r *Ref) {
			var s combination
			for j := range r.N {
				s.add(r.in(0, 0, j))
			}
			r.returns(&s)
		}, runSum[float32], runSum[float64]),
		add("Mean", Moderate, func(r *Ref) {
			var s sum
			for j := range r.N {
				s.add(r.in(0, 0, j))
			}
			n := float64(r.N)
			r.HasResult, r.Result, r.ResultScale = true, dd.Div(s.value, num(n)), s.magnitude/max(1, n)+r.underflow()
			if r.N == 0 {
				r.Result = num(math.NaN())
			}
		}, runMean[float32], runMean[float64]),
		add("Variance", Moderate, func(r *Ref) {
			m := momentsOf(r.N, func(j int) dd.Num { return r.in(0, 0, j) })
			r.HasResult, r.Result, r.ResultScale = true, m.variance, m.varianceScale+r.underflow()
			if r.N == 0 {
				r.Result = num(math.NaN())
			}
		}, runVariance[float32], runVariance[float64]),
		add("SumSquares", Moderate, func(r *Ref) {
			var s sum
			for j := range r.N {
				s.add(dd.Mul(r.in(0, 0, j), r.in(0, 0, j)))
			}
			r.HasResult, r.Result, r.ResultScale = true, s.value, s.magnitude+r.underflow()
		}, runSumSquares[float32], runSumSquares[float64]),
	}
}

func runSum[T Float](t Tier, c *Call) {
	if x := slice[T](c, 0); t == public {
		c.Result = float64(Sum(x))
	} else {
		c.Result = float64(T(sumOn(t, x)))
	}
}

func runMean[T Float](t Tier, c *Call) {
	if x := slice[T](c, 0); t == public {
		c.Result = float64(Mean(x))
	} else {
		c.Result = float64(T(meanOn(t, x)))
	}
}

func runVariance[T Float](t Tier, c *Call) {
	if x := slice[T](c, 0); t == public {
		c.Result = float64(Variance(x))
	} else {
		c.Result = float64(T(varianceOn(t, x)))
	}
}

// runSumSquares passes the operand as two vectors.
func runSumSquares[T Float](t Tier, c *Call) {
	x := slice[T](c, 0)
	if a, b := x[:len(x)/3], x[len(x)/3:]; t == public {
		c.Result = SumSquares(a, b)
	} else {
		both := [...][]T{a, b}
		c.Result = sumSquaresOn(t, both[:])
	}
}

// clipCases are lambda and eps of adaptive clipping in the table.
var clipCases = []struct{ lambda, eps float64 }{{0.5, 0.125}, {0x1p-7, 0x1p-10}, {64, 1}}

func clipLines() []line {
	var cases []string
	for _, c := range clipCases {
		cases = append(cases, fmt.Sprintf("lambda=%v eps=%v", c.lambda, c.eps))
	}
	params := []Param{matrix("g", InOut, Moderate), matrix("w", In, Moderate)}
	tol := Tol{Kind: Scaled, Max: 4, Worst: func(s Sizes) float64 {
		return 4 + float64(max(min(s.M, rowChunk), min(s.N, rowChunkCols)/8)+ceilDiv(s.N, rowChunkCols))/2
	}}
	return []line{
		{Row: Row{Kernel: "Clip", Dims: "N", Bitwise: true, Params: []Param{vector("y", Out, Any, "x"), vector("x", In, Any)},
			Ref: mapOracle(func(x dd.Num) dd.Num {
				if dd.Less(x, num(-0.5)) {
					return num(-0.5)
				}
				if dd.Less(num(1), x) {
					return num(1)
				}
				return x
			})},
			assembly: true, run: [2]func(Tier, *Call){runClip[float32], runClip[float64]}},
		{Row: Row{Kernel: "AdaptiveClipRows", Dims: "MN", Cases: cases, Tol: tol, Params: params,
			Ref: func(r *Ref) {
				for i := range r.M {
					adaptiveClipOracle(r, r.N, func(k int) (int, int) { return i, k })
				}
			}},
			assembly: true, run: [2]func(Tier, *Call){runAdaptiveClipRows[float32], runAdaptiveClipRows[float64]}},
		{Row: Row{Kernel: "AdaptiveClipColumns", Dims: "MN", Cases: cases, Tol: tol, Params: params,
			Ref: func(r *Ref) {
				for j := range r.N {
					adaptiveClipOracle(r, r.M, func(k int) (int, int) { return k, j })
				}
			}},
			assembly: true, run: [2]func(Tier, *Call){runAdaptiveClipColumns[float32], runAdaptiveClipColumns[float64]}},
	}
}

// adaptiveClipOracle clips one unit of n elements, the k-th of which stands at(k).
func adaptiveClipOracle(r *Ref, n int, at func(k int) (i, j int)) {
	h := clipCases[r.Case]
	ofG, ofW := num(0), num(0)
	for k := range n {
		i, j := at(k)
		g, w := r.in(0, i, j), r.in(1, i, j)
		ofG, ofW = dd.Add(ofG, dd.Mul(g, g)), dd.Add(ofW, dd.Mul(w, w))
	}
	norm, size1 := dd.Sqrt(ofG), dd.Sqrt(ofW)
	if dd.Less(size1, num(h.eps)) {
		size1 = num(h.eps)
	}
	limit := dd.Mul(num(h.lambda), size1)
	factor := num(1)
	if !(norm.Hi <= limit.Hi) {
		factor = dd.Div(limit, norm)
	}
	for k := range n {
		i, j := at(k)
		v := dd.Mul(factor, r.in(0, i, j))
		r.want(0, i, j, v, size(v))
	}
}

func runClip[T Float](t Tier, c *Call) {
	y, x := slice[T](c, 0), slice[T](c, 1)
	if t == public {
		Clip(y, x, -0.5, 1)
		return
	}
	clip(t, y, x, -0.5, 1)
}

func runAdaptiveClipRows[T Float](t Tier, c *Call) {
	g, w, h := slice[T](c, 0), slice[T](c, 1), clipCases[c.Case]
	if t == public {
		AdaptiveClipRows(c.M, c.N, g, c.ld(0), w, c.ld(1), T(h.lambda), T(h.eps))
		return
	}
	adaptiveClipRows(t, c.M, c.N, g, c.ld(0), w, c.ld(1), T(h.lambda), T(h.eps))
}

func runAdaptiveClipColumns[T Float](t Tier, c *Call) {
	g, w, h := slice[T](c, 0), slice[T](c, 1), clipCases[c.Case]
	if t == public {
		AdaptiveClipColumns(c.M, c.N, g, c.ld(0), w, c.ld(1), T(h.lambda), T(h.eps))
		return
	}
	adaptiveClipColumns(t, c.M, c.N, g, c.ld(0), w, c.ld(1), T(h.lambda), T(h.eps))
}
