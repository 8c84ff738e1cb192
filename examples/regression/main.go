// Command regression fits one neuron to the diabetes set by gradient descent on the mean
// squared error, and draws its residuals. The code is that of a deep network, with a single Linear
// layer.
//
//	go run ./regression -out out
package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"
	"slices"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/examples/dataset"
	"github.com/ashlar-go/ashlar/examples/internal/console"
	"github.com/ashlar-go/ashlar/examples/internal/picture"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
	"github.com/ashlar-go/ashlar/train/plot"
)

const help = `Fits one neuron to the diabetes set by gradient descent.`

func main() {
	f := flag.NewFlagSet("regression", flag.ContinueOnError)
	out := f.String("out", "out", "the `folder` for the plot")
	err := console.Parse(f, help, os.Args[1:])
	if err == nil {
		err = report(*out)
	}
	console.Exit("regression", err)
}

func report(out string) error {
	if err := console.MakeFolder(out); err != nil {
		return err
	}
	training, test, err := run()
	if err != nil {
		return err
	}
	fmt.Println("diabetes: how far the disease has gone after a year, from 10 measurements")
	fmt.Printf("%-9s %8s %19s %7s\n", "", "patients", "mean squared error", "R2")
	for _, r := range []struct {
		name string
		result
	}{{"training", training}, {"test", test}} {
		fmt.Printf("%-9s %8d %19.1f %7.4f\n", r.name, len(r.truth), r.mse, r.r2)
	}
	fmt.Println("R2 is the share of the variance that the neuron explains")
	figure, err := plot.Residuals(test.predicted, test.truth, "progression")
	if err != nil {
		return err
	}
	return picture.Save(out, "regression.png", "diabetes, patients of the test set", figure)
}

// result has the predictions for some patients, in the unit of the targets.
type result struct {
	predicted, truth []float64
	mse, r2          float64
}

// run trains on four fifths of the patients and measures both parts.
func run() (training, test result, err error) {
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
	unit := scaleTargets(set, rest)
	neuron := layer.NewLinear[float64](set.Features, 1, kernels.ActIdentity)
	t := train.Trainer[float64]{Model: neuron, Loss: grad.MSE[float64]{},
		Optimizer: optim.NewNesterov[float64](0.9), Rate: optim.Constant(0.02), Epochs: 5000,
		Batch: set.Rows}
	if _, err = t.Run(context.Background(), set); err != nil {
		return training, test, err
	}
	if training, err = unit.predict(neuron, set); err != nil {
		return training, test, err
	}
	test, err = unit.predict(neuron, rest)
	return training, test, err
}

// scaling is the mean and the deviation of the targets in training.
type scaling struct{ mean, deviation float64 }

// scaleTargets gives the targets of the first set the mean 0 and the deviation 1, and scales those of
// the second likewise: a rate of learning fits targets of one size only. (For a table a
// [data.Pipeline] does this.)
func scaleTargets(set, rest *data.Set[float64]) scaling {
	n := len(set.Values)
	s := scaling{mean: kernels.Sum(set.Values) / float64(n)}
	for _, y := range set.Values {
		s.deviation += (y - s.mean) * (y - s.mean) / float64(n)
	}
	s.deviation = math.Sqrt(s.deviation)
	for _, part := range []*data.Set[float64]{set, rest} {
		for i, y := range part.Values {
			part.Values[i] = (y - s.mean) / s.deviation
		}
	}
	return s
}

// predict measures a model on a set, in the unit that the targets had.
func (s scaling) predict(model layer.Layer[float64], set *data.Set[float64]) (result, error) {
	p, err := train.Outputs(model, set, set.Rows)
	if err != nil {
		return result{}, err
	}
	r := result{predicted: p.RawData(), truth: slices.Clone(set.Values)}
	for i := range r.truth {
		r.predicted[i] = s.mean + s.deviation*r.predicted[i]
		r.truth[i] = s.mean + s.deviation*r.truth[i]
		off := r.predicted[i] - r.truth[i]
		r.mse += off * off / float64(set.Rows)
	}
	of := func(v []float64) mat.Dense[float64] { return mat.Of(set.Rows, 1, v) }
	r.r2 = train.R2(of(r.predicted), of(r.truth))
	return r, nil
}
