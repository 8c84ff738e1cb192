package console

import (
	"fmt"
	"os"
)

// MakeFolder makes the folder that the flag -out names and tries to write to it, so that a
// wrong path is an error before the work and not after it.
func MakeFolder(dir string) error {
	if dir == "" {
		return Usagef("-out is empty: want a folder")
	}
	err := os.MkdirAll(dir, 0o755)
	if err == nil {
		var f *os.File
		if f, err = os.CreateTemp(dir, ".try-*"); err == nil {
			f.Close()
			err = os.Remove(f.Name())
		}
	}
	if err != nil {
		return fmt.Errorf("-out %s: %w", dir, err)
	}
	return nil
}
