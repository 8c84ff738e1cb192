package train

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// BenchmarkStep is one step of training on a batch at hand: forward, loss, backward
// and Adam, for the 784-512-256-10 network with ReLU; with the gradients of large weights
// used up in the backward pass, or kept.
func BenchmarkStep(b *testing.B) {
	for i := range 10 {
		rows, keep := []int{8, 32, 128, 512, 2048}[i/2], i%2 == 1
		b.Run(fmt.Sprintf("dtype=f32/tier=%v/batch=%d/keep=%v", kernels.Active(), rows, keep),
			func(b *testing.B) {
				benchStep(b, rows, func(tr *Trainer[float32]) { tr.KeepGrad = keep }, 784, 512, 256, 10)
			})
	}
}

// BenchmarkStepPrecision is a step at each level of precision, of two networks, beside one at the highest
// level in turn: x-highest is the median time of that over the median time of the step.
func BenchmarkStepPrecision(b *testing.B) {
	for _, widths := range [][]int{{784, 512, 256, 10}, {784, 1024, 1024, 10}} {
		for _, rows := range []int{1, 8, 16, 32, 64, 128, 512, 2048} {
			for _, level := range levels {
				name := fmt.Sprintf("precision=%v/path=%v/net=%d/batch=%d", level, kernels.ActiveBF16(),
					widths[1], rows)
				b.Run(name, func(b *testing.B) { compareSteps(b, level, rows, widths...) })
			}
		}
	}
}

// compareSteps measures a step at a level beside one at the highest.
func compareSteps(b *testing.B, level kernels.Precision, rows int, widths ...int) {
	highest := stepper(b, rows, func(*Trainer[float32]) {}, widths...)
	own := stepper(b, rows, func(tr *Trainer[float32]) { tr.Precision = level }, widths...)
	var times [2][]float64
	for b.Loop() {
		for i, step := range []func(){highest, own} {
			start := time.Now()
			step()
			times[i] = append(times[i], time.Since(start).Seconds())
		}
	}
	for _, t := range times {
		slices.Sort(t)
	}
	median := times[1][len(times[1])/2]
	b.ReportMetric(0, "ns/op") // it would be of both
	b.ReportMetric(1e6*median, "µs/step")
	b.ReportMetric(times[0][len(times[0])/2]/median, "x-highest")
}

// benchStep measures one step of a network of these widths.
func benchStep(b *testing.B, rows int, set func(tr *Trainer[float32]), widths ...int) {
	step := stepper(b, rows, set, widths...)
	b.ReportAllocs()
	for b.Loop() {
		step()
	}
	b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
}

// stepper returns what takes a step, after a first one.
func stepper(b *testing.B, rows int, set func(tr *Trainer[float32]), widths ...int) func() {
	model := mlp[float32](widths...)
	layer.Initialize(model, 1)
	tr := trainer(model, 1, rows)
	set(tr)
	// Learning the same batch by heart would drive the gradients into subnormal
	// numbers, on which the CPU is many times slower than in real training.
	tr.Rate = optim.Constant(0)
	r := newRun(tr, newSetFeed(tr, blobs[float32](rows, 784, 10, 1)))
	r.feed.next(context.Background(), &r.batch)
	step := func() {
		if _, err := r.step(); err != nil {
			b.Fatal(err)
		}
	}
	step()
	return step
}
