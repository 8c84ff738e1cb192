package layer_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// int8Net has each kind of neighbour that a Linear may have.
func int8Net() layer.Layer[float32] {
	type T = float32
	norm := layer.NewBatchNorm[T](40)
	net := layer.NewSequential[T](
		layer.NewBatchNorm[T](20), layer.NewLinear[T](20, 40, kernels.ActIdentity), norm,
		layer.NewActivation[T](kernels.ActGELU), layer.NewDropout[T](0.5),
		layer.NewResidual[T](layer.NewSequential[T](layer.NewLayerNorm[T](40),
			layer.NewLinear[T](40, 40, kernels.ActReLU)), nil),
		layer.NewPReLU[T](40), layer.NewBatchNorm[T](40), layer.Softmax[T]{}, layer.NewRMSNorm[T](40),
		layer.NewLinear[T](40, 5, kernels.ActTanh), layer.NewLinear[T](5, 1, kernels.ActIdentity))
	layer.Initialize[T](net, 1)
	for i := range norm.RunMean.Value {
		norm.RunMean.Value[i], norm.RunVar.Value[i], norm.Gamma.Value[i] = 0.1, 2, 1.5
	}
	return net
}

func gaussian(rows, cols int) mat.Dense[float32] {
	r, x := rand.New(rand.NewPCG(1, 2)), mat.New[float32](rows, cols)
	for i := range x.Data {
		x.Data[i] = float32(r.NormFloat64())
	}
	return x
}

func predicted(t *testing.T, model layer.Layer[float32], x mat.Dense[float32]) []float32 {
	t.Helper()
	p, err := layer.NewPredictor(model, x.Cols)
	if err != nil {
		t.Fatal(err)
	}
	y := mat.New[float32](x.Rows, p.Out())
	p.Predict(y, x)
	return y.Data
}

// TestQuantize: the model in int8 predicts about what that in float32 does, by each range, alone and in a
// Predictor, with the same bits in all of these, and later changes of the model do not reach it.
func TestQuantize(t *testing.T) {
	net, x := int8Net(), gaussian(300, 20)
	want := predicted(t, net, x)
	small, err := layer.Quantize(net, 20)
	if err != nil {
		t.Fatal(err)
	}
	near := func(what string, got []float32) {
		t.Helper()
		var off, size float64
		for i, v := range got {
			off += math.Pow(float64(v-want[i]), 2)
			size += math.Pow(float64(want[i]), 2)
		}
		if off = math.Sqrt(off / size); !(off <= 0.06) || off == 0 {
			t.Errorf("%s: off by %.3g of the root mean square", what, off)
		}
	}
	dynamic := predicted(t, small, x)
	near("ranges of rows", dynamic)
	p, err := layer.NewPredictorWith(net, 20, layer.WeightsInt8)
	if err != nil {
		t.Fatal(err)
	}
	y := mat.New[float32](x.Rows, 1)
	p.Predict(y, x)
	near("Predictor", y.Data)
	if err := layer.Calibrate(small, x); err != nil {
		t.Fatal(err)
	}
	fixed := predicted(t, small, x)
	near("calibrated", fixed)
	sameFloats(t, "in a workspace", layer.NewWorkspace(small).Forward(x, false).RawData(), fixed)
	for _, q := range net.Params() {
		clear(q.Value)
	}
	sameFloats(t, "after a change of the model", predicted(t, small, x), fixed)
	if full, _ := layer.NewPredictor(int8Net(), 20); p.Bytes() >= full.Bytes()/2 {
		t.Errorf("%d bytes, %d in float32", p.Bytes(), full.Bytes())
	}
}

func sameFloats(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i, w := range want {
		if got[i] != w {
			t.Fatalf("%s: element %d is %v, want %v", what, i, got[i], w)
		}
	}
}

// TestInt8Linear: a layer gives its parts back, the same layer is made of them, and it computes what
// kernels.GemmInt8 does.
func TestInt8Linear(t *testing.T) {
	q, scale, bias := []int8{1, -127, 3, 4, 5, 127}, []float32{0.5, 2, 0}, []float32{1, 2, 3}
	l, err := layer.NewInt8Linear[float32](2, 3, q, scale, bias, kernels.ActReLU)
	if err != nil {
		t.Fatal(err)
	}
	x := mat.Of(1, 2, []float32{1, -1})
	y := layer.NewWorkspace[float32](l).Forward(x, false)
	for j, want := range []float32{1 - 1.5, 2 - 264, 3} {
		if got := y.Data[j]; math.Abs(float64(got-max(want, 0))) > 0.03*math.Abs(float64(want)) {
			t.Errorf("y[%d] = %v, want about %v", j, got, max(want, 0))
		}
	}
	gotQ, gotScale, gotBias := l.Weights()
	again, err := layer.NewInt8Linear[float32](2, 3, gotQ, gotScale, gotBias, l.Act())
	if err != nil {
		t.Fatal(err)
	}
	sameFloats(t, "made again", layer.NewWorkspace[float32](again).Forward(x, false).Data, y.Data)
	for i := range q {
		if gotQ[i] != q[i] {
			t.Errorf("q[%d] = %d, want %d", i, gotQ[i], q[i])
		}
	}
	if _, _, fixed := l.Range(); fixed {
		t.Error("a new layer has a fixed range")
	}
	if err := l.SetRange(-0.5, 2); err != nil {
		t.Fatal(err)
	}
	if lo, hi, fixed := l.Range(); lo != -0.5 || hi != 2 || !fixed {
		t.Errorf("range from %v to %v, %v", lo, hi, fixed)
	}
	nan := float32(math.NaN())
	for _, r := range [][2]float32{{1, 0}, {nan, 1}, {0, nan}, {0, float32(math.Inf(1))}} {
		if l.SetRange(r[0], r[1]) == nil {
			t.Errorf("takes the range %v", r)
		}
	}
}

// TestInt8Refusals: errors say what was expected, and Calibrate leaves ranges as they were.
func TestInt8Refusals(t *testing.T) {
	made := func(in, out int, q []int8, scale, bias []float32) error {
		_, err := layer.NewInt8Linear[float32](in, out, q, scale, bias, kernels.ActIdentity)
		return err
	}
	one := []float32{1}
	wide, err := layer.NewInt8Linear[float64](1, 1, []int8{1}, one, one, kernels.ActIdentity)
	_, quantizeWide := layer.Quantize[float64](layer.NewLinear[float64](2, 2, kernels.ActReLU), 2)
	_, with := layer.NewPredictorWith[float64](layer.NewLinear[float64](2, 2, kernels.ActReLU), 2,
		layer.WeightsInt8)
	_, isNil := layer.Quantize[float32](nil, 2)
	_, misfit := layer.Quantize[float32](layer.NewLinear[float32](2, 2, kernels.ActReLU), 3)
	_, long := layer.Quantize[float32](layer.NewLinear[float32](kernels.MaxInt8Terms+1, 2, kernels.ActReLU),
		kernels.MaxInt8Terms+1)
	small, _ := layer.Quantize[float32](layer.NewLinear[float32](2, 2, kernels.ActReLU), 2)
	small.(*layer.Int8Linear[float32]).SetRange(-3, 4)
	bad := mat.Of(1, 2, []float32{1, float32(math.NaN())})
	_, half := layer.NewPredictorWith(small, 2, layer.WeightsBFloat16)
	if _, err := layer.NewPredictorWith(small, 2, layer.WeightsInt8); err != nil {
		t.Errorf("a model in int8 with weights in int8: %v", err)
	}
	for want, err := range map[string]error{
		"the layer is of float64":                 err,
		"the model is of float64, want float32":   quantizeWide,
		"the model is of float64":                 with,
		"1 layers of the model are in int8":       half,
		"model is nil":                            isNil,
		"does not take an input of 3":             misfit,
		"66312 inputs, want at most 66311":        long,
		"in = 0 and out = 1":                      made(0, 1, nil, one, one),
		"in = 66312":                              made(66312, 1, make([]int8, 66312), one, one),
		"q has 3 elements, want 2 x 2":            made(2, 2, make([]int8, 3), one, one),
		"1 scales and 1 elements of bias, want 2": made(1, 2, make([]int8, 2), one, one),
		"q[1] is -128, want at least -127":        made(2, 1, []int8{0, -128}, one, one),
		"x has 0 rows and the model 1 layers":     layer.Calibrate(small, mat.New[float32](0, 2)),
		"does not take an input of 4":             layer.Calibrate(small, mat.New[float32](1, 4)),
		"layer 0 of those in int8 has inputs":     layer.Calibrate(small, bad),
		"x has 1 rows and the model 0 layers":     layer.Calibrate[float32](layer.NewPReLU[float32](2), bad),
		"Calibrate: model is nil":                 layer.Calibrate[float32](nil, bad),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if wide != nil {
		t.Error("a layer in spite of an error")
	}
	if lo, hi, fixed := small.(*layer.Int8Linear[float32]).Range(); lo != -3 || hi != 4 || !fixed {
		t.Errorf("Calibrate changed a range to %v, %v, %v in spite of an error", lo, hi, fixed)
	}
	for name, f := range map[string]func(){
		"Out":     func() { (*layer.Int8Linear[float32])(nil).Out(3) },
		"Params":  func() { new(layer.Int8Linear[float32]).Params() },
		"Forward": func() { new(layer.Int8Linear[float32]).Forward(nil, bad) },
	} {
		if e := refusal(t, f); e == nil || !strings.Contains(e.Msg, "Quantize or NewInt8Linear") {
			t.Errorf("%s: %v", name, e)
		}
	}
	head := layer.NewLinear[float32](2, 1, kernels.ActReLU)
	for name, model := range map[string]layer.Layer[float32]{"alone": small,
		"in a net": layer.NewSequential[float32](small, head)} {
		ws := layer.NewWorkspace(model)
		if e := refusal(t, func() { ws.Forward(bad, true) }); e == nil ||
			!strings.Contains(e.Msg, "the pass is for training") {
			t.Errorf("training %s: %v", name, e)
		}
		if y := ws.Forward(bad, false); y.Rows != 1 {
			t.Errorf("%s: %v after a refusal", name, y)
		}
	}
	defer func() {
		if err, _ := recover().(error); err == nil || !strings.Contains(err.Error(), "no Backward") {
			t.Errorf("Backward: %v", err)
		}
	}()
	small.Backward(nil, bad)
}

// TestCalibrateAnew: what a layer was told or has measured before leaves no trace in a new measurement, neither in its
// own range nor in those of the layers behind it.
func TestCalibrateAnew(t *testing.T) {
	x := gaussian(300, 20)
	quantized := func() (layer.Layer[float32], []*layer.Int8Linear[float32]) {
		small, err := layer.Quantize(int8Net(), 20)
		if err != nil {
			t.Fatal(err)
		}
		return small, layer.Int8Layers(small)
	}
	calibrate := func(model layer.Layer[float32], x mat.Dense[float32]) {
		t.Helper()
		if err := layer.Calibrate(model, x); err != nil {
			t.Fatal(err)
		}
	}
	fresh, layers := quantized()
	calibrate(fresh, x)
	tiny, far := mat.New[float32](3, 20), mat.New[float32](3, 20)
	kernels.Scale(tiny.Data, 1e-3, x.Data[:60])
	kernels.Scale(far.Data, 1e3, x.Data[:60])
	before := map[string]func(layer.Layer[float32]){
		"small inputs": func(l layer.Layer[float32]) { calibrate(l, tiny) },
		"large inputs": func(l layer.Layer[float32]) { calibrate(l, far) },
		"the same":     func(l layer.Layer[float32]) { calibrate(l, x) },
	}
	for i := range layers {
		before[fmt.Sprint("a range of layer ", i)] = func(l layer.Layer[float32]) {
			if err := layer.Int8Layers(l)[i].SetRange(-1e-3, 1e-3); err != nil {
				t.Fatal(err)
			}
		}
	}
	for name, change := range before {
		small, again := quantized()
		change(small)
		calibrate(small, x)
		for i, l := range again {
			lo, hi, _ := l.Range()
			if wantLo, wantHi, _ := layers[i].Range(); lo != wantLo || hi != wantHi {
				t.Errorf("after %s: layer %d from %v to %v, want %v to %v", name, i, lo, hi, wantLo, wantHi)
			}
		}
		sameFloats(t, "after "+name, predicted(t, small, x), predicted(t, fresh, x))
	}
}

// TestQuantizeBatchNorm: a BatchNorm that stands alone stays what it was, with its epsilon counted once.
func TestQuantizeBatchNorm(t *testing.T) {
	type T = float32
	x := gaussian(50, 20)
	for _, eps := range []T{0, 1e-5, 1e-3, 0.5, 4} {
		norm := func() *layer.BatchNorm[T] {
			n := layer.NewBatchNorm[T](20)
			n.Eps = eps
			for j := range n.RunVar.Value {
				n.RunMean.Value[j], n.RunVar.Value[j] = 0.25*T(j), 0.25+0.125*T(j)
				n.Gamma.Value[j], n.Beta.Value[j] = 1.5-0.25*T(j), 0.125
			}
			return n
		}
		act := layer.NewActivation[T](kernels.ActTanh)
		for name, net := range map[string]layer.Layer[T]{
			"alone":             norm(),
			"after another":     layer.NewSequential[T](act, norm()),
			"between others":    layer.NewSequential[T](act, norm(), act),
			"twice":             layer.NewSequential[T](norm(), act, norm()),
			"inside a residual": layer.NewResidual[T](layer.NewSequential[T](act, norm()), nil),
			"in the skip":       layer.NewResidual[T](act, norm()),
		} {
			small, err := layer.Quantize(net, 20)
			if err != nil {
				t.Fatal(err)
			}
			got, want := predicted(t, small, x), layer.NewWorkspace(net).Forward(x, false).Clone().Data
			for i, w := range want {
				if !(math.Abs(float64(got[i]-w)) <= 2e-6*max(1, math.Abs(float64(w)))) {
					t.Fatalf("epsilon %v, %s: element %d is %v, want %v", eps, name, i, got[i], w)
				}
			}
		}
	}
}
