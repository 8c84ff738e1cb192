package model_test

import (
	"bytes"
	"fmt"
	"maps"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/model"
)

// TestSaveAndLoadModel: a model comes back with the bits of its parameters and settings.
func TestSaveAndLoadModel(t *testing.T) {
	t.Run("f32", testSaveAndLoadModel[float32])
	t.Run("f64", testSaveAndLoadModel[float64])
}

func testSaveAndLoadModel[T kernels.Float](t *testing.T) {
	net := everyLayer[T]()
	layer.Initialize(net, 1)
	m := &model.Model[T]{Net: net, In: 3, Output: model.OutputLogits, Classes: []string{"<setosa>",
		"versi\ncolor"},
		Summary: &model.Summary{Epochs: 3, Rows: 150, Seed: 1<<64 - 1,
			Metrics: map[string]float64{"accuracy": 0.1 + 0.2,
				"loss": math.NaN(), "low": math.Inf(-1), "high": math.Inf(1)}},
		Text: map[string]string{"unit": "cm", "layout": "mine"}}
	path := filepath.Join(t.TempDir(), "x")
	if err := model.Save(path, m); err != nil {
		t.Fatal(err)
	}
	got, err := model.Load[T](path)
	if err != nil {
		t.Fatal(err)
	}
	if a, b := encodeModel(t, m), encodeModel(t, got); !bytes.Equal(a, b) {
		t.Errorf("loaded and saved again:\n%q\nwant\n%q", b, a)
	}
	if !math.IsNaN(got.Summary.Metrics["loss"]) {
		t.Errorf("a NaN became %v", got.Summary.Metrics)
	}
	m.Summary.Metrics["loss"], got.Summary.Metrics["loss"] = 0, 0
	if got.In != 3 || got.Output != m.Output || !slices.Equal(got.Classes, m.Classes) ||
		!maps.Equal(got.Text, m.Text) ||
		!reflect.DeepEqual(got.Summary, m.Summary) || got.Writer == "" {
		t.Errorf("got %+v\nwant %+v", got, m)
	}
	x := mat.New[T](7, 3)
	kernels.Normal(x.Data, 0, 1, 1, 2)
	if a, b := infer(m.Net, x.Data, 7), infer(got.Net, x.Data, 7); !slices.Equal(a, b) {
		t.Errorf("the loaded net computes %v, want %v", b, a)
	}
	again := everyLayer[T]()
	if err := model.LoadWeights(path, again); err != nil || !slices.Equal(infer(again, x.Data, 7),
		infer(net, x.Data, 7)) {
		t.Errorf("LoadWeights of a whole model: %v, or other outputs", err)
	}
}

func encodeModel[T kernels.Float](t testing.TB, m *model.Model[T]) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := model.Write(&b, m); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// everyLayer has every layer of package layer, nested.
func everyLayer[T kernels.Float]() *layer.Sequential[T] {
	norm := layer.NewBatchNorm[T](4)
	norm.Momentum, norm.Eps, norm.Batches = 0.3, 1e-3, 7
	return layer.NewSequential[T](
		layer.NewLinear[T](3, 4, kernels.ActLeakyReLU(1.0/3)).NoBias(),
		norm,
		layer.NewSequential[T](layer.NewActivation[T](kernels.ActELU(0.7)), layer.NewSequential[T]()),
		layer.NewResidual[T](layer.NewSequential[T](layer.NewPReLU[T](4), layer.NewLinear[T](4, 5,
			kernels.ActGELU)),
			layer.NewLinear[T](4, 5, kernels.ActIdentity).NoBias()),
		layer.NewResidual[T](layer.NewLayerNorm[T](5), nil),
		layer.NewRMSNorm[T](5), layer.NewPReLU[T](1), layer.NewDropout[T](0.1), layer.Softmax[T]{},
		layer.NewLinear[T](5, 2, kernels.ActIdentity))
}

// TestLoadModelConverts: a float64 file becomes a float32 model by rounding to nearest even, and a
// float32 file a float64 model exactly. Settings are the same decimals in both.
func TestLoadModelConverts(t *testing.T) {
	net := everyLayer[float64]()
	layer.Initialize(net, 1)
	wide := &model.Model[float64]{Net: net, In: 3, Output: model.OutputLogits}
	b := encodeModel(t, wide)
	narrow, err := model.Read[float32](bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range net.Params() {
		for j, v := range p.Value {
			if got := narrow.Net.Params()[i].Value[j]; got != float32(v) {
				t.Fatalf("%v[%d] = %v, want %v", p, j, got, float32(v))
			}
		}
	}
	norm := narrow.Net.(*layer.Sequential[float32]).Parts()[1].(*layer.BatchNorm[float32])
	if norm.Eps != 1e-3 || norm.Momentum != 0.3 || norm.Batches != 7 {
		t.Errorf("BatchNorm has eps %v, momentum %v and %d batches", norm.Eps, norm.Momentum, norm.Batches)
	}
	b = encodeModel(t, narrow)
	again, err := model.Read[float64](bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range narrow.Net.Params() {
		for j, v := range p.Value {
			if got := again.Net.Params()[i].Value[j]; got != float64(v) {
				t.Fatalf("%v[%d] = %v, want %v", p, j, got, v)
			}
		}
	}
	if norm := again.Net.(*layer.Sequential[float64]).Parts()[1].(*layer.BatchNorm[float64]); norm.Eps != 1e-3 {
		t.Errorf("eps is %v, want 1e-3", norm.Eps)
	}
}

// TestSavePart: a part of a net, whose parameters have the names of the whole, is a model of its own.
func TestSavePart(t *testing.T) {
	net := everyLayer[float32]()
	layer.Initialize(net, 1)
	m := &model.Model[float32]{Net: net.Parts()[3], In: 4, Output: model.OutputValues}
	b := encodeModel(t, m)
	got, err := model.Read[float32](bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if name := got.Net.Params()[0].Name; name != "body.0.weight" {
		t.Errorf("the first parameter is called %s", name)
	}
	x := []float32{1, -2, 3, -4}
	if a, b := infer(m.Net, x, 1), infer(got.Net, x, 1); !slices.Equal(a, b) {
		t.Errorf("the loaded net computes %v, want %v", b, a)
	}
	if name := net.Params()[5].Name; name != "3.body.0.weight" {
		t.Errorf("Save renamed a parameter to %s", name)
	}
}

// TestModelString: no line is wider than 80 columns, whatever the names, and nothing reaches the
// terminal that is not printable.
func TestModelString(t *testing.T) {
	net := everyLayer[float32]()
	small := &model.Model[float32]{Net: net, In: 3, Output: model.OutputLogits, Classes: []string{"setosa",
		"versi\ncolor"},
		Summary: &model.Summary{Epochs: 3, Rows: 150, Seed: 9,
			Metrics: map[string]float64{"accuracy": 0.96666667, "loss": 0.1}},
		Text: map[string]string{"unit": "cm"}}
	const want = `model     3 inputs, 2 outputs (logits), 105 parameters of float32
layer                                                outputs  parameters
0         Linear 3 x 4, no bias, leaky_relu(0.3333)        4          12
1         BatchNorm                                        4          16
2         Sequential                                       4           0
2.0       Activation elu(0.7)                              4           0
2.1       Sequential                                       4           0
3         Residual                                         5          49
3.body    Sequential                                       5          29
3.body.0  PReLU                                            4           4
3.body.1  Linear 4 x 5, gelu                               5          25
3.skip    Linear 4 x 5, no bias                            5          20
4         Residual                                         5          10
4.body    LayerNorm                                        5          10
5         RMSNorm                                          5           5
6         PReLU                                            5           1
7         Dropout 0.1                                      5           0
8         Softmax                                          5           0
9         Linear 5 x 2                                     2          12
classes   setosa, "versi\ncolor"
training  3 epochs, 150 rows, seed 9
metrics   accuracy 0.9667, loss 0.1
text      unit = cm
`
	if got := small.String(); got != want {
		t.Errorf("got\n%swant\n%s", got, want)
	}
	var deep layer.Layer[float32] = layer.NewLinear[float32](100, 100, kernels.ActReLU)
	for range 60 {
		deep = layer.NewResidual(deep, nil)
	}
	parts := []layer.Layer[float32]{deep}
	for range 100 {
		parts = append(parts, layer.Softmax[float32]{})
	}
	large := &model.Model[float32]{Net: layer.NewSequential(parts...), In: 100, Output: model.OutputLogits,
		Text: map[string]string{strings.Repeat("é", 300): "\x1b[31m", "": strings.Repeat("long ", 50)}}
	for i := range 100 {
		large.Classes = append(large.Classes, strings.Repeat("x", i)+fmt.Sprint(i))
	}
	got := large.String()
	for line := range strings.Lines(got) {
		if line = strings.TrimSuffix(line, "\n"); utf8.RuneCountInString(line) > 80 ||
			strings.ContainsFunc(line,
				unicode.IsControl) || strings.HasSuffix(line, " ") {
			t.Errorf("line %q", line)
		}
	}
	if !strings.Contains(got, "and 61 more") || !strings.Contains(got, "and 60 more") {
		t.Errorf("no lists are cut: %s", got)
	}
}

// TestEveryLayer: everyLayer, which the tests here save and load, has each layer of package layer.
func TestEveryLayer(t *testing.T) {
	paths, err := filepath.Glob("../layer/*.go")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	forward := regexp.MustCompile(`(?m)^func \((?:\w+ )?\*?([A-Z]\w*)\[T\]\) Forward\(m? ?\*Memo\[T\]`)
	var want []string
	for _, path := range paths {
		source, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range forward.FindAllSubmatch(source, -1) {
			want = append(want, string(m[1]))
		}
	}
	var got []string
	var visit func(l layer.Layer[float32])
	visit = func(l layer.Layer[float32]) {
		name, _, _ := strings.Cut(fmt.Sprintf("%T", l), "[")
		got = append(got, name[strings.LastIndexByte(name, '.')+1:])
		if c, ok := l.(layer.Container[float32]); ok {
			for _, part := range c.Parts() {
				visit(part)
			}
		}
	}
	visit(everyLayer[float32]())
	got = append(got, "Int8Linear") // which has no float64 and no parameters: TestInt8Model
	slices.Sort(want)
	slices.Sort(got)
	if got = slices.Compact(got); !slices.Equal(got, want) || len(got) < 10 {
		t.Errorf("the net has the layers %v, want %v", got, want)
	}
}
