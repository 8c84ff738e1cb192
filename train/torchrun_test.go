package train_test

import (
	"context"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
)

// followed is what a run of ours left, as the fixture has it: loss, out and grad of the
// first batch, w at each of marks, infer after the last step.
type followed struct {
	loss      float64
	out, grad []float64 // nil from the Trainer, which keeps them to itself
	infer     []float64
	w         [len(marks)][]float64
}

// course is a run of ours under way.
type course[T kernels.Float] struct {
	*fixture
	net     *layer.Sequential[T]
	params  []*layer.Param[T]
	opt     optim.Optimizer[T]
	average *optim.Average[T]
	got     followed
}

// follow takes the steps that PyTorch took, with the Trainer if the fixture is for it.
func follow[T kernels.Float](t *testing.T, f *fixture) followed {
	net := network[T](f.Layers)
	c := &course[T]{fixture: f, net: net, params: net.Params(), opt: optimizer(f.Optimizer, net)}
	start(f, c.params)
	if f.Average != 0 {
		c.average = optim.NewAverage(c.params, f.Average)
	}
	if f.Trainer {
		c.train(t)
	} else {
		c.steps()
	}
	c.predict(t)
	return c.got
}

// dropoutSeed is that of bench/peers/fixtures/torchnet.py.
const dropoutSeed = 7

// steps takes them one by one.
func (c *course[T]) steps() {
	rate, observe := c.rates()
	ws := layer.NewWorkspace(c.net)
	ws.Seed = dropoutSeed
	loss, batches := lossOf[T](c.Loss), batchesOf[T](c.fixture)
	for s := range marks[len(marks)-1] {
		b := &batches[s%len(batches)]
		ws.Step = uint64(s)
		p := ws.Forward(b.x, true)
		dp := mat.New[T](p.Rows, p.Cols)
		value := loss.Grad(dp, p, b.target)
		if s == 0 {
			c.got.loss, c.got.out = value, sketch(as[float64](p.RawData()))
		}
		ws.Backward(dp)
		if s == 0 {
			c.got.grad = c.gradients()
		}
		clip(c.Clip, c.params)
		c.opt.Step(c.params, rate(s))
		observe(value)
		if c.average != nil {
			c.average.Update()
		}
		c.mark(s + 1)
	}
}

// rates is the schedule, and what hears the loss of each step.
func (c *course[T]) rates() (rate optim.Schedule, observe func(loss float64)) {
	if p := c.Schedule.plateau(c.Optimizer.LR); p != nil {
		return p.Rate, func(loss float64) { p.Observe(loss) }
	}
	return c.Schedule.rate(c.Optimizer.LR), func(float64) {}
}

// train makes each step an epoch of the Trainer: all rows, in any order.
func (c *course[T]) train(t *testing.T) {
	tr := &train.Trainer[T]{Model: c.net, Loss: lossOf[T](c.Loss), Optimizer: c.opt,
		Rate:   c.Schedule.rate(c.Optimizer.LR),
		Epochs: marks[len(marks)-1], Batch: c.Rows, Seed: 3, Average: c.average,
		OnEpoch: func(e train.Epoch) {
			if e.Epoch == 1 {
				c.got.loss = e.Loss
			}
			c.mark(e.Epoch)
		}}
	if c.Part != 0 {
		tr.Batch, tr.Accumulate = c.Part, (c.Rows+c.Part-1)/c.Part
	}
	if c.Clip.Kind != "none" {
		tr.Clip = func(params []*layer.Param[T]) float64 { return clip(c.Clip, params) }
	}
	if _, err := tr.Run(context.Background(), setOf[T](c.fixture)); err != nil {
		t.Fatal(err)
	}
}

// mark keeps the parameters, or their averages, after so many steps.
func (c *course[T]) mark(step int) {
	for i, m := range marks {
		if m != step {
			continue
		}
		if c.average != nil {
			c.average.Swap()
			defer c.average.Swap()
		}
		var w []float64
		for _, p := range c.params {
			w = append(w, as[float64](p.Value)...)
		}
		c.got.w[i] = sketch(w)
	}
}

func (c *course[T]) gradients() []float64 {
	var g []float64
	for _, p := range c.params {
		g = append(g, as[float64](p.Grad)...)
	}
	return sketch(g)
}

// predict runs the trained model on the first batch.
func (c *course[T]) predict(t *testing.T) {
	p, err := layer.NewPredictor[T](c.net, c.Inputs)
	if err != nil {
		t.Fatal(err)
	}
	y := mat.New[T](c.Rows, c.Outputs)
	p.Predict(y, batchesOf[T](c.fixture)[0].x)
	c.got.infer = sketch(as[float64](y.RawData()))
}
