package console

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// WriteFile creates or replaces the file at path by what write writes, completely or not at all.
func WriteFile(path string, write func(w io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".tmp-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err = write(f); err != nil {
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

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
