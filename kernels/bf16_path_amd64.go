//go:build amd64 && !purego && !noasm

package kernels

import (
	"slices"

	"github.com/klauspost/cpuid/v2"
)

// bf16Choices returns the paths of amd64. cpuid reports a feature of AMX where the CPU has it; whether
// the system saves the tiles is the answer to amxRefused.
func bf16Choices() []bf16Choice {
	choices := []bf16Choice{{path: BF16AVX2}, {path: BF16AVX512}, {path: BF16Dot}, {path: BF16AMX}}
	for i := range choices {
		switch c := &choices[i]; {
		case !slices.Contains(available, AVX2):
			c.missing = "this CPU has no AVX2 with FMA"
		case c.path.Tier() == AVX512 && !slices.Contains(available, AVX512):
			c.missing = "this CPU has no AVX-512"
		case c.path == BF16Dot && !cpuid.CPU.Supports(cpuid.AVX512BF16):
			c.missing = "this CPU has no AVX512_BF16"
		case c.path == BF16AMX && !cpuid.CPU.Supports(cpuid.AMXTILE, cpuid.AMXBF16):
			c.missing = "this CPU has no AMX"
		}
	}
	return choices
}
