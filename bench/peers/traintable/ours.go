//go:build linux && cgo && amd64

package main

import (
	"time"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/optim"
)

// ours is a model with all that a step of training needs.
type ours struct {
	model     layer.Layer[float32]
	ws        *layer.Workspace[float32]
	params    []*layer.Param[float32]
	optimizer optim.Incremental[float32]
	x, d      mat.Dense[float32]
	loss      grad.SoftmaxCrossEntropy[float32]
	labels    []int
	spent     [4]time.Duration // by phase
}

func newModel(c *setting) *ours {
	d := c.dims()
	var parts []layer.Layer[float32]
	for i := range len(d) - 1 {
		switch last := i+2 == len(d); {
		case last:
			parts = append(parts, layer.NewLinear[float32](d[i], d[i+1], kernels.ActIdentity))
		case c.norm:
			parts = append(parts, layer.NewLinear[float32](d[i], d[i+1], kernels.ActIdentity),
				layer.NewBatchNorm[float32](d[i+1]), layer.NewActivation[float32](kernels.ActReLU))
		default:
			parts = append(parts, layer.NewLinear[float32](d[i], d[i+1], kernels.ActReLU))
		}
	}
	model := layer.NewSequential(parts...)
	layer.Initialize(model, 1)
	x, labels := c.batchOf()
	m := &ours{model: model, ws: layer.NewWorkspace(model), params: model.Params(), x: mat.Of(c.batch, d[0], x),
		d: mat.New[float32](c.batch, d[len(d)-1]), labels: labels}
	if m.optimizer = optim.NewMomentum[float32](0.9); c.optimizer == "adamw" {
		m.optimizer = optim.NewAdamW[float32](0.01)
	}
	m.ws.Update = m.optimizer.Update
	return m
}

// steps are what train.Trainer does: large weights are updated in the backward pass.
func (m *ours) steps(count int) {
	for range count {
		y := m.ws.Forward(m.x, true)
		m.loss.Grad(m.d, y, grad.Target[float32]{Classes: m.labels})
		m.optimizer.Begin(m.params, 1e-3)
		m.ws.Backward(m.d)
		m.optimizer.End(m.params)
	}
}

// phases returns the percentages of a step that go into forward, loss, backward and
// update.
func (m *ours) phases() [4]float64 {
	m.spent = [4]time.Duration{}
	for range 50 {
		at := time.Now()
		lap := func(i int) {
			now := time.Now()
			m.spent[i] += now.Sub(at)
			at = now
		}
		y := m.ws.Forward(m.x, true)
		lap(0)
		m.loss.Grad(m.d, y, grad.Target[float32]{Classes: m.labels})
		lap(1)
		m.optimizer.Begin(m.params, 1e-3)
		m.ws.Backward(m.d)
		lap(2)
		m.optimizer.End(m.params)
		lap(3)
	}
	total := m.spent[0] + m.spent[1] + m.spent[2] + m.spent[3]
	var p [4]float64
	for i, v := range m.spent {
		p[i] = 100 * float64(v) / float64(total)
	}
	return p
}

// predictions returns what runs the model as a Predictor.
func (m *ours) predictions() func(count int) {
	p, err := layer.NewPredictor(m.model, m.x.Cols)
	if err != nil {
		panic(err)
	}
	y := mat.New[float32](m.d.Rows, m.d.Cols)
	return func(count int) {
		for range count {
			p.Predict(y, m.x)
		}
	}
}
