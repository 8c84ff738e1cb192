package layer_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/ashlar-go/ashlar/internal/mallocs"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

func randomMatrix(rows, cols int, seed uint64) mat.Dense[float64] {
	m := mat.New[float64](rows, cols)
	kernels.Normal(m.Data, 0, 1, seed, 1)
	return m
}

// trained returns a model with everything that a Predictor folds or cannot fold. Its statistics
// and parameters differ from the initial ones.
func trained() *layer.Sequential[float64] {
	linear := layer.NewLinear[float64]
	m := layer.NewSequential[float64](
		layer.NewBatchNorm[float64](6), // before a Linear
		linear(6, 8, kernels.ActIdentity),
		layer.NewBatchNorm[float64](8), // after one
		layer.NewActivation[float64](kernels.ActReLU),
		layer.NewDropout[float64](0.5),
		layer.NewSequential[float64](
			linear(8, 8, kernels.ActGELU),
			layer.NewBatchNorm[float64](8), // between an activation and a Linear
			linear(8, 7, kernels.ActIdentity).NoBias(),
			layer.NewBatchNorm[float64](7),
			layer.NewBatchNorm[float64](7), // twice
		),
		layer.NewResidual(layer.NewSequential[float64](linear(7, 7, kernels.ActTanh),
			layer.NewDropout[float64](0.1)), nil),
		layer.NewLayerNorm[float64](7),
		layer.NewPReLU[float64](1),
		layer.NewBatchNorm[float64](7), // alone
		layer.Softmax[float64]{},
	)
	layer.Initialize(m, 1)
	r := rand.New(rand.NewPCG(1, 2))
	for _, p := range m.Params() {
		for i := range p.Value {
			p.Value[i] = 0.5*p.Value[i] + math.Abs(0.3*r.NormFloat64()) + 0.1
		}
	}
	return m
}

func TestPredictor(t *testing.T) {
	m := trained()
	p, err := layer.NewPredictor[float64](m, 6)
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range []int{1, 3, 64} {
		x := randomMatrix(rows, 6, uint64(rows))
		want, got := layer.NewWorkspace[float64](m).Forward(x, false), mat.New[float64](rows, 7)
		p.Predict(got, x)
		for i, v := range got.Data {
			if w := want.Data[i]; !(math.Abs(v-w) <= 1e-12*max(1, math.Abs(w))) {
				t.Fatalf("%d rows: element %d is %v, want %v", rows, i, v, w)
			}
		}
	}
	if _, err := layer.NewPredictor[float64](m, 5); err == nil {
		t.Error("no error for a wrong number of columns")
	}
}

// TestPredictorConcurrent: several goroutines get the same output as one.
func TestPredictorConcurrent(t *testing.T) {
	p, _ := layer.NewPredictor[float64](trained(), 6)
	x := randomMatrix(5, 6, 3)
	want := mat.New[float64](5, 7)
	p.Predict(want, x)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			got := mat.New[float64](5, 7)
			for range 50 {
				p.Predict(got, x)
				for i, v := range got.Data {
					if v != want.Data[i] {
						t.Errorf("element %d is %v, want %v", i, v, want.Data[i])
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

func TestPredictorAllocatesNothing(t *testing.T) {
	p, _ := layer.NewPredictor[float64](trained(), 6)
	x, y := randomMatrix(5, 6, 3), mat.New[float64](5, 7)
	p.Predict(y, x)
	n := mallocs.Least(func() {
		for range 100 {
			p.Predict(y, x)
		}
		runtime.GC()
	})
	if n > 0 {
		t.Errorf("%d allocations in 100 predictions", n)
	}
}

func TestOrthogonal(t *testing.T) {
	for _, size := range [][2]int{{5, 3}, {3, 5}, {40, 40}} {
		in, out := size[0], size[1]
		p := layer.NewParam("w", layer.Orthogonal[float64](2), in, out)
		p.Init(p, 1, 2)
		w := mat.Of(in, out, p.Value)
		n := min(in, out)
		gram := mat.New[float64](n, n)
		mat.Mul(in >= out, in < out, 1, w, w, 0, gram)
		for i := range n {
			for j := range n {
				want := 0.0
				if i == j {
					want = 4
				}
				if v := gram.At(i, j); !(math.Abs(v-want) <= 1e-14) {
					t.Fatalf("%v: element %d, %d of the Gram matrix is %v, want %v", size, i, j, v, want)
				}
			}
		}
	}
}

// TestInitMoments checks the deviations of the initialisers.
func TestInitMoments(t *testing.T) {
	const in, out = 300, 200
	for name, c := range map[string]struct {
		init layer.Init[float64]
		std  float64
	}{
		"LeCunNormal":  {layer.LeCunNormal[float64], math.Sqrt(1. / in)},
		"LeCunUniform": {layer.LeCunUniform[float64], math.Sqrt(1. / in)},
		"HeUniform":    {layer.HeUniform[float64], math.Sqrt(2. / in)},
	} {
		p := layer.NewParam("w", c.init, in, out)
		p.Init(p, 3, 4)
		if got := math.Sqrt(kernels.Variance(p.Value)); !(math.Abs(got/c.std-1) < 0.02) {
			t.Errorf("%s: deviation %v, want %v", name, got, c.std)
		}
	}
	p := layer.NewParam("w", layer.Given([]float64{1, 2}), 2)
	p.Init(p, 0, 0)
	if p.Value[1] != 2 {
		t.Errorf("given: %v", p.Value)
	}
}

// TestCustomaryInit checks the deviation of NewLinear's weights before each activation.
func TestCustomaryInit(t *testing.T) {
	const in, out = 300, 200
	he, xavier := math.Sqrt(2./in), math.Sqrt(2./(in+out))
	for act, want := range map[kernels.Activation]float64{
		kernels.ActReLU: he, kernels.ActLeakyReLU(0.01): he, kernels.ActELU(1): he, kernels.ActGELU: he,
		kernels.ActSiLU:     he,
		kernels.ActIdentity: xavier, kernels.ActSigmoid: xavier, kernels.ActTanh: xavier,
		kernels.ActHardTanh: xavier,
		kernels.ActSELU:     math.Sqrt(1. / in),
	} {
		l := layer.NewLinear[float64](in, out, act)
		layer.Initialize[float64](l, 1)
		if got := math.Sqrt(kernels.Variance(l.W.Value)); !(math.Abs(got/want-1) < 0.02) {
			t.Errorf("%v: deviation %v, want %v", act, got, want)
		}
	}
}

// TestNoDecay: weight decay skips biases, slopes, scales and shifts, and nothing else.
func TestNoDecay(t *testing.T) {
	for _, l := range []layer.Layer[float64]{
		layer.NewLinear[float64](2, 2, kernels.ActIdentity), layer.NewBatchNorm[float64](2),
		layer.NewLayerNorm[float64](2),
		layer.NewRMSNorm[float64](2), layer.NewPReLU[float64](2),
	} {
		for _, p := range l.Params() {
			if want := len(p.Shape) == 1; p.Grad != nil && p.NoDecay != want {
				t.Errorf("%T: %s has NoDecay = %v, want %v", l, p.Name, p.NoDecay, want)
			}
		}
	}
}

func TestResidualShapes(t *testing.T) {
	r := layer.NewResidual[float64](layer.NewLinear[float64](4, 3, kernels.ActIdentity), nil)
	if _, err := r.Out(4); err == nil {
		t.Error("a body that changes the columns was taken without a projection")
	}
	if names := fmt.Sprint(r.Params()); names != "[body.weight [4 3] body.bias [3]]" {
		t.Errorf("parameters %s", names)
	}
}

func ExampleNewPredictor() {
	model := layer.NewSequential[float32](
		layer.NewLinear[float32](2, 3, kernels.ActIdentity),
		layer.NewBatchNorm[float32](3), // folded into the layer before it
		layer.NewActivation[float32](kernels.ActReLU),
		layer.NewLinear[float32](3, 1, kernels.ActSigmoid))
	layer.Initialize(model, 1)
	p, err := layer.NewPredictor(model, 2)
	if err != nil {
		panic(err)
	}
	y := mat.New[float32](1, 1)
	p.Predict(y, mat.FromRows([]float32{0, 0}))
	fmt.Println(y.At(0, 0))
	// Output: 0.5
}

func ExampleNewResidual() {
	block := layer.NewResidual[float64](
		layer.NewSequential[float64](layer.NewLinear[float64](4, 8, kernels.ActReLU),
			layer.NewLinear[float64](8, 2, kernels.ActIdentity)),
		layer.NewLinear[float64](4, 2, kernels.ActIdentity).NoBias()) // the projection of the skip
	out, _ := block.Out(4)
	fmt.Println(out, len(block.Params()))
	// Output: 2 5
}

// TestActivatedBatchNorm: a BatchNorm and its activation give the same outputs and gradients in
// one pass as in two. Nesting keeps them in two.
func TestActivatedBatchNorm(t *testing.T) {
	acts := []kernels.Activation{kernels.ActReLU, kernels.ActTanh, kernels.ActGELU,
		kernels.ActLeakyReLU(0.1), kernels.ActIdentity}
	for _, act := range acts {
		build := func(apart bool) *layer.Sequential[float32] {
			var norm, f layer.Layer[float32] = layer.NewBatchNorm[float32](37),
				layer.NewActivation[float32](act)
			if apart {
				norm, f = layer.NewSequential(norm), layer.NewSequential(f)
			}
			m := layer.NewSequential[float32](layer.NewLinear[float32](20, 37, kernels.ActIdentity), norm, f,
				layer.NewLinear[float32](37, 3, kernels.ActIdentity))
			layer.Initialize[float32](m, 3)
			return m
		}
		one, two := build(false), build(true)
		x, dy := mat.New[float32](150, 20), mat.New[float32](150, 3)
		kernels.Normal(x.Data, 0, 1, 1, 1)
		kernels.Normal(dy.Data, 0, 1, 1, 2)
		a, b := layer.NewWorkspace[float32](one), layer.NewWorkspace[float32](two)
		for _, train := range []bool{true, false} {
			if !slices.Equal(a.Forward(x, train).Data, b.Forward(x, train).Data) {
				t.Errorf("%v, train %v: another output", act, train)
			}
			if !train {
				break
			}
			a.Backward(dy.Clone())
			b.Backward(dy.Clone())
			for i, p := range one.Params() {
				if q := two.Params()[i]; !slices.Equal(p.Grad, q.Grad) || !slices.Equal(p.Value, q.Value) {
					t.Errorf("%v: another gradient or state of %s", act, p.Name)
				}
			}
		}
	}
}

// doubled embeds a Linear and has its own Forward.
type doubled struct{ *layer.Linear[float64] }

func (l doubled) Forward(m *layer.Memo[float64], x mat.Dense[float64]) mat.Dense[float64] {
	y := l.Linear.Forward(m, x)
	kernels.Scale(y.RawData(), 2, y.RawData())
	return y
}

// TestEmbedded: a layer that embeds a Linear runs its own Forward, not that of the Linear.
func TestEmbedded(t *testing.T) {
	plain := layer.NewLinear[float64](3, 2, kernels.ActIdentity)
	layer.Initialize[float64](plain, 1)
	x := mat.Of(1, 3, []float64{1, 2, 3})
	want := layer.NewWorkspace[float64](plain).Forward(x, true).Clone()
	for _, model := range []layer.Layer[float64]{doubled{plain},
		layer.NewSequential[float64](doubled{plain})} {
		ws := layer.NewWorkspace(model)
		if y := ws.Forward(x, true); y.At(0, 0) != 2*want.At(0, 0) || y.At(0, 1) != 2*want.At(0, 1) {
			t.Errorf("%T: %v, want twice %v", model, y.RawData(), want.RawData())
		}
		ws.Backward(mat.Of(1, 2, []float64{1, 10}))
		if g := plain.W.Grad; g[0] != 1 || g[5] != 30 {
			t.Errorf("%T: gradient %v", model, g)
		}
	}
}
