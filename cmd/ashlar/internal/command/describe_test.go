package command

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/model"
)

// TestDescribeArrays: the format is found by the first bytes, whatever the name is, and shapes are told.
func TestDescribeArrays(t *testing.T) {
	inFolder(t)
	x := &data.Array[float32]{Dims: []int{2, 3}, Data: make([]float32, 6)}
	must(t, data.WriteNPYFile("x.bin", x))
	must(t, data.WriteNPZFile("xy", map[string]data.AnyArray{"x": x, "n": &data.Array[int]{Data: []int{7}}}))
	put(t, "images", "\x00\x00\x0b\x02\x00\x00\x00\x01\x00\x00\x00\x02\x00\x01\x00\x02")
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	fmt.Fprint(z, "a,b\n1,x\n2,x\n")
	z.Close()
	put(t, "table", zipped.String())
	must(t, model.SaveTensors("t", []model.Tensor[float64]{{Name: "w", Shape: []int{1, 2},
		Value: []float64{1, 2}}},
		map[string]string{"made": "by hand"}))
	for _, c := range []struct {
		file string
		want []string
	}{
		{"x.bin", []string{"x.bin: npy, 152 B", "float32, 2 x 3, 6 elements"}},
		{"xy", []string{"xy: npz", "│ x ", " 2 x 3 ", "int64", "a number"}},
		{"images", []string{"images: idx", "int16, 1 x 2, 2 elements"}},
		{"table", []string{"table: a table in csv", "2 rows, 2 columns", "number"}},
		{"t", []string{"t: safetensors", "│ w ", "F64", "1 x 2", "made", "by hand"}},
	} {
		out := good(t, "", "describe", c.file)
		for _, want := range c.want {
			if !strings.Contains(out, want) {
				t.Errorf("%s: no %q in\n%s", c.file, want, out)
			}
		}
	}
	var list []description
	must(t, json.Unmarshal([]byte(good(t, "", "describe", "x.bin", "table", "--json")), &list))
	if len(list) != 2 || list[0].Tensors[0].DType != "float32" || list[1].Rows != 2 ||
		list[1].Columns[1].Name != "b" {
		t.Errorf("%+v", list)
	}
}

// TestDescribeHostile: what a stranger may send is an error that names the file, or is shown harmless.
func TestDescribeHostile(t *testing.T) {
	inFolder(t)
	header := func(text string) string {
		return string(binary.LittleEndian.AppendUint64(nil, uint64(len(text)))) + text
	}
	npy := func(shape string) string {
		h := "{'descr': '<f8', 'fortran_order': False, 'shape': " + shape + ", }\n"
		return "\x93NUMPY\x01\x00" + string(binary.LittleEndian.AppendUint16(nil, uint16(len(h)))) + h
	}
	for name, text := range map[string]string{
		"empty":  "",
		"binary": "\x00\x01\x02\x03\xff", "zip": "PK\x03\x04nothing", "gzip": "\x1f\x8b\x08\x00cut",
		"npy": "\x93NUMPY\x09\x00", "idx": "\x00\x00\x08\x03\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		"ragged": "a,b\n1\n", "quote": "a,b\n\"1,2\n", "onnx.onnx": "\xff\xff\xff",
		"tensors": header(`{"w":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`),
		"long":    "\xff\xff\xff\x7f\x00\x00\x00\x00{", "json": "{\"a\": 1}\n{\"a\":\n", "brace": "{",
	} {
		put(t, name, text)
		r := run(t, "", "describe", name)
		if r.code != failed || !strings.Contains(r.errs, name) || r.out != "" {
			t.Errorf("%s: code %d, output %q, error %s", name, r.code, r.out, r.errs)
		}
	}
	put(t, "huge.npy", npy("(9000000000000000000, 9000000000000000000)"))
	if out := good(t, "", "describe", "huge.npy"); !strings.Contains(out, "too many elements") {
		t.Errorf("a shape beyond any memory: %s", out)
	}
	// Escapes of a terminal in a name, and a name longer than a line.
	evil := "\x1b[31mred\x07" + strings.Repeat("x", 200)
	name, _ := json.Marshal(evil)
	put(t, "evil", header(`{`+string(name)+`:{"dtype":"F32","shape":[1],"data_offsets":[0,4]},`+
		`"__metadata__":{"k\u001b[2J":"v\u001b[2J"}}`)+"\x00\x00\x80\x3f")
	out := good(t, "", "describe", "evil")
	if strings.ContainsAny(out, "\x1b\x07") {
		t.Errorf("control characters reach the terminal: %q", out)
	}
	for line := range strings.SplitSeq(out, "\n") {
		if len([]rune(line)) > 80 {
			t.Errorf("a line of %d columns: %s", len([]rune(line)), line)
		}
	}
	// A whole model that is none: its tensors are told all the same.
	put(t, "half",
		header(`{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"__metadata__":{"model":"{}"}}`)+
			"\x00\x00\x80\x3f")
	r := run(t, "", "describe", "half")
	if r.code != ok || !strings.Contains(r.errs, "as a whole model: ") || !strings.Contains(r.out, "│ w ") {
		t.Errorf("code %d\n%s%s", r.code, r.out, r.errs)
	}
}
