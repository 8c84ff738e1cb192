package spec

import (
	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/kernels"
)

func reduceLines() []line {
	return []line{
		{Row: Row{Kernel: "ColumnSums", Dims: "MN", Tol: chunkedSum(2),
			Params: []Param{vector("sum", Out, Any), matrix("x", In, Any)},
			Ref: func(r *Ref) {
				for j := range r.N {
					var s sum
					for i := range r.M {
						s.add(r.in(1, i, j))
					}
					r.want(0, 0, j, s.value, s.scale(r.DType))
				}
			}},
			run: calls{runColumnSums[float32], runColumnSums[float64]}},
		{Row: Row{Kernel: "AddBias", Dims: "MN", Bitwise: true,
			Params: []Param{matrix("y", Out, Any, "x"), matrix("x", In, Any), vector("bias", In, Any)},
			Ref: func(r *Ref) {
				for i := range r.M {
					for j := range r.N {
						r.want(0, i, j, dd.Add(r.in(1, i, j), r.in(2, 0, j)), 0)
					}
				}
			}},
			run: calls{runAddBias[float32], runAddBias[float64]}},
		{Row: Row{Kernel: "ArgMax", Dims: "MN", Bitwise: true,
			Params: []Param{indexColumn("index", Out), matrix("x", In, Any)},
			Ref: func(r *Ref) {
				for i := range r.M {
					for j := range r.N {
						x, best := r.in(1, i, j), r.in(1, i, r.Operands[0].Int[i])
						if !best.IsNaN() && (x.IsNaN() || dd.Less(best, x)) {
							r.Operands[0].Int[i] = j
						}
					}
				}
			}},
			run: calls{runArgMax[float32], runArgMax[float64]}},
	}
}

// chunkedSum is the tolerance of sums down the columns: a chain of rowChunk terms,
// then float64 over the chunks.
func chunkedSum(random float64) Tol {
	return Tol{Kind: Scaled, Max: random, Worst: func(s Sizes) float64 {
		return random + float64(rowChunk+ceilDiv(s.M, rowChunk))/2
	}}
}

func runColumnSums[T kernels.Float](c *Call) {
	sum, x := slice[T](c, 0), slice[T](c, 1)
	kernels.ColumnSums(c.M, c.N, sum, x, c.ld(1))
}

func runAddBias[T kernels.Float](c *Call) {
	y, x, bias := slice[T](c, 0), slice[T](c, 1), slice[T](c, 2)
	kernels.AddBias(c.M, c.N, y, c.ld(0), x, c.ld(1), bias)
}

func runArgMax[T kernels.Float](c *Call) {
	index, x := c.Operands[0].Int, slice[T](c, 1)
	kernels.ArgMax(c.M, c.N, index, x, c.ld(1))
}
