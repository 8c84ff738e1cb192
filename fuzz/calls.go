package fuzz

import (
	"math/rand/v2"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// NewCall returns a call of a row on ordinary slices with random numbers of the operands' domains. The
// same seed gives the same call. It returns nil where the sizes do not fit the row, as there is no
// label in [0, 0).
func NewCall(row *spec.Row, s spec.Sizes, seed uint64) *spec.Call {
	in := random(row, s, rand.New(rand.NewPCG(seed, uint64(len(row.Kernel)))))
	if in == nil {
		return nil
	}
	return heapCall(row, in)
}

// heapCall copies an input to ordinary slices, with leading dimensions of cols + 2.
func heapCall(row *spec.Row, in *Input) *spec.Call {
	c := &spec.Call{Sizes: in.Sizes, Operands: make([]spec.Operand, len(row.Params))}
	for i, p := range row.Params {
		rows, cols := p.Shape(in.Sizes)
		o, ld := &c.Operands[i], max(1, cols)
		if p.HasLd {
			ld += 2
		}
		n := 0
		if rows > 0 && cols > 0 {
			n = (rows-1)*ld + cols
		}
		o.Ld, o.F32, o.F64, o.Int = ld, make([]float32, n), make([]float64, n), make([]int, n)
		o.BF16 = make([]kernels.BFloat16, n)
		for r := range rows {
			for j := range cols {
				switch k := r*cols + j; {
				case in.Ints[i] != nil:
					o.Int[r*ld+j] = in.Ints[i][k]
				case in.Values[i] != nil:
					o.F32[r*ld+j], o.F64[r*ld+j] = float32(in.Values[i][k]), in.Values[i][k]
					if p.Half != nil {
						o.BF16[r*ld+j] = kernels.BFloat16(bitsOfBF16(in.Values[i][k]))
					}
				}
			}
		}
	}
	return c
}
