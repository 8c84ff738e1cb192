package kernels_test

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
)

// Forward keeps its output where the derivative follows from it, else the derivative:
// FromOutput says which of the two ActivateBackward wants.
func ExampleActivateBackward() {
	x, dy := []float64{-1, 0.5, 2}, []float64{1, 1, 10}
	for _, act := range []kernels.Activation{kernels.ActTanh, kernels.ActGELU} {
		y, d, dx := make([]float64, 3), make([]float64, 3), make([]float64, 3)
		if act.FromOutput() {
			kernels.Activate(act, y, x)
			kernels.ActivateBackward(act, dx, dy, y)
		} else {
			kernels.ActivateGrad(act, y, d, x)
			kernels.ActivateBackward(act, dx, dy, d)
		}
		fmt.Printf("%v: y = %.4f, dx = %.4f\n", act, y, dx)
	}
	// Output:
	// tanh: y = [-0.7616 0.4621 0.9640], dx = [0.4200 0.7864 0.7065]
	// gelu: y = [-0.1587 0.3457 1.9545], dx = [-0.0833 0.8675 10.8523]
}

func ExampleActELU() {
	y := make([]float64, 3)
	kernels.Activate(kernels.ActELU(2), y, []float64{-1, 0, 3})
	fmt.Printf("%v: %.4f\n", kernels.ActELU(2), y)
	// Output: elu(2): [-1.2642 0.0000 3.0000]
}

func ExampleActLeakyReLU() {
	y := make([]float64, 3)
	kernels.Activate(kernels.ActLeakyReLU(0.125), y, []float64{-8, 0, 3})
	fmt.Println(kernels.ActLeakyReLU(0.125), y)
	// Output: leaky_relu(0.125) [-1 0 3]
}

// Two samples of two features, each with a slope of its own.
func ExamplePReLU() {
	y := make([]float32, 4)
	kernels.PReLU(2, 2, y, 2, []float32{
		-1, -1,
		2, 3,
	}, 2, []float32{0.25, 0.5})
	fmt.Println(y)
	// Output: [-0.25 -0.5 2 3]
}

func ExamplePReLUBackward() {
	x := []float32{
		-1, -1,
		2, 3,
	}
	dy := []float32{
		1, 1,
		10, 10,
	}
	dx, dslope := make([]float32, 4), make([]float32, 2)
	kernels.PReLUBackward(2, 2, dx, 2, dy, 2, x, 2, []float32{0.25, 0.5}, dslope)
	fmt.Println(dx, dslope)
	// Output: [0.25 0.5 10 10] [-1 -1]
}

func ExampleParseActivation() {
	act, err := kernels.ParseActivation("leaky_relu(0.01)")
	fmt.Println(act == kernels.ActLeakyReLU(0.01), err)
	_, err = kernels.ParseActivation("swish")
	fmt.Println(err != nil)
	// Output:
	// true <nil>
	// true
}
