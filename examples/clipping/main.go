// Command clipping compares methods of clipping gradients on a network whose gradients
// explode: by the norm of all gradients together, by value, by layer, and adaptively (AGC),
// by unit and by tensor. It prints what each method does to the same gradient, then trains
// with each, and draws both into one plot.
//
//	go run ./clipping -out out
package main

import (
	"context"
	"flag"
	"fmt"
	"math"
	"os"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/examples/internal/console"
	"github.com/ashlar-go/ashlar/examples/internal/digits"
	"github.com/ashlar-go/ashlar/examples/internal/picture"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
	"github.com/ashlar-go/ashlar/train/plot"
)

const help = `Compares methods of clipping gradients, on one gradient and in training.`

func main() {
	f := flag.NewFlagSet("clipping", flag.ContinueOnError)
	out := f.String("out", "out", "the `folder` for the plot")
	epochs := f.Int("epochs", 20, "epochs of training")
	err := console.Parse(f, help, os.Args[1:])
	if err == nil {
		err = run(*out, *epochs)
	}
	console.Exit("clipping", err)
}

type params = []*layer.Param[float64]

// way is a method of clipping.
type way struct {
	name string
	clip func(p params) float64 // returns the norm of the gradients before; nil for none
}

var ways = []way{
	{"none", nil},
	{"global norm 1", func(p params) float64 { return grad.ClipNorm(p, 1) }},
	{"value 0.01", func(p params) float64 { return grad.ClipValue(p, 0.01) }},
	{"layer norm 0.3", func(p params) float64 { return grad.ClipLayers(p, 0.3) }},
	{"AGC by unit, 0.02", func(p params) float64 { return grad.ClipAdaptive(hidden(p), 0.02, 1e-3) }},
	{"AGC by tensor, 0.02", func(p params) float64 {
		return grad.ClipAdaptiveTensors(hidden(p), 0.02, 1e-3)
	}},
}

// hidden returns the parameters without those of the last layer, which AGC leaves alone.
func hidden(p params) params { return p[:len(p)-2] }

const (
	layers, width = 8, 64
	rows          = 128
	gain          = 2.5 // of the weights; gradients keep their size at sqrt(2)
)

// network returns a network of ReLU layers with weights so large that its gradients explode.
func network() *layer.Sequential[float64] {
	var parts []layer.Layer[float64]
	for range layers - 1 {
		l := layer.NewLinear[float64](width, width, kernels.ActReLU)
		l.W.Init = func(p *layer.Param[float64], seed, stream uint64) {
			layer.LeCunNormal(p, seed, stream)
			kernels.Scale(p.Value, gain, p.Value)
		}
		parts = append(parts, l)
	}
	net := layer.NewSequential(append(parts, layer.NewLinear[float64](width, 10, kernels.ActIdentity))...)
	layer.Initialize(net, 1)
	return net
}

func run(out string, epochs int) error {
	if epochs < 1 {
		return console.Usagef("-epochs %d: want at least 1", epochs)
	}
	if err := console.MakeFolder(out); err != nil {
		return err
	}
	set, test, err := digits.Float64()
	if err != nil {
		return err
	}
	fmt.Printf("one gradient of a network of %d ReLU layers with large weights, clipped\n", layers)
	fmt.Printf("%-19s %8s %8s %11s %9s %8s %8s\n", "clipped by", "norm was", "norm is", "largest |g|",
		"direction", "layer 1", fmt.Sprint("layer ", layers))
	norms := plot.Panel{Title: "one gradient", X: "layer", Y: "norm of the layer's gradient", Log: true}
	for _, w := range ways {
		e := w.effect(set)
		fmt.Printf("%-19s %8.3g %8.3g %11.3g %9.3f %8.3g %8.3g\n", w.name, e.before, e.after, e.largest,
			e.cosine, e.layers[0], e.layers[layers-1])
		norms.Curves = append(norms.Curves, plot.Curve{Name: w.name, Y: e.layers})
	}
	fmt.Println("direction is the cosine of the angle between the gradients before and after;")
	fmt.Println("AGC limits gradients relative to the weights and leaves the last layer alone")

	fmt.Printf("\ntraining with SGD, %d epochs of the digits\n", epochs)
	losses := plot.Panel{Title: "training", X: "epoch", Y: "mean cross-entropy in training (nats)",
		Log: true}
	for _, w := range ways {
		history, err := w.learn(set, test, epochs)
		if err != nil {
			fmt.Println(console.WrapText(fmt.Sprintf("%s fails: %v", w.name, err)))
			losses.Curves = append(losses.Curves, plot.Curve{Name: w.name + ": fails"})
			continue
		}
		c := plot.Curve{Name: w.name}
		for _, e := range history {
			c.Y = append(c.Y, e.Loss)
		}
		last := history[len(history)-1]
		fmt.Printf("%-20s training loss %.4f, test accuracy %.2f %%\n", w.name, last.Loss,
			100*last.ValidationAccuracy)
		losses.Curves = append(losses.Curves, c)
	}
	return picture.Lines(out, "clipping.png", "gradients that explode, clipped", norms, losses)
}

// effect is what a method of clipping does to a gradient.
type effect struct {
	before, after float64   // norms of all parameters together
	largest       float64   // largest absolute value after clipping
	cosine        float64   // of the angle between before and after
	layers        []float64 // norms of the layers after clipping
}

// withGradient returns the network with its gradient on the first samples of a set.
func withGradient(set *data.Set[float64]) *layer.Sequential[float64] {
	net := network()
	ws := layer.NewWorkspace[float64](net)
	logits := ws.Forward(mat.Of(rows, width, set.X[:rows*width]), true)
	grad.SoftmaxCrossEntropy[float64]{}.Grad(logits, logits, grad.Target[float64]{Classes: set.Y[:rows]})
	ws.Backward(logits)
	return net
}

// effect clips that gradient and measures the result.
func (w way) effect(set *data.Set[float64]) effect {
	net := withGradient(set)
	raw := taken(net.Params())
	e := effect{before: grad.Norm(net.Params())}
	if w.clip != nil {
		w.clip(net.Params())
	}
	e.after = grad.Norm(net.Params())
	dot := 0.0
	for i, g := range taken(net.Params()) {
		dot += kernels.Dot(raw[i], g)
		e.largest = math.Max(e.largest, kernels.MaxAbs(g))
	}
	e.cosine = dot / (e.before * e.after)
	for _, l := range net.Parts() {
		e.layers = append(e.layers, grad.Norm(l.Params()))
	}
	return e
}

// taken returns the gradients times their scale, as the optimizer reads them.
func taken(p params) [][]float64 {
	var all [][]float64
	for _, p := range p {
		g := make([]float64, len(p.Grad))
		kernels.Scale(g, p.Scale(), p.Grad)
		all = append(all, g)
	}
	return all
}

// learn trains the network on the digits.
func (w way) learn(set, test *data.Set[float64], epochs int) ([]train.Epoch, error) {
	t := train.Trainer[float64]{Model: network(), Loss: grad.SoftmaxCrossEntropy[float64]{},
		Optimizer: &optim.SGD[float64]{}, Rate: optim.Constant(0.1), Epochs: epochs, Batch: 32, Seed: 1,
		Validation: test, Clip: w.clip}
	return t.Run(context.Background(), set)
}
