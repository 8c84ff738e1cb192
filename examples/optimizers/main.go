// Command optimizers trains the same network on the digits with each optimizer, from the
// same weights and with the same batches, and draws the losses into one plot.
//
//	go run ./optimizers -out out
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/ashlar-go/ashlar/examples/dataset"
	"github.com/ashlar-go/ashlar/examples/internal/console"
	"github.com/ashlar-go/ashlar/examples/internal/picture"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
	"github.com/ashlar-go/ashlar/train/plot"
)

const help = `Trains one network with each optimizer.`

func main() {
	f := flag.NewFlagSet("optimizers", flag.ContinueOnError)
	out := f.String("out", "out", "the `folder` for the plot")
	epochs := f.Int("epochs", 20, "epochs of training")
	err := console.Parse(f, help, os.Args[1:])
	if err == nil {
		err = run(*out, *epochs)
	}
	console.Exit("optimizers", err)
}

// contestants returns the optimizers, each with a rate at which it learns the digits.
func contestants() []contestant {
	return []contestant{
		{"SGD", &optim.SGD[float32]{}, 0.1},
		{"momentum", optim.NewMomentum[float32](0.9), 0.05},
		{"Nesterov", optim.NewNesterov[float32](0.9), 0.05},
		{"Adagrad", optim.NewAdagrad[float32](), 0.02},
		{"RMSProp", optim.NewRMSProp[float32](), 0.001},
		{"Adadelta", optim.NewAdadelta[float32](), 1},
		{"Adam", optim.NewAdam[float32](), 0.002},
		{"AMSGrad", optim.NewAMSGrad[float32](), 0.002},
		{"AdamW", optim.NewAdamW[float32](0.01), 0.002},
		{"NAdam", optim.NewNAdam[float32](), 0.002},
		{"Lion", optim.NewLion[float32](0.01), 0.0003},
	}
}

type contestant struct {
	name      string
	optimizer optim.Optimizer[float32]
	rate      float64
}

func run(out string, epochs int) error {
	if epochs < 1 {
		return console.Usagef("-epochs %d: want at least 1", epochs)
	}
	if err := console.MakeFolder(out); err != nil {
		return err
	}
	var curves []plot.Curve
	fmt.Printf("%-10s %8s %15s %15s\n", "optimizer", "rate", "training loss", "test accuracy")
	for _, c := range contestants() {
		history, err := learn(c, epochs)
		if err != nil {
			return err
		}
		curve := plot.Curve{Name: c.name}
		for _, e := range history {
			curve.Y = append(curve.Y, e.Loss)
		}
		curves = append(curves, curve)
		last := history[len(history)-1]
		fmt.Printf("%-10s %8g %15.5f %13.2f %%\n", c.name, c.rate, last.Loss, 100*last.ValidationAccuracy)
	}
	return picture.Lines(out, "optimizers.png", "optimizers on the digits, a network of 64-64-10",
		plot.Panel{X: "epoch", Y: "mean cross-entropy in training (nats)", Log: true, Curves: curves})
}

func learn(c contestant, epochs int) ([]train.Epoch, error) {
	set, test, err := dataset.Digits()
	if err != nil {
		return nil, err
	}
	model := layer.NewSequential[float32](
		layer.NewLinear[float32](set.Features, 64, kernels.ActReLU),
		layer.NewLinear[float32](64, set.Classes, kernels.ActIdentity))
	layer.Initialize(model, 1)
	t := train.Trainer[float32]{Model: model, Loss: grad.SoftmaxCrossEntropy[float32]{},
		Optimizer: c.optimizer, Rate: optim.Constant(c.rate), Epochs: epochs, Batch: 32, Seed: 1,
		Validation: test}
	return t.Run(context.Background(), set)
}
