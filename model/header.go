package model

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/size"
	"github.com/ashlar-go/ashlar/internal/strictjson"
	"github.com/ashlar-go/ashlar/kernels"
)

const (
	metadataKey = "__metadata__"

	// maxRank is the largest rank that every version of Python's numpy takes.
	maxRank = 32

	// mostSizes bounds the rank of a tensor in a file of another program. PyTorch has at most 64 sizes.
	mostSizes = 255

	// maxHeader bounds the length of a header, as the reference implementation does.
	maxHeader = 100_000_000
)

// entry is what the header says of a tensor.
type entry struct {
	DType   string  `json:"dtype"`
	Shape   []int   `json:"shape"`
	Offsets []int64 `json:"data_offsets"`
}

// bytes returns the bytes of the tensor in a file with the header h.
func (t entry) bytes(r io.ReaderAt, h *header) *io.SectionReader {
	return io.NewSectionReader(r, h.start+t.Offsets[0], t.Offsets[1]-t.Offsets[0])
}

// header is the decoded header of a file.
type header struct {
	names   []string // in the order of the header
	entries map[string]entry
	text    map[string]string
	start   int64 // where the data begin in the file

	in    io.ReaderAt     // the file, for layers that are made of their tensors
	taken map[string]bool // the tensors of these layers
}

// encodeHeader returns the JSON of tensors in their order, or an error if the format cannot
// hold them.
func encodeHeader(tensors []stored, text map[string]string) ([]byte, error) {
	metadata := map[string]string{"format": "ashlar"}
	maps.Copy(metadata, text)
	buf := []byte(`{"` + metadataKey + `":`)
	buf, err := appendText(buf, metadata)
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var at int64
	for _, t := range tensors {
		if err := t.check(); err != nil {
			return nil, err
		}
		if seen[t.name] {
			return nil, fmt.Errorf("two tensors are called %q", t.name)
		}
		seen[t.name] = true
		end := at + int64(t.count)*int64(bitsOf(t.dtype)/8)
		name, err := json.Marshal(t.name)
		if err != nil {
			return nil, err
		}
		entry, err := json.Marshal(entry{t.dtype, append([]int{}, t.shape...), []int64{at, end}})
		if err != nil {
			return nil, err
		}
		buf = append(append(append(append(buf, ','), name...), ':'), entry...)
		at = end
	}
	buf = append(buf, '}')
	for len(buf)%8 != 0 {
		buf = append(buf, ' ')
	}
	if len(buf) > maxHeader {
		return nil, fmt.Errorf("the header would have %d bytes, want at most %d", len(buf), maxHeader)
	}
	return buf, nil
}

func appendText(buf []byte, text map[string]string) ([]byte, error) {
	for key, value := range text {
		if !utf8.ValidString(key) || !utf8.ValidString(value) {
			return nil, fmt.Errorf("the text %q: %q is no UTF-8", key, value)
		}
	}
	b, err := json.Marshal(text)
	return append(buf, b...), err
}

// check returns an error unless the format allows the name of t and the shape fits the values.
func (t stored) check() error {
	switch {
	case t.name == metadataKey:
		return fmt.Errorf("a tensor is called %q, which the format keeps for text", t.name)
	case !utf8.ValidString(t.name):
		return fmt.Errorf("the name of tensor %q is no UTF-8", t.name)
	}
	if len(t.shape) > maxRank {
		return fmt.Errorf("tensor %q has %d sizes, want at most %d", t.name, len(t.shape), maxRank)
	}
	extent := []int{bitsOf(t.dtype) / 8} // without sizes of 0: numpy multiplies the others into strides
	for _, n := range t.shape {
		if n < 0 {
			return fmt.Errorf("tensor %q has shape %v, want no size below 0", t.name, t.shape)
		}
		if n > 0 {
			extent = append(extent, n)
		}
	}
	if n, ok := size.Product(t.shape...); ok && n != t.count {
		return fmt.Errorf("tensor %q has shape %v, which is not that of its %d values", t.name, t.shape,
			t.count)
	}
	if _, ok := size.Product(extent...); !ok {
		return fmt.Errorf("tensor %q has shape %v, which is too large", t.name, t.shape)
	}
	return nil
}

// readHeader reads the header of a file of size bytes.
func readHeader(r io.ReaderAt, size int64) (*header, error) {
	var length [8]byte
	if r == nil {
		return nil, errors.New("the reader is nil")
	}
	if size < 8 {
		return nil, fmt.Errorf("%d bytes, want at least the 8 of the header's length", size)
	}
	if _, err := r.ReadAt(length[:], 0); err != nil {
		return nil, fmt.Errorf("byte 0: %w", err)
	}
	n := binary.LittleEndian.Uint64(length[:])
	if n > maxHeader || int64(n) > size-8 {
		return nil, fmt.Errorf("the header has %d bytes, want at most %d", n, min(maxHeader, size-8))
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(io.NewSectionReader(r, 8, int64(n)), text); err != nil {
		return nil, fmt.Errorf("byte 8: reading the header of %d bytes: %w", n, err)
	}
	h, err := parseHeader(text)
	if err != nil {
		return nil, err
	}
	h.start = 8 + int64(n)
	return h, h.checkTiling(size - h.start)
}

// parseHeader decodes the JSON. Package json alone would accept keys in any case, null for any
// value, and several equal keys, all of which the format forbids. What it allocates before it knows
// that the text is one of the format is the names and shapes of the tensors before the error.
func parseHeader(text []byte) (*header, error) {
	if err := checkJSON(text); err != nil {
		return nil, fmt.Errorf("the header: %w", err)
	}
	n := strictjson.Count(text, isEntry) // maps and slices that grow would take twice as much
	h := &header{entries: make(map[string]entry, n), names: make([]string, 0, n)}
	err := strictjson.Members(text, func(name string, value []byte) (err error) {
		if name == metadataKey {
			h.text, err = parseText(value)
			return err
		}
		h.names = append(h.names, name)
		if h.entries[name], err = parseEntry(value); err != nil {
			return fmt.Errorf("tensor %q: %w", name, err)
		}
		return nil
	})
	return h, err
}

// isEntry reports whether a member of a header has the keys of a tensor.
func isEntry(_, value []byte) bool {
	return value[0] == '{' && strictjson.Count(value, func(key, _ []byte) bool {
		return string(key) == "dtype" || string(key) == "shape" || string(key) == "data_offsets"
	}) == 3
}

// checkJSON returns an error unless text is one JSON object in UTF-8 with nothing before it, in which no
// key stands twice.
func checkJSON(text []byte) error {
	const before = 8 // the length of the header
	if len(text) == 0 || text[0] != '{' {
		return fmt.Errorf("byte %d is not {", before)
	}
	err := strictjson.Check(text)
	if place, ok := errors.AsType[*strictjson.Error](err); ok {
		place.Offset += before
	}
	return err
}

// parseText decodes an object of strings. Like the reference implementation it takes null for none.
func parseText(value []byte) (map[string]string, error) {
	if string(value) == "null" {
		return nil, nil
	}
	n := 0
	if value[0] == '{' { // else Members says what is wrong
		n = strictjson.Count(value, func(_, value []byte) bool { return value[0] == '"' })
	}
	text := make(map[string]string, n)
	err := strictjson.Members(value, func(name string, value []byte) error {
		s, err := parseString(value)
		text[name] = s
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("%s is no object of strings: %w", metadataKey, err)
	}
	return text, nil
}

// parseEntry decodes the three fields of a tensor and ignores others.
func parseEntry(value []byte) (t entry, err error) {
	var has [3]bool
	err = strictjson.Members(value, func(name string, value []byte) (err error) {
		switch name {
		case "dtype":
			has[0] = true
			t.DType, err = parseType(value)
		case "shape":
			has[1] = true
			t.Shape, err = parseIntegers[int](value)
		case "data_offsets":
			has[2] = true
			t.Offsets, err = parseIntegers[int64](value)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		return nil
	})
	if err != nil {
		return t, err
	}
	for i, name := range [...]string{"dtype", "shape", "data_offsets"} {
		if !has[i] {
			return t, fmt.Errorf("there is no %s", name)
		}
	}
	if len(t.Offsets) != 2 {
		return t, fmt.Errorf("%d data offsets, want 2", len(t.Offsets))
	}
	for _, n := range t.Shape {
		if n < 0 {
			return t, fmt.Errorf("shape %v, want no size below 0", t.Shape)
		}
	}
	return t, nil
}

func parseString(value []byte) (string, error) {
	if value[0] != '"' {
		return "", fmt.Errorf("%.40s, want a string", value)
	}
	return strictjson.String(value), nil
}

// parseType returns a type, without memory of its own if it is a usual one: headers have it once a tensor.
func parseType(value []byte) (string, error) {
	for _, usual := range [...]string{`"F32"`, `"F64"`, `"F16"`, `"BF16"`, `"I64"`, `"U8"`} {
		if string(value) == usual {
			return usual[1 : len(usual)-1], nil
		}
	}
	return parseString(value)
}

// parseIntegers decodes an array of integers. Package json would also accept null for one, and
// -0, which the format's reference implementation counts as a fraction.
func parseIntegers[I int | int64](value []byte) ([]I, error) {
	commas := bytes.Count(value, []byte(","))
	if commas >= mostSizes {
		return nil, fmt.Errorf("%d numbers, want at most %d", commas+1, mostSizes)
	}
	wrong := func() error {
		return fmt.Errorf("%.40s, want an array of integers of %d bits", value, 8*unsafe.Sizeof(I(0)))
	}
	if value[0] != '[' {
		return nil, wrong()
	}
	list := make([]I, 0, commas+1)
	err := strictjson.Elements(value, func(_ int, value []byte) error {
		n, err := strconv.ParseInt(string(value), 10, 8*int(unsafe.Sizeof(I(0))))
		if err != nil || n == 0 && value[0] == '-' {
			return wrong()
		}
		list = append(list, I(n))
		return nil
	})
	return list, err
}

// checkTiling returns an error unless the tensors fill the data without gaps, overlaps or
// bytes left over.
func (h *header) checkTiling(total int64) error {
	names := slices.Clone(h.names)
	slices.SortStableFunc(names, func(a, b string) int {
		return slices.Compare(h.entries[a].Offsets, h.entries[b].Offsets)
	})
	at := int64(0)
	for _, name := range names {
		t := h.entries[name]
		if t.Offsets[0] != at || t.Offsets[1] < at || t.Offsets[1] > total {
			return fmt.Errorf("tensor %q: data offsets %v, want [%d, at most %d]", name, t.Offsets, at,
				total)
		}
		at = t.Offsets[1]
	}
	if at != total {
		return fmt.Errorf("the tensors end at byte %d of the data, which have %d", at, total)
	}
	return nil
}

// checkSizes returns an error unless each tensor has as many bytes as its shape and type need.
// It does not check types that this package does not know.
func (h *header) checkSizes() error {
	for _, name := range h.names {
		if err := h.entries[name].checkSize(name); err != nil {
			return err
		}
	}
	return nil
}

func (t entry) checkSize(name string) error {
	bits := bitsOf(t.DType)
	if bits == 0 {
		return nil
	}
	n, ok := size.Product(append(slices.Clone(t.Shape), bits)...)
	if !ok {
		return fmt.Errorf("tensor %q has shape %v, whose elements do not fit in memory", name, t.Shape)
	}
	if got := t.Offsets[1] - t.Offsets[0]; n%8 != 0 || got != int64(n/8) {
		return fmt.Errorf("tensor %q has %d bytes, want %d for %s %v", name, got, (n+7)/8, t.DType, t.Shape)
	}
	return nil
}

// bitsOf returns the bits of an element, 0 for an unknown type.
func bitsOf(dtype string) int {
	switch dtype {
	case "F4":
		return 4
	case "F6_E2M3", "F6_E3M2":
		return 6
	case "BOOL", "U8", "I8", "F8_E5M2", "F8_E4M3", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ":
		return 8
	case "I16", "U16", "F16", "BF16":
		return 16
	case "I32", "U32", "F32":
		return 32
	case "I64", "U64", "F64", "C64":
		return 64
	}
	return 0
}

// dtype returns the name of T in the format.
func dtype[T kernels.Float]() string {
	if unsafe.Sizeof(T(0)) == 4 {
		return "F32"
	}
	return "F64"
}
