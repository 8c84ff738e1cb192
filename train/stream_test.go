package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/internal/mallocs"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// streamed returns a stream of a set.
func streamed[T kernels.Float](t *testing.T, set *data.Set[T], buffer, ahead int) *data.Stream[T] {
	t.Helper()
	source, err := data.SetSource(set)
	if err != nil {
		t.Fatal(err)
	}
	s, err := data.NewStream(source, buffer)
	if err != nil {
		t.Fatal(err)
	}
	s.Ahead = ahead
	return s
}

// bitsOf returns those of all parameters.
func bitsOf[T kernels.Float](model layer.Layer[T]) (bits []uint64) {
	for _, p := range model.Params() {
		for _, v := range p.Value {
			bits = append(bits, math.Float64bits(float64(v)))
		}
	}
	return bits
}

// TestStreamSameWeights: a run on a CSV file has the same bits for any number of threads, with and
// without batches prepared ahead, and so has one on the same rows in memory.
func TestStreamSameWeights(t *testing.T) {
	set := blobs[float32](500, 20, 5, 3)
	set.Y[7] = data.Ignored
	path := csvFile(t, set)
	opts := data.CSVOptions{Classes: 5}
	memory, err := data.ReadCSVFile[float32](path, opts)
	if err != nil {
		t.Fatal(err)
	}
	file, err := data.CSVSource[float32](path, opts)
	if err != nil {
		t.Fatal(err)
	}
	inMemory, err := data.SetSource(memory)
	if err != nil {
		t.Fatal(err)
	}
	defer kernels.SetThreads(0)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	var want []uint64
	for _, c := range []struct {
		source                 data.Source[float32]
		threads, procs, before int
	}{{file, 1, 1, 0}, {file, 1, 4, 1}, {file, 2, 2, 4}, {file, 4, 1, 4}, {file, 4, 4, 0}, {inMemory, 2, 2, 2}} {
		kernels.SetThreads(c.threads)
		runtime.GOMAXPROCS(c.procs)
		s, err := data.NewStream(c.source, 100)
		if err != nil {
			t.Fatal(err)
		}
		s.Ahead = c.before
		model := regularised[float32](20, 600, 5)
		layer.Initialize(model, 7)
		tr := trainer(model, 2, 96)
		tr.Balance = true
		if _, err := tr.RunStream(context.Background(), s); err != nil {
			t.Fatal(err)
		}
		got := bitsOf(model)
		if want == nil {
			want = got
		}
		if !slices.Equal(got, want) {
			t.Errorf("other weights with %d threads, %d processors and %d batches ahead", c.threads, c.procs,
				c.before)
		}
	}
}

// csvFile writes a set of classes as a CSV file with the label first.
func csvFile[T kernels.Float](t *testing.T, set *data.Set[T]) string {
	t.Helper()
	var text strings.Builder
	for i := range set.Rows {
		fmt.Fprint(&text, set.Y[i])
		for _, v := range set.Row(i) {
			fmt.Fprintf(&text, ",%v", v)
		}
		text.WriteByte('\n')
	}
	path := filepath.Join(t.TempDir(), "rows.csv")
	if err := os.WriteFile(path, []byte(text.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestStreamAsRun: where the order is that of the set, every figure and weight of RunStream is that
// of the same batches computed by hand.
func TestStreamAsRun(t *testing.T) {
	set := blobs[float64](64, 6, 3, 1)
	set.Weights = make([]float64, 64)
	for i := range set.Weights {
		set.Weights[i] = float64(i % 3)
	}
	set.Y[5] = data.Ignored
	// One batch of all rows: their order changes sums by rounding alone.
	train := func(run func(tr *Trainer[float64]) ([]Epoch, error)) (layer.Layer[float64], []Epoch) {
		model := mlp[float64](6, 8, 3)
		layer.Initialize[float64](model, 1)
		tr := trainer[float64](model, 5, 64)
		tr.Balance = true
		h, err := run(tr)
		if err != nil {
			t.Fatal(err)
		}
		return model, h
	}
	a, ha := train(func(tr *Trainer[float64]) ([]Epoch, error) { return tr.Run(context.Background(), set) })
	b, hb := train(func(tr *Trainer[float64]) ([]Epoch, error) {
		return tr.RunStream(context.Background(), streamed(t, set, 10, 2))
	})
	for i, p := range a.Params() {
		for j, v := range p.Value {
			if w := b.Params()[i].Value[j]; !(math.Abs(v-w) <= 1e-9) {
				t.Fatalf("%s[%d] is %v, want %v", p.Name, j, w, v)
			}
		}
	}
	for i := range ha {
		if !(math.Abs(ha[i].Loss-hb[i].Loss) <= 1e-12) || ha[i].Accuracy != hb[i].Accuracy {
			t.Errorf("epoch %+v, want %+v", hb[i], ha[i])
		}
	}
}

// TestStreamResume: as TestResume, for a stream.
func TestStreamResume(t *testing.T) {
	const epochs = 4
	before := runtime.NumGoroutine()
	set := blobs[float32](500, 10, 4, 1) // 16 batches an epoch
	whole := elaborate[float32](epochs)
	want, err := whole.RunStream(context.Background(), streamed(t, set, 60, 3))
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "run.safetensors")
	for i, stop := range []int{1, 7, 16, 40} {
		os.Remove(path)
		ctx, cancel := context.WithCancel(context.Background())
		first := elaborate[float32](epochs)
		first.Checkpoint = &Checkpoint{Path: path, Every: 2, Resume: true}
		batches := 0
		first.OnBatch = func(Progress) {
			if batches++; batches == stop {
				cancel()
			}
		}
		if _, err := first.RunStream(ctx, streamed(t, set, 60, i)); !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped after %d batches: %v", stop, err)
		}
		second := elaborate[float32](epochs)
		second.Checkpoint = first.Checkpoint
		got, err := second.RunStream(context.Background(), streamed(t, set, 60, i+1))
		if err != nil {
			t.Fatal(err)
		}
		sameRun(t, got, want)
		for i, p := range second.Model.Params() {
			if w := whole.Model.Params()[i]; !reflect.DeepEqual(p.Value, w.Value) {
				t.Fatalf("stopped after %d batches: %s differs", stop, p.Name)
			}
		}
	}
	for name, run := range map[string]func(*Trainer[float32]) error{
		"= 60, this one has 61": func(tr *Trainer[float32]) error {
			_, err := tr.RunStream(context.Background(), streamed(t, set, 61, 1))
			return err
		},
		"= 60, this one has 0": func(tr *Trainer[float32]) error {
			_, err := tr.Run(context.Background(), set)
			return err
		},
		"rows in the set = 500, this one has 499": func(tr *Trainer[float32]) error {
			_, err := tr.RunStream(context.Background(), streamed(t, blobs[float32](499, 10, 4, 1), 60, 1))
			return err
		},
	} {
		tr := elaborate[float32](epochs)
		tr.Checkpoint = &Checkpoint{Path: path, Resume: true}
		if err := run(tr); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%v, want %q", err, name)
		}
	}
	noGoroutines(t, before)
}

func noGoroutines(t *testing.T, before int) {
	t.Helper()
	for range 100 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, %d before", runtime.NumGoroutine(), before)
}

// TestStreamSkips passes over batches with a NaN, and says where one is.
func TestStreamSkips(t *testing.T) {
	set := blobs[float32](200, 6, 3, 1)
	set.X[100*6+2] = float32(math.NaN())
	model := mlp[float32](6, 8, 3)
	layer.Initialize(model, 1)
	tr := trainer(model, 2, 20)
	tr.Warn = mute
	s := streamed(t, set, 1, 2)
	_, err := tr.RunStream(context.Background(), s)
	if err == nil || !strings.Contains(err.Error(), "epoch 1, step 6 of 10: the input has NaN at row 0, column 2") {
		t.Error(err)
	}
	tr.SkipNonFinite = true
	history, err := tr.RunStream(context.Background(), s)
	if err != nil || len(history) != 2 || history[1].Skipped != 1 {
		t.Error(history, err)
	}
	set.Weights = make([]float32, 200) // the row weighs nothing: no batch is passed over
	for i := range set.Weights {
		set.Weights[i] = 1
	}
	set.Weights[100] = 0
	history, err = tr.RunStream(context.Background(), streamed(t, set, 1, 2))
	if err != nil || history[0].Skipped != 0 {
		t.Error(history, err)
	}
}

// TestStreamFileErrors: what is wrong with a file comes with its name and line; before the first
// step if it was wrong from the beginning.
func TestStreamFileErrors(t *testing.T) {
	before := runtime.NumGoroutine()
	set := blobs[float32](300, 2, 3, 1)
	path := csvFile(t, set)
	source, err := data.CSVSource[float32](path, data.CSVOptions{Classes: 3})
	if err != nil {
		t.Fatal(err)
	}
	s, err := data.NewStream(source, 10)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(path)
	lines := strings.Split(string(text), "\n")
	lines[289] = "1,2,three"
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o644); err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf("data: %s: line 290, column 3: %q is no feature, want a finite number", path, "three")
	if _, err := data.NewStream(source, 10); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	model := mlp[float32](2, 8, 3)
	layer.Initialize(model, 1)
	tr := trainer(model, 2, 10)
	steps := 0
	tr.OnBatch = func(Progress) { steps++ }
	history, err := tr.RunStream(context.Background(), s)
	if err == nil || err.Error() != want || len(history) != 0 || steps != 24 {
		t.Errorf("%d epochs, %d steps: %v, want %s", len(history), steps, err, want)
	}
	noGoroutines(t, before)
}

// TestStreamChecks: what cannot work is an error before the first step.
func TestStreamChecks(t *testing.T) {
	set := blobs[float32](30, 4, 3, 1)
	values := &data.Set[float32]{X: set.X, Rows: 30, Features: 4, Outputs: 3, Values: make([]float32, 90)}
	nothing := *set
	nothing.Weights = make([]float32, 30)
	for want, c := range map[string]struct {
		change func(tr *Trainer[float32])
		set    *data.Set[float32]
	}{
		"has 5 features":       {func(tr *Trainer[float32]) {}, blobs[float32](30, 5, 3, 1)},
		"but the stream has 2": {func(tr *Trainer[float32]) {}, blobs[float32](30, 4, 2, 1)},
		"DropLast would leave": {func(tr *Trainer[float32]) { tr.DropLast, tr.Batch = true, 31 }, set},
		"weighs nothing":       {func(tr *Trainer[float32]) {}, &nothing},
		"batch size is 0":      {func(tr *Trainer[float32]) { tr.Batch = 0 }, set},
		"Optimizer is nil":     {func(tr *Trainer[float32]) { tr.Optimizer = nil }, set},
		"Balance is of classes": {func(tr *Trainer[float32]) {
			tr.Balance, tr.Loss = true, grad.MSE[float32]{}
		}, values},
		"one is for a regression": {func(tr *Trainer[float32]) { tr.Validation = values }, set},
		"Stop.Metric is NaN": {func(tr *Trainer[float32]) {
			tr.Stop = &EarlyStop{Metric: ValidationLoss}
		}, set},
		"the stream is nil":          {func(tr *Trainer[float32]) {}, nil},
		"Ahead of the stream is -1,": {func(tr *Trainer[float32]) {}, set},
	} {
		model := mlp[float32](4, 8, 3)
		layer.Initialize(model, 1)
		tr := trainer(model, 1, 10)
		tr.OnBatch = func(Progress) { t.Errorf("%s: a step is taken", want) }
		c.change(tr)
		var s *data.Stream[float32]
		if c.set != nil {
			s = streamed(t, c.set, 5, 1)
			if strings.Contains(want, "-1") {
				s.Ahead = -1
			}
		}
		if _, err := tr.RunStream(context.Background(), s); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}

// TestStreamAllocatesNothing in a step, once an epoch has begun.
func TestStreamAllocatesNothing(t *testing.T) {
	model := mlp[float32](8, 8, 3)
	layer.Initialize(model, 1)
	tr := trainer(model, 1, 16)
	tr.Balance = true
	r := newRun(tr, newStreamFeed(tr, streamed(t, blobs[float32](20000, 8, 3, 1), 100, 3)))
	steps := func() {
		for range 50 {
			if !nextOf(t, r) {
				t.Fatal("the epoch has ended")
			}
			if _, err := r.step(); err != nil {
				t.Fatal(err)
			}
		}
	}
	r.feed.start(1, 0)
	for nextOf(t, r) {
	}
	r.feed.start(2, 0)
	steps()
	if n := mallocs.Least(steps); n > 0 {
		t.Errorf("50 steps make %d allocations", n)
	}
	r.feed.stop()
}

// TestBalance: balanced classes weigh alike, as with ClassWeight in the loss.
func TestBalance(t *testing.T) {
	set := blobs[float64](90, 4, 3, 1)
	for i := range 60 {
		set.Y[i] = 0
	}
	train := func(balance bool, weights []float64) []float64 {
		model := mlp[float64](4, 6, 3)
		layer.Initialize[float64](model, 1)
		tr := trainer[float64](model, 3, 20)
		tr.Optimizer, tr.Balance = &optim.SGD[float64]{}, balance
		tr.Loss = grad.SoftmaxCrossEntropy[float64]{ClassWeight: weights}
		tr.Warn = mute
		if _, err := tr.Run(context.Background(), set); err != nil {
			t.Fatal(err)
		}
		return model.Params()[0].Value
	}
	far := func(a, b []float64) (far float64) {
		for i, v := range a {
			far = max(far, math.Abs(v-b[i]))
		}
		return far
	}
	weights := grad.BalancedWeights[float64](set.Y, 3)
	if d := far(train(true, nil), train(false, weights)); !(d <= 1e-12) {
		t.Errorf("Balance differs by %v from ClassWeight of grad.BalancedWeights", d)
	}
	if d := far(train(true, nil), train(false, nil)); !(d > 1e-6) {
		t.Errorf("Balance changes no more than %v", d)
	}
}

// TestBalanceOfWeights: Balance multiplies the weights of rows by those of their classes, and rows of weight 1
// are rows without weights, with the same bits whatever else makes batches what they are.
func TestBalanceOfWeights(t *testing.T) {
	set := blobs[float64](50, 4, 3, 1)
	for i := range 30 {
		set.Y[i] = 0
	}
	classes := grad.BalancedWeights[float64](set.Y, 3)
	weighing := func(weight func(row int) float64) *data.Set[float64] {
		s := *set
		s.Weights = make([]float64, set.Rows)
		for i := range s.Weights {
			s.Weights[i] = weight(i)
		}
		return &s
	}
	ones := weighing(func(int) float64 { return 1 })
	weighted := weighing(func(i int) float64 { return 0.1 + float64(i%7) })
	products := weighing(func(i int) float64 { return (0.1 + float64(i%7)) * classes[set.Y[i]] })
	for name, change := range map[string]func(tr *Trainer[float64]){
		"nothing else": func(*Trainer[float64]) {},
		"DropLast":     func(tr *Trainer[float64]) { tr.DropLast = true },
		"Accumulate":   func(tr *Trainer[float64]) { tr.Accumulate = 2 },
		"KeepGrad":     func(tr *Trainer[float64]) { tr.KeepGrad = true },
		"Clip": func(tr *Trainer[float64]) {
			tr.Clip = func(p []*layer.Param[float64]) float64 { return grad.ClipNorm(p, 0.1) }
		},
		"Smoothing": func(tr *Trainer[float64]) { tr.Loss = grad.SoftmaxCrossEntropy[float64]{Smoothing: 0.1} },
		"squares":   func(tr *Trainer[float64]) { tr.Loss = grad.MSE[float64]{Reduction: grad.Sum} },
	} {
		for _, stream := range []bool{false, true} {
			run := func(set *data.Set[float64], balance bool) []uint64 {
				model := mlp[float64](4, 6, 3)
				layer.Initialize[float64](model, 1)
				tr := trainer[float64](model, 2, 15)
				tr.Balance, tr.Warn = balance, mute
				change(tr)
				run := func() ([]Epoch, error) { return tr.Run(context.Background(), set) }
				if stream {
					run = func() ([]Epoch, error) {
						return tr.RunStream(context.Background(), streamed(t, set, 20, 1))
					}
				}
				if _, err := run(); err != nil {
					t.Fatal(err)
				}
				return bitsOf[float64](model)
			}
			if !slices.Equal(run(ones, true), run(set, true)) {
				t.Errorf("%s, stream %v: rows of weight 1 are not rows without weights", name, stream)
			}
			if !slices.Equal(run(weighted, true), run(products, false)) {
				t.Errorf("%s, stream %v: weights of rows and classes are not multiplied", name, stream)
			}
		}
	}
}
