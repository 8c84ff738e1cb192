package spec

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/kernels"
)

func gemvTriangleLines() []line {
	cases, _ := gemvCases()
	var names []string
	for _, g := range cases {
		side := map[bool]string{false: "lower", true: "upper"}[g.trans]
		names = append(names, fmt.Sprintf("%s alpha=%v beta=%v", side, g.alpha, g.beta))
	}
	unread := func(s Sizes) bool { return cases[s.Case].alpha == 0 }
	a, x, y := matrix("a", In, Any), vector("x", In, Any), column("y", InOut, Any)
	a.Unread, x.Unread = unread, unread
	y.Unread = func(s Sizes) bool { return cases[s.Case].beta == 0 }
	return []line{{Row: Row{Kernel: "GemvTriangle", Dims: "MN", Cases: names, Params: []Param{a, x, y},
		// A chain of vectors in one of two accumulators, or where rows are long the chains
		// of Dot.
		Tol: Tol{Kind: Scaled, Max: 3, Worst: func(s Sizes) float64 {
			chain := max(min(s.N, gemvRowChunk)/8, min(s.N, genericChunk)/4, min(s.N, sumChunk)/16)
			return 5 + float64(chain+ceilDiv(s.N, sumChunk))/2
		}},
		Ref: func(r *Ref) { gemvTriangleOracle(r, cases[r.Case]) }},
		run: calls{runGemvTriangle[float32](cases), runGemvTriangle[float64](cases)}}}
}

// gemvTriangleOracle is the definition.
func gemvTriangleOracle(r *Ref, g gemvCase) {
	const a, x, y = 0, 1, 2
	for i := range r.M {
		var s combination
		for j := range r.N {
			if inside := j <= i && !g.trans || j >= i && g.trans; inside && g.alpha != 0 {
				s.add(r.in(a, i, j), r.in(x, 0, j), num(g.alpha))
			}
		}
		if g.alpha != 0 {
			s.magnitude = max(s.magnitude, s.magnitude/math.Abs(g.alpha)) // the sum comes first
		}
		if g.beta != 0 {
			s.add(num(g.beta), r.in(y, 0, i))
		}
		v, scale := s.result(r.DType)
		r.want(y, 0, i, v, scale)
	}
}

func runGemvTriangle[T kernels.Float](cases []gemvCase) func(*Call) {
	return func(c *Call) {
		g, a, x, y := cases[c.Case], slice[T](c, 0), slice[T](c, 1), slice[T](c, 2)
		kernels.GemvTriangle(g.trans, c.M, c.N, T(g.alpha), a, c.ld(0), x, T(g.beta), y)
	}
}
