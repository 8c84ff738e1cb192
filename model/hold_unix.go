//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package model

import (
	"os"
	"syscall"
)

// removeOpen says that a file can be removed, and renamed, while it is open. So it can be held
// until it has its final name.
const removeOpen = true

// hold marks f as in use until it is closed, as it is when its program ends in whatever way. On
// a file system without locks f is not held, and not taken for abandoned either.
func hold(f *os.File) { _ = flock(f, syscall.LOCK_EX) }

// abandoned reports whether nobody holds f, and holds it.
func abandoned(f *os.File) bool {
	return flock(f, syscall.LOCK_EX|syscall.LOCK_NB) == nil
}

func flock(f *os.File, how int) (err error) {
	for {
		if err = syscall.Flock(int(f.Fd()), how); err != syscall.EINTR {
			return err
		}
	}
}

// moveTo gives f its final name and closes it.
func moveTo(f *os.File, path string) error {
	if err := os.Rename(f.Name(), path); err != nil {
		return err
	}
	_ = f.Close() // it was flushed
	return nil
}
