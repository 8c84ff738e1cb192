package data

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
)

// FormatError is the error for input that breaks its format. It names the place.
type FormatError struct {
	File  string // the path, or "" for a reader
	Place string // such as "byte 16" or "line 3, column 5"
	Msg   string // what was found and what was expected
	Err   error  // the cause, such as io.ErrUnexpectedEOF, or nil
}

// Error returns one line: "data: file: place: message".
func (e *FormatError) Error() string {
	if e.File == "" {
		return "data: " + e.Place + ": " + e.Msg
	}
	return "data: " + e.File + ": " + e.Place + ": " + e.Msg
}

// Unwrap returns the cause.
func (e *FormatError) Unwrap() error { return e.Err }

// A gzip file may inflate to 32 MiB or 100 times its length, whichever is more. Real sets
// inflate to 3 to 30 times their length, files made to fill the memory to 1000 times.
const (
	mostInflated = 32 << 20
	mostRatio    = 100
)

// counted counts the bytes read from r.
type counted struct {
	r io.Reader
	n int64
}

func (c *counted) Read(p []byte) (n int, err error) {
	n, err = c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// inflated reads from z, which inflates file, and fails where that gives too many bytes.
type inflated struct {
	z      io.Reader
	n      int64
	file   *counted
	length int64 // of the file; 0 for a pipe, whose bytes read so far count instead
}

func (f *inflated) Read(p []byte) (n int, err error) {
	n, err = f.z.Read(p)
	f.n += int64(n)
	length := max(f.length, f.file.n)
	if most := max(mostInflated, mostRatio*length); f.n > most {
		return 0, fmt.Errorf(
			"a gzip file of %d bytes inflates to more than %d bytes; unzip it first if it should",
			length, most)
	}
	return n, err
}

// readFile opens path, unzips it if it starts with the magic number of gzip, calls
// read and names the file in the error.
func readFile(path string, read func(io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("data: %w", err)
	}
	defer f.Close()
	file := &counted{r: f}
	buffered := bufio.NewReaderSize(file, 1<<16)
	r, where := io.Reader(buffered), ""
	// An error here comes back from the first read.
	if magic, _ := buffered.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return &FormatError{path, "byte 0", "damaged gzip header: " + err.Error(), err}
		}
		var length int64
		if info, err := f.Stat(); err == nil {
			length = info.Size()
		}
		r, where = &inflated{z: z, file: file, length: length}, " of the unzipped data"
	}
	err = read(r)
	if format, ok := errors.AsType[*FormatError](err); ok {
		format.File = path
		format.Place += where
	}
	return err
}
