package minimax

import (
	"math"
	"testing"
)

// TestTanhTable evaluates the polynomial of each interval and demands the stated error,
// and of the centers that their values are float32 to six bits more, where they are not near 1.
func TestTanhTable(t *testing.T) {
	worst := 0.0
	for i := range 1 << 18 {
		x := float64(float32(i+1) / (1 << 18) * Tanh32Last)
		k := math.Float32bits(float32(1+x)) >> 21 & 15
		p, r := 0.0, x-float64(Tanh32Center[k])
		for j := len(Tanh32) - 1; j >= 0; j-- {
			p = p*r + float64(Tanh32[j][k])
		}
		worst = max(worst, math.Abs(p/math.Tanh(x)-1))
	}
	if !(worst <= Tanh32Error) || worst < Tanh32Error/2 {
		t.Errorf("the largest error is %g, stated %g", worst, Tanh32Error)
	}
	for i, c := range Tanh32Center {
		y := math.Tanh(float64(c))
		if e := math.Abs(float64(Tanh32[0][i]) - y); !(e <= 0x1p-30) && c < 5 {
			t.Errorf("tanh of center %d differs from its float32 by %g", i, e)
		}
	}
	if y := float32(math.Tanh(Tanh32Last)); y != 1 {
		t.Errorf("tanh(%v) rounds to %v", Tanh32Last, y)
	}
}
