package train

import (
	"context"
	"fmt"
	"testing"

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
				model := mlp[float32](784, 512, 256, 10)
				layer.Initialize(model, 1)
				tr := trainer(model, 1, rows)
				tr.KeepGrad = keep
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
				b.ReportAllocs()
				for b.Loop() {
					step()
				}
				b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
			})
	}
}
