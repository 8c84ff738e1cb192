//go:build linux && cgo && amd64

package main

import (
	"sync/atomic"
	"time"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/optim"
)

// ours is a model with all that a step of training needs.
type ours struct {
	model     *layer.Sequential[float32]
	ws        *layer.Workspace[float32]
	params    []*layer.Param[float32]
	optimizer optim.Incremental[float32]
	x, d      mat.Dense[float32]
	loss      grad.Loss[float32]
	target    grad.Target[float32]
}

func newModel(c *setting) *ours {
	d, p := c.dims(), c.problem()
	var parts []layer.Layer[float32]
	for i := range len(d) - 1 {
		last, act := i+2 == len(d), kernels.ActReLU
		if last || c.norm {
			act = kernels.ActIdentity
		}
		l := layer.NewLinear[float32](d[i], d[i+1], act)
		copy(l.W.Value, p.params[2*i])
		copy(l.B.Value, p.params[2*i+1])
		parts = append(parts, l)
		if c.norm && !last {
			bn := layer.NewBatchNorm[float32](d[i+1])
			layer.Initialize[float32](bn, 1)
			parts = append(parts, bn, layer.NewActivation[float32](kernels.ActReLU))
		}
	}
	model := layer.NewSequential(parts...)
	m := &ours{model: model, ws: layer.NewWorkspace(model), params: model.Params(),
		x: mat.Of(c.batch, d[0], p.x),
		d: mat.New[float32](c.batch, c.outputs()), loss: grad.SoftmaxCrossEntropy[float32]{},
		target: grad.Target[float32]{Classes: p.labels}}
	if c.outputs() == 1 {
		y := make([]float32, c.batch)
		for i, v := range p.labels {
			y[i] = float32(v)
		}
		m.loss, m.target = grad.BCEWithLogits[float32]{}, grad.Target[float32]{Values: mat.Of(c.batch, 1, y)}
	}
	if m.optimizer = optim.NewMomentum[float32](0.9); c.optimizer == "adamw" {
		m.optimizer = optim.NewAdamW[float32](0.01)
	}
	m.ws.Update = m.optimizer.Update
	return m
}

// steps are what train.Trainer does: large weights are updated in the backward pass. It
// returns the loss of the last one.
func (m *ours) steps(threads, count int, rate float64) (loss float64) {
	kernels.SetThreads(threads)
	for range count {
		y := m.ws.Forward(m.x, true)
		loss = m.loss.Grad(m.d, y, m.target)
		m.optimizer.Begin(m.params, rate)
		m.ws.Backward(m.d)
		m.optimizer.End(m.params)
	}
	return loss
}

// phases are the parts of a step: forward, loss, backward, update, other.
type phases [5]float64

// phases returns the shares of the phases in a step, in percent. The updates in the backward pass
// are timed one by one and counted as update; on several threads they overlap. The rest of the
// step, such as the beginning of the update and reading the clock, is other.
func (m *ours) phases(threads int) (p phases) {
	kernels.SetThreads(threads)
	var inside atomic.Int64
	m.ws.Update = func(w *layer.Param[float32], lo int, g []float32) {
		start := time.Now()
		m.optimizer.Update(w, lo, g)
		inside.Add(int64(time.Since(start)))
	}
	defer func() { m.ws.Update = m.optimizer.Update }()
	var spent [4]time.Duration
	begin := time.Now()
	for range 50 {
		at := time.Now()
		lap := func(i int) {
			spent[i] += time.Since(at)
			at = time.Now()
		}
		y := m.ws.Forward(m.x, true)
		lap(0)
		m.loss.Grad(m.d, y, m.target)
		lap(1)
		m.optimizer.Begin(m.params, slow)
		at = time.Now()
		m.ws.Backward(m.d)
		lap(2)
		m.optimizer.End(m.params)
		lap(3)
	}
	whole := time.Since(begin)
	early := min(time.Duration(inside.Load())/time.Duration(threads), spent[2])
	spent[2] -= early
	spent[3] += early
	rest := whole
	for i, v := range spent {
		p[i] = 100 * float64(v) / float64(whole)
		rest -= v
	}
	p[4] = 100 * float64(rest) / float64(whole)
	return p
}

// predictions returns what runs a model as a Predictor with weights in a form, and the sum of the
// squares that come out.
func (m *ours) predictions(model layer.Layer[float32], weights layer.Weights) func(count int) (sum float64) {
	p, err := layer.NewPredictorWith(model, m.x.Cols, weights)
	if err != nil {
		panic(err)
	}
	y := mat.New[float32](m.d.Rows, m.d.Cols)
	return func(count int) float64 {
		for range count {
			p.Predict(y, m.x)
		}
		return kernels.SumSquares(y.RawData())
	}
}
