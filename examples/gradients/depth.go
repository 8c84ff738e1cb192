package main

import (
	"context"
	"fmt"
	"slices"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
	"github.com/ashlar-go/ashlar/train/plot"
)

// The gradients of sick networks vanish, those of cured networks do not.
var (
	sick = []network{
		{"sigmoid", plain(kernels.ActSigmoid, layer.XavierNormal[float64])},
		{"tanh, small weights", plain(kernels.ActTanh, normal(0.5))},
	}
	cured = []network{
		{"tanh, Xavier", plain(kernels.ActTanh, layer.XavierNormal[float64])},
		{"ReLU, He", plain(kernels.ActReLU, layer.HeNormal[float64])},
		{"leaky ReLU, He", plain(kernels.ActLeakyReLU(0.1), layer.HeNormal[float64])},
		{"sigmoid, batch norm", normalised(kernels.ActSigmoid, layer.XavierNormal[float64])},
		{"sigmoid, skips", residual(kernels.ActSigmoid, layer.XavierNormal[float64])},
	}
)

// large has weights that make gradients grow: their gain is 2.5, that of He's is sqrt(2).
var large = network{"ReLU, large weights", plain(kernels.ActReLU, normal(2.5))}

// explosive has large and the networks that cure it from the start. L2 of strength lambda
// cures it in the course of training.
var explosive = []network{
	large,
	{"ReLU, He", plain(kernels.ActReLU, layer.HeNormal[float64])},
	{"large weights, batch norm", normalised(kernels.ActReLU, normal(2.5))},
}

const lambda = 0.03

func vanishing() (plot.Panel, error) {
	fmt.Println("2. Norm of dL/da in a network of 20 layers where it vanishes, and cures:")
	return overDepth("vanishing, and cures", slices.Concat(sick, cured))
}

// overDepth prints and draws the gradients of networks that were just initialised.
func overDepth(title string, networks []network) (plot.Panel, error) {
	p := plot.Panel{Title: title, X: "layer", Y: "norm of dL/da", Log: true}
	writeHead()
	for _, n := range networks {
		norms, err := n.build().gradients()
		if err != nil {
			return p, err
		}
		writeNorms(n.name, norms)
		p.Curves = append(p.Curves, plot.Curve{Name: n.name, Y: norms})
	}
	return p, nil
}

func writeHead() { fmt.Printf("   %-28s %10s %10s %10s\n", "", "layer 1", "layer 10", "layer 20") }

func writeNorms(name string, norms []float64) {
	fmt.Printf("   %-28s %10.3g %10.3g %10.3g\n", name, norms[0], norms[9], norms[depth-1])
}

func exploding() (plot.Panel, error) {
	fmt.Println("3. Norm of dL/da in such a network where it explodes, and cures:")
	p, err := overDepth("exploding, and cures", explosive)
	if err != nil {
		return p, err
	}
	for _, l2 := range []float64{0, lambda} {
		norms, err := afterTraining(l2)
		if err != nil {
			return p, err
		}
		name := fmt.Sprintf("after 10 epochs, L2 of %g", l2)
		writeNorms(name, norms)
		p.Curves = append(p.Curves, plot.Curve{Name: name, Y: norms})
	}
	return p, nil
}

// afterTraining trains the network with large weights, with L2 regularisation of strength l2,
// and returns the norms of its gradients. It clips gradients, without which training fails.
func afterTraining(l2 float64) ([]float64, error) {
	set, _, err := load()
	if err != nil {
		return nil, err
	}
	model := large.build()
	sgd := &optim.SGD[float64]{Decay: optim.Decay{Lambda: l2}}
	t := train.Trainer[float64]{Model: model, Loss: grad.SoftmaxCrossEntropy[float64]{}, Optimizer: sgd,
		Rate: optim.Constant(0.1), Epochs: 10, Batch: 32, Seed: 1,
		Clip: func(p []*layer.Param[float64]) float64 { return grad.ClipNorm(p, 1) }}
	if _, err := t.Run(context.Background(), set); err != nil {
		return nil, err
	}
	return model.gradients()
}
