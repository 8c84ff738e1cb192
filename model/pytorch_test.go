package model_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/model"
)

// stateDicts names a directory: for make interop. TestSavePyTorch leaves its files there, for
// statedict.py check, and the fixtures are those of a file there.
const stateDicts = "ASHLAR_STATE_DICTS"

// pytorchFile has state_dicts that PyTorch wrote, with outputs that it computed. The program
// bench/peers/fixtures/statedict.py makes it.
var pytorchFile = filepath.Join(cmp.Or(os.Getenv(stateDicts), "testdata"), "pytorch.safetensors")

// torchNet says which network a fixture has.
type torchNet struct {
	DType  string
	In     int
	Layers []torchLayer
	Named  bool
}

type torchLayer struct {
	Kind, Act, Module  string
	In, Out, N, Slopes int
	Bias               bool
	Body, Skip         []torchLayer
}

var torchActs = map[string]kernels.Activation{
	"identity": kernels.ActIdentity, "sigmoid": kernels.ActSigmoid, "tanh": kernels.ActTanh,
	"relu": kernels.ActReLU, "leaky_relu": kernels.ActLeakyReLU(0.01),
	"leaky_relu 0.2": kernels.ActLeakyReLU(0.2), "elu": kernels.ActELU(1), "elu 0.5": kernels.ActELU(0.5),
	"selu": kernels.ActSELU, "gelu": kernels.ActGELU, "gelu_tanh": kernels.ActGELUTanh,
	"silu": kernels.ActSiLU, "softplus": kernels.ActSoftplus, "hard_sigmoid": kernels.ActHardSigmoid,
	"hard_tanh": kernels.ActHardTanh, "hard_swish": kernels.ActHardSwish,
}

func torchSequence[T kernels.Float](list []torchLayer) *layer.Sequential[T] {
	parts := make([]layer.Layer[T], len(list))
	for i, s := range list {
		parts[i] = torchPart[T](s)
	}
	return layer.NewSequential(parts...)
}

func torchPart[T kernels.Float](s torchLayer) layer.Layer[T] {
	switch s.Kind {
	case "linear":
		l := layer.NewLinear[T](s.In, s.Out, torchActs[s.Act])
		if !s.Bias {
			l.NoBias()
		}
		return l
	case "activation":
		return layer.NewActivation[T](torchActs[s.Act])
	case "batchnorm":
		return layer.NewBatchNorm[T](s.N)
	case "layernorm":
		return layer.NewLayerNorm[T](s.N)
	case "rmsnorm":
		return layer.NewRMSNorm[T](s.N)
	case "prelu":
		return layer.NewPReLU[T](s.Slopes)
	case "softmax":
		return layer.Softmax[T]{}
	case "dropout":
		return layer.NewDropout[T](0.5)
	case "sequential":
		return torchSequence[T](s.Body)
	case "residual":
		if len(s.Skip) == 0 {
			return layer.NewResidual[T](torchSequence[T](s.Body), nil)
		}
		return layer.NewResidual[T](torchSequence[T](s.Body), torchSequence[T](s.Skip))
	}
	panic("no layer is called " + s.Kind)
}

// options returns how the network's tensors are called in its fixture.
func (n *torchNet) options(i int) model.PyTorch {
	o := model.PyTorch{Prefix: fmt.Sprintf("%d.", i)}
	if n.Named {
		o.Modules = []string{}
		for _, s := range n.Layers {
			if s.Module != "" {
				o.Modules = append(o.Modules, s.Module)
			}
		}
	}
	return o
}

// torchNets returns the fixtures and the file that they are in.
func torchNets(t *testing.T) ([]torchNet, *model.File) {
	t.Helper()
	f, err := model.Open(pytorchFile)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	var nets []torchNet
	if err := json.Unmarshal([]byte(f.Text()["specs"]), &nets); err != nil {
		t.Fatal(err)
	}
	if len(nets) != 20 {
		t.Fatalf("%d fixtures, want 20", len(nets))
	}
	return nets, f
}

func infer[T kernels.Float](m layer.Layer[T], x []T, rows int) []T {
	y := layer.NewWorkspace(m).Forward(mat.Of(rows, len(x)/rows, x), false)
	return y.Clone().Data
}

// values reads a tensor that must be there.
func values[E model.Element](t *testing.T, f *model.File, name string) []E {
	t.Helper()
	v, err := model.Values[E](f, name)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestLoadPyTorch: networks that PyTorch saved compute what they computed there.
func TestLoadPyTorch(t *testing.T) {
	nets, f := torchNets(t)
	for i := range nets {
		if nets[i].DType == "F64" {
			testLoadPyTorch[float64](t, f, &nets[i], i, 1e-12)
		} else {
			testLoadPyTorch[float32](t, f, &nets[i], i, 1e-5)
		}
	}
}

func testLoadPyTorch[T float32 | float64](t *testing.T, f *model.File, n *torchNet, i int,
	tolerance float64) {
	net := torchSequence[T](n.Layers)
	if err := model.LoadPyTorch(pytorchFile, net, n.options(i)); err != nil {
		t.Errorf("network %d: %v", i, err)
		return
	}
	x, want := values[T](t, f, fmt.Sprintf("x.%d", i)), values[T](t, f, fmt.Sprintf("y.%d", i))
	got := infer(net, x, len(x)/n.In)
	if len(got) != len(want) {
		t.Fatalf("network %d: %d outputs, want %d", i, len(got), len(want))
	}
	for j, w := range want {
		if !(math.Abs(float64(got[j]-w)) <= tolerance*max(1, math.Abs(float64(w)))) {
			t.Errorf("network %d, output %d: %v, want %v", i, j, got[j], w)
		}
	}
}

// TestSavePyTorch: what was loaded from PyTorch's file and saved again has the names, shapes,
// types and values of PyTorch's file. load_state_dict looks at nothing else.
func TestSavePyTorch(t *testing.T) {
	dir := os.Getenv(stateDicts)
	nets, f := torchNets(t)
	var outputs []model.Tensor[float64]
	for i := range nets {
		path, prefix := filepath.Join(t.TempDir(), "x"), ""
		if dir != "" {
			path = filepath.Join(dir, fmt.Sprintf("%d.safetensors", i))
		}
		if i%2 == 1 {
			prefix = "net."
		}
		if nets[i].DType == "F64" {
			outputs = append(outputs, testSavePyTorch[float64](t, f, &nets[i], i, path, prefix)...)
		} else {
			outputs = append(outputs, testSavePyTorch[float32](t, f, &nets[i], i, path, prefix)...)
		}
	}
	if dir != "" {
		if err := model.SaveTensors(filepath.Join(dir, "outputs.safetensors"), outputs, nil); err != nil {
			t.Error(err)
		}
	}
}

// testSavePyTorch returns inputs and outputs of a network that it saves at path.
func testSavePyTorch[T float32 | float64](t *testing.T, f *model.File, n *torchNet, i int,
	path, prefix string) []model.Tensor[float64] {
	net, o := torchSequence[T](n.Layers), n.options(i)
	if err := model.LoadPyTorch(pytorchFile, net, o); err != nil {
		t.Fatal(err)
	}
	as := o
	as.Prefix = prefix
	if err := model.SavePyTorch(path, net, as); err != nil {
		t.Fatal(err)
	}
	written, err := model.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer written.Close()
	count := 0
	for _, want := range f.Tensors() {
		if name, ok := strings.CutPrefix(want.Name, o.Prefix); ok {
			count++
			sameTensor(t, written, as.Prefix+name, f, want)
		}
	}
	if got := len(written.Tensors()); got != count {
		t.Errorf("network %d: %d tensors, want %d", i, got, count)
	}
	if text := written.Text(); text["format"] != "pt" || text["layout"] != "out x in" {
		t.Errorf("network %d: metadata %v", i, text)
	}
	x := values[T](t, f, fmt.Sprintf("x.%d", i))
	rows := len(x) / n.In
	return []model.Tensor[float64]{doubles("x", i, rows, x), doubles("y", i, rows, infer(net, x, rows))}
}

// doubles returns a matrix as a tensor of float64.
func doubles[T kernels.Float](name string, i, rows int, x []T) model.Tensor[float64] {
	v := make([]float64, len(x))
	for j := range x {
		v[j] = float64(x[j])
	}
	shape := []int{rows, len(x) / rows}
	return model.Tensor[float64]{Name: fmt.Sprintf("%s.%d", name, i), Shape: shape, Value: v}
}

// sameTensor compares a tensor that was written with PyTorch's. Those of half precision were
// widened to float32.
func sameTensor(t *testing.T, written *model.File, name string, f *model.File, want model.Info) {
	t.Helper()
	got, ok := written.Tensor(name)
	dtype := want.DType
	if dtype == "F16" || dtype == "BF16" {
		dtype = "F32"
	}
	if !ok || got.DType != dtype || !slices.Equal(got.Shape, want.Shape) {
		t.Errorf("%s: wrote %+v, want %+v", name, got, want)
		return
	}
	if dtype == "I64" {
		a, b := values[int64](t, written, name), values[int64](t, f, want.Name)
		if !slices.Equal(a, b) || b[0] != 5 {
			t.Errorf("%s: wrote %v, want %v, which is 5", name, a, b)
		}
	} else if a, b := values[float64](t, written, name), values[float64](t, f, want.Name); !slices.Equal(a, b) {
		t.Errorf("%s: wrote %v, want %v", name, a, b)
	}
}

// TestSquareLayers: two square layers fit in either layout. Load never takes PyTorch's for ours,
// LoadPyTorch never takes ours for PyTorch's, and the error for a file that does not say its
// layout has both choices.
func TestSquareLayers(t *testing.T) {
	square := func() *layer.Sequential[float32] {
		return layer.NewSequential[float32](layer.NewLinear[float32](4, 4, kernels.ActIdentity),
			layer.NewLinear[float32](4, 4, kernels.ActIdentity))
	}
	net := square()
	layer.Initialize(net, 1)
	dir := t.TempDir()
	ours, pytorch, bare := filepath.Join(dir, "ours"), filepath.Join(dir, "pytorch"), filepath.Join(dir, "bare")
	var list []model.Tensor[float32]
	for _, p := range net.Params() {
		list = append(list, model.Tensor[float32]{Name: p.Name, Shape: p.Shape, Value: p.Value})
	}
	hf, odd := filepath.Join(dir, "hf"), filepath.Join(dir, "odd")
	for _, err := range []error{model.SaveWeights(ours, net), model.SavePyTorch(pytorch, net, model.PyTorch{}),
		model.SaveTensors(bare, list, nil), model.SaveTensors(hf, list, map[string]string{"format": "pt"}),
		model.SaveTensors(odd, list, map[string]string{"layout": "blocked"})} {
		if err != nil {
			t.Fatal(err)
		}
	}
	load := map[string]func(path string, m layer.Layer[float32]) error{
		"LoadWeights": model.LoadWeights[float32], "LoadWeightsInOut": model.LoadWeightsInOut[float32],
		"LoadPyTorch": func(path string, m layer.Layer[float32]) error {
			return model.LoadPyTorch(path, m, model.PyTorch{})
		},
		"LoadPyTorchPart": func(path string, m layer.Layer[float32]) error {
			_, _, err := model.LoadPyTorchPart(path, m, model.PyTorch{})
			return err
		},
	}
	const isOurs = "weights are in x out: load it with LoadWeights"
	const isTorch = "weights are out x in, as PyTorch's are: load it with LoadPyTorch"
	const unknown = "load it with LoadPyTorch if they are out x in, as PyTorch's are, " +
		"or with LoadWeightsInOut if they are in x out"
	const strange = `its layout is "blocked", want "in x out" or "out x in"`
	for _, c := range []struct{ name, path, want string }{
		{"LoadWeights", ours, ""}, {"LoadWeights", pytorch, isTorch}, {"LoadWeights", hf, isTorch},
		{"LoadWeights", bare, unknown},
		{"LoadWeights", odd, strange},
		{"LoadWeightsInOut", ours, ""}, {"LoadWeightsInOut", pytorch, isTorch}, {"LoadWeightsInOut", hf, isTorch},
		{"LoadWeightsInOut", bare, ""}, {"LoadWeightsInOut", odd, strange},
		{"LoadPyTorch", ours, isOurs}, {"LoadPyTorch", pytorch, ""}, {"LoadPyTorch", odd, strange},
		{"LoadPyTorchPart", ours, isOurs}, {"LoadPyTorchPart", pytorch, ""},
	} {
		other := square()
		err := load[c.name](c.path, other)
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.path) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s(%s): %v, want %s", c.name, filepath.Base(c.path), err, c.want)
			}
			if w := other.Params()[0].Value; slices.Max(w) != 0 {
				t.Errorf("%s(%s) changed the model", c.name, filepath.Base(c.path))
			}
			continue
		}
		for i, p := range other.Params() {
			if err != nil || !slices.Equal(p.Value, net.Params()[i].Value) {
				t.Errorf("%s(%s): %v, or another %v", c.name, filepath.Base(c.path), err, p)
			}
		}
	}
}

// TestPyTorchOfNoLayer: a layer that no constructor made panics with a text that says so.
func TestPyTorchOfNoLayer(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, file(`{}`, 0), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, net := range []layer.Layer[float32]{(*layer.Linear[float32])(nil), &layer.Linear[float32]{},
		(*layer.LayerNorm[float32])(nil), &layer.BatchNorm[float32]{}} {
		for name, call := range map[string]func(string, layer.Layer[float32], model.PyTorch) error{
			"Load": model.LoadPyTorch[float32], "Save": model.SavePyTorch[float32]} {
			text := func() (text string) {
				defer func() { text = fmt.Sprint(recover()) }()
				return fmt.Sprint(call(path, net, model.PyTorch{}))
			}()
			if !strings.Contains(text, ".Params: ") || !strings.Contains(text, "makes ") {
				t.Errorf("%sPyTorch of %#v: %s", name, net, text)
			}
		}
	}
}

// TestPyTorchErrors: what does not fit is an error and leaves the model as it was.
func TestPyTorchErrors(t *testing.T) {
	const (
		w = `"weight":{"dtype":"F32","shape":[2,3],"data_offsets":[0,24]}`
		b = `,"bias":{"dtype":"F32","shape":[2],"data_offsets":[24,32]}`
	)
	norm := `"weight":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"bias":{"dtype":"F32","shape":[1],` +
		`"data_offsets":[4,8]},"running_mean":{"dtype":"F32","shape":[1],"data_offsets":[8,12]},` +
		`"running_var":{"dtype":"F32","shape":[1],"data_offsets":[12,16]}`
	negative := append(
		file(`{`+norm+`,"num_batches_tracked":{"dtype":"I64","shape":[],"data_offsets":[16,24]}}`, 16),
		le(int64(-1))...)
	linear := layer.NewLinear[float32](3, 2, kernels.ActIdentity)
	batchNorm := layer.NewBatchNorm[float32](1)
	relu := layer.NewLinear[float32](3, 2, kernels.ActReLU)
	for _, c := range []struct {
		net  layer.Layer[float32]
		o    model.PyTorch
		data []byte
		want string
	}{
		{linear, model.PyTorch{}, file(`{`+w+b+`}`, 32), ""},
		{linear, model.PyTorch{}, file(`{`+w+`}`, 24),
			`there is no tensor "bias": the file has 1, such as "weight"`},
		{linear, model.PyTorch{}, file(`{}`, 0), `there is no tensor "weight": the file has none`},
		{relu, model.PyTorch{}, file(`{`+w+b+`}`, 32), `there is no tensor "0.weight"`},
		{linear, model.PyTorch{Prefix: "fc."}, file(`{`+w+b+`}`, 32), `there is no tensor "fc.weight"`},
		{linear, model.PyTorch{}, file(`{`+w+b+`,"more":{"dtype":"F32","shape":[0],"data_offsets":[32,32]}}`, 32),
			`tensor "more" [0] is not in the model`},
		{layer.NewLinear[float32](2, 3, kernels.ActIdentity).NoBias(), model.PyTorch{}, file(`{`+w+`}`, 24),
			`tensor "weight" has shape [2 3], want [3 2], out x in; a file of weights in x out needs LoadWeightsInOut`},
		{layer.NewLinear[float32](6, 1, kernels.ActIdentity).NoBias(), model.PyTorch{}, file(`{`+w+`}`, 24),
			`tensor "weight" has shape [2 3], want [1 6]`},
		{linear, model.PyTorch{}, file(strings.Replace(`{`+w+b+`}`, "F32", "I32", 1), 32),
			`tensor "weight" has dtype "I32", want F64, F32, F16 or BF16`},
		{linear, model.PyTorch{}, file(strings.Replace(`{`+w+b+`}`, "F32", "F16", 1), 32),
			`tensor "weight" has 24 bytes, want 12 for F16 [2 3]`},
		{batchNorm, model.PyTorch{}, file(`{`+norm+`}`, 16), ""}, // of before PyTorch 0.4.1
		{batchNorm, model.PyTorch{}, negative, `tensor "num_batches_tracked" is -1, want a count of batches`},
		{linear, model.PyTorch{Modules: []string{"a"}}, file(`{`+w+b+`}`, 32), `PyTorch.Modules names the parts`},
		{layer.NewSequential[float32](linear), model.PyTorch{Modules: []string{}}, file(`{}`, 0),
			`PyTorch.Modules has 0 names, want 1, one for each part with parameters`},
		{layer.NewSequential[float32](linear, batchNorm), model.PyTorch{Modules: []string{"a", "a"}},
			file(`{}`, 0),
			`two tensors of the model are called "a.weight"`},
		{unknownLayer{linear}, model.PyTorch{}, file(`{}`, 0),
			`the layer "" is a model_test.unknownLayer, whose tensors in PyTorch are unknown`},
	} {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, p := range c.net.Params() {
			p.Value[0] = 7
		}
		err := model.LoadPyTorch(path, c.net, c.o)
		want := float32(0)
		if c.want != "" {
			want = 7
			if err == nil || !strings.Contains(err.Error(), path+": "+c.want) {
				t.Errorf("got %v, want %s", err, c.want)
			}
		} else if err != nil {
			t.Error(err)
		}
		for _, p := range c.net.Params() {
			if p.Value[0] != want {
				t.Errorf("%s: %v begins with %v, want %v", c.want, p, p.Value[0], want)
			}
		}
	}
	before := filepath.Join(t.TempDir(), "x")
	if err := model.SavePyTorch[float32](before, unknownLayer{linear}, model.PyTorch{}); err == nil {
		t.Error("an unknown layer was saved")
	}
	if _, err := os.Stat(before); err == nil {
		t.Error("an error left a file")
	}
}

// unknownLayer is a layer with parameters that is not of package layer.
type unknownLayer struct{ *layer.Linear[float32] }

// TestLoadPyTorchPart fills a new head's body and names what did not fit.
func TestLoadPyTorchPart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	from := layer.NewSequential[float64](layer.NewLinear[float64](2, 2, kernels.ActTanh),
		layer.NewBatchNorm[float64](2), layer.NewPReLU[float64](1))
	layer.Initialize(from, 1)
	from.Parts()[1].(*layer.BatchNorm[float64]).Batches = 9
	if err := model.SavePyTorch(path, from, model.PyTorch{Prefix: "net."}); err != nil {
		t.Fatal(err)
	}
	norm := layer.NewBatchNorm[float64](2)
	to := layer.NewSequential[float64](layer.NewLinear[float64](2, 2, kernels.ActTanh), norm,
		layer.NewLinear[float64](2, 3, kernels.ActIdentity))
	missing, unused, err := model.LoadPyTorchPart(path, to, model.PyTorch{Prefix: "net."})
	if err == nil || !strings.Contains(err.Error(), `tensor "net.3.weight" has shape [1], want [3 2]`) {
		t.Errorf("a tensor of another shape: %v, %v, %v", missing, unused, err)
	}
	if norm.Batches != 0 {
		t.Error("an error changed the model")
	}
	to = layer.NewSequential[float64](layer.NewLinear[float64](2, 2, kernels.ActTanh), norm,
		layer.NewActivation[float64](kernels.ActIdentity), layer.NewLinear[float64](2, 3, kernels.ActIdentity))
	missing, unused, err = model.LoadPyTorchPart(path, to, model.PyTorch{Prefix: "net."})
	if err != nil || !slices.Equal(missing, []string{"net.4.weight", "net.4.bias"}) ||
		!slices.Equal(unused, []string{"net.3.weight"}) {
		t.Errorf("missing %v, unused %v, %v", missing, unused, err)
	}
	if w, want := to.Params()[0].Value, from.Params()[0].Value; !slices.Equal(w, want) || norm.Batches != 9 {
		t.Errorf("weight %v, want %v; %d batches, want 9", w, want, norm.Batches)
	}
	if _, _, err := model.LoadPyTorchPart(path, to, model.PyTorch{}); err == nil ||
		!strings.Contains(err.Error(), `there is no tensor "0.weight": the file has 8, such as "net.0.weight"`) {
		t.Errorf("a wrong prefix: %v", err)
	}
}
