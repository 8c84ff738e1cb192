package spec

import (
	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/kernels"
)

func pReLULines() []line {
	return []line{
		{Row: Row{Kernel: "PReLU", Dims: "MN", Bitwise: true,
			Params: []Param{matrix("y", Out, Any, "x"), matrix("x", In, Any), vector("slope", In, Any)},
			Ref: func(r *Ref) {
				for i := range r.M {
					for j := range r.N {
						v := r.in(1, i, j)
						if dd.Less(v, num(0)) {
							v = dd.Mul(v, r.in(2, 0, j))
						}
						r.want(0, i, j, v, 0)
					}
				}
			}},
			run: calls{runPReLU[float32], runPReLU[float64]}},
		{Row: Row{Kernel: "PReLUBackward", Dims: "MN", Tol: chunkedSum(8),
			Params: []Param{
				matrix("dx", Out, Moderate, "dy", "x"), matrix("dy", In, Moderate),
				matrix("x", In, Moderate),
				vector("slope", In, Moderate), vector("dslope", Out, Moderate)},
			Ref: pReLUBackwardOracle},
			run: calls{runPReLUBackward[float32], runPReLUBackward[float64]}},
	}
}

func pReLUBackwardOracle(r *Ref) {
	for j := range r.N {
		var total sum
		for i := range r.M {
			dy, x := r.in(1, i, j), r.in(2, i, j)
			dx := dy
			if !dd.Less(num(0), x) {
				total.add(dd.Mul(x, dy))
				if !x.IsNaN() {
					dx = dd.Mul(dy, r.in(3, 0, j))
				}
			}
			r.want(0, i, j, dx, size(dx))
		}
		r.want(4, 0, j, total.value, total.scale(r.DType))
	}
}

func runPReLU[T kernels.Float](c *Call) {
	y, x, slope := slice[T](c, 0), slice[T](c, 1), slice[T](c, 2)
	kernels.PReLU(c.M, c.N, y, c.ld(0), x, c.ld(1), slope)
}

func runPReLUBackward[T kernels.Float](c *Call) {
	dx, dy, x, slope, dslope := slice[T](c, 0), slice[T](c, 1), slice[T](c, 2), slice[T](c, 3),
		slice[T](c, 4)
	kernels.PReLUBackward(c.M, c.N, dx, c.ld(0), dy, c.ld(1), x, c.ld(2), slope, dslope)
}
