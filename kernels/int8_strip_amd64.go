//go:build amd64 && !purego && !noasm

package kernels

import (
	"slices"

	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/kernels/asm"
)

// int8Choices returns the paths of amd64.
func int8Choices() []int8Choice {
	choices := []int8Choice{{path: Int8AVX2}, {path: Int8AVXVNNI}, {path: Int8AVX512}, {path: Int8VNNI},
		{path: Int8AMX}}
	for i := range choices {
		switch c := &choices[i]; {
		case !slices.Contains(available, AVX2):
			c.missing = "this CPU has no AVX2 with FMA"
		case c.path == Int8AVXVNNI && !cpuid.CPU.Supports(cpuid.AVXVNNI):
			c.missing = "this CPU has no AVX-VNNI"
		case c.path.Tier() == AVX512 && !slices.Contains(available, AVX512):
			c.missing = "this CPU has no AVX-512"
		case c.path == Int8VNNI && !cpuid.CPU.Supports(cpuid.AVX512VNNI):
			c.missing = "this CPU has no AVX512_VNNI"
		case c.path == Int8AMX && !cpuid.CPU.Supports(cpuid.AMXTILE, cpuid.AMXINT8):
			c.missing = "this CPU has no AMX"
		}
	}
	return choices
}

// gemmStripInt8 runs the micro-kernel of a path.
func gemmStripInt8(p Int8Path, s *asm.GemmStrip[float32]) {
	switch p {
	case Int8AMX:
		asm.GemmStripInt8AMX(s)
	case Int8VNNI:
		asm.GemmStripInt8VNNI(s)
	case Int8AVX512:
		asm.GemmStripInt8AVX512(s)
	case Int8AVXVNNI:
		asm.GemmStripInt8AVXVNNI(s)
	case Int8AVX2:
		asm.GemmStripInt8AVX2(s)
	default:
		gemmStripInt8Generic(s)
	}
}
