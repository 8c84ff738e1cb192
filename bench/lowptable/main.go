// Command lowptable prints how many times as fast products of bfloat16 numbers are as our products of
// float32 on this machine: in turn in one process, as medians.
//
//	go run ./bench/lowptable            one and two threads, some minutes
//	go run ./bench/lowptable -each 50ms -threads 1
package main

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/klauspost/cpuid/v2"

	"github.com/ashlar-go/ashlar/bench"
	"github.com/ashlar-go/ashlar/kernels"
)

func main() {
	each := flag.Duration("each", 500*time.Millisecond, "the time for a line of the table")
	threads := flag.Int("threads", 0, "the threads of a product; 0: a table for one and one for two")
	only := flag.String("only", "", "the lines whose text has this in it")
	flag.Parse()
	if *each <= 0 || *threads < 0 || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	fmt.Printf("%s, tier %v, bfloat16 path %v, %s\n", strings.TrimSpace(cpuid.CPU.BrandName),
		kernels.Active(), kernels.ActiveBF16(), runtime.Version())
	if why := kernels.ExplainBF16(); why != "" {
		fmt.Println("not taken:", why)
	}
	if *threads != 0 {
		table(*threads, *each, *only)
		return
	}
	table(1, *each, *only)
	table(2, *each, *only)
}

const head = `
%d threads. float32: GFLOP/s of Gemm. Then how many times as fast these are:
  bf16     matrices of BFloat16 into float32
  to bf16  the same into BFloat16
  rounded  matrices of float32, rounded on the way
  medium   GemmPrecision of float32 matrices
  packed   float32 times packed BFloat16 weights, beside GemmPacked in float32
`

func table(threads int, each time.Duration, only string) {
	kernels.SetThreads(threads)
	fmt.Printf(head, threads)
	fmt.Printf("%-24s %8s %7s %7s %7s %7s %7s\n", "m n k", "float32", "bf16", "to bf16", "rounded",
		"medium", "packed")
	for _, s := range shapes() {
		if strings.Contains(s.String(), only) {
			line(s, each)
		}
	}
}

// shape is one product: op(A) is m x k, op(B) is k x n.
type shape struct {
	transA, transB bool
	m, n, k        int
}

func (s shape) String() string {
	text := fmt.Sprintf("%d %d %d", s.m, s.n, s.k)
	if s.transA {
		text += " A^T"
	}
	if s.transB {
		text += " B^T"
	}
	return text
}

func (s shape) flops() float64 { return 2 * float64(s.m) * float64(s.n) * float64(s.k) }

// shapes are cubes, odd cubes, the training products of 784-1024-1024-10 at batches of 128 and 512, and
// products of a few rows with weights.
func shapes() (list []shape) {
	for _, n := range []int{64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536, 2048, 65, 100, 127, 257, 1000} {
		list = append(list, shape{m: n, n: n, k: n})
	}
	for _, m := range []int{128, 512} {
		list = append(list, shape{m: m, n: 1024, k: 784}, shape{m: m, n: 1024, k: 1024},
			shape{m: m, n: 10, k: 1024}, shape{transB: true, m: m, n: 1024, k: 1024},
			shape{transA: true, m: 784, n: 1024, k: m})
	}
	for _, m := range []int{1, 4, 16} {
		list = append(list, shape{m: m, n: 1024, k: 1024}, shape{m: m, n: 4096, k: 4096})
	}
	return list
}

// operands are those of a shape, in both types.
type operands struct {
	shape
	lda, ldb   int
	a, b, c    []float32
	ah, bh, ch []kernels.BFloat16
	packed     *kernels.PackedBFloat16
	packed32   *kernels.PackedB[float32]
}

func newOperands(s shape) *operands {
	r := rand.New(rand.NewPCG(1, 2))
	random := func(n int) (x []float32, h []kernels.BFloat16) {
		x, h = make([]float32, n), make([]kernels.BFloat16, n)
		for i := range x {
			x[i] = 2*r.Float32() - 1
			h[i] = kernels.NewBFloat16(x[i])
		}
		return x, h
	}
	p := &operands{shape: s, lda: s.k, ldb: s.n, c: make([]float32, s.m*s.n),
		ch: make([]kernels.BFloat16, s.m*s.n)}
	p.a, p.ah = random(s.m * s.k)
	p.b, p.bh = random(s.k * s.n)
	if s.transA {
		p.lda = s.m
	}
	if s.transB {
		p.ldb = s.k
	}
	p.packed = kernels.PackBFloat16(s.transB, s.k, s.n, p.b, p.ldb)
	p.packed32 = kernels.PackB(s.transB, s.k, s.n, p.b, p.ldb)
	return p
}

// ways are the columns of the table; the last two are each other's measure.
func (p *operands) ways() []func() {
	none := kernels.Epilogue[float32]{}
	return []func(){
		func() { kernels.Gemm(p.transA, p.transB, p.m, p.n, p.k, 1, p.a, p.lda, p.b, p.ldb, 0, p.c, p.n) },
		func() { mixed(p, p.ah, p.bh, p.c) },
		func() { mixed(p, p.ah, p.bh, p.ch) },
		func() { mixed(p, p.a, p.b, p.c) },
		func() {
			kernels.GemmPrecision(kernels.Medium, p.transA, p.transB, p.m, p.n, p.k, 1, p.a, p.lda, p.b,
				p.ldb, 0, p.c, p.n, none)
		},
		func() { kernels.GemmPacked(p.transA, p.m, 1, p.a, p.lda, p.packed32, 0, p.c, p.n, none) },
		func() { kernels.GemmPackedBFloat16(p.transA, p.m, 1, p.a, p.lda, p.packed, 0, p.c, p.n, none) },
	}
}

func mixed[A, B, C kernels.BF16Operand](p *operands, a []A, b []B, c []C) {
	kernels.GemmBFloat16(p.transA, p.transB, p.m, p.n, p.k, 1, a, p.lda, b, p.ldb, 0, c, p.n,
		kernels.BF16Epilogue{})
}

func line(s shape, each time.Duration) {
	repeat := max(1, int(1e6/s.flops())) // small products in groups that the clock can time
	var fs []func()
	for _, f := range newOperands(s).ways() {
		fs = append(fs, func() {
			for range repeat {
				f()
			}
		})
	}
	var warm, r bench.Rounds
	warm.Run(fs...)
	for start, rounds := time.Now(), 0; rounds < 5 || time.Since(start) < each; rounds++ {
		r.Run(fs...)
	}
	ratio := func(f, base int) float64 { return r.Median(base).Seconds() / r.Median(f).Seconds() }
	fmt.Printf("%-24v %8.1f %6.2fx %6.2fx %6.2fx %6.2fx %6.2fx\n", s, r.Rate(0, s.flops()*float64(repeat)),
		ratio(1, 0), ratio(2, 0), ratio(3, 0), ratio(4, 0), ratio(6, 5))
}
