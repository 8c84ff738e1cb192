package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// put writes a text.
func put(path, text string) error {
	return Write(path, func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	})
}

// wants checks that the file at path has a text and that its directory has so many entries.
func wants(t *testing.T, path, text string, entries int) {
	t.Helper()
	if got, err := os.ReadFile(path); err != nil || string(got) != text {
		t.Errorf("%s has %q, %v, want %q", path, got, err, text)
	}
	if list, err := os.ReadDir(filepath.Dir(path)); err != nil || len(list) != entries {
		t.Errorf("the directory has %v, %v, want %d entries", list, err, entries)
	}
}

// TestWrite: the file is replaced completely, or stays if writing fails, with the error as it is.
func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	for _, text := range []string{"first", "second"} {
		if err := put(path, text); err != nil {
			t.Fatal(err)
		}
		wants(t, path, text, 1)
	}
	fails := errors.New("fails")
	if err := Write(path, func(w io.Writer) error {
		if _, err := io.WriteString(w, "half"); err != nil {
			return err
		}
		return fails
	}); err != fails {
		t.Errorf("error %v, want %v", err, fails)
	}
	wants(t, path, "second", 1)
	if err := Check(path); err != nil {
		t.Error(err)
	}
	wants(t, path, "second", 1)
}

// TestErrors: an error names the path that the caller gave, and nothing is left.
func TestErrors(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := put(file, "x"); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{dir, filepath.Join(dir, "none", "x"), filepath.Join(file, "below"),
		dir + string(filepath.Separator), ""} {
		for name, err := range map[string]error{"Write": put(path, "y"), "Check": Check(path)} {
			p, is := errors.AsType[*fs.PathError](err)
			if !is || p.Path != path || strings.Contains(err.Error(), tempMark) {
				t.Errorf("%s(%q): error %v, want one of that path", name, path, err)
			}
		}
	}
	if err := put(dir, "y"); !errors.Is(err, errDirectory) {
		t.Errorf("a directory: error %v", err)
	}
	wants(t, file, "x", 1)
}
