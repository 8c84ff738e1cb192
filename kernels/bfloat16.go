package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// BFloat16 is a number of 16 bits: the upper half of a float32, with its range and 8 bits of
// precision (eps = 2^-8 between neighbours above 1 is 2^-7).
//
// Source: the format of Intel's BFLOAT16 – Hardware Numerics Definition, 338302-001US, 2018.
type BFloat16 uint16

// NewBFloat16 returns x rounded to nearest, ties to even. Beyond the largest finite number it is Inf;
// NaN stays NaN; numbers below the smallest normal one round to a subnormal or to 0.
func NewBFloat16(x float32) BFloat16 {
	b := math.Float32bits(x)
	if b&^(1<<31) > 0x7F80_0000 {
		return BFloat16(b>>16 | 0x40) // a quiet NaN, with the sign and the upper bits of its payload
	}
	return BFloat16((b + 0x7FFF + b>>16&1) >> 16)
}

// Float32 returns the number as a float32, which is exact.
func (b BFloat16) Float32() float32 { return math.Float32frombits(uint32(b) << 16) }

// ToBFloat16 rounds to bfloat16 as [NewBFloat16] does, to nearest, ties to even:
//
//	y[i] = NewBFloat16(x[i])
//
// NaN stays NaN, quiet, with its sign and the upper 6 bits of its payload. Subnormal numbers are
// rounded like others, on every tier. y and x have one length and must not overlap.
func ToBFloat16(y []BFloat16, x []float32) {
	const op = "ToBFloat16"
	checkLen(op, "x", len(x), len(y))
	checkApart(op, "y", "x", vectorView(y), vectorView(x))
	raceRead(x)
	raceWrite(y)
	toBFloat16On(Active(), y, x)
}

// FromBFloat16 widens bfloat16 numbers, which is exact:
//
//	y[i] = x[i].Float32()
//
// NaN keeps its bits. y and x have one length and must not overlap.
func FromBFloat16(y []float32, x []BFloat16) {
	const op = "FromBFloat16"
	checkLen(op, "x", len(x), len(y))
	checkApart(op, "y", "x", vectorView(y), vectorView(x))
	raceRead(x)
	raceWrite(y)
	fromBFloat16On(Active(), y, x)
}

func toBFloat16On(t Tier, y []BFloat16, x []float32) {
	if n := len(y); n <= maxCall {
		if n > 0 {
			dispatchRoundRows(t, y, x, 1, n, n, n)
		}
		return
	}
	share[float32](&bfloat16Jobs, stretches(len(y)), bfloat16Job{tier: t, halves: y, numbers: x})
}

func fromBFloat16On(t Tier, y []float32, x []BFloat16) {
	if n := len(y); n <= maxCall {
		if n > 0 {
			dispatchWidenRows(t, y, x, 1, n, n, n)
		}
		return
	}
	j := bfloat16Job{tier: t, halves: x, numbers: y, widens: true}
	share[float32](&bfloat16Jobs, stretches(len(y)), j)
}

// bfloat16Job is a call of ToBFloat16 or FromBFloat16 in the pool. A tile is a stretch.
type bfloat16Job struct {
	tier    Tier
	halves  []BFloat16
	numbers []float32
	widens  bool // from halves to numbers
}

var bfloat16Jobs freelist.Lists

func (j *bfloat16Job) tile(i int) {
	lo, hi := stretch(i, len(j.numbers))
	if j.widens {
		fromBFloat16On(j.tier, j.numbers[lo:hi], j.halves[lo:hi])
		return
	}
	toBFloat16On(j.tier, j.halves[lo:hi], j.numbers[lo:hi])
}
