package grad_test

import (
	"fmt"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

func ExampleNorm() {
	l := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
	l.W.Grad[0], l.B.Grad[0] = 3, 4
	fmt.Println(grad.Norm(l.Params()))
	// Output: 5
}

func ExampleClipValue() {
	l := layer.NewLinear[float64](2, 1, kernels.ActIdentity).NoBias()
	copy(l.W.Grad, []float64{3, -0.5})
	grad.ClipValue(l.Params(), 1)
	fmt.Println(l.W.Grad)
	// Output: [1 -0.5]
}

// Each layer is shortened on its own: the second one is not.
func ExampleClipLayers() {
	first, second := layer.NewLinear[float64](2, 1, kernels.ActIdentity),
		layer.NewLinear[float64](1, 1, kernels.ActIdentity)
	model := layer.NewSequential[float64](first, second)
	copy(first.W.Grad, []float64{3, 4})
	second.W.Grad[0] = 0.5
	grad.ClipLayers(model.Params(), 1)
	fmt.Println(first.W.Scale(), second.W.Scale())
	// Output: 0.2 1
}

// The gradient of a unit, a column of the weights, may be half as long as the unit.
func ExampleClipAdaptive() {
	l := layer.NewLinear[float64](2, 2, kernels.ActIdentity).NoBias()
	copy(l.W.Value, []float64{
		3, 3,
		4, 4,
	})
	copy(l.W.Grad, []float64{
		30, 0,
		40, 1,
	})
	grad.ClipAdaptive(l.Params(), 0.5, 1e-3)
	fmt.Printf("%.4f\n", l.W.Grad)
	// Output: [1.5000 0.0000 2.0000 1.0000]
}

// The same with the whole matrix as one unit: a norm of 50 becomes half of 5.
func ExampleClipAdaptiveTensors() {
	l := layer.NewLinear[float64](2, 1, kernels.ActIdentity).NoBias()
	copy(l.W.Value, []float64{3, 4})
	copy(l.W.Grad, []float64{40, 30})
	grad.ClipAdaptiveTensors(l.Params(), 0.5, 1e-3)
	fmt.Println(l.W.Scale()) // which the optimizer's step takes
	// Output: 0.05
}

func ExampleWorst() {
	fmt.Println(grad.Worst([]grad.Difference{
		{Name: "0.weight", Rel: 3e-11, Step: 1e-3},
		{Name: "0.bias", Rel: 2e-2, Step: 1e-3}, // a mistake
	}))
	// Output: 0.bias: 0.02 at h = 0.001
}
