package onnx

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
)

// odd is a layer that no file knows.
type odd struct{ layer.Softmax[float64] }

func (odd) Out(in int) (int, error) { return in, nil }

// TestExportErrors: what cannot be written is an error, and the file stays as it was.
func TestExportErrors(t *testing.T) {
	linear := layer.NewLinear[float64](2, 2, kernels.ActIdentity)
	big := layer.NewLinear[float64](2, 2, kernels.ActIdentity)
	big.W.Value[3] = 1e300
	inside := layer.NewSequential[float64](layer.NewResidual[float64](layer.NewSequential[float64](odd{}),
		nil))
	for _, c := range []struct {
		m    *model.Model[float64]
		want string
	}{
		{&model.Model[float64]{}, "the model has no Net"},
		{&model.Model[float64]{Net: linear, In: 3, Output: model.OutputValues}, "does not take"},
		{&model.Model[float64]{Net: odd{}, In: 2, Output: model.OutputValues},
			"layer net: onnx.odd has no counterpart in ONNX"},
		{&model.Model[float64]{Net: inside, In: 2, Output: model.OutputValues},
			"layer 0.body.0: onnx.odd has no counterpart in ONNX"},
		{&model.Model[float64]{Net: big, In: 2, Output: model.OutputValues},
			"layer net: weight: element 3 is 1e+300, which is too large for float32"},
		{&model.Model[float64]{Net: linear, In: 2, Output: model.OutputValues,
			Text: map[string]string{"ashlar.x": ""}}, `has the key "ashlar.x"`},
	} {
		var b bytes.Buffer
		if err := Export(&b, c.m); err == nil || !strings.Contains(err.Error(), c.want) || b.Len() > 0 {
			t.Errorf("%v with %d bytes, want %q", err, b.Len(), c.want)
		}
		path := filepath.Join(t.TempDir(), "net.onnx")
		if err := os.WriteFile(path, []byte("before"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := ExportFile(path, c.m); err == nil || !strings.HasPrefix(err.Error(),
			"onnx: writing "+path+": ") {
			t.Errorf("%v, want the path", err)
		}
		if now, err := os.ReadFile(path); err != nil || string(now) != "before" {
			t.Errorf("the file is now %q, %v", now, err)
		}
	}
}

// TestExportFile: the file keeps its mode, and nothing is beside it.
func TestExportFile(t *testing.T) {
	dir := t.TempDir()
	m := &model.Model[float32]{Net: layer.NewLinear[float32](2, 2, kernels.ActReLU), In: 2,
		Output: model.OutputValues}
	for range 2 {
		if err := ExportFile(filepath.Join(dir, "net.onnx"), m); err != nil {
			t.Fatal(err)
		}
	}
	if list, err := os.ReadDir(dir); err != nil || len(list) != 1 {
		t.Errorf("%v, %v", list, err)
	}
	if err := ExportFile(filepath.Join(dir, "none", "net.onnx"), m); err == nil {
		t.Error("no error without the folder")
	}
}
