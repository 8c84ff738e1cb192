package bench

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// shape is one product: op(A) is m x k, op(B) is k x n.
type shape struct {
	transA, transB bool
	m, n, k        int
}

func (s shape) String() string {
	op := [2]string{"N", "T"}
	return fmt.Sprintf("op=%s%s/m=%d/n=%d/k=%d", op[b2i(s.transA)], op[b2i(s.transB)], s.m, s.n, s.k)
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}

func (s shape) flops() float64 { return 2 * float64(s.m) * float64(s.n) * float64(s.k) }

// gemmShapes are cubes, odd cubes and the products of a 784-512-256-10 perceptron.
func gemmShapes() []shape {
	var s []shape
	for _, n := range []int{8, 16, 32, 33, 64, 65, 100, 128, 256, 512, 1000, 1024} {
		s = append(s, shape{m: n, n: n, k: n})
	}
	return append(s,
		shape{m: 128, n: 512, k: 784}, shape{m: 128, n: 10, k: 256},
		shape{transB: true, m: 128, n: 784, k: 512},
		shape{transA: true, m: 784, n: 512, k: 128}, shape{transA: true, m: 256, n: 10, k: 128})
}

// BenchmarkGemm measures products on one thread, with their share of the FMA peak
// of the same tier on the same core.
func BenchmarkGemm(b *testing.B) {
	kernels.SetThreads(1)
	defer kernels.SetThreads(0)
	for _, tier := range kernels.Tiers() {
		if tier > kernels.Active() {
			continue // ASHLAR_TIER forbids it
		}
		for _, s := range gemmShapes() {
			b.Run(fmt.Sprintf("dtype=f32/tier=%v/%v", tier, s),
				func(b *testing.B) { benchGemm[float32](b, tier, spec.F32, s) })
			b.Run(fmt.Sprintf("dtype=f64/tier=%v/%v", tier, s),
				func(b *testing.B) { benchGemm[float64](b, tier, spec.F64, s) })
		}
	}
}

func benchGemm[T kernels.Float](b *testing.B, tier kernels.Tier, d spec.DType, s shape) {
	best := kernels.Active()
	if err := kernels.Limit(tier); err != nil {
		b.Fatal(err)
	}
	defer kernels.Limit(best)
	x, y, z := random[T](s.m*s.k), random[T](s.k*s.n), make([]T, s.m*s.n)
	lda, ldb := s.k, s.n
	if s.transA {
		lda = s.m
	}
	if s.transB {
		ldb = s.k
	}
	repeat := max(1, int(1e6/s.flops())) // small products in groups the clock can time
	product := func() {
		for range repeat {
			kernels.Gemm(s.transA, s.transB, s.m, s.n, s.k, 1, x, lda, y, ldb, 0, z, s.n)
		}
	}
	peak, peakFlops := Peak(tier, d)
	var r Rounds
	for b.Loop() {
		if peak != nil {
			r.Run(product, peak)
		} else {
			r.Run(product)
		}
	}
	b.ReportMetric(float64(r.Median(0).Nanoseconds())/float64(repeat), "ns/op") // of one product alone
	rate := r.Rate(0, s.flops()*float64(repeat))
	b.ReportMetric(rate, "GFLOP/s")
	if peak != nil {
		b.ReportMetric(100*rate/r.Rate(1, peakFlops), "%peak")
	}
}

// random returns n numbers in [-1, 1).
func random[T kernels.Float](n int) []T {
	r := rand.New(rand.NewPCG(1, uint64(n)))
	s := make([]T, n)
	for i := range s {
		s[i] = T(2*r.Float64() - 1)
	}
	return s
}
