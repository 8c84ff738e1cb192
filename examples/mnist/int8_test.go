package main

import (
	"context"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/examples/dataset"
	"github.com/ashlar-go/ashlar/examples/internal/mlp"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
)

// mostLost is how much of the accuracy integers of 8 bits may lose.
const mostLost = 0.002

// lostInInt8 trains a net, and returns the accuracy on the test set with full weights, and what of it
// weights in int8 lose with the ranges of rows and with those of some rows of the training set.
func lostInInt8(t *testing.T, epochs int, set, test *data.Set[float32]) (full, rows, calibrated float64) {
	t.Helper()
	const batch = 32
	net := mlp.New(set.Features, set.Classes, 1)
	run := train.Trainer[float32]{Model: net, Loss: grad.SoftmaxCrossEntropy[float32]{},
		Optimizer: optim.NewAdam[float32](), Epochs: epochs, Batch: batch, Seed: 1,
		Rate: optim.Cosine(mlp.Optimizers["adam"], 0, epochs*((set.Rows+batch-1)/batch))}
	if _, err := run.Run(context.Background(), set); err != nil {
		t.Fatal(err)
	}
	small, err := layer.Quantize[float32](net, set.Features)
	if err != nil {
		t.Fatal(err)
	}
	n := min(500, set.Rows)
	if err := layer.Calibrate(small, mat.Of(n, set.Features, set.X[:n*set.Features])); err != nil {
		t.Fatal(err)
	}
	full = share(t, net, layer.WeightsFull, test)
	rows = full - share(t, net, layer.WeightsInt8, test)
	return full, rows, full - share(t, small, layer.WeightsFull, test)
}

func checkLost(t *testing.T, name string, epochs int, set, test *data.Set[float32]) {
	t.Helper()
	full, rows, calibrated := lostInInt8(t, epochs, set, test)
	t.Logf("%-14s accuracy %.4f, lost in int8 by the ranges of rows %.4f, calibrated %.4f", name, full, rows,
		calibrated)
	if !(full >= 0.9) || !(rows <= mostLost) || !(calibrated <= mostLost) {
		t.Errorf("%s: accuracy %.4f, want 0.9, and at most %v of it lost: %.4f and %.4f", name, full,
			mostLost, rows, calibrated)
	}
}

// TestInt8SmallSets: on the digits and on the small sets, which are fitted whole, integers of 8 bits lose at
// most 0.2 points of the accuracy.
func TestInt8SmallSets(t *testing.T) {
	set, test, err := dataset.Digits()
	if err != nil {
		t.Fatal(err)
	}
	checkLost(t, "digits", 6, set, test)
	for name, load := range map[string]func() (*data.Set[float64], error){
		"breast cancer": dataset.BreastCancer, "iris": dataset.Iris, "wine": dataset.Wine} {
		wide, err := load()
		if err != nil {
			t.Fatal(err)
		}
		all := standardized(wide)
		checkLost(t, name, 30, all, all)
	}
}

// standardized is a set in float32 whose columns have mean 0 and deviation 1.
func standardized(wide *data.Set[float64]) *data.Set[float32] {
	wide.Apply(data.Standardize(wide))
	set := &data.Set[float32]{Rows: wide.Rows, Features: wide.Features, Classes: wide.Classes, Y: wide.Y}
	for _, v := range wide.X {
		set.X = append(set.X, float32(v))
	}
	return set
}

// TestInt8MNIST: so do they on MNIST. It takes minutes, so a flag asks for it:
//
//	go test ./mnist -run Int8MNIST -seeds 1 -v -timeout 1h
func TestInt8MNIST(t *testing.T) {
	if *seeds == 0 {
		t.Skip("-seeds 1 asks for it")
	}
	set, test, err := dataset.MNIST()
	if err != nil {
		t.Fatal(err)
	}
	checkLost(t, "MNIST", 10, set, test)
}
