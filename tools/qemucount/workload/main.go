// Command workload calls kernels between marks, for tools/qemucount, which counts the
// instructions from mark to mark:
//
//	workload nothing  no phase
//	workload cover    one phase with every kernel, every case and several sizes
//	workload count    a phase for each kernel and case on operands in cache
//	workload step     a phase for a training step of the demo's perceptron
//
// It prints a line for each phase: its class, the kernel, the dtype and the setting of the kernel's
// other arguments, separated by tabs.
package main

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"github.com/ashlar-go/ashlar/bench"
	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
)

// mark begins a phase: the plugin waits for its first instruction.
//
//go:noinline
func mark() {}

// main keeps to one thread, since the counts are those of one, and out of the garbage
// collector's way, since they must not change from run to run.
func main() {
	runtime.LockOSThread()
	debug.SetGCPercent(-1)
	kernels.SetThreads(1)
	work := map[string]func(){"nothing": func() {}, "cover": cover, "count": count, "step": step}
	if len(os.Args) != 2 || work[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "workload: want the argument nothing, cover, count or step")
		os.Exit(2)
	}
	work[os.Args[1]]()
}

// phase calls f twice and measures the second call, whose memory and scratch are there.
func phase(class, kernel, dtype, setting string, f func()) {
	f()
	mark()
	f()
	mark() // of what lies between two phases
	fmt.Printf("%s\t%s\t%s\t%s\n", class, kernel, dtype, setting)
}

// activeRows are the rows of the table for the active tier.
func activeRows() (rows []spec.Row) {
	for _, r := range spec.Table() {
		if r.Tier == kernels.Active() {
			rows = append(rows, r)
		}
	}
	return rows
}

// coverSizes have tails, and rows of few and of many elements.
var coverSizes = map[string][]spec.Sizes{
	"N":   {{M: 1, N: 1003}},
	"MN":  {{M: 37, N: 131}, {M: 131, N: 5}},
	"MNK": {{M: 1, N: 70, K: 50}, {M: 70, N: 1, K: 50}, {M: 29, N: 37, K: 41}, {M: 130, N: 150, K: 170}},
}

// beyond is more bytes than the caches have: results of this size are stored past them.
const beyond = 112 << 20

// cover calls all kernels, and then those that do something else for what the caches do not hold.
func cover() {
	mark()
	for _, row := range activeRows() {
		for _, s := range coverSizes[row.Dims] {
			for s.Case = range row.Cases {
				row.Call(newCall(&row, s))
			}
		}
	}
	stream[float32](beyond / 4)
	stream[float64](beyond / 8)
	for _, d := range []spec.DType{spec.F32, spec.F64} {
		if peak, _ := bench.Peak(kernels.Active(), d); peak != nil {
			peak()
		}
	}
	mark()
	fmt.Println("cover\tall kernels\t\t")
}

// stream calls the kernels that store results past the caches, with n elements in all.
func stream[T kernels.Float](n int) {
	x, y := make([]T, n/2), make([]T, n/2)
	kernels.Activate(kernels.ActReLU, y, x)
	const rows = 1024
	cols := len(x) / rows
	kernels.Transpose(rows, cols, y, rows, x, cols)
}

// countSizes are within the first two caches.
var countSizes = map[string]spec.Sizes{
	"N": {M: 1, N: 1000}, "MN": {M: 64, N: 250}, "MNK": {M: 64, N: 64, K: 64},
}

func count() {
	for _, row := range activeRows() {
		s := countSizes[row.Dims]
		for c, name := range row.Cases {
			s.Case = c
			call, class := newCall(&row, s), "vector"
			switch {
			case row.Kernel == "ScaleBytes": // the row makes the bytes first
				continue
			case row.Dims == "MNK":
				class = "product"
			}
			phase(class, row.Kernel, row.DType.String(), name, func() { row.Call(call) })
		}
	}
	scaleBytes[float32]("f32")
	scaleBytes[float64]("f64")
	cube[float32]("f32")
	cube[float64]("f64")
}

func scaleBytes[T kernels.Float](dtype string) {
	y, x := make([]T, 1000), make([]uint8, 1000)
	phase("vector", "ScaleBytes", dtype, "", func() { kernels.ScaleBytes(y, x, 1.0/255, -0.5) })
}

// cube is the product that the bound on GEMM is about.
func cube[T kernels.Float](dtype string) {
	const n = 256
	a, b, c := make([]T, n*n), make([]T, n*n), make([]T, n*n)
	kernels.Uniform(a, -1, 1, 1, 1)
	kernels.Uniform(b, -1, 1, 1, 2)
	phase("cube", "Gemm", dtype, "", func() {
		kernels.Gemm(false, false, n, n, n, 1, a, n, b, n, 0, c, n)
	})
}

// step trains the demo's network, with batch normalisation and dropout, for a few batches of
// noise. The phase is the whole of the third: batch, forward, loss, backward, update.
func step() {
	const (
		rows, features, classes = 128, 784, 10
		steps                   = 4
	)
	model := layer.NewSequential[float32](
		layer.NewLinear[float32](features, 512, kernels.ActIdentity).NoBias(),
		layer.NewBatchNorm[float32](512),
		layer.NewActivation[float32](kernels.ActReLU),
		layer.NewDropout[float32](0.2),
		layer.NewLinear[float32](512, 256, kernels.ActIdentity).NoBias(),
		layer.NewBatchNorm[float32](256),
		layer.NewActivation[float32](kernels.ActReLU),
		layer.NewDropout[float32](0.2),
		layer.NewLinear[float32](256, classes, kernels.ActIdentity),
	)
	layer.Initialize(model, 1)
	set := &data.Set[float32]{X: make([]float32, steps*rows*features), Y: make([]int, steps*rows),
		Rows: steps * rows, Features: features, Classes: classes}
	kernels.Normal(set.X, 0, 1, 1, 1)
	for i := range set.Y {
		set.Y[i] = i % classes
	}
	t := train.Trainer[float32]{Model: model, Loss: grad.SoftmaxCrossEntropy[float32]{},
		Optimizer: optim.NewMomentum[float32](0.9), Rate: optim.Constant(0.05), Epochs: 1, Batch: rows,
		Seed: 1, OnBatch: func(p train.Progress) {
			if p.Step == 2 || p.Step == 3 {
				mark()
			}
		}}
	if _, err := t.Run(context.Background(), set); err != nil {
		fmt.Fprintln(os.Stderr, "workload:", err)
		os.Exit(1)
	}
	fmt.Println("step\ttraining step\tf32\t")
}
