//go:build !purego && !noasm

package spoil

import "github.com/klauspost/cpuid/v2"

// Registers fills the vector registers, and the mask registers with ones. It leaves their upper
// halves in use.
func Registers() { registers(level) }

// level is 2 where the CPU has AVX-512, 1 where it has AVX2.
var level = func() int {
	switch {
	case cpuid.CPU.Supports(cpuid.AVX2, cpuid.AVX512F, cpuid.AVX512VL, cpuid.AVX512BW, cpuid.AVX512DQ):
		return 2
	case cpuid.CPU.Supports(cpuid.AVX2):
		return 1
	}
	return 0
}()

//go:noescape
func registers(level int)
