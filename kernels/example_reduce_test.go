package kernels_test

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/kernels"
)

func ExampleSum() {
	fmt.Println(kernels.Sum([]float64{1, 2, 3, 4}))
	// Output: 10
}

func ExampleMean() {
	fmt.Println(kernels.Mean([]float32{1, 2, 3, 4}), kernels.Mean[float32](nil))
	// Output: 2.5 NaN
}

// A mean far larger than the deviation costs no accuracy.
func ExampleVariance() {
	fmt.Println(kernels.Variance([]float64{1e9 + 1, 1e9 + 2, 1e9 + 3, 1e9 + 4}))
	// Output: 1.25
}

// The norm of all gradients of a model together.
func ExampleSumSquares() {
	weights, bias := []float32{1, 4, 2}, []float32{2}
	fmt.Println(math.Sqrt(kernels.SumSquares(weights, bias)))
	// Output: 5
}

func ExampleColumnSums() {
	sum := make([]float32, 3)
	kernels.ColumnSums(2, 3, sum, []float32{
		1, 2, 3,
		10, 20, 30,
	}, 3)
	fmt.Println(sum)
	// Output: [11 22 33]
}

func ExampleColumnMoments() {
	mean, variance := make([]float64, 2), make([]float64, 2)
	kernels.ColumnMoments(2, 2, mean, variance, []float64{
		1, 10,
		3, 30,
	}, 2)
	fmt.Println(mean, variance)
	// Output: [2 20] [1 100]
}

func ExampleAddBias() {
	y := []float32{
		1, 2,
		3, 4,
	}
	kernels.AddBias(2, 2, y, 2, y, 2, []float32{10, 20}) // in place
	fmt.Println(y)
	// Output: [11 22 13 24]
}

func ExampleClip() {
	g := []float32{-3, 0.5, 7}
	kernels.Clip(g, g, -1, 1) // in place
	fmt.Println(g)
	// Output: [-1 0.5 1]
}

// A gradient may be half as long as the weights of its row; the second one is.
func ExampleAdaptiveClipRows() {
	w := []float64{
		3, 4, // norm 5
		3, 4,
	}
	g := []float64{
		30, 40, // norm 50
		0, 1,
	}
	kernels.AdaptiveClipRows(2, 2, g, 2, w, 2, 0.5, 1e-3)
	fmt.Printf("%.4f\n", g)
	// Output: [1.5000 2.0000 0.0000 1.0000]
}

// The same with units down the columns.
func ExampleAdaptiveClipColumns() {
	w := []float64{
		3, 3,
		4, 4,
	}
	g := []float64{
		30, 0,
		40, 1,
	}
	kernels.AdaptiveClipColumns(2, 2, g, 2, w, 2, 0.5, 1e-3)
	fmt.Printf("%.4f\n", g)
	// Output: [1.5000 0.0000 2.0000 1.0000]
}
