package data

import (
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"unsafe"
)

// exactly returns (x - mean)/std in 5000 bits, rounded once to float64.
func exactly[T Float](x []T) (w []float64) {
	const prec = 5000
	f := func(v float64) *big.Float { return new(big.Float).SetPrec(prec).SetFloat64(v) }
	n, mean, sum := f(float64(len(x))), f(0), f(0)
	for _, v := range x {
		mean.Add(mean, f(float64(v)))
	}
	mean.Quo(mean, n)
	for _, v := range x {
		d := f(float64(v))
		d.Sub(d, mean)
		sum.Add(sum, new(big.Float).SetPrec(prec).Mul(d, d))
	}
	sd := sum.Quo(sum, n)
	sd.Sqrt(sd)
	for _, v := range x {
		d := f(float64(v))
		q, _ := d.Sub(d, mean).Quo(d, sd).Float64()
		w = append(w, q)
	}
	return w
}

func standardize[T Float](x []T) []T {
	s := &Set[T]{X: append([]T(nil), x...), Y: make([]int, len(x)), Rows: len(x), Features: 1, Classes: 1}
	s.Apply(Standardize(s))
	return s.X
}

// checkExact allows the rounding of T relative to the result, and of float64 relative to the
// deviation, which is 1.
func checkExact[T Float](t *testing.T, x ...T) {
	t.Helper()
	eps := 0x1p-50
	if unsafe.Sizeof(T(0)) == 4 {
		eps = 0x1p-24
	}
	got, want := standardize(x), exactly(x)
	for i, w := range want {
		if !(math.Abs(float64(got[i])-w) <= eps*math.Abs(w)+0x1p-50*1e-3) {
			t.Errorf("%T %.20v: number %d became %v, want %v", x, x, i, got[i], w)
			return
		}
	}
}

// TestStandardizeWholeRange has features whose squares overflow or vanish, whose differences
// overflow, or whose mean or deviation is no number of the type.
func TestStandardizeWholeRange(t *testing.T) {
	const tiny, large = math.SmallestNonzeroFloat64, math.MaxFloat64
	const tiny32, large32 = math.SmallestNonzeroFloat32, math.MaxFloat32
	for _, x := range [][]float64{
		{1, 2, 4}, {-3, 0, 0}, {0, 0, 0, 1}, {0.1, 0.1, 0.1, 0.3},
		{1e-170, 2e-170, 3e-170}, {1e160, 2e160, 3e160}, {1.7e308, 1.7e308, -1.7e308},
		{tiny, 0, 0, 0, 0, 0, 0, 0, 0}, {tiny, 2 * tiny, 3 * tiny}, {large, large, -large},
		{large, math.Nextafter(large, 0)},
		{large, tiny, -1}, {-large, large}, {1e308, tiny, 0}, {0x1p-400, 0x1p-401},
		{0x1p-399, math.Nextafter(0x1p-399, 1)},
		{0x1p400, math.Nextafter(0x1p400, 0)}, {0x1p401, math.Nextafter(0x1p401, 0)}, {1e300, 1e300, 1e-300},
		{1 << 53, 1<<53 + 2}, {1 << 53, 1<<53 + 2, 1<<53 + 2, 1<<53 + 4}, {1.6e18, 1.6e18 + 256},
		{1e16, 1, -1e16}, {1e16, 1, 1, 1}, {0x1p-1022, math.Nextafter(0x1p-1022, 0)},
	} {
		checkExact(t, x...)
	}
	for _, x := range [][]float32{
		{1, 2, 4}, {3.4e38, 3.4e38, -3.4e38}, {1.6e9, 1.6e9 + 128}, {1 << 24, 1<<24 + 2},
		{1.7e9, 1.7e9 + 128, 1.7e9 + 256, 1.7e9},
		{tiny32, 0, 0}, {tiny32, 2 * tiny32, 3 * tiny32}, {large32, -large32, 0}, {large32, tiny32},
		{1e-30, 2e-30, 4e-30}, {1e30, 1, 0},
	} {
		checkExact(t, x...)
	}
}

// TestStandardizeScales multiplies a feature by powers of two over the whole range, which
// changes nothing.
func TestStandardizeScales(t *testing.T) {
	x := []float64{3, 5, 8, 9.5, -2}
	want := standardize(x)
	for e := -1070; e <= 1019; e++ {
		y := make([]float64, len(x))
		for i, v := range x {
			y[i] = math.Ldexp(v, e)
		}
		if e < -1068 && y[3] != math.Ldexp(9.5, e) { // 9.5 has lost its half
			continue
		}
		for i, got := range standardize(y) {
			if !(math.Abs(got-want[i]) <= 0x1p-51) {
				t.Fatalf("2^%d * %v became %v, want %v", e, x[i], got, want[i])
			}
		}
	}
}

// TestApplyToOthers standardises numbers that the statistics were not measured on, far away
// from them on either side.
func TestApplyToOthers(t *testing.T) {
	for _, c := range []struct {
		train   []float64
		x, want float64
	}{
		{[]float64{1, 3}, 5, 3},
		{[]float64{1e-200, 3e-200}, 5e-200, 3},
		{[]float64{1e-200, 3e-200}, 1e100, 1e300},
		{[]float64{1e-200, 3e-200}, 1e300, math.Inf(1)},
		{[]float64{-0x1p-450, 0x1p-450}, 0x1p500, 0x1p950},
		{[]float64{-0x1p500, 0x1p500}, 0x1p-500, 0x1p-1000},
		{[]float64{-0x1p500, 0x1p500}, 0, 0},
		{[]float64{0x1p500, 3 * 0x1p500}, 0, -2},
		{[]float64{0x1p500, 3 * 0x1p500}, 1, -2},
		{[]float64{0, 2e307}, 1.7e308, 16},
		{[]float64{-1.7e308, 1.7e308}, math.Inf(-1), math.Inf(-1)},
		{[]float64{1, 3}, math.Inf(1), math.Inf(1)},
		{[]float64{1, 3}, math.NaN(), math.NaN()},
		{[]float64{1e-200, 3e-200}, math.NaN(), math.NaN()},
		{[]float64{math.MaxFloat64, math.MaxFloat64}, -math.MaxFloat64, math.Inf(-1)}, // constant
		{[]float64{math.MaxFloat64, math.MaxFloat64}, math.MaxFloat64, 0},
		{[]float64{5e-324, 5e-324}, 1, 1},
	} {
		train := &Set[float64]{X: c.train, Y: make([]int, 2), Rows: 2, Features: 1, Classes: 1}
		other := &Set[float64]{X: []float64{c.x}, Y: []int{0}, Rows: 1, Features: 1, Classes: 1}
		other.Apply(Standardize(train))
		got := other.X[0]
		if !(math.Abs(got-c.want) <= 1e-15*math.Abs(c.want)) && got != c.want &&
			(got == got || c.want == c.want) {
			t.Errorf("%v after %v became %v, want %v", c.x, c.train, got, c.want)
		}
	}
}

// TestStandardizeRandom has random features with a mean far larger than the deviation, in sets
// of one and of many rows.
func TestStandardizeRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, n := range []int{2, 3, 10, 1000} {
		x, y := make([]float64, n), make([]float32, n)
		for _, scale := range []float64{1e-300, 1e-3, 1, 1e150, 1e290} {
			for _, offset := range []float64{0, 1, 1e6, 1e12} {
				for i := range x {
					x[i] = scale * (offset + r.NormFloat64())
					y[i] = float32(min(1e20, scale)) * float32(offset+100*r.NormFloat64())
				}
				checkClose(t, x)
				checkClose(t, y)
			}
		}
	}
}

// checkClose allows for the roundings of a sum of many squares.
func checkClose[T Float](t *testing.T, x []T) {
	t.Helper()
	eps := 1e-13
	if unsafe.Sizeof(T(0)) == 4 {
		eps = 1e-7
	}
	constant := true
	for _, v := range x {
		constant = constant && v == x[0]
	}
	got, want := standardize(x), make([]float64, len(x))
	if !constant {
		want = exactly(x)
	}
	for i, w := range want {
		if !(math.Abs(float64(got[i])-w) <= eps*math.Abs(w)+1e-19) {
			t.Fatalf("%T: %v became %v, want %v", x, x[i], got[i], w)
		}
	}
}

func TestStandardizeConstant(t *testing.T) {
	for _, v := range []float64{0, 0.1, 1e-320, -math.MaxFloat64, 1e200, math.Copysign(0, -1)} {
		for _, n := range []int{1, 2, 3, 1000} {
			x := make([]float64, n)
			for i := range x {
				x[i] = v
			}
			s := &Set[float64]{X: x, Y: make([]int, n), Rows: n, Features: 1, Classes: 1}
			mean, std := Standardize(s)
			if mean[0].Float64() != v || std[0] != (Statistic{Hi: 1}) {
				t.Errorf("%d times %v: mean %v, deviation %v", n, v, mean[0], std[0])
			}
			s.Apply(mean, std)
			for _, got := range s.X {
				if got != 0 {
					t.Errorf("%d times %v: became %v", n, v, got)
				}
			}
		}
	}
}

func TestStandardizeNonFinite(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, x := range [][]float64{{nan}, {nan, 5}, {5, nan}, {inf, 5}, {5, -inf}, {inf, inf}, {inf, -inf},
		{nan, 1e-200}, {1e-200, inf}} {
		s := &Set[float64]{X: x, Y: make([]int, len(x)), Rows: len(x), Features: 1, Classes: 1}
		if mean, std := Standardize(s); !math.IsNaN(mean[0].Float64()) || !math.IsNaN(std[0].Float64()) {
			t.Errorf("%v: mean %v, deviation %v, want NaN", x, mean, std)
		}
	}
}

// TestStandardizeEmpty has sets without rows, of one row, and without features.
func TestStandardizeEmpty(t *testing.T) {
	for _, s := range []*Set[float32]{{}, {Features: 3, Classes: 1},
		{Rows: 4, Y: make([]int, 4), Classes: 1}, {Features: 2, Outputs: 1, Values: []float32{}}} {
		mean, std := Standardize(s)
		for j := range s.Features {
			if mean[j] != (Statistic{}) || std[j] != (Statistic{Hi: 1}) {
				t.Errorf("no rows: mean %v, deviation %v", mean, std)
			}
		}
		s.Apply(mean, std)
	}
	const half = math.MaxInt/2 + 1
	for _, s := range []*Set[float32]{{Rows: 2, Features: 3, X: make([]float32, 5)},
		{Rows: half, Features: 4}, {Rows: -1, Features: 1},
		{Rows: -1, Features: -1, X: make([]float32, 1)}} {
		const want = "data: len(X) is"
		if got := panics(t, func() { Standardize(s) }); !strings.Contains(got, want) {
			t.Errorf("Standardize panics with %q, want %q", got, want)
		}
		if s.Features < 0 {
			continue
		}
		n := make([]Statistic, s.Features)
		if got := panics(t, func() { s.Apply(n, n) }); !strings.Contains(got, want) {
			t.Errorf("Apply panics with %q, want %q", got, want)
		}
	}
}

func TestStatistic(t *testing.T) {
	for want, s := range map[string]Statistic{
		"0": {}, "0.1307": {Hi: 0.1307}, "1e+17": {Hi: 1e17, Lo: 3}, "1.00000002e+09": {Hi: 1e9, Lo: 20},
		"5e-324": {Hi: 0x1p-474, Exp: -600},
	} {
		if got := fmt.Sprint(s); got != want {
			t.Errorf("%+v prints %s, want %s", s, got, want)
		}
	}
}

func BenchmarkStandardize(b *testing.B) {
	s := &Set[float32]{X: make([]float32, 10000*784), Y: make([]int, 10000), Rows: 10000, Features: 784,
		Classes: 10}
	r := rand.New(rand.NewPCG(1, 1))
	for i := range s.X {
		s.X[i] = r.Float32()
	}
	b.Run("dtype=f32/rows=10000/features=784", func(b *testing.B) {
		b.SetBytes(int64(len(s.X)) * 4)
		for b.Loop() {
			s.Apply(Standardize(s))
		}
	})
}
