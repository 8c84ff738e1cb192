package exchange

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/internal/tiertest"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
)

// folderVariable is the environment variable with this machine's folder. Those beside it are the folders
// of other machines.
const folderVariable = "ASHLAR_EXCHANGE"

// bitsName is the file with the bits of what the other files hold, in digits, which no order of bytes
// can change: what every tensor of every file has on the machine that wrote it.
const bitsName = "bits.json"

func TestMain(m *testing.M) { tiertest.Main(m) }

// TestWrite writes this machine's files into its folder, for TestRead of all machines.
func TestWrite(t *testing.T) {
	own := os.Getenv(folderVariable)
	if own == "" {
		own = filepath.Join(t.TempDir(), "own")
	}
	if err := os.MkdirAll(own, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, own)
	read(t, own, own)
}

// TestRead reads the files of all machines. It needs those that TestWrite left there.
func TestRead(t *testing.T) {
	own := os.Getenv(folderVariable)
	if own == "" {
		t.Skipf("%s names no folder of several machines; tools/machines makes one", folderVariable)
	}
	machines, err := os.ReadDir(filepath.Dir(own))
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range machines {
		t.Run(m.Name(), func(t *testing.T) { read(t, filepath.Join(filepath.Dir(own), m.Name()), own) })
	}
}

// hard are numbers whose bytes all differ, and the special ones.
func hard[T kernels.Float]() []T {
	v := []T{0, T(math.Copysign(0, -1)), 1, -1.5, T(math.Pi), -T(math.E), T(math.Inf(1)), T(math.Inf(-1)),
		T(math.MaxFloat32), math.SmallestNonzeroFloat32, 0x1.234567p-20, -0x1.89abcdp+33}
	return append(v, T(0x1.123456789abcdp-3))
}

// sameBytes are the files whose bytes are the same on every machine: no arithmetic decides them.
var sameBytes = []string{"f32.npy", "f64.npy", "all.npz", "f32.safetensors", "f64.safetensors",
	"model.safetensors"}

// fixed writes the files of sameBytes.
func fixed(t *testing.T, dir string) {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	singles, doubles := hard[float32](), hard[float64]()
	ints := []int64{0, -1, 0x0102030405060708, math.MinInt64, math.MaxInt64}
	must(data.WriteNPYFile(filepath.Join(dir, "f32.npy"), &data.Array[float32]{Dims: []int{len(singles)},
		Data: singles}))
	must(data.WriteNPYFile(filepath.Join(dir, "f64.npy"), &data.Array[float64]{Dims: []int{1, len(doubles)},
		Data: doubles}))
	must(data.WriteNPZFile(filepath.Join(dir, "all.npz"), map[string]data.AnyArray{
		"singles": &data.Array[float32]{Dims: []int{len(singles)}, Data: singles},
		"longs":   &data.Array[int64]{Dims: []int{len(ints)}, Data: ints},
		"shorts":  &data.Array[uint16]{Dims: []int{3}, Data: []uint16{0x0102, 0, math.MaxUint16}},
	}))
	must(model.SaveTensors(filepath.Join(dir, "f32.safetensors"), []model.Tensor[float32]{
		{Name: "hard", Shape: []int{len(singles)}, Value: singles}}, map[string]string{"note": "größer"}))
	must(model.SaveTensors(filepath.Join(dir, "f64.safetensors"), []model.Tensor[float64]{
		{Name: "hard", Shape: []int{len(doubles)}, Value: doubles}}, nil))
	net := network()
	must(model.Save(filepath.Join(dir, "model.safetensors"), &model.Model[float32]{Net: net, In: 3,
		Output: model.OutputLogits, Classes: []string{"a", "b"}}))
}

// network has weights that follow from integers, which no formula rounds differently elsewhere.
func network() *layer.Sequential[float32] {
	net := layer.NewSequential[float32](layer.NewLinear[float32](3, 4, kernels.ActReLU),
		layer.NewLinear[float32](4, 2, kernels.ActIdentity))
	for k, p := range net.Params() {
		for i := range p.Value {
			p.Value[i] = float32((i*7+k*3)%11-5) / 8
		}
	}
	return net
}

// trainer has a checkpoint of two epochs; its numbers may differ in the last bit from machine to machine.
func trainer(path string, net *layer.Sequential[float32]) (*train.Trainer[float32], *data.Set[float32]) {
	set := &data.Set[float32]{X: []float32{-1, 0, 1, 2, 1, 0, -0.5, 1, 3, 0, 1, -2}, Y: []int{0, 1, 0, 1},
		Rows: 4, Features: 3, Classes: 2}
	return &train.Trainer[float32]{Model: net, Loss: grad.SoftmaxCrossEntropy[float32]{},
		Optimizer: optim.NewAdam[float32](), Rate: optim.Constant(0.1), Epochs: 2, Batch: 2, Seed: 1,
		Checkpoint: &train.Checkpoint{Path: path, Resume: true}}, set
}

const checkpointName = "checkpoint.safetensors"

// write writes all files and their bits.
func write(t *testing.T, dir string) {
	t.Helper()
	fixed(t, dir)
	path := filepath.Join(dir, checkpointName)
	os.Remove(path) // of an earlier run, from which this one would go on
	tr, set := trainer(path, network())
	if _, err := tr.Run(context.Background(), set); err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(bitsOf(t, dir))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, bitsName), text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// bitsOf reads the files and returns the bits of their numbers, by file and tensor.
func bitsOf(t *testing.T, dir string) map[string][]string {
	t.Helper()
	all := map[string][]string{}
	for _, name := range append(slices.Clone(sameBytes), checkpointName) {
		path := filepath.Join(dir, name)
		switch name {
		case "f32.npy":
			all[name] = array[float32](t)(data.ReadNPYFile[float32](path))
		case "f64.npy":
			all[name] = array[float64](t)(data.ReadNPYFile[float64](path))
		case "all.npz":
			all[name+" singles"] = array[float32](t)(data.ReadNPZFile[float32](path, "singles"))
			all[name+" longs"] = array[int64](t)(data.ReadNPZFile[int64](path, "longs"))
			all[name+" shorts"] = array[uint16](t)(data.ReadNPZFile[uint16](path, "shorts"))
		default:
			tensors(t, path, name, all)
		}
	}
	return all
}

// tensors adds the bits of the tensors of a safetensors file.
func tensors(t *testing.T, path, name string, all map[string][]string) {
	t.Helper()
	f, err := model.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, info := range f.Tensors() {
		key := name + " " + info.Name
		if v, err := model.Values[float64](f, info.Name); err != nil {
			t.Fatal(err)
		} else {
			all[key] = digits(v)
		}
	}
}

// array returns a function of the results of a reader of arrays.
func array[T data.Number](t *testing.T) func(*data.Array[T], error) []string {
	return func(a *data.Array[T], err error) []string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return digits(a.Data)
	}
}

// digits writes the numbers so that each bit of them shows.
func digits[T data.Number](v []T) []string {
	list := make([]string, len(v))
	for i, x := range v {
		switch x := any(x).(type) {
		case float32:
			list[i] = fmt.Sprintf("%08x", math.Float32bits(x))
		case float64:
			list[i] = fmt.Sprintf("%016x", math.Float64bits(x))
		default:
			list[i] = fmt.Sprint(x)
		}
	}
	return list
}

// read reads the files of a machine: they hold the bits that they have there, and those whose bytes no
// arithmetic decides are what this machine wrote into folder own.
func read(t *testing.T, dir, own string) {
	text, err := os.ReadFile(filepath.Join(dir, bitsName))
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{}
	if err := json.Unmarshal(text, &want); err != nil {
		t.Fatal(err)
	}
	for _, name := range sameBytes {
		theirs, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if ours, err := os.ReadFile(filepath.Join(own, name)); err != nil {
			t.Fatal(err)
		} else if !bytes.Equal(theirs, ours) {
			t.Errorf("%s: %s are not the bytes that %s writes", dir, name, runtime.GOARCH)
		}
	}
	got := bitsOf(t, dir)
	for _, key := range slices.Sorted(maps.Keys(got)) {
		if !slices.Equal(got[key], want[key]) {
			t.Errorf("%s: %s has the bits %v here, and %v where it was written", dir, key, got[key],
				want[key])
		}
	}
	if len(got) != len(want) || len(got) < 20 {
		t.Errorf("%s: %d tensors here, %d where they were written", dir, len(got), len(want))
	}
	if v, err := data.ReadNPYFile[float64](filepath.Join(dir, "f64.npy")); err != nil ||
		!slices.Equal(digits(v.Data), digits(hard[float64]())) {
		t.Errorf("%s: f64.npy has other numbers: %v", dir, err)
	}
	resumes(t, filepath.Join(dir, checkpointName), want)
	predicts(t, filepath.Join(dir, "model.safetensors"))
}

// resumes goes on from a checkpoint of a run that is through: the weights become its.
func resumes(t *testing.T, path string, want map[string][]string) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(t.TempDir(), checkpointName) // of this machine: a run writes it again
	if err := os.WriteFile(own, text, 0o644); err != nil {
		t.Fatal(err)
	}
	net := network()
	tr, set := trainer(own, net)
	history, err := tr.Run(context.Background(), set)
	if err != nil {
		t.Fatal(err)
	}
	if len(history) != 2 {
		t.Errorf("%s: a history of %d epochs, want 2", path, len(history))
	}
	for _, p := range net.Params() {
		wide := make([]float64, len(p.Value))
		for i, v := range p.Value {
			wide[i] = float64(v)
		}
		if key := checkpointName + " " + p.Name; !slices.Equal(digits(wide), want[key]) {
			t.Errorf("%s: a run goes on with other weights %s", path, p.Name)
		}
	}
}

// predicts loads a whole model and compares its output with that of the net that was saved. All numbers are
// small multiples of 1/8: sums of their products are exact in any order.
func predicts(t *testing.T, path string) {
	t.Helper()
	m, err := model.Load[float32](path)
	if err != nil {
		t.Fatal(err)
	}
	x := []float32{1, -2, 3}
	got, err := m.Predict(x)
	if err != nil {
		t.Fatal(err)
	}
	outputs := func(net layer.Layer[float32]) []float32 {
		t.Helper()
		p, err := layer.NewPredictor(net, 3)
		if err != nil {
			t.Fatal(err)
		}
		y, err := p.TryPredictRows([][]float32{x})
		if err != nil {
			t.Fatal(err)
		}
		return y[0]
	}
	here, there := outputs(network()), outputs(m.Net)
	if !slices.Equal(here, there) || got.Class != []string{"a", "b"}[got.Index] {
		t.Errorf("%s predicts %v and class %q, the net that was saved %v", path, there, got.Class, here)
	}
}
