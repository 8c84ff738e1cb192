// Command regression fits one neuron to the diabetes set by gradient descent on the mean
// squared error. The code is that of a deep network, with a single Linear layer.
//
//	go run ./regression
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/examples/dataset"
	"github.com/ashlar-go/ashlar/examples/internal/console"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
)

const help = `Fits one neuron to the diabetes set by gradient descent.`

func main() {
	err := console.Parse(flag.NewFlagSet("regression", flag.ContinueOnError), help, os.Args[1:])
	if err == nil {
		err = report()
	}
	console.Exit("regression", err)
}

func report() error {
	training, test, err := run()
	if err != nil {
		return err
	}
	fmt.Println("diabetes: how far the disease has gone after a year, from 10 measurements")
	fmt.Printf("%-9s %8s %19s %7s\n", "", "patients", "mean squared error", "R2")
	for _, r := range []struct {
		name string
		train.Report
	}{{"training", training}, {"test", test}} {
		fmt.Printf("%-9s %8d %19.1f %7.4f\n", r.name, r.Samples, r.Loss, r.R2)
	}
	fmt.Println("R2 is the share of the variance that the neuron explains")
	return nil
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
	t := train.Trainer[float64]{Model: neuron, Loss: grad.MSE[float64]{},
		Optimizer: optim.NewNesterov[float64](0.9), Rate: optim.Constant(0.02), Epochs: 5000,
		Batch: set.Rows}
	if _, err = t.Run(context.Background(), set); err != nil {
		return training, test, err
	}
	if training, err = train.Evaluate[float64](neuron, t.Loss, set, set.Rows); err != nil {
		return training, test, err
	}
	test, err = train.Evaluate[float64](neuron, t.Loss, rest, rest.Rows)
	return training, test, err
}
