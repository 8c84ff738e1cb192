package main

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/train/plot"
)

// clipNorm is the norm to which the gradients of all parameters together are clipped.
const clipNorm = 1.0

func clipping() (plot.Panel, error) {
	p := plot.Panel{Title: "exploding, clipped", X: "layer", Y: "norm of dL/dW as the step takes it",
		Log: true}
	before, after, total, err := clipped(large)
	if err != nil {
		return p, err
	}
	fmt.Println("4. Clipping leaves dL/da alone and scales what a step takes.")
	fmt.Println("   Network: ReLU, large weights.")
	fmt.Printf("   %-28s %10s %10s\n", "", "before", "clipped")
	fmt.Printf("   %-28s %10.3g %10.3g\n", "norm of all together", total[0], total[1])
	fmt.Printf("   %-28s %10.3g %10.3g\n", "of the weights of layer 1", before[0], after[0])
	fmt.Printf("   %-28s %10.3g %10.3g\n", "of the weights of layer 20", before[depth-1], after[depth-1])
	p.Curves = []plot.Curve{{Name: "before", Y: before},
		{Name: fmt.Sprintf("clipped to norm %g", clipNorm), Y: after}}
	return p, nil
}

// clipped returns the norms of the gradients of each layer's weights, and of all parameters
// together, before and after clipping.
func clipped(n network) (before, after []float64, total [2]float64, err error) {
	model := n.build()
	if _, err := model.gradients(); err != nil {
		return nil, nil, total, err
	}
	before = weightNorms(model)
	total[0] = grad.ClipNorm(model.Params(), clipNorm)
	after = weightNorms(model)
	total[1] = grad.Norm(model.Params())
	return before, after, total, nil
}

// weightNorms returns the norms of the gradients of the weights as the optimizer reads them.
func weightNorms(b built) []float64 {
	var norms []float64
	for _, l := range b.blocks {
		w := l.(*layer.Linear[float64]).W
		norms = append(norms, math.Abs(w.Scale())*kernels.Norm2(w.Grad))
	}
	return norms
}
