package model_test

import (
	"archive/zip"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
)

// sklearnArrays are those of an MLP with 2 inputs, 2 hidden units and so many outputs.
func sklearnArrays(out int) map[string]*data.Array[float64] {
	last := &data.Array[float64]{Dims: []int{2, out}, Data: []float64{1, -2, 0.5, 3}[:2*out]}
	return map[string]*data.Array[float64]{
		"coefs_0":      {Dims: []int{2, 2}, Data: []float64{1, -1, 2, 0.5}},
		"intercepts_0": {Dims: []int{2}, Data: []float64{0.25, -0.5}},
		"coefs_1":      last,
		"intercepts_1": {Dims: []int{out}, Data: make([]float64, out)},
	}
}

// sklearnFormats write the arrays in each format that LoadSklearn takes.
var sklearnFormats = map[string]func(path string, arrays map[string]*data.Array[float64]) error{
	"npz":        func(path string, a map[string]*data.Array[float64]) error { return writeNPZ(path, a, zip.Store) },
	"zipped npz": func(path string, a map[string]*data.Array[float64]) error { return writeNPZ(path, a, zip.Deflate) },
	"safetensors": func(path string, arrays map[string]*data.Array[float64]) error {
		var list []model.Tensor[float64]
		for name, a := range arrays {
			list = append(list, model.Tensor[float64]{Name: name, Shape: a.Dims, Value: a.Data})
		}
		return model.SaveTensors(path, list, nil)
	},
}

func writeNPZ(path string, arrays map[string]*data.Array[float64], method uint16) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	z := zip.NewWriter(f)
	for name, a := range arrays {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name + ".npy", Method: method})
		if err != nil {
			return err
		}
		if err := data.WriteNPY(w, a); err != nil {
			return err
		}
	}
	return z.Close()
}

// TestSklearnOptions: every option takes effect in every format.
func TestSklearnOptions(t *testing.T) {
	acts := map[string]func(float64) float64{"identity": func(x float64) float64 { return x }, "tanh": math.Tanh,
		"logistic": func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
		"relu":     func(x float64) float64 { return max(x, 0) }}
	for format, write := range sklearnFormats {
		path := filepath.Join(t.TempDir(), "x")
		two := filepath.Join(t.TempDir(), "x")
		if err := write(path, sklearnArrays(1)); err != nil {
			t.Fatal(err)
		}
		if err := write(two, sklearnArrays(2)); err != nil {
			t.Fatal(err)
		}
		load := func(path string, o model.Sklearn) model.Prediction {
			t.Helper()
			m, err := model.LoadSklearn[float64](path, o)
			if err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			p, err := m.Predict([]float64{1, 0.5})
			if err != nil {
				t.Fatalf("%s: %v", format, err)
			}
			return p
		}
		for name, f := range acts {
			want := f(2.25) - 2*f(-1.25) // of hidden units 1 + 1 + 0.25 and -1 + 0.25 - 0.5
			got := load(path, model.Sklearn{Activation: name, Output: model.OutputValues}).Values
			if !(math.Abs(got[0]-want) <= 1e-12) {
				t.Errorf("%s: Activation %s gives %v, want %v", format, name, got, want)
			}
		}
		names := []string{"no", "yes"}
		q := load(path, model.Sklearn{Activation: "identity", Output: model.OutputBinaryLogit, Classes: names})
		if p := 1 / (1 + math.Exp(-4.75)); q.Class != "yes" || !(math.Abs(q.Probabilities[1]-p) <= 1e-12) {
			t.Errorf("%s: OutputBinaryLogit gives %+v, want %v", format, q, p)
		}
		q = load(two, model.Sklearn{Activation: "identity", Output: model.OutputLogits, Classes: names})
		// The outputs are 2.25 - 0.5*1.25 and -2*2.25 - 3*1.25.
		if p := 1 / (1 + math.Exp(1.625+8.25)); q.Class != "no" || !(math.Abs(q.Probabilities[1]-p) <= 1e-12) {
			t.Errorf("%s: OutputLogits gives %+v, want %v", format, q, p)
		}
		if p := load(two, model.Sklearn{Activation: "identity", Output: model.OutputLogits}); p.Class != "0" {
			t.Errorf("%s: without Classes the class is %q", format, p.Class)
		}
	}
}

// TestSklearnLimit: Limit bounds what each compressed array inflates to, and nothing else.
func TestSklearnLimit(t *testing.T) {
	for format, write := range sklearnFormats {
		linear := map[string]*data.Array[float64]{"coef_": {Dims: []int{3}, Data: make([]float64, 3)},
			"intercept_": {Data: []float64{1}}}
		for _, arrays := range []map[string]*data.Array[float64]{sklearnArrays(1), linear} {
			path := filepath.Join(t.TempDir(), "x")
			if err := write(path, arrays); err != nil {
				t.Fatal(err)
			}
			for limit, refused := range map[data.Limit]bool{0: false, 1: true, 100: true, 1 << 20: false} {
				o := model.Sklearn{Activation: "tanh", Output: model.OutputValues, Limit: limit}
				_, err := model.LoadSklearn[float64](path, o)
				want := ""
				if refused && format == "zipped npz" {
					want = fmt.Sprintf("inflates to more than %d bytes", limit)
				}
				if (err != nil) != (want != "") || err != nil && (!strings.Contains(err.Error(), want) ||
					!strings.Contains(err.Error(), path)) {
					t.Errorf("%s, Limit %d: %v, want %q", format, limit, err, want)
				}
			}
		}
	}
}

// optionNet is a net of three parts with parameters, two of them a module in PyTorch and one of them two.
func optionNet() (*layer.Sequential[float32], *layer.BatchNorm[float32]) {
	norm := layer.NewBatchNorm[float32](2)
	return layer.NewSequential[float32](layer.NewLinear[float32](3, 2, kernels.ActReLU), norm,
		layer.NewLinear[float32](2, 1, kernels.ActIdentity)), norm
}

// TestPyTorchOptions: files have the names that Prefix and Modules say, and loading takes these alone, whether the
// counters of batches are there or not.
func TestPyTorchOptions(t *testing.T) {
	for _, modules := range [][]string{nil, {"fc1", "bn", "fc2"}} {
		for _, prefix := range []string{"", "encoder.", "module.net."} {
			o := model.PyTorch{Prefix: prefix, Modules: modules}
			from, norm := optionNet()
			layer.Initialize(from, 1)
			norm.Batches = 9
			path, bare := filepath.Join(t.TempDir(), "x"), filepath.Join(t.TempDir(), "x")
			if err := model.SavePyTorch(path, from, o); err != nil {
				t.Fatal(err)
			}
			list := tensorsNamed(t, path, append([]string{"0", "2", "3"}, modules...), o)
			if prefix != "" {
				other := model.Tensor[float32]{Name: "other.weight", Shape: []int{1}, Value: []float32{1}}
				list = append(list, other)
			}
			if err := model.SaveTensors(bare, list, map[string]string{"format": "pt"}); err != nil {
				t.Fatal(err)
			}
			loads(t, path, o, from, 9)
			loads(t, bare, o, from, 4)
		}
	}
}

// loads fails unless both ways to load a file give the parameters of from, and so many batches to a net of 4.
func loads(t *testing.T, path string, o model.PyTorch, from layer.Layer[float32], batches int64) {
	t.Helper()
	whole, wholeNorm := optionNet()
	part, partNorm := optionNet()
	wholeNorm.Batches, partNorm.Batches = 4, 4
	if err := model.LoadPyTorch(path, whole, o); err != nil {
		t.Errorf("%+v: %v", o, err)
	}
	missing, unused, err := model.LoadPyTorchPart(path, part, o)
	if err != nil || len(missing)+len(unused) > 0 {
		t.Errorf("%+v: missing %v, unused %v, %v", o, missing, unused, err)
	}
	if wholeNorm.Batches != batches || partNorm.Batches != batches {
		t.Errorf("%+v: %d and %d batches, want %d", o, wholeNorm.Batches, partNorm.Batches, batches)
	}
	for i, p := range from.Params() {
		a, b := whole.Params()[i], part.Params()[i]
		if !slices.Equal(a.Value, p.Value) || !slices.Equal(b.Value, p.Value) {
			t.Errorf("%+v: %s is %v and %v, want %v", o, p.Name, a.Value, b.Value, p.Value)
		}
	}
}

// tensorsNamed returns the parameters in a state_dict of optionNet. The last three of paths are those of its parts.
func tensorsNamed(t *testing.T, path string, paths []string, o model.PyTorch) (list []model.Tensor[float32]) {
	t.Helper()
	f, err := model.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	want := map[string]bool{}
	for i, module := range paths[len(paths)-3:] {
		names := []string{"weight", "bias"}
		if i == 1 {
			names = append(names, "running_mean", "running_var", "num_batches_tracked")
		}
		for _, name := range names {
			want[o.Prefix+module+"."+name] = true
		}
	}
	for _, info := range f.Tensors() {
		if !want[info.Name] {
			t.Errorf("%+v: there is a tensor %s", o, info.Name)
		}
		delete(want, info.Name)
		if info.DType != "I64" {
			list = append(list, model.Tensor[float32]{Name: info.Name, Shape: info.Shape,
				Value: values[float32](t, f, info.Name)})
		}
	}
	if len(want) > 0 {
		t.Errorf("%+v: without %v", o, want)
	}
	return list
}
