package layer_test

import (
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

type shapeError = *kernels.ShapeError

// refusal calls f and returns the ShapeError that it panics with, nil if it returns.
func refusal(t *testing.T, f func()) (e shapeError) {
	t.Helper()
	defer func() {
		r := recover()
		if err, ok := r.(error); r != nil && (!ok || !errors.As(err, &e)) {
			t.Errorf("panics with %v, want a ShapeError", r)
		}
	}()
	f()
	return nil
}

// TestUnmadeLayers: a layer that no constructor made panics with a text that names the constructor,
// in whichever method is called first.
func TestUnmadeLayers(t *testing.T) {
	type T = float64
	for want, layers := range map[string][]layer.Layer[T]{
		"NewLinear":     {(*layer.Linear[T])(nil), &layer.Linear[T]{}},
		"NewBatchNorm":  {(*layer.BatchNorm[T])(nil), &layer.BatchNorm[T]{}},
		"NewLayerNorm":  {(*layer.LayerNorm[T])(nil), &layer.LayerNorm[T]{}},
		"NewRMSNorm":    {(*layer.RMSNorm[T])(nil), &layer.RMSNorm[T]{}},
		"NewPReLU":      {(*layer.PReLU[T])(nil), &layer.PReLU[T]{}},
		"NewActivation": {(*layer.Activation[T])(nil)},
		"NewDropout":    {(*layer.Dropout[T])(nil)},
		"NewSequential": {(*layer.Sequential[T])(nil)},
		"NewResidual":   {(*layer.Residual[T])(nil), &layer.Residual[T]{}},
	} {
		for _, l := range layers {
			for name, f := range map[string]func(){
				"Out":      func() { l.Out(3) },
				"Params":   func() { l.Params() },
				"Forward":  func() { l.Forward(nil, mat.New[T](2, 3)) },
				"Backward": func() { l.Backward(nil, mat.New[T](2, 3)) },
			} {
				e := refusal(t, f)
				if e == nil || !strings.Contains(e.Msg, want) || !strings.HasSuffix(e.Op, "."+name) {
					t.Errorf("%T, %s: %v, want the name %s", l, name, e, want)
				}
			}
		}
	}
}

// TestMissingArguments: what is nil or does not fit is named by the error.
func TestMissingArguments(t *testing.T) {
	linear := func() *layer.Linear[float64] { return layer.NewLinear[float64](3, 2, kernels.ActTanh) }
	x, wide := mat.New[float64](2, 3), mat.Dense[float64]{Rows: 5, Cols: 3, Stride: 3, Data: make([]float64, 6)}
	norm := layer.NewLayerNorm[float64](3)
	norm.Eps = math.NaN()
	below := layer.NewRMSNorm[float64](3)
	below.Eps = -1
	predictor, err := layer.NewPredictor[float64](linear(), 3)
	if err != nil {
		t.Fatal(err)
	}
	torn := linear()
	torn.W.Value = torn.W.Value[:2]
	for arg, calls := range map[string][]func(){
		"model": {func() { layer.NewWorkspace[float64](nil) }, func() { layer.Initialize[float64](nil, 1) }},
		"f": {func() { layer.NewResidual[float64](nil, nil) },
			func() { layer.NewWorkspace[float64](linear()).Visit(nil) }},
		"layers": {func() { layer.NewSequential[float64](linear(), nil) }},
		"p": {func() { layer.HeNormal[float64](nil, 1, 1) }, func() { layer.Zeros[float64](nil, 1, 1) },
			func() { layer.Orthogonal[float64](1)(nil, 1, 1) }},
		"m": {func() { linear().Forward(nil, x) }, func() { linear().Backward(&layer.Memo[float64]{}, x) }},
		"Eps": {func() { layer.NewWorkspace[float64](norm).Forward(x, true) },
			func() { layer.NewWorkspace[float64](below).Forward(x, false) }},
		"x": {func() { predictor.Predict(mat.New[float64](5, 2), wide) }},
		"y": {func() {
			predictor.Predict(mat.Dense[float64]{Rows: 2, Cols: 2, Stride: 2, Data: make([]float64, 3)}, x)
		}},
		"W": {func() { layer.NewWorkspace[float64](torn) }},
	} {
		for i, f := range calls {
			if e := refusal(t, f); e == nil || e.Arg != arg {
				t.Errorf("call %d for %s: %v", i, arg, e)
			}
		}
	}
	if _, err := layer.NewPredictor[float64](nil, 3); err == nil {
		t.Error("NewPredictor takes no model")
	}
}

// TestRefusedSequenceKeepsNames: NewSequential renames nothing if it refuses the layers.
func TestRefusedSequenceKeepsNames(t *testing.T) {
	l := layer.NewLinear[float64](2, 2, kernels.ActTanh)
	if e := refusal(t, func() { layer.NewSequential[float64](l, l) }); e == nil {
		t.Error("a layer is there twice")
	}
	if l.W.Name != "weight" {
		t.Errorf("the weight is called %q now", l.W.Name)
	}
}

// part is a container that hands its parts what a test gives it.
type part struct {
	layer.Layer[float64]
	memo *layer.Memo[float64]
}

func (p *part) Parts() []layer.Layer[float64] { return []layer.Layer[float64]{p.Layer} }
func (p *part) Forward(m *layer.Memo[float64], x mat.Dense[float64]) mat.Dense[float64] {
	p.memo = m.Part(0)
	return p.memo.Forward(x)
}

// TestMemoOfContainers: a container that passes on what does not fit gets an error.
func TestMemoOfContainers(t *testing.T) {
	p := &part{Layer: layer.NewLinear[float64](3, 2, kernels.ActTanh)}
	layer.NewWorkspace[float64](p).Forward(mat.New[float64](4, 3), true)
	gaps := mat.New[float64](4, 5).Sub(0, 4, 0, 2)
	for arg, f := range map[string]func(){
		"x":  func() { p.memo.Forward(mat.Dense[float64]{Rows: -1, Cols: 3, Stride: 3}) },
		"dy": func() { p.memo.Backward(mat.New[float64](3, 2)) },
		"i":  func() { p.memo.Part(0) },
	} {
		if e := refusal(t, f); e == nil || e.Arg != arg {
			t.Errorf("%s: %v", arg, e)
		}
	}
	if e := refusal(t, func() { p.memo.Backward(gaps) }); e == nil || e.Arg != "dy" {
		t.Errorf("dy with gaps: %v", e)
	}
}
