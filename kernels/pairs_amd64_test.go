//go:build !purego && !noasm

package kernels

import (
	"slices"

	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/kernels/asm"
)

// pairStrips are the micro-kernels on pairs that the assembly has.
func pairStrips() []pairStrip {
	narrow, wide := slices.Contains(Tiers(), AVX2), slices.Contains(Tiers(), AVX512)
	dots := wide && cpuid.CPU.Supports(cpuid.AVX512BF16)
	return []pairStrip{
		{"avx2", narrow, 16, 8, asm.GemmStripBF16AVX2, widenedTerm},
		{"avx512", wide, 48, 16, asm.GemmStripBF16AVX512, widenedTerm},
		{"avx512_bf16", dots, 48, 16, asm.GemmStripBF16DP, dotTerm},
	}
}
