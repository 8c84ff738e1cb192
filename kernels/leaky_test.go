package kernels

import (
	"math"
	"testing"
)

// TestLeakyOfZeros: with a slope below 0 a zero keeps its sign, and has the slope as its derivative, in
// every place of a call of any length. The other slopes cannot tell x from slope*x there.
func TestLeakyOfZeros(t *testing.T) {
	for _, tier := range Tiers() {
		testLeakyOfZeros[float32](t, tier)
		testLeakyOfZeros[float64](t, tier)
	}
}

func testLeakyOfZeros[T Float](t *testing.T, tier Tier) {
	for n := 1; n <= 75; n++ {
		x, y, z, d := make([]T, n), make([]T, n), make([]T, n), make([]T, n)
		for i := range x {
			x[i] = T(math.Copysign(0, float64(i%2)-1))
		}
		activate(tier, ActLeakyReLU(-1), y, x)
		activateGrad(tier, ActLeakyReLU(-1), z, d, x)
		for i := range x {
			if !same(y[i], x[i]) || !same(z[i], x[i]) || d[i] != -1 {
				t.Fatalf("%v %s: element %d of %d is %v, Activate has %v, ActivateGrad %v and %v, want -1",
					tier, dtypeOf[T](), i, n, x[i], y[i], z[i], d[i])
			}
		}
	}
}
