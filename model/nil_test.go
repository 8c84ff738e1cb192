package model_test

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
)

// TestNilArguments: models, readers, writers and files that are nil are errors.
func TestNilArguments(t *testing.T) {
	path := filepath.Join(t.TempDir(), "w.safetensors")
	net := layer.NewLinear[float32](2, 3, kernels.ActIdentity)
	if err := model.SaveWeights[float32](path, net); err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(t.TempDir(), "state.safetensors")
	if err := model.SavePyTorch[float32](state, net, model.PyTorch{}); err != nil {
		t.Fatal(err)
	}
	_, _, part := model.LoadPyTorchPart[float32](state, nil, model.PyTorch{})
	whole := &model.Model[float32]{Net: net, In: 2, Output: model.OutputLogits}
	for name, err := range map[string]error{
		"SaveWeights":      model.SaveWeights[float32](path+"2", nil),
		"LoadWeights":      model.LoadWeights[float32](path, nil),
		"LoadWeightsInOut": model.LoadWeightsInOut[float32](path, nil),
		"ReadWeights":      model.ReadWeights[float32](nil, 100, net),
		"WriteWeights":     model.WriteWeights[float32](&bytes.Buffer{}, nil),
		"writer":           model.WriteWeights[float32](nil, net),
		"SavePyTorch":      model.SavePyTorch[float32](path+"2", nil, model.PyTorch{}),
		"LoadPyTorch":      model.LoadPyTorch[float32](state, nil, model.PyTorch{}),
		"LoadPyTorchPart":  part,
		"Save":             model.Save[float32](path+"2", nil),
		"Write":            model.Write(nil, whole),
		"Read":             second(model.Read[float32](nil, 100)),
		"NewFile":          second(model.NewFile(nil, 100)),
		"Check":            (*model.Model[float32])(nil).Check(),
	} {
		if err == nil || !strings.Contains(err.Error(), "nil") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := model.Values[float32](nil, "x"); err == nil {
		t.Error("Values takes no file")
	}
}

func second[X any](_ X, err error) error { return err }

// TestNegativeEps: a layer that would divide by the root of a number below 0 is not saved.
func TestNegativeEps(t *testing.T) {
	norm := layer.NewLayerNorm[float32](2)
	norm.Eps = -1
	m := &model.Model[float32]{Net: norm, In: 2, Output: model.OutputLogits}
	if err := model.Write(&bytes.Buffer{}, m); err == nil || !strings.Contains(err.Error(), "Eps") {
		t.Errorf("eps below 0: %v", err)
	}
}

// TestInterpretWithoutNames: a class without a name has its number.
func TestInterpretWithoutNames(t *testing.T) {
	m := &model.Model[float32]{Output: model.OutputLogits, Classes: []string{}}
	if p := m.Interpret([]float32{0, 0, 5}); p.Class != "2" || p.Index != 2 {
		t.Errorf("the prediction is %+v", p)
	}
}
