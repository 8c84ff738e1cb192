package layer_test

import (
	"fmt"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// Scale is a layer of your own: y = s x, with one learnt s for each column.
type Scale struct {
	S *layer.Param[float64]
}

func NewScale(cols int) *Scale {
	return &Scale{layer.NewParam("scale", layer.Constant(1.0), cols)}
}

func (l *Scale) Out(in int) (int, error)         { return in, nil }
func (l *Scale) Params() []*layer.Param[float64] { return []*layer.Param[float64]{l.S} }

func (l *Scale) Forward(m *layer.Memo[float64], x mat.Dense[float64]) mat.Dense[float64] {
	y := m.Output(x.Rows, x.Cols)
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			y.Row(i)[j] = l.S.Value[j] * v
		}
	}
	return y
}

// Backward: ds = column sums of dy x, and dx = dy s in the place of dy.
func (l *Scale) Backward(m *layer.Memo[float64], dy mat.Dense[float64]) mat.Dense[float64] {
	clear(l.S.Grad)
	for i := range dy.Rows {
		for j, g := range dy.Row(i) {
			l.S.Grad[j] += g * m.X.At(i, j)
			dy.Row(i)[j] = g * l.S.Value[j]
		}
	}
	return dy
}

// A layer needs four methods. It takes its buffers from the Memo, so that it can run
// in many goroutines and allocates nothing, and grad.Check tells whether its
// gradients are right.
func Example_customLayer() {
	model := layer.NewSequential[float64](
		layer.NewLinear[float64](3, 2, kernels.ActTanh),
		NewScale(2))
	layer.Initialize(model, 1)
	x := mat.FromRows([]float64{1, 2, 3}, []float64{-1, 0, 1})
	y := grad.Target[float64]{Values: mat.FromRows([]float64{1, 0}, []float64{0, 1})}
	diffs := grad.Check(model, grad.MSE[float64]{}, x, y)
	fmt.Println(model.Params()[2], grad.Worst(diffs).Rel < 1e-7)
	// Output: 1.scale [2] true
}

func ExampleNewSequential() {
	model := layer.NewSequential[float32](
		layer.NewLinear[float32](784, 256, kernels.ActIdentity).NoBias(),
		layer.NewBatchNorm[float32](256),
		layer.NewActivation[float32](kernels.ActReLU),
		layer.NewDropout[float32](0.2),
		layer.NewLinear[float32](256, 10, kernels.ActIdentity),
	)
	layer.Initialize(model, 1)
	for _, p := range model.Params() {
		fmt.Println(p)
	}
	// Output:
	// 0.weight [784 256]
	// 1.weight [256]
	// 1.bias [256]
	// 1.running_mean [256]
	// 1.running_var [256]
	// 4.weight [256 10]
	// 4.bias [10]
}

func ExampleNewWorkspace() {
	model := layer.NewLinear[float64](2, 1, kernels.ActIdentity)
	copy(model.W.Value, []float64{3, -1})
	ws := layer.NewWorkspace(model)

	x := mat.FromRows([]float64{1, 2}, []float64{0, 4})
	y := ws.Forward(x, true)
	fmt.Println(y.RawData())

	ws.Backward(mat.FromRows([]float64{1}, []float64{10})) // dL/dy
	fmt.Println(model.W.Grad, model.B.Grad)                // x^T dy and its column sums
	// Output:
	// [1 -4]
	// [1 42] [11]
}

func ExampleInit() {
	l := layer.NewLinear[float32](4, 4, kernels.ActTanh)
	l.W.Init = layer.XavierUniform[float32]
	l.B.Init = layer.Constant[float32](0.1)
	layer.Initialize(l, 1)
	fmt.Println(l.B.Value)
	// Output: [0.1 0.1 0.1 0.1]
}

// With the paths that gain kept off, products at medium are computed at highest.
func ExampleExplainPrecision() {
	defer kernels.LimitBF16(kernels.ActiveBF16())
	if err := kernels.LimitBF16(kernels.BF16Generic); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(layer.ExplainPrecision[float32](kernels.Highest) == "")
	fmt.Println(layer.ExplainPrecision[float32](kernels.Medium) != "")
	fmt.Println(layer.ExplainPrecision[float64](kernels.Medium))
	// Output:
	// true
	// true
	// float64 has no lower level
}
