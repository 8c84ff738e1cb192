//go:build !purego && !noasm

package kernels

import "github.com/ashlar-go/ashlar/kernels/asm"

// pairStrips are the micro-kernels on pairs that the assembly has.
func pairStrips() []pairStrip {
	return []pairStrip{{"neon", true, 12, 4, asm.GemmStripBF16NEON, widenedTerm}}
}
