package model_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
)

type tensors = []model.Tensor[float64]

// one is a tensor of one value.
func one(name string) model.Tensor[float64] {
	return model.Tensor[float64]{Name: name, Shape: []int{1}, Value: []float64{1}}
}

// TestUnwritable saves tensors and text that the format cannot hold: each is an error and leaves
// the old file as it was, and no other file.
func TestUnwritable(t *testing.T) {
	const half = math.MaxInt/2 + 1
	long := strings.Repeat("x", 50_000_000)
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want    string
		tensors tensors
		text    map[string]string
	}{
		{`tensor "a" has shape [2 3], which is not that of its 5 values`,
			tensors{{Name: "a", Shape: []int{2, 3}, Value: make([]float64, 5)}}, nil},
		{`tensor "a" has shape [], which is not that of its 2 values`,
			tensors{{Name: "a", Value: make([]float64, 2)}}, nil},
		{`tensor "a" has shape [], which is not that of its 0 values`, tensors{{Name: "a"}}, nil},
		{`tensor "a" has shape [0], which is not that of its 1 values`,
			tensors{{Name: "a", Shape: []int{0}, Value: []float64{1}}}, nil},
		{`tensor "a" has shape [-1], want no size below 0`,
			tensors{{Name: "a", Shape: []int{-1}, Value: []float64{1}}}, nil},
		{`tensor "a" has shape [-1 -1], want no size below 0`,
			tensors{{Name: "a", Shape: []int{-1, -1}, Value: []float64{1}}}, nil},
		{fmt.Sprintf(`tensor "a" has shape [%d 4], which is too large`, half),
			tensors{{Name: "a", Shape: []int{half, 4}}}, nil},
		{fmt.Sprintf(`tensor "a" has shape [%d 4 0], which is too large`, half),
			tensors{{Name: "a", Shape: []int{half, 4, 0}}}, nil},
		{fmt.Sprintf(`tensor "a" has shape [0 %d 2], which is too large`, half),
			tensors{{Name: "a", Shape: []int{0, half, 2}}}, nil},
		{`tensor "a" has 33 sizes, want at most 32`,
			tensors{{Name: "a", Shape: slices.Repeat([]int{1}, 33), Value: make([]float64, 1)}}, nil},
		{`the name of tensor "a\xff" is no UTF-8`, tensors{one("a\xff"), one("a\xfe")}, nil},
		{`the name of tensor "\xed\xa0\x80" is no UTF-8`, tensors{one("\xed\xa0\x80")}, nil}, // a surrogate
		{`two tensors are called "a"`, tensors{one("a"), one("b"), one("a")}, nil},
		{`a tensor is called "__metadata__"`, tensors{one("__metadata__")}, nil},
		{`the text "\xff": "x" is no UTF-8`, nil, map[string]string{"\xff": "x"}},
		{`the text "x": "\xff" is no UTF-8`, nil, map[string]string{"x": "\xff"}},
		{`the header would have 100000`, tensors{one(long), one(long + "y")}, nil},
		{`the header would have 1000000`, nil, map[string]string{"x": long + long}},
	} {
		err := model.SaveTensors(path, c.tensors, c.text)
		if err == nil || !strings.Contains(fmt.Sprintf("%.300v", err), "model: saving "+path+": "+c.want) {
			t.Errorf("got %.300v, want %s", err, c.want)
		}
		if b, err := os.ReadFile(path); err != nil || string(b) != "before" {
			t.Errorf("%s: the file became %.40q, %v", c.want, b, err)
		}
		alone(t, path)
	}
	m := layer.NewLinear[float64](2, 2, kernels.ActReLU)
	m.W.Name = "\xff"
	var b bytes.Buffer
	if err := model.WriteWeights(&b, m); err == nil || b.Len() > 0 {
		t.Errorf("Write wrote %d bytes and returned %v", b.Len(), err)
	}
}

// alone checks that a file is the only one in its directory.
func alone(t *testing.T, path string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(entries) != 1 || entries[0].Name() != filepath.Base(path) {
		t.Errorf("%v in the directory, want %s alone: %v", entries, filepath.Base(path), err)
	}
}

// TestWritable pins the headers of unusual tensors that are allowed. Version 0.8.0 of the Python
// package safetensors reads all of these files with the same names, shapes and values.
func TestWritable(t *testing.T) {
	const (
		empty = `{"__metadata__":{"format":"ashlar"}`
		large = 1 << (5 * strconv.IntSize / 8) // 2^40 where an int has 64 bits
	)
	for _, c := range []struct {
		tensors tensors
		text    map[string]string
		want    string
	}{
		{nil, nil, empty + `}`},
		{tensors{{Name: "step", Value: []float64{3}}}, nil, empty +
			`,"step":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}`},
		{tensors{{Name: "step", Shape: []int{}, Value: []float64{3}}}, nil,
			empty + `,"step":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}`},
		{tensors{{Name: "none", Shape: []int{3, 0, 2}}, one("")}, nil,
			empty + `,"none":{"dtype":"F64","shape":[3,0,2],"data_offsets":[0,0]}` +
				`,"":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}`},
		{tensors{{Name: "none", Shape: []int{0, large, 2}}}, nil,
			empty + `,"none":{"dtype":"F64","shape":[0,` + fmt.Sprint(large) + `,2],"data_offsets":[0,0]}}`},
		{tensors{one("größe \"\\\n\x00<😀>")}, nil, empty +
			`,"größe \"\\\n\u0000\u003c😀\u003e":{"dtype":"F64","shape":[1],"data_offsets":[0,8]}}`},
		{nil, map[string]string{"format": "pt", "": "\u2028"},
			`{"__metadata__":{"":"\u2028","format":"pt"}}`},
	} {
		path := filepath.Join(t.TempDir(), "x.safetensors")
		if err := model.SaveTensors(path, c.tensors, c.text); err != nil {
			t.Errorf("%s: %v", c.want, err)
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		n := binary.LittleEndian.Uint64(b)
		if got := string(b[8 : 8+n]); strings.TrimRight(got, " ") != c.want || n%8 != 0 {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
		again := tensors{}
		for _, x := range c.tensors {
			again = append(again, model.Tensor[float64]{Name: x.Name, Shape: x.Shape,
				Value: make([]float64, len(x.Value))})
		}
		text, err := model.LoadTensors(path, again)
		if err != nil {
			t.Errorf("%s: %v", c.want, err)
		}
		for i, x := range c.tensors {
			if !slices.Equal(x.Value, again[i].Value) {
				t.Errorf("%s: read %v, want %v", c.want, again[i].Value, x.Value)
			}
		}
		for key, value := range c.text {
			if text[key] != value {
				t.Errorf("text %q is %q, want %q", key, text[key], value)
			}
		}
	}
}

// The tests of headers follow the format. Version 0.8.0 of the Python package agrees except
// where a comment says otherwise.
const (
	w1 = `"weight":{"dtype":"F64","shape":[1,2],"data_offsets":[0,16]}`
	b1 = `"bias":{"dtype":"F64","shape":[2],"data_offsets":[16,32]}`
)

func TestAllowedHeaders(t *testing.T) {
	for _, header := range []string{
		`{` + w1 + `,` + b1 + `}`,
		`{` + b1 + `,` + w1 + `}`,
		`{` + w1 + `,` + b1 + `}     `,
		"{\n\t" + w1 + " ,\r\n" + b1 + "}\n",
		`{"__metadata__":{},` + w1 + `,` + b1 + `}`,
		`{"__metadata__":null,` + w1 + `,` + b1 + `}`,
		`{` + w1 + `,"__metadata__":{"a":"\ud83d\ude00","b":"\\ud800"},` + b1 + `}`,
		`{"weight":{"data_offsets":[0,16],"new":{"dtype":[null,-0,{}]},"shape":[1,2],"dtype":"F64"},` + b1 +
			`}`,
		`{"weight":{"DTYPE":"F32","Shape":null,"dtype":"F64","shape":[1,2],"data_offsets":[0,16]},` + b1 +
			`}`,
		`{"\u0077eight":{"dtype":"F64","shape":[1,2],"data_offsets":[0,16]},` + b1 + `}`,
	} {
		m := layer.NewLinear[float64](1, 2, kernels.ActIdentity)
		m.W.Value[0] = 7
		if err := decode(file(header, 32), m); err != nil || m.W.Value[0] != 0 {
			t.Errorf("%s: %v", header, err)
		}
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, file(header, 32), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := model.ReadText(path); err != nil {
			t.Errorf("%s: %v", header, err)
		}
	}
}

func TestForbiddenHeaders(t *testing.T) {
	weight := func(fields string) string { return `{"weight":{` + fields + `},` + b1 + `}` }
	for _, c := range []struct{ header, want string }{
		{``, `the header: byte 8 is not {`},
		{` {` + w1 + `,` + b1 + `}`,
			`the header: byte 8 is not {`}, // which that version reads
		{"\ufeff{" + w1 + `,` + b1 + `}`, `the header: byte 8 is not {`},
		{`[]`, `the header: byte 8 is not {`},
		{`{` + w1 + `,` + b1, `the header: byte 126: unexpected end of JSON input`},
		{`{` + w1 + `,` + b1 + `}x`,
			`the header: byte 128: invalid character 'x' after top-level value`},
		{`{` + w1 + `,` + b1 + "}\x00",
			`the header: byte 128: invalid character '\x00' after top-level value`},
		{`{` + w1 + `,` + b1 + `,}`, `the header: byte 128: invalid character '}'`},
		{"{\"weight\xff\":{}}", `the header: byte 16 is no UTF-8`},
		{"{\"weight\x01\":{}}",
			`the header: byte 16: invalid character '\x01' in string literal`},
		{`{"weight\ud800":{}}`, `the header: byte 16: half of a surrogate pair`},
		{`{"weight\\\udc00\ud83d":{}}`, `the header: byte 18: half of a surrogate pair`},
		{`{"weight\ud800\ud800":{}}`, `the header: byte 16: half of a surrogate pair`},
		{`{` + w1 + `,` + b1 + `,` + w1 + `}`,
			`the header: byte 128: the key "weight" stands twice in one object`}, // which that version reads
		{`{` + w1 + `,` + b1 + `,"\u0062ias":{}}`, `the header: byte 128: the key "bias" stands twice in one object`},
		{weight(`"dtype":"F64","dtype":"F64","shape":[1,2],"data_offsets":[0,16]`),
			`the header: byte 33: the key "dtype" stands twice in one object`},
		{`{"__metadata__":{},"__metadata__":{},` + w1 + `,` + b1 + `}`,
			`the header: byte 27: the key "__metadata__" stands twice in one object`},
		{`{"__metadata__":{"a":"1","a":"1"},` + w1 + `,` + b1 + `}`,
			`the header: byte 33: the key "a" stands twice in one object`}, // which that version reads
		{`{"__metadata__":{"a":1},` + w1 + `,` + b1 + `}`,
			`__metadata__ is no object of strings: 1, want a string`},
		{`{"__metadata__":{"a":null},` + w1 + `,` + b1 + `}`,
			`__metadata__ is no object of strings: null, want a string`},
		{`{"__metadata__":[],` + w1 + `,` + b1 + `}`,
			`__metadata__ is no object of strings: [] is no JSON object`},
		{`{"__metadata__":"",` + w1 + `,` + b1 + `}`,
			`__metadata__ is no object of strings: "" is no JSON object`},
		{`{"weight":null,` + b1 + `}`, `tensor "weight": null is no JSON object`},
		{`{"weight":["F64",[1,2],[0,16]],` + b1 + `}`,
			`tensor "weight": ["F64",[1,2],[0,16]] is no JSON object`}, // which that version reads
		{weight(`"DType":"F64","shape":[1,2],"data_offsets":[0,16]`), `tensor "weight": there is no dtype`},
		{weight(`"dtype":"F64","Shape":[1,2],"data_offsets":[0,16]`), `tensor "weight": there is no shape`},
		{weight(`"dtype":"F64","shape":[1,2],"data_Offsets":[0,16]`),
			`tensor "weight": there is no data_offsets`},
		{weight(`"dtype":null,"shape":[1,2],"data_offsets":[0,16]`),
			`tensor "weight": dtype: null, want a string`},
		{weight(`"dtype":"F64","shape":null,"data_offsets":[0,16]`),
			`tensor "weight": shape: null, want an array of integers`},
		{weight(`"dtype":"F64","shape":[null,2],"data_offsets":[0,16]`),
			`tensor "weight": shape: [null,2], want an array of integers`},
		{weight(`"dtype":"F64","shape":[1,2],"data_offsets":null`),
			`tensor "weight": data_offsets: null, want an array of integers`},
		{weight(`"dtype":"F64","shape":[1,2],"data_offsets":[null,16]`),
			`tensor "weight": data_offsets: [null,16], want an array of integers`},
		{weight(`"dtype":"F64","shape":[1,2],"data_offsets":[-0,16]`),
			`tensor "weight": data_offsets: [-0,16], want an array of integers`},
		{weight(`"dtype":"F64","shape":[1,2.0],"data_offsets":[0,16]`),
			`tensor "weight": shape: [1,2.0], want an array of integers`},
		{weight(`"dtype":"F64","shape":[1,2e0],"data_offsets":[0,16]`),
			`tensor "weight": shape: [1,2e0], want an array of integers`},
		{weight(`"dtype":"F64","shape":[1,"2"],"data_offsets":[0,16]`),
			`tensor "weight": shape: [1,"2"], want an array of integers`},
		{weight(`"dtype":"F64","shape":[18446744073709551618],"data_offsets":[0,16]`),
			fmt.Sprint(`tensor "weight": shape: [18446744073709551618], want an array of integers of `,
				strconv.IntSize, ` bits`)},
		{weight(`"dtype":"F64","shape":[-1,-2],"data_offsets":[0,16]`),
			`tensor "weight": shape [-1 -2], want no size below 0`},
		{weight(`"dtype":"F64","shape":[1,2],"data_offsets":[0,16,16]`),
			`tensor "weight": 3 data offsets, want 2`},
		{weight(`"dtype":"F64","shape":[1,2],"data_offsets":[]`), `tensor "weight": 0 data offsets, want 2`},
		{weight(`"dtype":"F64","shape":[1,2],"data_offsets":[16,0]`),
			`tensor "weight": data offsets [16 0], want [0, at most 32]`},
		{weight(`"dtype":"F64","shape":[1,2],"data_offsets":[0,24]`),
			`tensor "bias": data offsets [16 32], want [24, at most 32]`},
		{weight(`"dtype":"F64","shape":[1,2],"data_offsets":[0,8]`),
			`tensor "bias": data offsets [16 32], want [8, at most 32]`},
		{weight(`"dtype":"F64","shape":[1,2],"data_offsets":[16,32]`),
			`tensor "weight": data offsets [16 32], want [0, at most 32]`},
		{`{` + w1 + `,` + b1 + `,"x":{"dtype":"F64","shape":[0],"data_offsets":[8,8]}}`,
			`tensor "x": data offsets [8 8], want [16, at most 32]`},
	} {
		refused(t, file(c.header, 32), c.want)
	}
}

// refused checks the error of Load, which names the file, and of ReadText.
func refused(t *testing.T, data []byte, want string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "x.safetensors")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	m := layer.NewLinear[float64](1, 2, kernels.ActIdentity)
	m.W.Value[0] = 7
	want = "model: loading " + path + ": " + want
	if err := model.LoadWeights[float64](path, m); err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("%q: got %v\nwant %s", data, err, want)
	}
	if m.W.Value[0] != 7 {
		t.Errorf("%q: the model changed", data)
	}
	if text, err := model.ReadText(path); text != nil || err == nil ||
		!strings.HasPrefix(err.Error(), want) {
		t.Errorf("%q: ReadText returned %v, %v\nwant %s", data, text, err, want)
	}
}

// TestDeclaredSizes: a shape allocates nothing by itself, and one whose bytes are not there is
// refused, for tensors of any type.
func TestDeclaredSizes(t *testing.T) {
	const (
		half = math.MaxInt/2 + 1
		many = 1 << (5 * strconv.IntSize / 8) // 2^40 where an int has 64 bits
	)
	for _, c := range []struct{ entry, want string }{
		{fmt.Sprintf(`"dtype":"F64","shape":[%d,4],"data_offsets":[0,32]`, half),
			fmt.Sprintf(`tensor "a" has shape [%d 4], whose elements do not fit in memory`, half)},
		{fmt.Sprintf(`"dtype":"F64","shape":[%d],"data_offsets":[0,32]`, half),
			fmt.Sprintf(`tensor "a" has shape [%d], whose elements do not fit in memory`, half)},
		{fmt.Sprintf(`"dtype":"F64","shape":[%d],"data_offsets":[0,32]`, many),
			fmt.Sprintf(`tensor "a" has 32 bytes, want %d for F64 [%d]`, 8*many, many)},
		{`"dtype":"BF16","shape":[4],"data_offsets":[0,32]`, `tensor "a" has 32 bytes, want 8 for BF16 [4]`},
		{`"dtype":"F4","shape":[65],"data_offsets":[0,32]`, `tensor "a" has 32 bytes, want 33 for F4 [65]`},
		{`"dtype":"F4","shape":[3],"data_offsets":[0,32]`, `tensor "a" has 32 bytes, want 2 for F4 [3]`},
	} {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, file(`{"a":{`+c.entry+`}}`, 32), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := model.ReadText(path); err == nil || !strings.Contains(err.Error(), path+": "+c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
		if _, err := model.LoadTensors(path,
			tensors{{Name: "a", Shape: []int{4}, Value: make([]float64, 4)}}); err == nil {
			t.Errorf("%s was loaded", c.entry)
		}
	}
	for _, entry := range []string{
		`"dtype":"BF16","shape":[16],"data_offsets":[0,32]`,
		`"dtype":"I64","shape":[2,2],"data_offsets":[0,32]`,
		`"dtype":"F4","shape":[64],"data_offsets":[0,32]`,
		`"dtype":"of tomorrow","shape":[3],"data_offsets":[0,32]`,
	} {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, file(`{"__metadata__":{"a":"b"},"a":{`+entry+`}}`, 32),
			0o600); err != nil {
			t.Fatal(err)
		}
		if text, err := model.ReadText(path); err != nil || text["a"] != "b" {
			t.Errorf("%s: %v, %v", entry, text, err)
		}
	}
}

// TestHeaderLimit: 100,000,000 bytes of header are read and written, and no more.
func TestHeaderLimit(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	m := layer.NewSequential[float64]()
	header := "{}" + strings.Repeat(" ", 100_000_000-2)
	if err := decode[float64](file(header, 0), m); err != nil {
		t.Error(err)
	}
	if err := decode[float64](file(header+" ", 0), m); err == nil ||
		err.Error() != "the header has 100000001 bytes, want at most 100000000" {
		t.Errorf("got %v", err)
	}
	path := filepath.Join(t.TempDir(), "x")
	const empty = `{"__metadata__":{"format":"ashlar","k":""}}`
	value := strings.Repeat("x", 100_000_000-len(empty))
	if err := model.SaveTensors[float32](path, nil, map[string]string{"k": value}); err != nil {
		t.Error(err)
	}
	if text, err := model.ReadText(path); err != nil || text["k"] != value {
		t.Errorf("another text of %d bytes, %v", len(text["k"]), err)
	}
	if err := model.SaveTensors[float32](path, nil, map[string]string{"k": value + "x"}); err == nil ||
		!strings.Contains(err.Error(), "the header would have 100000008 bytes, want at most 100000000") {
		t.Errorf("got %v", err)
	}
}

// TestLoadOutOfRange: a number that float32 rounds to infinity is an error. A number that it
// rounds to 0, and an infinity, are not.
func TestLoadOutOfRange(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	save := func(v ...float64) {
		if err := model.SaveTensors(path, tensors{{Name: "a", Shape: []int{len(v)}, Value: v}},
			nil); err != nil {
			t.Fatal(err)
		}
	}
	got := []float32{7, 8, 9}
	to := []model.Tensor[float32]{{Name: "a", Shape: []int{3}, Value: got}}
	save(1, 2, 1e39)
	if _, err := model.LoadTensors(path, to); err == nil || !strings.Contains(err.Error(),
		path+`: tensor "a" at byte 104: element 2 is 1e+39, want a number that float32 can hold`) {
		t.Errorf("got %v", err)
	}
	if !slices.Equal(got, []float32{7, 8, 9}) {
		t.Errorf("an error left %v", got)
	}
	save(math.Inf(-1), 1e-60, math.MaxFloat32)
	if _, err := model.LoadTensors(path, to); err != nil || !slices.Equal(got,
		[]float32{float32(math.Inf(-1)), 0, math.MaxFloat32}) {
		t.Errorf("got %v, %v", got, err)
	}
}

// TestLoadBadTensors asks for tensors that no file can have, or that this one does not have.
func TestLoadBadTensors(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := model.SaveTensors(path, tensors{one("a")}, nil); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		want    string
		tensors tensors
	}{
		{`two tensors of the model are called "a"`, tensors{one("a"), one("a")}},
		{`tensor "a" has shape [1], which is not that of its 2 values`,
			tensors{{Name: "a", Shape: []int{1}, Value: make([]float64, 2)}}},
		{`tensor "a" has shape [1], want [-1]`,
			tensors{{Name: "a", Shape: []int{-1}, Value: make([]float64, 1)}}},
		{`tensor "__metadata__" [1] is missing`, tensors{one("a"), one("__metadata__")}},
		{`tensor "a" [1] is not in the model`, nil},
	} {
		if _, err := model.LoadTensors(path, c.tensors); err == nil ||
			!strings.Contains(err.Error(), path+": "+c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
}
