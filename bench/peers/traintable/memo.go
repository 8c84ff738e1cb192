//go:build linux && cgo && amd64

package main

import (
	"fmt"

	"github.com/ashlar-go/ashlar/bench"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

// chain is a model whose layers have a workspace each, so that any of them can be run
// again.
type chain struct {
	ws     []*layer.Workspace[float32]
	x, d   mat.Dense[float32]
	loss   grad.SoftmaxCrossEntropy[float32]
	labels []int
}

func newChain(c *setting) *chain {
	m := newModel(c)
	k := &chain{x: m.x, d: m.d, labels: m.labels}
	for i, l := range m.model.(*layer.Sequential[float32]).Parts() {
		ws := layer.NewWorkspace(l)
		ws.InputGrad = i > 0
		k.ws = append(k.ws, ws)
	}
	return k
}

// forward runs the first n layers.
func (k *chain) forward(n int) mat.Dense[float32] {
	x := k.x
	for _, ws := range k.ws[:n] {
		x = ws.Forward(x, true)
	}
	return x
}

// gradients computes those of all parameters. Before the backward pass of each layer, again
// runs what it needs of the forward pass once more.
func (k *chain) gradients(again func(layer int)) {
	k.loss.Grad(k.d, k.forward(len(k.ws)), grad.Target[float32]{Classes: k.labels})
	d := k.d
	for i := len(k.ws) - 1; i >= 0; i-- {
		again(i)
		d = k.ws[i].Backward(d)
	}
}

// memoisation compares the gradients of a batch with the memo of the forward pass, and
// without one: with the forward pass run once more before the backward pass, or, to keep
// nothing at all, up to each layer before that layer's turn.
func memoisation(list []*setting, rounds int) {
	fmt.Printf("\nmemoised and recomputed: µs for loss and gradients; KiB from the forward to the backward pass\n")
	for _, c := range list {
		kernels.SetThreads(c.threads)
		k := newChain(c)
		last := len(k.ws) - 1
		memoised := func() { k.gradients(func(int) {}) }
		once := func() {
			k.gradients(func(i int) {
				if i == last {
					k.forward(len(k.ws))
				}
			})
		}
		each := func() { k.gradients(func(i int) { k.forward(i + 1) }) }
		fs := repeated(memoised, once, each)
		var r bench.Rounds
		for range rounds {
			r.Run(fs.run...)
		}
		memo, widest := 0, 0
		for _, ws := range k.ws {
			bytes, _ := ws.Bytes()
			memo, widest = memo+bytes, max(widest, bytes)
		}
		base := float64(r.Median(0).Microseconds()) / float64(fs.count)
		fmt.Printf("%-52s memoised %9.1f, %7d KiB;  forward again %5.2f times as long;  up to each layer again %5.2f, %d KiB\n", c, base, memo>>10,
			float64(r.Median(1))/float64(r.Median(0)), float64(r.Median(2))/float64(r.Median(0)), 2*widest>>10)
	}
}
