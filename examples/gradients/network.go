package main

import (
	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/examples/internal/digits"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// Every network has depth layers of width units, as many as an image has pixels, and then a
// layer for the ten classes. A gradient is that of a batch of rows images.
const depth, width, rows = 20, 64, 128

// network is a deep network of equal layers, which block builds.
type network struct {
	name  string
	block func() layer.Layer[float64]
}

func plain(act kernels.Activation, init layer.Init[float64]) func() layer.Layer[float64] {
	return func() layer.Layer[float64] {
		l := layer.NewLinear[float64](width, width, act)
		l.W.Init = init
		return l
	}
}

func normalised(act kernels.Activation, init layer.Init[float64]) func() layer.Layer[float64] {
	return func() layer.Layer[float64] {
		return layer.NewSequential(plain(kernels.ActIdentity, init)(), layer.NewBatchNorm[float64](width),
			layer.NewActivation[float64](act))
	}
}

func residual(act kernels.Activation, init layer.Init[float64]) func() layer.Layer[float64] {
	return func() layer.Layer[float64] { return layer.NewResidual(plain(act, init)(), nil) }
}

// normal returns the Init that draws weights of deviation gain/sqrt(width).
func normal(gain float64) layer.Init[float64] {
	return func(p *layer.Param[float64], seed, stream uint64) {
		layer.LeCunNormal(p, seed, stream)
		kernels.Scale(p.Value, gain, p.Value)
	}
}

// built is a network with a probe behind each of its layers.
type built struct {
	*layer.Sequential[float64]
	blocks []layer.Layer[float64]
	probes []probe
}

func (n network) build() built {
	b := built{probes: make([]probe, depth)}
	var parts []layer.Layer[float64]
	for i := range b.probes {
		b.blocks = append(b.blocks, n.block())
		parts = append(parts, b.blocks[i], &b.probes[i])
	}
	b.Sequential = layer.NewSequential(append(parts,
		layer.NewLinear[float64](width, 10, kernels.ActIdentity))...)
	layer.Initialize(b.Sequential, 1)
	return b
}

// probe is a layer that passes everything on. It records the norm of the gradient that
// passes, and the share of units that are 0 for the whole batch.
type probe struct{ norm, dead float64 }

func (p *probe) Out(in int) (int, error) { return in, nil }

func (p *probe) Forward(_ *layer.Memo[float64], x mat.Dense[float64]) mat.Dense[float64] {
	dead := 0
	for j := range x.Cols {
		zeros := 0
		for zeros < x.Rows && x.At(zeros, j) == 0 {
			zeros++
		}
		if zeros == x.Rows {
			dead++
		}
	}
	p.dead = float64(dead) / float64(x.Cols)
	return x
}

func (p *probe) Backward(_ *layer.Memo[float64], dy mat.Dense[float64]) mat.Dense[float64] {
	p.norm = kernels.Norm2(dy.RawData())
	return dy
}

func (p *probe) Params() []*layer.Param[float64] { return nil }

// gradients runs a batch of digits forward and backward, and returns the norm of dL/da behind
// each layer.
func (b built) gradients() ([]float64, error) {
	set, _, err := load()
	if err != nil {
		return nil, err
	}
	ws := layer.NewWorkspace[float64](b)
	logits := ws.Forward(mat.Of(rows, width, set.X[:rows*width]), true)
	grad.SoftmaxCrossEntropy[float64]{}.Grad(logits, logits, grad.Target[float64]{Classes: set.Y[:rows]})
	ws.Backward(logits)
	norms := make([]float64, depth)
	for i := range b.probes {
		norms[i] = b.probes[i].norm
	}
	return norms, nil
}

// load returns the digits with pixels in [-1, 1].
func load() (training, test *data.Set[float64], err error) {
	training, test, err = digits.Float64()
	if err != nil {
		return nil, nil, err
	}
	for _, s := range []*data.Set[float64]{training, test} {
		for i, v := range s.X {
			s.X[i] = 2*v - 1
		}
	}
	return training, test, nil
}
