package kernels

import (
	"math"
	"testing"
)

// TestSoftmaxLongRowOfMasks: a row too long for one call is done in pieces, and a
// piece of nothing but -Inf, as masks make it, is 0 and not NaN.
func TestSoftmaxLongRowOfMasks(t *testing.T) {
	for _, tier := range Tiers() {
		const n = maxCall + 100
		for _, masked := range [][2]int{{0, maxCall}, {maxCall, n}, {5, n}, {0, maxCall + 50}} {
			x, y := make([]float32, n), make([]float32, n)
			for j := masked[0]; j < masked[1]; j++ {
				x[j] = float32(math.Inf(-1))
			}
			softmax(tier, 1, n, y, n, x, n)
			want := 1 / float64(n-masked[1]+masked[0])
			for j, v := range y {
				w := want
				if j >= masked[0] && j < masked[1] {
					w = 0
				}
				if !(math.Abs(float64(v)-w) <= 1e-6*w) {
					t.Fatalf("%v, columns %v masked: y[%d] = %v, want %v", tier, masked, j, v, w)
				}
			}
			label := 0
			if masked[0] == 0 {
				label = masked[1]
			}
			loss := softmaxCrossEntropy(tier, 1, n, y, n, x, n, []int{label})
			if !(math.Abs(loss-math.Log(1/want)) <= 1e-5) {
				t.Fatalf("%v, columns %v masked: loss %v, want %v", tier, masked, loss, math.Log(1/want))
			}
		}
	}
}

// TestSoftmaxLongRowWithNaN: a NaN among the -Inf of a masked piece makes the row and
// the loss NaN, wherever it stands.
func TestSoftmaxLongRowWithNaN(t *testing.T) {
	for _, tier := range Tiers() {
		const n = maxCall + 100
		for _, at := range []int{0, 1, 17, maxCall / 2, maxCall - 1} {
			x, y := make([]float32, n), make([]float32, n)
			for j := range maxCall {
				x[j] = float32(math.Inf(-1))
			}
			x[at] = float32(math.NaN())
			softmax(tier, 1, n, y, n, x, n)
			for j, v := range y {
				if v == v {
					t.Fatalf("%v, NaN in column %d: y[%d] = %v, want NaN", tier, at, j, v)
				}
			}
			if loss := softmaxCrossEntropy(tier, 1, n, y, n, x, n, []int{n - 1}); loss == loss {
				t.Fatalf("%v, NaN in column %d: loss %v, want NaN", tier, at, loss)
			}
		}
	}
}
