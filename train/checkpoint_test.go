package train

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/optim"
)

// elaborate is a run that keeps every kind of state.
func elaborate[T kernels.Float](epochs int) *Trainer[T] {
	model := regularised[T](10, 16, 4)
	layer.Initialize[T](model, 1)
	tr := trainer[T](model, epochs, 32)
	nadam := optim.NewNAdam[T]()
	nadam.Decay.Lambda = 0.01
	tr.Optimizer = nadam
	tr.Rate = optim.Warmup(5, optim.Cosine(0.01, 0, 100))
	tr.Clip = func(p []*layer.Param[T]) float64 { return grad.ClipNorm(p, 0.5) }
	tr.Accumulate = 3
	tr.Average = optim.NewAverage(model.Params(), 0.9)
	tr.Validation = blobs[T](100, 10, 4, 2)
	tr.Metrics = []Measure[T]{{"top_2", func(m Measured[T]) float64 {
		return TopK(m.Outputs, m.Set.Y,
			2)
	}}, {"nan", func(Measured[T]) float64 { return math.NaN() }}}
	tr.Stop = &EarlyStop{Metric: ValidationLoss, Patience: 100, Restore: true}
	return tr
}

// TestResume: a run that was interrupted anywhere, within an epoch and within the batches
// of one step too, and goes on in another process, ends with the bits of one that was not. No batch is
// trained on again.
func TestResume(t *testing.T) {
	const epochs, all = 4, 4 * 16
	set := blobs[float32](500, 10, 4, 1) // 16 batches an epoch
	whole := elaborate[float32](epochs)
	want, err := whole.Run(context.Background(), set)
	if err != nil {
		t.Fatal(err)
	}
	for _, stop := range []int{1, 7, 16, 17, 33, 40} {
		path := filepath.Join(t.TempDir(), "run.safetensors")
		ctx, cancel := context.WithCancel(context.Background())
		first := elaborate[float32](epochs)
		first.Checkpoint = &Checkpoint{Path: path, Every: 2, Resume: true}
		batches := 0
		first.OnBatch = func(Progress) {
			if batches++; batches == stop {
				cancel()
			}
		}
		if _, err := first.Run(ctx, set); !errors.Is(err, context.Canceled) {
			t.Fatalf("stopped after %d batches: %v", stop, err)
		}
		second := elaborate[float32](epochs)
		second.Checkpoint = first.Checkpoint
		second.OnBatch = func(Progress) { batches++ }
		got, err := second.Run(context.Background(), set)
		if err != nil {
			t.Fatal(err)
		}
		if batches != all {
			t.Errorf("stopped after %d batches: %d in both runs together, want %d", stop, batches, all)
		}
		sameRun(t, got, want)
		for i, p := range second.Model.Params() {
			if w := whole.Model.Params()[i]; !reflect.DeepEqual(p.Value, w.Value) {
				t.Fatalf("stopped after %d batches: %s differs", stop, p.Name)
			}
		}
		for i, a := range second.Average.Tensors() {
			if w := whole.Average.Tensors()[i]; !reflect.DeepEqual(a.Value, w.Value) {
				t.Fatalf("stopped after %d batches: %s differs", stop, a.Name)
			}
		}
	}
}

// TestResumePlateau: what a Plateau has seen goes on too, infinite metrics included.
func TestResumePlateau(t *testing.T) {
	const epochs = 9
	set := blobs[float32](200, 10, 4, 1)
	plateaus := func() (*Trainer[float32], *optim.Plateau) {
		model := mlp[float32](10, 8, 4)
		layer.Initialize[float32](model, 1)
		tr := trainer[float32](model, epochs, 50)
		tr.Rate = nil
		tr.Plateau = &optim.Plateau{Initial: 0.1, Factor: 0.5, Patience: 1, Cooldown: 1}
		tr.PlateauMetric = func(e Epoch) float64 {
			return []float64{math.Inf(1), 3, 3, 4, 3, 2, 5, 5,
				5}[e.Epoch-1]
		}
		return tr, tr.Plateau
	}
	whole, want := plateaus()
	if _, err := whole.Run(context.Background(), set); err != nil {
		t.Fatal(err)
	}
	if want.Lowered != 2 {
		t.Fatalf("the rate was lowered %d times, want 2", want.Lowered)
	}
	for stop := 1; stop < epochs; stop++ {
		path := filepath.Join(t.TempDir(), "run.safetensors")
		first, p := plateaus()
		first.Epochs, first.Checkpoint = stop, &Checkpoint{Path: path}
		if _, err := first.Run(context.Background(), set); err != nil {
			t.Fatal(err)
		}
		second, _ := plateaus()
		if stop%2 == 0 {
			second.Plateau = p // one that has seen something already
			p.Observe(0)
		}
		second.Checkpoint = &Checkpoint{Path: path, Resume: true}
		if _, err := second.Run(context.Background(), set); err != nil {
			t.Fatal(err)
		}
		if *second.Plateau != *want {
			t.Errorf("stopped after %d epochs: %+v, want %+v", stop, *second.Plateau, *want)
		}
		for i, p := range second.Model.Params() {
			if w := whole.Model.Params()[i]; !slices.Equal(p.Value, w.Value) {
				t.Errorf("stopped after %d epochs: %s differs", stop, p.Name)
			}
		}
	}
}

// TestPlateauMetric: what a Plateau observes by default, and that Rate goes before it.
func TestPlateauMetric(t *testing.T) {
	set := blobs[float32](60, 10, 4, 1)
	for _, validation := range []*data.Set[float32]{nil, blobs[float32](60, 10, 4, 2)} {
		model := mlp[float32](10, 8, 4)
		layer.Initialize[float32](model, 1)
		tr := trainer[float32](model, 1, 60)
		tr.Validation, tr.Plateau = validation, &optim.Plateau{}
		history, err := tr.Run(context.Background(), set)
		if err != nil {
			t.Fatal(err)
		}
		want := history[0].Loss
		if validation != nil {
			want = history[0].ValidationLoss
		}
		if tr.Plateau.Best != want {
			t.Errorf("observed %v, want %v", tr.Plateau.Best, want)
		}
		if next, err := tr.Run(context.Background(), set); err != nil || !(next[0].Loss < history[0].Loss) {
			t.Errorf("Rate did not go before that of the Plateau: %v, %v", next, err)
		}
		tr.Rate, tr.Plateau = nil, &optim.Plateau{Initial: 1e-30, Factor: 0.5} // which moves no weight
		before := slices.Clone(model.Params()[0].Value)
		if _, err := tr.Run(context.Background(), set); err != nil ||
			!slices.Equal(model.Params()[0].Value, before) {
			t.Errorf("without Rate it is not that of the Plateau: %v", err)
		}
	}
}

// sameRun compares histories but for the seconds.
func sameRun(t *testing.T, got, want []Epoch) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%d epochs, want %d", len(got), len(want))
	}
	for i := range got {
		a, b := got[i], want[i]
		a.Seconds, b.Seconds = 0, 0
		if fmt.Sprint(a) != fmt.Sprint(b) { // in which NaN is NaN, and floats are exact
			t.Errorf("epoch %+v, want %+v", a, b)
		}
	}
}

// TestResumeRefuses: a file that does not belong to the run leaves an error and the model
// as it was.
func TestResumeRefuses(t *testing.T) {
	dir := t.TempDir()
	set := blobs[float32](500, 10, 4, 1)
	other := trainer[float32](mlp[float32](10, 3, 4), 1, 100)
	other.Checkpoint = &Checkpoint{Path: filepath.Join(dir, "other"), Resume: true}
	if _, err := other.Run(context.Background(), set); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "junk"), []byte("junk"), 0o644); err != nil {
		t.Fatal(err)
	}
	same := elaborate[float32](1)
	same.Checkpoint = &Checkpoint{Path: filepath.Join(dir, "same")}
	if _, err := same.Run(context.Background(), set); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file, want string
		change     func(*Trainer[float32])
	}{
		"another model": {"other", "tensor", func(tr *Trainer[float32]) { tr.Batch = 100 }},
		"no checkpoint": {"junk", "header", func(*Trainer[float32]) {}},
		"seed":          {"same", "Seed = 1, this one has 2", func(tr *Trainer[float32]) { tr.Seed = 2 }},
		"batch": {"same", "Batch = 32, this one has 16",
			func(tr *Trainer[float32]) { tr.Batch = 16 }},
		"plateau": {"same", "without a Plateau",
			func(tr *Trainer[float32]) { tr.Plateau = &optim.Plateau{Initial: 1} }},
		"rows": {"same", "rows in the set = 500, this one has 499", func(*Trainer[float32]) {}},
	} {
		tr := elaborate[float32](2)
		before := tr.Model.Params()[0].Value[0]
		tr.Checkpoint = &Checkpoint{Path: filepath.Join(dir, c.file), Resume: true}
		c.change(tr)
		set, want := set, c.want
		if name == "rows" {
			set = blobs[float32](499, 10, 4, 1)
		}
		_, err := tr.Run(context.Background(), set)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), c.file) {
			t.Errorf("%s: %v", name, err)
		}
		if tr.Model.Params()[0].Value[0] != before {
			t.Errorf("%s: the model changed", name)
		}
	}
}

// TestAccumulate: the gradients of some batches together are those of one batch of all
// their rows, whatever the loss divides by; and so is the loss of the epoch.
func TestAccumulate(t *testing.T) {
	set := blobs[float64](100, 10, 4, 1)
	weighted := *set
	weighted.Weights = make([]float64, set.Rows)
	for i := range weighted.Weights {
		weighted.Weights[i] = 0.1 + float64(i%7)
	}
	for name, loss := range map[string]grad.Loss[float64]{
		"mean":           grad.SoftmaxCrossEntropy[float64]{},
		"sum":            grad.SoftmaxCrossEntropy[float64]{Reduction: grad.Sum},
		"class weights":  grad.SoftmaxCrossEntropy[float64]{ClassWeight: []float64{1, 5, 0.1, 2}},
		"values":         grad.MSE[float64]{},
		"sum of values":  grad.MSE[float64]{Reduction: grad.Sum},
		"no Weigher":     struct{ grad.Loss[float64] }{grad.MSE[float64]{}},
		"binary":         grad.BCEWithLogits[float64]{},
		"absolute":       grad.MAE[float64]{Reduction: grad.Sum},
		"huber":          grad.Huber[float64]{},
		"hinge":          grad.Hinge[float64]{},
		"perceptron":     grad.Perceptron[float64]{},
		"sum of huber":   grad.Huber[float64]{Reduction: grad.Sum},
		"sum of binary":  grad.BCEWithLogits[float64]{Reduction: grad.Sum},
		"sum of hinge":   grad.Hinge[float64]{Reduction: grad.Sum},
		"perceptron sum": grad.Perceptron[float64]{Reduction: grad.Sum},
	} {
		for _, s := range []*data.Set[float64]{set, &weighted} {
			if name == "no Weigher" && s.Weights != nil {
				continue
			}
			run := func(batch, accumulate int) ([]float64, Epoch) {
				model := mlp[float64](10, 8, 4)
				layer.Initialize[float64](model, 1)
				tr := trainer[float64](model, 1, batch)
				tr.Loss = loss
				tr.Optimizer, tr.Rate = &optim.SGD[float64]{}, optim.Constant(0.001)
				tr.Accumulate = accumulate
				history, err := tr.Run(context.Background(), s)
				if err != nil {
					t.Fatal(err)
				}
				return model.Params()[0].Value, history[0]
			}
			a, whole := run(100, 1)
			b, parts := run(30, 4)
			for i, v := range a {
				if !(math.Abs(b[i]-v) <= 1e-14) {
					t.Fatalf("%s: weight %d is %v, want %v", name, i, b[i], v)
				}
			}
			if !(math.Abs(parts.Loss/whole.Loss-1) <= 1e-14) {
				t.Errorf("%s: loss %v, want %v", name, parts.Loss, whole.Loss)
			}
			model := mlp[float64](10, 8, 4)
			layer.Initialize[float64](model, 1)
			one, _ := Evaluate[float64](model, loss, s, 100)
			if many, err := Evaluate[float64](model, loss, s, 7); err != nil ||
				!(math.Abs(many.Loss/one.Loss-1) <= 1e-13) || !(math.Abs(one.Loss/whole.Loss-1) <= 1e-14) {
				t.Errorf("%s: evaluated in batches %v, want %v and %v, %v", name, many.Loss, one.Loss,
					whole.Loss, err)
			}
		}
	}
}

// TestAccumulateSkips: batches that are passed over are none of those of a step, and where
// the last one of an epoch is, the step still takes the batches before it.
func TestAccumulateSkips(t *testing.T) {
	const rows, batch = 40, 10
	clean := blobs[float64](rows, 10, 4, 1)
	order := data.NewBatcher(clean, batch, 1)
	order.Shuffle(1)
	var dealt [][]int
	x, y := make([]float64, batch*10), make([]int, batch)
	for order.Next(x, y) > 0 {
		dealt = append(dealt, slices.Clone(order.Dealt()))
	}
	for name, c := range map[string]struct {
		bad     int // batch
		updates int
	}{"first": {0, 2}, "last": {3, 2}, "none": {-1, 2}} {
		set := *clean
		set.X = slices.Clone(clean.X)
		left := &data.Set[float64]{Features: 10, Classes: 4}
		for i, rows := range dealt {
			for _, row := range rows {
				if i == c.bad {
					set.X[row*10] = math.NaN()
					continue
				}
				left.Rows++
				left.X = append(left.X, clean.Row(row)...)
				left.Y = append(left.Y, clean.Y[row])
			}
		}
		model := mlp[float64](10, 8, 4)
		layer.Initialize[float64](model, 1)
		tr := trainer[float64](model, 1, batch)
		tr.Optimizer, tr.Accumulate, tr.SkipNonFinite = &optim.SGD[float64]{}, 2, true
		tr.Warn = mute
		history, err := tr.Run(context.Background(), &set)
		if err != nil {
			t.Fatal(err)
		}
		if n := tr.Optimizer.Steps(); n != c.updates ||
			history[0].Skipped != map[bool]int{true: 1}[c.bad >= 0] {
			t.Errorf("%s: %d steps, want %d; %+v", name, n, c.updates, history[0])
		}
		// the same by hand
		want := mlp[float64](10, 8, 4)
		layer.Initialize[float64](want, 1)
		ws, sgd := layer.NewWorkspace[float64](want), &optim.SGD[float64]{}
		for lo := 0; lo < left.Rows; lo += 2 * batch {
			hi := min(lo+2*batch, left.Rows)
			p := ws.Forward(mat.Of(hi-lo, 10, left.X[lo*10:hi*10]), true)
			dp := mat.New[float64](hi-lo, 4)
			tr.Loss.Grad(dp, p, grad.Target[float64]{Classes: left.Y[lo:hi]})
			ws.Backward(dp)
			sgd.Step(want.Params(), 0.01)
		}
		for i, p := range model.Params() {
			for j, v := range p.Value {
				if w := want.Params()[i].Value[j]; !(math.Abs(v-w) <= 1e-14) {
					t.Fatalf("%s: %s[%d] is %v, want %v", name, p.Name, j, v, w)
				}
			}
		}
	}
}

// TestAccumulateOverflow: gradients that are finite, but not their sum.
func TestAccumulateOverflow(t *testing.T) {
	set := &data.Set[float32]{X: []float32{2e38, 2e38}, Values: []float32{1, 1}, Rows: 2, Features: 1,
		Outputs: 1}
	for _, skip := range []bool{false, true} {
		model := layer.NewLinear[float32](1, 1, kernels.ActIdentity)
		tr := trainer[float32](model, 1, 1)
		tr.Loss, tr.Accumulate, tr.SkipNonFinite = grad.MAE[float32]{Reduction: grad.Sum}, 2, skip
		tr.Warn = mute
		history, err := tr.Run(context.Background(), set)
		if model.W.Value[0] != 0 || tr.Optimizer.Steps() != 0 {
			t.Errorf("weight %v after %d steps", model.W.Value[0], tr.Optimizer.Steps())
		}
		if skip && (err != nil || history[0].Skipped != 1) || !skip &&
			(err == nil || !strings.Contains(err.Error(),
				"the sum of the gradients of weight over 2 batches overflows in epoch 1, step 2 of 2")) {
			t.Errorf("skip %v: %+v, %v", skip, history, err)
		}
	}
}

// TestNonFinite: the error names where it began, and skipping goes on without it.
func TestNonFinite(t *testing.T) {
	set := blobs[float64](64, 10, 4, 1)
	for name, c := range map[string]struct {
		break_ func(tr *Trainer[float64])
		want   string
	}{
		"layer": {func(tr *Trainer[float64]) {
			w := tr.Model.Params()[2]
			for i := range w.Value {
				w.Value[i] = 1e308
			}
		}, "layer 1 (Linear) is the first to put out"},
		"parameter": {func(tr *Trainer[float64]) { tr.Model.Params()[1].Value[3] = math.NaN() },
			"parameter 0.bias has NaN at 3"},
	} {
		model := mlp[float64](10, 8, 4)
		layer.Initialize[float64](model, 1)
		tr := trainer[float64](model, 1, 64)
		c.break_(tr)
		_, err := tr.Run(context.Background(), set)
		if err == nil || !strings.Contains(err.Error(), c.want) ||
			!strings.Contains(err.Error(), "epoch 1, step 1 of 1") {
			t.Errorf("%s: %v", name, err)
		}
	}
	set.X[5] = math.Inf(1)
	model := mlp[float64](10, 8, 4)
	layer.Initialize[float64](model, 1)
	tr := trainer[float64](model, 2, 16)
	tr.Warn = mute
	if _, err := tr.Run(context.Background(), set); err == nil ||
		!strings.Contains(err.Error(), "the input has +Inf") {
		t.Errorf("input: %v", err)
	}
	tr.SkipNonFinite = true
	history, err := tr.Run(context.Background(), set)
	if err != nil || history[1].Skipped != 1 || !finite(history[1].Loss) {
		t.Errorf("skipping: %+v, %v", history, err)
	}
}

// full is a writer that has room for so many bytes.
type full struct{ room int }

func (w *full) Write(text []byte) (int, error) {
	n := min(len(text), w.room)
	if w.room -= n; n < len(text) {
		return n, errFull
	}
	return n, nil
}

var errFull = errors.New("full")

// TestWriteCSVToAFullDisk: a history that is not written whole is an error, however short it is and wherever the
// room ends.
func TestWriteCSVToAFullDisk(t *testing.T) {
	for _, epochs := range []int{0, 1, 1000} {
		history := make([]Epoch, epochs)
		var all bytes.Buffer
		if err := WriteCSV(&all, history); err != nil {
			t.Fatal(err)
		}
		for _, room := range []int{0, 1, all.Len() / 2, all.Len() - 1} {
			if err := WriteCSV(&full{room}, history); !errors.Is(err, errFull) {
				t.Errorf("%d epochs in %d of %d bytes: %v", epochs, room, all.Len(), err)
			}
		}
		if err := WriteCSV(&full{all.Len()}, history); err != nil {
			t.Errorf("%d epochs in as many bytes as they take: %v", epochs, err)
		}
	}
}

func TestHistoryFiles(t *testing.T) {
	history := []Epoch{
		{Epoch: 1, Loss: 0.5, Accuracy: 0.25, ValidationLoss: math.NaN(), ValidationAccuracy: math.Inf(1),
			Skipped: 3, Seconds: 1.5, Metrics: map[string]float64{"f1": 0.75, "auc": math.NaN()}},
		{Epoch: 2, Loss: 1.0 / 3},
		{Epoch: 3, Metrics: map[string]float64{"auc": math.Inf(-1)}},
	}
	var b bytes.Buffer
	if err := WriteCSV(&b, history); err != nil {
		t.Fatal(err)
	}
	want := "epoch,loss,accuracy,validation_loss,validation_accuracy,skipped,seconds,auc,f1\n" +
		"1,0.5,0.25,,+Inf,3,1.5,,0.75\n2,0.3333333333333333,0,0,0,0,0,,\n3,0,0,0,0,0,0,-Inf,\n"
	if b.String() != want {
		t.Errorf("got\n%swant\n%s", b.String(), want)
	}
	text, err := json.Marshal(history)
	if err != nil {
		t.Fatal(err)
	}
	if first := `"metrics":{"auc":null,"f1":0.75}`; !strings.Contains(string(text), first) {
		t.Errorf("%s, want %s in it", text, first)
	}
	var back []Epoch
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if !math.IsNaN(back[0].ValidationLoss) || !math.IsNaN(back[0].Metrics["auc"]) {
		t.Errorf("NaN came back as %v and %v", back[0].ValidationLoss, back[0].Metrics["auc"])
	}
	sameRun(t, back, history)
	for _, wrong := range []string{`[{"loss":[]}]`, `[{"metrics":{"f1":"x"}}]`, `[{"epoch":"x"}]`} {
		if err := json.Unmarshal([]byte(wrong), &back); err == nil {
			t.Errorf("%s was taken", wrong)
		}
	}
}
