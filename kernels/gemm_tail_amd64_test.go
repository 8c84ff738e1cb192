package kernels

import (
	"slices"
	"testing"
)

// TestTail holds products whose last vector the micro-kernel of AVX2 computes to the bits of those that
// the micro-kernel of AVX-512 computes whole.
func TestTail(t *testing.T) {
	if !slices.Contains(Tiers(), AVX512) {
		t.Skip("the CPU has no AVX-512")
	}
	defer func(was bool) { halvesVectors = was }(halvesVectors)
	testTail[float32](t)
	testTail[float64](t)
}

func testTail[T Float](t *testing.T) {
	tails := 0
	for _, m := range []int{1, 2, 7, 8, 13, 25, 124} {
		for n := 1; n <= 52; n++ {
			for _, k := range []int{1, 5, 64, 300} {
				halvesVectors = false
				want := crowdedProduct[T](AVX512, m, n, k, k+3)
				halvesVectors = true
				if hasTail[T](AVX512, n, k) {
					tails++
				}
				if got := crowdedProduct[T](AVX512, m, n, k, k+3); !slices.Equal(got, want) {
					t.Errorf("%T %d x %d x %d: other bits with a tail of its own", T(0), m, n, k)
				}
			}
		}
	}
	if tails != 7*58 {
		t.Errorf("%T: %d products have a tail, want %d", T(0), tails, 7*58)
	}
}
