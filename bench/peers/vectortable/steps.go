//go:build linux && cgo && amd64

package main

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/ashlar-go/ashlar/kernels"
)

// step is a part of a training step that PyTorch has too, in one or several forms.
type step struct {
	name        string
	torch       []string // names in torch.py; the first that this version has counts
	elements    int
	streams     mix     // of as many float32, where they decide
	asked       float64 // the target of PyTorch's time over ours
	askedStream float64 // the target of the share of the streaming rate; 0 for none
	run         func()
}

// stepTime is a step beside PyTorch, in that form, and the streams, in ns.
type stepTime struct {
	step
	form              string
	ns, torch, stream float64
}

// steps compares them: forward and backward of normalisation, value and gradient of the
// loss, an update.
func (c *config) steps(torch *torchTimes) {
	fmt.Println("\nf32, one thread: µs; PyTorch's µs and its time over ours; share of the streaming rate")
	for _, s := range c.chosenSteps() {
		t := c.step(s, torch)
		fmt.Printf("%-40s %9.1f", s.name, t.ns/1e3)
		if t.torch > 0 {
			fmt.Printf("   PyTorch %9.1f  %6.2f  (%s)", t.torch/1e3, t.torch/t.ns, t.form)
		}
		if t.stream > 0 {
			fmt.Printf("   %3.0f %%", 100*t.stream/t.ns)
		}
		fmt.Println()
		c.results.steps = append(c.results.steps, t)
	}
}

// chosenSteps are the steps that -run names.
func (c *config) chosenSteps() []step {
	all := []step{crossEntropy(128, 10), crossEntropy(128, 1000), batchNorm(128, 512), batchNorm(1024, 1024),
		adamW(1 << 20)}
	return slices.DeleteFunc(all, func(s step) bool { return !c.match.MatchString(s.name) })
}

func (c *config) step(s step, torch *torchTimes) stepTime {
	list := []func(int){func(count int) {
		for range count {
			s.run()
		}
	}}
	var owned arena
	defer owned.release()
	ns := c.times(append(list, s.streams.loops(&owned, 4*s.elements)...))
	t := stepTime{step: s, ns: ns[0]}
	if len(ns) > 1 {
		t.stream = min(ns[1], ns[2])
	}
	for _, form := range s.torch {
		if theirs := torch.time(form, s.elements); theirs > 0 && t.torch == 0 {
			t.form, t.torch = form, theirs*float64(s.elements)
		}
	}
	return t
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
	return step{name: fmt.Sprintf("cross-entropy, value + gradient %dx%d", rows, cols),
		torch:    []string{fmt.Sprintf("cross_entropy_%dx%d", rows, cols)},
		elements: rows * cols, asked: 3,
		run: func() { kernels.SoftmaxCrossEntropy(rows, cols, dx, cols, x, cols, labels) }}
}

func batchNorm(rows, cols int) step {
	x, dy, y, dx := random(rows*cols), random(rows*cols), make([]float32, rows*cols),
		make([]float32, rows*cols)
	ones := func() []float32 {
		v := make([]float32, cols)
		for i := range v {
			v[i] = 1
		}
		return v
	}
	dgamma, dbeta := make([]float32, cols), make([]float32, cols)
	p := &kernels.BatchNorm[float32]{Gamma: ones(), Beta: make([]float32, cols),
		Mean: make([]float32, cols), InvStd: make([]float32, cols),
		RunMean: make([]float32, cols), RunVar: ones(), Momentum: 0.1, Eps: 1e-5}
	return step{name: fmt.Sprintf("batch norm, forward + backward %dx%d", rows, cols),
		torch:    []string{fmt.Sprintf("batch_norm_%dx%d", rows, cols)},
		elements: rows * cols, asked: 4,
		run: func() {
			kernels.BatchNormForward(rows, cols, y, cols, x, cols, p)
			kernels.BatchNormBackward(rows, cols, dx, cols, dy, cols, x, cols, p, dgamma, dbeta)
		}}
}

func adamW(n int) step {
	w, g, m, v := random(n), random(n), make([]float32, n), make([]float32, n)
	p := kernels.AdamParams{LR: 1e-3, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, WeightDecay: 0.01,
		Decoupled: true, GradScale: 1, Step: 10}
	return step{name: fmt.Sprintf("AdamW %d", n), torch: []string{"adamw_fused", "adamw_foreach"},
		elements: n,
		streams:  mix{reads: 4, writes: 3, both: 3}, asked: 1.3, askedStream: 0.85,
		run: func() { kernels.UpdateAdam(w, g, m, v, p) }}
}
