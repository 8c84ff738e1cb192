package kernels

import (
	"math"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/internal/freelist"
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
					t.Fatalf("%v, %T, %d elements from %d: y[%d] = %v, want %v", tier, v, n, first, i, v, want)
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
		op      stretchOp
		outputs int
		s       [3][]T
	}{
		{stretchMap, 1, [3][]T{y, x}},
		{stretchActivate, 1, [3][]T{y, x}},
		{stretchActivateGrad, 2, [3][]T{y, d, x}},
		{stretchActivateBackward, 1, [3][]T{y, x, d}},
		{stretchActivate, 1, [3][]T{x, x}},
	} {
		inPlace := ptr(c.s[0]) == ptr(x)
		if inPlace && streamed {
			continue
		}
		old := slices.Clone(x)
		j := freelist.Get[T, stretchJob[T]](&stretchJobs)
		j.tier, j.op, j.f, j.act, j.outputs, j.s, j.streamed = tier, c.op, mapExp, ActGELU, c.outputs, c.s, streamed
		j.run()
		got := [2][]T{c.s[0], c.s[1]}
		for lo := 0; lo < n; lo += piece {
			hi := min(lo+piece, n)
			var part [3][]T
			for i, v := range c.s {
				if i < c.outputs {
					part[i] = make([]T, hi-lo)
				} else if v != nil {
					part[i] = v[lo:hi]
				}
			}
			if inPlace {
				part[1] = old[lo:hi]
			}
			elementwiseCall(tier, c.op, mapExp, ActGELU, part)
			for i := range c.outputs {
				for k, want := range part[i] {
					if v := got[i][lo+k]; math.Float64bits(float64(v)) != math.Float64bits(float64(want)) {
						t.Fatalf("op %d, %v, %T, streamed %v: output %d, element %d is %v, want %v", c.op, tier, v, streamed, i, lo+k, v, want)
					}
				}
			}
		}
	}
}

// TestStreams: what is streamed must be large, whole elements and not in place.
func TestStreams(t *testing.T) {
	for _, tier := range Tiers()[1:] {
		n := caches().beyond / 4 / 2
		x := make([]float32, 2*n)
		if y := x[n:]; !streams(tier, 1, &[3][]float32{y, x[:n]}) || streams(tier, 1, &[3][]float32{y, y}) ||
			streams(tier, 1, &[3][]float32{y[:n-1], x[:n-1]}) || streams(Generic, 1, &[3][]float32{y, x[:n]}) {
			t.Errorf("%v: wrong choice", tier)
		}
	}
}
