// Command batchnorm trains a deep sigmoid network on the digits with and without batch
// normalisation, at several learning rates, and draws the losses into one plot.
//
//	go run ./batchnorm -out out
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

const help = `Trains a deep sigmoid network with and without batch normalisation.`

func main() {
	f := flag.NewFlagSet("batchnorm", flag.ContinueOnError)
	out := f.String("out", "out", "the `folder` for the plot")
	epochs := f.Int("epochs", 20, "epochs of training")
	err := console.Parse(f, help, os.Args[1:])
	if err == nil {
		err = run(*out, *epochs)
	}
	console.Exit("batchnorm", err)
}

func run(out string, epochs int) error {
	if epochs < 1 {
		return console.Usagef("-epochs %d: want at least 1", epochs)
	}
	if err := console.MakeFolder(out); err != nil {
		return err
	}
	var curves []plot.Curve
	fmt.Printf("five sigmoid layers on the digits, %d epochs of SGD; guessing gives about 10 %%\n", epochs)
	for _, normalise := range []bool{false, true} {
		for _, rate := range []float64{0.01, 0.1, 1} {
			history, err := learn(normalise, rate, epochs)
			if err != nil {
				return err
			}
			curve := plot.Curve{Name: fmt.Sprintf("no batch norm, rate %g", rate)}
			if normalise {
				curve.Name = fmt.Sprintf("batch norm, rate %g", rate)
			}
			for _, e := range history {
				curve.Y = append(curve.Y, e.Loss)
			}
			curves = append(curves, curve)
			last := history[len(history)-1]
			fmt.Printf("%-24s training loss %.4f, test accuracy %.2f %%\n", curve.Name, last.Loss,
				100*last.ValidationAccuracy)
		}
	}
	return picture.Lines(out, "batchnorm.png",
		"five sigmoid layers on the digits, with and without batch normalisation",
		plot.Panel{X: "epoch", Y: "mean cross-entropy in training (nats)", Log: true, Curves: curves})
}

func learn(normalise bool, rate float64, epochs int) ([]train.Epoch, error) {
	set, test, err := dataset.Digits()
	if err != nil {
		return nil, err
	}
	var parts []layer.Layer[float32]
	in := set.Features
	for range 5 {
		parts = append(parts, layer.NewLinear[float32](in, 48, kernels.ActIdentity))
		if normalise {
			parts = append(parts, layer.NewBatchNorm[float32](48))
		}
		parts = append(parts, layer.NewActivation[float32](kernels.ActSigmoid))
		in = 48
	}
	model := layer.NewSequential(append(parts,
		layer.NewLinear[float32](in, set.Classes, kernels.ActIdentity))...)
	layer.Initialize(model, 1)
	t := train.Trainer[float32]{Model: model, Loss: grad.SoftmaxCrossEntropy[float32]{},
		Optimizer: &optim.SGD[float32]{}, Rate: optim.Constant(rate), Epochs: epochs, Batch: 32, Seed: 1,
		Validation: test}
	return t.Run(context.Background(), set)
}
