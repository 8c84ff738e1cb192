package data

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/size"
)

// Number is the type of the elements of an [Array].
type Number interface {
	~int | ~int8 | ~int16 | ~int32 | ~int64 | ~uint | ~uint8 | ~uint16 | ~uint32 | ~uint64 | Float
}

// Array is an array of numbers with the last dimension contiguous, as in a file of numpy. An
// array without dimensions is a single number.
type Array[T Number] struct {
	Dims []int
	Data []T // as many as the product of Dims
}

// mostHeader bounds the header of an npy file. That of an array of numbers has about 100 bytes.
const mostHeader = 64 << 10

// npyMagic begins an npy file.
const npyMagic = "\x93NUMPY"

// ReadNPY reads an npy file of numpy to its end, of version 1, 2 or 3, in C or in Fortran order. It
// unzips r if it starts with the magic number of gzip, up to the limit, see [Limit].
//
// The elements may be booleans, which become 0 and 1, integers of 8 to 64 bits, or floats of 16, 32
// or 64 bits, little-endian or big-endian. They become T as follows:
//
//   - A T of floats rounds to nearest. NaN and infinities stay what they are.
//   - A T of integers takes the integers in its range, also where the file has floats.
//   - A number that a T of integers does not have, or that a T of floats rounds to infinity, is an
//     error.
//
// Any other type of elements, such as complex numbers, texts, dates and Python objects, and bytes
// after the last element give a [*FormatError]. ReadNPY allocates in proportion to what has arrived:
// at most three times the memory of those elements as T.
func ReadNPY[T Number](r io.Reader, limit ...Limit) (*Array[T], error) {
	var a *Array[T]
	err := readStream(r, limit, func(s *source) (err error) {
		a, err = readNPY[T](s)
		return err
	})
	return a, err
}

// ReadNPYFile reads the npy file at path, see [ReadNPY].
func ReadNPYFile[T Number](path string, limit ...Limit) (*Array[T], error) {
	var a *Array[T]
	err := readFile(path, func(f *os.File) (err error) {
		a, err = ReadNPY[T](f, limit...)
		return err
	})
	return a, err
}

// readNPY reads the unzipped file r.
func readNPY[T Number](r *source) (*Array[T], error) {
	header, start, err := readNPYHeader(r)
	if err != nil {
		return nil, err
	}
	h, wrong := parseNPYHeader(header)
	if wrong != "" {
		return nil, &FormatError{Place: fmt.Sprintf("byte %d", start-len(header)), Msg: "the header " + wrong}
	}
	total, ok := size.Product(append([]int{h.element.width}, h.dims...)...)
	if ok {
		_, ok = size.Elements(unsafe.Sizeof(T(0)), h.dims...)
	}
	if !ok {
		return nil, &FormatError{Place: fmt.Sprintf("byte %d", start-len(header)),
			Msg: fmt.Sprintf("the header has shape %v, which makes more elements than fit in memory", h.dims)}
	}
	if err := r.expect(start, total); err != nil {
		return nil, err
	}
	list, err := readElements[T](r, h.element, start, total)
	if err != nil {
		return nil, err
	}
	if err := endAfter(r, start, total, h.element.width); err != nil {
		return nil, err
	}
	if h.fortran && len(h.dims) > 1 {
		list = rowMajor(list, h.dims)
	}
	return &Array[T]{Dims: h.dims, Data: list}, nil
}

// readNPYHeader reads up to the elements and returns the text that describes them, and where they
// start.
func readNPYHeader(r io.Reader) (header []byte, start int, err error) {
	var begin [8]byte
	if n, err := io.ReadFull(r, begin[:]); err != nil {
		return nil, 0, cutShort(0, n, len(begin), "magic number and version", err)
	}
	if !bytes.HasPrefix(begin[:], []byte(npyMagic)) {
		return nil, 0, &FormatError{Place: "byte 0",
			Msg: fmt.Sprintf("the file starts %+q, want %+q", begin[:len(npyMagic)], npyMagic)}
	}
	length := make([]byte, 4)
	switch begin[6] {
	case 1:
		length = length[:2]
	case 2, 3:
	default:
		return nil, 0, &FormatError{Place: "byte 6",
			Msg: fmt.Sprintf("the version of the format is %d, want 1 to 3", begin[6])}
	}
	if n, err := io.ReadFull(r, length); err != nil {
		return nil, 0, cutShort(len(begin), n, len(length), "header length", err)
	}
	start = len(begin) + len(length)
	var wide [4]byte
	copy(wide[:], length)
	n := binary.LittleEndian.Uint32(wide[:])
	if n > mostHeader {
		return nil, 0, &FormatError{Place: fmt.Sprintf("byte %d", len(begin)),
			Msg: fmt.Sprintf("the header has %d bytes, want at most %d", n, mostHeader)}
	}
	header = make([]byte, n)
	if n, err := io.ReadFull(r, header); err != nil {
		return nil, 0, cutShort(start, n, len(header), "header", err)
	}
	return header, start + len(header), nil
}

// readElements reads total bytes of elements at offset start into a slice that grows with what has
// arrived.
func readElements[T Number](r *source, e element, start, total int) ([]T, error) {
	count := total / e.width
	list := make([]T, 0, r.first(total)/e.width)
	part := make([]byte, min(total, firstRead))
	for len(list) < count {
		done := len(list)
		m := min(count-done, len(part)/e.width)
		n, err := io.ReadFull(r, part[:m*e.width])
		if err != nil {
			return nil, cutShort(start, done*e.width+n, total, "elements", err)
		}
		if done+m > cap(list) {
			grown := make([]T, done, min(count, max(done+m, 2*done)))
			copy(grown, list)
			list = grown
		}
		list = list[:done+m]
		if bad := decode(list[done:], part, e); bad >= 0 {
			at := int64(start) + int64(done+bad)*int64(e.width)
			want := fmt.Sprintf("which %T cannot hold", T(0))
			if e.kind == 'b' {
				want = "want a boolean, 0 or 1"
			}
			return nil, &FormatError{Place: fmt.Sprintf("byte %d", at),
				Msg: fmt.Sprintf("element %d is %s, %s", done+bad, e.text(part[bad*e.width:]), want)}
		}
	}
	return list, nil
}

// decode converts the elements in b to T. It returns the index of the first that T cannot hold, or
// -1.
func decode[T Number](list []T, b []byte, e element) (bad int) {
	for i := range list {
		var ok bool
		switch at := b[i*e.width:]; e.kind {
		case 'f':
			list[i], ok = fromFloat[T](e.float(at))
		case 'i':
			list[i], ok = fromInt[T](e.int(at))
		case 'b':
			list[i], ok = T(at[0]), at[0] <= 1
		default:
			list[i], ok = fromUint[T](e.uint(at))
		}
		if !ok {
			return i
		}
	}
	return -1
}

// isInteger reports whether T is a type of integers.
func isInteger[T Number]() bool { return T(1)/T(2) == 0 }

// fromFloat, fromInt and fromUint convert a number to T, and report whether T can hold it.

func fromFloat[T Number](v float64) (T, bool) {
	if !isInteger[T]() {
		t := T(v)
		return t, !math.IsInf(float64(t), 0) || math.IsInf(v, 0)
	}
	if v != math.Trunc(v) || math.Abs(v) >= 1<<64 { // NaN differs from itself
		return 0, false
	}
	if v < 0 {
		if v < math.MinInt64 {
			return 0, false
		}
		return fromInt[T](int64(v))
	}
	return fromUint[T](uint64(v))
}

func fromInt[T Number](v int64) (T, bool) {
	t := T(v)
	return t, !isInteger[T]() || int64(t) == v && (t < 0) == (v < 0)
}

func fromUint[T Number](v uint64) (T, bool) {
	t := T(v)
	return t, !isInteger[T]() || uint64(t) == v && t >= 0
}

// element is the type of the elements of an npy file: 'b', 'i', 'u' or 'f', as numpy names it.
type element struct {
	kind  byte
	width int
	order binary.ByteOrder
}

// uint returns the bits of the first element in b.
func (e element) uint(b []byte) uint64 {
	switch e.width {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(e.order.Uint16(b))
	case 4:
		return uint64(e.order.Uint32(b))
	}
	return e.order.Uint64(b)
}

func (e element) int(b []byte) int64 {
	unused := 64 - 8*e.width
	return int64(e.uint(b)<<unused) >> unused
}

func (e element) float(b []byte) float64 {
	switch e.width {
	case 2:
		return half(e.order.Uint16(b))
	case 4:
		return float64(math.Float32frombits(e.order.Uint32(b)))
	}
	return math.Float64frombits(e.order.Uint64(b))
}

// text returns the first element in b for an error message.
func (e element) text(b []byte) string {
	switch e.kind {
	case 'f':
		return strconv.FormatFloat(e.float(b), 'g', -1, 64)
	case 'i':
		return strconv.FormatInt(e.int(b), 10)
	}
	return strconv.FormatUint(e.uint(b), 10)
}

// half returns the float of 16 bits: a sign, 5 bits of exponent and 10 of fraction.
func half(bits uint16) float64 {
	exp, fraction := int(bits>>10&31), float64(bits&1023)
	v := math.Ldexp(fraction+1024, exp-25)
	switch {
	case exp == 0:
		v = math.Ldexp(fraction, -24)
	case exp == 31 && fraction != 0:
		return math.NaN()
	case exp == 31:
		v = math.Inf(1)
	}
	if bits>>15 == 1 {
		return -v
	}
	return v
}

// rowMajor returns the elements of an array in Fortran order, whose first dimension is contiguous,
// in C order.
func rowMajor[T Number](list []T, dims []int) []T {
	out := make([]T, len(list))
	index, stride := make([]int, len(dims)), make([]int, len(dims))
	for k, step := 0, 1; k < len(dims); k++ {
		stride[k] = step
		step *= dims[k]
	}
	from := 0
	for i := range out {
		out[i] = list[from]
		for k := len(dims) - 1; k >= 0; k-- { // the next index, as an odometer counts
			index[k]++
			from += stride[k]
			if index[k] < dims[k] {
				break
			}
			from -= index[k] * stride[k]
			index[k] = 0
		}
	}
	return out
}
