//go:build arm64 && !purego && !noasm

package kernels

import "golang.org/x/sys/cpu"

// detect returns NEON where the CPU has floating point and Advanced SIMD. Armv8-A lets a CPU do
// without, but no operating system for which Go has a port runs on such a one. Linux and Android
// tell in HWCAP of the auxiliary vector, FreeBSD and NetBSD in the ID registers. On macOS, iOS,
// Windows and OpenBSD both are part of the platform, and package cpu reports just that.
func detect() []Tier {
	if !cpu.ARM64.HasFP || !cpu.ARM64.HasASIMD {
		return nil
	}
	return []Tier{NEON}
}
