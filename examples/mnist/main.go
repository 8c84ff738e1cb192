// Command mnist trains a multi-layer perceptron on handwritten digits: the 70,000
// images of MNIST, or the 1,797 of the UCI set, which are embedded. It prints what
// it runs on, the model, its progress and the result, and writes the weights, the
// history and a plot.
//
//	go run ./mnist -data digits
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/examples/dataset"
	"github.com/ashlar-go/ashlar/examples/internal/mlp"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
)

func main() {
	c, err := parse(os.Args[1:])
	var usage usageError
	switch {
	case errors.Is(err, errHelp):
		return
	case errors.As(err, &usage):
		fmt.Fprintln(os.Stderr, "mnist:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := run(ctx, c); err != nil {
		fmt.Fprintln(os.Stderr, "mnist:", err)
		os.Exit(1)
	}
}

// run is the whole program after its flags.
func run(ctx context.Context, c config) error {
	out, err := newOutput(c.out)
	if err != nil {
		return err
	}
	train, test, err := load(c.data)
	if err != nil {
		return err
	}
	net := mlp.New(train.Features, train.Classes, c.seed)
	writeMachine(os.Stdout)
	fmt.Printf("data %s: %d training and %d test samples of %d features\n", c.data, train.Rows, test.Rows, train.Features)
	rows, err := summary(net, train.Features)
	if err != nil {
		return err
	}
	writeSummary(os.Stdout, rows)

	start := time.Now()
	epochs, err := learn(ctx, c, net, train, test)
	interrupted := errors.Is(err, context.Canceled)
	if err != nil && !interrupted {
		return err
	}
	if interrupted {
		fmt.Printf("\ninterrupted after %d complete epochs\n", len(epochs))
	}
	if err := report(net, test, epochs, train.Rows, time.Since(start)); err != nil {
		return err
	}
	return out.save(c, net, epochs)
}

func load(name string) (training, test *data.Set[float32], err error) {
	if name == "digits" {
		return dataset.Digits()
	}
	return dataset.MNIST()
}

// learn trains and returns what each complete epoch came to. A cancelled context
// ends it after the step at hand with context.Canceled.
func learn(ctx context.Context, c config, net *layer.Sequential[float32], set, test *data.Set[float32]) ([]epochResult, error) {
	optimizer, err := mlp.NewOptimizer(c.optimizer)
	if err != nil {
		return nil, err
	}
	bar := newProgress(os.Stdout, c.epochs, set.Rows)
	var results []epochResult
	steps := c.epochs * ((set.Rows + c.batch - 1) / c.batch)
	t := train.Trainer[float32]{
		Model: net, Loss: grad.SoftmaxCrossEntropy[float32]{}, Optimizer: optimizer,
		Rate:   optim.Cosine(c.lr, 0, steps),
		Epochs: c.epochs, Batch: c.batch, Seed: c.seed,
		Validation: test,
		OnBatch: func(p train.Progress) {
			if p.Step == 1 {
				bar.begin(p.Epoch)
			}
			bar.step(p.Epoch, min(p.Step*c.batch, set.Rows), p.Loss, p.Accuracy)
		},
		OnEpoch: func(e train.Epoch) {
			r := epochResult{epoch: e.Epoch, loss: e.Loss, trainAccuracy: e.Accuracy, testAccuracy: e.ValidationAccuracy,
				samplesPerSecond: float64(set.Rows) / e.Seconds, time: time.Duration(e.Seconds * float64(time.Second))}
			results = append(results, r)
			bar.end(r)
		},
	}
	_, err = t.Run(ctx, set)
	return results, err
}

// report prints what the model does on the test set and how long it took.
func report(net *layer.Sequential[float32], test *data.Set[float32], epochs []epochResult, rows int, spent time.Duration) error {
	r, err := train.Evaluate(net, grad.SoftmaxCrossEntropy[float32]{}, test, 500)
	if err != nil {
		return err
	}
	training := time.Duration(0)
	for _, e := range epochs {
		training += e.time
	}
	fmt.Printf("\ntest accuracy: %.2f %%   test loss: %.4f\n", 100*r.Accuracy, r.Loss)
	writeConfusion(os.Stdout, r.Confusion)
	fmt.Printf("training time %v (%v with the test after each epoch)", training.Round(time.Millisecond), spent.Round(time.Millisecond))
	if training > 0 {
		fmt.Printf("   %.0f samples/s", float64(len(epochs)*rows)/training.Seconds())
	}
	fmt.Println()
	return nil
}

// output is the folder that the results go to.
type output struct{ dir string }

// newOutput makes the folder and tries to write to it, so that a wrong path shows
// before the training and not after it.
func newOutput(dir string) (*output, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	f, err := os.CreateTemp(dir, ".try-*")
	if err != nil {
		return nil, err
	}
	f.Close()
	return &output{dir}, os.Remove(f.Name())
}

// save writes the weights, the history and, after a complete epoch, the plot.
func (o *output) save(c config, net *layer.Sequential[float32], epochs []epochResult) error {
	weights := filepath.Join(o.dir, c.data+".safetensors")
	if err := model.Save(weights, net); err != nil {
		return err
	}
	fmt.Println("weights", weights)
	if len(epochs) == 0 {
		return nil
	}
	history := filepath.Join(o.dir, c.data+".csv")
	if err := writeHistory(history, epochs); err != nil {
		return err
	}
	fmt.Println("history", history)
	chart := filepath.Join(o.dir, c.data+".svg")
	title := fmt.Sprintf("MLP on %s, %s, tier %v", c.data, c.optimizer, kernels.Active())
	if err := writePlot(chart, title, epochs); err != nil {
		return err
	}
	fmt.Println("plot   ", chart)
	return nil
}
