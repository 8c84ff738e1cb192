//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package fuzz

import "unsafe"

// Guarded reports whether operands lie between pages without permissions. Here
// they do not: the harness misses reads outside the operands, and writes beyond
// the poisoned margins.
const Guarded = false

// newArena returns at least n bytes, aligned to 64, with room for a margin at both
// ends.
func newArena(n int) []byte {
	words := make([]uint64, n/8+256)
	mem := unsafe.Slice((*byte)(unsafe.Pointer(&words[0])), len(words)*8)
	off := (64-int(uintptr(unsafe.Pointer(&mem[0]))%64))%64 + 512
	return mem[off : off+(n+63)/64*64]
}
