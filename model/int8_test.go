package model_test

import (
	"bytes"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/model"
)

// int8Model has Linears in each place that a layer may have, and rows for calibration.
func int8Model(t *testing.T) (*model.Model[float32], mat.Dense[float32]) {
	t.Helper()
	net := layer.NewSequential[float32](layer.NewLinear[float32](3, 8, kernels.ActIdentity),
		layer.NewBatchNorm[float32](8), layer.NewActivation[float32](kernels.ActLeakyReLU(0.01)),
		layer.NewDropout[float32](0.5),
		layer.NewResidual[float32](
			layer.NewSequential[float32](layer.NewLinear[float32](8, 4, kernels.ActTanh)),
			layer.NewLinear[float32](8, 4, kernels.ActIdentity)),
		layer.NewBatchNorm[float32](4), layer.NewLayerNorm[float32](4),
		layer.NewLinear[float32](4, 2, kernels.ActIdentity))
	layer.Initialize[float32](net, 1)
	x := mat.New[float32](50, 3)
	kernels.Normal(x.Data, 0, 1, 1, 2)
	return &model.Model[float32]{Net: net, In: 3, Output: model.OutputLogits, Classes: []string{"a", "b"},
		Text: map[string]string{"unit": "cm"}, Summary: &model.Summary{Epochs: 1,
			Metrics: map[string]float64{"test_accuracy": 0.5}}}, x
}

// TestInt8Model: a quantised model comes back from a file with the bits of its outputs, calibrated and not,
// and predicts about what the original does.
func TestInt8Model(t *testing.T) {
	m, x := int8Model(t)
	if text := m.String(); strings.Contains(text, "measured before") {
		t.Errorf("the model in float32:\n%s", text)
	}
	for _, rows := range []int{0, x.Rows} {
		small, err := model.Quantize(m, x.RowRange(0, rows))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "x")
		if err := model.Save(path, small); err != nil {
			t.Fatal(err)
		}
		back, err := model.Load[float32](path)
		if err != nil {
			t.Fatal(err)
		}
		if a, b := encodeModel(t, small), encodeModel(t, back); !bytes.Equal(a, b) {
			t.Errorf("%d rows: loaded and saved again, the file differs", rows)
		}
		for i := range x.Rows {
			want, err := m.Predict(x.Row(i))
			if err != nil {
				t.Fatal(err)
			}
			one, err1 := small.Predict(x.Row(i))
			two, err2 := back.Predict(x.Row(i))
			if err1 != nil || err2 != nil || !slices.Equal(one.Probabilities, two.Probabilities) ||
				one.Class != two.Class {
				t.Fatalf("row %d: %+v, %v, loaded %+v, %v", i, one, err1, two, err2)
			}
			if p := one.Probabilities[0]; !(math.Abs(p-want.Probabilities[0]) < 0.05) {
				t.Errorf("%d rows, row %d: probability %v, want about %v", rows, i, p, want.Probabilities[0])
			}
		}
		text := back.String()
		for _, want := range []string{"Int8Linear 3 x 8", "Int8Linear 8 x 4, tanh", "unit = cm",
			"metrics   test_accuracy 0.5\n          measured before the weights became int8\n"} {
			if !strings.Contains(text, want) {
				t.Errorf("the description lacks %q:\n%s", want, text)
			}
		}
		if strings.Contains(text, "calibrated") != (rows > 0) {
			t.Errorf("%d rows:\n%s", rows, text)
		}
		_, err = model.Load[float64](path)
		if err == nil || !strings.Contains(err.Error(), "of float64, want float32") {
			t.Errorf("as float64: %v", err)
		}
	}
}

// TestCopiesKeepFields: each function that makes one model of another keeps every field but for those that it is to
// change. A new field must be kept, or join them.
func TestCopiesKeepFields(t *testing.T) {
	fitted := fit(t, "kind", "city", "rent")
	m := prepared[float32](fitted, 2, model.OutputLogits)
	m.Classes, m.Writer, m.Weights = fitted.Classes(), "v0.0.9", layer.WeightsBFloat16
	m.Text = map[string]string{"unit": "cm"}
	m.Summary = &model.Summary{Epochs: 1, Rows: 2, Seed: 3, Metrics: map[string]float64{"accuracy": 0.5}}
	path := filepath.Join(t.TempDir(), "x")
	if err := model.Save(path, m); err != nil {
		t.Fatal(err)
	}
	file := encodeModel(t, m)
	for _, c := range []struct {
		name    string
		changed []string
		copy    func() (*model.Model[float32], error)
	}{
		// Weights that are in int8 have their form.
		{"Quantize", []string{"Net", "Weights"}, func() (*model.Model[float32], error) {
			return model.Quantize(m, mat.Dense[float32]{})
		}},
		{"Load", []string{"Net", "Weights", "Writer"}, func() (*model.Model[float32], error) {
			return model.Load[float32](path)
		}},
		{"Read", []string{"Net", "Weights", "Writer"}, func() (*model.Model[float32], error) {
			return model.Read[float32](bytes.NewReader(file), int64(len(file)))
		}},
	} {
		got, err := c.copy()
		if err != nil {
			t.Fatal(c.name, err)
		}
		fields := reflect.TypeFor[model.Model[float32]]()
		for i := range fields.NumField() {
			field := fields.Field(i)
			a, b := reflect.ValueOf(got).Elem().Field(i), reflect.ValueOf(m).Elem().Field(i)
			switch {
			case !field.IsExported():
			case b.IsZero():
				t.Errorf("the test leaves %s empty", field.Name)
			case slices.Contains(c.changed, field.Name) == reflect.DeepEqual(a.Interface(), b.Interface()):
				t.Errorf("%s: %s is %v, of %v", c.name, field.Name, a, b)
			}
		}
	}
	for i, s := 0, reflect.ValueOf(*m.Summary); i < s.NumField(); i++ {
		if s.Field(i).IsZero() {
			t.Errorf("the test leaves %s of the summary empty", s.Type().Field(i).Name)
		}
	}
}

// TestInt8Files: files that do not hold what they say are errors that name the tensor.
func TestInt8Files(t *testing.T) {
	m, x := int8Model(t)
	m.Net = layer.NewLinear[float32](3, 2, kernels.ActIdentity)
	layer.Initialize(m.Net, 1)
	small, err := model.Quantize(m, x)
	if err != nil {
		t.Fatal(err)
	}
	good := encodeModel(t, small)
	n := len(good) - (6 + 8 + 8 + 8) // weight, scale, bias, range
	for _, c := range []struct {
		want   string
		change func(b []byte)
	}{
		{"q[0] is -128", func(b []byte) { b[n] = 0x80 }},
		{"want a range of finite numbers", func(b []byte) { copy(b[len(b)-8:], []byte{0, 0, 0xc0, 0x7f}) }},
		{`tensor "weight" has dtype "U8", want I8`, func(b []byte) {
			copy(b[bytes.Index(b, []byte(`"I8"`)):], `"U8"`)
		}},
		{`there is no tensor "scale"`, func(b []byte) {
			copy(b[bytes.Index(b, []byte(`"scale"`)):], `"scala"`)
		}},
		{`there is no tensor "range"`, func(b []byte) {
			copy(b[bytes.Index(b, []byte(`"range"`)):], `"rango"`)
		}},
	} {
		bad := slices.Clone(good)
		c.change(bad)
		if _, err := model.Read[float32](bytes.NewReader(bad), int64(len(bad))); err == nil ||
			!strings.Contains(err.Error(), c.want) {
			t.Errorf("got %v, want %q", err, c.want)
		}
	}
	if _, err := model.Read[float32](bytes.NewReader(good), int64(len(good))); err != nil {
		t.Error(err)
	}
}

// TestInt8HasNoWeightsAlone: what saves parameters alone refuses a net whose weights are none.
func TestInt8HasNoWeightsAlone(t *testing.T) {
	m, x := int8Model(t)
	small, err := model.Quantize(m, x)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "x")
	if err := model.Save(path, small); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"SaveWeights":  model.SaveWeights(filepath.Join(t.TempDir(), "y"), small.Net),
		"WriteWeights": model.WriteWeights(new(bytes.Buffer), small.Net),
		"SavePyTorch":  model.SavePyTorch(filepath.Join(t.TempDir(), "y"), small.Net, model.PyTorch{}),
		"LoadWeights":  model.LoadWeights(path, small.Net),
	} {
		if err == nil || !strings.Contains(err.Error(), `has its weights in int8, which are no parameters`) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := model.LoadWeights(path, m.Net); err == nil {
		t.Error("LoadWeights takes integers for weights")
	}
	wide := &model.Model[float64]{Net: layer.NewLinear[float64](3, 2, kernels.ActIdentity), In: 3,
		Output: model.OutputLogits}
	if _, err := model.Quantize(wide, mat.Dense[float64]{}); err == nil ||
		!strings.Contains(err.Error(), "of float64, want float32") {
		t.Errorf("float64: %v", err)
	}
	m.In = 4
	if _, err := model.Quantize(m, x); err == nil || !strings.Contains(err.Error(), "In = 4") {
		t.Errorf("a model that does not fit: %v", err)
	}
}
