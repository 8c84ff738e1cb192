// Package mlp builds the perceptron that the demo and the comparison of tiers
// train: two hidden layers with batch normalisation, ReLU and dropout.
package mlp

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

const (
	hidden1, hidden2 = 512, 256
	dropped          = 0.2 // share of the hidden activations dropped in training
)

// New returns the initialised model in-512-256-classes. A Linear before a BatchNorm
// has no bias, since the normalisation would subtract it again.
func New(in, classes int, seed uint64) *layer.Sequential[float32] {
	model := layer.NewSequential[float32](
		layer.NewLinear[float32](in, hidden1, kernels.ActIdentity).NoBias(),
		layer.NewBatchNorm[float32](hidden1),
		layer.NewActivation[float32](kernels.ActReLU),
		layer.NewDropout[float32](dropped),
		layer.NewLinear[float32](hidden1, hidden2, kernels.ActIdentity).NoBias(),
		layer.NewBatchNorm[float32](hidden2),
		layer.NewActivation[float32](kernels.ActReLU),
		layer.NewDropout[float32](dropped),
		layer.NewLinear[float32](hidden2, classes, kernels.ActIdentity),
	)
	layer.Initialize(model, seed)
	return model
}

// Optimizers has the names that NewOptimizer knows, with the default learning rates of the demo.
var Optimizers = map[string]float64{"adam": 0.002, "momentum": 0.05, "sgd": 0.1}

// NewOptimizer returns the optimizer of that name.
func NewOptimizer(name string) (optim.Optimizer[float32], error) {
	switch name {
	case "adam":
		return optim.NewAdam[float32](), nil
	case "momentum":
		return optim.NewMomentum[float32](0.9), nil
	case "sgd":
		return &optim.SGD[float32]{}, nil
	}
	return nil, fmt.Errorf("unknown optimizer %q, want adam, momentum or sgd", name)
}

// Flops returns the operations in the matrix products of one training step on a batch. Each
// product takes two operations for each weight and row: the forward product, the gradient
// of the weights, and, except in the first layer, the gradient of the input.
func Flops(in, classes, batch int) float64 {
	first, rest := in*hidden1, hidden1*hidden2+hidden2*classes
	return 2 * float64(batch) * float64(2*first+3*rest)
}

// Products returns the matrix products of one training step on a batch, each on
// operands of its own.
func Products(in, classes, batch int) []func() {
	var all []func()
	widths := []int{in, hidden1, hidden2, classes}
	for i, n := range widths[1:] {
		k := widths[i]
		x, w, y := make([]float32, batch*k), make([]float32, k*n), make([]float32, batch*n)
		kernels.Uniform(x, -1, 1, 1, uint64(3*i))
		kernels.Uniform(w, -1, 1, 1, uint64(3*i+1))
		dx, dw, dy := make([]float32, batch*k), make([]float32, k*n), make([]float32, batch*n)
		kernels.Uniform(dy, -1, 1, 1, uint64(3*i+2))
		all = append(all,
			func() { kernels.Gemm(false, false, batch, n, k, 1, x, k, w, n, 0, y, n) },
			func() { kernels.Gemm(true, false, k, n, batch, 1, x, k, dy, n, 0, dw, n) })
		if i > 0 {
			all = append(all, func() { kernels.Gemm(false, true, batch, k, n, 1, dy, n, w, n, 0, dx, k) })
		}
	}
	return all
}
