//go:build !purego && !noasm

package algo_test

import (
	"slices"
	"testing"

	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/kernels/asm"
)

// TestDotsInterpreted: the micro-kernel of VDPBF16PS gives, interpreted, what the assembly gives, to the
// bit, where the CPU has the instruction.
func TestDotsInterpreted(t *testing.T) {
	if !slices.Contains(kernels.Tiers(), kernels.AVX512) || !cpuid.CPU.Supports(cpuid.AVX512BF16) {
		t.Skip("this CPU has no AVX512_BF16")
	}
	for _, m := range []int{1, 5, 8, 13} {
		for _, n := range []int{1, 3, 7, 8, 15, 16} {
			for _, k := range []int{1, 4, 11} {
				for _, flags := range []int{0, asm.GemmAlpha | asm.GemmBeta | asm.GemmBias | asm.GemmLeaky} {
					gemm(t, product{m, n, k, k, 1, flags, m & 1}, "GemmStripBF16DP", asm.GemmStripBF16DP)
				}
			}
		}
	}
}
