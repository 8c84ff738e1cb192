//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd)

package atomicfile

import (
	"os"
	"time"
)

// removeOpen says that a file may not be removed or renamed while it is open.
const removeOpen = false

// hold does nothing: without locks on files, their age decides whether they are in use.
func hold(*os.File) {}

// abandoned reports whether f is older than any program takes to write and rename it.
func abandoned(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && time.Since(info.ModTime()) > time.Hour
}

// moveTo closes f and gives it its final name.
func moveTo(f *os.File, path string) error {
	if err := f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
