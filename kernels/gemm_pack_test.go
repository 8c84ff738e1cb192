package kernels

import "testing"

// TestCopyAndTranspose: the copies behind packing, which products reach with few
// shapes only, at all widths and heights round the blocks of every tier.
func TestCopyAndTranspose(t *testing.T) {
	for _, tier := range Tiers() {
		testCopyAndTranspose[float32](t, tier)
		testCopyAndTranspose[float64](t, tier)
	}
}

func testCopyAndTranspose[T Float](t *testing.T, tier Tier) {
	const border = -1
	for rows := 1; rows <= 19; rows++ {
		for cols := 1; cols <= 70; cols++ {
			lds := cols + cols%3
			src := make([]T, (rows-1)*lds+cols)
			for i := range src {
				src[i] = T(i + 1)
			}
			check := func(op string, m, n, ldd int, want func(i, j int) T, f func(dst []T)) {
				dst := make([]T, m*ldd+64)
				for i := range dst {
					dst[i] = border
				}
				f(dst[: (m-1)*ldd+n : (m-1)*ldd+n])
				for i, got := range dst {
					w := T(border)
					if i/ldd < m && i%ldd < n {
						w = want(i/ldd, i%ldd)
					}
					if got != w {
						t.Fatalf("%v: %s of %d x %d: element %d, %d is %v, want %v", tier, op, rows, cols,
							i/ldd, i%ldd, got, w)
					}
				}
			}
			check("copy", rows, cols, cols+rows%4, func(i, j int) T { return src[i*lds+j] },
				func(dst []T) { dispatchCopyRows(tier, dst, src, rows, cols, cols+rows%4, lds) })
			check("transpose", cols, rows, rows+cols%4, func(i, j int) T { return src[j*lds+i] },
				func(dst []T) { dispatchTranspose(tier, dst, src, rows, cols, rows+cols%4, lds) })
		}
	}
}
