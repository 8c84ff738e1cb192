//go:build linux && !purego && !noasm

package clobber

import "github.com/klauspost/cpuid/v2"

// modes are what Around looks at, in the order of modeNames.
type modes [3]uint64

var modeNames = [3]string{"MXCSR", "the direction flag", "upper"}

// expected are the modes that every thread has, as many as are the same everywhere.
var expected = []uint64{0x1f80, 0, 0}

func init() { upperSeen = cpuid.CPU.Supports(cpuid.AVX, cpuid.OSXSAVE, cpuid.XGETBV1) }

// note notes the modes. The upper halves are bits 2 and 6 of XINUSE: those of the registers that
// VZEROUPPER clears. Bit 7, Z16 to Z31, stays set after any use of them and slows nothing down.
//
//go:noescape
func note(seen *modes)

// clean sets the modes that every thread has.
func clean()
