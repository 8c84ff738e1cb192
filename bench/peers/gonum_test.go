package peers

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/ashlar-go/ashlar/bench"
	"github.com/ashlar-go/ashlar/kernels"
)

// BenchmarkGonum compares square products on one core. It reports gonum's and our
// rate and how many times as fast ours is; with the tag noasm, that of their code in Go.
func BenchmarkGonum(b *testing.B) {
	for _, n := range []int{16, 33, 64, 100, 256, 1024} {
		b.Run(fmt.Sprintf("dtype=f32/n=%d", n), func(b *testing.B) {
			x, y, z := numbers[float32](n*n), numbers[float32](n*n), make([]float32, n*n)
			compare(b, n, func() {
				gonum.Implementation{}.Sgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, x, n, y, n, 0, z, n)
			}, func() { kernels.Gemm(false, false, n, n, n, 1, x, n, y, n, 0, z, n) })
		})
		b.Run(fmt.Sprintf("dtype=f64/n=%d", n), func(b *testing.B) {
			x, y, z := numbers[float64](n*n), numbers[float64](n*n), make([]float64, n*n)
			compare(b, n, func() {
				gonum.Implementation{}.Dgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, x, n, y, n, 0, z, n)
			}, func() { kernels.Gemm(false, false, n, n, n, 1, x, n, y, n, 0, z, n) })
		})
	}
}

// compare reports both rates on one thread. GOMAXPROCS is the only cap that gonum has;
// each sub-benchmark starts with it reset.
func compare(b *testing.B, n int, theirs, ours func()) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var r bench.Rounds
	for b.Loop() {
		r.Run(theirs, ours)
	}
	b.ReportMetric(float64(r.Median(1).Nanoseconds()), "ns/op") // of one product of ours
	flops := 2 * float64(n) * float64(n) * float64(n)
	b.ReportMetric(r.Rate(0, flops), "gonum-GFLOP/s")
	b.ReportMetric(r.Rate(1, flops), "GFLOP/s")
	b.ReportMetric(r.Rate(1, flops)/r.Rate(0, flops), "x-gonum")
}

// TestGonumAgrees keeps the comparison honest: both compute the same product.
func TestGonumAgrees(t *testing.T) {
	const n = 97
	x, y := numbers[float64](n*n), numbers[float64](n*n)
	want, got := make([]float64, n*n), make([]float64, n*n)
	gonum.Implementation{}.Dgemm(blas.NoTrans, blas.NoTrans, n, n, n, 1, x, n, y, n, 0, want, n)
	kernels.Gemm(false, false, n, n, n, 1, x, n, y, n, 0, got, n)
	for i := range got {
		if d := got[i] - want[i]; !(d <= 1e-13 && d >= -1e-13) {
			t.Fatalf("c[%d] = %v, gonum has %v", i, got[i], want[i])
		}
	}
}

// numbers returns n numbers in [-1, 1).
func numbers[T kernels.Float](n int) []T {
	r := rand.New(rand.NewPCG(2, uint64(n)))
	s := make([]T, n)
	for i := range s {
		s[i] = T(2*r.Float64() - 1)
	}
	return s
}
