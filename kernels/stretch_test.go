package kernels

import "testing"

// TestScaleBytesReadsNoFurther: the bytes behind the last one of a slice do not count,
// and those of y behind its length stay.
func TestScaleBytesReadsNoFurther(t *testing.T) {
	for _, tier := range Tiers() {
		for n := range 70 {
			x, y := make([]uint8, n+16), make([]float32, n+16)
			for i := range x {
				x[i] = uint8(7 * i)
			}
			scaleBytesOn(tier, y[:n], x[:n:n], 2, 1)
			for i, v := range y {
				want := float32(0)
				if i < n {
					want = 2*float32(x[i]) + 1
				}
				if v != want {
					t.Fatalf("%v, n = %d: y[%d] = %v, want %v", tier, n, i, v, want)
				}
			}
		}
	}
}
