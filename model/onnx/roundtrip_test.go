package onnx

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/model"
)

// activations are all kinds, with parameters that are no defaults.
var activations = []kernels.Activation{
	kernels.ActIdentity, kernels.ActStep, kernels.ActSigmoid, kernels.ActTanh, kernels.ActReLU,
	kernels.ActLeakyReLU(0.07), kernels.ActLeakyReLU(-0.5), kernels.ActELU(1), kernels.ActELU(0.6),
	kernels.ActSELU, kernels.ActGELU, kernels.ActGELUTanh, kernels.ActSiLU, kernels.ActSoftplus,
	kernels.ActHardSigmoid, kernels.ActHardTanh, kernels.ActHardSwish,
}

// TestActivationsAreAll: a new kind must join the list, and so the exporter.
func TestActivationsAreAll(t *testing.T) {
	seen := map[kernels.Activation]bool{}
	for _, act := range activations {
		seen[kindOf(act)] = true
	}
	for kind := range kernels.Activation(kindBits) {
		known := kind.String() != fmt.Sprintf("Activation(%#x)", uint64(kind))
		if known && !seen[kind] {
			t.Errorf("no test exports %v", kind)
		}
	}
}

// shaken gives every parameter of a net random values; variances stay positive.
func shaken[T kernels.Float](net layer.Layer[T], seed uint64) layer.Layer[T] {
	r := rand.New(rand.NewPCG(seed, 1))
	layer.Initialize(net, seed)
	for _, p := range net.Params() {
		for i := range p.Value {
			if len(p.Shape) == 1 {
				p.Value[i] = T(r.Float64()*1.5 + 0.25)
			}
		}
	}
	return net
}

// one returns a net of one layer, between two that make its input and output vary.
func one[T kernels.Float](l layer.Layer[T]) layer.Layer[T] {
	return layer.NewSequential[T](layer.NewLinear[T](5, 6, kernels.ActIdentity), l,
		layer.NewLinear[T](6, 3, kernels.ActTanh))
}

// nets has a net for each layer and each activation, alone and fused, with 5 inputs.
func nets[T kernels.Float]() map[string]layer.Layer[T] {
	list := map[string]layer.Layer[T]{
		"empty":     layer.NewSequential[T](),
		"bare":      layer.NewLinear[T](5, 2, kernels.ActReLU),
		"no bias":   one[T](layer.NewLinear[T](6, 6, kernels.ActReLU).NoBias()),
		"softmax":   one[T](layer.Softmax[T]{}),
		"dropout":   one[T](layer.NewDropout[T](0.3)),
		"prelu":     one[T](layer.NewPReLU[T](6)),
		"prelu 1":   one[T](layer.NewPReLU[T](1)),
		"batchnorm": one[T](layer.NewBatchNorm[T](6)),
		"layernorm": one[T](layer.NewLayerNorm[T](6)),
		"rmsnorm":   one[T](layer.NewRMSNorm[T](6)),
		"nested": layer.NewSequential[T](layer.NewSequential[T](layer.NewLinear[T](5, 6, kernels.ActSiLU)),
			layer.NewSequential[T](layer.NewSequential[T](), layer.NewLinear[T](6, 6, kernels.ActIdentity))),
		"residual": one[T](layer.NewResidual[T](layer.NewSequential[T](
			layer.NewLinear[T](6, 4, kernels.ActReLU), layer.NewLinear[T](4, 6, kernels.ActIdentity)), nil)),
		"projection": one[T](layer.NewResidual[T](layer.NewLinear[T](6, 6, kernels.ActGELU),
			layer.NewLinear[T](6, 6, kernels.ActIdentity).NoBias())),
		"residuals": one[T](layer.NewResidual[T](layer.NewSequential[T](layer.NewRMSNorm[T](6),
			layer.NewResidual[T](layer.NewActivation[T](kernels.ActSiLU), nil),
			layer.NewResidual[T](layer.NewActivation[T](kernels.ActGELUTanh), nil)), nil)),
		"doubled": one[T](layer.NewResidual[T](layer.NewSequential[T](), nil)),
	}
	for _, act := range activations {
		list["fused "+act.String()] = layer.NewSequential[T](layer.NewLinear[T](5, 4, act))
		list["alone "+act.String()] = one[T](layer.NewActivation[T](act))
	}
	for name, net := range list {
		list[name] = shaken(net, uint64(len(name)))
	}
	return list
}

// batch returns rows of random numbers.
func batch[T kernels.Float](rows, cols int) mat.Dense[T] {
	r := rand.New(rand.NewPCG(3, 4))
	x := mat.New[T](rows, cols)
	for i := range x.Data {
		x.Data[i] = T(r.NormFloat64() * 2)
	}
	return x
}

// run returns the output of a net in inference.
func run[T kernels.Float](net layer.Layer[T], x mat.Dense[T]) []T {
	y := layer.NewWorkspace(net).Forward(x, false)
	return slices.Clone(y.RawData())
}

// again exports a model and imports it.
func again[T kernels.Float](t *testing.T, m *model.Model[T]) *model.Model[T] {
	t.Helper()
	var file bytes.Buffer
	if err := Export(&file, m); err != nil {
		t.Fatal(err)
	}
	back, err := Import[T](&file)
	if err != nil {
		t.Fatal(err)
	}
	return back
}

// same fails unless two nets compute the same, up to the rounding of float32.
func same[T kernels.Float](t *testing.T, got, want layer.Layer[T], in int) {
	t.Helper()
	x := batch[T](7, in)
	y, z := run(got, x), run(want, x)
	if len(y) != len(z) {
		t.Fatalf("the net gives %d numbers, want %d", len(y), len(z))
	}
	for i := range y {
		if !(math.Abs(float64(y[i]-z[i])) <= 1e-6*max(1, math.Abs(float64(z[i])))) {
			t.Fatalf("output %d is %v, want %v", i, y[i], z[i])
		}
	}
}

func TestRoundTrip(t *testing.T) {
	t.Run("float32", roundTrip[float32])
	t.Run("float64", roundTrip[float64])
}

func roundTrip[T kernels.Float](t *testing.T) {
	for name, net := range nets[T]() {
		t.Run(name, func(t *testing.T) {
			m := &model.Model[T]{Net: net, In: 5, Output: model.OutputValues}
			back := again(t, m)
			if back.In != 5 || back.Output != model.OutputValues || back.Classes != nil {
				t.Fatalf("got %d inputs, output %d, classes %q", back.In, back.Output, back.Classes)
			}
			same(t, back.Net, net, 5)
		})
	}
}

// withOutput returns a model with each kind of output.
func withOutput(output model.Output, named bool) *model.Model[float32] {
	out, last := 3, kernels.ActIdentity
	switch output {
	case model.OutputBinaryLogit:
		out = 1
	case model.OutputBinaryProbability:
		out, last = 1, kernels.ActSigmoid
	}
	parts := []layer.Layer[float32]{layer.NewLinear[float32](4, out, last)}
	if output == model.OutputProbabilities {
		parts = append(parts, layer.Softmax[float32]{})
	}
	m := &model.Model[float32]{Net: shaken[float32](layer.NewSequential(parts...), 1), In: 4, Output: output,
		Text: map[string]string{"unit": "mm"}, Summary: &model.Summary{Epochs: 3}}
	if named && output != model.OutputValues {
		m.Classes = []string{"no", "yes", "?"}[:max(2, out)]
	}
	return m
}

// TestOutputs: each kind of output comes back, with and without class names.
func TestOutputs(t *testing.T) {
	for output := model.OutputValues; output <= model.OutputBinaryProbability; output++ {
		for _, named := range []bool{false, true} {
			t.Run(fmt.Sprint(output, named), func(t *testing.T) {
				m := withOutput(output, named)
				back := again(t, m)
				if back.Output != output || !slices.Equal(back.Classes, m.Classes) ||
					back.Text["unit"] != "mm" ||
					len(back.Text) != 1 || back.Summary == nil || back.Summary.Epochs != 3 {
					t.Fatalf("got %+v, want %+v", back, m)
				}
				same(t, back.Net, m.Net, 4)
			})
		}
	}
}

// TestFieldsComeBack: every field of a model but for those that belong to no file. A new field must come back, or
// join them.
func TestFieldsComeBack(t *testing.T) {
	m := pipelines(t)["classes"]
	m.Classes, m.Writer, m.Weights = m.Prepare.Classes(), "v0.0.9", layer.WeightsBFloat16
	m.Text = map[string]string{"unit": "mm"}
	m.Summary = &model.Summary{Epochs: 1, Rows: 2, Seed: 1<<64 - 1, Metrics: map[string]float64{"loss": 0.1}}
	back := again(t, m)
	fields := reflect.TypeFor[model.Model[float32]]()
	for i := range fields.NumField() {
		field := fields.Field(i)
		a, b := reflect.ValueOf(back).Elem().Field(i), reflect.ValueOf(m).Elem().Field(i)
		switch {
		case !field.IsExported() || field.Name == "Net": // its layers have tests of their own
		case b.IsZero():
			t.Errorf("the test leaves %s empty", field.Name)
		case field.Name == "Writer" || field.Name == "Weights":
			if !a.IsZero() {
				t.Errorf("%s is %v", field.Name, a)
			}
		case !reflect.DeepEqual(a.Interface(), b.Interface()):
			t.Errorf("%s is %v, want %v", field.Name, a, b)
		}
	}
}

// TestLayersComeBack: the layers themselves come back, and every bit of float32 parameters, so that a net
// can be trained further.
func TestLayersComeBack(t *testing.T) {
	for _, l := range []layer.Layer[float32]{layer.NewLinear[float32](6, 6, kernels.ActGELUTanh),
		layer.NewLinear[float32](6, 6, kernels.ActIdentity).NoBias(),
		layer.NewActivation[float32](kernels.ActSiLU),
		layer.Softmax[float32]{}, layer.NewDropout[float32](0.25), layer.NewPReLU[float32](6),
		layer.NewPReLU[float32](1),
		layer.NewBatchNorm[float32](6), layer.NewLayerNorm[float32](6), layer.NewRMSNorm[float32](6),
		layer.NewResidual[float32](layer.NewSequential[float32](layer.NewLayerNorm[float32](6)), nil)} {
		net := shaken(layer.Layer[float32](layer.NewSequential[float32](layer.NewLinear[float32](5, 6,
			kernels.ActTanh), l,
			layer.NewLinear[float32](6, 2, kernels.ActELU(0.5)))), 3)
		back := again(t, &model.Model[float32]{Net: net, In: 5, Output: model.OutputValues}).Net
		if got, want := layersOf(back), layersOf(net); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		for i, p := range net.Params() {
			q := back.Params()[i]
			if q.Name != p.Name || !slices.Equal(q.Shape, p.Shape) || !slices.Equal(q.Value, p.Value) {
				t.Errorf("%s: got %v, want %v", p, q.Value, p.Value)
			}
		}
	}
}

// layersOf lists the three layers with their settings.
func layersOf(net layer.Layer[float32]) (text string) {
	for _, l := range net.(*layer.Sequential[float32]).Parts() {
		text += fmt.Sprintf(" %T", l)
		switch l := l.(type) {
		case *layer.Linear[float32]:
			text += fmt.Sprint(l.Act, l.B == nil)
		case *layer.Activation[float32]:
			text += l.Act.String()
		case *layer.Dropout[float32]:
			text += fmt.Sprint(float32(l.P))
		case *layer.BatchNorm[float32]:
			text += fmt.Sprint(l.Eps, l.Momentum)
		case *layer.LayerNorm[float32]:
			text += fmt.Sprint(l.Eps)
		case *layer.RMSNorm[float32]:
			text += fmt.Sprint(l.Eps)
		}
	}
	return text
}
