package train_test

import (
	"context"
	"fmt"
	"log"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
)

func ExampleTrainer() {
	xor := &data.Set[float64]{
		X: []float64{0, 0, 0, 1, 1, 0, 1, 1}, Y: []int{0, 1, 1, 0},
		Rows: 4, Features: 2, Classes: 2,
	}
	model := layer.NewSequential[float64](
		layer.NewLinear[float64](2, 8, kernels.ActTanh),
		layer.NewLinear[float64](8, 2, kernels.ActIdentity))
	layer.Initialize(model, 1)

	t := train.Trainer[float64]{
		Model: model, Loss: grad.SoftmaxCrossEntropy[float64]{},
		Optimizer: optim.NewAdam[float64](), Rate: optim.Constant(0.05),
		Epochs: 200, Batch: 4, Seed: 1,
	}
	history, err := t.Run(context.Background(), xor)
	if err != nil {
		log.Fatal(err)
	}
	last := history[len(history)-1]
	fmt.Println(len(history), last.Accuracy, last.Loss < 0.05)
	// Output: 200 1 true
}

func ExampleEvaluate() {
	set := &data.Set[float64]{X: []float64{-2, -1, 1, 2}, Y: []int{0, 0, 0, 1}, Rows: 4, Features: 1,
		Classes: 2}
	neuron := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
	neuron.W.Value[0] = 1 // says class 1 where x > 0
	report, err := train.Evaluate(neuron, grad.BCEWithLogits[float64]{}, set, 2)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(report.Accuracy, report.Confusion)
	// Output: 0.75 [[2 1] [0 1]]
}

func ExampleEarlyStop() {
	set := &data.Set[float64]{X: []float64{-2, -1, 1, 2}, Y: []int{0, 0, 1, 1}, Rows: 4, Features: 1,
		Classes: 2}
	neuron := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
	t := train.Trainer[float64]{
		Model: neuron, Loss: grad.BCEWithLogits[float64]{},
		Optimizer: &optim.SGD[float64]{}, Rate: optim.Constant(1),
		Epochs: 10000, Batch: 4,
		Stop: &train.EarlyStop{Metric: train.TrainLoss, Patience: 5, Tolerance: 1e-3},
	}
	history, err := t.Run(context.Background(), set)
	fmt.Println(len(history) < 200, err)
	// Output: true <nil>
}

// Rows of unknown class stay in the set and take no part in training.
func ExampleTrainer_ignored() {
	set := &data.Set[float64]{X: []float64{-2, -1, 1, 2, 100}, Y: []int{0, 0, 1, 1, data.Ignored},
		Rows: 5, Features: 1, Classes: 2}
	neuron := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
	t := train.Trainer[float64]{
		Model: neuron, Loss: grad.BCEWithLogits[float64]{},
		Optimizer: &optim.SGD[float64]{}, Rate: optim.Constant(1),
		Epochs: 10, Batch: 2, Seed: 1,
	}
	if _, err := t.Run(context.Background(), set); err != nil {
		log.Fatal(err)
	}
	report, err := train.Evaluate(neuron, t.Loss, set, 2)
	fmt.Println(report.Samples, report.Accuracy, err)
	// Output: 4 1 <nil>
}
