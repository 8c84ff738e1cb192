package layer_test

import (
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/ashlar-go/ashlar/internal/mallocs"
	"github.com/ashlar-go/ashlar/internal/tiertest"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// TestWeightsOfLinear: the output of a Linear with weights of bfloat16 is that of float64 but for the
// error that NewPredictorWith states, element by element; of one output, that of a full Predictor.
func TestWeightsOfLinear(t *testing.T) { tiertest.EachBF16Path(t, testWeightsOfLinear) }

func testWeightsOfLinear(t *testing.T) {
	const most = 2.04 / (1 << 8)
	for _, size := range [][3]int{{1, 5, 3}, {1, 300, 100}, {7, 33, 2}, {64, 200, 50}, {0, 3, 4},
		{9, 70, 1}} {
		rows, in, out := size[0], size[1], size[2]
		l := layer.NewLinear[float32](in, out, kernels.ActIdentity)
		layer.Initialize(l, 1)
		kernels.Normal(l.B.Value, 0, 1, 2, 0)
		x, w := normal32(rows, in, 3), mat.Of(in, out, l.W.Value)
		y := mat.New[float32](rows, out)
		predictorWith(t, l, in, layer.WeightsBFloat16).Predict(y, x)
		full := mat.New[float32](rows, out)
		predictorWith(t, l, in, layer.WeightsFull).Predict(full, x)
		for i := range rows {
			for j := range out {
				var sum, size float64
				for a, b := range terms(x.Row(i), column(w, j), 1, l.B.Value[j]) {
					sum += float64(a) * float64(b)
					size += math.Abs(float64(a) * float64(b))
				}
				if err := math.Abs(float64(y.At(i, j)) - sum); !(err <= most*size) {
					t.Errorf("%v: y[%d,%d] is %g, want %g", size, i, j, y.At(i, j), sum)
				}
				if out == 1 && y.At(i, j) != full.At(i, j) {
					t.Errorf("%v: y[%d,%d] is %g, want the %g of full weights", size, i, j, y.At(i, j),
						full.At(i, j))
				}
			}
		}
	}
}

func predictorWith(t *testing.T, model layer.Layer[float32], in int,
	weights layer.Weights) *layer.Predictor[float32] {
	t.Helper()
	p, err := layer.NewPredictorWith(model, in, weights)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// deep is a model with every layer that a Predictor changes.
func deep() layer.Layer[float32] {
	linear := func(in, out int, act kernels.Activation) layer.Layer[float32] {
		return layer.NewLinear[float32](in, out, act)
	}
	model := layer.NewSequential(layer.Layer[float32](layer.NewBatchNorm[float32](40)),
		linear(40, 150, kernels.ActIdentity), layer.NewBatchNorm[float32](150),
		layer.NewActivation[float32](kernels.ActReLU), layer.NewDropout[float32](0.2),
		layer.NewResidual(linear(150, 150, kernels.ActGELU), nil), layer.NewLayerNorm[float32](150),
		linear(150, 60, kernels.ActTanh), layer.NewPReLU[float32](60), linear(60, 10, kernels.ActIdentity))
	layer.Initialize[float32](model, 1)
	for _, p := range model.Params() {
		if strings.HasSuffix(p.Name, "mean") || strings.HasSuffix(p.Name, "bias") {
			kernels.Normal(p.Value, 0, 0.3, 7, 0)
		}
	}
	return model
}

// TestWeightsOfModel: a model with weights of bfloat16 puts out that of full weights, to within 1/64 of
// the norm, in about half the bytes, on any number of goroutines, and allocates nothing.
func TestWeightsOfModel(t *testing.T) { tiertest.EachBF16Path(t, testWeightsOfModel) }

func testWeightsOfModel(t *testing.T) {
	model := deep()
	full, half := predictorWith(t, model, 40, layer.WeightsFull),
		predictorWith(t, model, 40, layer.WeightsBFloat16)
	if f, h := full.Bytes(), half.Bytes(); !(float64(h) <= 0.52*float64(f)) || h < f/2 {
		t.Errorf("%d bytes, want little more than half of %d", h, f)
	}
	for _, rows := range []int{1, 3, 64} {
		x, want, got := normal32(rows, 40, 3), mat.New[float32](rows, 10), mat.New[float32](rows, 10)
		full.Predict(want, x)
		half.Predict(got, x)
		if err := share(got.Data, want.Data); !(err <= 1.0/64) || err == 0 {
			t.Errorf("%d rows: off by %.3g of the norm", rows, err)
		}
		var all sync.WaitGroup
		for range 4 {
			all.Go(func() {
				y := mat.New[float32](rows, 10)
				for range 5 {
					half.Predict(y, x)
					if share(y.Data, got.Data) != 0 {
						t.Errorf("%d rows: another output on a second goroutine", rows)
					}
				}
			})
		}
		all.Wait()
		pass := func() { half.Predict(got, x); runtime.GC() }
		if n := mallocs.Least(pass); n > 0 {
			t.Errorf("%d rows: %d allocations", rows, n)
		}
	}
}

// TestWeightsBeyond: a number that rounds to an infinity is an error of TryPredict, which writes nothing.
func TestWeightsBeyond(t *testing.T) {
	l := layer.NewLinear[float32](3, 2, kernels.ActIdentity)
	layer.Initialize(l, 1)
	p := predictorWith(t, l, 3, layer.WeightsBFloat16)
	y := mat.FromRows([]float32{7, 7})
	err := p.TryPredict(y, mat.FromRows([]float32{1, math.MaxFloat32, 1}))
	if err == nil || !strings.Contains(err.Error(), "row 0: output 0 is") || y.Data[0] != 7 {
		t.Errorf("%v, y = %v", err, y.Data)
	}
}

// TestWeightsErrors: what NewPredictorWith refuses.
func TestWeightsErrors(t *testing.T) {
	single := layer.NewLinear[float32](3, 2, kernels.ActIdentity)
	double := layer.NewLinear[float64](3, 2, kernels.ActIdentity)
	for name, c := range map[string]struct {
		make func() error
		want string
	}{
		"float64": {func() error {
			_, err := layer.NewPredictorWith(double, 3, layer.WeightsBFloat16)
			return err
		}, "weights is bfloat16, want full: the model is of float64"},
		"unknown": {func() error {
			_, err := layer.NewPredictorWith(single, 3, 9)
			return err
		}, `weights is Weights(9), want one of ["full" "bfloat16" "int8"]`},
		"nil": {func() error {
			_, err := layer.NewPredictorWith[float32](nil, 3, layer.WeightsBFloat16)
			return err
		}, "model is nil"},
		"columns": {func() error {
			_, err := layer.NewPredictorWith(single, 4, layer.WeightsBFloat16)
			return err
		}, "does not take an input of 4 columns"},
		"name": {func() error {
			_, err := layer.ParseWeights("half")
			return err
		}, `layer: unknown form of weights "half", want one of ["full" "bfloat16" "int8"]`},
	} {
		if err := c.make(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := layer.NewPredictorWith(double, 3, layer.WeightsFull); err != nil {
		t.Error(err)
	}
}

func ExampleNewPredictorWith() {
	model := layer.NewSequential[float32](
		layer.NewLinear[float32](784, 256, kernels.ActReLU),
		layer.NewLinear[float32](256, 10, kernels.ActIdentity))
	layer.Initialize(model, 1)
	for _, weights := range []layer.Weights{layer.WeightsFull, layer.WeightsBFloat16} {
		p, err := layer.NewPredictorWith(model, 784, weights)
		if err != nil {
			panic(err)
		}
		fmt.Println(weights, p.Bytes())
	}
	// Output:
	// full 814120
	// bfloat16 407592
}

func ExampleParseWeights() {
	fmt.Println(layer.ParseWeights("bfloat16"))
	// Output: bfloat16 <nil>
}
