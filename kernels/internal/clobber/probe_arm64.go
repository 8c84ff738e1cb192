//go:build linux && !purego && !noasm

package clobber

// registers are what the probe looks at, in the order of names.
type registers [6]uint64

var names = [6]string{"R18", "R27", "R28", "R29", "RSP", "FPCR"}

// call calls the function at an address, an ABI0 one, with words of arguments. It notes the
// registers before and after.
func call(function uintptr, arguments *uint64, words int, seen *[2]registers)

// callWith calls a function so that it finds a value in all registers that it may change, see the assembly.
func callWith(function uintptr, arguments *uint64, words int, value uint64, vectors int)

func plantUse(word *uint64)
func plantR18()
func plantR27()
func plantR28()
func plantR29()
func plantFPCR()
func plantFlush()
func plantVectors()
