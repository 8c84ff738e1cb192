package spec

import (
	"fmt"

	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/kernels"
)

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
		{Row: Row{Kernel: "Clip", Dims: "N", Bitwise: true,
			Params: []Param{vector("y", Out, Any, "x"), vector("x", In, Any)},
			Ref: mapOracle(func(x dd.Num) dd.Num {
				if dd.Less(x, num(-0.5)) {
					return num(-0.5)
				}
				if dd.Less(num(1), x) {
					return num(1)
				}
				return x
			})},
			run: calls{runClip[float32], runClip[float64]}},
		{Row: Row{Kernel: "AdaptiveClipRows", Dims: "MN", Cases: cases, Tol: tol, Params: params,
			Ref: func(r *Ref) {
				for i := range r.M {
					adaptiveClipOracle(r, r.N, func(k int) (int, int) { return i, k })
				}
			}},
			run: calls{runAdaptiveClipRows[float32], runAdaptiveClipRows[float64]}},
		{Row: Row{Kernel: "AdaptiveClipColumns", Dims: "MN", Cases: cases, Tol: tol, Params: params,
			Ref: func(r *Ref) {
				for j := range r.N {
					adaptiveClipOracle(r, r.M, func(k int) (int, int) { return k, j })
				}
			}},
			run: calls{runAdaptiveClipColumns[float32], runAdaptiveClipColumns[float64]}},
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

func runClip[T kernels.Float](c *Call) {
	y, x := slice[T](c, 0), slice[T](c, 1)
	kernels.Clip(y, x, -0.5, 1)
}

func runAdaptiveClipRows[T kernels.Float](c *Call) {
	g, w, h := slice[T](c, 0), slice[T](c, 1), clipCases[c.Case]
	kernels.AdaptiveClipRows(c.M, c.N, g, c.ld(0), w, c.ld(1), T(h.lambda), T(h.eps))
}

func runAdaptiveClipColumns[T kernels.Float](c *Call) {
	g, w, h := slice[T](c, 0), slice[T](c, 1), clipCases[c.Case]
	kernels.AdaptiveClipColumns(c.M, c.N, g, c.ld(0), w, c.ld(1), T(h.lambda), T(h.eps))
}
