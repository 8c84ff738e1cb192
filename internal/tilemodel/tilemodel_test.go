package tilemodel

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

// pair is the word of a pair of numbers, which are exact.
func pair(low, high float32) uint32 {
	return math.Float32bits(low)>>16 | math.Float32bits(high)&^0xffff
}

// TestDotPairs: results worked out by hand, each of which another order or rounding misses.
func TestDotPairs(t *testing.T) {
	inf, nan := float32(math.Inf(1)), float32(math.NaN())
	tiny := float32(0x1p-126)
	for _, c := range []struct {
		name      string
		sum, want float32
		a, b      []uint32
	}{
		{"one pair", 1, 1 + 2*3 + 5*7, []uint32{pair(2, 5)}, []uint32{pair(3, 7)}},
		{"the halves are two sums", 0, 1, // one chain over all four terms gives 0
			[]uint32{pair(0x1p25, 1), pair(-0x1p25, 0)}, []uint32{pair(1, 1), pair(1, 1)}},
		{"the sum comes last", 0x1p24, 0x1p24 + 2, // one after the other gives 2^24
			[]uint32{pair(1, 1)}, []uint32{pair(1, 1)}},
		{"ties to even", 0x1p24, 0x1p24, []uint32{pair(1, 0)}, []uint32{pair(1, 0)}},
		{"rounded once", 0, 0x1p127, // a product of its own overflows
			[]uint32{pair(-0x1p127, 0), pair(0x1p127, 0)}, []uint32{pair(1, 0), pair(2, 0)}},
		{"subnormal factor", 0, 0, []uint32{pair(0x1p-127, 0)}, []uint32{pair(0x1p20, 0)}},
		{"subnormal sum", 0x1p-127, 1, []uint32{pair(1, 0)}, []uint32{pair(1, 0)}},
		{"subnormal sum alone", 0x1p-127, 0, []uint32{pair(0, 0)}, []uint32{pair(0, 0)}},
		{"subnormal product", tiny, tiny, []uint32{pair(-0x1p-126, 0)}, []uint32{pair(0x1.8p-1, 0)}},
		{"subnormal result", tiny, 0, []uint32{pair(-0x1.8p-126, 0)}, []uint32{pair(1, 0)}},
		{"least normal", 0, tiny, []uint32{pair(0x1p-126, 0)}, []uint32{pair(1, 0)}},
		{"overflow", 0, inf, []uint32{pair(0x1p127, 0)}, []uint32{pair(2, 0)}},
		{"infinities", -inf, nan, []uint32{pair(inf, 0)}, []uint32{pair(1, 0)}},
		{"zero times infinity", 0, nan, []uint32{pair(0, inf)}, []uint32{pair(1, 0)}},
	} {
		got := DotPairs(c.sum, c.a, c.b)
		if got != c.want && !(got != got && c.want != c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

// TestFMA: the multiply-add rounds as numbers of any precision say.
func TestFMA(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200000 {
		a := math.Float32frombits(random.Uint32()&^0xffff&^(0xff<<23) | uint32(97+random.IntN(60))<<23)
		b := math.Float32frombits(random.Uint32()&^0xffff&^(0xff<<23) | uint32(97+random.IntN(60))<<23)
		c := math.Float32frombits(random.Uint32()&^(0xff<<23) | uint32(67+random.IntN(120))<<23)
		x := new(big.Float).SetPrec(500).Mul(big.NewFloat(float64(a)), big.NewFloat(float64(b)))
		x.Add(x, big.NewFloat(float64(c)))
		want, _ := x.Float32()
		if got := fma(a, b, c); got != want {
			t.Fatalf("%v*%v + %v = %v, want %v", a, b, c, got, want)
		}
	}
}

// TestDotBytes: signs and wrapping.
func TestDotBytes(t *testing.T) {
	for _, c := range []struct {
		sum, want int32
		a, b      uint32
	}{
		{0, 255*-128 + 1*2 + 0 + 3*-1, 0x030001ff, 0xff050280},
		{math.MaxInt32, math.MinInt32, 0x01, 0x01},
		{-5, -5, 0, 0x7f7f7f7f},
	} {
		if got := DotBytes(c.sum, []uint32{c.a}, []uint32{c.b}); got != c.want {
			t.Errorf("%d + %08x * %08x = %d, want %d", c.sum, c.a, c.b, got, c.want)
		}
	}
}
