package kernels

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"slices"
	"testing"
)

// TestNewBFloat16: rounding at the edges of each kind of number.
func TestNewBFloat16(t *testing.T) {
	for _, c := range []struct {
		x, want uint32 // bits: of a float32, and the upper half of the result
	}{
		{0, 0}, {0x8000_0000, 0x8000},
		{0x3f80_0000, 0x3f80}, // 1
		{0x3f80_8000, 0x3f80}, // halfway, the lower one is even
		{0x3f80_8001, 0x3f81}, // above halfway
		{0x3f81_8000, 0x3f82}, // halfway, the upper one is even
		{0x3f81_7fff, 0x3f81}, // below halfway
		{0x3fff_8000, 0x4000}, // a carry into the exponent
		{0x7f7f_7fff, 0x7f7f}, // the largest one
		{0x7f7f_8000, 0x7f80}, // beyond it
		{0xff7f_ffff, 0xff80},
		{0x7f80_0000, 0x7f80}, {0xff80_0000, 0xff80}, // Inf
		{0x7f80_0001, 0x7fc0}, {0xff80_ffff, 0xffc0}, // NaN that signals, whose payload is in the lower half
		{0x7fa5_1234, 0x7fe5}, {0xffff_ffff, 0xffff},
		{0x0000_0001, 0}, {0x0000_8000, 0}, {0x0000_8001, 1}, {0x8001_8000, 0x8002}, // subnormal
		{0x007f_8000, 0x0080}, // the largest of them, to the smallest normal one
		{0x007f_7fff, 0x007f},
	} {
		if got := NewBFloat16(math.Float32frombits(c.x)); uint32(got) != c.want {
			t.Errorf("NewBFloat16 of bits %08x is %04x, want %04x", c.x, uint16(got), c.want)
		}
	}
}

// nearest is bfloat16 by a search: the nearest of all, and of two the one whose last bit is 0.
func nearest(x float32) BFloat16 {
	b := uint32(math.Float32bits(x)) >> 16
	low, high := BFloat16(b), BFloat16(b+1) // on both sides of x, the second further from 0
	last := float64(high.Float32())
	if math.IsInf(last, 0) { // as if the numbers went on
		last = math.Copysign(0x1p128, last)
	}
	below, above := math.Abs(float64(x)-float64(low.Float32())), math.Abs(last-float64(x))
	if below < above || below == above && low%2 == 0 {
		return low
	}
	return high
}

// TestNewBFloat16IsNearest compares with a search, of numbers of all magnitudes.
func TestNewBFloat16IsNearest(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 1 << 20 {
		x := math.Float32frombits(r.Uint32())
		if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
			continue
		}
		if got, want := NewBFloat16(x), nearest(x); got != want {
			t.Fatalf("NewBFloat16(%g) = %04x, want %04x", x, uint16(got), uint16(want))
		}
	}
}

// TestFromBFloat16 widens all bfloat16 numbers on every tier, and rounds them back.
func TestFromBFloat16(t *testing.T) {
	x := make([]BFloat16, 1<<16)
	for i := range x {
		x[i] = BFloat16(i)
	}
	for _, tier := range Tiers() {
		y, back := make([]float32, len(x)), make([]BFloat16, len(x))
		fromBFloat16On(tier, y, x)
		toBFloat16On(tier, back, y)
		for i := range x {
			if math.Float32bits(y[i]) != uint32(i)<<16 {
				t.Fatalf("%s: %04x is %08x", tier, i, math.Float32bits(y[i]))
			}
			if quiet := NewBFloat16(y[i]); back[i] != quiet || y[i] == y[i] && back[i] != x[i] {
				t.Fatalf("%s: %04x comes back as %04x", tier, i, uint16(back[i]))
			}
		}
	}
}

// TestToBFloat16 rounds numbers of float32 on every tier as NewBFloat16 does: with all upper halves those
// around the edges of rounding and some others; all 2^32, which takes minutes, if ASHLAR_ALL_FLOAT32 is set.
func TestToBFloat16(t *testing.T) {
	const most = 1 << 16
	x, y := make([]float32, most), make([]BFloat16, most)
	want := make([]BFloat16, most)
	judge := func() {
		for i, v := range x {
			want[i] = NewBFloat16(v)
		}
		for _, tier := range Tiers() {
			toBFloat16On(tier, y, x)
			for i := range want {
				if y[i] != want[i] {
					t.Fatalf("%s: %08x is %04x, want %04x",
						tier, math.Float32bits(x[i]), uint16(y[i]), uint16(want[i]))
				}
			}
		}
	}
	lows := []uint32{0, 1, 0x7fff, 0x8000, 0x8001, 0xffff}
	r := rand.New(rand.NewPCG(1, 1))
	for range 10 {
		lows = append(lows, r.Uint32()&0xffff)
	}
	if os.Getenv("ASHLAR_ALL_FLOAT32") != "" {
		lows = nil
		for low := range uint32(1 << 16) {
			lows = append(lows, low)
		}
	}
	for _, low := range lows {
		for i := range x {
			x[i] = math.Float32frombits(uint32(i)<<16 | low)
		}
		judge()
	}
}

// TestBFloat16Long: vectors of several stretches have the same numbers, on one thread and on more.
func TestBFloat16Long(t *testing.T) {
	defer SetThreads(Threads())
	r := rand.New(rand.NewPCG(5, 6))
	x := make([]float32, 5*maxCall+17)
	for i := range x {
		x[i] = math.Float32frombits(r.Uint32() &^ (1 << 22)) // no NaN that is quiet
	}
	want := make([]BFloat16, len(x))
	for i, v := range x {
		want[i] = NewBFloat16(v)
	}
	for _, threads := range []int{1, 3} {
		SetThreads(threads)
		y, back := make([]BFloat16, len(x)), make([]float32, len(x))
		ToBFloat16(y, x)
		FromBFloat16(back, y)
		if !slices.Equal(y, want) {
			t.Errorf("%d threads: not the numbers of NewBFloat16", threads)
		}
		for i := range back {
			if math.Float32bits(back[i]) != uint32(want[i])<<16 {
				t.Fatalf("%d threads: element %d is %v", threads, i, back[i])
			}
		}
	}
}

// BenchmarkBFloat16 compares both conversions with a copy of the float32, in bytes that are read and
// written.
func BenchmarkBFloat16(b *testing.B) {
	for _, n := range []int{1 << 10, 1 << 14, 1 << 18, 1 << 24} {
		x, y, z := make([]float32, n), make([]BFloat16, n), make([]float32, n)
		for _, tier := range Tiers() {
			for name, c := range map[string]struct {
				bytes int
				run   func()
			}{
				"ToBFloat16":   {6, func() { toBFloat16On(tier, y, x) }},
				"FromBFloat16": {6, func() { fromBFloat16On(tier, x, y) }},
				"copy":         {8, func() { copy(z, x) }},
			} {
				b.Run(fmt.Sprintf("%s/tier=%s/n=%d", name, tier, n), func(b *testing.B) {
					b.SetBytes(int64(c.bytes * n))
					for b.Loop() {
						c.run()
					}
				})
			}
		}
	}
}
