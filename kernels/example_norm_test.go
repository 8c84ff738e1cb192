package kernels_test

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
)

// The gradient of one sample reaches all samples of its batch, and their sum is 0.
func ExampleBatchNormBackward() {
	x := []float64{1, 2, 3} // three samples of one feature
	norm := kernels.BatchNorm[float64]{
		Gamma: []float64{1}, Beta: []float64{0},
		Mean: make([]float64, 1), InvStd: make([]float64, 1),
		RunMean: make([]float64, 1), RunVar: []float64{1},
		Momentum: 0.1, Eps: 1e-5,
	}
	kernels.BatchNormForward(3, 1, make([]float64, 3), 1, x, 1, &norm)

	dy := []float64{1, 0, 0}
	dgamma, dbeta := make([]float64, 1), make([]float64, 1)
	kernels.BatchNormBackward(3, 1, dy, 1, dy, 1, x, 1, &norm, dgamma, dbeta) // dx in the place of dy
	fmt.Printf("%.4f %.4f %.4f\n", dy, dgamma, dbeta)
	// Output: [0.2041 -0.4082 0.2041] [-1.2247] [1.0000]
}

// Inference takes the statistics that training has gathered, so a sample does not
// depend on its batch.
func ExampleBatchNormInfer() {
	norm := kernels.BatchNorm[float64]{
		Gamma: []float64{1, 2}, Beta: []float64{0, 5},
		Mean: make([]float64, 2), InvStd: make([]float64, 2), // of training, not used here
		RunMean: []float64{2, 20}, RunVar: []float64{1, 100},
	}
	y := make([]float64, 2)
	kernels.BatchNormInfer(1, 2, y, 2, []float64{3, 30}, 2, &norm)
	fmt.Println(y)
	// Output: [1 7]
}

// Every row comes out with mean 0 and variance 1.
func ExampleLayerNormForward() {
	x := []float64{
		1, 2, 3,
		-100, 0, 100,
	}
	gamma, beta := []float64{1, 1, 1}, []float64{0, 0, 0}
	y, mean, invStd := make([]float64, 6), make([]float64, 2), make([]float64, 2)
	kernels.LayerNormForward(2, 3, y, 3, x, 3, gamma, beta, mean, invStd, 1e-5)
	fmt.Printf("%.4f %.0f\n", y, mean)
	// Output: [-1.2247 0.0000 1.2247 -1.2247 0.0000 1.2247] [2 0]
}

func ExampleLayerNormBackward() {
	x, gamma, beta := []float64{1, 2, 3}, []float64{1, 1, 1}, []float64{0, 0, 0}
	y, mean, invStd := make([]float64, 3), make([]float64, 1), make([]float64, 1)
	kernels.LayerNormForward(1, 3, y, 3, x, 3, gamma, beta, mean, invStd, 1e-5)

	dy := []float64{1, 0, 0}
	dgamma, dbeta := make([]float64, 3), make([]float64, 3)
	// dx takes the place of dy.
	kernels.LayerNormBackward(1, 3, dy, 3, dy, 3, x, 3, gamma, mean, invStd, dgamma, dbeta)
	fmt.Printf("%.4f %.4f %.0f\n", dy, dgamma, dbeta)
	// Output: [0.2041 -0.4082 0.2041] [-1.2247 0.0000 0.0000] [1 0 0]
}

func ExampleRMSNormForward() {
	y, invRMS := make([]float64, 2), make([]float64, 1)
	kernels.RMSNormForward(1, 2, y, 2, []float64{1, 7}, 2, []float64{1, 1}, invRMS, 0) // rms 5
	fmt.Printf("%.4f %.4f\n", y, invRMS)
	// Output: [0.2000 1.4000] [0.2000]
}

// The gradient is at a right angle to the row, 1*0.196 - 7*0.028 = 0: the length of the
// row does not matter to the output.
func ExampleRMSNormBackward() {
	x, gamma := []float64{1, 7}, []float64{1, 1}
	y, invRMS := make([]float64, 2), make([]float64, 1)
	kernels.RMSNormForward(1, 2, y, 2, x, 2, gamma, invRMS, 0)

	dx, dgamma := make([]float64, 2), make([]float64, 2)
	kernels.RMSNormBackward(1, 2, dx, 2, []float64{1, 0}, 2, x, 2, gamma, invRMS, dgamma)
	fmt.Printf("%.4f %.4f\n", dx, dgamma)
	// Output: [0.1960 -0.0280] [0.2000 0.0000]
}
