//go:build arm64 && !purego && !noasm

package kernels

import "slices"

// bf16Choices returns the paths of arm64.
func bf16Choices() []bf16Choice {
	c := bf16Choice{path: BF16NEON}
	if !slices.Contains(available, NEON) {
		c.missing = "this CPU has no Advanced SIMD"
	}
	return []bf16Choice{c}
}
