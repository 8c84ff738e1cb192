package kernels

import (
	"fmt"
	"math"
	"testing"
)

// TestInfiniteLogits: BCEWithLogits has the limits of loss and gradient at infinite logits, on
// every tier, in place too, wherever in a long vector they are.
func TestInfiniteLogits(t *testing.T) {
	for _, tier := range checkedTiers() {
		testInfiniteLogits[float32](t, tier)
		testInfiniteLogits[float64](t, tier)
	}
}

func testInfiniteLogits[T Float](t *testing.T, tier Tier) {
	inf, lengths := math.Inf(1), []int{1, 5, 64, lossChunk + 3, 3*maxCall + 17}
	if testing.Short() {
		lengths[4] = maxCall + 17
	}
	for _, c := range []struct{ z, y, loss, grad float64 }{
		{-inf, 0, 0, 0},
		{inf, 0, inf, 1},
		{-inf, 1, inf, -1},
		{inf, 1, 0, 0},
		{inf, 0.5, inf, 0.5},
		{-inf, 0.25, inf, -0.25},
		{math.NaN(), 0, math.NaN(), math.NaN()},
		{math.NaN(), 1, math.NaN(), math.NaN()},
		{inf, math.NaN(), math.NaN(), math.NaN()},
	} {
		for _, n := range lengths {
			for _, at := range []int{0, n / 2, n - 1} {
				for _, inPlace := range []bool{false, true} {
					what := fmt.Sprintf("%v z=%v y=%v, element %d of %d, in place %v", tier, c.z, c.y,
						at, n, inPlace)
					z, y, d := make([]T, n), make([]T, n), make([]T, n)
					for i := range z {
						z[i], y[i] = 2, 1
					}
					z[at], y[at] = T(c.z), T(c.y)
					if inPlace {
						d = z
					}
					rest := float64(n-1) * math.Log1p(math.Exp(-2))
					loss, want := 0.0, c.loss+rest
					onTier(tier, func() { loss = BCEWithLogits(d, z, y) * float64(n) })
					if !(math.Abs(loss-want) <= 1e-5*want) && !sameSpecial(loss, want) {
						t.Errorf("%s: loss %v, want %v", what, loss, want)
					}
					g, want := float64(d[at])*float64(n), c.grad
					if !(math.Abs(g-want) <= 1e-6) && !sameSpecial(g, want) {
						t.Errorf("%s: gradient %v, want %v", what, g, want)
					}
					other := (at + 1) % n
					g = float64(d[other]) * float64(n)
					if n > 1 && !(math.Abs(g+1/(1+math.Exp(2))) <= 1e-6) {
						t.Errorf("%v: the gradient beside it is %v", tier, d[other])
					}
				}
			}
		}
	}
}

// sameSpecial reports whether two numbers are both NaN or the same infinity.
func sameSpecial(a, b float64) bool { return a != a && b != b || math.IsInf(a, 0) && a == b }

// TestInfinitePredictions: an infinite difference has an infinite loss and the gradient of any
// other of its sign; two infinities have none. BCE is finite at 0 and 1.
func TestInfinitePredictions(t *testing.T) {
	for _, tier := range Tiers() {
		testInfinitePredictions[float32](t, tier)
		testInfinitePredictions[float64](t, tier)
	}
}

func testInfinitePredictions[T Float](t *testing.T, tier Tier) {
	inf, nan := math.Inf(1), math.NaN()
	huber := func(d, p, y []T) float64 { return Huber(d, p, y, 2) }
	for _, c := range []struct {
		name       string
		f          func(d, p, y []T) float64
		p, y       float64
		loss, grad float64
	}{
		{"MSE", MSE[T], inf, 0, inf, inf},
		{"MSE", MSE[T], -inf, 1, inf, -inf},
		{"MSE", MSE[T], 0, inf, inf, -inf},
		{"MSE", MSE[T], inf, inf, nan, nan},
		{"MAE", MAE[T], inf, 0, inf, 1},
		{"MAE", MAE[T], -inf, 1, inf, -1},
		{"MAE", MAE[T], 0, inf, inf, -1},
		{"MAE", MAE[T], inf, inf, nan, nan},
		{"Huber", huber, inf, 0, inf, 2},
		{"Huber", huber, -inf, 1, inf, -2},
		{"Huber", huber, 0, inf, inf, -2},
		{"Huber", huber, -inf, -inf, nan, nan},
		{"BCE", BCE[T], 0, 0, 0, 0},
		{"BCE", BCE[T], 1, 1, 0, 0},
		{"BCE", BCE[T], 0, 1, 100, -1e12},
		{"BCE", BCE[T], 1, 0, 100, 1e12},
		{"BCE", BCE[T], 0, 0.5, 50, -5e11}, {"BCE", BCE[T], 1, 0.5, 50, 5e11},
	} {
		for _, n := range []int{1, 19} { // a tail alone, and vectors
			p, y, d := make([]T, n), make([]T, n), make([]T, n)
			for i := range p {
				p[i], y[i] = T(c.p), T(c.y)
			}
			loss := 0.0
			onTier(tier, func() { loss = c.f(d, p, y) })
			if !(math.Abs(loss-c.loss) <= 1e-5*c.loss) && !sameSpecial(loss, c.loss) {
				t.Errorf("%v %s of %v, %v: loss %v, want %v", tier, c.name, c.p, c.y, loss, c.loss)
			}
			g := float64(d[n-1]) * float64(n)
			if !(math.Abs(g-c.grad) <= 1e-5*math.Abs(c.grad)) && !sameSpecial(g, c.grad) {
				t.Errorf("%v %s of %v, %v: gradient %v, want %v", tier, c.name, c.p, c.y, g, c.grad)
			}
		}
	}
}

// TestHuberOfInfiniteDelta: it is half the squared error, of infinite differences too.
func TestHuberOfInfiniteDelta(t *testing.T) {
	inf := float32(math.Inf(1))
	d := make([]float32, 1)
	if loss := Huber(d, []float32{3}, []float32{1}, inf); loss != 2 || d[0] != 2 {
		t.Errorf("loss %v, gradient %v, want 2 and 2", loss, d)
	}
	loss := Huber(d, []float32{inf}, []float32{1}, inf)
	if !math.IsInf(loss, 1) || !(d[0] >= math.MaxFloat32) {
		t.Errorf("loss %v, gradient %v, want +Inf and as large", loss, d)
	}
}
