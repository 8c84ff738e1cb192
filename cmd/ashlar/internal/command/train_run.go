package command

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/train"
)

// trained is what a training came to.
type trained struct {
	net         *layer.Sequential[float32]
	history     []train.Epoch
	best        int // the epoch whose weights net has
	interrupted bool
	seconds     float64
}

// errNothing ends a training that was interrupted before it had anything to save.
var errNothing = errors.New("interrupted before the first epoch was complete: nothing is saved")

// learn trains. A cancelled context ends it after the step at hand, with the weights of the best epoch
// that was complete.
func (a *app) learn(ctx context.Context, s *settings, d *dataset, net *layer.Sequential[float32]) (*trained,
	error) {
	rows := d.training.set.Rows
	batch := s.Train.batch(rows)
	steps := (rows + batch - 1) / batch
	t := train.Trainer[float32]{Model: net, Loss: d.loss(s.Train.Balance), Optimizer: s.Train.optimizer(),
		Epochs: s.Train.Epochs, Batch: batch, Seed: s.Seed, Validation: d.validation.set}
	var err error
	if t.Precision, err = kernels.ParsePrecision(s.Train.Precision); err != nil {
		return nil, err
	}
	t.Warn = func(text string) {
		text, _, _ = strings.Cut(text, "; ")                            // the rest is for who writes programs
		if !strings.HasPrefix(text, "the classes are out of balance") { // dataset.warn has said it
			a.Warn("%s", text)
		}
	}
	s.Train.schedule(&t, s.Train.Epochs*steps)
	if clip := s.Train.Clip; clip > 0 {
		t.Clip = func(p []*layer.Param[float32]) float64 { return grad.ClipNorm(p, clip) }
	}
	if d.validation.set != nil && s.Train.Patience > 0 {
		t.Stop = &train.EarlyStop{Metric: train.ValidationLoss, Patience: s.Train.Patience}
	}
	p := a.epochs(s.Train.Epochs, steps)
	defer p.Clear()
	keep := &keeper{net: net}
	var history []train.Epoch
	t.OnBatch = p.batch
	t.OnEpoch = func(e train.Epoch) {
		history = append(history, e)
		keep.epoch(e)
		p.epoch(e)
	}
	start := time.Now()
	_, err = t.Run(ctx, d.training.set)
	r := &trained{net: net, history: history, seconds: time.Since(start).Seconds()}
	if err != nil && ctx.Err() == nil {
		return nil, err
	}
	r.interrupted = err != nil
	if len(history) == 0 {
		return nil, errNothing
	}
	r.best = keep.restore()
	return r, nil
}

// keeper keeps the weights of the best epoch: that with the lowest loss of the validation, or of the
// training if there is none.
type keeper struct {
	net     *layer.Sequential[float32]
	best    int
	loss    float64
	weights [][]float32
}

func (k *keeper) epoch(e train.Epoch) {
	loss := e.ValidationLoss
	if math.IsNaN(loss) {
		loss = e.Loss
	}
	if k.weights != nil && !(loss < k.loss) {
		return
	}
	k.best, k.loss, k.weights = e.Epoch, loss, k.weights[:0]
	for _, p := range k.net.Params() {
		k.weights = append(k.weights, slices.Clone(p.Value))
	}
}

// restore gives the net the weights of the best epoch and returns which it was.
func (k *keeper) restore() int {
	for i, p := range k.net.Params() {
		copy(p.Value, k.weights[i])
	}
	return k.best
}

// epochProgress shows the epochs: a bar on a terminal, elsewhere a line for every tenth of them.
type epochProgress struct {
	a             *app
	epochs, steps int
	quiet         bool
	bar           interface {
		Set(done int, text string)
		Clear()
	}
}

func (a *app) epochs(epochs, steps int) *epochProgress {
	return &epochProgress{a: a, epochs: epochs, steps: steps, quiet: a.quiet,
		bar: a.Progress(epochs*steps, "training")}
}

func (p *epochProgress) Clear() { p.bar.Clear() }

func (p *epochProgress) batch(at train.Progress) {
	p.bar.Set((at.Epoch-1)*p.steps+at.Step, fmt.Sprintf("epoch %d/%d  loss %.4f  %.0f rows/s", at.Epoch,
		p.epochs, at.Loss, at.SamplesPerSecond))
}

func (p *epochProgress) epoch(e train.Epoch) {
	if p.a.Live || p.quiet || e.Epoch%max(1, p.epochs/10) != 0 && e.Epoch != 1 {
		return
	}
	line := fmt.Sprintf("epoch %*d/%d  loss %.4f", len(fmt.Sprint(p.epochs)), e.Epoch, p.epochs, e.Loss)
	if !math.IsNaN(e.ValidationLoss) {
		line += fmt.Sprintf("  validation %.4f", e.ValidationLoss)
	}
	if !math.IsNaN(e.ValidationAccuracy) {
		line += fmt.Sprintf("  accuracy %.2f %%", 100*e.ValidationAccuracy)
	}
	p.a.Printf("%s\n", line)
}
