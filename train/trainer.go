package train

import (
	"context"
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// Trainer is a training run. Model, Loss, Optimizer, Rate (or Plateau), Epochs and Batch are
// required. The parameters of the model have been set before, usually by
// [layer.Initialize].
type Trainer[T kernels.Float] struct {
	Model     layer.Layer[T]
	Loss      grad.Loss[T]
	Optimizer optim.Optimizer[T]
	Rate      optim.Schedule // learning rate by step, counted from 0 over all epochs
	Epochs    int
	Batch     int    // rows of a mini-batch; the last one of an epoch may be smaller
	Seed      uint64 // of the shuffles and the dropout masks

	// Plateau lowers the rate where PlateauMetric has stopped falling, which it observes
	// after each epoch; a Checkpoint keeps what it has seen. Its Rate takes the place of Rate,
	// unless that is set too, as to something with a warm-up in front. nil for none.
	Plateau       *optim.Plateau
	PlateauMetric Metric // nil for ValidationLoss, or TrainLoss without Validation

	// Clip, such as a call of grad.ClipNorm, shortens the gradients before the
	// optimizer's step and returns the norm that they had; nil for none.
	Clip func(params []*layer.Param[T]) float64
	// Accumulate makes one step of the optimizer of so many batches, which has the gradient
	// of all their rows in one batch: see [grad.Weigher]. 0 counts as 1. A batch that
	// SkipNonFinite passes over is none of them; the last step of an epoch takes what is left.
	Accumulate int
	// KeepGrad leaves the whole gradient of each step in Param.Grad. Else, where neither
	// Clip nor Accumulate reads it, an [optim.Incremental] optimizer updates large weights
	// as their gradient is computed, with the same bits, and theirs is not stored.
	KeepGrad bool
	// Average is brought up to date after each step; nil for none.
	Average *optim.Average[T]
	// SkipNonFinite passes over a batch whose loss or gradient has a NaN or an infinity,
	// instead of ending the run with an error. Epoch.Skipped counts them. Either way weights,
	// running statistics and the optimizer are left as before the batch.
	SkipNonFinite bool

	Validation  *data.Set[T]    // measured after each epoch; nil for none
	Metrics     []Measure[T]    // further figures of Validation, for Epoch.Metrics
	Stop        *EarlyStop      // nil to run all epochs
	Checkpoint  *Checkpoint     // nil for none
	Diagnostics *Diagnostics[T] // nil for none
	OnBatch     func(Progress)  // called after each batch; nil for none
	OnEpoch     func(Epoch)     // called after each epoch; nil for none

	// Done ends the run after an epoch for which it is true, such as one without an
	// error; nil for never.
	Done func(Epoch) bool
}

// Progress is where an epoch stands after a batch.
type Progress struct {
	Epoch, Epochs    int     // the epoch from 1
	Step, Steps      int     // the batch in this epoch from 1
	Loss             float64 // see Epoch.Loss
	Accuracy         float64 // like Loss a mean over the epoch so far
	GradNorm         float64 // what Clip returned, 0 without it
	SamplesPerSecond float64
}

// Run trains on the set and returns one record an epoch. When ctx is cancelled it
// returns after the step at hand, with the completed epochs and ctx.Err(); the model
// keeps what it has learnt, and a Checkpoint is written from which the run goes on.
func (t *Trainer[T]) Run(ctx context.Context, set *data.Set[T]) ([]Epoch, error) {
	if err := t.check(set); err != nil {
		return nil, err
	}
	r := newRun(t, set)
	if err := r.resume(); err != nil {
		return nil, err
	}
	for r.at.Epoch <= t.Epochs && !t.Stop.done(r.at.History) && !t.done(r.at.History) {
		if err := r.epoch(ctx); err != nil {
			if ctx.Err() != nil {
				if saved := r.save(); saved != nil {
					err = saved
				}
			}
			return r.at.History, err
		}
		if err := r.finish(); err != nil {
			return r.at.History, err
		}
	}
	r.best.restore(r.params)
	return r.at.History, nil
}

func (t *Trainer[T]) done(history []Epoch) bool {
	return t.Done != nil && len(history) > 0 && t.Done(history[len(history)-1])
}

func (t *Trainer[T]) check(set *data.Set[T]) error {
	switch {
	case t.Model == nil || t.Loss == nil || t.Optimizer == nil || t.Rate == nil && t.Plateau == nil:
		return fmt.Errorf("train: Model, Loss, Optimizer and Rate must be set")
	case t.Epochs < 0:
		return fmt.Errorf("train: Epochs = %d, want >= 0", t.Epochs)
	case t.Accumulate < 0:
		return fmt.Errorf("train: Accumulate = %d, want >= 0", t.Accumulate)
	case t.Stop != nil && t.Stop.Metric == nil:
		return fmt.Errorf("train: Stop.Metric must be set")
	case t.Checkpoint != nil && t.Checkpoint.Path == "":
		return fmt.Errorf("train: Checkpoint.Path must be set")
	}
	if err := checkSet(t.Model, set, t.Batch, "set"); err != nil {
		return err
	}
	if err := t.checkMetrics(); err != nil {
		return err
	}
	if t.Validation == nil {
		return nil
	}
	if t.Validation.Regression() != set.Regression() {
		return fmt.Errorf("train: of the set and the validation set, one is for a regression and one is not")
	}
	return checkSet(t.Model, t.Validation, t.Batch, "validation set")
}

func (t *Trainer[T]) checkMetrics() error {
	names := map[string]bool{}
	for i, m := range t.Metrics {
		switch {
		case t.Validation == nil:
			return fmt.Errorf("train: Metrics are of Validation, which is nil")
		case m.Name == "" || m.Of == nil:
			return fmt.Errorf("train: Metrics[%d] must have Name and Of", i)
		case names[m.Name]:
			return fmt.Errorf("train: two of the Metrics are called %q", m.Name)
		}
		names[m.Name] = true
	}
	return nil
}

// finite reports whether x is a number.
func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
