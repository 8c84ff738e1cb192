package kernels

import (
	"math"
	"slices"
	"testing"
)

// TestStream: what goes past the caches is what a copy would be, from every alignment,
// with nothing written beside it.
func TestStream(t *testing.T) {
	for _, tier := range Tiers() {
		testStream[float32](t, tier)
		testStream[float64](t, tier)
	}
}

func testStream[T Float](t *testing.T, tier Tier) {
	const room = 200
	x, y := make([]T, room), make([]T, room)
	for i := range x {
		x[i] = T(i + 1)
	}
	for first := range 17 {
		for n := range room - 40 {
			clear(y)
			dispatchStream(tier, y[first:][:n], x[first:][:n], x[first:], first%2)
			for i, v := range y {
				want := T(0)
				if i >= first && i < first+n {
					want = x[i]
				}
				if v != want {
					t.Fatalf("%v, %T, %d elements from %d: y[%d] = %v, want %v", tier, v, n, first, i, v,
						want)
				}
			}
		}
	}
}

// TestLongVectors: vectors that are shared by threads, and those that are streamed past
// the caches, have the same bits as short pieces of them.
func TestLongVectors(t *testing.T) {
	for _, tier := range Tiers() {
		for _, streamed := range []bool{false, true} {
			testLongVectors[float32](t, tier, streamed)
			testLongVectors[float64](t, tier, streamed)
		}
	}
}

func testLongVectors[T Float](t *testing.T, tier Tier, streamed bool) {
	const n, piece = 5*maxCall + 12345, 1000
	x, y, d := make([]T, n), make([]T, n+3)[3:], make([]T, n)
	for i := range x {
		x[i] = T(i%4001)/500 - 4
	}
	for _, c := range []struct {
		name    string
		kernel  activationKernel[T]
		outputs int
		s       [3][]T
	}{
		{"value", activationValue[T]{}, 1, [3][]T{y, x}},
		{"value and derivative", activationGrad[T]{}, 2, [3][]T{y, d, x}},
		{"backward", activationBackward[T]{}, 1, [3][]T{y, x, d}},
		{"value in place", activationValue[T]{}, 1, [3][]T{x, x}},
	} {
		inPlace := ptr(c.s[0]) == ptr(x)
		if inPlace && streamed {
			continue
		}
		old := slices.Clone(x)
		share[T](&activationJobs, stretches(n),
			activationJob[T]{tier, ActGELU, c.kernel, c.s, c.outputs, streamed})
		for lo := 0; lo < n; lo += piece {
			hi := min(lo+piece, n)
			part := partOf(c.s, lo, hi)
			for i := range c.outputs {
				part[i] = make([]T, hi-lo)
			}
			if inPlace {
				part[1] = old[lo:hi]
			}
			c.kernel.apply(tier, ActGELU, part)
			for i := range c.outputs {
				sameElements(t, c.name, c.s[i][lo:hi], part[i])
			}
		}
	}
}

func sameElements[T Float](t *testing.T, name string, got, want []T) {
	t.Helper()
	for k, w := range want {
		if g := got[k]; math.Float64bits(float64(g)) != math.Float64bits(float64(w)) {
			t.Fatalf("%s, %T: element %d is %v, want %v", name, g, k, g, w)
		}
	}
}

// onTier runs f on a tier.
func onTier(t Tier, f func()) {
	defer active.Store(active.Swap(uint32(t)))
	f()
}

// TestLongMap: an elementary function of a vector that threads share has the same bits as of
// short pieces of it.
func TestLongMap(t *testing.T) {
	for _, tier := range Tiers() {
		const n, piece = 5*maxCall + 12345, 1000
		x, got, want := make([]float32, n), make([]float32, n), make([]float32, piece)
		for i := range x {
			x[i] = float32(i%4001)/500 - 4
		}
		onTier(tier, func() { Exp(got, x) })
		for lo := 0; lo < n; lo += piece {
			part := want[:min(piece, n-lo)]
			dispatchExp(tier, part, x[lo:lo+len(part)])
			sameElements(t, tier.String(), got[lo:], part)
		}
	}
}

// TestStreams: what is streamed must be large, whole elements and not in place.
func TestStreams(t *testing.T) {
	for _, tier := range Tiers()[1:] {
		n := caches().beyond / 4 / 2
		x := make([]float32, 2*n)
		if y := x[n:]; !streams(tier, 1, &[3][]float32{y, x[:n]}) || streams(tier, 1, &[3][]float32{y, y}) ||
			streams(tier, 1, &[3][]float32{y[:n-1], x[:n-1]}) || streams(Generic, 1,
			&[3][]float32{y, x[:n]}) {
			t.Errorf("%v: wrong choice", tier)
		}
	}
}
