package data

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/atomicfile"
	"github.com/ashlar-go/ashlar/internal/size"
)

// WriteNPY writes a as an npy file of version 1, in C order and little-endian, with the elements
// that T has: float32 becomes <f4, int becomes <i8 where it has 64 bits. It is an error, before
// anything is written, if the dimensions and the length of Data do not agree.
func WriteNPY[T Number](w io.Writer, a *Array[T]) error { return a.writeNPY(w) }

// WriteNPYFile writes the npy file at path, see [WriteNPY]. After an error the file is what it was.
func WriteNPYFile[T Number](path string, a *Array[T]) error { return writeFile(path, a.writeNPY) }

func (a *Array[T]) writeNPY(w io.Writer) error {
	if err := a.check("array"); err != nil {
		return err
	}
	if w == nil {
		return errNoWriter
	}
	if _, err := w.Write(a.npyHeader()); err != nil {
		return fmt.Errorf("data: writing an npy file: %w", err)
	}
	part := make([]byte, 0, firstRead)
	for i, v := range a.Data {
		part = appendElement(part, v)
		if len(part) == firstRead || i == len(a.Data)-1 {
			if _, err := w.Write(part); err != nil {
				return fmt.Errorf("data: writing an npy file: %w", err)
			}
			part = part[:0]
		}
	}
	return nil
}

// check returns an error unless the dimensions and the length of Data agree.
func (a *Array[T]) check(name string) error {
	if a == nil {
		return fmt.Errorf("data: the %s is nil", name)
	}
	if len(a.Dims) > mostDims {
		return fmt.Errorf("data: the %s has %d dimensions, want at most %d", name, len(a.Dims), mostDims)
	}
	if n, ok := size.Product(a.Dims...); !ok || n != len(a.Data) {
		return fmt.Errorf("data: the %s has dimensions %v but %d elements", name, a.Dims, len(a.Data))
	}
	return nil
}

// npyHeader returns the bytes before the elements, as numpy writes them: a multiple of 64, with
// room for a first dimension of 21 digits.
func (a *Array[T]) npyHeader() []byte {
	tuple := ""
	for _, d := range a.Dims {
		tuple += strconv.Itoa(d) + ", "
	}
	if tuple = strings.TrimSuffix(tuple, " "); len(a.Dims) > 1 { // one dimension is (3,), two are (3, 4)
		tuple = strings.TrimSuffix(tuple, ",")
	}
	text := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descrOf[T](), tuple)
	const before = len(npyMagic) + 4 // the magic number, the version and the length
	room := 0
	if len(a.Dims) > 0 {
		room = 21 - len(strconv.Itoa(a.Dims[0]))
	}
	length := (before+len(text)+room+1+63)/64*64 - before
	header := append([]byte(npyMagic), 1, 0)
	header = binary.LittleEndian.AppendUint16(header, uint16(length))
	header = append(header, text...)
	header = append(header, strings.Repeat(" ", length-len(text)-1)...)
	return append(header, '\n')
}

// descrOf returns the name that numpy has for T in little-endian order.
func descrOf[T Number]() string {
	width := unsafe.Sizeof(T(0))
	order, kind := '<', 'u'
	if width == 1 {
		order = '|'
	}
	minusOne := T(0)
	minusOne--
	switch {
	case !isInteger[T]():
		kind = 'f'
	case minusOne < 0:
		kind = 'i'
	}
	return fmt.Sprintf("%c%c%d", order, kind, width)
}

// appendElement appends the bytes of v, little-endian.
func appendElement[T Number](b []byte, v T) []byte {
	width := unsafe.Sizeof(v)
	bits := uint64(v)
	if !isInteger[T]() {
		bits = math.Float64bits(float64(v))
		if width == 4 {
			bits = uint64(math.Float32bits(float32(v)))
		}
	}
	for range width {
		b = append(b, byte(bits))
		bits >>= 8
	}
	return b
}

// writeFile replaces the file at path by what write writes, completely or not at all.
func writeFile(path string, write func(io.Writer) error) error {
	var failed error // of write, which says "data" itself
	err := atomicfile.Write(path, func(w io.Writer) error {
		failed = write(w)
		return failed
	})
	if err != nil && failed == nil {
		return fmt.Errorf("data: %w", err)
	}
	return err
}
