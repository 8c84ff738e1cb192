//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package fuzz

import (
	"os"

	"golang.org/x/sys/unix"
)

// Guarded reports whether operands lie between pages without permissions.
const Guarded = true

// newArena returns at least n bytes that begin and end at an inaccessible page.
// Arenas live as long as the process; labs reuse them.
func newArena(n int) []byte {
	page := os.Getpagesize()
	n = (n + page - 1) / page * page
	mem, err := unix.Mmap(-1, 0, n+2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		panic("fuzz: mmap: " + err.Error())
	}
	for _, guard := range [][]byte{mem[:page], mem[page+n:]} {
		if err := unix.Mprotect(guard, unix.PROT_NONE); err != nil {
			panic("fuzz: mprotect: " + err.Error())
		}
	}
	return mem[page : page+n : page+n]
}
