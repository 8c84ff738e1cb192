//go:build amd64 && !purego && !noasm

package kernels

import "github.com/ashlar-go/ashlar/kernels/asm"

// gemmStripBF16 runs the micro-kernel of a path.
func gemmStripBF16(p BF16Path, s *asm.GemmStrip[float32]) {
	switch p {
	case BF16AMX:
		asm.GemmStripBF16AMX(s)
	case BF16Dot:
		asm.GemmStripBF16DP(s)
	case BF16AVX512:
		asm.GemmStripBF16AVX512(s)
	case BF16AVX2:
		asm.GemmStripBF16AVX2(s)
	default:
		gemmStripBF16Generic(s)
	}
}
