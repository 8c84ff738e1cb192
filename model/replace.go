package model

import (
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// tempMark stands in the name of a temporary file between the name of the target and a number.
// It is long enough that no other file is mistaken for a temporary one.
const tempMark = ".tmp-ashlar-"

// replace replaces the file at path by what write writes, completely or not at all.
func replace(path string, write func(io.Writer) error) (err error) {
	mode := fs.FileMode(0o644)
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
	}
	f, err := createTemp(path)
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := write(f); err != nil {
		return err
	}
	if err := f.Chmod(mode); err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return err
	}
	if err := moveTo(f, path); err != nil {
		return err
	}
	syncDir(filepath.Dir(path))
	return nil
}

// createTemp creates and holds the temporary file for path, and removes abandoned ones. Other
// programs see that it is held and leave it.
func createTemp(path string) (*os.File, error) {
	dir, base := filepath.Dir(path), filepath.Base(path)
	removeAbandoned(dir, base)
	for {
		f, err := os.CreateTemp(dir, base+tempMark+"*")
		if err != nil {
			return nil, err
		}
		hold(f)
		if same(f) {
			return f, nil
		}
		f.Close() // another program found it before it was held, and removed it
	}
}

// same reports whether the name of an open file still refers to it.
func same(f *os.File) bool {
	open, err := f.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(f.Name())
	return err == nil && os.SameFile(open, named)
}

// removeAbandoned removes the temporary files for base that killed programs left in dir. It
// ignores errors: a file that cannot be opened or removed does not keep Save from saving.
func removeAbandoned(dir, base string) {
	entries, _ := os.ReadDir(dir)
	for _, e := range entries {
		number, ok := strings.CutPrefix(e.Name(), base+tempMark)
		if !ok || number == "" || strings.Trim(number, "0123456789") != "" || !e.Type().IsRegular() {
			continue
		}
		if f, err := os.OpenFile(filepath.Join(dir, e.Name()), os.O_RDWR, 0); err == nil {
			gone := abandoned(f) && same(f)
			if gone && removeOpen {
				os.Remove(f.Name())
			}
			f.Close()
			if gone && !removeOpen {
				os.Remove(f.Name())
			}
		}
	}
}

// syncDir makes the new name durable where directories can be flushed. Elsewhere the file is
// complete all the same.
func syncDir(path string) {
	if d, err := os.Open(path); err == nil {
		_ = d.Sync()
		d.Close()
	}
}
