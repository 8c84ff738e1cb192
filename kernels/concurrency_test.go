package kernels

import (
	"math"
	"os"
	"runtime"
	"runtime/metrics"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ashlar-go/ashlar/internal/proof"
)

// work is a call whose result depends on the tier alone.
type work struct {
	name string
	call func() []float32
}

// works are calls of several families: short ones, and some that threads share.
func works() []work {
	const m, n, k = 121, 131, 150
	a, b, x := uniforms[float32](m*k, 1), uniforms[float32](k*n, 2), uniforms[float32](1<<17, 3)
	packed := PackB(false, k, n, b, n)
	return []work{
		{"a short product", func() []float32 {
			c := make([]float32, 19*23)
			Gemm(false, true, 19, 23, 30, 1, a, k, b, n, 0, c, 23)
			return c
		}},
		{"a product", func() []float32 {
			c := make([]float32, m*n)
			Gemm(false, false, m, n, k, 1, a, k, b, n, 0, c, n)
			return c
		}},
		{"a packed product", func() []float32 {
			c := make([]float32, m*n)
			GemmPacked(false, m, 1, a, k, packed, 0, c, n, Epilogue[float32]{Act: ActTanh})
			return c
		}},
		{"a short vector", func() []float32 {
			y := make([]float32, 77)
			Exp(y, x[:77])
			return y
		}},
		{"a vector", func() []float32 {
			y := make([]float32, len(x))
			Activate(ActGELU, y, x)
			return y
		}},
		{"rows", func() []float32 {
			y := make([]float32, 530*131)
			Softmax(530, 131, y, 131, x, 131)
			return y
		}},
		{"columns", func() []float32 {
			y := make([]float32, 131)
			ColumnSums(530, 131, y, x, 131)
			return y
		}},
		{"an update", func() []float32 {
			w, v := slices.Clone(x[:40000]), make([]float32, 40000)
			UpdateAdam(w, x[40000:80000], v, slices.Clone(v),
				AdamParams{LR: 0.1, Beta1: 0.9, Beta2: 0.99, Eps: 1e-8, Step: 3})
			return w
		}},
	}
}

// TestSettingsInUse: SetThreads, Limit and GOMAXPROCS may change while calls run. Each call has the bits of the
// tier that was active when it began; weights that are packed keep theirs.
func TestSettingsInUse(t *testing.T) {
	before := Active()
	defer func() {
		SetThreads(0)
		if err := Limit(before); err != nil {
			t.Error(err)
		}
	}()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	all := works()
	var tiers []Tier
	var want [][][]float32 // of each work on each tier
	for _, tier := range Tiers() {
		if Limit(tier) == nil {
			tiers = append(tiers, tier)
		}
	}
	for _, w := range all {
		var results [][]float32
		for _, tier := range tiers {
			if err := Limit(tier); err != nil {
				t.Fatal(err)
			}
			results = append(results, w.call())
		}
		want = append(want, results)
	}
	var calls atomic.Int64
	var wg sync.WaitGroup
	done := make(chan bool)
	for g := range 4 {
		wg.Go(func() {
			for i := g; ; i++ {
				select {
				case <-done:
					return
				default:
				}
				w := all[i%len(all)]
				got := w.call()
				calls.Add(1)
				same := func(v []float32) bool { return slices.Equal(v, got) }
				if !slices.ContainsFunc(want[i%len(all)], same) {
					t.Errorf("%s has the bits of no tier", w.name)
					return
				}
			}
		})
	}
	length := time.Second
	if testing.Short() {
		length /= 4
	}
	changes := 0
	for start := time.Now(); time.Since(start) < length; changes++ {
		SetThreads(changes % 5)
		if err := Limit(tiers[changes%len(tiers)]); err != nil {
			t.Error(err)
		}
		if changes%16 == 0 {
			runtime.GOMAXPROCS(1 + changes/16%4)
		}
		time.Sleep(50 * time.Microsecond)
	}
	close(done)
	wg.Wait()
	poolIsIdle(t)
	proof.Count(t, "concurrency", "changes of threads, tier and processors while calls run", changes)
	proof.Count(t, "concurrency", "calls meanwhile, each with the bits of one tier", int(calls.Load()))
}

// TestManyGoroutines: 10,000 goroutines call kernels at once. Each gets the bits that it would get alone, and no
// goroutine is left behind.
func TestManyGoroutines(t *testing.T) {
	n := 10000
	if testing.Short() {
		n = 1000
	}
	all := works()
	var want [][]float32
	for _, w := range all {
		want = append(want, w.call())
	}
	before := runtime.NumGoroutine()
	start := make(chan bool)
	var wrong atomic.Int64
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			<-start
			if j := i % len(all); !slices.Equal(all[j].call(), want[j]) {
				wrong.Add(1)
			}
		})
	}
	close(start)
	wg.Wait()
	if wrong.Load() > 0 {
		t.Errorf("%d of %d goroutines got other bits", wrong.Load(), n)
	}
	poolIsIdle(t)
	if !waitUntil(func() bool { return runtime.NumGoroutine() <= before }) {
		t.Errorf("%d goroutines, want %d", runtime.NumGoroutine(), before)
	}
	proof.Count(t, "concurrency", "goroutines that call at once", n)
}

// TestNestedCalls: a function that GemmBlocks calls may call kernels.
func TestNestedCalls(t *testing.T) {
	twoThreads(t)
	all := works()
	var want [][]float32
	for _, w := range all {
		want = append(want, w.call())
	}
	const m, n, k = 600, 500, 64
	a, b := uniforms[float32](k*m, 1), uniforms[float32](k*n, 2)
	var calls atomic.Int64
	for range 20 {
		GemmBlocks(m, n, k, a, m, b, n, func(row int, c []float32) {
			i := int(calls.Add(1)) % len(all)
			if !slices.Equal(all[i].call(), want[i]) {
				t.Errorf("%s inside a product has other bits", all[i].name)
			}
		})
	}
	poolIsIdle(t)
	proof.Count(t, "concurrency", "calls from inside a product", int(calls.Load()))
}

// TestStopTheWorld: to stop all goroutines, as the garbage collector does, takes at most a millisecond at the
// 99th percentile while long products and vectors run: no call of assembly is long. It measures time, so it
// runs only where ASHLAR_PAUSES says how often to stop.
func TestStopTheWorld(t *testing.T) {
	n, err := strconv.Atoi(os.Getenv("ASHLAR_PAUSES"))
	if err != nil {
		t.Log("ASHLAR_PAUSES is no number: nothing is measured")
		return
	}
	done := make(chan bool)
	var wg sync.WaitGroup
	var rest sync.RWMutex
	wg.Go(func() { longProducts[float32](done, &rest) })
	wg.Go(func() { longProducts[float64](done, &rest) })
	wg.Go(func() { longVectors(done, &rest) })
	const gc, other = "/sched/pauses/stopping/gc:seconds", "/sched/pauses/stopping/other:seconds"
	before := pauses(gc, other)
	for i := range n {
		start := time.Now()
		runtime.GC()
		var stats runtime.MemStats
		runtime.ReadMemStats(&stats)
		restFor(time.Since(start)/4, &rest)
		time.Sleep(time.Duration(i%20) * time.Millisecond)
	}
	after := pauses(gc, other)
	close(done)
	wg.Wait()
	for i, count := range before.Counts {
		after.Counts[i] -= count
	}
	p99, total := quantile(after, 0.99)
	t.Logf("%d pauses, 50%% within %v, 99%% within %v", total, first(quantile(after, 0.5)), p99)
	if p99 > time.Millisecond {
		t.Errorf("99%% of %d waits for all goroutines to stop are within %v, want 1 ms", total, p99)
	}
	proof.Count(t, "concurrency", "stops of the world during long products", int(total))
	proof.Count(t, "concurrency", "microseconds to stop the world, 99th percentile, at most 1,000",
		int(p99.Microseconds()))
}

func first(d time.Duration, _ uint64) time.Duration { return d }

// restFor leaves the CPUs idle. A program that uses all of them without a rest meets the limits of a container
// or of a virtual machine, which then takes the CPUs away for milliseconds of each tenth of a second: such a
// wait says nothing about the assembly.
func restFor(d time.Duration, rest *sync.RWMutex) {
	rest.Lock()
	time.Sleep(d)
	rest.Unlock()
}

func longProducts[T Float](done chan bool, rest *sync.RWMutex) {
	const n = 1024
	a, b, c := uniforms[T](n*n, 1), uniforms[T](n*n, 2), make([]T, n*n)
	repeat(done, rest, func() { Gemm(false, false, n, n, n, 1, a, n, b, n, 0, c, n) })
}

func longVectors(done chan bool, rest *sync.RWMutex) {
	x, y := make([]float64, 1<<23), make([]float64, 1<<23)
	repeat(done, rest, func() { Exp(y, x) })
}

func repeat(done chan bool, rest *sync.RWMutex, call func()) {
	for {
		select {
		case <-done:
			return
		default:
			rest.RLock()
			call()
			rest.RUnlock()
		}
	}
}

// pauses returns the sum of two histograms of the runtime, which have the same buckets.
func pauses(names ...string) *metrics.Float64Histogram {
	var sum *metrics.Float64Histogram
	for _, name := range names {
		sample := []metrics.Sample{{Name: name}}
		metrics.Read(sample)
		h := sample[0].Value.Float64Histogram()
		if sum == nil {
			sum = &metrics.Float64Histogram{Counts: make([]uint64, len(h.Counts)), Buckets: h.Buckets}
		}
		for i, count := range h.Counts {
			sum.Counts[i] += count
		}
	}
	return sum
}

// quantile returns the upper end of the bucket that a share of the counts lies at or below, and their number.
func quantile(h *metrics.Float64Histogram, share float64) (time.Duration, uint64) {
	var total, sum uint64
	for _, count := range h.Counts {
		total += count
	}
	for i, count := range h.Counts {
		if sum += count; float64(sum) >= share*float64(total) {
			return time.Duration(math.Min(h.Buckets[i+1], 1e6) * 1e9), total
		}
	}
	return math.MaxInt64, total
}
