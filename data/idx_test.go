package data

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ashlar-go/ashlar/internal/fuzztest"
)

// idxBytes is the IDX file of unsigned bytes with these dimensions and elements.
func idxBytes(dims []uint32, elements ...byte) []byte {
	b := []byte{0, 0, 8, byte(len(dims))}
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, d)
	}
	return append(b, elements...)
}

func zipped(t testing.TB, b []byte) []byte {
	t.Helper()
	var buf bytes.Buffer
	z := gzip.NewWriter(&buf)
	if _, err := z.Write(b); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestReadIDXRanks(t *testing.T) {
	big := make([]byte, 300*1000)
	for i := range big {
		big[i] = byte(i * 7)
	}
	for _, c := range []struct {
		dims     []uint32
		elements []byte
	}{
		{[]uint32{3}, []byte{1, 2, 3}},
		{[]uint32{1, 1, 1, 1, 1}, []byte{9}},
		{[]uint32{2, 0, 4}, nil},
		{[]uint32{0}, nil},
		{[]uint32{300, 10, 100}, big}, // several times what is read at first
		{[]uint32{1, firstRead}, big[:firstRead]},
	} {
		file := idxBytes(c.dims, c.elements...)
		for name, r := range map[string]io.Reader{"whole": bytes.NewReader(file),
			"halves":            iotest.HalfReader(bytes.NewReader(file)),
			"EOF with the data": iotest.DataErrReader(bytes.NewReader(file))} {
			x, err := ReadIDX(r)
			if err != nil {
				t.Fatalf("%v, %s: %v", c.dims, name, err)
			}
			if got := fmt.Sprint(x.Dims); got != fmt.Sprint(c.dims) || !bytes.Equal(x.Data, c.elements) {
				t.Errorf("%v, %s: read dimensions %v and %d elements", c.dims, name, got, len(x.Data))
			}
		}
	}
}

func TestReadIDXDamaged(t *testing.T) {
	for _, c := range []struct {
		file []byte
		want string
	}{
		{nil, "data: byte 0: the data end here, want 4 bytes of magic number, found 0"},
		{[]byte{0, 0, 8}, "data: byte 3: the data end here, want 4 bytes of magic number, found 3"},
		{[]byte{0, 1, 8, 1, 0, 0, 0, 0}, "data: byte 0: the magic number starts 0x00 0x01, want 0x00 0x00"},
		{[]byte{0x1f, 0x8b, 8, 1, 0, 0, 0, 0},
			"data: byte 0: damaged gzip header: unexpected EOF"},
		{[]byte{0, 0, 0xa, 1, 0, 0, 0, 0},
			"data: byte 2: the elements have type 0x0a, want one of the format, 0x08 to 0x0e"},
		{[]byte{0, 0, 0, 1, 0, 0, 0, 0}, "data: byte 2: the elements have type 0x00, want one of"},
		{[]byte{0, 0, 0xe, 1, 0, 0, 0, 2, 1, 2, 3},
			"data: byte 11: the data end here, want 16 bytes of elements, found 3"},
		{[]byte{0, 0, 0xb, 1, 0, 0, 0, 1, 1, 2, 3},
			"data: byte 10: data go on here, want the end after 1 elements"},
		{[]byte{0, 0, 0xe, 2, 0x80, 0, 0, 0, 0x80, 0, 0, 0}, "which makes more elements than fit in memory"},
		{[]byte{0, 0, 8, 0, 7}, "data: byte 3: there are 0 dimensions, want at least 1"},
		{[]byte{0, 0, 8, 2, 0, 0, 0, 1, 0},
			"data: byte 9: the data end here, want 8 bytes of dimensions, found 5"},
		{idxBytes([]uint32{2, 3}, 1, 2, 3, 4, 5),
			"data: byte 17: the data end here, want 6 bytes of elements, found 5"},
		{idxBytes([]uint32{2, 3}), "data: byte 12: the data end here, want 6 bytes of elements, found 0"},
		{idxBytes([]uint32{2}, 1, 2, 3), "data: byte 10: data go on here, want the end after 2 elements"},
		{idxBytes([]uint32{1 << 31, 1 << 31, 1 << 31}), "which makes more elements than fit in memory"},
	} {
		x, err := ReadIDX(bytes.NewReader(c.file))
		if x != nil || err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("% x: got %v, %v\nwant %s", c.file, x, err, c.want)
			continue
		}
		if _, ok := errors.AsType[*FormatError](err); !ok {
			t.Errorf("% x: the error is a %T", c.file, err)
		}
		cut := strings.Contains(c.want, "end here") || strings.Contains(c.want, "EOF")
		if cut != errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("% x: errors.Is(err, io.ErrUnexpectedEOF) = %v", c.file, !cut)
		}
	}
}

func TestReadIDXReaderFails(t *testing.T) {
	broken := errors.New("the disk is on fire")
	file := idxBytes([]uint32{2, 2}, 1, 2, 3, 4)
	for n := range len(file) + 1 {
		x, err := ReadIDX(io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(broken)))
		if x != nil || !errors.Is(err, broken) ||
			!strings.HasPrefix(err.Error(), fmt.Sprintf("data: byte %d: reading the ", n)) {
			t.Errorf("failure at byte %d: got %v, %v", n, x, err)
		}
	}
}

// A few bytes must not make the reader allocate what they claim will follow.
func TestReadIDXAllocatesWhatArrives(t *testing.T) {
	for _, dims := range [][]uint32{{1<<31 - 1}, {1 << 10, 1 << 10, 1 << 10}, {1<<32 - 1, 1<<31 - 1}} {
		file := append(idxBytes(dims), make([]byte, 100)...)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ReadIDX(bytes.NewReader(file))
		runtime.ReadMemStats(&after)
		if err == nil {
			t.Errorf("%v: no error", dims)
		}
		if n := after.TotalAlloc - before.TotalAlloc; n > 4*firstRead {
			t.Errorf("%v: allocated %d bytes for a file of %d", dims, n, len(file))
		}
	}
}

func TestReadIDXFile(t *testing.T) {
	dir := t.TempDir()
	file := idxBytes([]uint32{2, 2}, 1, 2, 3, 4)
	gz := zipped(t, file)
	badSum := bytes.Clone(gz)
	badSum[len(badSum)-8] ^= 1
	for _, c := range []struct {
		name string
		file []byte
		want string // of the error after the path, "" for none
	}{
		{"plain", file, ""},
		{"zipped", gz, ""},
		{"empty", nil, ": byte 0: the data end here, want 4 bytes of magic number, found 0"},
		{"cut", file[:14], ": byte 14: the data end here, want 4 bytes of elements, found 2"},
		{"cut inside", zipped(t, file[:14]),
			": byte 14 of the unzipped data: the data end here, want 4 bytes of elements, found 2"},
		{"cut header", gz[:5], ": byte 0: damaged gzip header: unexpected EOF"},
		{"cut zip", gz[:len(gz)-3], " of the unzipped data: the data end here, want "},
		{"bad checksum", badSum,
			": byte 16 of the unzipped data: reading the elements: gzip: invalid checksum"},
		{"trailing", append(bytes.Clone(gz), 7), " of the unzipped data: "},
	} {
		path := filepath.Join(dir, c.name)
		if err := os.WriteFile(path, c.file, 0o600); err != nil {
			t.Fatal(err)
		}
		x, err := ReadIDXFile(path)
		if c.want == "" {
			if err != nil || !bytes.Equal(x.Data, []byte{1, 2, 3, 4}) {
				t.Errorf("%s: got %v, %v", c.name, x, err)
			}
			continue
		}
		if x != nil || err == nil || !strings.HasPrefix(err.Error(), "data: "+path+": ") ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, %v\nwant ...%s", c.name, x, err, c.want)
		}
	}
	if _, err := ReadIDXFile(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) ||
		!strings.Contains(err.Error(), "missing") {
		t.Errorf("missing file: %v", err)
	}
	if _, err := ReadIDXFile(dir); err == nil || !strings.Contains(err.Error(), dir) {
		t.Errorf("a directory: %v", err)
	}
}

func TestFromIDX(t *testing.T) {
	images := &IDX{Dims: []int{2, 1, 3}, Data: []byte{0, 255, 128, 1, 2, 3}}
	labels := &IDX{Dims: []int{2}, Data: []byte{4, 0}}
	s, err := FromIDX[float32](images, labels, 5, 0.5, -1)
	if err != nil {
		t.Fatal(err)
	}
	want := []float32{-1, 126.5, 63, -0.5, 0, 0.5}
	if fmt.Sprint(s.X) != fmt.Sprint(want) || fmt.Sprint(s.Y) != "[4 0]" || s.Rows != 2 || s.Features != 3 ||
		s.Classes != 5 {
		t.Errorf("got %+v", s)
	}

	for _, c := range []struct {
		name           string
		images, labels *IDX
		classes        int
		want           string
	}{
		{"nil", nil, labels, 5, "data: the images have no dimensions, want at least 1"},
		{"no labels", images, &IDX{}, 5, "data: the labels have no dimensions, want at least 1"},
		{"labels of rank 2", images, &IDX{Dims: []int{2, 1}, Data: []byte{0, 0}}, 5,
			"data: the labels have dimensions [2 1], want one dimension"},
		{"counts", images, &IDX{Dims: []int{3}, Data: []byte{0, 0, 0}}, 5,
			"data: there are 2 images and 3 labels, want as many of each"},
		{"label", images, labels, 4, "data: label 0 is 4, want 0 to 3, or Ignored (-100)"},
		{"classes", images, labels, 0, "data: the set has 0 classes, want 1 to 1048576"},
		{"length", &IDX{Dims: []int{2, 3}, Data: make([]byte, 5)}, labels, 5,
			"data: the images have dimensions [2 3] but 5 elements"},
		{"negative", &IDX{Dims: []int{-2, -3}, Data: make([]byte, 6)}, labels, 5,
			"data: the images have dimensions [-2 -3] but 6 elements"},
		{"overflow", &IDX{Dims: []int{0, 1 << 30, 1 << 30, 1 << 30}}, &IDX{Dims: []int{0}}, 5,
			"data: the images have dimensions [0 1073741824 1073741824 1073741824], " +
				"whose product overflows"},
		{"no images", &IDX{Dims: []int{0, 1 << 15, 1 << 15}}, &IDX{Dims: []int{0}}, 5,
			"data: there are no images, want at least 1"},
		{"type", &IDX{Dims: []int{2}, Data: make([]byte, 2), Type: 7}, labels, 5,
			"data: the images have type 0x07, which is none of the format"},
		{"width", &IDX{Dims: []int{2}, Data: make([]byte, 2), Type: IDXInt16}, labels, 5,
			"data: the images have dimensions [2] but 1 elements"},
		{"part", &IDX{Dims: []int{2}, Data: make([]byte, 5), Type: IDXInt16}, labels, 5,
			"data: the images have dimensions [2] but 2 elements"},
		{"labels of fractions", images, &IDX{Dims: []int{2}, Data: make([]byte, 8), Type: IDXFloat32}, 5,
			"data: the labels have type 0x0d, want integers"},
		{"label below 0", images, &IDX{Dims: []int{2}, Data: []byte{255, 0}, Type: IDXInt8}, 5,
			"data: label 0 is -1, want 0 to 4, or Ignored (-100)"},
		{"no features", &IDX{Dims: []int{2, 0}}, labels, 5, "data: the set has 0 features, want at least 1"},
	} {
		s, err := FromIDX[float64](c.images, c.labels, c.classes, 1, 0)
		if s != nil || err == nil || err.Error() != c.want {
			t.Errorf("%s: got %v, %v\nwant %s", c.name, s, err, c.want)
		}
	}
}

// TestIDXTypes has elements of each type of the format, written out by hand.
func TestIDXTypes(t *testing.T) {
	for _, c := range []struct {
		kind     IDXType
		elements []byte
		want     string
	}{
		{IDXUint8, []byte{0, 128, 255}, "[1 257 511]"},
		{IDXInt8, []byte{0, 0x80, 0xff}, "[1 -255 -1]"},
		{IDXInt16, []byte{0x01, 0x02, 0x80, 0, 0xff, 0xfe}, "[517 -65535 -3]"},
		{IDXInt32, []byte{0, 1, 0, 0, 0x80, 0, 0, 0, 0xff, 0xff, 0xff, 0xff},
			"[131073 -4.294967295e+09 -1]"},
		{IDXFloat32, []byte{0x3f, 0xc0, 0, 0, 0xc0, 0, 0, 0, 0x7f, 0x80, 0, 0}, "[4 -3 +Inf]"},
		{IDXFloat64, []byte{
			0x3f, 0xf8, 0, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0x7f, 0xf8, 0, 0, 0, 0, 0, 1,
		}, "[4 -3 NaN]"},
	} {
		file := idxBytes([]uint32{3, 1}, c.elements...)
		file[2] = byte(c.kind)
		x, err := ReadIDX(bytes.NewReader(file))
		if err != nil || x.Type != c.kind || !bytes.Equal(x.Data, c.elements) {
			t.Errorf("type %#x: %+v, %v", byte(c.kind), x, err)
			continue
		}
		s, err := FromIDX[float64](x, &IDX{Dims: []int{3}, Data: []byte{0, 0, 0, 1, 0, 2}, Type: IDXInt16},
			3, 2, 1)
		if err != nil || fmt.Sprint(s.X) != c.want || fmt.Sprint(s.Y) != "[0 1 2]" {
			t.Errorf("type %#x: %+v, %v, want %s", byte(c.kind), s, err, c.want)
		}
	}
}

// Whatever the input, ReadIDX returns either an error and nothing, or an array that
// gives the input when it is written out again.
func FuzzReadIDX(f *testing.F) {
	for _, seed := range [][]byte{
		nil,
		{0, 0, 8, 0},
		idxBytes([]uint32{3}, 1, 2, 3),
		idxBytes([]uint32{2, 2, 1}, 1, 2, 3, 4),
		idxBytes([]uint32{2, 0}),
		idxBytes([]uint32{2}, 1, 2, 3),
		idxBytes([]uint32{1<<32 - 1}, 1),
		idxBytes([]uint32{1 << 31, 1 << 31, 1 << 31}),
		{0, 0, 9, 1, 0, 0, 0, 1, 1},
		{0, 0, 8, 255, 0, 0},
	} {
		f.Add(seed)
	}
	fuzztest.Run(f, func(t *testing.T, file []byte) {
		x, err := ReadIDX(bytes.NewReader(file))
		if err != nil {
			format, ok := errors.AsType[*FormatError](err)
			if !ok || x != nil || strings.Contains(err.Error(), "\n") {
				t.Fatalf("got %v and the %T %q", x, err, err)
			}
			var at int
			if _, err := fmt.Sscanf(format.Place, "byte %d", &at); err != nil || at < 0 || at > len(file) {
				t.Fatalf("the error is at %q of %d bytes", format.Place, len(file))
			}
			return
		}
		var dims []uint32
		for _, d := range x.Dims {
			dims = append(dims, uint32(d))
		}
		again := idxBytes(dims, x.Data...)
		again[2] = byte(x.Type)
		if !bytes.Equal(again, file) {
			t.Fatalf("% x was read as %v", file, x)
		}
	})
}
