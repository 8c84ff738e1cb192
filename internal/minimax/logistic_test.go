package minimax

import (
	"math"
	"testing"

	"github.com/ashlar-go/ashlar/internal/dd"
)

// logistic is 1/(1 + e^x) in float64.
func logistic(x float64) float64 { return 1 / (1 + math.Exp(x)) }

// nearestLogistic is the entry of x.
func nearestLogistic(x float32) int { return int(math.RoundToEven(float64(x) / 0.75)) }

// logistic32 is the polynomial as the kernels evaluate it, for 0 <= x < Logistic32Last.
func logistic32(x float32) float32 {
	k := nearestLogistic(x)
	r := x - Logistic32Center[k]
	n := len(Logistic32) - 1
	y := Logistic32[n][k]
	for j := n - 1; j >= 0; j-- {
		y = dd.FMA32(y, r, Logistic32[j][k])
	}
	return y
}

// TestLogisticTable evaluates the polynomial of each interval and demands the stated error,
// and of the centers that their values are float32 to six bits more.
func TestLogisticTable(t *testing.T) {
	worst := 0.0
	for i := range 1 << 18 {
		x := float32(i) / (1 << 18) * Logistic32Last
		k := nearestLogistic(x)
		p, r := 0.0, float64(x)-float64(Logistic32Center[k])
		for j := len(Logistic32) - 1; j >= 0; j-- {
			p = p*r + float64(Logistic32[j][k])
		}
		worst = max(worst, math.Abs(p/logistic(float64(x))-1))
	}
	if !(worst <= Logistic32Error) || worst < Logistic32Error/2 {
		t.Errorf("the largest error is %g, stated %g", worst, Logistic32Error)
	}
	for i, c := range Logistic32Center {
		if y := logistic(float64(c)); !(math.Abs(float64(Logistic32[0][i])-y) <= 0x1p-30*y) {
			t.Errorf("the value at center %d differs from its float32", i)
		}
	}
}

// TestLogisticRounding demands less than a unit in the last place of the value and of 1
// minus the value.
func TestLogisticRounding(t *testing.T) {
	ulp := func(y float64) float64 { return math.Ldexp(0x1p-24, math.Ilogb(y)+1) }
	for b := uint32(0); b < math.Float32bits(Logistic32Last); b += sampled(211) {
		x := math.Float32frombits(b)
		y := logistic32(x)
		low, high := logistic(float64(x)), logistic(-float64(x))
		if e := math.Abs(float64(y) - low); !(e < ulp(low)) {
			t.Fatalf("at %v: %v is off by %v ulp", x, y, e/ulp(low))
		}
		if e := math.Abs(float64(1-y) - high); !(e < ulp(high)) {
			t.Fatalf("at %v: 1 - %v is off by %v ulp", x, y, e/ulp(high))
		}
	}
}
