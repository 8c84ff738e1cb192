package grad_test

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/mat"
)

// Half of the target is spread over all classes: 0.75 for the class, 0.25 for the other.
func ExampleSoftmaxCrossEntropy_smoothing() {
	logits := mat.FromRows([]float64{0, math.Log(3)}) // softmax 0.25, 0.75
	loss := grad.SoftmaxCrossEntropy[float64]{Smoothing: 0.5}
	dp := mat.New[float64](1, 2)
	fmt.Printf("%.4f ", loss.Grad(dp, logits, grad.Target[float64]{Classes: []int{0}}))
	fmt.Printf("%.4f\n", dp.RawData())
	// Output: 1.1116 [-0.5000 0.5000]
}

// The rare class 1 counts three times as much.
func ExampleSoftmaxCrossEntropy_classWeight() {
	logits := mat.FromRows([]float64{0, 0}, []float64{0, 0})
	loss := grad.SoftmaxCrossEntropy[float64]{ClassWeight: []float64{1, 3}}
	dp := mat.New[float64](2, 2)
	loss.Grad(dp, logits, grad.Target[float64]{Classes: []int{0, 1}})
	fmt.Printf("%.4f %.4f\n", dp.Row(0), dp.Row(1))
	// Output: [-0.1250 0.1250] [0.3750 -0.3750]
}

// Targets that are probabilities go into Values.
func ExampleSoftmaxCrossEntropy_probabilities() {
	logits := mat.FromRows([]float64{0, 0, 0, 0})
	dp := mat.New[float64](1, 4)
	loss := grad.SoftmaxCrossEntropy[float64]{}
	loss.Grad(dp, logits, grad.Target[float64]{Values: mat.FromRows([]float64{0.5, 0.5, 0, 0})})
	fmt.Printf("%.4f\n", dp.RawData())
	// Output: [-0.2500 -0.2500 0.2500 0.2500]
}

func ExampleSoftmaxCrossEntropy_Classify() {
	class := make([]int, 2)
	grad.SoftmaxCrossEntropy[float64]{}.Classify(class, mat.FromRows([]float64{1, 7, 3}, []float64{5, 0, 2}))
	fmt.Println(class)
	// Output: [1 0]
}

// A point on the right side of the margin (s z >= 1) pulls no more.
func ExampleHinge() {
	z, y := mat.FromRows([]float64{0.5}, []float64{3}, []float64{1}),
		mat.FromRows([]float64{1}, []float64{1}, []float64{0})
	dz := mat.New[float64](3, 1)
	loss := grad.Hinge[float64]{Reduction: grad.Sum}.Grad(dz, z, grad.Target[float64]{Values: y})
	fmt.Println(loss, dz.RawData())
	// Output: 2.5 [-1 0 1]
}

// Only the two that are on the wrong side count: 2 belongs below 0, -1 above.
func ExamplePerceptron() {
	z, y := mat.FromRows([]float64{2}, []float64{3}, []float64{-1}),
		mat.FromRows([]float64{0}, []float64{1}, []float64{1})
	dz := mat.New[float64](3, 1)
	loss := grad.Perceptron[float64]{Reduction: grad.Sum}.Grad(dz, z, grad.Target[float64]{Values: y})
	fmt.Println(loss, dz.RawData())
	// Output: 3 [1 0 -1]
}

func ExampleMAE() {
	p, y := mat.FromRows([]float64{1}, []float64{-3}), mat.New[float64](2, 1)
	dp := mat.New[float64](2, 1)
	loss := grad.MAE[float64]{}.Grad(dp, p, grad.Target[float64]{Values: y})
	fmt.Println(loss, dp.RawData())
	// Output: 2 [0.5 -0.5]
}

// The outlier pulls with a force of Delta, not 100.
func ExampleHuber() {
	p, y := mat.FromRows([]float64{1}, []float64{100}), mat.New[float64](2, 1)
	dp := mat.New[float64](2, 1)
	loss := grad.Huber[float64]{Delta: 2}.Grad(dp, p, grad.Target[float64]{Values: y})
	fmt.Println(loss, dp.RawData())
	// Output: 99.25 [0.5 1]
}

// The second row counts three times as much as the first.
func ExampleTarget_weights() {
	p, y := mat.FromRows([]float64{1}, []float64{2}), mat.New[float64](2, 1)
	dp := mat.New[float64](2, 1)
	loss := grad.MSE[float64]{}.Grad(dp, p, grad.Target[float64]{Values: y, Weights: []float64{1, 3}})
	fmt.Println(loss, dp.RawData()) // (1*1 + 3*4) / 4
	// Output: 3.25 [0.5 3]
}

func ExampleWeightOf() {
	// The loss of two batches together: the mean over 3 rows and that over 1 row.
	loss := grad.MSE[float64]{}
	part := func(rows int) float64 { return grad.WeightOf(loss, rows, grad.Target[float64]{}) }
	fmt.Printf("%.2f\n", (part(3)*0.5+part(1)*0.9)/(part(3)+part(1)))
	// Output: 0.60
}

// Class 0 is three times as frequent as class 1. With the weights both count the same.
func ExampleBalancedWeights() {
	labels := []int{0, 0, 0, 1}
	weights := grad.BalancedWeights[float64](labels, 2)
	fmt.Printf("%.4f\n", weights)
	logits, dp := mat.New[float64](4, 2), mat.New[float64](4, 2)
	loss := grad.SoftmaxCrossEntropy[float64]{ClassWeight: weights}
	loss.Grad(dp, logits, grad.Target[float64]{Classes: labels})
	fmt.Printf("%.4f %.4f\n", dp.Row(0), dp.Row(3))
	// Output:
	// [0.6667 2.0000]
	// [-0.0833 0.0833] [0.2500 -0.2500]
}

func ExampleBalancedWeightsOf() {
	fmt.Printf("%.4f\n", grad.BalancedWeightsOf[float64]([]int{3, 1, 0}))
	// Output: [0.4444 1.3333 0.0000]
}

// The second row has no class: it adds nothing to loss and gradient, and the mean is over the
// other.
func ExampleSoftmaxCrossEntropy_ignored() {
	logits := mat.FromRows([]float64{0, math.Log(3)}, []float64{5, 7})
	dp := mat.New[float64](2, 2)
	y := grad.Target[float64]{Classes: []int{1, grad.Ignored}}
	loss := grad.SoftmaxCrossEntropy[float64]{}
	fmt.Printf("%.4f %.4f %v\n", loss.Grad(dp, logits, y), dp.Row(0), dp.Row(1))
	fmt.Println(loss.Weight(2, y))
	// Output:
	// 0.2877 [0.2500 -0.2500] [0 0]
	// 1
}

// Three negatives stand against one positive, which therefore counts three times: the gradients
// of an untrained model add up to 0.
func ExampleBCEWithLogits_posWeight() {
	z, y := mat.New[float64](4, 1), mat.FromRows([]float64{1}, []float64{0}, []float64{0}, []float64{0})
	dz := mat.New[float64](4, 1)
	grad.BCEWithLogits[float64]{PosWeight: 3}.Grad(dz, z, grad.Target[float64]{Values: y})
	fmt.Println(dz.RawData())
	// Output: [-0.375 0.125 0.125 0.125]
}

// A setting that cannot work is named before it is used.
func ExampleHuber_Check() {
	fmt.Println(grad.Huber[float64]{Delta: -1}.Check(1, 0))
	// Output: grad.Huber: Delta = -1, want a positive number that float64 can hold, or 0 for 1
}

func ExampleSoftmaxCrossEntropy_Check() {
	fmt.Println(grad.SoftmaxCrossEntropy[float64]{ClassWeight: []float64{1, 3}}.Check(3, 3))
	// Output: grad.SoftmaxCrossEntropy: len(ClassWeight) = 2, want 3, one an output of the model
}
