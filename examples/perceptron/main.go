// Command perceptron trains Rosenblatt's perceptron: a single neuron with a step as its
// activation, whose weights move by each sample that it classifies wrongly. Training
// converges on points that a line separates, and cannot converge on XOR.
//
//	go run ./perceptron
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/examples/internal/console"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
)

const help = `Trains a perceptron on points that a line separates, and on XOR.`

func main() {
	err := console.Parse(flag.NewFlagSet("perceptron", flag.ContinueOnError), help, os.Args[1:])
	if err == nil {
		err = run()
	}
	console.Exit("perceptron", err)
}

func run() error {
	for _, c := range []struct {
		name string
		set  *data.Set[float64]
	}{{"separable points", separable(200)}, {"XOR", xor()}} {
		neuron, epochs, right, err := learn(c.set, 100)
		if err != nil {
			return err
		}
		w := neuron.W.Value
		if right == 1 {
			fmt.Printf("%s: converged after %d epochs: all %d right;\n", c.name, epochs, c.set.Rows)
			fmt.Printf("  the line is %.3g x1 + %.3g x2 + %.3g = 0\n", w[0], w[1], neuron.B.Value[0])
		} else {
			fmt.Printf("%s: not converged after %d epochs: no line separates the classes;\n"+
				"  the last epoch found %.0f of %d right\n",
				c.name, epochs, right*float64(c.set.Rows), c.set.Rows)
		}
	}
	return nil
}

// learn trains until an epoch has no error, for at most most epochs. It returns the neuron,
// the number of epochs and the share of right answers in the last one.
func learn(set *data.Set[float64], most int) (
	neuron *layer.Linear[float64], epochs int, right float64, err error) {
	neuron = layer.NewLinear[float64](set.Features, 1, kernels.ActIdentity)
	t := train.Trainer[float64]{Model: neuron, Loss: grad.Perceptron[float64]{},
		Optimizer: &optim.SGD[float64]{}, Rate: optim.Constant(1), Epochs: most, Batch: 1, Seed: 1,
		Done: func(e train.Epoch) bool { return e.Accuracy == 1 }}
	history, err := t.Run(context.Background(), set)
	if err != nil {
		return nil, 0, 0, err
	}
	return neuron, len(history), history[len(history)-1].Accuracy, nil
}

// separable draws points with |x1 + 2 x2 - 1/2| >= 0.1, of class 1 where the sum is positive.
func separable(rows int) *data.Set[float64] {
	s := &data.Set[float64]{Features: 2, Classes: 2}
	draw := make([]float64, 4*rows)
	kernels.Uniform(draw, -1, 1, 7, 0)
	for i := 0; s.Rows < rows && i+1 < len(draw); i += 2 {
		side := draw[i] + 2*draw[i+1] - 0.5
		if side > -0.1 && side < 0.1 {
			continue
		}
		class := 0
		if side > 0 {
			class = 1
		}
		s.X, s.Y, s.Rows = append(s.X, draw[i], draw[i+1]), append(s.Y, class), s.Rows+1
	}
	return s
}

func xor() *data.Set[float64] {
	return &data.Set[float64]{X: []float64{0, 0, 0, 1, 1, 0, 1, 1}, Y: []int{0, 1, 1, 0}, Rows: 4,
		Features: 2, Classes: 2}
}
