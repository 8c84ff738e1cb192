package main

import (
	"fmt"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/train/plot"
)

// A step that is too large can leave the biases of a layer so low that its units are below
// zero for all samples.
const (
	pushed      = -30.0
	pushedLayer = 10
)

var dead = []network{
	{"ReLU", plain(kernels.ActReLU, layer.HeNormal[float64])},
	{"leaky ReLU", plain(kernels.ActLeakyReLU(0.1), layer.HeNormal[float64])},
	{"ReLU, batch norm", normalised(kernels.ActReLU, layer.HeNormal[float64])},
}

// pushedDown builds the network and lowers the biases of one layer.
func (n network) pushedDown() built {
	b := n.build()
	biases := b.blocks[pushedLayer-1].Params()[1].Value
	for i := range biases {
		biases[i] = pushed
	}
	return b
}

func dying() (plot.Panel, error) {
	p := plot.Panel{Title: "dead units, and cures", X: "layer", Y: "units that are 0 for all samples (%)"}
	fmt.Printf("5. Biases of %g in layer %d, as too large a step leaves them.\n", pushed, pushedLayer)
	fmt.Println("   A unit that is 0 for all samples is dead and passes no gradient on:")
	fmt.Printf("   %-28s %21s %23s\n", "", fmt.Sprintf("dead in layer %d", pushedLayer),
		"norm of dL/da, layer 1")
	for _, n := range dead {
		model := n.pushedDown()
		norms, err := model.gradients()
		if err != nil {
			return p, err
		}
		c := plot.Curve{Name: n.name}
		for i := range model.probes {
			c.Y = append(c.Y, 100*model.probes[i].dead)
		}
		fmt.Printf("   %-28s %19.1f %% %23.3g\n", n.name, c.Y[pushedLayer-1], norms[0])
		p.Curves = append(p.Curves, c)
	}
	return p, nil
}
