package kernels

import (
	"math"
	"testing"
)

// TestPReLUBackwardAtZero: elements of x that are 0, of either sign, count for dslope: times an infinite
// gradient they make it NaN, in every lane, with one row and with several.
func TestPReLUBackwardAtZero(t *testing.T) {
	testPReLUBackwardAtZero[float32](t)
	testPReLUBackwardAtZero[float64](t)
}

func testPReLUBackwardAtZero[T Float](t *testing.T) {
	zero := T(0)
	for _, tier := range Tiers() {
		for rows := 1; rows <= 5; rows++ {
			for cols := 1; cols <= 70; cols++ {
				x, dy, dx := make([]T, rows*cols), make([]T, rows*cols), make([]T, rows*cols)
				slope, dslope := make([]T, cols), make([]T, cols)
				for j := range slope {
					slope[j] = 0.5
				}
				last := (rows - 1) * cols // of the rows, the last has the infinite gradients
				for i := range dy {
					if dy[i] = 1; i >= last {
						dy[i] = T(math.Inf(1))
					}
					if i%2 == 0 {
						x[i] = -zero
					}
				}
				pReLUBackward(tier, rows, cols, dx, cols, dy, cols, x, cols, slope, dslope)
				for j, v := range dslope {
					if v == v || dx[last+j] != dy[last+j] {
						t.Fatalf("%v/%v, %d x %d, column %d: dslope %v, want NaN, dx %v, want +Inf", tier, dtypeOf[T](),
							rows, cols, j, v, dx[last+j])
					}
				}
			}
		}
	}
}
