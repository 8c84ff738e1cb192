package kernels_test

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
)

// A mini-batch of the rows 2 and 0.
func ExampleGatherRows() {
	set := []float32{
		0, 1,
		10, 11,
		20, 21,
	}
	batch := make([]float32, 4)
	kernels.GatherRows(2, 2, batch, 2, 3, set, 2, []int{2, 0})
	fmt.Println(batch)
	// Output: [20 21 0 1]
}

func ExampleScaleBytes() {
	x := make([]float32, 3)
	kernels.ScaleBytes(x, []uint8{0, 51, 255}, 1.0/255, 0)
	fmt.Printf("%.4f\n", x)
	// Output: [0.0000 0.2000 1.0000]
}

func ExampleTranspose() {
	a := []float64{
		1, 2, 3,
		4, 5, 6,
	}
	at := make([]float64, 6)
	kernels.Transpose(2, 3, at, 2, a, 3)
	fmt.Println(at)
	// Output: [1 4 2 5 3 6]
}

// Seed and stream name the numbers: they are the same on every machine.
func ExampleUniform() {
	x, again := make([]float64, 3), make([]float64, 3)
	kernels.Uniform(x, -1, 1, 7, 0)
	kernels.Uniform(again, -1, 1, 7, 0)
	fmt.Printf("%.4f %.4f\n", x, again)
	// Output: [0.5003 0.5906 -0.9831] [0.5003 0.5906 -0.9831]
}

func ExampleNormal() {
	x := make([]float64, 10000)
	kernels.Normal(x, 5, 2, 7, 0) // mean 5, standard deviation 2
	fmt.Printf("%.4f %.4f %.4f\n", x[:3], kernels.Mean(x), kernels.Variance(x))
	// Output: [7.8601 6.7074 8.4380] 4.9921 4.0808
}
