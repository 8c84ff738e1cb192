package train

import (
	"fmt"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// step trains on the batch at hand. One that weighs nothing is neither a step nor a part of
// one: without it the model ends the same.
func (r *run[T]) step() (norm float64, err error) {
	r.ws.Step = uint64(r.at.Step)
	r.at.Batch++
	r.at.Step++
	switch {
	case r.batch.counted == 0:
	case r.Accumulate <= 1:
		return r.stepOfBatch()
	default:
		err = r.accumulate()
	}
	last := r.at.Batch == r.feed.Len()
	if err != nil || r.sums.batches == 0 || r.sums.batches < r.Accumulate && !last {
		return 0, err
	}
	return r.stepOfSum()
}

// stepOfBatch takes a step of the optimizer on the batch at hand.
func (r *run[T]) stepOfBatch() (norm float64, err error) {
	lr, err := r.learningRate()
	if err != nil {
		return 0, err
	}
	limit, careful := gradientLimit[T](), false
	if !r.guard.sure(lr) {
		limit, careful = 0, true
	}
	loss, correct := r.learn(lr, limit, careful)
	if !careful && finite(loss) && r.ws.NonFinite() != nil { // or only beyond the limit
		careful = true
		loss, correct = r.learn(lr, 0, careful)
	}
	if !finite(loss) || r.ws.NonFinite() != nil {
		return 0, r.giveUp(loss)
	}
	norm, taken, err := r.descend(lr, careful)
	if taken {
		r.count(loss, correct)
	}
	return norm, err
}

// accumulate adds the gradients of the batch at hand to those of others.
func (r *run[T]) accumulate() error {
	if r.sums.batches == 0 {
		r.guard.keepStatistics()
	}
	loss, correct := r.learn(0, 0, false)
	if !finite(loss) || r.ws.NonFinite() != nil {
		return r.giveUp(loss)
	}
	r.sums.add(r.params, r.count(loss, correct))
	return nil
}

// count notes the loss of the batch at hand, and the rows that are classified rightly, for
// the record of the epoch. It returns the weight of the batch.
func (r *run[T]) count(loss float64, correct int) (weight float64) {
	weight = grad.WeightOf(r.Loss, r.batch.rows, r.batch.target())
	r.at.Sum.add(loss, weight, correct, r.batch.counted)
	return weight
}

// stepOfSum takes a step of the optimizer on the batches that were added up.
func (r *run[T]) stepOfSum() (norm float64, err error) {
	lr, err := r.learningRate()
	if err != nil {
		r.guard.restoreStatistics()
		return 0, err
	}
	r.sums.take(r.params)
	largest := 0.0
	for _, p := range r.params {
		top := float64(kernels.MaxAbs(p.Grad))
		if !finite(top) {
			r.guard.restoreStatistics()
			return 0, r.giveUpSum(p)
		}
		largest = max(largest, top)
	}
	careful := largest > float64(gradientLimit[T]()) || !r.guard.sure(lr)
	norm, _, err = r.descend(lr, careful)
	return norm, err
}

// learningRate returns that of the step at hand.
func (r *run[T]) learningRate() (float64, error) {
	lr := r.rate(r.at.Updates)
	if !finite(lr) || lr < 0 {
		return 0, fmt.Errorf("train: Rate is %v at step %d of the optimizer, want a finite number from 0 up",
			lr, r.at.Updates)
	}
	return lr, nil
}

// learn computes the gradients for the batch at hand and returns its loss and the
// number of rows classified rightly. A limit is that of layer.Workspace.
func (r *run[T]) learn(lr float64, limit T, careful bool) (loss float64, correct int) {
	p := r.ws.Forward(r.batch.x(), true)
	dp := r.batch.gradient()
	loss = r.Loss.Grad(dp, p, r.batch.target())
	correct = r.batch.correct(r.Loss, p)
	if finite(loss) {
		if r.Accumulate <= 1 && (careful || r.Clip != nil) {
			r.guard.keepStatistics()
		}
		r.begin(lr, careful)
		r.ws.Limit = limit
		r.ws.Backward(dp)
		if r.begun && r.ws.NonFinite() != nil {
			r.Optimizer.SetSteps(r.Optimizer.Steps() - 1) // the step that Begin counted
		}
	}
	return loss, correct
}

// begin begins the optimizer's step, unless something is to look at the gradients first or
// the step may have to be undone.
func (r *run[T]) begin(lr float64, careful bool) {
	r.begun = r.early != nil && !careful && !r.Diagnostics.due(r.at.Updates)
	if !r.begun {
		r.ws.Update = nil
		return
	}
	r.early.Begin(r.params, lr)
	r.ws.Update = r.updates
}

// descend clips the gradients and takes the optimizer's step. A careful one may not be taken.
func (r *run[T]) descend(lr float64, careful bool) (norm float64, taken bool, err error) {
	due := r.Diagnostics.due(r.at.Updates)
	if due {
		r.Diagnostics.measure(r.params)
	}
	if r.Clip != nil {
		norm = r.Clip(r.params)
		careful = careful || !shrunk(r.params)
	}
	if due {
		r.Diagnostics.before(r.params)
	}
	if careful {
		r.guard.save()
	}
	r.update(lr)
	if careful {
		if what := r.guard.settle(); what != "" {
			return norm, false, r.giveUpStep(what)
		}
	}
	if due {
		r.Diagnostics.report(r.at.Updates, r.ws)
	}
	r.at.Updates++
	return norm, true, nil
}

// update takes the optimizer's step, or what is left of it.
func (r *run[T]) update(lr float64) {
	if r.begun {
		r.early.End(r.params)
	} else {
		r.Optimizer.Step(r.params, lr)
	}
	if r.Average != nil {
		r.Average.Update()
	}
}

// giveUp passes over the batch at hand, or returns an error that says where its first NaN
// or infinity appeared. Neither the model nor the optimizer has been touched.
func (r *run[T]) giveUp(loss float64) error {
	if r.skip() {
		return nil
	}
	what, where := fmt.Sprintf("the loss is %v", loss), ""
	if finite(loss) {
		what += ", but a gradient is not finite"
		where = r.firstNonFiniteGradient()
	} else {
		where = r.firstNonFinite()
	}
	return fmt.Errorf("train: %s in epoch %d, step %d of %d: %s "+
		"(Trainer.SkipNonFinite passes over such batches)", what, r.at.Epoch, r.at.Batch, r.feed.Len(),
		where)
}

// giveUpSum is giveUp for the gradients of several batches, which are finite but for their
// sum.
func (r *run[T]) giveUpSum(p *layer.Param[T]) error {
	if r.skip() {
		return nil
	}
	return fmt.Errorf("train: the sum of the gradients of %s over %d batches overflows "+
		"in epoch %d, step %d of %d (Trainer.SkipNonFinite passes over such steps)",
		p.Name, r.Accumulate, r.at.Epoch, r.at.Batch, r.feed.Len())
}

// giveUpStep is giveUp for gradients that are finite, but not what the step makes of them.
func (r *run[T]) giveUpStep(what string) error {
	if r.skip() {
		return nil
	}
	return fmt.Errorf("train: the step of the optimizer overflows "+
		"in epoch %d, step %d of %d: %s (Trainer.SkipNonFinite passes over such steps)",
		r.at.Epoch, r.at.Batch, r.feed.Len(), what)
}

// skip counts a batch or a step that is passed over, if they are to be.
func (r *run[T]) skip() bool {
	if r.SkipNonFinite {
		r.at.Sum.Skipped++
	}
	return r.SkipNonFinite
}
