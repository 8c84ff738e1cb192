package kernels_test

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
)

// Gradient descent with the gradient halved and weight decay added to it.
func ExampleUpdateSGD() {
	w := []float64{1, 1}
	kernels.UpdateSGD(w, []float64{4, -2}, kernels.SGDParams{LR: 0.1, GradScale: 0.5, WeightDecay: 1})
	fmt.Printf("%.4f\n", w)
	// Output: [0.7000 1.0000]
}

// The second step is longer than the first: the velocity has grown.
func ExampleUpdateMomentum() {
	w, g, v := []float64{1}, []float64{1}, []float64{0}
	for range 2 {
		kernels.UpdateMomentum(w, g, v, kernels.SGDParams{LR: 0.1, Momentum: 0.5})
		fmt.Printf("%.4f %.4f\n", w, v)
	}
	// Output:
	// [0.9000] [1.0000]
	// [0.7500] [1.5000]
}

func ExampleUpdateNesterov() {
	w, g, v := []float64{1}, []float64{1}, []float64{0}
	for range 2 {
		kernels.UpdateNesterov(w, g, v, kernels.SGDParams{LR: 0.1, Momentum: 0.5})
		fmt.Printf("%.4f %.4f\n", w, v)
	}
	// Output:
	// [0.8500] [1.0000]
	// [0.6750] [1.5000]
}

// The bias corrections of a step are worked out once for all parameters of a model.
func ExampleAdamParams_Prepare() {
	p := kernels.AdamParams{LR: 0.1, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Step: 1}
	p.Prepare()
	for _, w := range [][]float64{{1, 2}, {3}} {
		g, m, v := make([]float64, len(w)), make([]float64, len(w)), make([]float64, len(w))
		g[0] = 5
		kernels.UpdateAdam(w, g, m, v, p)
		fmt.Printf("%.4f\n", w)
	}
	// Output:
	// [0.9000 2.0000]
	// [2.9000]
}

// The largest v so far stays under the root after a large gradient.
func ExampleUpdateAMSGrad() {
	w, m, v, top := []float64{0}, []float64{0}, []float64{0}, []float64{0}
	for i, g := range []float64{10, 0} {
		kernels.UpdateAMSGrad(w, []float64{g}, m, v, top,
			kernels.AdamParams{LR: 0.1, Beta1: 0.5, Beta2: 0.5, Eps: 1e-8, Step: i + 1})
		fmt.Printf("%.4f %.0f %.0f\n", w, v, top)
	}
	// Output:
	// [-0.1000] [50] [50]
	// [-0.1408] [25] [50]
}

// Advance goes to the next step and brings the product of the momenta along.
func ExampleUpdateNAdam() {
	w, g := []float64{1, 1}, []float64{0.5, -2}
	m, v := make([]float64, 2), make([]float64, 2)
	p := kernels.NAdamParams{LR: 0.1, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, MomentumDecay: 0.004}
	for range 2 {
		p.Advance()
		kernels.UpdateNAdam(w, g, m, v, p)
		fmt.Printf("%.4f\n", w)
	}
	// Output:
	// [0.8944 1.1056]
	// [0.8160 1.1840]
}

// The momentum of NAdam warms up from half of Beta1.
func ExampleNAdamParams() {
	p := kernels.NAdamParams{Beta1: 0.9, MomentumDecay: 0.004}
	fmt.Printf("%.4f %.4f %.4f\n", p.Mu(1), p.Mu(1000), p.Mu(100000))
	p.Advance()
	p.Advance()
	fmt.Printf("%d %.4f\n", p.Step, p.MuProduct)
	// Output:
	// 0.4501 0.5178 0.9000
	// 2 0.2026
}

// Every element moves by LR, whatever the size of its gradient.
func ExampleUpdateLion() {
	w, m := []float64{1, 1, 1}, make([]float64, 3)
	kernels.UpdateLion(w, []float64{1e-3, -100, 0}, m, kernels.LionParams{LR: 0.1, Beta1: 0.9, Beta2: 0.99})
	fmt.Printf("%.4f\n", w)
	// Output: [0.9000 1.1000 1.0000]
}

// The same gradient moves an element less each time.
func ExampleUpdateAdagrad() {
	w, g, s := []float64{1}, []float64{2}, []float64{0}
	for step := 1; step <= 2; step++ {
		kernels.UpdateAdagrad(w, g, s, kernels.AdagradParams{LR: 0.1, Eps: 1e-10, Step: step})
		fmt.Printf("%.4f %.0f\n", w, s)
	}
	// Output:
	// [0.9000] [4]
	// [0.8293] [8]
}

// Without momentum and the centred form mean and velocity may be nil.
func ExampleUpdateRMSProp() {
	w, v := []float64{1}, []float64{0}
	kernels.UpdateRMSProp(w, []float64{2}, v, nil, nil,
		kernels.RMSPropParams{LR: 0.1, Alpha: 0.75, Eps: 1e-8})
	fmt.Printf("%.4f %.4f\n", w, v) // 0.1 * 2 / sqrt(0.25 * 2^2)
	// Output: [0.8000] [1.0000]
}

// The steps begin at the size of sqrt(Eps) and set their scale themselves.
func ExampleUpdateAdadelta() {
	w, g, v, u := []float64{1}, []float64{2}, []float64{0}, []float64{0}
	for range 2 {
		kernels.UpdateAdadelta(w, g, v, u, kernels.AdadeltaParams{LR: 1, Rho: 0.75, Eps: 1e-4})
		fmt.Printf("%.4f %.4f\n", w, v)
	}
	// Output:
	// [0.9800] [1.0000]
	// [0.9586] [1.7500]
}
