package kernels

import "testing"

// TestPackAndTranspose: packing and transposing, which products reach with few shapes only, at all
// widths and heights round the blocks of every tier. What lies outside the result keeps its elements.
func TestPackAndTranspose(t *testing.T) {
	for _, tier := range Tiers() {
		testPackAndTranspose[float32](t, tier)
		testPackAndTranspose[float64](t, tier)
	}
}

func testPackAndTranspose[T Float](t *testing.T, tier Tier) {
	const border = -1
	nr := tileOf[T](tier).NR
	for rows := 1; rows <= 19; rows++ {
		for cols := 1; cols <= 70; cols++ {
			lds := cols + cols%3
			src := make([]T, (rows-1)*lds+cols)
			for i := range src {
				src[i] = T(i + 1)
			}
			// element tells what is the number at index i of the result, if i is an element of it.
			check := func(op string, n int, element func(i int) (T, bool), f func(dst []T)) {
				dst := make([]T, n+64)
				for i := range dst {
					dst[i] = border
				}
				f(dst[:n:n])
				for i, got := range dst {
					want, ok := element(i)
					if !ok {
						want = border
					}
					if got != want {
						t.Fatalf("%v: %s of %d x %d: number %d is %v, want %v", tier, op, rows, cols, i, got, want)
					}
				}
			}
			ldp := rows*nr + cols%4 // from one panel to the next
			check("pack", (cols+nr-1)/nr*ldp, func(i int) (T, bool) {
				row, col := i%ldp/nr, i/ldp*nr+i%ldp%nr
				if row >= rows || col >= cols {
					return 0, false
				}
				return src[row*lds+col], true
			}, func(dst []T) { dispatchPackPanels(tier, dst, src, rows, cols, nr, ldp, lds) })
			ldt := rows + cols%4
			check("transpose", (cols-1)*ldt+rows, func(i int) (T, bool) {
				row, col := i%ldt, i/ldt
				if row >= rows || col >= cols {
					return 0, false
				}
				return src[row*lds+col], true
			}, func(dst []T) { dispatchTranspose(tier, dst, src, rows, cols, ldt, lds) })
		}
	}
}
