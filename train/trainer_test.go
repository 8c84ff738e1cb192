package train

import (
	"context"
	"errors"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/internal/mallocs"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/optim"
)

// xor is the problem that no single neuron solves.
func xor[T kernels.Float]() *data.Set[T] {
	return &data.Set[T]{X: []T{0, 0, 0, 1, 1, 0, 1, 1}, Y: []int{0, 1, 1, 0}, Rows: 4, Features: 2,
		Classes: 2}
}

// blobs is a set of Gaussian clouds, one a class, far enough apart to be learnt.
func blobs[T kernels.Float](rows, features, classes int, seed uint64) *data.Set[T] {
	s := &data.Set[T]{X: make([]T, rows*features), Y: make([]int, rows), Rows: rows, Features: features,
		Classes: classes}
	centres := make([]T, classes*features)
	kernels.Normal(centres, 0, 2.5, 99, 0)
	kernels.Normal(s.X, 0, 1, seed, 0)
	for i := range rows {
		s.Y[i] = i % classes
		for j := range features {
			s.X[i*features+j] += centres[s.Y[i]*features+j]
		}
	}
	return s
}

func mlp[T kernels.Float](widths ...int) *layer.Sequential[T] {
	var parts []layer.Layer[T]
	last := len(widths) - 1
	for i := 1; i < last; i++ {
		parts = append(parts, layer.NewLinear[T](widths[i-1], widths[i], kernels.ActReLU))
	}
	return layer.NewSequential(append(parts, layer.NewLinear[T](widths[last-1], widths[last],
		kernels.ActIdentity))...)
}

// regularised has every kind of layer in it.
func regularised[T kernels.Float](in, hidden, out int) *layer.Sequential[T] {
	return layer.NewSequential[T](
		layer.NewLinear[T](in, hidden, kernels.ActIdentity).NoBias(),
		layer.NewBatchNorm[T](hidden),
		layer.NewActivation[T](kernels.ActReLU),
		layer.NewDropout[T](0.2),
		layer.NewLinear[T](hidden, hidden, kernels.ActGELU),
		layer.NewLinear[T](hidden, out, kernels.ActIdentity),
	)
}

func trainer[T kernels.Float](model layer.Layer[T], epochs, batch int) *Trainer[T] {
	return &Trainer[T]{Model: model, Loss: grad.SoftmaxCrossEntropy[T]{}, Optimizer: optim.NewAdam[T](),
		Rate: optim.Constant(0.01), Epochs: epochs, Batch: batch, Seed: 1}
}

func TestLearnsXOR(t *testing.T) {
	t.Run("f32", testXOR[float32])
	t.Run("f64", testXOR[float64])
}

func testXOR[T kernels.Float](t *testing.T) {
	model := layer.NewSequential[T](
		layer.NewLinear[T](2, 8, kernels.ActTanh),
		layer.NewLinear[T](8, 1, kernels.ActIdentity))
	layer.Initialize(model, 3)
	tr := trainer(model, 400, 4)
	tr.Loss = grad.BCEWithLogits[T]{}
	history, err := tr.Run(context.Background(), xor[T]())
	if err != nil {
		t.Fatal(err)
	}
	report, err := Evaluate(model, tr.Loss, xor[T](), 4)
	if err != nil {
		t.Fatal(err)
	}
	if report.Accuracy != 1 || !(report.Loss < 0.1) || len(history) != 400 {
		t.Errorf("after %d epochs: %+v", len(history), report)
	}
	if !slices.Equal(report.Confusion[0], []int{2, 0}) || !slices.Equal(report.Confusion[1], []int{0, 2}) {
		t.Errorf("confusion %v", report.Confusion)
	}
}

func TestLearnsWithEveryLayer(t *testing.T) {
	model := regularised[float32](10, 32, 4)
	layer.Initialize(model, 1)
	tr := trainer(model, 10, 32)
	tr.Validation = blobs[float32](200, 10, 4, 2)
	var seen []Epoch
	tr.OnEpoch = func(e Epoch) { seen = append(seen, e) }
	steps := 0
	tr.OnBatch = func(p Progress) {
		steps++
		if p.Steps != 16 || p.Epochs != 10 || !(p.SamplesPerSecond > 0) || !(p.Loss > 0) {
			t.Errorf("%+v", p)
		}
	}
	history, err := tr.Run(context.Background(), blobs[float32](500, 10, 4, 1))
	if err != nil {
		t.Fatal(err)
	}
	last := history[len(history)-1]
	if !(last.ValidationAccuracy > 0.95) || !(last.Accuracy > 0.9) || !(last.Loss < history[0].Loss) ||
		!(last.ValidationLoss < 0.3) {
		t.Errorf("history %+v", history)
	}
	if !reflect.DeepEqual(seen, history) || steps != 160 {
		t.Errorf("%d steps, callbacks saw %+v", steps, seen)
	}
}

// TestStepAllocatesNothing counts allocations of the whole process, with a garbage
// collection in the loop, which would empty a sync.Pool.
func TestStepAllocatesNothing(t *testing.T) {
	t.Run("f32", testStepAllocates[float32])
	t.Run("f64", testStepAllocates[float64])
}

func testStepAllocates[T kernels.Float](t *testing.T) {
	model := regularised[T](96, 400, 10) // with weights that are updated in the backward pass
	layer.Initialize(model, 1)
	tr := trainer(model, 1, allocBatch())
	tr.Rate = optim.Warmup(10, optim.Cosine(1e-3, 0, 1000))
	// the last batch of an epoch is smaller
	allocatesNothing(t, "plain", newRun(tr, newSetFeed(tr, blobs[T](allocBatch()*4+7, 96, 10, 1))))
}

// allocBatch is the size of the batches of which allocatesNothing takes many.
func allocBatch() int {
	if testing.Short() {
		return 16
	}
	return 64
}

// allocatesNothing fails the test if steps of a run, once it has warmed up, allocate.
func allocatesNothing[T kernels.Float](t *testing.T, name string, r *run[T]) {
	t.Helper()
	steps := func(epochs int) {
		for epoch := range epochs {
			r.feed.start(epoch, 0)
			r.at.Batch = 0
			for nextOf(t, r) {
				if _, err := r.step(); err != nil {
					t.Fatal(err)
				}
			}
			runtime.GC()
		}
	}
	first, more := 10, 5
	if testing.Short() {
		first, more = 3, 2
	}
	steps(first)
	if n := mallocs.Least(func() { steps(more) }); n > 0 {
		t.Errorf("%s: the steps of %d epochs made %d allocations", name, more, n)
	}
}

// nextOf takes the next batch of a run, if there is one.
func nextOf[T kernels.Float](t *testing.T, r *run[T]) bool {
	t.Helper()
	more, err := r.feed.next(context.Background(), &r.batch)
	if err != nil {
		t.Fatal(err)
	}
	return more
}

// weightsAfter trains a fresh model and returns the bits of all its parameters.
func weightsAfter[T kernels.Float](t *testing.T, threads int) []uint64 {
	t.Helper()
	kernels.SetThreads(threads)
	defer kernels.SetThreads(0)
	model := regularised[T](64, 600, 5)
	layer.Initialize(model, 7)
	epochs, rows := 2, 500
	if testing.Short() {
		epochs, rows = 1, 200
	}
	tr := trainer(model, epochs, 96)
	if _, err := tr.Run(context.Background(), blobs[T](rows, 64, 5, 3)); err != nil {
		t.Fatal(err)
	}
	var bits []uint64
	for _, p := range model.Params() {
		for _, v := range p.Value {
			bits = append(bits, math.Float64bits(float64(v)))
		}
	}
	return bits
}

func TestSameWeightsForAnyThreads(t *testing.T) {
	t.Run("f32", testSameWeights[float32])
	t.Run("f64", testSameWeights[float64])
}

func testSameWeights[T kernels.Float](t *testing.T) {
	want := weightsAfter[T](t, 1)
	for _, threads := range []int{1, 2, 2} {
		if !slices.Equal(weightsAfter[T](t, threads), want) {
			t.Errorf("other weights with %d threads", threads)
		}
	}
}

func TestConcurrentInference(t *testing.T) {
	model := regularised[float32](20, 64, 5)
	layer.Initialize(model, 1)
	x := mat.Of(50, 20, blobs[float32](50, 20, 5, 1).X)
	want := layer.NewWorkspace(model).Forward(x, false).Clone()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			ws := layer.NewWorkspace(model)
			for range 20 {
				if y := ws.Forward(x, false); !slices.Equal(y.RawData(), want.RawData()) {
					t.Error("another result in parallel")
					return
				}
			}
		})
	}
	wg.Wait()
}

func TestCancellation(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	model := mlp[float32](10, 8, 4)
	layer.Initialize(model, 1)
	tr := trainer(model, 100, 50)
	tr.OnBatch = func(p Progress) {
		if p.Epoch == 3 && p.Step == 2 {
			cancel()
		}
		if p.Epoch == 3 && p.Step > 2 {
			t.Error("a step after cancellation")
		}
	}
	history, err := tr.Run(ctx, blobs[float32](300, 10, 4, 1))
	if !errors.Is(err, context.Canceled) || len(history) != 2 {
		t.Errorf("%d epochs, error %v", len(history), err)
	}
}

func TestEarlyStop(t *testing.T) {
	model := mlp[float64](10, 16, 4)
	layer.Initialize(model, 1)
	tr := trainer(model, 200, 50)
	tr.Validation = blobs[float64](100, 10, 4, 2)
	tr.Stop = &EarlyStop{Metric: ValidationLoss, Patience: 3, Tolerance: 1e-3}
	history, err := tr.Run(context.Background(), blobs[float64](200, 10, 4, 1))
	if err != nil || len(history) < 4 || len(history) == 200 {
		t.Errorf("%d epochs, error %v", len(history), err)
	}
}

func TestEarlyStopDone(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		losses   []float64
		patience int
		want     bool
	}{
		{[]float64{3, 2, 1}, 2, false},
		{[]float64{3, 2, 2, 1.95}, 2, true}, // 1.95 is within the tolerance
		{[]float64{3, 2, 2, 1.5}, 2, false}, // improved in time
		{[]float64{3, 3}, 0, true},          // patience 0 counts as 1
		{[]float64{nan, nan, nan}, 4, false},
		{[]float64{nan, nan, nan}, 3, true}, // NaN is no improvement, from the first epoch on
		{[]float64{nan, nan, 5, 4}, 2, false},
		{[]float64{nan, 5, nan, 6}, 2, true}, // and never the best to beat
		{[]float64{1, nan, nan}, 2, true},
		{[]float64{math.Inf(1), math.Inf(1), 3}, 2, false},
	} {
		s := EarlyStop{Metric: TrainLoss, Patience: c.patience, Tolerance: 0.1}
		var h []Epoch
		for _, l := range c.losses {
			h = append(h, Epoch{Loss: l})
		}
		if s.done(h) != c.want {
			t.Errorf("%v, patience %d: done = %v", c.losses, c.patience, !c.want)
		}
	}
}

func TestNonFiniteLossStops(t *testing.T) {
	set := blobs[float32](90, 10, 4, 1)
	set.X[7] = float32(math.NaN())
	model := regularised[float32](10, 8, 4)
	layer.Initialize(model, 1)
	tr := trainer(model, 3, 90)
	tr.Warn = mute
	var before [][]float32
	for _, p := range model.Params() {
		before = append(before, slices.Clone(p.Value))
	}
	history, err := tr.Run(context.Background(), set)
	if err == nil || !strings.Contains(err.Error(), "train: the loss is NaN in epoch 1, step 1 of 1") ||
		history != nil {
		t.Errorf("error %v, history %v", err, history)
	}
	for i, p := range model.Params() {
		if !slices.Equal(before[i], p.Value) {
			t.Errorf("%v changed", p)
		}
	}
}

func TestConfigurationErrors(t *testing.T) {
	set := blobs[float32](20, 10, 4, 1)
	good := func() *Trainer[float32] { return trainer(mlp[float32](10, 8, 4), 1, 5) }
	for want, change := range map[string]func(*Trainer[float32]){
		"Model, Loss, Optimizer and Rate must be set": func(tr *Trainer[float32]) { tr.Loss = nil },
		"Epochs = -1, want >= 0":                      func(tr *Trainer[float32]) { tr.Epochs = -1 },
		"the batch size is 0, want >= 1":              func(tr *Trainer[float32]) { tr.Batch = 0 },
		"Stop.Metric must be set":                     func(tr *Trainer[float32]) { tr.Stop = &EarlyStop{} },
		"the model has 3 outputs, but the set has 4 classes": func(tr *Trainer[float32]) {
			tr.Model = mlp[float32](10, 8, 3)
		},
		"the set has 10 features: layer 1: layer: Linear(9, 4) does not take an input of 8 columns": func(tr *Trainer[float32]) {
			tr.Model = layer.NewSequential[float32](layer.NewLinear[float32](10, 8, 0),
				layer.NewLinear[float32](9, 4, 0))
		},
		"the validation set: data: len(Y) is 0, want one label for each of 1 rows": func(tr *Trainer[float32]) {
			tr.Validation = &data.Set[float32]{X: make([]float32, 10), Rows: 1, Features: 10, Classes: 4}
		},
		"Metrics are of Validation": func(tr *Trainer[float32]) {
			tr.Metrics = []Measure[float32]{{"a", func(Measured[float32]) float64 { return 0 }}}
		},
		"Metrics[0] must have Name and Of": func(tr *Trainer[float32]) {
			tr.Validation, tr.Metrics = set, []Measure[float32]{{Name: "a"}}
		},
		"two of the Metrics are called \"a\"": func(tr *Trainer[float32]) {
			m := Measure[float32]{"a", func(Measured[float32]) float64 { return 0 }}
			tr.Validation, tr.Metrics = set, []Measure[float32]{m, m}
		},
		"the validation set is empty": func(tr *Trainer[float32]) { tr.Validation = &data.Set[float32]{} },
	} {
		tr := good()
		change(tr)
		if _, err := tr.Run(context.Background(), set); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	if _, err := good().Run(context.Background(), set); err != nil {
		t.Error(err)
	}
}

// TestLargeBatch: a batch size beyond the set is the whole set, and takes no more memory.
func TestLargeBatch(t *testing.T) {
	var losses []float64
	for _, size := range []int{40, math.MaxInt} {
		trainer := Trainer[float64]{Model: mlp[float64](3, 2), Loss: grad.SoftmaxCrossEntropy[float64]{},
			Optimizer: optim.NewMomentum[float64](0.9), Rate: optim.Constant(0.1), Epochs: 2, Batch: size}
		layer.Initialize[float64](trainer.Model, 1)
		history, err := trainer.Run(context.Background(), blobs[float64](40, 3, 2, 1))
		if err != nil {
			t.Fatal(err)
		}
		losses = append(losses, history[1].Loss)
	}
	if losses[0] != losses[1] {
		t.Errorf("loss %v with a batch of the set's size, %v with a larger one", losses[0], losses[1])
	}
}
