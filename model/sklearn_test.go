package model_test

import (
	"bytes"
	"cmp"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/model"
)

// sklearnDir has models of scikit-learn and what they predict. The program
// bench/peers/fixtures/sklearn_mlp.py writes them, make interop to a directory of its own.
var sklearnDir = cmp.Or(os.Getenv("ASHLAR_SKLEARN"), "testdata/sklearn")

// TestLoadSklearn: models of scikit-learn predict what they predicted there.
func TestLoadSklearn(t *testing.T) {
	f, err := model.Open(filepath.Join(sklearnDir, "outputs.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var specs map[string]struct {
		File, Activation, Output string
		Classes, Predicted       []string
	}
	if err := json.Unmarshal([]byte(f.Text()["specs"]), &specs); err != nil || len(specs) != 11 {
		t.Fatalf("%d models, %v", len(specs), err)
	}
	outputs := map[string]model.Output{"values": model.OutputValues, "logits": model.OutputLogits,
		"binary_logit": model.OutputBinaryLogit}
	x := values[float64](t, f, "x")
	for name, s := range specs {
		m, err := model.LoadSklearn[float64](filepath.Join(sklearnDir, s.File),
			model.Sklearn{Activation: s.Activation, Output: outputs[s.Output], Classes: s.Classes})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want := values[float64](t, f, name)
		for i := range len(x) / 4 {
			p, err := m.Predict(x[4*i:][:4])
			got := append(p.Probabilities, p.Values...)
			if err != nil || len(want) != len(x)/4*len(got) {
				t.Fatalf("%s: %d outputs, %v", name, len(got), err)
			}
			for j, w := range want[i*len(got):][:len(got)] {
				if !(math.Abs(got[j]-w) <= 1e-12*max(1, math.Abs(w))) {
					t.Fatalf("%s: row %d: output %d is %v, want %v", name, i, j, got[j], w)
				}
			}
			if s.Predicted != nil && p.Class != s.Predicted[i] {
				t.Errorf("%s: row %d is %s, want %s", name, i, p.Class, s.Predicted[i])
			}
		}
	}
}

// TestSklearnErrors: arrays that do not make a model are an error that names the file and the array.
func TestSklearnErrors(t *testing.T) {
	array := func(dims ...int) *data.Array[float64] {
		n := 1
		for _, d := range dims {
			n *= d
		}
		return &data.Array[float64]{Dims: dims, Data: make([]float64, n)}
	}
	huge := &data.Array[float64]{Dims: []int{1, 1}, Data: []float64{1e39}}
	type set = map[string]data.AnyArray
	layers := func(dims ...[]int) set {
		f := set{}
		for i, d := range dims {
			name := []string{"coefs_0", "intercepts_0", "coefs_1", "intercepts_1"}[i]
			f[name] = array(d...)
		}
		return f
	}
	relu := model.Sklearn{Activation: "relu", Output: model.OutputValues}
	for _, c := range []struct {
		arrays set
		o      model.Sklearn
		want   string
	}{
		{layers([]int{2, 3}, []int{3}, []int{3, 1}, []int{1}), relu, ""},
		{set{"mean": array(1)}, relu,
			"the arrays are mean, want coefs_0, intercepts_0, coefs_1, ..., or coef_"},
		{layers([]int{2, 3}), relu, "the arrays are coefs_0, want one of intercepts for each"},
		{layers([]int{2, 3}, []int{3}, []int{3, 1}, []int{1}), model.Sklearn{Output: model.OutputValues},
			`Sklearn.Activation is "", want "identity", "logistic", "tanh" or "relu"`},
		{layers([]int{2, 3}, []int{3}), model.Sklearn{Output: model.OutputValues}, ""},
		{layers([]int{2, 3}, []int{3}), model.Sklearn{}, "Sklearn.Output is not set"},
		{layers([]int{2, 3}, []int{2}), relu, "array intercepts_0 has shape [2], want [3]"},
		{layers([]int{6}, []int{3}), relu, "array coefs_0 has shape [6], want in x out"},
		{layers([]int{0, 3}, []int{3}), relu, "array coefs_0 has shape [0 3], want in x out"},
		{layers([]int{2, 3}, []int{3}, []int{4, 1}, []int{1}), relu, "layer 1: "},
		{layers([]int{2, 3}, []int{3}), model.Sklearn{Output: model.OutputBinaryLogit},
			"want 1 for binary_logit"},
		{layers([]int{2, 1}, []int{1}), model.Sklearn{Output: model.OutputLogits},
			"the net has 1 output, want at least 2 for logits: one alone is binary_logit"},
		{layers([]int{2, 3}, []int{3}), model.Sklearn{Output: model.OutputLogits, Classes: []string{"a"}},
			"1 classes have names, want 3"},
		{set{"coef_": array(3), "intercept_": array()}, relu, ""},
		{set{"coef_": array(2, 3), "intercept_": array(2)}, relu, ""},
		{set{"coef_": array(2, 3), "intercept_": array(3)}, relu,
			"array intercept_ has shape [3], want [2] or a single number"},
		{set{"coef_": array(2, 3, 1), "intercept_": array(2)}, relu,
			"array coef_ has shape [2 3 1], want out x in"},
		{set{"coef_": array(2, 3), "coefs_0": array(2)}, relu, "or coef_ and intercept_"},
		{set{"coef_": array(2, 3), "b": array(2)}, relu, `array "intercept_": is not in the archive`},
		{set{"coefs_0": huge, "intercepts_0": array(1)}, relu,
			"array coefs_0: element 0 is 1e+39, want a number that float32 can hold"},
	} {
		path := filepath.Join(t.TempDir(), "x.npz")
		if err := data.WriteNPZFile(path, c.arrays); err != nil {
			t.Fatal(err)
		}
		_, err := model.LoadSklearn[float32](path, c.o)
		if c.want == "" {
			if err != nil {
				t.Error(err)
			}
		} else if err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(),
			c.want) {
			t.Errorf("got %v, want %s", err, c.want)
		}
	}
	for _, damaged := range [][]byte{nil, []byte("PK\x03\x04"), bytes.Repeat([]byte("PK\x03\x04"), 50),
		file("{}", 0)} {
		path := filepath.Join(t.TempDir(), "x")
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := model.LoadSklearn[float32](path, relu); err == nil || !strings.Contains(err.Error(),
			path) {
			t.Errorf("%q: got %v", damaged, err)
		}
	}
	if _, err := model.LoadSklearn[float32](filepath.Join(t.TempDir(), "none"), relu); err == nil {
		t.Error("a file that is not there was loaded")
	}
}
