//go:build linux || darwin

package killtest

import (
	"io"

	"golang.org/x/sys/unix"
)

// setSizeLimit bounds the files that this process writes.
func setSizeLimit(size uint64) error {
	limit := unix.Rlimit{Cur: size, Max: size}
	return unix.Setrlimit(unix.RLIMIT_FSIZE, &limit)
}

// newLines writes equal lines.
func newLines(line []byte, n int) func(io.Writer) error {
	return func(w io.Writer) error {
		for range n {
			if _, err := w.Write(line); err != nil {
				return err
			}
		}
		return nil
	}
}
