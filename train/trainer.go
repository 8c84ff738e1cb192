package train

import (
	"context"
	"errors"
	"math"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// Trainer is a training run. Model, Loss, Optimizer, Rate (or Plateau), Epochs and Batch are
// required. The parameters of the model have been set before, usually by
// [layer.Initialize]. A model with a [layer.Int8Linear], which has nothing to train, is an error.
//
// Rows of weight 0, of the label [data.Ignored], or of a class whose weight in the loss is 0 weigh
// nothing: they are left out of losses, gradients, accuracies and metrics. A batch of such rows
// alone takes no step. (In a batch with others they count in the statistics of a BatchNorm, like
// any row.)
//
// Run cannot tell how far an Optimizer steps that is no [optim.Bounder]; all of package optim are.
// It takes each step of such an optimizer with a copy of weights and state, and looks for a NaN or
// an infinity in them afterwards.
type Trainer[T kernels.Float] struct {
	Model     layer.Layer[T]
	Loss      grad.Loss[T]
	Optimizer optim.Optimizer[T]
	Rate      optim.Schedule // learning rate by step, counted from 0 over all epochs
	Epochs    int
	Batch     int    // rows of a mini-batch; the last one of an epoch may be smaller
	DropLast  bool   // leaves out a last mini-batch that is smaller, see data.Batcher
	Seed      uint64 // of the shuffles and the dropout masks

	// Precision is the level of the products in forward and backward passes of training, see
	// [layer.Workspace]. Weights, the optimizer's state, losses and statistics stay in T, and so does
	// the measuring of Validation. Warn says why where it has no effect, as in a run in float64.
	Precision kernels.Precision

	// Plateau lowers the rate where PlateauMetric has stopped falling, which it observes
	// after each epoch; a Checkpoint keeps what it has seen. Its Rate takes the place of Rate,
	// unless that is set too, as to something with a warm-up in front. nil for none.
	Plateau       *optim.Plateau
	PlateauMetric Metric // nil for ValidationLoss, or TrainLoss without Validation

	// Clip, such as a call of grad.ClipNorm, shortens the gradients before the
	// optimizer's step and returns the norm that they had; nil for none. It must not make an
	// element of Param.Grad larger.
	Clip func(params []*layer.Param[T]) float64
	// Accumulate makes one step of the optimizer of so many batches, which has the gradient
	// of all their rows in one batch: see [grad.Weigher]. 0 counts as 1. A batch that weighs
	// nothing, or that SkipNonFinite passes over, is none of them; the last step of an epoch
	// takes what is left.
	Accumulate int
	// Balance multiplies the weight of each row by that of its class, as grad.BalancedWeightsOf
	// says: each class then weighs as much in training as any other. Rows that weigh nothing do not
	// count. The validation set keeps its weights.
	Balance bool
	// KeepGrad leaves the whole gradient of each step in Param.Grad. Else, where neither
	// Clip nor Accumulate reads it, an [optim.Incremental] optimizer updates large weights
	// as their gradient is computed, with the same bits, and theirs is not stored.
	KeepGrad bool
	// Average is brought up to date after each step; nil for none.
	Average *optim.Average[T]
	// SkipNonFinite passes over a batch whose loss or gradient has a NaN or an infinity, or
	// whose step would leave one in a weight, the optimizer's state or Average, instead of
	// ending the run with an error. Epoch.Skipped counts them. Either way weights, running
	// statistics and the optimizer are left as before the batch.
	SkipNonFinite bool

	Validation  *data.Set[T]    // measured after each epoch; nil for none
	Metrics     []Measure[T]    // further figures of Validation, for Epoch.Metrics
	Stop        *EarlyStop      // nil to run all epochs
	Checkpoint  *Checkpoint     // nil for none
	Diagnostics *Diagnostics[T] // nil for none
	OnBatch     func(Progress)  // called after each batch; nil for none
	OnEpoch     func(Epoch)     // called after each epoch; nil for none

	// Warn is called before the first step with each thing in the rows that training would suffer
	// from, where Precision has no effect, and where a Checkpoint is of a run on another path of products,
	// see the section Warnings of the package; nil for log.Print.
	Warn func(string)

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
// keeps what it has learnt, and a Checkpoint is written from which the run goes on. Where that
// step fails, Run returns its error and writes none.
func (t *Trainer[T]) Run(ctx context.Context, set *data.Set[T]) ([]Epoch, error) {
	if err := t.checkSets(set); err != nil {
		return nil, err
	}
	t.warnOfSet(set)
	return t.run(ctx, newSetFeed(t, set))
}

// RunStream is [Trainer.Run] on the rows of a stream, which need not fit in memory. All settings
// work alike, and so do checkpoints within an epoch, for which the earlier batches of the epoch are
// read again. Batches are those of [data.Stream] for Batch, Seed and DropLast: they are other ones
// than those that Run takes of the same rows in memory, also where the shuffle buffer holds all of
// them. They do not depend on the number of threads nor on Stream.Ahead.
//
// An error of the source ends the run as a loss that is not finite does: the model is as after the
// last whole step. Since data.NewStream has read all rows once, that takes a file that has changed
// or a disk that fails. No goroutine outlives RunStream: when ctx is cancelled while the source waits,
// as for a network, RunStream returns once the source has.
func (t *Trainer[T]) RunStream(ctx context.Context, stream *data.Stream[T]) ([]Epoch, error) {
	if err := t.checkStream(stream); err != nil {
		return nil, err
	}
	t.warnOfStream(stream)
	return t.run(ctx, newStreamFeed(t, stream))
}

// run trains on what has been checked.
func (t *Trainer[T]) run(ctx context.Context, f feed[T]) ([]Epoch, error) {
	defer f.stop()
	if ctx == nil {
		return nil, errors.New("train: ctx is nil")
	}
	r := newRun(t, f)
	if err := r.resume(); err != nil {
		return nil, err
	}
	for r.at.Epoch <= t.Epochs && !t.Stop.done(r.at.History) && !t.done(r.at.History) {
		if err := r.epoch(ctx); err != nil {
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

// finite reports whether x is a number.
func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
