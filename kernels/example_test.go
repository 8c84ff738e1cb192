package kernels_test

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/kernels"
)

func ExampleGemm() {
	a := []float64{ // 2 x 3
		1, 2, 3,
		4, 5, 6,
	}
	b := []float64{ // 3 x 2
		1, 0,
		0, 1,
		1, 1,
	}
	c := make([]float64, 4)
	kernels.Gemm(false, false, 2, 2, 3, 1, a, 3, b, 2, 0, c, 2)
	fmt.Println(c)
	// Output: [4 5 10 11]
}

// A call that cannot be meant panics with a ShapeError, which is an error.
func ExampleShapeError() {
	defer func() { fmt.Println(recover()) }()
	kernels.Gemm(false, false, 2, 2, 3, 1, make([]float32, 5), 3, make([]float32, 6), 2, 0,
		make([]float32, 4), 2)
	// Output: kernels.Gemm: len(a) = 5, want >= 6
}

// A Linear layer with ReLU for a batch of two: y = relu(x w + bias).
func ExampleGemmFused() {
	x := []float32{1, 2, -1, 1}
	w := []float32{1, -1, 2, 1}
	y := make([]float32, 4)
	kernels.GemmFused(false, false, 2, 2, 2, 1, x, 2, w, 2, 0, y, 2,
		kernels.Epilogue[float32]{Bias: []float32{0.5, -2}, Act: kernels.ActReLU})
	fmt.Println(y)
	// Output: [5.5 0 1.5 0]
}

// Weights that many batches share are packed once.
func ExampleGemmPacked() {
	w := kernels.PackB(false, 2, 3, []float32{
		1, 0, 2,
		0, 1, -1,
	}, 3)
	y := make([]float32, 3)
	for _, x := range [][]float32{{1, 2}, {3, 4}} {
		kernels.GemmPacked(false, 1, 1, x, 2, w, 0, y, 3, kernels.Epilogue[float32]{Act: kernels.ActReLU})
		fmt.Println(y)
	}
	// Output:
	// [1 2 0]
	// [3 4 2]
}

// Three products of 1 x 2 by 2 x 1, with the second operand shared.
func ExampleGemmBatch() {
	a := []float64{1, 2, 3, 4, 5, 6}
	b := []float64{10, 1}
	c := make([]float64, 3)
	kernels.GemmBatch(3, false, false, 1, 1, 2, 1, a, 2, 2, b, 1, 0, 0, c, 1, 1)
	fmt.Println(c)
	// Output: [12 34 56]
}

// A rotation that is applied to one point after the other.
func ExamplePrepareGemm() {
	rotate := kernels.PrepareGemm[float64](false, false, 1, 2, 2, 1, 2, 2, 0, 2)
	quarter := []float64{0, 1, -1, 0}
	p, q := []float64{3, 4}, make([]float64, 2)
	rotate.Do(p, quarter, q)
	rotate.Do(q, quarter, p)
	fmt.Println(q, p)
	// Output: [-4 3] [-3 -4]
}

// The gradients of a Linear layer: of its weights, x^T dz, and of its bias.
func ExampleGemmSums() {
	x := []float32{1, 2, 3, 4} // two samples of two inputs
	dz := []float32{1, -1}     // and of one output
	dw, db := make([]float32, 2), make([]float32, 1)
	kernels.GemmSums(2, 1, 2, 1, x, 2, dz, 1, 0, dw, 1, db)
	fmt.Println(dw, db)
	// Output: [-2 -2] [0]
}

func ExampleGemmTriangle() {
	a := []float64{1, 2, 3, 4}
	c := make([]float64, 4)
	kernels.GemmTriangle(false, false, true, 2, 2, 2, 1, a, 2, a, 2, 0, c, 2) // A times A transposed
	fmt.Println(c)
	// Output: [5 0 11 25]
}

func ExampleActivate() {
	x := []float32{-2, -0.5, 0, 3}
	kernels.Activate(kernels.ActLeakyReLU(0.25), x, x) // in place
	fmt.Println(x)
	// Output: [-0.5 -0.125 0 3]
}

func ExampleActivateGrad() {
	x := []float64{-1, 0, 2}
	y, d := make([]float64, 3), make([]float64, 3)
	kernels.ActivateGrad(kernels.ActHardTanh, y, d, x)
	fmt.Println(y, d)
	// Output: [-1 0 1] [0 1 0]
}

func ExampleSoftmax() {
	x := []float64{0, math.Log(3), 1000, 1000} // two rows of two
	y := make([]float64, 4)
	kernels.Softmax(2, 2, y, 2, x, 2)
	fmt.Printf("%.2f\n", y)
	// Output: [0.25 0.75 0.50 0.50]
}

func ExampleSoftmaxCrossEntropy() {
	logits := []float64{0, math.Log(3)}
	gradient := make([]float64, 2)
	loss := kernels.SoftmaxCrossEntropy(1, 2, gradient, 2, logits, 2, []int{1})
	fmt.Printf("%.4f %.2f\n", loss, gradient)
	// Output: 0.2877 [0.25 -0.25]
}

func ExampleBatchNormForward() {
	x := []float64{1, 10, 3, 30} // two samples of two features
	y := make([]float64, 4)
	norm := kernels.BatchNorm[float64]{
		Gamma: []float64{1, 1}, Beta: []float64{0, 5},
		Mean: make([]float64, 2), InvStd: make([]float64, 2),
		RunMean: make([]float64, 2), RunVar: []float64{1, 1},
		Momentum: 0.1, Eps: 1e-5,
	}
	kernels.BatchNormForward(2, 2, y, 2, x, 2, &norm)
	fmt.Printf("%.3f %.1f\n", y, norm.Mean)
	// Output: [-1.000 4.000 1.000 6.000] [2.0 20.0]
}

// Dropout needs no mask: the same seed and stream drop the same elements.
func ExampleDropout() {
	x := []float32{1, 1, 1, 1, 1, 1, 1, 1}
	y, dx := make([]float32, 8), make([]float32, 8)
	kernels.Dropout(y, x, 0.5, 1, 0)
	kernels.Dropout(dx, x, 0.5, 1, 0)
	fmt.Println(y)
	fmt.Println(dx)
	// Output:
	// [0 0 2 0 2 2 2 2]
	// [0 0 2 0 2 2 2 2]
}

func ExampleUpdateAdam() {
	w, g := []float64{1, 1}, []float64{0.5, -2}
	m, v := make([]float64, 2), make([]float64, 2)
	kernels.UpdateAdam(w, g, m, v, kernels.AdamParams{LR: 0.1, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Step: 1})
	fmt.Printf("%.4f\n", w)
	// Output: [0.9000 1.1000]
}

// Gradient descent uses the gradient of the weights up as it comes out.
func ExampleGemmBlocks() {
	x := []float64{1, 2, 3, 4} // 2 rows, 2 features
	dz := []float64{1, -1}     // 2 rows, 1 output
	w := []float64{0, 0}
	kernels.GemmBlocks(2, 1, 2, x, 2, dz, 1, func(row int, dw []float64) {
		kernels.UpdateSGD(w[row:row+len(dw)], dw, kernels.SGDParams{LR: 0.5})
	})
	fmt.Println(w)
	// Output: [1 1]
}

func ExampleLimit() {
	best := kernels.Active()
	if err := kernels.Limit(kernels.Generic); err != nil {
		fmt.Println(err)
	}
	fmt.Println(kernels.Active())
	if err := kernels.Limit(best); err != nil {
		fmt.Println(err)
	}
	fmt.Println(kernels.Limit(kernels.Tier(9)) != nil)
	// Output:
	// generic
	// true
}
