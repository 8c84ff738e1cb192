package data

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"

	"github.com/ashlar-go/ashlar/internal/size"
)

// IDX is the content of an IDX file: an array with the last dimension contiguous. The images
// of MNIST are 60000 x 28 x 28 unsigned bytes, its labels 60000.
type IDX struct {
	Dims []int
	Data []byte  // the elements as in the file, big-endian, as many as the product of Dims
	Type IDXType // 0 counts as IDXUint8
}

// IDXType is the type of the elements, as the format numbers it.
type IDXType byte

// The types of the format. Their elements have 1, 1, 2, 4, 4 and 8 bytes in Data.
const (
	IDXUint8   IDXType = 0x08
	IDXInt8    IDXType = 0x09
	IDXInt16   IDXType = 0x0b
	IDXInt32   IDXType = 0x0c
	IDXFloat32 IDXType = 0x0d
	IDXFloat64 IDXType = 0x0e
)

// width returns the bytes of an element, 0 for a type that the format does not have.
func (t IDXType) width() int {
	switch t {
	case 0, IDXUint8, IDXInt8:
		return 1
	case IDXInt16:
		return 2
	case IDXInt32, IDXFloat32:
		return 4
	case IDXFloat64:
		return 8
	}
	return 0
}

// at returns element i.
func (x *IDX) at(i int) float64 {
	b := x.Data[i*x.Type.width():]
	switch x.Type {
	case IDXInt8:
		return float64(int8(b[0]))
	case IDXInt16:
		return float64(int16(binary.BigEndian.Uint16(b)))
	case IDXInt32:
		return float64(int32(binary.BigEndian.Uint32(b)))
	case IDXFloat32:
		return float64(math.Float32frombits(binary.BigEndian.Uint32(b)))
	case IDXFloat64:
		return math.Float64frombits(binary.BigEndian.Uint64(b))
	}
	return float64(b[0])
}

// firstRead is the most that is allocated before a byte of the elements has arrived, unless the
// length of the file is known.
const firstRead = 64 << 10

// ReadIDX reads an IDX file to its end. The format is two zero bytes, the type of the
// elements, the number of dimensions, each dimension as a big-endian uint32, and the
// elements. Anything else, also bytes after the last element, gives a [*FormatError].
// ReadIDX unzips r if it starts with the magic number of gzip, up to the limit, see [Limit]. It
// uses at most three times the memory of what has arrived.
func ReadIDX(r io.Reader, limit ...Limit) (*IDX, error) {
	var x *IDX
	err := readStream(r, limit, func(s *source) (err error) {
		x, err = readIDX(s)
		return err
	})
	return x, err
}

// readIDX reads the unzipped file r.
func readIDX(r *source) (*IDX, error) {
	x, start, total, err := readIDXHeader(r)
	if err != nil {
		return nil, err
	}
	elements, n, err := readGrowing(r, total)
	if err != nil {
		return nil, cutShort(start, n, total, "elements", err)
	}
	if err := endAfter(r, start, total, x.Type.width()); err != nil {
		return nil, err
	}
	x.Data = elements
	return x, nil
}

// readIDXHeader reads up to the elements. It returns the array without them, where they start, and
// how many bytes they have.
func readIDXHeader(r *source) (x *IDX, start, total int, err error) {
	var magic [4]byte
	if n, err := io.ReadFull(r, magic[:]); err != nil {
		return nil, 0, 0, cutShort(0, n, len(magic), "magic number", err)
	}
	if magic[0] != 0 || magic[1] != 0 {
		return nil, 0, 0, &FormatError{Place: "byte 0",
			Msg: fmt.Sprintf("the magic number starts %#02x %#02x, want 0x00 0x00", magic[0], magic[1])}
	}
	width := IDXType(magic[2]).width()
	if magic[2] == 0 || width == 0 {
		return nil, 0, 0, &FormatError{Place: "byte 2",
			Msg: fmt.Sprintf("the elements have type %#02x, want one of the format, 0x08 to 0x0e", magic[2])}
	}
	if magic[3] == 0 {
		return nil, 0, 0, &FormatError{Place: "byte 3", Msg: "there are 0 dimensions, want at least 1"}
	}

	sizes := make([]byte, 4*int(magic[3]))
	if n, err := io.ReadFull(r, sizes); err != nil {
		return nil, 0, 0, cutShort(4, n, len(sizes), "dimensions", err)
	}
	dims := make([]int, magic[3])
	total = width // in bytes
	for i := range dims {
		d := binary.BigEndian.Uint32(sizes[4*i:])
		dims[i] = int(d)
		ok := uint64(d) <= math.MaxInt
		if ok {
			total, ok = size.Product(total, dims[i])
		}
		if !ok {
			return nil, 0, 0, &FormatError{Place: fmt.Sprintf("byte %d", 4+4*i),
				Msg: fmt.Sprintf("dimension %d is %d, which makes more elements than fit in memory", i, d)}
		}
	}
	start = len(magic) + len(sizes)
	return &IDX{Dims: dims, Type: IDXType(magic[2])}, start, total, r.expect(start, total)
}

// endAfter returns an error unless r ends here, start+total bytes after its beginning, the last
// total of which are elements of width bytes. Reading on also checks the sum of a gzip stream.
func endAfter(r io.Reader, start, total, width int) error {
	switch _, err := io.ReadFull(r, make([]byte, 1)); err {
	case io.EOF:
		return nil
	case nil:
		return &FormatError{Place: fmt.Sprintf("byte %d", int64(start)+int64(total)),
			Msg: fmt.Sprintf("data go on here, want the end after %d elements", total/width)}
	default:
		return cutShort(start, total, total, "elements", err)
	}
}

// ReadIDXFile reads the IDX file at path, see [ReadIDX].
func ReadIDXFile(path string, limit ...Limit) (*IDX, error) {
	var x *IDX
	err := readFile(path, func(f *os.File) (err error) {
		x, err = ReadIDX(f, limit...)
		return err
	})
	return x, err
}

// readGrowing reads total bytes into a slice that grows with what has arrived, since
// total is only what a header says. It returns the number of bytes read.
func readGrowing(r *source, total int) ([]byte, int, error) {
	b := make([]byte, r.first(total))
	n := 0
	for {
		m, err := io.ReadFull(r, b[n:])
		if n += m; err != nil || n == total {
			return b, n, err
		}
		grown := make([]byte, n+min(n, total-n))
		copy(grown, b)
		b = grown
	}
}

// cutShort returns the error for a part of want bytes at offset start of which only got
// could be read.
func cutShort(start, got, want int, part string, err error) error {
	e := &FormatError{Place: fmt.Sprintf("byte %d", int64(start)+int64(got)), Err: err}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		e.Msg = fmt.Sprintf("the data end here, want %d bytes of %s, found %d", want, part, got)
		e.Err = io.ErrUnexpectedEOF
	} else {
		e.Msg = fmt.Sprintf("reading the %s: %v", part, err)
	}
	return e
}

// FromIDX returns the set of the images with the labels as their classes. The first
// dimension of images counts the rows, the others together make the features, and each
// feature is T(element)*scale + shift. Scale 1.0/255 and shift 0 give pixels in [0, 1];
// 1/(255*s) and -m/s standardise such pixels by their mean m and deviation s.
//
// It is an error if images and labels do not have the same number of rows, or none, if the
// labels are no integers, or if one is neither a class from 0 to classes-1 nor [Ignored].
func FromIDX[T Float](images, labels *IDX, classes int, scale, shift T) (*Set[T], error) {
	if err := images.check("images"); err != nil {
		return nil, err
	}
	if err := labels.check("labels"); err != nil {
		return nil, err
	}
	if labels.Type == IDXFloat32 || labels.Type == IDXFloat64 {
		return nil, fmt.Errorf("data: the labels have type %#02x, want integers", byte(labels.Type))
	}
	if len(labels.Dims) != 1 {
		return nil, fmt.Errorf("data: the labels have dimensions %v, want one dimension", labels.Dims)
	}
	rows := images.Dims[0]
	if labels.Dims[0] != rows {
		return nil, fmt.Errorf("data: there are %d images and %d labels, want as many of each", rows,
			labels.Dims[0])
	}
	features, ok := size.Product(images.Dims[1:]...)
	if !ok {
		return nil, fmt.Errorf("data: the images have dimensions %v, whose product overflows", images.Dims)
	}

	if rows == 0 { // no byte stands behind the features that the header counts
		return nil, fmt.Errorf("data: there are no images, want at least 1")
	}

	s := &Set[T]{Y: make([]int, rows), Rows: rows, Features: features, Classes: classes}
	for i := range s.Y {
		s.Y[i] = int(labels.at(i))
	}
	s.X = featuresOf(images, scale, shift)
	if err := s.Check(); err != nil {
		return nil, err
	}
	return s, nil
}

// featuresOf returns T(element)*scale + shift. It rounds twice on every machine, never fused.
func featuresOf[T Float](x *IDX, scale, shift T) []T {
	list := make([]T, len(x.Data)/x.Type.width())
	if x.Type != 0 && x.Type != IDXUint8 {
		for i := range list {
			list[i] = T(T(x.at(i))*scale) + shift
		}
		return list
	}
	var value [256]T
	for i := range value {
		value[i] = T(T(i)*scale) + shift
	}
	for i, b := range x.Data {
		list[i] = value[b]
	}
	return list
}

// check returns an error unless the type, the dimensions and the length of Data agree.
func (x *IDX) check(name string) error {
	if x == nil || len(x.Dims) == 0 {
		return fmt.Errorf("data: the %s have no dimensions, want at least 1", name)
	}
	width := x.Type.width()
	if width == 0 {
		return fmt.Errorf("data: the %s have type %#02x, which is none of the format", name, byte(x.Type))
	}
	if n, ok := size.Product(append([]int{width}, x.Dims...)...); !ok || n != len(x.Data) {
		return fmt.Errorf("data: the %s have dimensions %v but %d elements", name, x.Dims, len(x.Data)/width)
	}
	return nil
}
