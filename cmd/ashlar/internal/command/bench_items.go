package command

import (
	"fmt"
	"sync"
	"time"
	"unsafe"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"github.com/ashlar-go/ashlar/bench"
	"github.com/ashlar-go/ashlar/fuzz/spec"
	"github.com/ashlar-go/ashlar/kernels"
)

// long is the length of vectors that come from memory: 32 MiB of float32.
const long = 8 << 20

// benchItems are the kernels that bench measures. Each prepares its operands when its turn comes.
func benchItems() []benchItem {
	return []benchItem{
		gemmItem[float32](64, 64, 64), gemmItem[float32](256, 256, 256), gemmItem[float32](1024, 1024, 1024),
		gemmItem[float32](128, 512, 784), gemmItem[float64](512, 512, 512),
		gemvItem(),
		vectorItem("Dot", 2, func(v [][]float32) contestants {
			return contestants{func() { kernels.Dot(v[0], v[1]) },
				func() { gonum.Implementation{}.Sdot(long, v[0], 1, v[1], 1) }}
		}),
		vectorItem("Axpy", 3, func(v [][]float32) contestants {
			return contestants{func() { kernels.Axpy(v[0], 1e-9, v[1]) },
				func() { gonum.Implementation{}.Saxpy(long, 1e-9, v[1], 1, v[0], 1) }}
		}),
		vectorItem("Exp", 2, func(v [][]float32) contestants {
			return contestants{ours: func() { kernels.Exp(v[0], v[1]) }}
		}),
		vectorItem("Tanh", 2, func(v [][]float32) contestants {
			return contestants{ours: func() { kernels.Tanh(v[0], v[1]) }}
		}),
		vectorItem("GELU", 2, func(v [][]float32) contestants {
			return contestants{ours: func() { kernels.Activate(kernels.ActGELU, v[0], v[1]) }}
		}),
		vectorItem("Softmax", 2, func(v [][]float32) contestants {
			return contestants{ours: func() { kernels.Softmax(long/1024, 1024, v[0], 1024, v[1], 1024) }}
		}),
		vectorItem("UpdateAdam", 7, func(v [][]float32) contestants {
			p := kernels.AdamParams{LR: 1e-9, Beta1: 0.9, Beta2: 0.999, Eps: 1e-8, Step: 1}
			return contestants{ours: func() { kernels.UpdateAdam(v[0], v[1], v[2], v[3], p) }}
		}),
	}
}

// gemmItem is the product of an m x k and a k x n matrix.
func gemmItem[T kernels.Float](m, n, k int) benchItem {
	size := float64(unsafe.Sizeof(T(0)))
	it := benchItem{name: "Gemm", f64: size == 8, flops: 2 * float64(m) * float64(n) * float64(k),
		bytes: size * float64(m*n+n*k+k*m)}
	if it.f64 {
		it.name = "Gemm f64"
	}
	if m == n && n == k {
		it.name += fmt.Sprintf(" %d^3", m)
	} else {
		it.name += fmt.Sprintf(" %d %d %d", m, n, k)
	}
	it.prepare = func() contestants {
		a, b, c := numbers[T](m*k), numbers[T](k*n), make([]T, m*n)
		return contestants{func() { kernels.Gemm(false, false, m, n, k, 1, a, k, b, n, 0, c, n) },
			func() { gonumGemm(m, n, k, a, b, c) }}
	}
	return it
}

// gonumGemm is gonum's own product in Go.
func gonumGemm[T kernels.Float](m, n, k int, a, b, c []T) {
	switch a := any(a).(type) {
	case []float32:
		gonum.Implementation{}.Sgemm(blas.NoTrans, blas.NoTrans, m, n, k, 1, a, k, any(b).([]float32), n, 0,
			any(c).([]float32), n)
	case []float64:
		gonum.Implementation{}.Dgemm(blas.NoTrans, blas.NoTrans, m, n, k, 1, a, k, any(b).([]float64), n, 0,
			any(c).([]float64), n)
	}
}

// gemvItem is a matrix that comes from memory times a vector.
func gemvItem() benchItem {
	const n = 4096
	return benchItem{name: "Gemv 4096^2", bytes: 4 * n * n, prepare: func() contestants {
		a, x, y := numbers[float32](n*n), numbers[float32](n), make([]float32, n)
		return contestants{func() { kernels.Gemv(false, n, n, 1, a, n, x, 0, y) },
			func() { gonum.Implementation{}.Sgemv(blas.NoTrans, n, n, 1, a, n, x, 1, 0, y, 1) }}
	}}
}

// vectorItem is a kernel on long vectors that moves so many of them to or from memory.
func vectorItem(name string, moved int, of func(v [][]float32) contestants) benchItem {
	return benchItem{name: name + " 8M", bytes: 4 * long * float64(moved), prepare: func() contestants {
		v := make([][]float32, min(moved, 4))
		for i := range v {
			v[i] = numbers[float32](long)
		}
		return of(v)
	}}
}

// numbers are n random numbers between 0 and 1.
func numbers[T kernels.Float](n int) []T {
	x := make([]T, n)
	kernels.Uniform(x, 0, 1, 1, 0)
	return x
}

// newRoof returns the limits of the machine, not yet measured.
func newRoof() roof {
	m := thisMachine()
	return roof{CPU: m.CPU, Tier: m.Tier, Threads: m.Threads, Peaks: []ceiling{
		{Name: "multiply-adds float32", Unit: "GFLOP/s"}, {Name: "multiply-adds float64", Unit: "GFLOP/s"},
		{Name: "memory, read and written", Unit: "GB/s"}}}
}

// measure measures the limits for about that long, once more if it has done so before. The largest
// figure of all is the limit, since nothing is faster than the machine.
func (r *roof) measure(about time.Duration) {
	x, y := numbers[float32](long), numbers[float32](long)
	for start := time.Now(); ; {
		for i, d := range []spec.DType{spec.F32, spec.F64} {
			if run, flops := bench.Peak(kernels.Active(), d); run != nil {
				r.Peaks[i].raise(flops, run, r.Threads)
			}
		}
		move := func() { kernels.Axpy(y, 1e-9, x) }
		memory := &r.Peaks[2]
		kernels.SetThreads(1)
		memory.One = max(memory.One, rate(3*4*long, move))
		kernels.SetThreads(0)
		memory.All = max(memory.All, rate(3*4*long, move))
		if time.Since(start) > about {
			return
		}
	}
}

// raise measures a limit of one core, on one thread and on all.
func (c *ceiling) raise(work float64, run func(), threads int) {
	const runs = 64 // which take milliseconds, beside which the start of a thread counts little
	several := func() {
		for range runs {
			run()
		}
	}
	c.One = max(c.One, rate(runs*work, several))
	c.All = max(c.All, rate(runs*work*float64(threads), func() {
		var all sync.WaitGroup
		for range threads {
			all.Go(several)
		}
		all.Wait()
	}))
}

// rate is work per nanosecond.
func rate(work float64, run func()) float64 {
	start := time.Now()
	run()
	return work / float64(time.Since(start).Nanoseconds())
}
