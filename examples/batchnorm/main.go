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
	"path/filepath"

	"github.com/ashlar-go/ashlar/examples/dataset"
	"github.com/ashlar-go/ashlar/examples/internal/chart"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
)

func main() {
	out := flag.String("out", "out", "the `folder` for the plot")
	epochs := flag.Int("epochs", 20, "epochs of training")
	flag.Parse()
	if err := run(*out, *epochs); err != nil {
		fmt.Fprintln(os.Stderr, "batchnorm:", err)
		os.Exit(1)
	}
}

func run(out string, epochs int) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	var curves []chart.Curve
	for _, normalise := range []bool{false, true} {
		for _, rate := range []float64{0.01, 0.1, 1} {
			history, err := learn(normalise, rate, epochs)
			if err != nil {
				return err
			}
			curve := chart.Curve{Name: fmt.Sprintf("without, rate %g", rate)}
			if normalise {
				curve.Name = fmt.Sprintf("with, rate %g", rate)
			}
			for _, e := range history {
				curve.Y = append(curve.Y, e.Loss)
			}
			curves = append(curves, curve)
			last := history[len(history)-1]
			fmt.Printf("%-20s training loss %.4f, test accuracy %.2f %%\n", curve.Name, last.Loss, 100*last.ValidationAccuracy)
		}
	}
	path := filepath.Join(out, "batchnorm.svg")
	if err := chart.Write(path, "batch normalisation, five sigmoid layers, the digits", "epoch", "training loss", true, curves); err != nil {
		return err
	}
	fmt.Println("plot", path)
	return nil
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
	model := layer.NewSequential(append(parts, layer.NewLinear[float32](in, set.Classes, kernels.ActIdentity))...)
	layer.Initialize(model, 1)
	t := train.Trainer[float32]{Model: model, Loss: grad.SoftmaxCrossEntropy[float32]{}, Optimizer: &optim.SGD[float32]{},
		Rate: optim.Constant(rate), Epochs: epochs, Batch: 32, Seed: 1, Validation: test}
	return t.Run(context.Background(), set)
}
