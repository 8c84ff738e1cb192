package main

import (
	"context"
	"fmt"
	"io"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/examples/dataset"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/optim"
	trainer "github.com/ashlar-go/ashlar/train"
)

// features is the number of measurements of a tumour.
const features = 30

// network returns the network to train, which puts out log-odds. The BatchNorm in front scales
// the measurements, so that a file of weights is all that the server needs.
func network() *layer.Sequential[float32] {
	net := layer.NewSequential[float32](
		layer.NewBatchNorm[float32](features),
		layer.NewLinear[float32](features, 16, kernels.ActReLU),
		layer.NewLinear[float32](16, 1, kernels.ActIdentity))
	layer.Initialize(net, 1)
	return net
}

// predictor returns the model to serve: with the weights of a file, or trained and saved.
func predictor(ctx context.Context, w io.Writer, weights, save string) (*layer.Predictor[float32], error) {
	net := network()
	if weights != "" {
		if err := model.LoadWeights(weights, net); err != nil {
			return nil, err
		}
	} else if err := train(ctx, w, net); err != nil {
		return nil, err
	}
	if save != "" {
		if err := model.SaveWeights(save, net); err != nil {
			return nil, err
		}
	}
	return layer.NewPredictor(
		layer.NewSequential[float32](net, layer.NewActivation[float32](kernels.ActSigmoid)), features)
}

// train trains on four fifths of the set and prints the accuracy on the rest.
func train(ctx context.Context, w io.Writer, net *layer.Sequential[float32]) error {
	wide, err := dataset.BreastCancer()
	if err != nil {
		return err
	}
	all := &data.Set[float32]{Rows: wide.Rows, Features: wide.Features, Y: wide.Y, Classes: wide.Classes}
	for _, v := range wide.X {
		all.X = append(all.X, float32(v))
	}
	set, test, err := all.SplitStratified(0.8, 1)
	if err != nil {
		return err
	}
	t := trainer.Trainer[float32]{Model: net, Loss: grad.BCEWithLogits[float32]{},
		Optimizer: optim.NewAdam[float32](), Rate: optim.Constant(0.003), Epochs: 60, Batch: 64, Seed: 1}
	if _, err := t.Run(ctx, set); err != nil {
		return err
	}
	report, err := trainer.Evaluate[float32](net, t.Loss, test, test.Rows)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "trained on %d tumours; %.1f %% of %d others are right\n", set.Rows, 100*report.Accuracy,
		test.Rows)
	return nil
}
