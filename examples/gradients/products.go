package main

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/train/plot"
)

// products shows a gradient as a product of derivatives.
func products() (plot.Panel, error) {
	p := plot.Panel{Title: "the product of derivatives", X: "layers passed", Y: "gradient that is left",
		Log: true}
	fmt.Println("1. A layer multiplies the gradient by its derivative. After ten layers:")
	for _, w := range []float64{1.5, 1, 0.5} {
		left := chain(w, 10)
		fmt.Printf("   derivative %-4g power %8.4g   back-propagated %8.4g\n", w, math.Pow(w, 10), left[9])
		p.Curves = append(p.Curves, plot.Curve{Name: fmt.Sprintf("derivative %g", w), Y: left})
	}
	return p, nil
}

// chain returns what is left of a gradient of 1 after it has passed 1, 2, ..., n layers of
// one unit, y = w x.
func chain(w float64, n int) []float64 {
	var left []float64
	for depth := 1; depth <= n; depth++ {
		var layers []layer.Layer[float64]
		for range depth {
			l := layer.NewLinear[float64](1, 1, kernels.ActIdentity).NoBias()
			l.W.Init = layer.Constant(w)
			layers = append(layers, l)
		}
		model := layer.NewSequential(layers...)
		layer.Initialize(model, 1)
		ws := layer.NewWorkspace(model)
		ws.InputGrad = true
		ws.Forward(mat.Of(1, 1, []float64{1}), true)
		left = append(left, ws.Backward(mat.Of(1, 1, []float64{1})).At(0, 0))
	}
	return left
}
