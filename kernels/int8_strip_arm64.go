//go:build arm64 && !purego && !noasm

package kernels

import "github.com/ashlar-go/ashlar/kernels/asm"

// int8Choices returns the paths of arm64.
func int8Choices() []int8Choice { return []int8Choice{{path: Int8NEON}} }

// gemmStripInt8 runs the micro-kernel of a path.
func gemmStripInt8(p Int8Path, s *asm.GemmStrip[float32]) {
	if p == Int8NEON {
		asm.GemmStripInt8NEON(s)
		return
	}
	gemmStripInt8Generic(s)
}
