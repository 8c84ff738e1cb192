// Command mnist trains a multi-layer perceptron on handwritten digits: the 70,000
// images of MNIST, or the 1,797 of the UCI set, which are embedded. It prints the
// machine, the model, the progress and the result, and writes the weights, the history
// and plots.
//
//	go run ./mnist -data digits
//
// Ctrl-C ends the training after the current step and saves what was learnt so far. A
// second Ctrl-C ends the program at once. The exit code is 0 if the results were written,
// also after Ctrl-C, 1 if they were not, and 2 for wrong flags.
package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/signal"
	"time"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/examples/dataset"
	"github.com/ashlar-go/ashlar/examples/internal/console"
	"github.com/ashlar-go/ashlar/examples/internal/mlp"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
)

func main() {
	c, err := parse(os.Args[1:])
	if err == nil {
		err = run(interruptible(), c)
	}
	console.Exit("mnist", err)
}

// interruptible returns a context that the first Ctrl-C cancels. The next one ends the
// program as it does without a handler.
func interruptible() context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop)
	return ctx
}

// errNothingLearnt ends a run that was interrupted before its first step.
var errNothingLearnt = errors.New("interrupted before the first step: nothing learnt, nothing written")

// run is the whole program after the flags.
func run(ctx context.Context, c config) error {
	out, err := newOutput(c)
	if err != nil {
		return err
	}
	set, test, err := load(c.data, c.samples)
	switch {
	case ctx.Err() != nil:
		return errNothingLearnt
	case err != nil:
		return err
	case c.batch > set.Rows:
		return console.Usagef("-batch %d: %s has %d training samples", c.batch, c.data, set.Rows)
	}
	net := mlp.New(set.Features, set.Classes, c.seed)
	writeMachine(os.Stdout)
	writePrecision(os.Stdout, c.precision)
	fmt.Printf("data %s: %d training and %d test samples of %d features\n", c.data, set.Rows, test.Rows,
		set.Features)
	rows, err := summary(net, set.Features)
	if err != nil {
		return err
	}
	writeSummary(os.Stdout, rows)

	epochs, spent, err := learn(ctx, c, net, set, test)
	if errors.Is(err, context.Canceled) {
		fmt.Printf("interrupted after %.2f of %d epochs; Ctrl-C again to end at once\n",
			epochs[len(epochs)-1].epoch, c.epochs)
	} else if err != nil {
		return err
	}
	if err := out.saveWeights(net); err != nil {
		return err
	}
	m, err := report(net, test, epochs, set.Rows, spent)
	if err != nil {
		return err
	}
	if err := out.savePlots(c, epochs, m); err != nil {
		return err
	}
	out.list(os.Stdout)
	return nil
}

// load returns the first samples of the sets for training and testing, all if samples is 0.
func load(name string, samples int) (training, test *data.Set[float32], err error) {
	if name == "digits" {
		training, test, err = dataset.Digits()
	} else {
		training, test, err = dataset.MNIST()
	}
	if err != nil || samples == 0 {
		return training, test, err
	}
	return first(training, samples), first(test, samples), nil
}

// first returns the first rows of a set, all if it has fewer.
func first(s *data.Set[float32], rows int) *data.Set[float32] {
	part := *s
	part.Rows = min(rows, s.Rows)
	part.X, part.Y = s.X[:part.Rows*s.Features], s.Y[:part.Rows]
	return &part
}

// learn trains and returns the result of each epoch and the time of the whole run. A cancelled
// context ends it after the current step: with errNothingLearnt if there was no step, else
// with context.Canceled and the incomplete epoch, not tested, as the last result.
func learn(ctx context.Context, c config, net *layer.Sequential[float32],
	set, test *data.Set[float32]) ([]epochResult, time.Duration, error) {
	optimizer, err := mlp.NewOptimizer(c.optimizer)
	if err != nil {
		return nil, 0, err
	}
	var results []epochResult
	var last train.Progress
	progress := newProgress(os.Stdout, c.epochs, set.Rows)
	steps := c.epochs * ((set.Rows + c.batch - 1) / c.batch)
	t := train.Trainer[float32]{
		Model: net, Loss: grad.SoftmaxCrossEntropy[float32]{}, Optimizer: optimizer,
		Rate:   optim.Cosine(c.lr, 0, steps),
		Epochs: c.epochs, Batch: c.batch, Seed: c.seed, Precision: c.precision,
		Validation: test,
		Warn: func(text string) {
			progress.clear()
			fmt.Fprintln(os.Stderr, console.WrapText("mnist: "+text))
		},
		OnBatch: func(p train.Progress) {
			last = p
			progress.step(p, min(p.Step*c.batch, set.Rows))
		},
		OnEpoch: func(e train.Epoch) {
			results = append(results, complete(e, set.Rows))
			progress.end(results[len(results)-1])
			progress.begin(e.Epoch + 1)
		},
	}
	start := time.Now()
	progress.begin(1)
	_, err = t.Run(ctx, set)
	spent := time.Since(start)
	if err == nil {
		return results, spent, nil
	}
	progress.clear()
	if errors.Is(err, context.Canceled) && last.Step == 0 {
		return nil, spent, errNothingLearnt
	}
	if last.Epoch > len(results) {
		results = append(results, incomplete(last, min(last.Step*c.batch, set.Rows)))
	}
	return results, spent, err
}

// complete returns the result of an epoch over rows samples.
func complete(e train.Epoch, rows int) epochResult {
	return epochResult{epoch: float64(e.Epoch), loss: e.Loss, testLoss: e.ValidationLoss,
		trainAccuracy: e.Accuracy, testAccuracy: e.ValidationAccuracy,
		samplesPerSecond: float64(rows) / e.Seconds, time: time.Duration(e.Seconds * float64(time.Second))}
}

// incomplete returns the result of an epoch that ended after done samples.
func incomplete(p train.Progress, done int) epochResult {
	return epochResult{epoch: float64(p.Epoch-1) + float64(p.Step)/float64(p.Steps),
		loss: p.Loss, testLoss: math.NaN(), trainAccuracy: p.Accuracy, testAccuracy: math.NaN(),
		samplesPerSecond: p.SamplesPerSecond,
		time:             time.Duration(float64(done) / p.SamplesPerSecond * float64(time.Second))}
}

// report prints the result on the test set and the time of the training, and returns the confusion
// matrix. If an interrupt left the last epoch without figures on the test set, report fills them in.
func report(net *layer.Sequential[float32], test *data.Set[float32], epochs []epochResult, rows int,
	spent time.Duration) (train.Confusion, error) {
	r, err := train.Evaluate(net, grad.SoftmaxCrossEntropy[float32]{}, test, 500)
	if err != nil {
		return nil, err
	}
	if last := &epochs[len(epochs)-1]; math.IsNaN(last.testLoss) {
		last.testLoss, last.testAccuracy = r.Loss, r.Accuracy
	}
	training := time.Duration(0)
	for _, e := range epochs {
		training += e.time
	}
	fmt.Printf("\ntest accuracy: %.2f %%   test loss: %.4f\n", 100*r.Accuracy, r.Loss)
	fmt.Printf("true digits, and what they were taken for:\n%s", r.Confusion.Table(nil))
	fmt.Println(console.Wrap(fmt.Sprintf("training time %v (%v with the test after each epoch)",
		training.Round(time.Millisecond), spent.Round(time.Millisecond)),
		fmt.Sprintf("%.0f samples/s", epochs[len(epochs)-1].epoch*float64(rows)/training.Seconds())))
	return r.Confusion, nil
}
