package spec

import "github.com/ashlar-go/ashlar/kernels"

func transposeLines() []line {
	dst := Param{Name: "dst", Role: Out, HasLd: true, Shape: func(s Sizes) (int, int) { return s.N, s.M }}
	return []line{{Row: Row{Kernel: "Transpose", Dims: "MN", Bitwise: true,
		Params: []Param{dst, matrix("src", In, Any)},
		Ref: func(r *Ref) {
			for i := range r.M {
				for j := range r.N {
					r.want(0, j, i, r.in(1, i, j), 0)
				}
			}
		}},
		run: calls{runTranspose[float32], runTranspose[float64]}}}
}

func runTranspose[T kernels.Float](c *Call) {
	dst, src := slice[T](c, 0), slice[T](c, 1)
	kernels.Transpose(c.M, c.N, dst, c.ld(0), src, c.ld(1))
}
