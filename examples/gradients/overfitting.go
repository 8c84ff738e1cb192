package main

import (
	"context"
	"fmt"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
	"github.com/ashlar-go/ashlar/train/plot"
)

// regular is a method of regularisation.
type regular struct {
	name    string
	lambda  float64 // strength of L2
	dropped float64 // share that dropout drops
}

var regulars = []regular{{"none", 0, 0}, {"L2", 0.01, 0}, {"dropout", 0, 0.5}}

// The network trains on few samples and learns them all by heart. One of wrongEvery has a
// wrong label.
const few, wrongEvery = 400, 5

func overfitting() (plot.Panel, error) {
	p := plot.Panel{Title: "overfitting, and cures", X: "epoch", Y: "cross-entropy on the test set (nats)",
		Log: true}
	fmt.Printf("6. A network learns %d samples by heart, every %dth with a wrong label.\n", few, wrongEvery)
	fmt.Println("   L2 and dropout hold it back:")
	fmt.Printf("   %-20s %14s %10s %14s %14s\n", "", "training loss", "test loss", "test accuracy",
		"|w|^2")
	for _, r := range regulars {
		history, norm, err := r.learn()
		if err != nil {
			return p, err
		}
		c := plot.Curve{Name: r.name}
		for _, e := range history {
			c.Y = append(c.Y, e.ValidationLoss)
		}
		last := history[len(history)-1]
		fmt.Printf("   %-20s %14.3g %10.3g %12.2f %% %14.3g\n", r.name, last.Loss, last.ValidationLoss,
			100*last.ValidationAccuracy, norm)
		p.Curves = append(p.Curves, c)
	}
	return p, nil
}

// learn trains and returns the history and the squared norm of all parameters at the end.
func (r regular) learn() ([]train.Epoch, float64, error) {
	set, test, err := load()
	if err != nil {
		return nil, 0, err
	}
	set.X, set.Y, set.Rows = set.X[:few*width], set.Y[:few], few
	for i := 0; i < few; i += wrongEvery {
		set.Y[i] = (set.Y[i] + 1 + i/wrongEvery%9) % 10
	}
	model := layer.NewSequential[float64](
		layer.NewLinear[float64](width, 128, kernels.ActReLU), layer.NewDropout[float64](r.dropped),
		layer.NewLinear[float64](128, 128, kernels.ActReLU), layer.NewDropout[float64](r.dropped),
		layer.NewLinear[float64](128, 10, kernels.ActIdentity))
	layer.Initialize(model, 1)
	momentum := optim.NewMomentum[float64](0.9)
	momentum.Decay.Lambda = r.lambda
	t := train.Trainer[float64]{Model: model, Loss: grad.SoftmaxCrossEntropy[float64]{}, Optimizer: momentum,
		Rate: optim.Constant(0.01), Epochs: 60, Batch: 20, Seed: 1, Validation: test}
	history, err := t.Run(context.Background(), set)
	norm := 0.0
	for _, p := range model.Params() {
		norm += kernels.SumSquares(p.Value)
	}
	return history, norm, err
}
