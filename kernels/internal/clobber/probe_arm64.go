//go:build linux && !purego && !noasm

package clobber

// registers are what the probe looks at, in the order of names.
type registers [6]uint64

var names = [6]string{"R18", "R27", "R28", "R29", "RSP", "FPCR"}

// call calls the function at an address, an ABI0 one, with words of arguments. It notes the
// registers before and after.
func call(function uintptr, arguments *uint64, words int, seen *[2]registers)

func plantR18()
func plantR27()
func plantR28()
func plantR29()
func plantFPCR()
func plantFlush()
func plantVectors()
