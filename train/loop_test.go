package train

import (
	"context"
	"io"
	"math"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/optim"
)

// TestLoopByHand: a run does what the plain loop does: the batches of each epoch's own
// shuffle, new dropout masks at each step, clipping, the rate of the schedule, the average,
// and the evaluation of the validation set as in inference.
func TestLoopByHand(t *testing.T) {
	const epochs, batch = 3, 16
	set, valid := blobs[float64](50, 10, 4, 1), blobs[float64](30, 10, 4, 2)
	fresh := func() *layer.Sequential[float64] {
		m := regularised[float64](10, 12, 4)
		layer.Initialize[float64](m, 1)
		return m
	}
	loss, rate := grad.SoftmaxCrossEntropy[float64]{}, optim.Exponential(0.1, 0.9)

	model := fresh()
	tr := trainer[float64](model, epochs, batch)
	tr.Optimizer, tr.Rate, tr.Validation = optim.NewMomentum[float64](0.9), rate, valid
	tr.Clip = func(p []*layer.Param[float64]) float64 { return grad.ClipNorm(p, 0.5) }
	tr.Average = optim.NewAverage(model.Params(), 0.75)
	var norms []float64
	tr.OnBatch = func(p Progress) { norms = append(norms, p.GradNorm) }
	history, err := tr.Run(context.Background(), set)
	if err != nil {
		t.Fatal(err)
	}

	want := fresh()
	ws, eval, o := layer.NewWorkspace[float64](want), layer.NewWorkspace[float64](want),
		optim.NewMomentum[float64](0.9)
	average := optim.NewAverage(want.Params(), 0.75)
	order := data.NewBatcher(set, batch, tr.Seed)
	ws.Seed = tr.Seed
	x, y := make([]float64, batch*10), make([]int, batch)
	step, clipped := 0, 0
	for epoch := 1; epoch <= epochs; epoch++ {
		order.Shuffle(epoch)
		total := 0.0
		for n := order.Next(x, y); n > 0; n = order.Next(x, y) {
			ws.Step = uint64(step)
			p := ws.Forward(mat.Of(n, 10, x[:n*10]), true)
			dp := mat.New[float64](n, 4)
			total += loss.Grad(dp, p, grad.Target[float64]{Classes: y[:n]}) * float64(n)
			ws.Backward(dp)
			norm := grad.ClipNorm(want.Params(), 0.5)
			if norm > 0.5 {
				clipped++
			}
			if norms[step] != norm {
				t.Errorf("step %d: norm %v, want %v", step, norms[step], norm)
			}
			o.Step(want.Params(), rate(step))
			average.Update()
			step++
		}
		p := eval.Forward(mat.Of(30, 10, valid.X), false)
		right, guess := 0, make([]int, 30)
		loss.Classify(guess, p)
		for i, c := range guess {
			if c == valid.Y[i] {
				right++
			}
		}
		validLoss := loss.Grad(mat.New[float64](30, 4), p, grad.Target[float64]{Classes: valid.Y})
		e := history[epoch-1]
		for name, c := range map[string][2]float64{"loss": {e.Loss, total / 50},
			"validation loss":     {e.ValidationLoss, validLoss},
			"validation accuracy": {e.ValidationAccuracy, float64(right) / 30}} {
			if !(math.Abs(c[0]-c[1]) <= 1e-13) {
				t.Errorf("epoch %d: %s %v, want %v", epoch, name, c[0], c[1])
			}
		}
	}
	if clipped == 0 || step != len(norms) {
		t.Errorf("%d of %d steps were clipped, %d seen", clipped, step, len(norms))
	}
	for i, p := range model.Params() {
		if !slices.Equal(p.Value, want.Params()[i].Value) {
			t.Errorf("%s differs", p.Name)
		}
	}
	for i, a := range tr.Average.Tensors() {
		if !slices.Equal(a.Value, average.Tensors()[i].Value) {
			t.Errorf("%s differs", a.Name)
		}
	}
}

// TestEvaluatesAsInInference: dropout and batch statistics have no part in it.
func TestEvaluatesAsInInference(t *testing.T) {
	set, model := blobs[float64](30, 10, 4, 2), regularised[float64](10, 12, 4)
	layer.Initialize[float64](model, 1)
	loss := grad.SoftmaxCrossEntropy[float64]{}
	p := layer.NewWorkspace[float64](model).Forward(mat.Of(30, 10, set.X), false)
	want := loss.Grad(mat.New[float64](30, 4), p, grad.Target[float64]{Classes: set.Y})
	report, err := Evaluate[float64](model, loss, set, 7)
	if err != nil || !(math.Abs(report.Loss-want) <= 1e-13) {
		t.Errorf("loss %v, want %v; %v", report.Loss, want, err)
	}
	out, err := Outputs[float64](model, set, 7)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range out.Data {
		if !(math.Abs(v-p.RawData()[i]) <= 1e-13) {
			t.Fatalf("output %d is %v, want %v", i, v, p.RawData()[i])
		}
	}
}

// TestSamplesPerSecond: the rate is that of all rows of the epoch so far, over the time since it began.
func TestSamplesPerSecond(t *testing.T) {
	kernels.SetThreads(1)
	defer kernels.SetThreads(0)
	synctest.Test(t, func(t *testing.T) { // in which time passes where the run waits
		const batch, step = 10, 2 * time.Second
		tr := trainer[float64](mlp[float64](10, 8, 4), 2, batch)
		tr.OnBatch = func(p Progress) {
			seconds := float64(p.Step-1) * step.Seconds()
			rows := float64(min(p.Step*batch, 35)) // of which the last batch has 5
			if got, want := p.SamplesPerSecond, rows/seconds; got != want {
				t.Errorf("epoch %d, step %d: %v samples per second, want %v", p.Epoch, p.Step, got, want)
			}
			time.Sleep(step)
		}
		history, err := tr.Run(t.Context(), blobs[float64](35, 10, 4, 1))
		if err != nil || history[1].Seconds != 4*step.Seconds() {
			t.Errorf("%+v, %v, want 4 steps of %v an epoch", history, err, step)
		}
	})
}

// TestRestoresTheBest: the model ends with the parameters of the best epoch, or with the
// last ones where that is not asked for.
func TestRestoresTheBest(t *testing.T) {
	for _, restore := range []bool{true, false} {
		model := mlp[float64](10, 8, 4)
		layer.Initialize[float64](model, 1)
		tr := trainer[float64](model, 5, 20)
		tr.Stop = &EarlyStop{Metric: func(e Epoch) float64 { return math.Abs(float64(e.Epoch) - 2) },
			Patience: 9, Restore: restore}
		at := map[int][]float64{}
		tr.OnEpoch = func(e Epoch) { at[e.Epoch] = slices.Clone(model.Params()[0].Value) }
		if _, err := tr.Run(context.Background(), blobs[float64](40, 10, 4, 1)); err != nil {
			t.Fatal(err)
		}
		want := map[bool]int{true: 2, false: 5}[restore]
		if !slices.Equal(model.Params()[0].Value, at[want]) {
			t.Errorf("restore %v: not the parameters of epoch %d", restore, want)
		}
	}
}

// TestCheckpointEvery: after which epochs one is written, the last one always.
func TestCheckpointEvery(t *testing.T) {
	for every, want := range map[int][]int{0: {1, 2, 3, 4, 5}, 1: {1, 2, 3, 4, 5}, 2: {2, 4, 5}, 9: {5}} {
		path := filepath.Join(t.TempDir(), "run")
		model := mlp[float64](10, 8, 4)
		layer.Initialize[float64](model, 1)
		tr := trainer[float64](model, 5, 40)
		tr.Checkpoint = &Checkpoint{Path: path, Every: every}
		var got []int
		look := func(epoch int) {
			if os.Remove(path) == nil {
				got = append(got, epoch)
			}
		}
		tr.OnBatch = func(p Progress) { look(p.Epoch - 1) }
		if _, err := tr.Run(context.Background(), blobs[float64](40, 10, 4, 1)); err != nil {
			t.Fatal(err)
		}
		if look(5); !slices.Equal(got, want) {
			t.Errorf("every %d: after epochs %v, want %v", every, got, want)
		}
	}
}

// TestCheckpointIsWrittenAtomically: a new one takes the place of the old one when it is
// complete: whoever has the old one open still reads all of it. Where it cannot be written
// the old one stays, and nothing else is left.
func TestCheckpointIsWrittenAtomically(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "run")
	run := func() {
		model := mlp[float64](10, 8, 4)
		layer.Initialize[float64](model, 1)
		tr := trainer[float64](model, 1, 40)
		tr.Checkpoint = &Checkpoint{Path: path}
		if _, err := tr.Run(context.Background(), blobs[float64](40, 10, 4, 1)); err != nil {
			t.Fatal(err)
		}
	}
	old := []byte("what was there before")
	if err := os.WriteFile(path, old, 0o644); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	run()
	if got, err := io.ReadAll(f); err != nil || !slices.Equal(got, old) {
		t.Errorf("the old file was written to: %d bytes, %v", len(got), err)
	}
	if list, _ := os.ReadDir(dir); len(list) != 1 || list[0].Name() != "run" {
		t.Errorf("the folder holds %v", list)
	}
	if after, _ := os.ReadFile(path); slices.Equal(after, old) {
		t.Error("no checkpoint was written")
	}
}

// TestStepWithEverythingAllocatesNothing: clipping, accumulation, averages, groups and a
// Plateau, alone and together.
func TestStepWithEverythingAllocatesNothing(t *testing.T) {
	clip := func(tr *Trainer[float32]) {
		tr.Clip = func(p []*layer.Param[float32]) float64 {
			return grad.ClipNorm(p, 0.1) + grad.ClipAdaptive(p, 0.01, 1e-3)
		}
	}
	accumulate := func(tr *Trainer[float32]) { tr.Accumulate = 2 }
	average := func(tr *Trainer[float32]) { tr.Average = optim.NewAverage(tr.Model.Params(), 0.9) }
	groups := func(tr *Trainer[float32]) {
		p := tr.Model.Params()
		tr.Optimizer = optim.NewGroups(optim.Group[float32]{Params: p[:2],
			Optimizer: optim.NewAdam[float32]()},
			optim.Group[float32]{Params: p[2:], Optimizer: optim.NewMomentum[float32](0.9), RateScale: 0.1})
	}
	plateau := func(tr *Trainer[float32]) {
		tr.Rate, tr.Plateau = nil,
			&optim.Plateau{Initial: 1e-3, Factor: 0.5}
	}
	skip := func(tr *Trainer[float32]) { tr.SkipNonFinite = true }
	weights := func(tr *Trainer[float32]) {
		tr.Loss = grad.SoftmaxCrossEntropy[float32]{Smoothing: 0.1,
			ClassWeight: []float32{1, 2, 1, 1, 1, 1, 1, 1, 1, 1}}
	}
	for name, changes := range map[string][]func(*Trainer[float32]){
		"clip": {clip}, "accumulate": {accumulate}, "average": {average}, "groups": {groups},
		"plateau": {plateau}, "loss": {weights},
		"all": {clip, accumulate, average, groups, plateau, weights, skip},
	} {
		model := regularised[float32](96, 400, 10)
		layer.Initialize[float32](model, 1)
		tr := trainer[float32](model, 1, allocBatch())
		tr.Rate = optim.Warmup(10, optim.Cosine(1e-3, 0, 1000))
		for _, change := range changes {
			change(tr)
		}
		set := blobs[float32](allocBatch()*4+7, 96, 10, 1)
		if name == "all" {
			set.X[5] = float32(math.Inf(1)) // one batch an epoch is passed over
		}
		allocatesNothing(t, name, newRun(tr, newSetFeed(tr, set)))
	}
}
