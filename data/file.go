package data

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
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

// Limit is the most bytes that a compressed stream may inflate to, such as Limit(1<<30). Without
// one, or with 0, it may inflate to 32 MiB or 100 times its length, whichever is more. The length
// of a stream that does not know it is what has been read of it so far.
type Limit int64

// Real sets inflate to 3 to 30 times their length, files made to fill the memory to 1000 times.
const (
	mostInflated = 32 << 20
	mostRatio    = 100
)

// of returns the bytes to which a stream of that length may inflate.
func (l Limit) of(length int64) int64 {
	switch {
	case l > 0:
		return int64(l)
	case length > math.MaxInt64/mostRatio:
		return math.MaxInt64
	}
	return max(mostInflated, mostRatio*length)
}

// oneLimit returns the limit of the arguments of a reader, which has at most one.
func oneLimit(limits []Limit) (Limit, error) {
	switch {
	case len(limits) > 1:
		return 0, fmt.Errorf("data: there are %d limits, want at most one", len(limits))
	case len(limits) == 1 && limits[0] < 0:
		return 0, fmt.Errorf("data: the limit is %d bytes, want at least 0", limits[0])
	case len(limits) == 1:
		return limits[0], nil
	}
	return 0, nil
}

// Errors of a nil interface, which would end in a nil dereference.
var (
	errNoReader = errors.New("data: the reader is nil")
	errNoWriter = errors.New("data: the writer is nil")
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

// inflated reads from z, which inflates stream, and fails where that gives too many bytes.
type inflated struct {
	z      io.Reader
	n      int64
	stream *counted
	length int64 // of the stream; if it is unknown, -1, and the bytes read so far count instead
	limit  Limit
}

func (f *inflated) Read(p []byte) (n int, err error) {
	n, err = f.z.Read(p)
	f.n += int64(n)
	if most := f.limit.of(max(f.length, f.stream.n)); f.n > most {
		return 0, f.tooLong(most)
	}
	return n, err
}

func (f *inflated) tooLong(most int64) error {
	return fmt.Errorf("a compressed stream of %d bytes inflates to more than %d bytes; "+
		"set a higher Limit if it should", max(f.length, f.stream.n), most)
}

// source is what a file is read from. Reading it fails where a compressed stream inflates to too
// many bytes.
type source struct {
	io.Reader
	length int64     // the bytes to come, -1 if unknown
	zipped *inflated // nil where nothing is inflated
}

// expect returns an error if total bytes cannot follow after start bytes, as far as is known
// before they are read. A header that claims too much then costs no memory.
func (s *source) expect(start, total int) error {
	if s.zipped == nil {
		if s.length >= 0 && int64(total) > s.length-int64(start) {
			return cutShort(start, int(max(0, s.length-int64(start))), total, "elements", io.EOF)
		}
		return nil
	}
	if s.zipped.length < 0 && s.zipped.limit == 0 {
		return nil
	}
	if most := s.zipped.limit.of(s.zipped.length); int64(total) > most-int64(start) {
		err := s.zipped.tooLong(most)
		return &FormatError{Place: fmt.Sprintf("byte %d", start),
			Msg: fmt.Sprintf("the header claims %d bytes of elements: %v", total, err), Err: err}
	}
	return nil
}

// first returns how many of total bytes, which a header claims and expect has accepted, may be
// allocated before they have arrived.
func (s *source) first(total int) int {
	if s.zipped == nil && s.length >= 0 {
		return total
	}
	return min(total, firstRead)
}

// lengthOf returns how many bytes r still has, or -1 if it does not tell.
func lengthOf(r io.Reader) int64 {
	switch r := r.(type) {
	case *bytes.Reader:
		return int64(r.Len())
	case *bytes.Buffer:
		return int64(r.Len())
	case *strings.Reader:
		return int64(r.Len())
	case *os.File:
		if info, err := r.Stat(); err == nil && info.Mode().IsRegular() {
			if at, err := r.Seek(0, io.SeekCurrent); err == nil && at <= info.Size() {
				return info.Size() - at
			}
		}
	}
	return -1
}

// readStream calls read with r, which it unzips if it starts with the magic number of gzip.
func readStream(r io.Reader, limits []Limit, read func(*source) error) error {
	s, err := openStream(r, limits)
	if err != nil {
		return err
	}
	return s.explain(read(s))
}

// Unzip returns a reader of r that unzips it if it starts with the magic number of gzip, up to the limit, see
// [Limit]. Readers of this package do so themselves; it is for other formats.
func Unzip(r io.Reader, limit ...Limit) (io.Reader, error) {
	s, err := openStream(r, limit)
	if err != nil {
		return nil, err
	}
	return s, nil
}

// openStream returns r as a source, which unzips r if it starts with the magic number of gzip.
// Errors of what is read from it go through explain.
func openStream(r io.Reader, limits []Limit) (*source, error) {
	limit, err := oneLimit(limits)
	if err != nil {
		return nil, err
	}
	if r == nil {
		return nil, errNoReader
	}
	s := &source{length: lengthOf(r)}
	stream := &counted{r: r}
	buffered := bufio.NewReaderSize(stream, 1<<16)
	s.Reader = buffered
	// An error here comes back from the first read.
	if magic, _ := buffered.Peek(2); string(magic) == "\x1f\x8b" {
		z, err := gzip.NewReader(buffered)
		if err != nil {
			return nil, &FormatError{Place: "byte 0", Msg: "damaged gzip header: " + err.Error(), Err: err}
		}
		s.zipped = &inflated{z: z, stream: stream, length: s.length, limit: limit}
		s.Reader = s.zipped
	}
	return s, nil
}

// explain says of the place in an error that it is one of the unzipped data, if it is.
func (s *source) explain(err error) error {
	if format, ok := errors.AsType[*FormatError](err); ok && s.zipped != nil {
		format.Place += " of the unzipped data"
	}
	return err
}

// readFile opens path, calls read and names the file in the error.
func readFile(path string, read func(*os.File) error) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("data: %w", err)
	}
	defer f.Close()
	err = read(f)
	if format, ok := errors.AsType[*FormatError](err); ok {
		format.File = path
	}
	return err
}
