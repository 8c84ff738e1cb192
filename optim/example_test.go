package optim_test

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/optim"
)

// Nesterov's form looks ahead: its first step is already 1 + mu times as long.
func ExampleNewNesterov() {
	l := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
	l.W.Grad[0] = 1
	opt := optim.NewNesterov[float64](0.5)
	for range 3 {
		opt.Step(l.Params(), 1)
		fmt.Println(l.W.Value[0])
	}
	// Output:
	// -1.5
	// -3.25
	// -5.125
}

// Elements with large and with small gradients take steps of one length, which shrink as
// the squares add up.
func ExampleNewAdagrad() {
	l := layer.NewLinear[float64](2, 1, kernels.ActIdentity)
	copy(l.W.Grad, []float64{100, 0.01})
	opt := optim.NewAdagrad[float64]()
	for range 2 {
		opt.Step(l.Params(), 1)
		fmt.Printf("%.4f\n", l.W.Value)
	}
	// Output:
	// [-1.0000 -1.0000]
	// [-1.7071 -1.7071]
}

func ExampleNewRMSProp() {
	l := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
	l.W.Grad[0] = 5
	opt := optim.NewRMSProp[float64]()
	opt.Alpha = 0.75
	opt.Step(l.Params(), 0.1) // 0.1 * 5 / sqrt(0.25 * 5^2)
	fmt.Printf("%.4f\n", l.W.Value[0])
	// Output: -0.2000
}

// Adadelta finds the length of its steps itself: the rate is 1.
func ExampleNewAdadelta() {
	l := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
	l.W.Grad[0] = 42
	opt := optim.NewAdadelta[float64]()
	opt.Eps = 1e-4
	for range 3 {
		opt.Step(l.Params(), 1)
		fmt.Printf("%.4f\n", l.W.Value[0])
	}
	// Output:
	// -0.0316
	// -0.0641
	// -0.0971
}

// Weights shrink by the rate times lambda, gradient or not; biases do not.
func ExampleNewAdamW() {
	l := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
	l.W.Value[0], l.B.Value[0] = 1, 1
	opt := optim.NewAdamW[float64](0.5)
	opt.Step(l.Params(), 0.1)
	fmt.Println(l.W.Value[0], l.B.Value[0])
	// Output: 0.95 1
}

// One large gradient and many small ones: Adam forgets the large one, while AMSGrad goes on
// in small steps, since the largest v stays under the root.
func ExampleNewAMSGrad() {
	adam, amsgrad := layer.NewLinear[float64](1, 1, kernels.ActIdentity),
		layer.NewLinear[float64](1, 1, kernels.ActIdentity)
	a, b := optim.NewAdam[float64](), optim.NewAMSGrad[float64]()
	a.Beta2, b.Beta2 = 0.5, 0.5
	for step := range 20 {
		g := 1.0
		if step == 0 {
			g = 100
		}
		adam.W.Grad[0], amsgrad.W.Grad[0] = g, g
		a.Step(adam.Params(), 0.1)
		b.Step(amsgrad.Params(), 0.1)
	}
	fmt.Printf("%.4f %.4f\n", adam.W.Value[0], amsgrad.W.Value[0])
	// Output: -4.1772 -0.3767
}

// The momentum warms up, so the first steps differ in length.
func ExampleNewNAdam() {
	l := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
	l.W.Grad[0] = 42
	opt := optim.NewNAdam[float64]()
	for range 3 {
		opt.Step(l.Params(), 0.001)
		fmt.Printf("%.6f\n", l.W.Value[0])
	}
	// Output:
	// -0.001056
	// -0.001840
	// -0.002572
}

// Every step has the length of the rate, along the sign of the gradient; here without
// weight decay.
func ExampleNewLion() {
	l := layer.NewLinear[float64](2, 1, kernels.ActIdentity)
	copy(l.W.Grad, []float64{1000, -0.001})
	opt := optim.NewLion[float64](0)
	opt.Step(l.Params(), 0.1)
	fmt.Println(l.W.Value)
	// Output: [-0.1 0.1]
}

func ExampleConstant() {
	rate := optim.Constant(0.1)
	fmt.Println(rate(0), rate(1000))
	// Output: 0.1 0.1
}

func ExampleCosine() {
	rate := optim.Cosine(1, 0.5, 4)
	for step := range 6 {
		fmt.Printf("%.4f ", rate(step))
	}
	// Output: 1.0000 0.9268 0.7500 0.5732 0.5000 0.5000
}

// The third epoch without improvement is one too many.
func ExamplePlateau() {
	plateau := optim.Plateau{Initial: 0.1, Factor: 0.5, Patience: 2}
	for _, loss := range []float64{1.0, 0.8, 0.9, 0.8, 0.9, 0.7} {
		lowered := plateau.Observe(loss)
		fmt.Println(loss, lowered, plateau.Rate(0))
	}
	// Output:
	// 1 false 0.1
	// 0.8 false 0.1
	// 0.9 false 0.1
	// 0.8 false 0.1
	// 0.9 true 0.05
	// 0.7 false 0.05
}

// The optimizer updates large weights as their gradient comes out of Backward, and the
// rest at the end.
func ExampleIncremental() {
	model := layer.NewLinear[float64](2, 1, kernels.ActIdentity)
	ws := layer.NewWorkspace(model)
	var opt optim.Incremental[float64] = &optim.SGD[float64]{}
	ws.Update = opt.Update

	ws.Forward(mat.FromRows([]float64{1, 2}), true)
	opt.Begin(model.Params(), 0.5)
	ws.Backward(mat.FromRows([]float64{1})) // dL/dy
	opt.End(model.Params())
	fmt.Println(model.W.Value, model.B.Value)
	// Output: [-0.5 -1] [-0.5]
}

// The first cycle has two steps, the second four.
func ExampleWarmRestarts() {
	rate := optim.WarmRestarts(1, 0, 2, 2)
	for step := range 8 {
		fmt.Printf("%.4f ", rate(step))
	}
	// Output: 1.0000 0.5000 1.0000 0.8536 0.5000 0.1464 1.0000 0.9619
}

// A setting that cannot work is named before it is used.
func ExampleChecker() {
	var o optim.Checker = &optim.Adam[float64]{Beta1: 0.9, Beta2: -1, Eps: 1e-8}
	fmt.Println(o.Check())
	// Output: optim.Adam: Beta2 = -1, want a number from 0 to below 1
}
