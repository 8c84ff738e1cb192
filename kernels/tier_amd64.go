//go:build amd64 && !purego && !noasm

package kernels

import "github.com/klauspost/cpuid/v2"

// detect returns the assembly tiers of this CPU, lowest first. Each tier needs
// its whole chain: a virtual machine may report FMA without AVX, or AVX-512 with
// parts masked out. cpuid reports the AVX family only where OSXSAVE is set and
// XCR0 says that the system saves the registers.
func detect() []Tier {
	var tiers []Tier
	if !cpuid.CPU.Supports(cpuid.OSXSAVE, cpuid.AVX, cpuid.AVX2, cpuid.FMA3) {
		return tiers
	}
	tiers = append(tiers, AVX2)
	if cpuid.CPU.Supports(cpuid.AVX512F, cpuid.AVX512VL, cpuid.AVX512BW, cpuid.AVX512DQ) {
		tiers = append(tiers, AVX512)
	}
	return tiers
}
