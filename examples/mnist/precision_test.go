package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/examples/dataset"
	"github.com/ashlar-go/ashlar/examples/internal/mlp"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/internal/forced"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
)

var seeds = flag.Int("seeds", 0, "train on the full MNIST with so many seeds at each level of precision")

// TestPrecisionMNIST: at each level the median accuracy on MNIST is that of the highest to 0.1 points,
// and so is that of a Predictor with weights of bfloat16. It takes minutes, so a flag asks for it:
//
//	go test ./mnist -run PrecisionMNIST -seeds 5 -v -timeout 1h
//
// It computes at the level that it names also where the CPU would gain nothing by that.
func TestPrecisionMNIST(t *testing.T) {
	if *seeds == 0 {
		t.Skip("-seeds 5 asks for it")
	}
	set, test, err := dataset.MNIST()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("products of bfloat16 numbers on path %v", kernels.ActiveBF16())
	var medians [3]float64
	for level := kernels.Highest; level <= kernels.Medium; level++ {
		var all, predicted []float64
		for seed := range *seeds {
			full, half := accuracyAt(t, level, uint64(seed+1), 10, set, test)
			all, predicted = append(all, 100*full), append(predicted, 100*half)
		}
		slices.Sort(all)
		slices.Sort(predicted)
		medians[level] = all[len(all)/2]
		off := predicted[len(all)/2] - medians[level]
		t.Logf("%-7v  median %.2f %% of %s; with weights of bfloat16 %+.2f points", level, medians[level],
			fmt.Sprintf("%.2f", all), off)
		if !(math.Abs(off) <= 0.1) {
			t.Errorf("%v: weights of bfloat16 change the median by %.2f points", level, off)
		}
		if !(math.Abs(medians[level]-medians[kernels.Highest]) <= 0.1) {
			t.Errorf("%v: median %.2f %%, want %.2f", level, medians[level], medians[kernels.Highest])
		}
	}
}

// accuracyAt trains at a level, and returns the accuracy on the test set with full weights and with
// weights of bfloat16.
func accuracyAt(t *testing.T, level kernels.Precision, seed uint64, epochs int,
	set, test *data.Set[float32]) (full, half float64) {
	t.Helper()
	forced.Precision.Store(true)
	defer forced.Precision.Store(false)
	const batch = 128
	net := mlp.New(set.Features, set.Classes, seed)
	run := train.Trainer[float32]{Model: net, Loss: grad.SoftmaxCrossEntropy[float32]{},
		Optimizer: optim.NewAdam[float32](), Epochs: epochs, Batch: batch, Seed: seed, Precision: level,
		Rate: optim.Cosine(mlp.Optimizers["adam"], 0, epochs*((set.Rows+batch-1)/batch))}
	if _, err := run.Run(context.Background(), set); err != nil {
		t.Fatal(err)
	}
	return share(t, net, layer.WeightsFull, test), share(t, net, layer.WeightsBFloat16, test)
}

// share returns the share of rows that a Predictor classifies rightly.
func share(t *testing.T, net layer.Layer[float32], weights layer.Weights, set *data.Set[float32]) float64 {
	t.Helper()
	p, err := layer.NewPredictorWith(net, set.Features, weights)
	if err != nil {
		t.Fatal(err)
	}
	y := mat.New[float32](set.Rows, set.Classes)
	p.Predict(y, mat.Of(set.Rows, set.Features, set.X[:set.Rows*set.Features]))
	right := 0
	for i := range set.Rows {
		if best := y.Row(i); best[set.Y[i]] == slices.Max(best) {
			right++
		}
	}
	return float64(right) / float64(set.Rows)
}

// TestPrecisionDigits: the digits are learnt at each level as well as at the highest to 1 point, and
// weights of bfloat16 classify as many of them rightly as full ones to 0.1 points.
func TestPrecisionDigits(t *testing.T) {
	set, test, err := dataset.Digits()
	if err != nil {
		t.Fatal(err)
	}
	highest := 0.0
	for level := kernels.Highest; level <= kernels.Medium; level++ {
		full, half := accuracyAt(t, level, 1, 6, set, test)
		if level == kernels.Highest {
			highest = full
		}
		if !(math.Abs(full-highest) <= 0.01) || !(full >= 0.95) {
			t.Errorf("%v: accuracy %.4f, at the highest level %.4f", level, full, highest)
		}
		if !(math.Abs(half-full) <= 0.001) {
			t.Errorf("%v: accuracy %.4f with weights of bfloat16, %.4f with full ones", level, half, full)
		}
	}
}
