package grad_test

import (
	"fmt"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/optim"
)

func ExampleSoftmaxCrossEntropy() {
	logits := mat.FromRows([]float64{2, 2, 2, 2})
	dp := mat.New[float64](1, 4)
	loss := grad.SoftmaxCrossEntropy[float64]{}.Grad(dp, logits, grad.Target[float64]{Classes: []int{1}})
	fmt.Printf("%.4f %.2f\n", loss, dp.RawData()) // log 4, and softmax minus the target
	// Output: 1.3863 [0.25 -0.75 0.25 0.25]
}

func ExampleMSE() {
	p, y := mat.FromRows([]float64{1}, []float64{3}), mat.FromRows([]float64{0}, []float64{0})
	dp := mat.New[float64](2, 1)
	loss := grad.MSE[float64]{}.Grad(dp, p, grad.Target[float64]{Values: y})
	fmt.Println(loss, dp.RawData())
	// Output: 5 [1 3]
}

func ExampleBCE() {
	p, y := mat.FromRows([]float64{0.5}), mat.FromRows([]float64{1})
	loss := grad.BCE[float64]{}.Grad(p, p, grad.Target[float64]{Values: y}) // the gradient in the place of p
	fmt.Printf("%.4f %v\n", loss, p.RawData())
	// Output: 0.6931 [-2]
}

func ExampleBCEWithLogits() {
	z, y := mat.FromRows([]float64{0}, []float64{-800}), mat.FromRows([]float64{1}, []float64{1})
	dz := mat.New[float64](2, 1)
	loss := grad.BCEWithLogits[float64]{}.Grad(dz, z, grad.Target[float64]{Values: y})
	fmt.Printf("%.2f %v\n", loss, dz.RawData()) // certain and wrong: large, not infinite
	// Output: 400.35 [-0.25 -0.5]
}

func ExampleCheck() {
	model := layer.NewLinear[float64](2, 3, kernels.ActTanh)
	layer.Initialize(model, 1)
	x := mat.FromRows([]float64{1, -1}, []float64{0.5, 2})
	y := grad.Target[float64]{Values: mat.New[float64](2, 3)}
	for _, d := range grad.Check(model, grad.MSE[float64]{}, x, y) {
		fmt.Println(d.Name, d.Rel < 1e-7)
	}
	// Output:
	// input true
	// weight true
	// bias true
}

// A training loop by hand: regression with one neuron, y = 2x - 1, by batch gradient
// descent.
func Example_trainingLoop() {
	model := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
	layer.Initialize(model, 1)
	x := mat.FromRows([]float64{-1}, []float64{0}, []float64{1}, []float64{2})
	y := grad.Target[float64]{Values: mat.FromRows([]float64{-3}, []float64{-1}, []float64{1}, []float64{3})}

	ws, opt, loss := layer.NewWorkspace(model), &optim.SGD[float64]{}, grad.MSE[float64]{}
	dp := mat.New[float64](4, 1)
	for range 200 {
		loss.Grad(dp, ws.Forward(x, true), y)
		ws.Backward(dp)
		opt.Step(model.Params(), 0.2)
	}
	fmt.Printf("y = %.4fx %+.4f\n", model.W.Value[0], model.B.Value[0])
	// Output: y = 2.0000x -1.0000
}
