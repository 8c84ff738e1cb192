package layer_test

import (
	"fmt"
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// One seed gives the same parameters everywhere.
func ExampleInitialize() {
	a, b := layer.NewLinear[float32](3, 2, kernels.ActReLU), layer.NewLinear[float32](3, 2, kernels.ActReLU)
	layer.Initialize(a, 1)
	layer.Initialize(b, 1)
	fmt.Println(slices.Equal(a.W.Value, b.W.Value), a.B.Value)
	layer.Initialize(b, 2)
	fmt.Println(slices.Equal(a.W.Value, b.W.Value))
	// Output:
	// true [0 0]
	// false
}

// The default in front of ReLU: the variance 2/in makes up for the half that it cuts off.
func ExampleHeNormal() {
	w := layer.NewParam("weight", layer.HeNormal[float64], 200, 100)
	w.Init(w, 1, 0)
	fmt.Printf("variance %.4f, 2/in = %.4f\n", kernels.Variance(w.Value), 2.0/200)
	// Output: variance 0.0100, 2/in = 0.0100
}

func ExampleHeUniform() {
	w := layer.NewParam("weight", layer.HeUniform[float64], 200, 100)
	w.Init(w, 1, 0)
	fmt.Printf("variance %.4f, largest %.4f\n", kernels.Variance(w.Value),
		kernels.MaxAbs(w.Value)) // 2/in, sqrt(6/in)
	// Output: variance 0.0100, largest 0.1732
}

// The default in front of tanh, sigmoid and the identity.
func ExampleXavierNormal() {
	w := layer.NewParam("weight", layer.XavierNormal[float64], 300, 100)
	w.Init(w, 1, 0)
	fmt.Printf("variance %.4f, 2/(in+out) = %.4f\n", kernels.Variance(w.Value), 2.0/400)
	// Output: variance 0.0050, 2/(in+out) = 0.0050
}

func ExampleXavierUniform() {
	w := layer.NewParam("weight", layer.XavierUniform[float64], 300, 100)
	w.Init(w, 1, 0)
	fmt.Printf("variance %.4f, largest %.4f\n", kernels.Variance(w.Value),
		kernels.MaxAbs(w.Value)) // 2/(in+out), sqrt(6/(in+out))
	// Output: variance 0.0050, largest 0.1225
}

// For SELU, whose layers keep a variance of 1 with weights of variance 1/in.
func ExampleLeCunNormal() {
	l := layer.NewLinear[float64](200, 100, kernels.ActSELU)
	l.W.Init = layer.LeCunNormal[float64]
	layer.Initialize(l, 1)
	fmt.Printf("variance %.4f, 1/in = %.4f\n", kernels.Variance(l.W.Value), 1.0/200)
	// Output: variance 0.0050, 1/in = 0.0050
}

func ExampleLeCunUniform() {
	w := layer.NewParam("weight", layer.LeCunUniform[float64], 200, 100)
	w.Init(w, 1, 0)
	fmt.Printf("variance %.4f, largest %.4f\n", kernels.Variance(w.Value),
		kernels.MaxAbs(w.Value)) // 1/in, sqrt(3/in)
	// Output: variance 0.0050, largest 0.1225
}

// The columns have length 1 and stand at right angles.
func ExampleOrthogonal() {
	w := layer.NewParam("weight", layer.Orthogonal[float64](1), 4, 2)
	w.Init(w, 1, 0)
	gram := make([]float64, 4) // W^T W
	kernels.Gemm(true, false, 2, 2, 4, 1, w.Value, 2, w.Value, 2, 0, gram, 2)
	fmt.Printf("%.4f %.4f %t\n", gram[0], gram[3], math.Abs(gram[1]) < 1e-15)
	// Output: 1.0000 1.0000 true
}

func ExampleConstant() {
	l := layer.NewLinear[float32](2, 3, kernels.ActReLU)
	l.B.Init = layer.Constant[float32](0.1)
	layer.Initialize(l, 1)
	fmt.Println(l.B.Value)
	// Output: [0.1 0.1 0.1]
}

// A layer that begins as the identity.
func ExampleGiven() {
	l := layer.NewLinear[float32](2, 2, kernels.ActIdentity)
	l.W.Init = layer.Given([]float32{
		1, 0,
		0, 1,
	})
	layer.Initialize(l, 1)
	fmt.Println(l.W.Value)
	// Output: [1 0 0 1]
}

// The last layer of a residual block often begins with 0, so that the block begins as
// its skip.
func ExampleZeros() {
	l := layer.NewLinear[float32](2, 2, kernels.ActIdentity)
	l.W.Init = layer.Zeros[float32]
	layer.Initialize(l, 1)
	fmt.Println(l.W.Value)
	// Output: [0 0 0 0]
}
