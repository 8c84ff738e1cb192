package kernels_test

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/kernels"
)

func ExampleExp() {
	y := make([]float64, 3)
	kernels.Exp(y, []float64{0, 1, -1000})
	fmt.Printf("%.4f\n", y)
	// Output: [1.0000 2.7183 0.0000]
}

// Near 0, exp(x) - 1 would have lost all digits of x.
func ExampleExpm1() {
	y := make([]float64, 2)
	kernels.Expm1(y, []float64{1e-20, 1})
	fmt.Printf("%.4g\n", y)
	// Output: [1e-20 1.718]
}

func ExampleLog() {
	x := []float64{1, math.E, 0, -1}
	kernels.Log(x, x) // in place
	fmt.Printf("%.4f\n", x)
	// Output: [0.0000 1.0000 -Inf NaN]
}

// Near 0, log(1 + x) would have lost all digits of x.
func ExampleLog1p() {
	y := make([]float64, 2)
	kernels.Log1p(y, []float64{1e-20, 1})
	fmt.Printf("%.4g\n", y)
	// Output: [1e-20 0.6931]
}

func ExampleSigmoid() {
	y := make([]float32, 3)
	kernels.Sigmoid(y, []float32{-2, 0, 2})
	fmt.Printf("%.4f\n", y)
	// Output: [0.1192 0.5000 0.8808]
}

func ExampleTanh() {
	y := make([]float32, 3)
	kernels.Tanh(y, []float32{-1, 0, 100})
	fmt.Printf("%.4f\n", y)
	// Output: [-0.7616 0.0000 1.0000]
}

// The probability that a normal deviate is below 0, 1 and 2 standard deviations.
func ExampleErf() {
	p := []float64{0, 1 / math.Sqrt2, 2 / math.Sqrt2}
	kernels.Erf(p, p)
	for i := range p {
		p[i] = (1 + p[i]) / 2
	}
	fmt.Printf("%.4f\n", p)
	// Output: [0.5000 0.8413 0.9772]
}

// log(1 + exp(x)) does not overflow.
func ExampleSoftplus() {
	y := make([]float64, 3)
	kernels.Softplus(y, []float64{-1, 0, 1000})
	fmt.Printf("%.4f\n", y)
	// Output: [0.3133 0.6931 1000.0000]
}

func ExampleSqrt() {
	y := make([]float32, 3)
	kernels.Sqrt(y, []float32{0, 2, 9})
	fmt.Printf("%.4f\n", y)
	// Output: [0.0000 1.4142 3.0000]
}

func ExampleRsqrt() {
	y := make([]float32, 3)
	kernels.Rsqrt(y, []float32{0, 2, 4})
	fmt.Printf("%.4f\n", y)
	// Output: [+Inf 0.7071 0.5000]
}
