// Command gradients shows how gradients vanish and explode on their way down a deep
// network, and what helps. For each of several networks of 20 layers it prints the norm of
// dL/da, the gradient of the loss with respect to what each layer puts out, and draws them
// all into one plot.
//
//	go run ./gradients -out out
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/ashlar-go/ashlar/examples/dataset"
	"github.com/ashlar-go/ashlar/examples/internal/chart"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

const depth, width, rows = 20, 64, 128

func main() {
	out := flag.String("out", "out", "the `folder` for the plot")
	flag.Parse()
	if err := run(*out); err != nil {
		fmt.Fprintln(os.Stderr, "gradients:", err)
		os.Exit(1)
	}
}

// network is a way to build a layer of the network. The gradients of all parameters
// together are clipped to the norm clip, if that is not 0.
type network struct {
	name  string
	block func() layer.Layer[float64]
	clip  float64
}

// networks are the diseases and the cures.
var networks = []network{
	{"sigmoid", plain(kernels.ActSigmoid, layer.XavierNormal[float64]), 0},
	{"tanh, small weights", plain(kernels.ActTanh, normal(0.5)), 0},
	{"ReLU, large weights", plain(kernels.ActReLU, normal(2.5)), 0},
	{"the same, clipped", plain(kernels.ActReLU, normal(2.5)), 1},
	{"tanh, Xavier", plain(kernels.ActTanh, layer.XavierNormal[float64]), 0},
	{"ReLU, He", plain(kernels.ActReLU, layer.HeNormal[float64]), 0},
	{"sigmoid, batch norm", func() layer.Layer[float64] {
		return layer.NewSequential(plain(kernels.ActIdentity, layer.XavierNormal[float64])(), layer.NewBatchNorm[float64](width), layer.NewActivation[float64](kernels.ActSigmoid))
	}, 0},
	{"sigmoid, residual", func() layer.Layer[float64] {
		return layer.NewResidual(plain(kernels.ActSigmoid, layer.XavierNormal[float64])(), nil)
	}, 0},
}

func plain(act kernels.Activation, init layer.Init[float64]) func() layer.Layer[float64] {
	return func() layer.Layer[float64] {
		l := layer.NewLinear[float64](width, width, act)
		l.W.Init = init
		return l
	}
}

// normal draws weights of deviation gain/sqrt(width).
func normal(gain float64) layer.Init[float64] {
	return func(p *layer.Param[float64], seed, stream uint64) {
		layer.LeCunNormal(p, seed, stream)
		kernels.Scale(p.Value, gain, p.Value)
	}
}

func run(out string) error {
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	var curves []chart.Curve
	fmt.Printf("%-22s %12s %12s %12s\n", "gradient norm in", "layer 1", "layer 10", "layer 20")
	for _, n := range networks {
		norms, err := gradientNorms(n)
		if err != nil {
			return err
		}
		fmt.Printf("%-22s %12.3g %12.3g %12.3g\n", n.name, norms[0], norms[9], norms[depth-1])
		curves = append(curves, chart.Curve{Name: n.name, Y: norms})
	}
	return chart.Save(out, "gradients.png", "gradients in a network of 20 layers, before training",
		chart.Panel{X: "layer", Y: "norm of dL/da", Log: true, Curves: curves})
}

// probe is a layer of our own: it passes everything on and keeps the norm of the gradient
// that comes by.
type probe struct{ norm float64 }

func (p *probe) Out(in int) (int, error) { return in, nil }

func (p *probe) Forward(_ *layer.Memo[float64], x mat.Dense[float64]) mat.Dense[float64] { return x }

func (p *probe) Backward(_ *layer.Memo[float64], dy mat.Dense[float64]) mat.Dense[float64] {
	p.norm = kernels.Norm2(dy.RawData())
	return dy
}

func (p *probe) Params() []*layer.Param[float64] { return nil }

// gradientNorms returns the norms for one batch of digits, which have 64 pixels.
func gradientNorms(n network) ([]float64, error) {
	set, _, err := dataset.Digits()
	if err != nil {
		return nil, err
	}
	var parts []layer.Layer[float64]
	probes := make([]probe, depth)
	for i := range probes {
		parts = append(parts, n.block(), &probes[i])
	}
	model := layer.NewSequential(append(parts, layer.NewLinear[float64](width, 10, kernels.ActIdentity))...)
	layer.Initialize(model, 1)
	x := mat.New[float64](rows, width)
	for i := range x.Data {
		x.Data[i] = 2*float64(set.X[i]) - 1
	}
	ws := layer.NewWorkspace(model)
	logits := ws.Forward(x, true)
	grad.SoftmaxCrossEntropy[float64]{}.Grad(logits, logits, grad.Target[float64]{Classes: set.Y[:rows]})
	ws.Backward(logits)
	scale := 1.0
	if n.clip > 0 {
		grad.ClipNorm(model.Params(), n.clip)
		scale = model.Params()[0].Scale()
	}
	norms := make([]float64, depth)
	for i := range probes {
		norms[i] = scale * probes[i].norm
	}
	return norms, nil
}
