package tilemodel

import (
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/kernels/asm"
)

// Operands are what the pointers of an asm.GemmStrip point to, as the bits of their elements: words of A
// and B, and float32 or int32.
type Operands struct{ A, B, C, Bias, D []uint32 }

// Pairs returns C as GemmStripBF16AMX leaves it.
func Pairs(s *asm.GemmStrip[float32], o Operands) []uint32 {
	return o.strip(s, func(at, j int, row, column []uint32) uint32 {
		var z float32
		for p := 0; p < s.K; p += Step {
			z = DotPairs(z, row[p:][:Step], column[p:][:Step])
		}
		return math.Float32bits(epilogue(s, z, o.C[at], o.Bias[j], o.D[at]))
	})
}

// Bytes returns C as GemmStripInt8AMX leaves it.
func Bytes(s *asm.GemmStrip[float32], o Operands) []uint32 {
	return o.strip(s, func(at, _ int, row, column []uint32) uint32 {
		var z int32
		if s.Flags&asm.GemmBeta != 0 {
			z = int32(o.C[at])
		}
		return uint32(DotBytes(z, row, column))
	})
}

// strip calls f for every element of C, which stands at the index at in column j.
func (o *Operands) strip(s *asm.GemmStrip[float32], f func(at, j int, row, column []uint32) uint32) []uint32 {
	c, column := slices.Clone(o.C), make([]uint32, s.K)
	for j := range s.N {
		for p := range s.K {
			column[p] = o.B[p*s.RsB+j]
		}
		for i := range s.M {
			at := i*s.Ldc + j
			c[at] = f(at, j, o.A[i*s.RsA:][:s.K], column)
		}
	}
	return c
}

// epilogue is the steps behind the sum, in float32 and with subnormal numbers.
func epilogue(s *asm.GemmStrip[float32], z float32, c, bias, d uint32) float32 {
	if s.Flags&asm.GemmAlpha != 0 {
		z *= s.Alpha
	}
	if s.Flags&asm.GemmBeta != 0 {
		z = fused(s.Beta, math.Float32frombits(c), z)
	}
	if s.Flags&asm.GemmBias != 0 {
		z += math.Float32frombits(bias)
	}
	if s.Flags&asm.GemmReLU != 0 && z < 0 {
		z = 0
	}
	if s.Flags&asm.GemmLeaky != 0 && z < 0 {
		z *= s.Slope
	}
	if s.Flags&asm.GemmDeriv != 0 {
		z *= math.Float32frombits(d)
	}
	return z
}
