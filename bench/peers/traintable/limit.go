//go:build linux && cgo && amd64

package main

import (
	"github.com/ashlar-go/ashlar/kernels"
)

// bytes is the least memory that a step moves. The weights are read forward, read backward except
// in the first layer, and with the optimizer's state read and written by the update. The batch is
// read forward and backward. Inference reads the weights and the batch.
func (c *setting) bytes() float64 {
	d := c.dims()
	weights, first := 0.0, float64(d[0]*d[1])
	for i := range len(d) - 1 {
		weights += float64(d[i] * d[i+1])
	}
	input := float64(c.batch * d[0])
	switch c.optimizer {
	case inference:
		return 4 * (weights + input)
	case "adamw":
		return 4 * (8*weights - first + 2*input)
	}
	return 4 * (6*weights - first + 2*input)
}

// streaming returns a function that moves memory as the update of the setting does, and its number
// of bytes: an update in place of as many elements as the model has weights. (vectortable
// compares the updates with loops that do nothing but read and write.)
func (c *setting) streaming() (run func(), bytes float64) {
	d := c.dims()
	n := 0
	for i := range len(d) - 1 {
		n += d[i] * d[i+1]
	}
	w, g, v := make([]float32, n), make([]float32, n), make([]float32, n)
	return func() { kernels.UpdateMomentum(w, g, v, kernels.SGDParams{LR: 1e-3, Momentum: 0.9}) },
		float64(5 * 4 * n)
}

// products returns a function that computes the products of a step and nothing else: for each layer y = x W,
// dW = x^T dz and, but in the first, dx = dz W^T.
func (c *setting) products() func() {
	d := c.dims()
	var layers []productsOf
	for i := range len(d) - 1 {
		in, out := d[i], d[i+1]
		layers = append(layers, productsOf{in, out, make([]float32, c.batch*in), make([]float32, in*out),
			make([]float32, c.batch*out), make([]float32, in*out), make([]float32, c.batch*in)})
	}
	return func() {
		for i := range layers {
			l := &layers[i]
			kernels.Gemm(false, false, c.batch, l.out, l.in, 1, l.x, l.in, l.w, l.out, 0, l.y, l.out)
		}
		for i := len(layers) - 1; i >= 0; i-- {
			l := &layers[i]
			kernels.Gemm(true, false, l.in, l.out, c.batch, 1, l.x, l.in, l.y, l.out, 0, l.dw, l.out)
			if i > 0 {
				kernels.Gemm(false, true, c.batch, l.in, l.out, 1, l.y, l.out, l.w, l.out, 0, l.dx, l.in)
			}
		}
	}
}

// productsOf are the matrices of one layer.
type productsOf struct {
	in, out         int
	x, w, y, dw, dx []float32
}
