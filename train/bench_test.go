package train

import (
	"fmt"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// BenchmarkStep is one step of training on a batch at hand: forward, loss, backward
// and Adam, for the 784-512-256-10 network with ReLU.
func BenchmarkStep(b *testing.B) {
	for _, rows := range []int{32, 128, 512} {
		b.Run(fmt.Sprintf("dtype=f32/tier=%v/batch=%d", kernels.Active(), rows), func(b *testing.B) {
			model := mlp[float32](784, 512, 256, 10)
			layer.Initialize(model, 1)
			tr := trainer(model, 1, rows)
			// Learning the same batch by heart would drive the gradients into subnormal
			// numbers, on which the CPU is many times slower than in real training.
			tr.Rate = optim.Constant(0)
			r := newRun(tr, blobs[float32](rows, 784, 10, 1))
			r.batch.next(r.batcher)
			r.learn()
			r.update()
			b.ReportAllocs()
			for b.Loop() {
				r.learn()
				r.update()
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "samples/s")
		})
	}
}
