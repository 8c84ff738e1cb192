//go:build linux && !purego && !noasm

package clobber

// registers are what the probe looks at, in the order of names.
type registers [6]uint64

// upper are the halves of the vector registers that VZEROUPPER clears, as the CPU says that they are
// in use: bits 2 and 6 of XINUSE.
var names = [6]string{"R14", "R15", "BP", "MXCSR", "the direction flag", "upper"}

// upperSeen says whether the CPU tells about the upper halves, by XGETBV with ECX = 1.
var upperSeen bool

// call calls the function at an address, an ABI0 one, with words of arguments. It notes the
// registers before and after.
func call(function uintptr, arguments *uint64, words int, seen *[2]registers)

// callWith calls a function so that it finds a value in all registers that it may change, see the assembly.
func callWith(function uintptr, arguments *uint64, words int, value uint64, vectors int)

func plantUse(word *uint64)
func plantR14()
func plantR15()
func plantBP()
func plantMXCSR()
func plantDirection()
func plantYMM()
func plantZMM()
func plantFlush()
func plantVectors()
