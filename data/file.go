package data

import (
	"bufio"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
)

// FormatError tells where input is not what its format calls for.
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

// readFile opens path, unzips it if it starts with the magic number of gzip, calls
// read and names the file in the error.
func readFile(path string, read func(io.Reader) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("data: %w", err)
	}
	defer f.Close()
	buffered := bufio.NewReaderSize(f, 1<<16)
	r, where := io.Reader(buffered), ""
	// An error here comes back from the first read.
	if magic, _ := buffered.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return &FormatError{path, "byte 0", "damaged gzip header: " + err.Error(), err}
		}
		r, where = z, " of the unzipped data"
	}
	err = read(r)
	if format, ok := errors.AsType[*FormatError](err); ok {
		format.File = path
		format.Place += where
	}
	return err
}
