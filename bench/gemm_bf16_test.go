package bench

import (
	"fmt"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
)

// bf16Product has the operands of a shape, as float32 and as bfloat16 numbers.
type bf16Product struct {
	shape
	lda, ldb int
	a, b, c  []float32
	ah, bh   []kernels.BFloat16
}

func newBF16Product(s shape) *bf16Product {
	p := &bf16Product{shape: s, lda: s.k, ldb: s.n, a: random[float32](s.m * s.k),
		b: random[float32](s.k * s.n), c: make([]float32, s.m*s.n)}
	if s.transA {
		p.lda = s.m
	}
	if s.transB {
		p.ldb = s.k
	}
	p.ah, p.bh = make([]kernels.BFloat16, len(p.a)), make([]kernels.BFloat16, len(p.b))
	for i, v := range p.a {
		p.ah[i] = kernels.NewBFloat16(v)
	}
	for i, v := range p.b {
		p.bh[i] = kernels.NewBFloat16(v)
	}
	return p
}

func (p *bf16Product) float32() {
	kernels.Gemm(p.transA, p.transB, p.m, p.n, p.k, 1, p.a, p.lda, p.b, p.ldb, 0, p.c, p.n)
}

func (p *bf16Product) halves() {
	kernels.GemmBFloat16(p.transA, p.transB, p.m, p.n, p.k, 1, p.ah, p.lda, p.bh, p.ldb, 0, p.c, p.n,
		kernels.BF16Epilogue{})
}

// BenchmarkGemmBFloat16 measures products of bfloat16 matrices on one thread, on every path, and how many
// times as fast they are as Gemm in float32 on the best tier.
func BenchmarkGemmBFloat16(b *testing.B) {
	kernels.SetThreads(1)
	defer kernels.SetThreads(0)
	best := kernels.ActiveBF16()
	defer kernels.LimitBF16(best)
	for _, path := range kernels.BF16Paths() {
		for _, s := range gemmShapes() {
			if path == kernels.BF16Generic && s.flops() > 5e7 || path > best {
				continue
			}
			b.Run(fmt.Sprintf("path=%v/%v", path, s), func(b *testing.B) {
				if err := kernels.LimitBF16(path); err != nil {
					b.Fatal(err)
				}
				p, repeat := newBF16Product(s), max(1, int(1e6/s.flops()))
				var r Rounds
				for b.Loop() {
					r.Run(times(repeat, p.halves), times(repeat, p.float32))
				}
				b.ReportMetric(float64(r.Median(0).Nanoseconds())/float64(repeat), "ns/op") // of one product
				b.ReportMetric(r.Rate(0, s.flops()*float64(repeat)), "GFLOP/s")
				b.ReportMetric(r.Median(1).Seconds()/r.Median(0).Seconds(), "x-float32")
			})
		}
	}
}

// times returns a function that calls f n times.
func times(n int, f func()) func() {
	return func() {
		for range n {
			f()
		}
	}
}
