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
	"github.com/ashlar-go/ashlar/kernels"
)

const (
	metadataKey = "__metadata__"

	// maxRank is the largest rank that every version of Python's numpy takes.
	maxRank = 32

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
		return fmt.Errorf("tensor %q has shape %v, which is not that of its %d values", t.name, t.shape, t.count)
	}
	if _, ok := size.Product(extent...); !ok {
		return fmt.Errorf("tensor %q has shape %v, which is too large", t.name, t.shape)
	}
	return nil
}

// readHeader reads the header of a file of size bytes.
func readHeader(r io.ReaderAt, size int64) (*header, error) {
	var length [8]byte
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
// value, and several equal keys, all of which the format forbids.
func parseHeader(text []byte) (*header, error) {
	if err := checkJSON(text); err != nil {
		return nil, fmt.Errorf("the header is no JSON object: %w", err)
	}
	h := &header{entries: map[string]entry{}}
	err := eachMember(text, func(name string, value json.RawMessage) (err error) {
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

// checkJSON returns an error unless text is one JSON object in UTF-8 with nothing before it.
func checkJSON(text []byte) error {
	const before = 8 // the length of the header
	if len(text) == 0 || text[0] != '{' {
		return fmt.Errorf("byte %d is not {", before)
	}
	if !utf8.Valid(text) {
		return fmt.Errorf("byte %d is no UTF-8", before+len(text)-len(afterValid(text)))
	}
	var all json.RawMessage
	if err := json.Unmarshal(text, &all); err != nil {
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			return fmt.Errorf("byte %d: %w", before+syntax.Offset-1, err)
		}
		return err
	}
	if at := loneSurrogate(text); at >= 0 {
		return fmt.Errorf("byte %d: half of a surrogate pair", before+at)
	}
	return nil
}

// afterValid returns text from the first byte that is not UTF-8.
func afterValid(text []byte) []byte {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if r == utf8.RuneError && n == 1 {
			break
		}
		text = text[n:]
	}
	return text
}

// loneSurrogate returns the index of the first escape in valid JSON that is half of a surrogate
// pair, -1 for none. Package json decodes each as U+FFFD, so that different names would become
// equal.
func loneSurrogate(text []byte) int {
	unit := func(at int) uint64 { // the code unit of the escape \uXXXX there, 0 for none
		if at+6 > len(text) || text[at] != '\\' || text[at+1] != 'u' {
			return 0
		}
		u, _ := strconv.ParseUint(string(text[at+2:at+6]), 16, 16)
		return u
	}
	for at := 0; at < len(text); at++ {
		if text[at] != '\\' {
			continue
		}
		switch unit(at) & 0xfc00 {
		case 0xd800:
			if unit(at+6)&0xfc00 != 0xdc00 {
				return at
			}
			at += 11
		case 0xdc00:
			return at
		default:
			at++ // skip the escaped character, which may be a backslash
		}
	}
	return -1
}

// eachMember calls f for each member of a JSON object. Two of one name are an error.
func eachMember(object []byte, f func(name string, value json.RawMessage) error) error {
	d := json.NewDecoder(bytes.NewReader(object))
	if first, err := d.Token(); err != nil || first != json.Delim('{') {
		return fmt.Errorf("%.40s is no JSON object", object)
	}
	seen := map[string]bool{}
	for d.More() {
		token, err := d.Token()
		if err != nil {
			return err
		}
		name := token.(string) // keys always are strings
		if seen[name] {
			return fmt.Errorf("the key %q stands twice in one object", name)
		}
		seen[name] = true
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return err
		}
		if err := f(name, value); err != nil {
			return err
		}
	}
	return nil
}

// parseText decodes an object of strings. Like the reference implementation it takes null for none.
func parseText(value json.RawMessage) (map[string]string, error) {
	if string(value) == "null" {
		return nil, nil
	}
	text := map[string]string{}
	err := eachMember(value, func(name string, value json.RawMessage) error {
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
func parseEntry(value json.RawMessage) (t entry, err error) {
	missing := map[string]bool{"dtype": true, "shape": true, "data_offsets": true}
	err = eachMember(value, func(name string, value json.RawMessage) (err error) {
		delete(missing, name)
		switch name {
		case "dtype":
			t.DType, err = parseString(value)
		case "shape":
			t.Shape, err = parseIntegers[int](value)
		case "data_offsets":
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
	for _, name := range [...]string{"dtype", "shape", "data_offsets"} {
		if missing[name] {
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

func parseString(value json.RawMessage) (s string, err error) {
	if value[0] != '"' {
		return "", fmt.Errorf("%.40s, want a string", value)
	}
	return s, json.Unmarshal(value, &s)
}

// parseIntegers decodes an array of integers. Package json would also accept null for one, and
// -0, which the format's reference implementation counts as a fraction.
func parseIntegers[I int | int64](value json.RawMessage) (list []I, err error) {
	if value[0] != '[' || bytes.Contains(value, []byte("null")) || bytes.Contains(value, []byte("-0")) ||
		json.Unmarshal(value, &list) != nil {
		return nil, fmt.Errorf("%.40s, want an array of integers of %d bits", value, 8*unsafe.Sizeof(I(0)))
	}
	return list, nil
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
