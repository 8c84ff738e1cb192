package bench

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// BenchmarkKernel measures every row of spec.Table() but the products, which
// BenchmarkGemm has: vectors of 4096 elements and matrices of 128 x 512 and 128 x 10,
// all within L2, on one thread.
func BenchmarkKernel(b *testing.B) {
	kernels.SetThreads(1)
	defer kernels.SetThreads(0)
	for _, row := range spec.Table() {
		for _, s := range tableSizes(row.Dims) {
			for c, name := range row.Cases {
				s.Case = c
				b.Run(benchName(row, s, name), func(b *testing.B) { benchRow(b, row, s) })
			}
		}
	}
}

func tableSizes(dims string) []spec.Sizes {
	switch dims {
	case "N":
		return []spec.Sizes{{M: 1, N: 4096}}
	case "MN":
		return []spec.Sizes{{M: 128, N: 512}, {M: 128, N: 10}}
	}
	return nil
}

func benchName(row spec.Row, s spec.Sizes, name string) string {
	size := fmt.Sprintf("n=%d", s.N)
	if row.Dims == "MN" {
		size = fmt.Sprintf("m=%d/n=%d", s.M, s.N)
	}
	text := fmt.Sprintf("kernel=%s/dtype=%v/tier=%v/%s", row.Kernel, row.DType, row.Tier, size)
	if len(row.Cases) > 1 {
		text += "/case=" + name
	}
	return text
}

// benchRow reports ns/element and the bytes of all operands as throughput.
func benchRow(b *testing.B, row spec.Row, s spec.Sizes) {
	defer kernels.Limit(kernels.Active())
	if err := kernels.Limit(row.Tier); err != nil {
		b.Fatal(err)
	}
	call, bytes := newCall(row, s)
	b.SetBytes(bytes)
	for b.Loop() {
		row.Call(call)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(s.M*s.N), "ns/element")
}

// newCall makes operands of one call, with values that every kernel takes: in
// (0, 1), or labels.
func newCall(row spec.Row, s spec.Sizes) (call *spec.Call, bytes int64) {
	r := rand.New(rand.NewPCG(3, 4))
	call = &spec.Call{Sizes: s}
	for i, p := range row.Params {
		rows, cols := p.Shape(s)
		dtype := row.TypeOf(i, s)
		o := spec.Operand{Ld: max(1, cols)}
		switch n := rows * cols; {
		case p.Index:
			o.Int = make([]int, n)
			for i := range o.Int {
				o.Int[i] = r.IntN(s.N)
			}
		case dtype == spec.BF16:
			o.BF16 = make([]kernels.BFloat16, n)
			for i := range o.BF16 {
				o.BF16[i] = kernels.NewBFloat16(0.01 + 0.98*r.Float32())
			}
		case dtype == spec.F32:
			o.F32 = make([]float32, n)
			for i := range o.F32 {
				o.F32[i] = 0.01 + 0.98*r.Float32()
			}
		default:
			o.F64 = make([]float64, n)
			for i := range o.F64 {
				o.F64[i] = 0.01 + 0.98*r.Float64()
			}
		}
		bytes += int64(rows * cols * dtype.Size())
		call.Operands = append(call.Operands, o)
	}
	return call, bytes
}

// TestEveryRowRuns makes sure that each benchmark can run.
func TestEveryRowRuns(t *testing.T) {
	for _, row := range spec.Table() {
		for _, s := range tableSizes(row.Dims) {
			for s.Case = range row.Cases {
				call, _ := newCall(row, s)
				row.Run(call)
			}
		}
	}
}
