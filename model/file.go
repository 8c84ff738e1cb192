package model

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strings"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/size"
)

// File is an open safetensors file. Its header is in memory, its tensors are not: [Values]
// and Section read those that are asked for. Any number of goroutines may use a File.
type File struct {
	in     io.ReaderAt
	closer io.Closer // nil for none
	name   string    // in errors
	h      *header
}

// Info says what the header of a file says of a tensor.
type Info struct {
	Name  string
	DType string // such as "F32", "BF16", "I64", "BOOL"
	Shape []int  // of length 0 for a scalar
	Bytes int64  // in the file
}

// Open opens a safetensors file of any program, and reads and checks its header. It allocates at most 16
// times the header's length, which is at most the file's, and 1 MiB. A header that the format forbids is an
// error, as is a tensor whose bytes are not those of its shape and type.
func Open(path string) (*File, error) {
	in, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	info, err := in.Stat()
	var h *header
	if err == nil {
		h, err = checkedHeader(in, info.Size())
	}
	if err != nil {
		in.Close()
		return nil, fmt.Errorf("model: opening %s: %w", path, err)
	}
	return &File{in, in, path, h}, nil
}

// NewFile is [Open] for size bytes at r. Close does not close r.
func NewFile(r io.ReaderAt, size int64) (*File, error) {
	h, err := checkedHeader(r, size)
	if err != nil {
		return nil, fmt.Errorf("model: %w", err)
	}
	return &File{in: r, name: "tensors", h: h}, nil
}

// checkedHeader reads a header and compares the bytes of its tensors with their shapes.
func checkedHeader(r io.ReaderAt, size int64) (*header, error) {
	h, err := readHeader(r, size)
	if err != nil {
		return nil, err
	}
	return h, h.checkSizes()
}

// Close closes the file. Its tensors cannot be read any more.
func (f *File) Close() error {
	if f.closer == nil {
		return nil
	}
	return f.closer.Close()
}

// Tensors returns what the header says of each tensor, in its order.
func (f *File) Tensors() []Info {
	list := make([]Info, 0, len(f.h.names))
	for _, name := range f.h.names {
		info, _ := f.Tensor(name)
		list = append(list, info)
	}
	return list
}

// Tensor returns what the header says of a tensor, and whether the file has it.
func (f *File) Tensor(name string) (Info, bool) {
	e, ok := f.h.entries[name]
	if !ok {
		return Info{}, false
	}
	return Info{name, e.DType, slices.Clone(e.Shape), e.Offsets[1] - e.Offsets[0]}, true
}

// Text returns the metadata of the file, nil if it has none. The map belongs to the caller.
func (f *File) Text() map[string]string { return maps.Clone(f.h.text) }

// Section returns the bytes of a tensor of any type, row-major and little-endian, also of one
// that [Values] does not decode. It reads none of them.
func (f *File) Section(name string) (*io.SectionReader, error) {
	e, ok := f.h.entries[name]
	if !ok {
		return nil, f.wrap(f.h.missing(name))
	}
	return e.bytes(f.in, f.h), nil
}

// wrap names the file in an error.
func (f *File) wrap(err error) error { return fmt.Errorf("model: reading %s: %w", f.name, err) }

// Values reads a tensor, row-major. Only its own elements are allocated, and only once the header
// has shown that the file has their bytes. The type in the file decides what E may be:
//
//	float32, float64    F64, F32, F16, BF16, all integers and BOOL; rounded to E
//	int8 ... uint64     all integers, and BOOL as 0 and 1
//	bool                BOOL
//
// A number that E cannot hold is an error that names the element, as is a BOOL that is not 0 or 1.
func Values[E Element](f *File, name string) ([]E, error) {
	e, err := readable[E](f, name)
	if err != nil {
		return nil, err
	}
	n, ok := size.Elements(unsafe.Sizeof(*new(E)), e.Shape...)
	if !ok {
		return nil, f.wrap(fmt.Errorf("tensor %q has shape %v, whose elements do not fit in memory", name,
			e.Shape))
	}
	dst := make([]E, n)
	if err := readValues(f.in, f.h, name, dst, decode[E]); err != nil {
		return nil, f.wrap(err)
	}
	return dst, nil
}

// readable returns the entry of a tensor that decode makes an E of.
func readable[E Element](f *File, name string) (entry, error) {
	if f == nil || f.h == nil {
		return entry{}, errors.New("model: there is no file: Open opens one")
	}
	e, ok := f.h.entries[name]
	if !ok {
		return e, f.wrap(f.h.missing(name))
	}
	if types := sources[E](); !slices.Contains(types, e.DType) {
		return e, f.wrap(fmt.Errorf("tensor %q has dtype %q, want %s for %T", name, e.DType, oneOf(types),
			*new(E)))
	}
	return e, nil
}

// missing returns the error for a tensor that the file does not have.
func (h *header) missing(name string) error {
	if len(h.names) == 0 {
		return fmt.Errorf("there is no tensor %q: the file has none", name)
	}
	return fmt.Errorf("there is no tensor %q: the file has %d, such as %q", name, len(h.names), h.names[0])
}

// oneOf returns "A, B or C".
func oneOf(names []string) string {
	last := len(names) - 1
	if last == 0 {
		return names[0]
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
