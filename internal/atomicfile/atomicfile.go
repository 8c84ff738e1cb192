// Package atomicfile replaces files completely or not at all.
package atomicfile

import (
	"errors"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// tempMark stands in the name of a temporary file between the name of the target and a number.
// It is long enough that no other file is mistaken for a temporary one.
const tempMark = ".tmp-ashlar-"

// errDirectory is what is wrong with the path of a directory.
var errDirectory = errors.New("is a directory, want a file")

// Write creates or replaces the file at path by what write writes, completely or not at all: it writes
// a temporary file beside it, flushes it to the disk and renames it. A file that was there keeps its
// mode. A new one is open to reading and writing but for the bits of the umask. A symbolic link stays,
// and the file that it leads to is replaced or created.
//
// A device, a FIFO or a socket at path stays what it is: Write opens it and writes to it, and what was
// written before an error has been sent. A directory is an error.
//
// Write returns the error of write as it is. Its own errors, and those of the writer that write gets, are
// of type [*fs.PathError] and name path.
func Write(path string, write func(io.Writer) error) error {
	t, err := find(path)
	switch {
	case err != nil:
		return err
	case t.stream:
		return stream(path, write)
	}
	return t.replace(write)
}

// Check returns the error that Write would return before it writes, but does not open a device or a
// FIFO. It leaves no file.
func Check(path string) error {
	t, err := find(path)
	if err != nil || t.stream {
		return err
	}
	f, err := t.createTemp()
	if err != nil {
		return err
	}
	f.Close()
	return t.wrap("remove", os.Remove(f.Name()))
}

// target is the place of a file to write.
type target struct {
	path   string      // as the caller gave it, for errors
	dir    string      // where the file is, after symbolic links: "" or with a separator at its end
	base   string      // its name there
	mode   fs.FileMode // of the file that is there, 0 if there is none
	exists bool
	stream bool // it is no regular file
}

// find looks at what is at path.
func find(path string) (target, error) {
	t := target{path: path}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist): // nothing, or a link to nothing
	case err != nil:
		return t, t.wrap("open", err)
	case info.IsDir():
		return t, t.wrap("open", errDirectory)
	case !info.Mode().IsRegular():
		t.stream = true
		return t, nil
	default:
		t.exists, t.mode = true, info.Mode().Perm()
	}
	end, err := follow(path)
	if err != nil {
		return t, t.wrap("open", err)
	}
	if t.exists {
		// The text of a link of /proc/self/fd may name no file, or another one.
		there, err := os.Lstat(end)
		if err != nil || !os.SameFile(info, there) {
			t.stream = true
			return t, nil
		}
	}
	if t.dir, t.base = filepath.Split(end); t.base == "" {
		return t, t.wrap("open", fs.ErrNotExist)
	}
	return t, nil
}

// follow returns where the symbolic links at path lead. It does not clean the paths: ".." after a link
// to a directory is not the directory of the link.
func follow(path string) (string, error) {
	const most = 255 // links, as many as package filepath follows
	for range most {
		to, err := os.Readlink(path)
		if err != nil {
			return path, nil // no link: Write will say what is wrong, if anything is
		}
		if !filepath.IsAbs(to) {
			dir, _ := filepath.Split(path)
			to = dir + to
		}
		path = to
	}
	return "", errors.New("too many symbolic links")
}

// wrap makes an error of the operating system one of the path that the caller gave, without the name
// of the temporary file, which would mean nothing to a reader.
func (t *target) wrap(op string, err error) error {
	if err == nil {
		return nil
	}
	var p *fs.PathError
	var l *os.LinkError
	switch {
	case errors.As(err, &p):
		op, err = p.Op, p.Err
	case errors.As(err, &l):
		op, err = l.Op, l.Err
	}
	return &fs.PathError{Op: op, Path: t.path, Err: err}
}

// stream writes to what is at path and stays there.
func stream(path string, write func(io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	return writeAndClose(f, write)
}

// writeAndClose writes to f and closes it. Some devices and file systems report a lost write at the end.
func writeAndClose(f io.WriteCloser, write func(io.Writer) error) error {
	err := write(f)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// temporary is the writer of a temporary file. Its errors name the target.
type temporary struct {
	file *os.File
	of   *target
}

func (t temporary) Write(p []byte) (int, error) {
	n, err := t.file.Write(p)
	return n, t.of.wrap("write", err)
}

// flush writes a file or a directory to the disk. A test watches its calls.
var flush = (*os.File).Sync

// replace replaces the file by what write writes.
func (t *target) replace(write func(io.Writer) error) (err error) {
	f, err := t.createTemp()
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if err := write(temporary{f, t}); err != nil {
		return err
	}
	if t.exists {
		if err := f.Chmod(t.mode); err != nil {
			return t.wrap("chmod", err)
		}
	}
	if err := flush(f); err != nil {
		return t.wrap("sync", err)
	}
	if err := moveTo(f, t.dir+t.base); err != nil {
		return t.wrap("rename", err)
	}
	syncDir(t.dir)
	return nil
}

// createTemp creates and holds the temporary file, and removes abandoned ones. Other programs see that
// it is held and leave it.
func (t *target) createTemp() (*os.File, error) {
	removeAbandoned(t.dir, t.base)
	mode := fs.FileMode(0o666) // without the bits of the umask
	if t.exists {
		mode = 0o600 // until it is complete
	}
	prefix := t.dir + t.base + tempMark
	for {
		name := prefix + strconv.FormatUint(uint64(rand.Uint32()), 10)
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
		if errors.Is(err, fs.ErrExist) {
			continue
		} else if err != nil {
			return nil, t.wrap("open", err)
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
// ignores errors: a file that cannot be opened or removed does not keep Write from writing.
func removeAbandoned(dir, base string) {
	entries, _ := os.ReadDir(named(dir))
	for _, e := range entries {
		number, ok := strings.CutPrefix(e.Name(), base+tempMark)
		if !ok || number == "" || strings.Trim(number, "0123456789") != "" || !e.Type().IsRegular() {
			continue
		}
		if f, err := os.OpenFile(dir+e.Name(), os.O_RDWR, 0); err == nil {
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

// named returns the name of the directory that dir is in a target.
func named(dir string) string {
	if dir == "" {
		return "."
	}
	return dir
}

// syncDir makes the new name durable where directories can be flushed. Elsewhere the file is
// complete all the same.
func syncDir(dir string) {
	if d, err := os.Open(named(dir)); err == nil {
		_ = flush(d)
		d.Close()
	}
}
