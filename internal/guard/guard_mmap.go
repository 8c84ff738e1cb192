//go:build (linux || darwin || freebsd || netbsd || openbsd || dragonfly) && !noguard

// Package guard has memory between pages without permissions, for tests: who touches anything beside it
// is stopped.
package guard

import (
	"os"

	"golang.org/x/sys/unix"
)

// Pages reports whether there are such pages.
const Pages = true

// New returns at least n bytes that begin and end at an inaccessible page. They stay as long as the
// process.
func New(n int) []byte {
	page := os.Getpagesize()
	n = (n + page - 1) / page * page
	mem, err := unix.Mmap(-1, 0, n+2*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
	if err != nil {
		panic("guard: mmap: " + err.Error())
	}
	for _, guard := range [][]byte{mem[:page], mem[page+n:]} {
		if err := unix.Mprotect(guard, unix.PROT_NONE); err != nil {
			panic("guard: mprotect: " + err.Error())
		}
	}
	return mem[page : page+n : page+n]
}
