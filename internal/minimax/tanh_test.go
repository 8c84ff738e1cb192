package minimax

import (
	"math"
	"testing"

	"github.com/ashlar-go/ashlar/internal/dd"
)

// interval32 is the entry of x >= 0.
func interval32(x float32) int { return int(math.Float32bits(1+x) >> 21 & 15) }

// tanh32 is the polynomial as the kernels evaluate it, for x >= 0.
func tanh32(x float32) float32 {
	x = min(Tanh32Last, x)
	k := interval32(x)
	r := x - Tanh32Center[k]
	n := len(Tanh32) - 1
	y := Tanh32[n][k]
	for j := n - 1; j > 0; j-- {
		y = dd.FMA32(y, r, Tanh32[j][k])
	}
	return dd.FMA32(y, r, max(Tanh32[0][k], r))
}

// TestTanhTable evaluates the polynomial of each interval and demands the stated error,
// and of the centers that their values are float32 to six bits more, where they are not near 1.
func TestTanhTable(t *testing.T) {
	worst := 0.0
	for i := range 1 << 18 {
		x := float32(i+1) / (1<<18 + 1) * Tanh32Last
		k := interval32(x)
		p, r := 0.0, float64(x)-float64(Tanh32Center[k])
		for j := len(Tanh32) - 1; j >= 0; j-- {
			p = p*r + float64(Tanh32[j][k])
		}
		if Tanh32Center[k] == 0 {
			p += float64(x)
		}
		worst = max(worst, math.Abs(p/math.Tanh(float64(x))-1))
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

// TestTanhFirst demands that the distance to a center is below the first coefficient, whose place it
// would take, unless the center is 0. The rounding of 1 + x decides where an interval ends.
func TestTanhFirst(t *testing.T) {
	check := func(b uint32) {
		x := math.Float32frombits(b)
		k := interval32(x)
		c, first := Tanh32Center[k], Tanh32[0][k]
		if near := c == 0 && first == 0; !near && x-c >= first {
			t.Fatalf("x = %v is %v from the center %v, whose first coefficient is %v", x, x-c, c, first)
		}
	}
	for b := uint32(0); b <= math.Float32bits(Tanh32Last); b += sampled(11) {
		check(b)
	}
	for _, end := range []float32{0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 4, 5, 6, 7, Tanh32Last} {
		for i := range uint32(64) {
			check(math.Float32bits(end) - i)
		}
	}
}

// TestTanhRounding demands errors below 0.8 units in the last place.
func TestTanhRounding(t *testing.T) {
	for b := math.Float32bits(0x1p-14); b <= math.Float32bits(9.5); b += sampled(67) {
		x := math.Float32frombits(b)
		want := math.Tanh(float64(x))
		ulp := math.Ldexp(0x1p-24, math.Ilogb(want)+1)
		if e := math.Abs(float64(tanh32(x))-want) / ulp; !(e < 0.8) {
			t.Fatalf("tanh(%v) = %v is off by %v ulp", x, tanh32(x), e)
		}
	}
}

// TestTanh64 evaluates the series of the float64 kernel in 160 bits and demands the stated error,
// relative to e^r - 1.
func TestTanh64(t *testing.T) {
	worst, one := 0.0, newBig(1)
	for i := -1000; i <= 1000; i++ {
		r := float64(i) / 1000 * math.Ln2 / 2
		if i == 0 {
			continue
		}
		p := newBig(0)
		for j := len(Tanh64) - 1; j >= 0; j-- {
			p.Mul(p, newBig(r)).Add(p, newBig(Tanh64[j]))
		}
		e := bigExp(r)
		p.Sub(p, e).Quo(p, e.Sub(e, one))
		v, _ := p.Float64()
		worst = max(worst, math.Abs(v))
	}
	if !(worst <= Tanh64Error) || worst < Tanh64Error/2 {
		t.Errorf("relative error %g, stated %g", worst, Tanh64Error)
	}
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
