package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
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

// TestFlush: a new file is complete and on the disk before it takes the place of the old one, and then its
// folder is flushed too.
func TestFlush(t *testing.T) {
	defer func(f func(*os.File) error) { flush = f }(flush)
	folder := t.TempDir()
	path := filepath.Join(folder, "file")
	var seen []string
	flush = func(f *os.File) error {
		was, err := os.ReadFile(path)
		if err != nil {
			was = []byte("nothing")
		}
		info, err := f.Stat()
		switch {
		case err != nil:
			t.Error(err)
		case info.IsDir():
			seen = append(seen, "folder with "+string(was))
		default:
			text, err := os.ReadFile(f.Name())
			seen = append(seen, string(text)+" over "+string(was))
			if err != nil || !strings.Contains(f.Name(), tempMark) {
				t.Errorf("%s is flushed, want a temporary file, %v", f.Name(), err)
			}
		}
		return nil
	}
	for _, text := range []string{"first", "second"} {
		if err := put(path, text); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"first over nothing", "folder with first", "second over first", "folder with second"}
	if !slices.Equal(seen, want) {
		t.Errorf("flushed: %q, want %q", seen, want)
	}
	lost := errors.New("lost")
	flush = func(f *os.File) error { return &fs.PathError{Op: "sync", Path: f.Name(), Err: lost} }
	err := put(path, "third")
	if p, is := errors.AsType[*fs.PathError](err); !is || p.Path != path || !errors.Is(err, lost) {
		t.Errorf("a flush that fails: %v, want an error of %s", err, path)
	}
	wants(t, path, "second", 1)
}

// TestFlushReal: flush asks the system, which has no closed file.
func TestFlushReal(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "file"))
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(flush(f), f.Close()); err != nil {
		t.Error(err)
	}
	if err := flush(f); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a closed file: %v, want %v", err, os.ErrClosed)
	}
}

// TestWriterErrors: an error of the writer names the path that the caller gave.
func TestWriterErrors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	to := &target{path: path}
	f, err := os.Create(path + tempMark + "1")
	if err != nil {
		t.Fatal(err)
	}
	w := temporary{f, to}
	if n, err := w.Write([]byte("text")); n != 4 || err != nil {
		t.Errorf("%d, %v", n, err)
	}
	f.Close()
	_, err = w.Write([]byte("more"))
	if p, is := errors.AsType[*fs.PathError](err); !is || p.Path != path || !errors.Is(err, os.ErrClosed) {
		t.Errorf("a write that fails: %v, want an error of %s", err, path)
	}
}

// ending is a stream that fails when it is closed.
type ending struct {
	closed int
	fails  error
}

func (e *ending) Write(p []byte) (int, error) { return len(p), nil }
func (e *ending) Close() error                { e.closed++; return e.fails }

// TestClose: a stream that fails when it is closed has lost what was written. An earlier error comes first.
func TestClose(t *testing.T) {
	lost, wrong := errors.New("lost"), errors.New("wrong")
	for _, c := range []struct{ write, fails, want error }{
		{nil, nil, nil}, {nil, lost, lost}, {wrong, nil, wrong}, {wrong, lost, wrong},
	} {
		e := &ending{fails: c.fails}
		if err := writeAndClose(e, func(io.Writer) error { return c.write }); err != c.want || e.closed != 1 {
			t.Errorf("write %v, close %v: %v and closed %d times, want %v and once", c.write, c.fails, err,
				e.closed, c.want)
		}
	}
}
