package kernels

// Transpose copies a matrix with its rows as columns,
//
//	dst[j,i] = src[i,j]
//
// where src is rows x cols with leading dimension lds >= max(1, cols) and dst is cols x
// rows with ldd >= max(1, rows). They must not share an element; Transpose panics with a
// [ShapeError] before it writes anything otherwise.
func Transpose[T Float](rows, cols int, dst []T, ldd int, src []T, lds int) {
	const op = "Transpose"
	checkSize(op, "rows", rows)
	checkSize(op, "cols", cols)
	checkMatrix(op, "dst", "ldd", len(dst), cols, rows, ldd)
	checkMatrix(op, "src", "lds", len(src), rows, cols, lds)
	if rows == 0 || cols == 0 {
		return
	}
	checkApart(op, "dst", "src", matrixView(dst, cols, rows, ldd), matrixView(src, rows, cols, lds))
	raceReadMatrix(src, rows, cols, lds)
	raceWriteMatrix(dst, cols, rows, ldd)
	transpose(Active(), rows, cols, dst, ldd, src, lds)
}

// transposeTile is the side of the square that one assembly call transposes: what it
// reads and writes fits L1 in float32, L2 in float64.
const transposeTile = 64

func transpose[T Float](t Tier, rows, cols int, dst []T, ldd int, src []T, lds int) {
	for i := 0; i < rows; i += transposeTile {
		h := min(transposeTile, rows-i)
		for j := 0; j < cols; j += transposeTile {
			dispatchTranspose(t, dst[j*ldd+i:], src[i*lds+j:], h, min(transposeTile, cols-j), ldd, lds)
		}
	}
}

func transposeLines() []line {
	dst := Param{Name: "dst", Role: Out, Domain: Any, HasLd: true, Shape: func(s Sizes) (int, int) { return s.N, s.M }}
	return []line{{Row: Row{Kernel: "Transpose", Dims: "MN", Bitwise: true,
		Params: []Param{dst, matrix("src", In, Any)},
		Ref: func(r *Ref) {
			for i := range r.M {
				for j := range r.N {
					r.want(0, j, i, r.in(1, i, j), 0)
				}
			}
		}},
		assembly: true, run: [2]func(Tier, *Call){runTranspose[float32], runTranspose[float64]}}}
}

func runTranspose[T Float](t Tier, c *Call) {
	dst, src := slice[T](c, 0), slice[T](c, 1)
	if t == public {
		Transpose(c.M, c.N, dst, c.ld(0), src, c.ld(1))
		return
	}
	transpose(t, c.M, c.N, dst, c.ld(0), src, c.ld(1))
}
