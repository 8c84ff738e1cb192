package model_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/internal/fuzztest"
	"github.com/ashlar-go/ashlar/model"
)

// typed returns a file with one tensor called "a" of the given type and bytes.
func typed(dtype string, elements int, data []byte) []byte {
	header := fmt.Sprintf(`{"a":{"dtype":%q,"shape":[%d],"data_offsets":[0,%d]}}`, dtype, elements, len(data))
	return append(file(header, 0), data...)
}

func le(values ...any) (b []byte) {
	for _, v := range values {
		b, _ = binary.Append(b, binary.LittleEndian, v)
	}
	return b
}

func newFile(t testing.TB, b []byte) *model.File {
	t.Helper()
	f, err := model.NewFile(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// checkValues compares the tensor "a" with want, or the error with what it must contain.
func checkValues[E model.Element](t *testing.T, b []byte, want []E, message string) {
	t.Helper()
	got, err := model.Values[E](newFile(t, b), "a")
	if message != "" {
		if err == nil || !strings.Contains(err.Error(), message) || got != nil {
			t.Errorf("got %v, %v, want %s", got, err, message)
		}
		return
	}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v, want %v", got, err, want)
	}
}

func TestValues(t *testing.T) {
	inf := math.Inf(1)
	checkValues(t, typed("F64", 2, le(0.1, -inf)), []float64{0.1, -inf}, "")
	checkValues(t, typed("F64", 2, le(0.1, -inf)), []float32{0.1, float32(-inf)}, "")
	checkValues(t, typed("F32", 2, le(float32(0.1), float32(-2))), []float64{float64(float32(0.1)), -2}, "")
	checkValues(t, typed("BF16", 3, le(uint16(0x3fc0), uint16(0xc000), uint16(1))),
		[]float32{1.5, -2, 0x1p-133}, "")
	checkValues(t, typed("BOOL", 3, []byte{0, 1, 1}), []bool{false, true, true}, "")
	checkValues(t, typed("BOOL", 3, []byte{0, 1, 1}), []float64{0, 1, 1}, "")
	checkValues(t, typed("BOOL", 3, []byte{0, 1, 1}), []uint8{0, 1, 1}, "")
	checkValues(t, typed("I8", 2, le(int8(-128), int8(127))), []int8{-128, 127}, "")
	checkValues(t, typed("I16", 2, le(int16(-32768), int16(3))), []int16{-32768, 3}, "")
	checkValues(t, typed("I32", 2, le(int32(math.MinInt32), int32(3))), []int32{math.MinInt32, 3}, "")
	checkValues(t, typed("I64", 2, le(int64(math.MinInt64), int64(3))), []int64{math.MinInt64, 3}, "")
	checkValues(t, typed("I64", 2, le(int64(math.MinInt64), int64(3))), []float32{-0x1p63, 3}, "")
	checkValues(t, typed("U8", 2, []byte{255, 3}), []uint8{255, 3}, "")
	checkValues(t, typed("U16", 2, le(uint16(65535), uint16(3))), []uint16{65535, 3}, "")
	checkValues(t, typed("U32", 2, le(uint32(math.MaxUint32), uint32(3))), []uint32{math.MaxUint32, 3}, "")
	checkValues(t, typed("U64", 2, le(uint64(math.MaxUint64), uint64(3))), []uint64{math.MaxUint64, 3}, "")
	checkValues(t, typed("U64", 2, le(uint64(math.MaxUint64), uint64(3))), []float64{0x1p64, 3}, "")
	checkValues(t, typed("U8", 1, []byte{7}), []int64{7}, "")
	checkValues(t, typed("F32", 0, nil), []float32{}, "")
}

func TestValuesOutOfRange(t *testing.T) {
	checkValues[float32](t, typed("F64", 2, le(0.0, 1e39)), nil,
		`model: reading tensors: tensor "a" at byte 63: element 1 is 1e+39, want a number that float32 can hold`)
	checkValues[int8](t, typed("I16", 2, le(int16(1), int16(128))), nil,
		"element 1 is 128, want a number that int8 can hold")
	checkValues[uint8](t, typed("I8", 1, le(int8(-1))), nil, "element 0 is -1, want a number that uint8")
	checkValues[uint64](t, typed("I64", 1, le(int64(-1))), nil, "element 0 is -1, want a number that uint64")
	checkValues[int64](t, typed("U64", 1, le(uint64(1<<63))), nil, "element 0 is 9223372036854775808, want")
	checkValues[int32](t, typed("U64", 1, le(uint64(1<<33))), nil, "element 0 is 8589934592, want")
	checkValues[bool](t, typed("BOOL", 2, []byte{1, 2}), nil, "element 1 is the byte 2, want 0 or 1")
	checkValues[int64](t, typed("F32", 1, le(float32(1))), nil,
		`tensor "a" has dtype "F32", want I8, I16, I32, I64, U8, U16, U32, U64 or BOOL for int64`)
	checkValues[bool](t, typed("U8", 1, []byte{1}), nil, `tensor "a" has dtype "U8", want BOOL for bool`)
	checkValues[float64](t, typed("F8_E4M3", 1, []byte{1}), nil,
		`tensor "a" has dtype "F8_E4M3", want F64, F32`)
	_, err := model.Values[bool](newFile(t, typed("U8", 1, []byte{1})), "b")
	if want := `there is no tensor "b": the file has 1, such as "a"`; err == nil ||
		!strings.Contains(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	// An element behind the first chunk is named by its place in the tensor.
	late := make([]byte, 1<<16+10)
	late[1<<16+3] = 2
	checkValues[bool](t, typed("BOOL", len(late), late), nil, "element 65539 is the byte 2")
}

// TestHalf decodes all numbers of half precision and compares them with their definition.
func TestHalf(t *testing.T) {
	data := make([]byte, 2<<16)
	for i := range 1 << 16 {
		binary.LittleEndian.PutUint16(data[2*i:], uint16(i))
	}
	got, err := model.Values[float64](newFile(t, typed("F16", 1<<16, data)), "a")
	if err != nil {
		t.Fatal(err)
	}
	for i, g := range got {
		exponent, fraction := i>>10&31, float64(i&1023)
		want := math.Ldexp(1+fraction/1024, exponent-15)
		switch {
		case exponent == 0:
			want = math.Ldexp(fraction/1024, -14)
		case exponent == 31 && fraction == 0:
			want = math.Inf(1)
		case exponent == 31:
			want = math.NaN()
		}
		if i>>15 == 1 {
			want = -want
		}
		if g != want && !(math.IsNaN(g) && math.IsNaN(want)) || math.Signbit(g) != (i>>15 == 1) && !math.IsNaN(g) {
			t.Errorf("%#04x is %v, want %v", i, g, want)
		}
	}
}

// TestOpen reads what a header says, and single tensors, of a file with types that this package
// does not decode.
func TestOpen(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	header := `{"__metadata__":{"made":"by hand"},` +
		`"b":{"dtype":"F8_E4M3","shape":[2,1],"data_offsets":[8,10]},` +
		`"a":{"dtype":"I64","shape":[],"data_offsets":[0,8]},` +
		`"c":{"dtype":"new","shape":[9],"data_offsets":[10,13]}}`
	data := append(file(header, 0), le(int64(-5), []byte{1, 2, 3, 4, 5})...)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := model.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	want := []model.Info{{"b", "F8_E4M3", []int{2, 1}, 2}, {"a", "I64", []int{}, 8}, {"c", "new", []int{9}, 3}}
	if got := f.Tensors(); !reflect.DeepEqual(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	text := f.Text()
	text["made"] = "elsewhere"
	if f.Text()["made"] != "by hand" {
		t.Errorf("text %v", f.Text())
	}
	if v := values[int64](t, f, "a"); !slices.Equal(v, []int64{-5}) {
		t.Errorf("a = %v", v)
	}
	for name, bytes := range map[string]string{"b": "\x01\x02", "c": "\x03\x04\x05"} {
		s, err := f.Section(name)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(s); err != nil || string(b) != bytes {
			t.Errorf("%s has %q, %v, want %q", name, b, err, bytes)
		}
	}
	if _, err := f.Section("d"); err == nil || !strings.Contains(err.Error(), path+`: there is no tensor "d"`) {
		t.Errorf("got %v", err)
	}
	if _, ok := f.Tensor("d"); ok {
		t.Error("the file has d")
	}
	if err := f.Close(); err != nil {
		t.Error(err)
	}
	if _, err := model.Values[int64](f, "a"); !errors.Is(err, fs.ErrClosed) {
		t.Errorf("got %v from a closed file", err)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	missing := filepath.Join(dir, "none")
	if _, err := model.Open(missing); !errors.Is(err, fs.ErrNotExist) ||
		!strings.Contains(err.Error(), missing) {
		t.Errorf("got %v", err)
	}
	one := func(dtype, shape, offsets string, data int) []byte {
		const header = `{"a":{"dtype":%q,"shape":[%s],"data_offsets":[%s]}}`
		return file(fmt.Sprintf(header, dtype, shape, offsets), data)
	}
	for want, data := range map[string][]byte{
		`want at least the 8`:                    {1},
		`data offsets [8 16], want [0,`:          one("F64", "1", "8,16", 16),
		`the key "a" stands twice`:               file(`{"__metadata__":{"a":"","a":""}}`, 0),
		`"a" has 8 bytes, want 16 for F64 [2]`:   one("F64", "2", "0,8", 8),
		`whose elements do not fit in memory`:    one("F64", fmt.Sprint(math.MaxInt/2+1)+",4", "0,8", 8),
		`tensors end at byte 8 of the data, whi`: one("F64", "1", "0,8", 9),
	} {
		path := filepath.Join(dir, "x")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := model.Open(path)
		if err == nil || !strings.Contains(err.Error(), want) ||
			!strings.Contains(err.Error(), "model: opening "+path+": ") {
			t.Errorf("got %v, want %s", err, want)
		}
		if _, err := model.NewFile(bytes.NewReader(data), int64(len(data))); err == nil {
			t.Errorf("NewFile took what Open refused: %s", want)
		}
	}
}

// counting counts the bytes that are read.
type counting struct {
	io.ReaderAt
	bytes int
}

func (c *counting) ReadAt(p []byte, at int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, at)
	c.bytes += n
	return n, err
}

// TestOpenReadsOneTensor: a file of which one tensor is asked for is not read otherwise.
func TestOpenReadsOneTensor(t *testing.T) {
	header := `{"big":{"dtype":"F32","shape":[1000000],"data_offsets":[0,4000000]},` +
		`"a":{"dtype":"U8","shape":[3],"data_offsets":[4000000,4000003]}}`
	b := file(header, 4000003)
	c := &counting{ReaderAt: bytes.NewReader(b)}
	f, err := model.NewFile(c, int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	values[uint8](t, f, "a")
	if want := 8 + len(header) + 3; c.bytes != want {
		t.Errorf("read %d bytes, want %d", c.bytes, want)
	}
}

// FuzzOpen: no file makes Open or Values panic, and a tensor that is read has the elements and the
// bytes that the header says.
func FuzzOpen(f *testing.F) {
	f.Add(typed("F16", 2, le(uint16(1), uint16(2))))
	f.Add(typed("BOOL", 2, []byte{0, 2}))
	f.Add(typed("U64", 1, le(uint64(math.MaxUint64))))
	f.Add(encode(f, network[float32](1)))
	fuzztest.Run(f, func(t *testing.T, data []byte) {
		file, err := model.NewFile(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		for _, info := range file.Tensors() {
			n := 1
			for _, d := range info.Shape {
				n *= d
			}
			if v, err := model.Values[float64](file, info.Name); err == nil && len(v) != n {
				t.Fatalf("%+v has %d values", info, len(v))
			}
			if v, err := model.Values[int8](file, info.Name); err == nil && len(v) != n {
				t.Fatalf("%+v has %d values", info, len(v))
			}
			if s, err := file.Section(info.Name); err != nil || s.Size() != info.Bytes {
				t.Fatalf("%+v: %v", info, err)
			}
		}
	})
}
