package spec

import (
	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/internal/freelist"
	"github.com/ashlar-go/ashlar/kernels"
)

// tableGatherCols is the number of columns that GatherRows has in the table.
const tableGatherCols = 5

// hitCases are the settings of k in the table.
var hitCases = []int{1, 3}

func dataLines() []line {
	gather := func(name string, role Role, rows func(Sizes) int) Param {
		return Param{Name: name, Role: role, HasLd: true,
			Shape: func(s Sizes) (int, int) { return rows(s), tableGatherCols }}
	}
	bytes := vector("x", In, Label)
	bytes.Index, bytes.Copied = true, true // the bytes are made of ints
	return []line{
		{Row: Row{Kernel: "GatherRows", Dims: "MN", Bitwise: true,
			Params: []Param{
				gather("dst", Out, func(s Sizes) int { return s.M }),
				gather("src", In, func(s Sizes) int { return s.N }),
				indexColumn("index", In)},
			Ref: func(r *Ref) {
				for i, k := range r.Operands[2].Int {
					for j := range tableGatherCols {
						r.want(0, i, j, r.in(1, k, j), 0)
					}
				}
			}},
			run: calls{runGatherRows[float32], runGatherRows[float64]}},
		{Row: Row{Kernel: "ScaleBytes", Dims: "N", Tol: Tol{Kind: Scaled, Max: 1}, Bitwise: true,
			Params: []Param{vector("y", Out, Any), bytes},
			Ref: func(r *Ref) {
				scale, shift := num(r.DType.round(num(1.0/255))), num(-0.5)
				for i, b := range r.Operands[1].Int {
					v := dd.Mul(num(float64(uint8(b))), scale)
					r.want(0, 0, i, dd.Add(v, shift), size(v)+size(shift))
				}
			}},
			run: calls{runScaleBytes[float32], runScaleBytes[float64]}},
		{Row: Row{Kernel: "TopKHits", Dims: "MN", Cases: []string{"k=1", "k=3"}, Returns: true,
			Params: []Param{matrix("x", In, Any), indexColumn("labels", In)},
			Ref: func(r *Ref) {
				hits := 0
				for i, l := range r.Operands[1].Int {
					ahead := 0
					for j := range r.N {
						if before(r.in(0, i, j), r.in(0, i, l), j < l) {
							ahead++
						}
					}
					if ahead < hitCases[r.Case] {
						hits++
					}
				}
				r.HasResult, r.Result = true, num(float64(hits))
			}},
			run: calls{runTopKHits[float32], runTopKHits[float64]}},
	}
}

// before reports whether u comes before v in descending order, NaN first and of equal
// ones the left.
func before(u, v dd.Num, left bool) bool {
	switch {
	case u.IsNaN() || v.IsNaN():
		return u.IsNaN() && (left || !v.IsNaN())
	case dd.Cmp(u, v) == 0:
		return left
	}
	return dd.Less(v, u)
}

func runGatherRows[T kernels.Float](c *Call) {
	dst, src, index := slice[T](c, 0), slice[T](c, 1), c.Operands[2].Int
	kernels.GatherRows(c.M, tableGatherCols, dst, c.ld(0), c.N, src, c.ld(1), index)
}

// byteScratch keeps what runScaleBytes makes of the ints of a call.
var byteScratch freelist.Lists

func runScaleBytes[T kernels.Float](c *Call) {
	b := freelist.Get[float32, []uint8](&byteScratch)
	*b = (*b)[:0]
	for _, v := range c.Operands[1].Int {
		*b = append(*b, uint8(v))
	}
	kernels.ScaleBytes(slice[T](c, 0), *b, T(1.0/255), -0.5)
	freelist.Put[float32](&byteScratch, b)
}

func runTopKHits[T kernels.Float](c *Call) {
	x, labels, k := slice[T](c, 0), c.Operands[1].Int, hitCases[c.Case]
	c.Result = float64(kernels.TopKHits(c.M, c.N, x, c.ld(0), labels, k))
}
