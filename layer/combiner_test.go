package layer_test

import (
	"errors"
	"fmt"
	"math"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
)

func ExampleCombiner() {
	l := layer.NewLinear[float32](2, 1, kernels.ActIdentity)
	copy(l.W.Value, []float32{10, 1})
	p, err := layer.NewPredictor[float32](l, 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := layer.NewCombiner(p, 64)
	if err != nil {
		fmt.Println(err)
		return
	}
	var sums [3]float32
	var clients sync.WaitGroup
	for i := range sums {
		clients.Go(func() {
			x := mat.Of(1, 2, []float32{float32(i), 5})
			y := mat.Of(1, 1, sums[i:i+1])
			if err := c.TryPredict(y, x); err != nil {
				fmt.Println(err)
			}
		})
	}
	clients.Wait()
	fmt.Println(sums)
	// Output: [5 15 25]
}

func ExampleNewCombiner() {
	p, err := layer.NewPredictor[float32](layer.NewLinear[float32](2, 1, kernels.ActIdentity), 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	_, err = layer.NewCombiner(p, 5000)
	fmt.Println(err)
	// Output: layer: NewCombiner: rows = 5000, want 1 to 4096
}

func ExampleCombiner_TryPredict() {
	p, err := layer.NewPredictor[float32](layer.NewLinear[float32](2, 1, kernels.ActIdentity), 2)
	if err != nil {
		fmt.Println(err)
		return
	}
	c, err := layer.NewCombiner(p, 64)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(c.TryPredict(mat.New[float32](1, 1), mat.New[float32](1, 30)))
	// Output: layer.Combiner.TryPredict: x has 30 columns, want 2
}

// slow multiplies by 10 and counts the passes and their rows. Each pass waits until release is closed.
type slow struct {
	release chan struct{}
	started chan struct{}
	passes  *atomic.Int64
	most    *atomic.Int64
}

func (l slow) Out(in int) (int, error)         { return in, nil }
func (l slow) Params() []*layer.Param[float32] { return nil }
func (l slow) Backward(*layer.Memo[float32], mat.Dense[float32]) mat.Dense[float32] {
	panic("no training")
}
func (l slow) Forward(m *layer.Memo[float32], x mat.Dense[float32]) mat.Dense[float32] {
	l.passes.Add(1)
	for n := int64(x.Rows); ; {
		old := l.most.Load()
		if n <= old || l.most.CompareAndSwap(old, n) {
			break
		}
	}
	l.started <- struct{}{}
	<-l.release
	y := m.Output(x.Rows, x.Cols)
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			y.Row(i)[j] = 10 * v
		}
	}
	return y
}

// combinerOf returns a Combiner of passes of up to so many rows through a model of in inputs.
func combinerOf(t *testing.T, model layer.Layer[float32], in, rows int) *layer.Combiner[float32] {
	t.Helper()
	p, err := layer.NewPredictor(model, in)
	if err != nil {
		t.Fatal(err)
	}
	c, err := layer.NewCombiner(p, rows)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestCombinerSharesPasses holds the passes that may run at once until more requests wait. The next
// passes must take those together, and each request must get its own answer or error.
func TestCombinerSharesPasses(t *testing.T) {
	const rows, clients = 8, 30
	l := slow{make(chan struct{}), make(chan struct{}, 100), new(atomic.Int64), new(atomic.Int64)}
	c := combinerOf(t, l, 2, rows)
	var all sync.WaitGroup
	ask := func(i, n int) {
		all.Go(func() {
			x, y := mat.New[float32](n, 2), mat.New[float32](n, 2)
			x.Fill(float32(i))
			if i == 7 {
				x.Set(0, 1, math.MaxFloat32) // whose tenfold is infinite
			}
			err := c.TryPredict(y, x)
			switch {
			case i == 7:
				if err == nil || !strings.Contains(err.Error(), "row 0: output 1 is +Inf") || y.At(0, 0) != 0 {
					t.Errorf("request 7: %v, y = %v", err, y.Data)
				}
			case err != nil:
				t.Errorf("request %d: %v", i, err)
			default:
				for _, v := range y.Data {
					if v != float32(10*i) {
						t.Errorf("request %d: %v", i, y.Data)
						break
					}
				}
			}
		})
	}
	for i := range kernels.Threads() {
		ask(100+i, 1)
		<-l.started
	}
	for i := range clients {
		ask(i, 1+i%3) // up to 3 rows
	}
	ask(200, 3*rows)
	for c.Waiting() < clients+1 {
		runtime.Gosched()
	}
	close(l.release)
	all.Wait()
	passes := l.passes.Load() - int64(kernels.Threads())
	if passes < 8 || passes > 13 { // 60 rows by at most 8, and the large one
		t.Errorf("%d requests of 1 to 3 rows took %d passes of up to %d rows", clients, passes, rows)
	}
	if l.most.Load() != 3*rows {
		t.Errorf("the largest pass had %d rows, want that of the one large request, %d", l.most.Load(), 3*rows)
	}
}

// TestCombinerPassesAtOnce lets several passes, each of several requests, begin and end at the same time, again
// and again. Under the race detector it sees what they share without a lock.
func TestCombinerPassesAtOnce(t *testing.T) {
	const rows, rounds = 3, 5
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(4))
	passes := kernels.Threads()
	l := slow{make(chan struct{}), make(chan struct{}, passes), new(atomic.Int64), new(atomic.Int64)}
	c := combinerOf(t, l, 1, rows)
	var all sync.WaitGroup
	ask := func(v float32) {
		all.Go(func() {
			y := mat.New[float32](1, 1)
			if err := c.TryPredict(y, mat.Of(1, 1, []float32{v})); err != nil || y.At(0, 0) != 10*v {
				t.Errorf("request %v: %v, %v", v, y.At(0, 0), err)
			}
		})
	}
	for i := range passes {
		ask(float32(i))
		<-l.started
	}
	for i := range rounds * passes * rows {
		ask(float32(i))
	}
	for c.Waiting() < rounds*passes*rows {
		runtime.Gosched()
	}
	for range rounds {
		for range passes {
			l.release <- struct{}{} // the passes that run end together
		}
		for range passes {
			<-l.started
		}
	}
	close(l.release)
	all.Wait()
	if n := int(l.passes.Load()); n != (rounds+1)*passes {
		t.Errorf("%d passes, want %d", n, (rounds+1)*passes)
	}
}

// TestCombinerPanics lets a layer panic in a common pass. One request panics, the others of the pass
// return an error, and the Combiner works on.
func TestCombinerPanics(t *testing.T) {
	l := slow{make(chan struct{}), make(chan struct{}, 100), new(atomic.Int64), new(atomic.Int64)}
	c := combinerOf(t, layer.NewSequential[float32](l, fragile{}), 1, 100)
	var all sync.WaitGroup
	var panics, errs, answers atomic.Int64
	ask := func(v float32) {
		all.Go(func() {
			defer func() {
				if recover() != nil {
					panics.Add(1)
				}
			}()
			y := mat.New[float32](1, 1)
			if err := c.TryPredict(y, mat.Of(1, 1, []float32{v})); err != nil {
				errs.Add(1)
			} else if y.At(0, 0) == 10*v {
				answers.Add(1)
			}
		})
	}
	for range kernels.Threads() {
		ask(1)
		<-l.started
	}
	for i := range 10 {
		ask(float32(i - 5)) // a row with -5 among them
	}
	for c.Waiting() < 10 {
		runtime.Gosched()
	}
	close(l.release)
	all.Wait()
	if panics.Load() != 1 || errs.Load() != 9 || answers.Load() != int64(kernels.Threads()) {
		t.Errorf("%d panics, %d errors, %d answers", panics.Load(), errs.Load(), answers.Load())
	}
	ask(2)
	all.Wait()
	if answers.Load() != int64(kernels.Threads())+1 {
		t.Error("the Combiner does not work on")
	}
}

// fragile panics on a row with a number below -40.
type fragile struct{}

func (fragile) Out(in int) (int, error)         { return in, nil }
func (fragile) Params() []*layer.Param[float32] { return nil }
func (fragile) Backward(*layer.Memo[float32], mat.Dense[float32]) mat.Dense[float32] {
	panic("no training")
}
func (fragile) Forward(_ *layer.Memo[float32], x mat.Dense[float32]) mat.Dense[float32] {
	for i := range x.Rows {
		if x.At(i, 0) < -40 {
			panic("too small")
		}
	}
	return x
}

// TestCombinerRefuses wants TryPredict's errors, and nothing written.
func TestCombinerRefuses(t *testing.T) {
	p, err := layer.NewPredictor[float64](layer.NewLinear[float64](3, 2, kernels.ActIdentity), 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, rows := range []int{-1, 0, layer.MaxTryRows + 1} {
		if _, err := layer.NewCombiner(p, rows); err == nil {
			t.Errorf("NewCombiner took %d rows", rows)
		}
	}
	c, err := layer.NewCombiner(p, 4)
	if err != nil {
		t.Fatal(err)
	}
	nan := mat.New[float64](2, 3)
	nan.Set(1, 2, math.NaN())
	for _, x := range []mat.Dense[float64]{mat.New[float64](0, 3), mat.New[float64](2, 4), nan,
		mat.New[float64](layer.MaxTryRows+1, 3)} {
		y := mat.New[float64](x.Rows, 2)
		y.Fill(7)
		want := strings.ReplaceAll(p.TryPredict(y, x).Error(), "Predictor.", "Combiner.")
		if err := c.TryPredict(y, x); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
		var shape *kernels.ShapeError
		if errors.As(p.TryPredict(y, x), &shape) != errors.As(c.TryPredict(y, x), &shape) {
			t.Error("the errors are of other types")
		}
		for _, v := range y.Data {
			if v != 7 {
				t.Fatal("y was written")
			}
		}
	}
	if err := c.TryPredict(mat.New[float64](1, 3), mat.New[float64](1, 3)); err == nil {
		t.Error("y of 3 columns was taken")
	}
}

// BenchmarkCombiner answers requests of one row from several clients, alone and combined. ns/op is
// the time that a client waits for its answer.
func BenchmarkCombiner(b *testing.B) {
	for _, sizes := range [][]int{{30, 16, 1}, {784, 512, 256, 10}, {1024, 2048, 2048, 10}} {
		var parts []layer.Layer[float32]
		for i := range len(sizes) - 1 {
			parts = append(parts, layer.NewLinear[float32](sizes[i], sizes[i+1], kernels.ActReLU))
		}
		net := layer.NewSequential(parts...)
		layer.Initialize(net, 1)
		in, out := sizes[0], sizes[len(sizes)-1]
		p, err := layer.NewPredictor[float32](net, in)
		if err != nil {
			b.Fatal(err)
		}
		c, err := layer.NewCombiner(p, 64)
		if err != nil {
			b.Fatal(err)
		}
		for _, clients := range []int{1, 8, 64} {
			for name, predict := range map[string]func(y, x mat.Dense[float32]) error{
				"alone": p.TryPredict, "combined": c.TryPredict} {
				b.Run(fmt.Sprintf("net=%v/clients=%d/%s", sizes, clients, name), func(b *testing.B) {
					var all sync.WaitGroup
					for range clients {
						all.Go(func() {
							x, y := mat.New[float32](1, in), mat.New[float32](1, out)
							for range b.N {
								if err := predict(y, x); err != nil {
									b.Error(err)
									return
								}
							}
						})
					}
					all.Wait()
					b.ReportMetric(float64(clients*b.N)/b.Elapsed().Seconds(), "requests/s")
				})
			}
		}
	}
}
