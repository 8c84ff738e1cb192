//go:build (!amd64 && !arm64) || purego || noasm

package spoil

// Registers does nothing: pure Go reads no register before it writes it.
func Registers() {}
