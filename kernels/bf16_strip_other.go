//go:build (!amd64 && !arm64) || purego || noasm

package kernels

import "github.com/ashlar-go/ashlar/kernels/asm"

// gemmStripBF16 runs the micro-kernel of a path.
func gemmStripBF16(_ BF16Path, s *asm.GemmStrip[float32]) { gemmStripBF16Generic(s) }
