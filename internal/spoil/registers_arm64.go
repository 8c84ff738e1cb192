//go:build !purego && !noasm

package spoil

// Registers fills the vector registers.
func Registers()
