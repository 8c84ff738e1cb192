package bench

import (
	"fmt"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// BenchmarkLimit measures what bounds a kernel on one core: the rate of independent multiply-adds
// on each assembly tier, that of pairs of bfloat16 numbers, and of copies that fit into the caches or
// do not. MB/s counts the bytes read and those written.
func BenchmarkLimit(b *testing.B) {
	for _, tier := range kernels.Tiers() {
		for _, d := range []spec.DType{spec.F32, spec.F64} {
			run, flops := Peak(tier, d)
			if run == nil || tier > kernels.Active() {
				continue
			}
			b.Run(fmt.Sprintf("of=multiply-add/dtype=%v/tier=%v", d, tier), func(b *testing.B) {
				var r Rounds
				for b.Loop() {
					r.Run(run)
				}
				b.ReportMetric(r.Rate(0, flops), "GFLOP/s")
			})
		}
	}
	if run, flops := PeakBF16(); run != nil {
		b.Run("of=multiply-add/dtype=bf16", func(b *testing.B) {
			var r Rounds
			for b.Loop() {
				r.Run(run)
			}
			b.ReportMetric(r.Rate(0, flops), "GFLOP/s")
		})
	}
	for _, n := range []int{8 << 10, 64 << 10, 512 << 10, 4 << 20, 128 << 20} {
		b.Run(fmt.Sprintf("of=copy/bytes=%d", n), func(b *testing.B) {
			x, y := make([]byte, n), make([]byte, n)
			copy(x, y) // touches every page
			b.SetBytes(int64(2 * n))
			for b.Loop() {
				copy(y, x)
			}
		})
	}
}
