package spec

import "github.com/ashlar-go/ashlar/kernels"

// The conversions to and from bfloat16, which are of float32 alone.
func bfloat16Lines() []line {
	always := func(Sizes) bool { return true }
	same := func(r *Ref) {
		for i := range r.N {
			r.want(0, 0, i, r.in(1, 0, i), 0) // what is wanted of bfloat16 is rounded once
		}
	}
	to := []Param{vector("y", Out, Any), vector("x", In, Any)}
	from := []Param{vector("y", Out, Any), vector("x", In, Any)}
	to[0].Half, from[1].Half = always, always
	return []line{
		{Row: Row{Kernel: "ToBFloat16", Dims: "N", Bitwise: true, Params: to, Ref: same},
			run: calls{func(c *Call) { kernels.ToBFloat16(c.Operands[0].BF16, c.Operands[1].F32) }}},
		{Row: Row{Kernel: "FromBFloat16", Dims: "N", Bitwise: true, Params: from, Ref: same},
			run: calls{func(c *Call) { kernels.FromBFloat16(c.Operands[0].F32, c.Operands[1].BF16) }}},
	}
}
