package kernels

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/ashlar-go/ashlar/internal/dd"
)

// TestTanhOwn: the tanh of machines whose package math is not exact enough, of which this may be none, is
// within an ulp everywhere.
func TestTanhOwn(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for _, x := range []float64{0, math.Inf(1), 1, math.MaxFloat64, math.SmallestNonzeroFloat64, 0x1p-1030} {
		for _, x := range []float64{x, -x, math.Copysign(0, -1)} {
			if got, want := tanhOwn(x), math.Tanh(x); math.Abs(got-want) > 0x1p-53 ||
				math.Signbit(got) != math.Signbit(want) || math.Abs(x) < 1e-300 && got != x {
				t.Errorf("tanh(%v) = %v, want %v", x, got, want)
			}
		}
	}
	if y := tanhOwn(math.NaN()); y == y {
		t.Errorf("tanh(NaN) = %v", y)
	}
	worst, at := 0.0, 0.0
	for i := range 300_000 {
		x := math.Ldexp(1+r.Float64(), r.IntN(16)-11)
		if i%2 == 0 { // where the formulas meet
			x = []float64{1.0 / 16, 0.5, 2, 18, 1.0 / 8, 1}[i/2%6] * (1 + (r.Float64()-0.5)/64)
		}
		if i%3 == 0 {
			x = -x
		}
		want := dd.Tanh(dd.FromFloat64(x))
		ulp := math.Abs(want.Float64() - math.Nextafter(want.Float64(), 0))
		if e := math.Abs(dd.Sub(dd.FromFloat64(tanhOwn(x)), want).Float64()) / ulp; !(e <= worst) {
			worst, at = e, x
		}
	}
	t.Logf("largest error %.4f ulp, at %v", worst, at)
	if !(worst <= 1) {
		t.Errorf("an error of %.4f ulp at %v, want at most 1", worst, at)
	}
}
