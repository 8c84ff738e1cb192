//go:build arm64 && !purego && !noasm

package kernels

import "github.com/ashlar-go/ashlar/kernels/asm"

// gemmStripBF16 runs the micro-kernel of a path.
func gemmStripBF16(p BF16Path, s *asm.GemmStrip[float32]) {
	if p == BF16NEON {
		asm.GemmStripBF16NEON(s)
		return
	}
	gemmStripBF16Generic(s)
}
