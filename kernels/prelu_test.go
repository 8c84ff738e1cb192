package kernels

import (
	"math"
	"testing"
)

// TestPReLUBackwardAtZero: elements of x that are 0, of either sign, count for dslope: times an infinite
// gradient they make it NaN, in every lane and in each of several rows.
func TestPReLUBackwardAtZero(t *testing.T) {
	testPReLUBackwardAtZero[float32](t)
	testPReLUBackwardAtZero[float64](t)
}

func testPReLUBackwardAtZero[T Float](t *testing.T) {
	for _, tier := range Tiers() {
		for rows := 1; rows <= 5; rows++ {
			for row := range rows {
				for cols := 1; cols <= 70; cols++ {
					infiniteAtZero[T](t, tier, rows, cols, row)
				}
			}
		}
	}
}

// infiniteAtZero takes a matrix x of zeros, whose gradients are 1 in all rows but one and infinite in that.
func infiniteAtZero[T Float](t *testing.T, tier Tier, rows, cols, row int) {
	x, dy, dx := make([]T, rows*cols), make([]T, rows*cols), make([]T, rows*cols)
	slope, dslope := make([]T, cols), make([]T, cols)
	for j := range slope {
		slope[j] = 0.5
	}
	for i := range dy {
		if dy[i] = 1; i/cols == row {
			dy[i] = T(math.Inf(1))
		}
		if i%2 == 0 {
			x[i] = T(math.Copysign(0, -1))
		}
	}
	pReLUBackward(tier, rows, cols, dx, cols, dy, cols, x, cols, slope, dslope)
	for j, v := range dslope {
		if d := dx[row*cols+j]; v == v || d != dy[row*cols+j] {
			t.Fatalf("%v/%v, %d x %d, row %d, column %d: dslope %v, want NaN, dx %v, want +Inf", tier, dtypeOf[T](),
				rows, cols, row, j, v, d)
		}
	}
}
