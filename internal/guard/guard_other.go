//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly) || noguard

package guard

import "unsafe"

// Pages reports whether there are pages without permissions. Here there are none, nor with the build tag
// noguard: tests miss reads outside their operands, and writes beyond a margin that they look at.
const Pages = false

// New returns at least n bytes, aligned to 64, with room for a margin at both
// ends.
func New(n int) []byte {
	words := make([]uint64, n/8+256)
	mem := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(words)*8)
	off := (64-int(uintptr(unsafe.Pointer(&mem[0]))%64))%64 + 512
	return mem[off : off+(n+63)/64*64]
}
