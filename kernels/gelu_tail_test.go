package kernels

import (
	"math"
	"testing"
)

// TestGELUTail demands of GELU below 0 that it keeps its relative accuracy as long as it is a normal
// number, on every tier, with and without the derivative.
func TestGELUTail(t *testing.T) {
	x := make([]float32, 1<<16)
	for i := range x {
		x[i] = -13.14 * float32(i+1) / float32(len(x))
	}
	for _, tier := range Tiers() {
		y, withGrad, d := make([]float32, len(x)), make([]float32, len(x)), make([]float32, len(x))
		dispatchGELU(tier, y, x)
		dispatchGELUGrad(tier, withGrad, d, x)
		for i, v := range x {
			want := float64(v) / 2 * math.Erfc(-float64(v)/math.Sqrt2)
			if e := math.Abs(float64(y[i])/want - 1); !(e <= 4*0x1p-23) {
				t.Fatalf("%v: GELU(%v) = %v, want %v", tier, v, y[i], want)
			}
			if y[i] != withGrad[i] {
				t.Fatalf("%v: GELU(%v) = %v, with derivative %v", tier, v, y[i], withGrad[i])
			}
		}
	}
}
