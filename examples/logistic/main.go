// Command logistic fits a logistic regression to the Wisconsin breast cancer set, by
// gradient descent on the whole set and on mini-batches. Both reach the only optimum of
//
//	L(w, b) = mean of log(1 + exp(-s (w x + b))) + |w|^2 / (2 C n),  s = -1 or 1 by the class
//
// which is that of scikit-learn's LogisticRegression with the same C. The ROC curve is drawn.
//
//	go run ./logistic -out out
package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"

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

// c is the inverse of the regularisation's strength.
const c = 1.0

const help = `Fits a logistic regression by gradient descent, whole and in mini-batches.`

func main() {
	f := flag.NewFlagSet("logistic", flag.ContinueOnError)
	out := f.String("out", "out", "the `folder` for the plot")
	err := console.Parse(f, help, os.Args[1:])
	if err == nil {
		err = run(*out)
	}
	console.Exit("logistic", err)
}

func run(dir string) error {
	if err := console.MakeFolder(dir); err != nil {
		return err
	}
	set, err := load()
	if err != nil {
		return err
	}
	fmt.Printf("breast cancer: %d tumours, %d features, fitted to all of them\n", set.Rows, set.Features)
	fmt.Printf("%-24s %12s %10s %8s %8s %8s\n", "gradient descent on", "objective", "accuracy", "AUC", "|w|",
		"b")
	benign := make([]bool, set.Rows)
	for i, y := range set.Y {
		benign[i] = y == 1
	}
	var reached, odds []float64
	for _, way := range []struct {
		name          string
		batch, epochs int
	}{{"the whole set", set.Rows, 20000}, {"mini-batches of 32", 32, 400}} {
		model, err := fit(set, way.batch, way.epochs)
		if err != nil {
			return err
		}
		out, err := train.Outputs[float64](model, set, set.Rows)
		if err != nil {
			return err
		}
		report, err := train.Evaluate[float64](model, grad.BCEWithLogits[float64]{}, set, set.Rows)
		if err != nil {
			return err
		}
		odds = out.RawData()
		reached = append(reached, objective(model, report.Loss, set.Rows))
		fmt.Printf("%-24s %12.8f %8.2f %% %8.4f %8.4f %8.4f\n", way.name, reached[len(reached)-1],
			100*report.Accuracy, train.AUC(odds, benign), kernels.Norm2(model.W.Value), model.B.Value[0])
	}
	fmt.Printf("both reach the same optimum: the objectives differ by %.1g\n",
		math.Abs(reached[1]-reached[0]))
	figure, err := plot.ROC(odds, benign)
	if err != nil {
		return err
	}
	return picture.Save(dir, "logistic.png", "benign or malignant, the tumours of the training", figure)
}

// load returns the set with features of mean 0 and deviation 1.
func load() (*data.Set[float64], error) {
	set, err := dataset.BreastCancer()
	if err != nil {
		return nil, err
	}
	set.Apply(data.Standardize(set))
	return set, nil
}

// fit trains one neuron. Its weights decay by lambda = 1/(C n), its bias does not. The
// learning rate falls to 0, since the noise of mini-batches would keep it off the optimum.
func fit(set *data.Set[float64], batch, epochs int) (*layer.Linear[float64], error) {
	model := layer.NewLinear[float64](set.Features, 1, kernels.ActIdentity)
	optimizer := optim.NewNesterov[float64](0.9)
	optimizer.Decay.Lambda = 1 / (c * float64(set.Rows))
	steps := epochs * ((set.Rows + batch - 1) / batch)
	t := train.Trainer[float64]{Model: model, Loss: grad.BCEWithLogits[float64]{}, Optimizer: optimizer,
		Rate: optim.Cosine(0.1, 0, steps), Epochs: epochs, Batch: batch, Seed: 1}
	_, err := t.Run(context.Background(), set)
	return model, err
}

func objective(m *layer.Linear[float64], loss float64, rows int) float64 {
	norm := kernels.Norm2(m.W.Value)
	return loss + norm*norm/(2*c*float64(rows))
}

// slope is the norm of the objective's gradient, which is 0 at the optimum.
func slope(m *layer.Linear[float64], set *data.Set[float64]) float64 {
	ws := layer.NewWorkspace[float64](m)
	z := ws.Forward(mat.Of(set.Rows, set.Features, set.X), true)
	y := mat.New[float64](set.Rows, 1)
	for i, class := range set.Y {
		y.Set(i, 0, float64(class))
	}
	grad.BCEWithLogits[float64]{}.Grad(z, z, grad.Target[float64]{Values: y})
	ws.Backward(z)
	kernels.Axpy(m.W.Grad, 1/(c*float64(set.Rows)), m.W.Value)
	return math.Hypot(kernels.Norm2(m.W.Grad), m.B.Grad[0])
}
