package kernels_test

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/kernels"
)

func ExampleMSE() {
	dp := make([]float64, 2)
	loss := kernels.MSE(dp, []float64{1, 3}, []float64{0, 0})
	fmt.Println(loss, dp)
	// Output: 5 [1 3]
}

func ExampleMAE() {
	dp := make([]float64, 2)
	loss := kernels.MAE(dp, []float64{1, -3}, []float64{0, 0})
	fmt.Println(loss, dp)
	// Output: 2 [0.5 -0.5]
}

// The outlier pulls no harder than an error of delta = 1 would.
func ExampleHuber() {
	dp := make([]float64, 2)
	loss := kernels.Huber(dp, []float64{0.5, 100}, []float64{0, 0}, 1)
	fmt.Println(loss, dp)
	// Output: 49.8125 [0.25 0.5]
}

func ExampleBCE() {
	p := []float64{0.5, 0.75} // probabilities
	loss := kernels.BCE(p, p, []float64{1, 0})
	fmt.Printf("%.4f %.4f\n", loss, p) // the gradient in the place of p
	// Output: 1.0397 [-1.0000 2.0000]
}

func ExampleBCEWithLogits() {
	dz := make([]float64, 2)
	loss := kernels.BCEWithLogits(dz, []float64{0, math.Log(3)}, []float64{1, 0})
	fmt.Printf("%.4f %.4f\n", loss, dz) // sigmoid(z) minus the target, over 2
	// Output: 1.0397 [-0.2500 0.3750]
}

// A target that is shared between two classes.
func ExampleSoftmaxCrossEntropyTargets() {
	logits := []float64{0, 0, math.Log(2)}
	dx := make([]float64, 3)
	loss := kernels.SoftmaxCrossEntropyTargets(1, 3, dx, 3, logits, 3, []float64{0, 0.6, 0.4}, 3)
	fmt.Printf("%.4f %.4f\n", loss, dx) // softmax minus the target
	// Output: 1.1090 [0.2500 -0.3500 0.1000]
}

func ExampleLogSoftmax() {
	y := make([]float64, 2)
	kernels.LogSoftmax(1, 2, y, 2, []float64{0, math.Log(3)}, 2)
	fmt.Printf("%.4f %.4f\n", y, math.Exp(y[1]))
	// Output: [-1.3863 -0.2877] 0.7500
}

// Each row is reduced to one number; exp(1000) alone would overflow.
func ExampleLogSumExp() {
	y := make([]float64, 2)
	kernels.LogSumExp(2, 2, y, []float64{
		0, 0,
		1000, 1000,
	}, 2)
	fmt.Printf("%.4f\n", y)
	// Output: [0.6931 1000.6931]
}

func ExampleArgMax() {
	scores := []float32{
		1, 7, 3,
		5, 5, 0,
	}
	class := make([]int, 2)
	kernels.ArgMax(2, 3, class, scores, 3)
	fmt.Println(class)
	// Output: [1 0]
}

func ExampleTopKHits() {
	scores := []float32{
		1, 7, 3,
		5, 6, 0,
	}
	labels := []int{2, 2}
	fmt.Println(kernels.TopKHits(2, 3, scores, 3, labels, 1), kernels.TopKHits(2, 3, scores, 3, labels, 2))
	// Output: 0 1
}
