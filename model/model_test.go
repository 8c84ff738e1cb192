package model_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/internal/fuzztest"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/model"
)

// network returns a model with statistics that training has moved.
func network[T kernels.Float](seed uint64) *layer.Sequential[T] {
	m := layer.NewSequential[T](
		layer.NewLinear[T](3, 4, kernels.ActIdentity).NoBias(),
		layer.NewSequential[T](layer.NewBatchNorm[T](4), layer.NewActivation[T](kernels.ActReLU)),
		layer.NewLinear[T](4, 2, kernels.ActIdentity))
	layer.Initialize(m, seed)
	x := mat.New[T](5, 3)
	kernels.Normal(x.Data, 0, 1, seed, 1)
	ws := layer.NewWorkspace(m)
	ws.Backward(ws.Forward(x, true).Clone())
	return m
}

func encode[T kernels.Float](t testing.TB, m layer.Layer[T]) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := model.WriteWeights(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// decode also takes files that do not say their layout.
func decode[T kernels.Float](b []byte, m layer.Layer[T]) error {
	return model.ReadWeightsInOut(bytes.NewReader(b), int64(len(b)), m)
}

// file puts a header before data as the format has it.
func file(header string, data int) []byte {
	b := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(b, header...), make([]byte, data)...)
}

func TestSaveAndLoad(t *testing.T) {
	t.Run("f32", testSaveAndLoad[float32])
	t.Run("f64", testSaveAndLoad[float64])
}

func testSaveAndLoad[T kernels.Float](t *testing.T) {
	path := filepath.Join(t.TempDir(), "net.safetensors")
	m, other := network[T](1), network[T](2)
	m.Params()[0].Value[0] = T(math.Inf(-1))
	m.Params()[0].Value[1] = T(math.Copysign(0, -1))
	for range 2 { // the second time over the first file
		if err := model.SaveWeights(path, m); err != nil {
			t.Fatal(err)
		}
	}
	if err := model.LoadWeights(path, other); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(encode(t, m), encode(t, other)) {
		t.Error("loaded parameters differ")
	}
	names := []string{}
	for _, p := range m.Params() {
		names = append(names, p.String())
	}
	want := []string{"0.weight [3 4]", "1.0.weight [4]", "1.0.bias [4]", "1.0.running_mean [4]",
		"1.0.running_var [4]", "2.weight [4 2]", "2.bias [2]"}
	if !slices.Equal(names, want) {
		t.Errorf("parameters %v", names)
	}
	if left, _ := filepath.Glob(path + ".tmp*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestLoadConverts(t *testing.T) {
	single, double := network[float32](1), network[float64](2)
	if err := decode(encode(t, single), double); err != nil {
		t.Fatal(err)
	}
	for i, p := range single.Params() {
		for j, v := range p.Value {
			if double.Params()[i].Value[j] != float64(v) {
				t.Fatalf("%v[%d] = %v, want %v", p, j, double.Params()[i].Value[j], v)
			}
		}
	}
	if err := decode(encode(t, double), single); err != nil {
		t.Fatal(err)
	}
}

// TestFormat pins the bytes of a small file, written out by hand.
func TestFormat(t *testing.T) {
	l := layer.NewLinear[float32](1, 2, kernels.ActIdentity)
	copy(l.W.Value, []float32{1, -2})
	copy(l.B.Value, []float32{0.5, 0})
	header := `{"__metadata__":{"format":"ashlar","layout":"in x out"},` +
		`"weight":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},` +
		`"bias":{"dtype":"F32","shape":[2],"data_offsets":[8,16]}}`
	for len(header)%8 != 0 {
		header += " "
	}
	want := file(header, 0)
	for _, v := range []uint32{0x3f800000, 0xc0000000, 0x3f000000, 0} {
		want = binary.LittleEndian.AppendUint32(want, v)
	}
	if got := encode(t, l); !bytes.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

// TestReadsPythonsFile loads testdata/python.safetensors, which version 0.8.0 of the
// Python package wrote with
//
//	save_file({"weight": np.array([[1.5, -2], [3.25, 0], [-0.125, 1e-40]], np.float32),
//	           "bias": np.array([0.5, -1e30])}, path, metadata={"made": "..."})
func TestReadsPythonsFile(t *testing.T) {
	l := layer.NewLinear[float32](3, 2, kernels.ActIdentity)
	if err := model.LoadWeightsInOut("testdata/python.safetensors", l); err != nil {
		t.Fatal(err)
	}
	if want := []float32{1.5, -2, 3.25, 0, -0.125, 1e-40}; !slices.Equal(l.W.Value, want) {
		t.Errorf("weight %v, want %v", l.W.Value, want)
	}
	if want := []float32{0.5, -1e30}; !slices.Equal(l.B.Value, want) {
		t.Errorf("bias %v, want %v", l.B.Value, want)
	}
}

func TestBadFiles(t *testing.T) {
	const w = `"weight":{"dtype":"F64","shape":[1,2],"data_offsets":[0,16]}`
	const b = `"bias":{"dtype":"F64","shape":[2],"data_offsets":[16,32]}`
	huge := file("{}", 0)
	binary.LittleEndian.PutUint64(huge, math.MaxUint64)
	for want, data := range map[string][]byte{
		"3 bytes, want at least the 8":                              {1, 2, 3},
		"the header has 18446744073709551615 bytes, want at most 2": huge,
		"the header: byte 8 is not {":                               file("[1]", 0),
		`tensor "bias" [2] is missing`:                              file("{"+w+"}", 16),
		`tensor "more" [0] is not in the model`: file("{"+w+","+b+
			`,"more":{"dtype":"F32","shape":[0],"data_offsets":[32,32]}}`, 32),
		`tensor "bias" has shape [3], want [2]`: file("{"+w+
			`,"bias":{"dtype":"F64","shape":[3],"data_offsets":[16,32]}}`, 32),
		`tensor "bias" has dtype "BF16", want F32 or F64`: file("{"+w+
			`,"bias":{"dtype":"BF16","shape":[2],"data_offsets":[16,20]}}`, 20),
		`tensor "bias" has 12 bytes, want 16 for F64 [2]`: file("{"+w+
			`,"bias":{"dtype":"F64","shape":[2],"data_offsets":[16,28]}}`, 28),
		`tensor "bias": data offsets [8 24], want [16, at most 32]`: file("{"+w+
			`,"bias":{"dtype":"F64","shape":[2],"data_offsets":[8,24]}}`, 32),
		`tensor "bias": data offsets [16 9999], want [16, at most 32]`: file("{"+w+
			`,"bias":{"dtype":"F64","shape":[2],"data_offsets":[16,9999]}}`, 32),
		`tensor "weight": data offsets [-16 0], want [0, at most 0]`: file(
			`{"weight":{"dtype":"F64","shape":[1,2],"data_offsets":[-16,0]}}`, 0),
		`tensor "weight": 1 data offsets, want 2`: file(
			`{"weight":{"dtype":"F64","shape":[1,2],"data_offsets":[0]}}`, 0),
		`the tensors end at byte 32 of the data, which have 33`: file("{"+w+","+b+"}", 33),
		`tensor "weight": shape: ["1"], want an array of integers`: file(
			`{"weight":{"dtype":"F64","shape":["1"],"data_offsets":[0,8]}}`, 8),
	} {
		m := layer.NewLinear[float64](1, 2, kernels.ActIdentity)
		layer.Initialize(m, 1)
		before := encode(t, m)
		if err := decode(data, m); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
		if !bytes.Equal(before, encode(t, m)) {
			t.Errorf("%s: the model changed", want)
		}
	}
}

func TestErrorsNameTheFile(t *testing.T) {
	dir := t.TempDir()
	m := network[float32](1)
	missing := filepath.Join(dir, "none", "net.safetensors")
	if err := model.LoadWeights(missing, m); !errors.Is(err, fs.ErrNotExist) ||
		!strings.Contains(err.Error(), missing) {
		t.Errorf("Load: %v", err)
	}
	if err := model.SaveWeights(missing, m); !errors.Is(err, fs.ErrNotExist) ||
		!strings.Contains(err.Error(), missing) {
		t.Errorf("Save: %v", err)
	}
	short := filepath.Join(dir, "short")
	if err := os.WriteFile(short, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := model.LoadWeights(short, m); err == nil || !strings.Contains(err.Error(), short) {
		t.Errorf("Load: %v", err)
	}
	// A directory cannot be replaced by a file: nothing may be left behind.
	target := filepath.Join(dir, "dir")
	if err := os.MkdirAll(filepath.Join(target, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := model.SaveWeights(target, m); err == nil {
		t.Error("Save replaced a directory")
	}
	if left, _ := filepath.Glob(target + ".tmp*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func TestDuplicateNames(t *testing.T) {
	m := network[float32](1)
	m.Params()[1].Name = "0.weight"
	if err := model.WriteWeights(&bytes.Buffer{}, m); err == nil ||
		!strings.Contains(err.Error(), `two tensors are called "0.weight"`) {
		t.Errorf("got %v", err)
	}
}

// FuzzRead: damaged files never panic and leave the model as it was; what is read
// is written again with the same values.
func FuzzRead(f *testing.F) {
	f.Add(encode(f, network[float32](1)))
	f.Add(encode(f, network[float64](1)))
	f.Add(file(`{"0.weight":{"dtype":"F32","shape":[3,4],"data_offsets":[0,48]}}`, 48))
	f.Add(file(`{}`, 0))
	fuzztest.Run(f, func(t *testing.T, data []byte) {
		m := network[float64](2)
		before := encode(t, m)
		if decode(data, m) != nil {
			if !bytes.Equal(before, encode(t, m)) {
				t.Fatal("an error changed the model")
			}
			return
		}
		again, written := network[float64](3), encode(t, m)
		if err := decode(written, again); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(written, encode(t, again)) {
			t.Fatal("written and read values differ")
		}
	})
}
