package main

import (
	"math/rand/v2"
	"slices"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// newCall makes the operands of one call of a row, with numbers of moderate size that the kernel
// has results for.
func newCall(row *spec.Row, s spec.Sizes) *spec.Call {
	r := rand.New(rand.NewPCG(3, 4))
	call := &spec.Call{Sizes: s}
	for i := range row.Params {
		p := &row.Params[i]
		rows, cols := p.Shape(s)
		o, n := spec.Operand{Ld: max(1, cols)}, rows*cols
		switch {
		case p.Index:
			o.Int = make([]int, n)
			for j := range o.Int {
				o.Int[j] = r.IntN(s.N)
			}
		case row.DType == spec.F32:
			o.F32 = make([]float32, n)
			for j := range o.F32 {
				o.F32[j] = float32(number(r, row, p))
			}
		default:
			o.F64 = make([]float64, n)
			for j := range o.F64 {
				o.F64[j] = number(r, row, p)
			}
		}
		if p.Half != nil { // in some cases
			o.BF16 = make([]kernels.BFloat16, n)
			for j := range o.BF16 {
				o.BF16[j] = kernels.NewBFloat16(float32(number(r, row, p)))
			}
		}
		call.Operands = append(call.Operands, o)
	}
	return call
}

// number is in (0, 1) where the kernel wants a positive one, else of either sign: a kernel in Go
// may have a short way for one of the signs.
func number(r *rand.Rand, row *spec.Row, p *spec.Param) float64 {
	positive := []string{"Log", "Log1p", "Sqrt", "Rsqrt"}
	if p.Domain == spec.Positive || p.Domain == spec.Unit || slices.Contains(positive, row.Kernel) {
		return 0.01 + 0.98*r.Float64()
	}
	return 8*r.Float64() - 4
}
