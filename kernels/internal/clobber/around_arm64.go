//go:build linux && !purego && !noasm

package clobber

// modes are what Around looks at, in the order of modeNames.
type modes [2]uint64

var modeNames = [2]string{"FPCR", "R18"}

// expected are the modes that every thread has, as many as are the same everywhere.
var expected = []uint64{0}

// note notes the modes.
//
//go:noescape
func note(seen *modes)

// clean sets FPCR as every thread has it, and gives R18 a value that no kernel would leave there.
func clean()
