package data

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ashlar-go/ashlar/internal/fuzztest"
)

// npyBytes is an npy file of version 1 with this header and these elements.
func npyBytes(header string, elements ...byte) []byte {
	b := append([]byte(npyMagic), 1, 0, byte(len(header)), byte(len(header)>>8))
	return append(append(b, header...), elements...)
}

// npyOf is an npy file with the elements of 1 byte that numpy calls |u1.
func npyOf(shape string, elements ...byte) []byte {
	return npyBytes("{'descr': '|u1', 'fortran_order': False, 'shape': "+shape+", }\n", elements...)
}

// numpyArray is what numpy read in an array of its own files.
type numpyArray struct {
	Descr    string
	Fortran  bool
	Dims     []int
	Elements []string
}

func numpyArrays(t *testing.T) (arrays map[string]numpyArray) {
	t.Helper()
	text, err := os.ReadFile("testdata/numpy.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &arrays); err != nil {
		t.Fatal(err)
	}
	if len(arrays) < 25 {
		t.Fatalf("there are %d arrays", len(arrays))
	}
	return arrays
}

// TestNumpy reads all arrays of numpy as float64, and those of integers also as integers.
func TestNumpy(t *testing.T) {
	for name, want := range numpyArrays(t) {
		for _, path := range []string{"testdata/numpy.npz", "testdata/packed.npz"} {
			a, err := ReadNPZFile[float64](path, name)
			if err != nil {
				t.Errorf("%s: %v", path, err)
				continue
			}
			if !slices.Equal(a.Dims, want.Dims) || len(a.Data) != len(want.Elements) {
				t.Errorf("%s %s: dimensions %v, %d elements", path, name, a.Dims, len(a.Data))
				continue
			}
			for i, text := range want.Elements {
				v, err := strconv.ParseFloat(text, 64)
				if err != nil {
					t.Fatal(err)
				}
				if got := a.Data[i]; got != v && v == v || math.Signbit(got) != math.Signbit(v) && v == v ||
					(got == got) != (v == v) {
					t.Errorf("%s %s: element %d is %v, want %v", path, name, i, got, v)
				}
			}
			switch want.Descr[1] {
			case 'i':
				sameText[int64](t, path, name, want)
			case 'u', 'b':
				sameText[uint64](t, path, name, want)
			}
		}
	}
}

func sameText[T Number](t *testing.T, path, name string, want numpyArray) {
	t.Helper()
	a, err := ReadNPZFile[T](path, name)
	if err != nil {
		t.Error(err)
		return
	}
	for i, text := range want.Elements {
		if got := fmt.Sprint(a.Data[i]); got != text {
			t.Errorf("%s %s: element %d is %s, want %s", path, name, i, got, text)
		}
	}
}

// TestNumpyBytes writes arrays with the bytes that numpy wrote.
func TestNumpyBytes(t *testing.T) {
	for _, name := range []string{"i1", "u1"} {
		if a := sameBytes[int8](t, name); (a == nil) != (name == "u1") {
			t.Errorf("int8 of %s: %v", name, a)
		}
	}
	sameBytes[uint8](t, "u1")
	sameBytes[int16](t, "i2")
	sameBytes[uint16](t, "u2")
	sameBytes[int32](t, "i4")
	sameBytes[uint32](t, "u4")
	sameBytes[int64](t, "i8")
	sameBytes[uint64](t, "u8")
	sameBytes[float32](t, "f4")
	sameBytes[float64](t, "f8")
	sameBytes[float64](t, "scalar")
	sameBytes[float32](t, "empty")
	sameBytes[float32](t, "c")
	sameBytes[int16](t, "c3")
	type kilogram float32
	sameBytes[kilogram](t, "c")
	file, err := os.ReadFile("testdata/version1.npy")
	if err != nil {
		t.Fatal(err)
	}
	for version := 1; version <= 3; version++ {
		a, err := ReadNPYFile[float32](fmt.Sprintf("testdata/version%d.npy", version))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "x.npy")
		if err := WriteNPYFile(path, a); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, file) {
			t.Errorf("version %d: %q, %v", version, got, err)
		}
	}
}

// sameBytes reads an array of numpy and writes it again. It returns nil if T cannot hold it.
func sameBytes[T Number](t *testing.T, name string) *Array[T] {
	t.Helper()
	z, err := zip.OpenReader("testdata/numpy.npz")
	if err != nil {
		t.Fatal(err)
	}
	defer z.Close()
	f, err := z.Open(name + ".npy")
	if err != nil {
		t.Fatal(err)
	}
	want, err := io.ReadAll(f)
	if err != nil {
		t.Fatal(err)
	}
	a, err := ReadNPY[T](bytes.NewReader(want))
	if err != nil {
		return nil
	}
	var got bytes.Buffer
	if err := WriteNPY(&got, a); err != nil || !bytes.Equal(got.Bytes(), want) {
		t.Errorf("%s: %v\n%q, want\n%q", name, err, got.Bytes(), want)
	}
	return a
}

// TestNumpyForeign: what is no array of numbers is an error that says so.
func TestNumpyForeign(t *testing.T) {
	for name, want := range map[string]string{
		"complex": `describes elements of type "<c16", want numbers`,
		"text":    `describes elements of type "<U2", want numbers`,
		"fields":  "describes elements with fields, want numbers",
		"date":    `describes elements of type "<M8[D]", want numbers`,
		"long":    `describes elements of type "<f16", want numbers`,
	} {
		a, err := ReadNPZFile[float64]("testdata/numpy.npz", name)
		start := "data: testdata/numpy.npz: byte 10 of array \"" + name + "\": the header "
		if a != nil || err == nil || !strings.HasPrefix(err.Error(), start+want) {
			t.Errorf("%s: %v, %v", name, a, err)
		}
	}
	if a, err := ReadNPYFile[float64]("testdata/objects.npy"); a != nil || err == nil ||
		!strings.Contains(err.Error(), `elements of type "|O", want numbers`) {
		t.Errorf("objects: %v, %v", a, err)
	}
}

func TestReadNPYHeaders(t *testing.T) {
	for _, header := range []string{
		"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3), }          \n",
		"{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3)}",
		"{'shape': (2,3), 'fortran_order': False, 'descr': '|u1'}\n",
		"{\"descr\": \"<u1\",\"shape\":(2L, 3L,),\"fortran_order\":False,}\n",
		" {\n'descr' : '>u1' , 'shape' : ( 2 , 3 ) , 'fortran_order' : False } \n",
	} {
		file := npyBytes(header, 1, 2, 3, 4, 5, 6)
		for name, r := range map[string]io.Reader{"whole": bytes.NewReader(file),
			"pipe":  io.MultiReader(bytes.NewReader(file)),
			"bytes": iotest.OneByteReader(bytes.NewReader(file)), "gzip": bytes.NewReader(zipped(t, file))} {
			a, err := ReadNPY[int](r)
			if err != nil || fmt.Sprint(a.Dims, a.Data) != "[2 3] [1 2 3 4 5 6]" {
				t.Errorf("%q, %s: %v, %v", header, name, a, err)
			}
		}
	}
}

func TestReadNPYDamaged(t *testing.T) {
	good := "'descr': '|u1', 'fortran_order': False, 'shape': (2,)"
	huge := "(" + strings.Repeat("2147483647, ", 3) + ")"
	for _, c := range []struct {
		file []byte
		want string
	}{
		{nil, "byte 0: the data end here, want 8 bytes of magic number and version, found 0"},
		{[]byte("\x93NUMPX\x01\x00"), `byte 0: the file starts "\x93NUMPX", want "\x93NUMPY"`},
		{[]byte("PK\x03\x04abcdef"), "byte 0: the file starts"},
		{[]byte("\x93NUMPY\x00\x00"), "byte 6: the version of the format is 0, want 1 to 3"},
		{[]byte("\x93NUMPY\x04\x00"), "byte 6: the version of the format is 4, want 1 to 3"},
		{[]byte("\x93NUMPY\x01\x00\x10"), "byte 9: the data end here, want 2 bytes of header length, found 1"},
		{[]byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"), "byte 8: the header has 4294967295 bytes, want at most 65536"},
		{[]byte("\x93NUMPY\x01\x00\x10\x00{"), "byte 11: the data end here, want 16 bytes of header, found 1"},
		{npyBytes(""), `byte 10: the header has "" where { is expected`},
		{npyBytes("{}"), "byte 10: the header lacks the key descr"},
		{npyBytes("{'descr': '<f4', 'shape': ()}"), "the header lacks the key fortran_order"},
		{npyBytes("{" + good), `the header has "" where } is expected`},
		{npyBytes("{" + good + "} 1"), `the header has "1" where the end is expected`},
		{npyBytes("{" + good + ", 'x': 1}"), `the header has the key "x", want descr, fortran_order and shape`},
		{npyBytes("{" + good + ", 'shape': (2,)}"), `the header has the key "shape" twice`},
		{npyBytes("{'descr': '|u1' 'shape': ()}"), `the header has "'shape': ()}" where } is expected`},
		{npyBytes("{'descr'; 1}"), `the header has "; 1}" where : is expected`},
		{npyBytes("{descr: 1}"), `the header has "descr: 1}" where a string is expected`},
		{npyBytes("{'descr: 1}"), `where a plain string is expected`},
		{npyBytes(`{'de\x73cr': 1}`), `where a plain string is expected`},
		{npyBytes("{'fortran_order': 1}"), `the header has "1}" where True or False is expected`},
		{npyBytes("{'shape': 3}"), `the header has "3}" where ( is expected`},
		{npyBytes("{'shape': (-1,)}"), `where a dimension that an int can hold is expected`},
		{npyBytes("{'shape': (99999999999999999999,)}"), `where a dimension that an int can hold is expected`},
		{npyBytes("{'shape': (" + strings.Repeat("1,", 65) + ")}"), "the header has more than 64 dimensions"},
		{npyBytes("{'descr': [('a', '<f4')]}"), "the header describes elements with fields, want numbers"},
		{npyBytes("{'descr': '=f4'}"), `the header describes elements of type "=f4", want numbers: < or >, or | for`},
		{npyBytes("{'descr': '|f4'}"), `the header describes elements of type "|f4"`},
		{npyBytes("{'descr': '<  2'}"), `the header describes elements of type "<  2"`},
		{npyBytes("{'descr': '<2 '}"), `the header describes elements of type "<2 "`},
		{npyOf(huge), "the header has shape [2147483647 2147483647 2147483647], which makes more elements than"},
		{npyOf("(2, 3)", 1, 2, 3, 4, 5), "byte 75: the data end here, want 6 bytes of elements, found 5"},
		{npyOf("(2, 3)", 1, 2, 3, 4, 5, 6, 7), "byte 76: data go on here, want the end after 6 elements"},
		{npyOf("()"), "the data end here, want 1 bytes of elements, found 0"},
	} {
		for name, r := range map[string]io.Reader{"whole": bytes.NewReader(c.file),
			"pipe": io.MultiReader(bytes.NewReader(c.file))} {
			a, err := ReadNPY[float32](r)
			if a != nil || err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%q, %s: %v, %v\nwant %s", c.file, name, a, err, c.want)
			}
			if _, ok := errors.AsType[*FormatError](err); !ok {
				t.Errorf("%q: the error is a %T", c.file, err)
			}
		}
	}
	broken := errors.New("the disk is on fire")
	file := npyOf("(2, 3)", 1, 2, 3, 4, 5, 6)
	for n := range len(file) + 1 {
		a, err := ReadNPY[int](io.MultiReader(bytes.NewReader(file[:n]), iotest.ErrReader(broken)))
		if a != nil || !errors.Is(err, broken) ||
			!strings.HasPrefix(err.Error(), fmt.Sprintf("data: byte %d: reading the ", n)) {
			t.Errorf("failure at byte %d: got %v, %v", n, a, err)
		}
	}
}

// A few bytes must not make the reader allocate what they claim will follow.
func TestReadNPYAllocatesWhatArrives(t *testing.T) {
	for _, shape := range []string{"(1073741824,)", "(1099511627776,)", "(1024, 1024, 1024)"} {
		file := npyOf(shape, make([]byte, 100)...)
		for name, r := range map[string]func() io.Reader{
			"whole": func() io.Reader { return bytes.NewReader(file) },
			"pipe":  func() io.Reader { return io.MultiReader(bytes.NewReader(file)) },
			"gzip":  func() io.Reader { return bytes.NewReader(zipped(t, file)) },
		} {
			var err error
			if n := allocated(func() { _, err = ReadNPY[float64](r()) }); err == nil || n > 2<<20 {
				t.Errorf("%s, %s: allocated %d bytes for a file of %d: %v", shape, name, n, len(file), err)
			}
		}
	}
	// 16 MB of elements through a pipe, and once each from bytes, whose length is known.
	file := npyOf("(16000000,)", make([]byte, 16_000_000)...)
	for most, r := range map[uint64]io.Reader{64 << 20: io.MultiReader(bytes.NewReader(file)),
		17 << 20: bytes.NewReader(file)} {
		if n := allocated(func() {
			if a, err := ReadNPY[uint8](r); err != nil || len(a.Data) != 16_000_000 {
				t.Error(err)
			}
		}); n > most {
			t.Errorf("allocated %d bytes for 16 MB, want at most %d", n, most)
		}
	}
}

// TestReadNPYHolds: a number that T cannot hold is an error that names it.
func TestReadNPYHolds(t *testing.T) {
	const head = "data: testdata/numpy.npz: byte "
	for i, c := range []struct {
		read func() error
		want string
	}{
		{reading[int8]("i2"), `128 of array "i2": element 0 is -32768, which int8 cannot hold`},
		{reading[uint]("i2"), `128 of array "i2": element 0 is -32768, which uint cannot hold`},
		{reading[int64]("u8"), `160 of array "u8": element 4 is 18446744073709551615, which int64 cannot hold`},
		{reading[uint32]("u8_big"), `152 of array "u8_big": element 3 is 6148914691236517205, which uint32 cannot`},
		{reading[int]("f8"), `136 of array "f8": element 1 is 1.5, which int cannot hold`},
		{reading[float32]("f8"), `144 of array "f8": element 2 is -1.7976931348623157e+308, which float32 cannot`},
		{reading[int16]("f2"), `130 of array "f2": element 1 is 1.5, which int16 cannot hold`},
	} {
		if err := c.read(); err == nil || !strings.HasPrefix(err.Error(), head+c.want) {
			t.Errorf("%d: %v, want %s", i, err, c.want)
		}
	}
	for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1), 1 << 63, -1<<63 - 2048, 0.5, 1e300} {
		if n, ok := fromFloat[int64](v); ok {
			t.Errorf("%v became the int64 %d", v, n)
		}
	}
	for _, v := range []float64{math.NaN(), -1, 1 << 64, math.Inf(1)} {
		if n, ok := fromFloat[uint64](v); ok {
			t.Errorf("%v became the uint64 %d", v, n)
		}
	}
	if n, ok := fromFloat[int64](-1 << 63); !ok || n != math.MinInt64 {
		t.Error(n, ok)
	}
	if n, ok := fromFloat[uint64](1 << 63); !ok || n != 1<<63 {
		t.Error(n, ok)
	}
	if v, ok := fromFloat[float32](math.Inf(-1)); !ok || !math.IsInf(float64(v), -1) {
		t.Error(v, ok)
	}
	bools := npyBytes("{'descr': '|b1', 'fortran_order': False, 'shape': (2,)}", 1, 2)
	if a, err := ReadNPY[float32](bytes.NewReader(bools)); a != nil || err == nil ||
		!strings.Contains(err.Error(), "element 1 is 2, want a boolean, 0 or 1") {
		t.Errorf("a boolean of 2: %v, %v", a, err)
	}
}

func reading[T Number](name string) func() error {
	return func() error {
		_, err := ReadNPZFile[T]("testdata/numpy.npz", name)
		return err
	}
}

// Whatever the input, ReadNPY returns either an error and nothing, or an array that is the same
// after it is written and read again.
func FuzzReadNPY(f *testing.F) {
	for _, path := range []string{"testdata/version1.npy", "testdata/version2.npy", "testdata/version3.npy",
		"testdata/objects.npy"} {
		file, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(file)
	}
	f.Add(npyOf("(2, 3)", 1, 2, 3, 4, 5, 6))
	f.Add(npyBytes("{'descr': '>f2', 'fortran_order': True, 'shape': (1, 2)}", 1, 2, 3, 4))
	f.Add(npyBytes("{'descr': '<i8', 'fortran_order': True, 'shape': (0, 2)}"))
	fuzztest.Run(f, func(t *testing.T, file []byte) {
		again(t, file, func(v float64) uint64 { return math.Float64bits(v) })
		again(t, file, func(v int16) uint64 { return uint64(v) })
	})
}

func again[T Number](t *testing.T, file []byte, bits func(T) uint64) {
	a, err := ReadNPY[T](bytes.NewReader(file))
	if err != nil {
		if _, ok := errors.AsType[*FormatError](err); !ok || a != nil || strings.Contains(err.Error(), "\n") {
			t.Fatalf("got %v and the %T %q", a, err, err)
		}
		return
	}
	var out bytes.Buffer
	if err := WriteNPY(&out, a); err != nil {
		t.Fatal(err)
	}
	b, err := ReadNPY[T](&out)
	if err != nil || !slices.Equal(a.Dims, b.Dims) ||
		!slices.EqualFunc(a.Data, b.Data, func(x, y T) bool { return bits(x) == bits(y) }) {
		t.Fatalf("%v became %v: %v", a, b, err)
	}
}
