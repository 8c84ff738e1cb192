package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
)

// TestNorm2Range: the norm is accurate wherever it is representable, also where all
// squares overflow or vanish. The table judges no result near the largest number.
func TestNorm2Range(t *testing.T) {
	for _, tier := range Tiers() {
		t.Run(tier.String()+"/f32", func(t *testing.T) {
			testNorm2Range[float32](t, tier, -149, 127,
				0x1p-23)
		})
		t.Run(tier.String()+"/f64", func(t *testing.T) {
			testNorm2Range[float64](t, tier, -1074, 1023,
				0x1p-52)
		})
	}
}

func testNorm2Range[T Float](t *testing.T, tier Tier, low, high int, eps float64) {
	check := func(what string, got, want T) {
		t.Helper()
		least := math.Ldexp(1, low)
		if math.IsInf(float64(want), 0) && got == want {
			return
		}
		if err := math.Abs(float64(got) - float64(want)); !(err <= 2*eps*math.Abs(float64(want))+least) {
			t.Errorf("%s: norm %v, want %v", what, got, want)
		}
	}
	step := 1
	if testing.Short() {
		step = 7
	}
	for e := low; e <= high; e += step {
		// 3-4-12 gives 13, in powers of two from the smallest to the largest.
		u := T(math.Ldexp(1, e))
		for _, n := range []int{3, 100, 5000, 20000} {
			x := make([]T, n)
			x[0], x[n/2], x[n-1] = 3*u, -4*u, 12*u
			if e > high-4 {
				continue
			}
			check(fmt.Sprintf("(3, -4, 12) * 2^%d of %d", e, n), norm2(tier, x), 13*u)
			x[n/3] += T(math.Ldexp(1, max(low, e-90))) // beside a much smaller one
			if n > 3 {
				check(fmt.Sprintf("(3, -4, 12, tiny) * 2^%d of %d", e, n), norm2(tier, x), 13*u)
			}
		}
	}
	top := T(math.Ldexp(1, high))
	for _, n := range []int{1, 4, 1024} { // all alike: a power of two
		x := make([]T, n)
		for i := range x {
			x[i] = top / 64
		}
		check(fmt.Sprintf("%d times 2^%d", n, high-6), norm2(tier, x), T(math.Sqrt(float64(n)))*(top/64))
	}
	check("beyond the largest", norm2(tier, []T{top, top, top, top}), T(math.Inf(1)))
	check("-Inf", norm2(tier, []T{1, T(math.Inf(-1)), top}), T(math.Inf(1)))
	if v := norm2(tier, []T{T(math.Inf(-1)), T(math.NaN())}); v == v {
		t.Errorf("NaN beside an infinity: norm %v", v)
	}
	if v := norm2[T](tier, nil); v != 0 || math.Signbit(float64(v)) {
		t.Errorf("norm of nothing: %v", v)
	}
}

// TestArgMaxAbsChunks: the first of several equal elements wins, also across chunks,
// and NaN counts as in the reference BLAS.
func TestArgMaxAbsChunks(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	nan, inf := math.NaN(), math.Inf(1)
	for round := range 300 {
		x := make([]float64, 1+r.IntN(4*peakChunk))
		for i := range x {
			x[i] = float64(r.IntN(7) - 3)
		}
		for range round % 4 {
			x[r.IntN(len(x))] = []float64{nan, inf, -inf, -7}[r.IntN(4)]
		}
		if round%5 == 0 {
			for i := range x[1:] {
				x[1+i] = nan
			}
		}
		want := 0
		for i, v := range x {
			if math.Abs(v) > math.Abs(x[want]) {
				want = i
			}
		}
		for _, tier := range Tiers() {
			if got := argMaxAbs(tier, x); got != want {
				t.Fatalf("%v: %d of %d, want %d", tier, got, len(x), want)
			}
		}
	}
}

// TestGemvWithoutColumns: an op(A) of no columns still applies beta.
func TestGemvWithoutColumns(t *testing.T) {
	for _, trans := range []bool{false, true} {
		m, n := 2, 0
		if trans {
			m, n = n, m
		}
		y := []float64{3, math.NaN()}
		Gemv(trans, m, n, 1, nil, 2, nil, 0.5, y)
		if y[0] != 1.5 || y[1] == y[1] {
			t.Errorf("beta = 0.5: %v", y)
		}
		Gemv(trans, m, n, 1, nil, 2, nil, 0, y)
		if y[0] != 0 || y[1] != 0 {
			t.Errorf("beta = 0: %v", y)
		}
	}
}

// TestGemvRowsAlone: the sum of a row has the same bits in every place of a matrix.
func TestGemvRowsAlone(t *testing.T) {
	const m, n = 23, 5003
	r := rand.New(rand.NewPCG(7, 8))
	a, x := make([]float32, m*n), make([]float32, n)
	for i := range a {
		a[i] = float32(r.NormFloat64())
	}
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	for _, tier := range Tiers() {
		all, one := make([]float32, m), make([]float32, 1)
		gemv(tier, false, m, n, 1, a, n, x, 0, all)
		for i := range m {
			gemv(tier, false, 1, n, 1, a[i*n:], n, x, 0, one)
			if one[0] != all[i] {
				t.Errorf("%v: row %d is %v among others, %v alone", tier, i, all[i], one[0])
			}
		}
	}
}
