package kernels

import (
	"math"
	"slices"
	"testing"
)

// TestPhilox: the known answers of the Random123 library for philox4x32-10.
func TestPhilox(t *testing.T) {
	for _, c := range []struct {
		counter, stream, seed uint64
		want                  [4]uint32
	}{
		{0, 0, 0, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{1<<64 - 1, 1<<64 - 1, 1<<64 - 1, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{0x85a308d3243f6a88, 0x0370734413198a2e, 0x299f31d0a4093822,
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		var got [4]uint32
		got[0], got[1], got[2], got[3] = philox(c.counter, c.stream, c.seed)
		if got != c.want {
			t.Errorf("philox(%#x, %#x, %#x) = %#x, want %#x", c.counter, c.stream, c.seed, got, c.want)
		}
	}
}

// TestNormalEnds: the transform at the ends of its range and at the quarters of a turn.
func TestNormalEnds(t *testing.T) {
	if r := radius(0); r != 0 {
		t.Errorf("radius(0) = %v", r)
	}
	const last = 1 - 0x1p-53
	if r, want := radius(last), math.Sqrt(106*math.Ln2); math.Abs(r-want) > 2e-15 {
		t.Errorf("radius(1 - 2^-53) = %v, want %v", r, want)
	}
	for _, c := range []struct{ v, cos, sin float64 }{{0, 1, 0}, {0.25, 0, 1}, {0.5, -1, 0}, {0.75, 0, -1}} {
		if cos, sin := turn(c.v); cos != c.cos || sin != c.sin {
			t.Errorf("turn(%v) = %v, %v, want %v, %v", c.v, cos, sin, c.cos, c.sin)
		}
	}
	for i := range 1000 {
		v := float64(i) / 1000
		cos, sin := turn(v)
		if s, c := math.Sincos(2 * math.Pi * v); math.Abs(s-sin) > 1e-15 || math.Abs(c-cos) > 1e-15 {
			t.Errorf("turn(%v) = %v, %v, want %v, %v", v, cos, sin, c, s)
		}
	}
	if cos, sin := turn(last); cos != 1 || math.Abs(sin+2*math.Pi*0x1p-53) > 1e-30 {
		t.Errorf("turn(1 - 2^-53) = %v, %v", cos, sin)
	}
}

// TestUniformWide: numbers between bounds whose difference overflows.
func TestUniformWide(t *testing.T) {
	const most = math.MaxFloat64
	for _, bounds := range [][2]float64{{-most, most}, {-most, most / 3}, {0x1p1023, -0x1p1023}} {
		lo, hi := bounds[0], bounds[1]
		y := make([]float64, 3*maxCall+77)
		Uniform(y, lo, hi, 5, 6)
		for i, v := range y {
			u, _ := uniformPair(uint64(i), 6, 5)
			if want := 2 * (lo/2 + float64((hi/2-lo/2)*u)); v != want || v-v != 0 {
				t.Fatalf("Uniform(%v, %v): element %d = %v, want %v", lo, hi, i, v, want)
			}
		}
		if a, b := slices.Min(y), slices.Max(y); a > 0.9*min(lo, hi) || b < 0.9*max(lo, hi) {
			t.Errorf("Uniform(%v, %v) draws from %v to %v", lo, hi, a, b)
		}
	}
	y := make([]float64, 100)
	for _, bounds := range [][2]float64{{0, math.Inf(1)}, {math.Inf(-1), most}, {math.NaN(), 1}} {
		Uniform(y, bounds[0], bounds[1], 5, 6)
		for i, v := range y {
			if v-v == 0 {
				t.Fatalf("Uniform(%v, %v): element %d is %v", bounds[0], bounds[1], i, v)
			}
		}
	}
}

// TestNormalLong: the numbers of a call that goes through the pool and ends within a block are those of a longer call.
func TestNormalLong(t *testing.T) {
	testNormalLong[float32](t)
	testNormalLong[float64](t)
}

func testNormalLong[T Float](t *testing.T) {
	for _, n := range []int{3, maxCall + 1, 3*maxCall + 77, 5*maxCall - 1} {
		y, longer := make([]T, n), make([]T, n+maxCall)
		Normal(y, 1, 2, 5, 6)
		Normal(longer, 1, 2, 5, 6)
		if !slices.Equal(y, longer[:n]) {
			t.Errorf("%d numbers of %T: not the first of %d", n, y[0], len(longer))
		}
	}
}

// TestDropoutAtThreshold: an element whose random number is the threshold is dropped, and one below is
// kept, in every place of a call.
func TestDropoutAtThreshold(t *testing.T) {
	testDropoutAtThreshold[float32](t)
	testDropoutAtThreshold[float64](t)
}

func testDropoutAtThreshold[T Float](t *testing.T) {
	const first, stream, seed = 5, 6, 7
	x := make([]T, 3*64+21)
	for i := range x {
		x[i] = 1
	}
	y := make([]T, len(x))
	for i := range x {
		block, lane := i/64, i%16
		var word [4]uint32
		word[0], word[1], word[2], word[3] = philox(uint64(first+16*block+lane), stream, seed)
		drawn := word[i%64/16]
		for _, tier := range Tiers() {
			dispatchDropout(tier, y, x, drawn, 1, first, stream, seed)
			if y[i] != 0 {
				t.Fatalf("%v %s: element %d is kept, and its number is the threshold", tier, dtypeOf[T](), i)
			}
			dispatchDropout(tier, y, x, drawn+1, 1, first, stream, seed)
			if y[i] != 1 {
				t.Fatalf("%v %s: element %d is dropped, and its number is below the threshold", tier,
					dtypeOf[T](), i)
			}
		}
	}
}

// TestDropoutScale: what is kept of ones is 1 / (1 - p), rounded once, in one call and in several stretches.
func TestDropoutScale(t *testing.T) {
	testDropoutScale[float32](t)
	testDropoutScale[float64](t)
}

func testDropoutScale[T Float](t *testing.T) {
	for _, n := range []int{300, 2*maxCall + 5} {
		x, y := make([]T, n), make([]T, n)
		for i := range x {
			x[i] = 1
		}
		for _, p := range []float64{0.1, 0.3, 0.7, 0.93} {
			want := T(1 / (1 - p))
			Dropout(y, x, p, 7, 3)
			kept := 0
			for i, v := range y {
				if v == want {
					kept++
				} else if v != 0 {
					t.Fatalf("%T, p = %g: element %d of %d is %v, want 0 or %v", v, p, i, n, v, want)
				}
			}
			if kept == 0 || kept == n {
				t.Errorf("%T, p = %g: %d of %d elements kept", want, p, kept, n)
			}
		}
	}
}
