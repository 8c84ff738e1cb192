package model_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/ashlar-go/ashlar/internal/fuzztest"
	"github.com/ashlar-go/ashlar/model"
)

// written puts bytes into a file of a fuzz target.
func written(t testing.TB, path string, content []byte) {
	t.Helper()
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
}

// FuzzPyTorch: no state_dict makes loading panic. What is refused leaves the model as it was, and what
// is loaded comes back with the same bits after it was saved.
func FuzzPyTorch(f *testing.F) {
	path := filepath.Join(f.TempDir(), "state.safetensors")
	for _, o := range []model.PyTorch{{}, {Prefix: "encoder."}} {
		if err := model.SavePyTorch(path, network[float32](1), o); err != nil {
			f.Fatal(err)
		}
		good, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(good, o.Prefix, false)
		f.Add(good, o.Prefix, true)
	}
	f.Add(file(`{"0.weight":{"dtype":"F16","shape":[4,3],"data_offsets":[0,24]}}`, 24), "", true)
	fuzztest.Run(f, func(t *testing.T, content []byte, prefix string, part bool) {
		written(t, path, content)
		m, o := network[float64](2), model.PyTorch{Prefix: prefix}
		before := encode(t, m)
		var err error
		if part {
			_, _, err = model.LoadPyTorchPart(path, m, o)
		} else {
			err = model.LoadPyTorch(path, m, o)
		}
		if err != nil {
			if !bytes.Equal(before, encode(t, m)) {
				t.Fatalf("%v: the model has changed", err)
			}
			return
		}
		if err := model.SavePyTorch(path, m, o); err != nil {
			return // a prefix that no file can have
		}
		again := network[float64](3)
		if err := model.LoadPyTorch(path, again, o); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(encode(t, m), encode(t, again)) {
			t.Fatal("saved and loaded values differ")
		}
	})
}

// FuzzSklearn: no file of arrays, npz or safetensors, makes loading panic, and a model that is loaded
// predicts.
func FuzzSklearn(f *testing.F) {
	for _, name := range []string{"relu.npz", "linear.npz", "binary.npz", "logistic.safetensors",
		"multinomial.safetensors"} {
		content, err := os.ReadFile(filepath.Join("testdata", "sklearn", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content, "relu", uint8(model.OutputLogits), name == "linear.npz")
		f.Add(content, "logistic", uint8(model.OutputValues), true)
	}
	dir := f.TempDir()
	fuzztest.Run(f, func(t *testing.T, content []byte, act string, output uint8, npz bool) {
		path := filepath.Join(dir, map[bool]string{true: "m.npz", false: "m.safetensors"}[npz])
		written(t, path, content)
		m, err := model.LoadSklearn[float32](path,
			model.Sklearn{Activation: act, Output: model.Output(output)})
		if (m == nil) == (err == nil) {
			t.Fatalf("got %v, %v", m, err)
		}
		if err != nil || m.In > 1<<12 {
			return
		}
		p, err := m.Predict(make([]float32, m.In)) // an error where the parameters are not finite
		if outputs := len(p.Probabilities) + len(p.Values); (outputs == 0) == (err == nil) {
			t.Fatalf("predicted %v, %v", p, err)
		}
	})
}

// FuzzText reads what a model's file says of itself beside the tensors.
func FuzzText(f *testing.F) {
	f.Add(file(`{"__metadata__":{"a":"b","c":""}}`, 0))
	f.Add(file(`{"__metadata__":{"a":1}}`, 0))
	f.Add(encode(f, network[float32](1)))
	path := filepath.Join(f.TempDir(), "text.safetensors")
	fuzztest.Run(f, func(t *testing.T, content []byte) {
		written(t, path, content)
		text, err := model.ReadText(path)
		if err != nil {
			if text != nil {
				t.Fatalf("got %v beside %v", text, err)
			}
			return
		}
		list := []model.Tensor[float32]{{Name: "x", Shape: []int{1}, Value: []float32{1}}}
		if err := model.SaveTensors(path, list, text); err != nil {
			t.Fatal(err)
		}
		again, err := model.ReadText(path)
		if err != nil {
			t.Fatalf("%v: %v", text, err)
		}
		for k, v := range text { // writing says which program wrote the file, and may add to the text
			if k != "format" && again[k] != v {
				t.Fatalf("%q became %q", v, again[k])
			}
		}
	})
}
