package layer_test

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// y = relu(x W + b), W with a row for each input.
func ExampleNewLinear() {
	l := layer.NewLinear[float64](2, 3, kernels.ActReLU)
	copy(l.W.Value, []float64{
		1, 0, -1,
		0, 1, -1,
	})
	copy(l.B.Value, []float64{0, 0.5, 0})
	ws := layer.NewWorkspace(l)
	y := ws.Forward(mat.FromRows([]float64{1, 2}, []float64{-1, 3}), false)
	fmt.Println(y.Row(0), y.Row(1))
	// Output: [1 2.5 0] [0 3.5 0]
}

func ExampleNewActivation() {
	ws := layer.NewWorkspace(layer.NewActivation[float64](kernels.ActHardTanh))
	fmt.Println(ws.Forward(mat.FromRows([]float64{-3, 0.5, 7}), false).RawData())
	// Output: [-1 0.5 1]
}

// Training normalises the batch by its own statistics. Inference normalises it by the
// running statistics, which Backward updates.
func ExampleNewBatchNorm() {
	l := layer.NewBatchNorm[float64](1)
	l.Momentum = 0.5
	layer.Initialize(l, 1) // scale 1 and shift 0, running mean 0 and variance 1
	ws := layer.NewWorkspace(l)
	x := mat.FromRows([]float64{4}, []float64{8})

	fmt.Printf("%.4f\n", ws.Forward(x, true).RawData())
	ws.Backward(mat.New[float64](2, 1))
	fmt.Println(l.RunMean.Value, l.RunVar.Value)
	fmt.Printf("%.4f\n", ws.Forward(x, false).RawData())
	// Output:
	// [-1.0000 1.0000]
	// [3] [4.5]
	// [0.4714 2.3570]
}

func ExampleNewLayerNorm() {
	l := layer.NewLayerNorm[float64](3)
	layer.Initialize(l, 1)
	ws := layer.NewWorkspace(l)
	y := ws.Forward(mat.FromRows([]float64{1, 2, 3}, []float64{100, 0, -100}), false)
	fmt.Printf("%.4f %.4f\n", y.Row(0), y.Row(1))
	// Output: [-1.2247 0.0000 1.2247] [1.2247 0.0000 -1.2247]
}

func ExampleNewRMSNorm() {
	l := layer.NewRMSNorm[float64](2)
	layer.Initialize(l, 1)
	ws := layer.NewWorkspace(l)
	fmt.Printf("%.4f\n", ws.Forward(mat.FromRows([]float64{1, 7}), false).RawData()) // over 5
	// Output: [0.2000 1.4000]
}

// Training drops elements, in each step by another mask. Inference does not.
func ExampleNewDropout() {
	ws := layer.NewWorkspace(layer.NewDropout[float32](0.5))
	ws.Seed = 1
	x := mat.FromRows([]float32{1, 1, 1, 1, 1, 1, 1, 1})
	for ws.Step = range 2 {
		fmt.Println(ws.Forward(x, true).RawData())
	}
	fmt.Println(ws.Forward(x, false).RawData())
	// Output:
	// [0 0 2 2 2 2 0 2]
	// [2 2 0 0 0 2 2 2]
	// [1 1 1 1 1 1 1 1]
}

// The slopes start at 1/4 and are learnt.
func ExampleNewPReLU() {
	l := layer.NewPReLU[float64](2)
	layer.Initialize(l, 1)
	ws := layer.NewWorkspace(l)
	fmt.Println(ws.Forward(mat.FromRows([]float64{-8, 3}), true).RawData())
	ws.Backward(mat.FromRows([]float64{1, 1}))
	fmt.Println(l.Slope.Grad)
	// Output:
	// [-2 3]
	// [-8 0]
}

func ExampleSoftmax() {
	ws := layer.NewWorkspace[float64](layer.Softmax[float64]{})
	y := ws.Forward(mat.FromRows([]float64{0, math.Log(3)}), false)
	fmt.Printf("%.4f\n", y.RawData())
	// Output: [0.2500 0.7500]
}

// The memos of a workspace have the input and the output of each layer.
func ExampleMemo() {
	first := layer.NewLinear[float64](2, 1, kernels.ActIdentity)
	copy(first.W.Value, []float64{1, -1})
	model := layer.NewSequential[float64](first, layer.NewActivation[float64](kernels.ActReLU))
	ws := layer.NewWorkspace(model)
	ws.Forward(mat.FromRows([]float64{2, 5}), true)
	ws.Visit(func(path string, l layer.Layer[float64], m *layer.Memo[float64]) {
		fmt.Printf("%q: %v -> %v\n", path, m.X.RawData(), m.Y.RawData())
	})
	// Output:
	// "": [2 5] -> [0]
	// "0": [2 5] -> [-3]
	// "1": [-3] -> [0]
}

// A parameter of a layer of your own: a gain for each of three features that starts at 1
// and that weight decay skips.
func ExampleNewParam() {
	gain := layer.NewParam("gain", layer.Constant(1.0), 3)
	gain.NoDecay = true
	gain.Init(gain, 1, 0) // Initialize does so for all parameters of a model
	fmt.Println(gain, gain.Value, len(gain.Grad))
	// Output: gain [3] [1 1 1] 3
}

// State is saved and loaded with a model but has no gradient.
func ExampleNewState() {
	seen := layer.NewState("samples_seen", layer.Zeros[float64], 1)
	fmt.Println(seen, seen.Value, seen.Grad == nil)
	// Output: samples_seen [1] [0] true
}
