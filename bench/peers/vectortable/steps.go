//go:build linux && cgo && amd64

package main

import (
	"fmt"
	"math/rand/v2"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels"
)

// step is a part of a training step that PyTorch has, too.
type step struct {
	name, torch string
	elements    int
	streams     mix // of as many float32, where they decide
	run         func()
}

// steps compares them: forward and backward of normalisation, value and gradient of the
// loss, an update.
func (c *config) steps(torch *torchTimes) {
	fmt.Printf("\nf32, one thread: µs, and how often our time goes into PyTorch's; share of the streaming rate\n")
	for _, s := range []step{crossEntropy(128, 10), crossEntropy(128, 1000), batchNorm(128, 512), batchNorm(1024, 1024), adamW(1 << 20)} {
		if !c.match.MatchString(s.name) {
			continue
		}
		list := []func(int){func(count int) {
			for range count {
				s.run()
			}
		}}
		var owned []unsafe.Pointer
		get := func(n int) unsafe.Pointer { owned = append(owned, memory(n)); return owned[len(owned)-1] }
		if m := s.streams; m.possible() {
			list = append(list, stream(kernels.Active(), m.reads, m.writes, false, m.pointers(get, 4*s.elements), 4*s.elements))
		}
		ns := c.times(list)
		for _, p := range owned {
			release(p)
		}
		fmt.Printf("%-36s %9.1f", s.name, ns[0]/1e3)
		if t := torch.time(s.torch, s.elements); t > 0 {
			theirs := t * float64(s.elements)
			fmt.Printf("   PyTorch %9.1f  %6.2f", theirs/1e3, theirs/ns[0])
		}
		if len(ns) > 1 {
			fmt.Printf("   %3.0f %%", 100*ns[1]/ns[0])
		}
		fmt.Println()
	}
}

func random(n int) []float32 {
	r, x := rand.New(rand.NewPCG(7, uint64(n))), make([]float32, n)
	for i := range x {
		x[i] = float32(r.NormFloat64())
	}
	return x
}

func crossEntropy(rows, cols int) step {
	x, dx, labels := random(rows*cols), make([]float32, rows*cols), make([]int, rows)
	for i := range labels {
		labels[i] = i * 7 % cols
	}
	return step{name: fmt.Sprintf("cross-entropy, gradient %dx%d", rows, cols), torch: fmt.Sprintf("cross_entropy_%dx%d", rows, cols), elements: rows * cols,
		run: func() { kernels.SoftmaxCrossEntropy(rows, cols, dx, cols, x, cols, labels) }}
}

func batchNorm(rows, cols int) step {
	x, dy, y, dx := random(rows*cols), random(rows*cols), make([]float32, rows*cols), make([]float32, rows*cols)
	ones := func() []float32 {
		v := make([]float32, cols)
		for i := range v {
			v[i] = 1
		}
		return v
	}
	dgamma, dbeta := make([]float32, cols), make([]float32, cols)
	p := &kernels.BatchNorm[float32]{Gamma: ones(), Beta: make([]float32, cols), Mean: make([]float32, cols), InvStd: make([]float32, cols),
		RunMean: make([]float32, cols), RunVar: ones(), Momentum: 0.1, Eps: 1e-5}
	return step{name: fmt.Sprintf("batch norm, backward %dx%d", rows, cols), torch: fmt.Sprintf("batch_norm_%dx%d", rows, cols), elements: rows * cols,
		run: func() {
			kernels.BatchNormForward(rows, cols, y, cols, x, cols, p)
			kernels.BatchNormBackward(rows, cols, dx, cols, dy, cols, x, cols, p, dgamma, dbeta)
		}}
}

func adamW(n int) step {
	w, g, m, v := random(n), random(n), make([]float32, n), make([]float32, n)
	p := kernels.AdamParams{LR: 1e-3, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.01, Decoupled: true, GradScale: 1, Step: 10}
	return step{name: fmt.Sprintf("AdamW %d", n), torch: "adamw", elements: n, streams: mix{reads: 4, writes: 3, both: 3},
		run: func() { kernels.UpdateAdam(w, g, m, v, p) }}
}
