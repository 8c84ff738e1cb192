//go:build linux && cgo && amd64

package main

import (
	"fmt"
	"time"

	"github.com/ashlar-go/ashlar/bench"
	"github.com/ashlar-go/ashlar/kernels"
)

// fusion is work done in one pass, and the same in several.
type fusion struct {
	name         string
	fused, apart func()
}

// fusions are those of a layer with in inputs and out outputs, and of its update.
func fusions(rows, in, out int) []fusion {
	x, w, y, b := vector(rows*in), vector(in*out), vector(rows*out), vector(out)
	z, d, v, m := vector(rows*out), vector(rows*out), vector(in*out), vector(in*out)
	g, p := vector(in*out), vector(rows*out)
	labels := make([]int, rows)
	adam := kernels.AdamParams{LR: 1e-3, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Step: 10}
	scaled := adam
	scaled.GradScale = 0.5
	relu := kernels.Epilogue[float32]{Bias: b, Act: kernels.ActReLU}
	product := func() {
		kernels.Gemm(false, false, rows, out, in, 1, x, in, w, out, 0, y, out)
		kernels.AddBias(rows, out, y, out, y, out, b)
	}
	return []fusion{
		{"bias and ReLU in the product", func() {
			kernels.GemmFused(false, false, rows, out, in, 1, x, in, w, out, 0, y, out, relu)
		}, func() { product(); kernels.Activate(kernels.ActReLU, y, y) }},
		{"softmax, cross-entropy and gradient",
			func() { kernels.SoftmaxCrossEntropy(rows, out, d, out, z, out, labels) },
			func() { crossEntropyApart(rows, out, d, p, z, labels) }},
		{"sums for the bias in the product dW",
			func() { kernels.GemmSums(in, out, rows, 1, x, in, z, out, 0, g, out, b) },
			func() {
				kernels.Gemm(true, false, in, out, rows, 1, x, in, z, out, 0, g, out)
				kernels.ColumnSums(rows, out, b, z, out)
			}},
		{"Adam in the product dW", func() {
			kernels.GemmBlocks(in, out, rows, x, in, z, out, func(row int, c []float32) {
				lo, hi := row*out, row*out+len(c)
				kernels.UpdateAdam(w[lo:hi], c, m[lo:hi], v[lo:hi], adam)
			})
		}, func() {
			kernels.Gemm(true, false, in, out, rows, 1, x, in, z, out, 0, g, out)
			kernels.UpdateAdam(w, g, m, v, adam)
		}},
		{"clipping factor in Adam's pass", func() { kernels.UpdateAdam(w, g, m, v, scaled) },
			func() { kernels.Scale(g, 0.5, g); kernels.UpdateAdam(w, g, m, v, adam) }},
	}
}

func vector(n int) []float32 {
	v := make([]float32, n)
	kernels.Uniform(v, 0.01, 0.02, uint64(n), 0)
	return v
}

// crossEntropyApart is softmax, then the loss, then its gradient, each in a pass.
func crossEntropyApart(rows, cols int, d, p, z []float32, labels []int) {
	kernels.Softmax(rows, cols, p, cols, z, cols)
	kernels.Scale(d, 1/float32(rows), p)
	for i, c := range labels {
		d[i*cols+c] -= 1 / float32(rows)
	}
	kernels.LogSumExp(rows, cols, p[:rows], z, cols)
}

// printFusions measures each, for the first layer of the first net and a batch of 128.
func printFusions(rounds int) {
	kernels.SetThreads(1)
	fmt.Printf("\nwhat a fusion gains, 128 rows, 784 inputs, 512 outputs, one thread: " +
		"µs in one pass; in several, how many times as long\n")
	for _, f := range fusions(128, 784, 512) {
		fs := repeated(f.fused, f.apart)
		var r bench.Rounds
		for range rounds {
			r.Run(fs.run...)
		}
		fmt.Printf("%-40s %9.1f  %5.2f\n", f.name,
			float64(r.Median(0).Nanoseconds())/1e3/float64(fs.count),
			float64(r.Median(1))/float64(r.Median(0)))
	}
}

// repeats are functions, each to be run count times.
type repeats struct {
	run   []func()
	count int
}

// repeated sets count so that the first function takes 20 ms, and warms all of them up.
func repeated(fs ...func()) repeats {
	fs[0]()
	start := time.Now()
	fs[0]()
	r := repeats{count: max(1, int(20*time.Millisecond/max(1, time.Since(start))))}
	for _, f := range fs {
		f()
		r.run = append(r.run, func() {
			for range r.count {
				f()
			}
		})
	}
	return r
}
