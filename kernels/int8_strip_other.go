//go:build (!amd64 && !arm64) || purego || noasm

package kernels

import "github.com/ashlar-go/ashlar/kernels/asm"

// int8Choices returns no path: there is no assembly.
func int8Choices() []int8Choice { return nil }

// gemmStripInt8 runs the micro-kernel of a path.
func gemmStripInt8(_ Int8Path, s *asm.GemmStrip[float32]) { gemmStripInt8Generic(s) }
