//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package atomicfile

import (
	"os"
	"syscall"
)

// removeOpen says that a file can be removed and renamed while it is open. So a program can
// hold it until it has its final name.
const removeOpen = true

// hold marks f as in use until it is closed, which the end of the program does too, even if it
// is killed. On a file system without locks hold has no effect, and abandoned returns false.
func hold(f *os.File) { _ = flock(f, syscall.LOCK_EX) }

// abandoned reports whether no program held f. If so, it holds f itself.
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
	_ = f.Close() // its bytes are on the disk already
	return nil
}
