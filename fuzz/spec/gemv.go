package spec

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/kernels"
)

// gemvCase is a setting of the flag, of Gemv or of GemvTriangle, and of the scalars in the
// table.
type gemvCase struct {
	trans       bool // or upper
	alpha, beta float64
}

func gemvCases() (cases []gemvCase, names []string) {
	for _, s := range gemmScalars {
		for _, trans := range []bool{false, true} {
			g := gemvCase{trans, s[0], s[1]}
			cases = append(cases, g)
			op := map[bool]string{false: "N", true: "T"}[trans]
			names = append(names, fmt.Sprintf("%s alpha=%v beta=%v", op, g.alpha, g.beta))
		}
	}
	return cases, names
}

func gemvLines() []line {
	cases, names := gemvCases()
	unread := func(s Sizes) bool { return cases[s.Case].alpha == 0 }
	x := Param{Name: "x", Role: In, Unread: unread,
		Shape: func(s Sizes) (int, int) { return 1, pick(cases[s.Case].trans, s.M, s.N) }}
	y := Param{Name: "y", Role: InOut, Unread: func(s Sizes) bool { return cases[s.Case].beta == 0 },
		Shape: func(s Sizes) (int, int) { return 1, pick(cases[s.Case].trans, s.N, s.M) }}
	a := matrix("a", In, Any)
	a.Unread = unread
	gx, gy := column("x", In, Any), vector("y", In, Any)
	gx.Unread = func(s Sizes) bool { return factors[s.Case] == 0 }
	gy.Unread = gx.Unread
	return []line{
		{Row: Row{Kernel: "Gemv", Dims: "MN", Cases: names, Params: []Param{a, x, y},
			// Along a row a chain of vectors in one of two accumulators, down a column
			// one of rowChunk terms, four at a time, then float64 over the chunks.
			Tol: Tol{Kind: Scaled, Max: 3, Worst: func(s Sizes) float64 {
				chain := max(min(s.N, gemvRowChunk)/8, min(s.N, genericChunk)/4, min(s.M, rowChunk)/4)
				return 5 + float64(chain+ceilDiv(max(s.M, s.N), rowChunk))/2
			}},
			Ref: func(r *Ref) { gemvOracle(r, cases[r.Case]) }},
			run: calls{runGemv[float32](cases), runGemv[float64](cases)}},
		{Row: Row{Kernel: "Ger", Dims: "MN", Bitwise: true,
			Cases:  []string{"alpha=1", "alpha=-0.75", "alpha=0"},
			Params: []Param{gx, gy, matrix("a", InOut, Any)},
			Tol:    Tol{Kind: Scaled, Max: 2}, Ref: gerOracle},
			run: calls{runGer[float32], runGer[float64]}},
	}
}

// gemvOracle is the definition.
func gemvOracle(r *Ref, g gemvCase) {
	const a, x, y = 0, 1, 2
	for i := range r.Operands[y].Cols {
		var s combination
		if g.alpha != 0 {
			for p := range r.Operands[x].Cols {
				s.add(r.in(a, pick(g.trans, p, i), pick(g.trans, i, p)), r.in(x, 0, p), num(g.alpha))
			}
			s.magnitude = max(s.magnitude, s.magnitude/math.Abs(g.alpha)) // the sum comes first
		}
		if g.beta != 0 {
			s.add(num(g.beta), r.in(y, 0, i))
		}
		v, scale := s.result(r.DType)
		r.want(y, 0, i, v, scale)
	}
}

// gerOracle is the definition. If alpha*x underflows, y multiplies the error.
func gerOracle(r *Ref) {
	const x, y, a = 0, 1, 2
	alpha := factors[r.Case]
	for i := range r.M {
		for j := range r.N {
			var s combination
			s.add(r.in(a, i, j))
			if alpha != 0 {
				s.add(num(alpha), r.in(x, 0, i), r.in(y, 0, j))
				if isFinite(r.in(y, 0, j)) {
					s.magnitude += r.DType.smallestNormal() * size(r.in(y, 0, j))
				}
			}
			v, scale := s.result(r.DType)
			r.want(a, i, j, v, scale)
		}
	}
}

func runGemv[T kernels.Float](cases []gemvCase) func(*Call) {
	return func(c *Call) {
		g, a, x, y := cases[c.Case], slice[T](c, 0), slice[T](c, 1), slice[T](c, 2)
		kernels.Gemv(g.trans, c.M, c.N, T(g.alpha), a, c.ld(0), x, T(g.beta), y)
	}
}

func runGer[T kernels.Float](c *Call) {
	x, y, a, alpha := slice[T](c, 0), slice[T](c, 1), slice[T](c, 2), T(factors[c.Case])
	kernels.Ger(c.M, c.N, alpha, x, y, a, c.ld(2))
}
