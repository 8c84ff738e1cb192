package command

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/model"
)

// net is a net with a normalisation and dropout, whose running statistics are not the first ones.
func net(bias bool) *layer.Sequential[float64] {
	first := layer.NewLinear[float64](4, 4, kernels.ActIdentity)
	if !bias {
		first.B = nil
	}
	norm := layer.NewBatchNorm[float64](4)
	n := layer.NewSequential[float64](first, norm, layer.NewActivation[float64](kernels.ActTanh),
		layer.NewDropout[float64](0.5), layer.NewLinear[float64](4, 5, kernels.ActTanh),
		layer.NewLayerNorm[float64](5), layer.NewLinear[float64](5, 3, kernels.ActIdentity))
	layer.Initialize(n, 3)
	for i := range 4 {
		norm.RunMean.Value[i], norm.RunVar.Value[i] = float64(i)/4, 1+float64(i)
	}
	return n
}

// outputsOf are the outputs of a net for some rows.
func outputsOf(t *testing.T, l layer.Layer[float64]) []float64 {
	t.Helper()
	p, err := layer.NewPredictor(l, 4)
	must(t, err)
	x, y := mat.New[float64](5, 4), mat.New[float64](5, 3)
	kernels.Uniform(x.Data, -1, 1, 5, 0)
	must(t, p.TryPredict(y, x))
	return y.Data
}

func same(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= 1e-12) {
			t.Fatalf("%s: output %d is %v, want %v", what, i, got[i], want[i])
		}
	}
}

// TestConvertPyTorch makes whole models of state_dicts, of numbers and of names, which predict the same.
func TestConvertPyTorch(t *testing.T) {
	inFolder(t)
	for _, bias := range []bool{true, false} {
		n := net(bias)
		want := outputsOf(t, n)
		must(t, model.SavePyTorch("state.safetensors", n, model.PyTorch{}))
		good(t, "", "convert", "state.safetensors", "m.safetensors", "--activation", "tanh", "--output",
			"logits",
			"--classes", "a,b,c")
		m, err := model.Load[float64]("m.safetensors")
		must(t, err)
		same(t, "numbers", outputsOf(t, m.Net), want)
		if m.In != 4 || m.Output != model.OutputLogits || strings.Join(m.Classes, "") != "abc" {
			t.Errorf("%d inputs, %v, classes %v", m.In, m.Output, m.Classes)
		}
	}
	// The activation stands behind each Linear with its normalisation, so behind the LayerNorm here.
	n := layer.NewSequential[float64](layer.NewLinear[float64](4, 4, kernels.ActIdentity),
		layer.NewBatchNorm[float64](4), layer.NewActivation[float64](kernels.ActReLU),
		layer.NewLinear[float64](4, 3, kernels.ActIdentity))
	layer.Initialize(n, 1)
	names := model.PyTorch{Prefix: "net.", Modules: []string{"fc1", "bn", "out"}}
	must(t, model.SavePyTorch("state.safetensors", n, names))
	good(t, "", "convert", "state.safetensors", "m.safetensors", "--prefix", "net.", "--modules",
		"fc1,bn,out",
		"--output", "values")
	m, err := model.Load[float64]("m.safetensors")
	must(t, err)
	same(t, "names", outputsOf(t, m.Net), outputsOf(t, n))
}

// TestConvertAmbiguous: weights between two modules without tensors leave open which of these is the
// activation. To guess would predict wrong numbers without a word.
func TestConvertAmbiguous(t *testing.T) {
	inFolder(t)
	n := layer.NewSequential[float64](layer.NewLinear[float64](4, 4, kernels.ActIdentity),
		layer.NewActivation[float64](kernels.ActReLU), layer.NewBatchNorm[float64](4),
		layer.NewDropout[float64](0.5), layer.NewLinear[float64](4, 3, kernels.ActIdentity))
	layer.Initialize(n, 1)
	must(t, model.SavePyTorch("state.safetensors", n, model.PyTorch{}))
	command := []string{"convert", "state.safetensors", "m.safetensors", "--output", "values"}
	if r := run(t, "", command...); r.code != wrongUsage || !strings.Contains(r.errs, "modules 1 and 3 have no tensors") {
		t.Fatalf("%d %s", r.code, r.errs)
	}
	for _, at := range []string{"0", "2", "7", "-1", "x"} {
		if r := run(t, "", append(command, "--at", at)...); r.code != wrongUsage || !strings.Contains(r.errs, "--at") {
			t.Errorf("--at %s: %d %s", at, r.code, r.errs)
		}
	}
	r := run(t, "", append(command, "--at", "1")...)
	if r.code != 0 || !strings.Contains(r.out, "relu is assumed for module 1") {
		t.Fatalf("%d %s", r.code, r.errs)
	}
	m, err := model.Load[float64]("m.safetensors")
	must(t, err)
	same(t, "with --at", outputsOf(t, m.Net), outputsOf(t, n))
}

// TestConvertBack writes the state_dict of a model of ashlar, and reads it as one.
func TestConvertBack(t *testing.T) {
	models(t)
	r := run(t, "", "convert", "stones.safetensors", "state.safetensors", "--to", "pytorch", "--json")
	var c struct {
		From, To string
		Model    struct {
			In      int
			Classes []string
		}
	}
	must(t, json.Unmarshal([]byte(r.out), &c))
	if c.From != "ashlar" || c.To != "pytorch" || c.Model.In != 5 || len(c.Model.Classes) != 3 {
		t.Errorf("%+v", c)
	}
	good(t, "", "convert", "state.safetensors", "again.safetensors", "--output", "logits")
	a, err := model.Load[float32]("stones.safetensors")
	must(t, err)
	b, err := model.Load[float32]("again.safetensors")
	must(t, err)
	for i, p := range a.Net.Params() {
		if fmt.Sprint(p.Value) != fmt.Sprint(b.Net.Params()[i].Value) {
			t.Errorf("parameter %d differs", i)
		}
	}
}

// TestConvertONNX: the preparation goes along, there and back.
func TestConvertONNX(t *testing.T) {
	models(t)
	want := good(t, "", "predict", "stones.safetensors", "stones.csv")
	good(t, "", "convert", "stones.safetensors", "stones.onnx")
	good(t, "", "convert", "stones.onnx", "back.safetensors")
	if got := good(t, "", "predict", "back.safetensors", "stones.csv"); got != want {
		t.Errorf("after ONNX and back\n%.200s\nwant\n%.200s", got, want)
	}
}

// TestConvertSklearn reads the arrays of scikit-learn.
func TestConvertSklearn(t *testing.T) {
	inFolder(t)
	array := func(dims []int, list ...float64) *data.Array[float64] {
		return &data.Array[float64]{Dims: dims, Data: list}
	}
	must(t, data.WriteNPZFile("mlp.npz", map[string]data.AnyArray{
		"coefs_0": array([]int{2, 1}, 1, -1), "intercepts_0": array([]int{1}, 0.5),
		"coefs_1": array([]int{1, 1}, 2), "intercepts_1": array([]int{1}, -3)}))
	good(t, "", "convert", "mlp.npz", "mlp.safetensors", "--output", "values")
	if got := good(t, "3,1\n1,9\n", "predict", "mlp.safetensors"); got != "value\n2\n-3\n" {
		t.Errorf("got %q: 2 max(0, x0 - x1 + 0.5) - 3", got)
	}
}

// TestConvertErrors: what weights alone do not say is asked for, and OUT stays as it was.
func TestConvertErrors(t *testing.T) {
	inFolder(t, "stones.csv")
	must(t, model.SavePyTorch("state.safetensors", net(true), model.PyTorch{}))
	must(t, model.SavePyTorch("named.safetensors", layer.NewSequential[float64](
		layer.NewLinear[float64](2, 2, kernels.ActIdentity)), model.PyTorch{Modules: []string{"fc"}}))
	must(t, model.SavePyTorch("prelu.safetensors", layer.NewSequential[float64](
		layer.NewLinear[float64](2, 2, kernels.ActIdentity), layer.NewPReLU[float64](2)), model.PyTorch{}))
	tensors := []model.Tensor[float32]{{Name: "0.weight", Shape: []int{2, 3}, Value: make([]float32, 6)},
		{Name: "1.weight", Shape: []int{1, 5}, Value: make([]float32, 5)}}
	must(t, model.SaveTensors("misfit.safetensors", tensors, map[string]string{"format": "pt"}))
	tensors[1].Name = "99999999.weight"
	must(t, model.SaveTensors("gap.safetensors", tensors, map[string]string{"format": "pt"}))
	put(t, "out.safetensors", "as it was")
	put(t, "broken.onnx", "no protobuf at all")
	put(t, "broken.safetensors", "\x02\x00\x00\x00\x00\x00\x00\x00{}")
	for _, c := range []struct{ args, want string }{
		{"state.safetensors", "say with --output what its outputs are"},
		{"state.safetensors --output logits --classes a,b", "2 classes have names, want 3"},
		{"state.safetensors --output binary_logit", "3 outputs, want 1"},
		{"state.safetensors --output sum", `output is "sum", want one of`},
		{"state.safetensors --output logits --prefix x.", `there is no tensor with the prefix "x."`},
		{"named.safetensors --output values", "give their order with --modules"},
		{"named.safetensors --output values --modules fc2", `there is no module "fc2", but fc`},
		{"prelu.safetensors --output values",
			"module 1 has the tensors weight [2], which are those of no Linear"},
		{"misfit.safetensors --output values", "module 1 takes 5 columns, and the one before it gives 2"},
		{"gap.safetensors --output values", "have no tensors, want at most 4 in a row"},
		{"broken.onnx", "broken.onnx"},
		{"broken.safetensors --output values", "there is no tensor"},
		{"stones.csv", "want safetensors, ONNX or npz"},
	} {
		args := strings.Fields(c.args)
		r := run(t, "", append([]string{"convert", args[0], "out.safetensors"}, args[1:]...)...)
		text := strings.ReplaceAll(r.errs, "\n  ", " ")
		if r.code == ok || !strings.Contains(text, c.want) || r.out != "" {
			t.Errorf("%s: code %d, error %swant %q in it", c.args, r.code, text, c.want)
		}
	}
	if text, _ := os.ReadFile("out.safetensors"); string(text) != "as it was" {
		t.Errorf("out.safetensors is now %.20q", text)
	}
}

// TestConvertInt8: a model in int8, calibrated or not, predicts the classes of the original, and its file is
// smaller.
func TestConvertInt8(t *testing.T) {
	inFolder(t, "stones.csv")
	r := run(t, "", "train", "stones.csv", "--target", "kind", "--out", "m.safetensors", "--hidden", "64,64")
	if r.code != ok {
		t.Fatal(r.errs)
	}
	want := good(t, "", "predict", "m.safetensors", "stones.csv")
	for _, args := range [][]string{nil, {"--calibrate", "stones.csv"}} {
		text := good(t, "", append([]string{"convert", "m.safetensors", "s.safetensors", "--int8"}, args...)...)
		if !strings.Contains(text, "Int8Linear") || strings.Contains(text, "calibrated") != (args != nil) {
			t.Errorf("%v prints\n%s", args, text)
		}
		got := good(t, "", "predict", "s.safetensors", "stones.csv")
		class := func(line string) string { name, _, _ := strings.Cut(line, ","); return name }
		lines, wrong := strings.Split(strings.TrimSpace(want), "\n"), 0
		for i, line := range strings.Split(strings.TrimSpace(got), "\n") {
			if class(line) != class(lines[i]) {
				wrong++
			}
		}
		if wrong*50 > len(lines) {
			t.Errorf("%v: %d of %d rows have another class", args, wrong, len(lines))
		}
		big, err := os.Stat("m.safetensors")
		must(t, err)
		small, err := os.Stat("s.safetensors")
		must(t, err)
		if small.Size()*3/2 > big.Size() {
			t.Errorf("%v: %d bytes, the original has %d", args, small.Size(), big.Size())
		}
	}
	put(t, "one.csv", "a,b,y\n"+strings.Repeat("1,2,0.5\n2,1,1.5\n3,4,2.5\n4,2,3.75\n", 20))
	if r := run(t, "", "train", "one.csv", "--hidden", "0", "--out", "one", "--epochs", "2"); r.code != ok {
		t.Fatal(r.errs)
	}
	for _, c := range [][2]string{
		{"convert one.safetensors o.safetensors --int8", "there is no Linear layer of more than one output"},
		{"convert one.safetensors o.safetensors --int8 --calibrate one.csv", "0 layers in int8"},
		{"convert s.safetensors o.safetensors --int8", "s.safetensors: --int8 changes nothing: the layers"},
		{"predict s.safetensors stones.csv --weights bfloat16", "--weights bfloat16: 3 layers of the model"},
		{"convert m.safetensors s.onnx --int8", "--int8 writes a model of ashlar, not one of onnx"},
		{"convert m.safetensors s.safetensors --calibrate stones.csv", "--calibrate stones.csv is for --int8"},
		{"convert m.safetensors s.safetensors --int8 --calibrate none.csv", "none.csv"},
		{"convert s.safetensors s.onnx", "Int8Linear"},
		{"convert s.safetensors t.safetensors --to pytorch", "has its weights in int8"},
	} {
		r := run(t, "", strings.Fields(c[0])...)
		if r.code == ok || !strings.Contains(strings.ReplaceAll(r.errs, "\n  ", " "), c[1]) {
			t.Errorf("%s: code %d, %s, want %q", c[0], r.code, r.errs, c[1])
		}
		if _, err := os.Stat("o.safetensors"); err == nil {
			t.Errorf("%s: wrote a file", c[0])
		}
	}
	good(t, "", "convert", "s.safetensors", "again.safetensors", "--int8", "--calibrate", "stones.csv")
	if got := good(t, "", "predict", "s.safetensors", "stones.csv", "--weights", "int8"); got == "" {
		t.Error("--weights int8 of a file in int8 predicts nothing")
	}
	for form, warned := range map[string]bool{"full": false, "bfloat16": true, "int8": true} {
		r := run(t, "", "predict", "one.safetensors", "one.csv", "--weights", form)
		if r.code != ok || strings.Contains(r.errs, "--weights "+form+" changes nothing") != warned {
			t.Errorf("--weights %s: code %d, %s", form, r.code, r.errs)
		}
	}
	describesBefore(t)
}

// describesBefore: the metrics in a file in int8 are said to be those before, and in no other.
func describesBefore(t *testing.T) {
	t.Helper()
	for name, before := range map[string]bool{"m.safetensors": false, "s.safetensors": true} {
		text := good(t, "", "describe", name)
		if strings.Contains(text, "\n          measured before the weights became int8\n") != before {
			t.Errorf("%s:\n%s", name, text)
		}
		var d description
		must(t, json.Unmarshal([]byte(good(t, "", "describe", name, "--json")), &d))
		if d.Model.Training.Before != before || len(d.Model.Training.Metrics) == 0 {
			t.Errorf("%s: %+v", name, d.Model.Training)
		}
	}
}
