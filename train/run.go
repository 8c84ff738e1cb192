package train

import (
	"context"
	"math"
	"time"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// run is a training run under way.
type run[T kernels.Float] struct {
	*Trainer[T]
	ws         *layer.Workspace[T]
	params     []*layer.Param[T]
	feed       feed[T]
	batch      batch[T]
	sums       gradientSums[T]
	validation *evaluator[T]
	guard      guard[T]
	before     int // steps of the optimizer before the run
	best       bestParams[T]
	at         position
	computed   []string // what has computed products below the highest level, before the checkpoint

	rate    optim.Schedule
	early   optim.Incremental[T] // the optimizer, if its step can begin in the backward pass
	updates func(p *layer.Param[T], lo int, g []T)
	begun   bool // the step at hand has
}

// position is where a run stands, all of it that is not in a tensor.
type position struct {
	Epoch   int // at hand, from 1
	Batch   int // batches of it that are done
	Step    int // batches done since the beginning, which number the dropout masks
	Updates int // steps of the optimizer since the beginning
	Sum     totals
	History history
}

func newRun[T kernels.Float](t *Trainer[T], feed feed[T]) *run[T] {
	r := &run[T]{
		Trainer: t,
		ws:      layer.NewWorkspace(t.Model),
		params:  t.Model.Params(),
		feed:    feed,
		batch:   feed.room(),
		at:      position{Epoch: 1},
		rate:    t.Rate,
	}
	r.before = t.Optimizer.Steps()
	r.guard = newGuard(r.params, t.Optimizer, t.Average)
	if r.rate == nil {
		r.rate = t.Plateau.Rate
	}
	r.ws.Seed, r.ws.Precision = t.Seed, t.Precision
	if o, ok := t.Optimizer.(optim.Incremental[T]); ok && t.Clip == nil && t.Accumulate <= 1 && !t.KeepGrad {
		r.early, r.updates = o, o.Update
	}
	if t.Validation != nil {
		r.validation = newEvaluator(t.Model, t.Loss, t.Validation, t.Batch)
	}
	return r
}

// epoch trains on each sample once, or on those that are left.
func (r *run[T]) epoch(ctx context.Context) error {
	start, before, rows := time.Now(), r.at.Sum, 0
	r.feed.start(r.at.Epoch, r.at.Batch)
	for {
		more, err := r.feed.next(ctx, &r.batch)
		if err != nil {
			r.at.Sum.Seconds = before.Seconds + time.Since(start).Seconds()
			return r.interrupted(ctx, err)
		}
		if !more {
			break
		}
		norm, err := r.step()
		if err != nil {
			return err
		}
		rows += r.batch.rows
		if r.OnBatch != nil {
			s := &r.at.Sum
			r.OnBatch(Progress{Epoch: r.at.Epoch, Epochs: r.Epochs, Step: r.at.Batch, Steps: r.feed.Len(),
				Loss: s.meanLoss(), Accuracy: s.accuracy(), GradNorm: norm,
				SamplesPerSecond: float64(rows) / time.Since(start).Seconds()})
		}
	}
	r.at.Sum.Seconds = before.Seconds + time.Since(start).Seconds()
	return nil
}

// interrupted returns the error of a run that gets no batch. Where ctx has ended, it writes a checkpoint first,
// whose error comes before. A step that fails writes none: the checkpoint would count its batch as done.
func (r *run[T]) interrupted(ctx context.Context, err error) error {
	if ctx.Err() == nil {
		return err
	}
	if saved := r.save(); saved != nil {
		return saved
	}
	return err
}

// finish ends an epoch: validation, records, the checkpoint.
func (r *run[T]) finish() error {
	s := &r.at.Sum
	e := Epoch{Epoch: r.at.Epoch, Loss: s.meanLoss(), Accuracy: s.accuracy(), Skipped: s.Skipped,
		ValidationLoss: math.NaN(), ValidationAccuracy: math.NaN(), Seconds: s.Seconds}
	if r.batch.regression {
		e.Accuracy = math.NaN()
	}
	if r.validation != nil {
		report, metrics := r.validation.metrics(r.Metrics)
		e.Metrics = metrics
		e.ValidationLoss, e.ValidationAccuracy = report.Loss, report.Accuracy
	}
	r.at.History = append(r.at.History, e)
	r.best.keep(r.Stop, r.at.History, r.params)
	if r.Plateau != nil {
		r.Plateau.Observe(r.plateauMetric()(e))
	}
	r.at.Epoch, r.at.Batch, r.at.Sum = r.at.Epoch+1, 0, totals{}
	if r.OnEpoch != nil {
		r.OnEpoch(e)
	}
	if r.Checkpoint.due(e.Epoch, r.Epochs) {
		return r.save()
	}
	return nil
}

// totals are sums over the batches of an epoch.
type totals struct {
	Loss                   number  // of all batches, infinite where their sum overflows
	Weight                 float64 // likewise, see grad.Weigher
	Correct, Rows, Skipped int     // Rows are those that weigh something
	Seconds                float64
}

// add takes a batch in which some rows weigh something; weight is 0 for a loss that is a
// sum, whose mean is over those rows.
func (s *totals) add(loss, weight float64, correct, rows int) {
	if weight == 0 {
		s.Loss += number(loss)
		s.Weight += float64(rows)
	} else {
		s.Loss += number(loss * weight)
		s.Weight += weight
	}
	s.Correct += correct
	s.Rows += rows
}

// meanLoss is NaN where nothing weighs anything, as is accuracy.
func (s *totals) meanLoss() float64 { return float64(s.Loss) / s.Weight }

func (s *totals) accuracy() float64 { return float64(s.Correct) / float64(s.Rows) }

// gradientSums adds up the gradients of several batches, see grad.Weigher.
type gradientSums[T kernels.Float] struct {
	sum     [][]T // over 2^unit
	batches int
	weight  float64
	unit    int
}

// unitOf is the unit in which a weight is added up: 0 but where T might not hold the weight, or a
// gradient times it. A power of two changes no bit.
func unitOf(weight float64) int {
	const far = 20
	_, e := math.Frexp(weight)
	if -far <= e && e <= far {
		return 0
	}
	return e
}

// add takes the gradients of one more batch.
func (g *gradientSums[T]) add(params []*layer.Param[T], weight float64) {
	g.room(params)
	if g.batches == 0 {
		for _, s := range g.sum {
			clear(s)
		}
		g.unit = unitOf(weight)
	}
	g.batches++
	g.weight += weight
	if weight == 0 {
		weight = 1
	}
	if unit := unitOf(weight); unit > g.unit {
		g.measure(unit)
	}
	for i, p := range params {
		kernels.Axpy(g.sum[i], T(math.Ldexp(weight, -g.unit)), p.Grad)
	}
}

// measure goes on in a larger unit.
func (g *gradientSums[T]) measure(unit int) {
	for _, s := range g.sum {
		kernels.Scale(s, T(math.Ldexp(1, g.unit-unit)), s)
	}
	g.unit = unit
}

// take sets the gradients to those of all batches together, and begins anew.
func (g *gradientSums[T]) take(params []*layer.Param[T]) {
	share := 1.0
	if g.weight != 0 {
		share /= math.Ldexp(g.weight, -g.unit)
	}
	for i, p := range params {
		kernels.Scale(p.Grad, T(share), g.sum[i])
	}
	g.batches, g.weight, g.unit = 0, 0, 0
}

func (g *gradientSums[T]) room(params []*layer.Param[T]) {
	for i := len(g.sum); i < len(params); i++ {
		g.sum = append(g.sum, make([]T, len(params[i].Grad)))
	}
}

// bestParams are those of the epoch with the best metric.
type bestParams[T kernels.Float] struct {
	values [][]T
	epoch  int // its number, 0 where an older checkpoint does not tell it
}

// keep copies the parameters if the last epoch is the best and they are asked for.
func (b *bestParams[T]) keep(stop *EarlyStop, history []Epoch, params []*layer.Param[T]) {
	if stop == nil || !stop.Restore || !stop.improved(history) {
		return
	}
	b.room(params)
	for i, p := range params {
		copy(b.values[i], p.Value)
	}
	b.epoch = len(history)
}

func (b *bestParams[T]) room(params []*layer.Param[T]) {
	for i := len(b.values); i < len(params); i++ {
		b.values = append(b.values, make([]T, len(params[i].Value)))
	}
}

func (b *bestParams[T]) restore(params []*layer.Param[T]) {
	for i, v := range b.values {
		copy(params[i].Value, v)
	}
}
