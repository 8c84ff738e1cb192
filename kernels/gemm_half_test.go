package kernels

import (
	"slices"
	"testing"
)

// TestHalfVectors holds products of which AVX-512 computes half of the last vector, and those beside them, to
// the bits of AVX2, where the columns fall into other vectors.
func TestHalfVectors(t *testing.T) {
	if !slices.Contains(Tiers(), AVX512) {
		t.Skip("the CPU has no AVX-512")
	}
	testHalfVectors[float32](t)
	testHalfVectors[float64](t)
}

func testHalfVectors[T Float](t *testing.T) {
	for _, m := range []int{1, 2, 4, 5, 6, 7, 8, 12, 13, 25, 124} {
		for n := 1; n <= 105; n++ {
			for _, k := range []int{1, 5, 64, 300} {
				want := crowdedProduct[T](AVX2, m, n, k, k+3)
				if got := crowdedProduct[T](AVX512, m, n, k, k+3); !slices.Equal(got, want) {
					t.Errorf("%T %d x %d x %d: AVX-512 gives other bits than AVX2", T(0), m, n, k)
				}
			}
		}
	}
}

// TestWidthBeforeHalf: AVX-512 leaves a last half vector to a strip of two and a half vectors, and cuts strips
// of one vector only before such a one.
func TestWidthBeforeHalf(t *testing.T) {
	for cols, want := range map[int][]int{48: {48}, 49: {16, 33}, 56: {16, 40}, 57: {32, 25}, 64: {32, 32}, 65: {32, 33},
		72: {32, 40}, 73: {48, 25}, 80: {48, 32}, 81: {48, 33}, 96: {48, 48}, 100: {16, 48, 36}, 128: {48, 48, 32}} {
		var got []int
		p := product[float32]{m: 8, n: cols, k: 9}
		for left := cols; left > 0; left -= got[len(got)-1] {
			got = append(got, p.stripWidth(AVX512, p.m, left))
		}
		if !slices.Equal(got, want) {
			t.Errorf("%d columns are cut into %v, want %v", cols, got, want)
		}
	}
}
