// Command regression fits one neuron to the diabetes set by gradient descent on the mean
// squared error: the same code as a deep network, with one Linear layer.
//
//	go run ./regression
package main

import (
	"context"
	"fmt"
	"os"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/examples/dataset"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
)

func main() {
	r, test, err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "regression:", err)
		os.Exit(1)
	}
	fmt.Printf("training: mean squared error %.1f, R2 %.4f\ntest:     mean squared error %.1f, R2 %.4f\n", r.Loss, r.R2, test.Loss, test.R2)
}

// run trains on four fifths of the patients and measures both parts.
func run() (training, test train.Report, err error) {
	all, err := dataset.Diabetes()
	if err != nil {
		return training, test, err
	}
	set, rest, err := all.Split(0.8, 1)
	if err != nil {
		return training, test, err
	}
	mean, std := data.Standardize(set)
	set.Apply(mean, std)
	rest.Apply(mean, std)
	neuron := layer.NewLinear[float64](set.Features, 1, kernels.ActIdentity)
	t := train.Trainer[float64]{Model: neuron, Loss: grad.MSE[float64]{}, Optimizer: optim.NewNesterov[float64](0.9),
		Rate: optim.Constant(0.02), Epochs: 5000, Batch: set.Rows}
	if _, err = t.Run(context.Background(), set); err != nil {
		return training, test, err
	}
	if training, err = train.Evaluate[float64](neuron, t.Loss, set, set.Rows); err != nil {
		return training, test, err
	}
	test, err = train.Evaluate[float64](neuron, t.Loss, rest, rest.Rows)
	return training, test, err
}
