package train

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// Trainer is a training run. Model, Loss, Optimizer, Rate, Epochs and Batch are
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

	Validation *data.Set[T]   // measured after each epoch; nil for none
	Stop       *EarlyStop     // nil to run all epochs
	OnBatch    func(Progress) // called after each step; nil for none
	OnEpoch    func(Epoch)    // called after each epoch; nil for none
}

// Progress is where an epoch stands after a step.
type Progress struct {
	Epoch, Epochs    int // the epoch from 1
	Step, Steps      int // the step in this epoch from 1
	Loss             float64
	Accuracy         float64 // like Loss a mean over the epoch so far
	SamplesPerSecond float64
}

// Epoch is the record of one epoch. Its training figures were taken in training:
// while the weights changed, with dropout and batch statistics. The validation
// figures are NaN without Trainer.Validation.
type Epoch struct {
	Epoch                              int // from 1
	Loss, Accuracy                     float64
	ValidationLoss, ValidationAccuracy float64
	Seconds                            float64 // of training, without validation
}

// Run trains on the set and returns one record an epoch. When ctx is cancelled it
// returns after the step at hand, with the completed epochs and ctx.Err(); the model
// keeps what it has learnt.
func (t *Trainer[T]) Run(ctx context.Context, set *data.Set[T]) ([]Epoch, error) {
	if err := t.check(set); err != nil {
		return nil, err
	}
	r := newRun(t, set)
	var validation *evaluator[T]
	if t.Validation != nil {
		validation = newEvaluator(t.Model, t.Loss, t.Validation, t.Batch)
	}
	var history []Epoch
	for epoch := 1; epoch <= t.Epochs; epoch++ {
		e, err := r.epoch(ctx, epoch)
		if err != nil {
			return history, err
		}
		e.ValidationLoss, e.ValidationAccuracy = math.NaN(), math.NaN()
		if validation != nil {
			report := validation.run()
			e.ValidationLoss, e.ValidationAccuracy = report.Loss, report.Accuracy
		}
		history = append(history, e)
		if t.OnEpoch != nil {
			t.OnEpoch(e)
		}
		if t.Stop.done(history) {
			break
		}
	}
	return history, nil
}

func (t *Trainer[T]) check(set *data.Set[T]) error {
	switch {
	case t.Model == nil || t.Loss == nil || t.Optimizer == nil || t.Rate == nil:
		return fmt.Errorf("train: Model, Loss, Optimizer and Rate must be set")
	case t.Epochs < 0:
		return fmt.Errorf("train: Epochs = %d, want >= 0", t.Epochs)
	case t.Stop != nil && t.Stop.Metric == nil:
		return fmt.Errorf("train: Stop.Metric must be set")
	}
	if err := checkSet(t.Model, set, t.Batch, "set"); err != nil {
		return err
	}
	if t.Validation == nil {
		return nil
	}
	return checkSet(t.Model, t.Validation, t.Batch, "validation set")
}

// run is a training run under way.
type run[T kernels.Float] struct {
	*Trainer[T]
	ws      *layer.Workspace[T]
	params  []*layer.Param[T]
	batcher *data.Batcher[T]
	batch   batch[T]
	step    int // over all epochs, from 0
}

func newRun[T kernels.Float](t *Trainer[T], set *data.Set[T]) *run[T] {
	r := &run[T]{
		Trainer: t,
		ws:      layer.NewWorkspace(t.Model),
		params:  t.Model.Params(),
		batcher: data.NewBatcher(set, t.Batch, t.Seed),
		batch:   newBatch(t.Model, set, t.Batch),
	}
	r.ws.Seed = t.Seed
	return r
}

// epoch trains on each sample once.
func (r *run[T]) epoch(ctx context.Context, epoch int) (Epoch, error) {
	start := time.Now()
	r.batcher.Shuffle(epoch)
	var sum totals
	for step := 1; r.batch.next(r.batcher); step++ {
		if err := ctx.Err(); err != nil {
			return Epoch{}, err
		}
		loss, correct := r.learn()
		if math.IsNaN(loss) || math.IsInf(loss, 0) {
			return Epoch{}, fmt.Errorf("train: the loss is %v in epoch %d, step %d of %d", loss, epoch, step, r.batcher.Len())
		}
		r.update()
		sum.add(loss, correct, r.batch.rows)
		if r.OnBatch != nil {
			r.OnBatch(Progress{Epoch: epoch, Epochs: r.Epochs, Step: step, Steps: r.batcher.Len(),
				Loss: sum.meanLoss(), Accuracy: sum.accuracy(),
				SamplesPerSecond: float64(sum.rows) / time.Since(start).Seconds()})
		}
	}
	return Epoch{Epoch: epoch, Loss: sum.meanLoss(), Accuracy: sum.accuracy(), Seconds: time.Since(start).Seconds()}, nil
}

// learn computes the gradients for the batch at hand and returns its loss and the
// number of rows classified rightly.
func (r *run[T]) learn() (loss float64, correct int) {
	r.ws.Step = uint64(r.step)
	p := r.ws.Forward(r.batch.x(), true)
	dp := r.batch.gradient()
	loss = r.Loss.Grad(dp, p, r.batch.target())
	correct = r.batch.correct(r.Loss, p)
	if !math.IsNaN(loss) && !math.IsInf(loss, 0) {
		r.ws.Backward(dp)
	}
	return loss, correct
}

// update takes the optimizer's step.
func (r *run[T]) update() {
	r.Optimizer.Step(r.params, r.Rate(r.step))
	r.step++
}

// totals are sums over the batches of an epoch.
type totals struct {
	loss          float64 // of all rows
	correct, rows int
}

func (s *totals) add(loss float64, correct, rows int) {
	s.loss += loss * float64(rows)
	s.correct += correct
	s.rows += rows
}

func (s *totals) meanLoss() float64 { return s.loss / float64(s.rows) }

func (s *totals) accuracy() float64 { return float64(s.correct) / float64(s.rows) }
