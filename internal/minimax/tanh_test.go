package minimax

import (
	"math"
	"testing"

	"github.com/ashlar-go/ashlar/internal/dd"
)

// TestTanhTable evaluates the polynomial of each interval and demands the stated error,
// and of the centers that their values are float32 to six bits more, where they are not near 1.
func TestTanhTable(t *testing.T) {
	worst := 0.0
	for i := range 1 << 18 {
		x := float64(float32(i+1) / (1<<18 + 1) * Tanh32Last)
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
	if e := 1 - math.Tanh(Tanh32Last); !(e <= 0.52*0x1p-24) {
		t.Errorf("1 differs from tanh(%v) by %g", Tanh32Last, e)
	}
}

// tanh32 is the polynomial as the kernels evaluate it, for x >= 0.
func tanh32(x float32) float32 {
	x = min(Tanh32Last, x)
	k := math.Float32bits(1+x) >> 21 & 15
	r := x - Tanh32Center[k]
	n := len(Tanh32) - 1
	y := Tanh32[n][k]
	for j := n - 1; j >= 0; j-- {
		y = dd.FMA32(y, r, Tanh32[j][k])
	}
	return y
}

// TestTanhEnd demands that the polynomial itself climbs to 1 and stays there.
func TestTanhEnd(t *testing.T) {
	last := float32(0)
	for b := math.Float32bits(8.9); b <= math.Float32bits(9.5); b++ {
		y := tanh32(math.Float32frombits(b))
		if y < last || y > 1 {
			t.Fatalf("tanh(%v) = %v after %v", math.Float32frombits(b), y, last)
		}
		last = y
	}
	for _, x := range []float32{Tanh32Last, 9.25, 10, 20, math.MaxFloat32, float32(math.Inf(1))} {
		if y := tanh32(x); y != 1 {
			t.Errorf("tanh(%v) = %v, want 1", x, y)
		}
	}
}

// TestTanhClimbs demands that no step of the polynomials goes down by more than a unit in
// the last place, where the intervals meet as well.
func TestTanhClimbs(t *testing.T) {
	last := float32(0)
	for b := math.Float32bits(0x1p-20); b <= math.Float32bits(Tanh32Last); b += sampled(67) {
		x := math.Float32frombits(b)
		y := tanh32(x)
		if y < last-(math.Nextafter32(y, 2)-y) {
			t.Fatalf("tanh(%v) = %v after %v", x, y, last)
		}
		last = y
	}
}
