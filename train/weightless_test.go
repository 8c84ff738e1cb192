package train

import (
	"context"
	"fmt"
	"math"
	"runtime"
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

// withWeights is a copy of the set in which the given rows have weight 0, and junk in their
// features, and the others the weights 1, 2 and 3 in turn.
func withWeights(set *data.Set[float64], weightless func(row int) bool) *data.Set[float64] {
	s := *set
	s.X, s.Weights = slices.Clone(set.X), make([]float64, set.Rows)
	for i := range s.Weights {
		s.Weights[i] = float64(1 + i%3)
		if weightless(i) {
			s.Weights[i] = 0
			s.Row(i)[0], s.Row(i)[1] = math.NaN(), math.Inf(-1)
		}
	}
	return &s
}

// near reports whether two numbers differ by rounding only; NaN is NaN.
func near(a, b float64) bool {
	return math.Abs(a-b) <= 1e-13*max(1, math.Abs(b)) || math.IsNaN(a) && math.IsNaN(b)
}

// TestEvaluateWithoutWeight: a set is measured as if rows that weigh nothing were not in it,
// in batches of any size, for losses of all kinds.
func TestEvaluateWithoutWeight(t *testing.T) {
	const rows = 30
	plane := &data.Set[float64]{Rows: rows, Features: 10, Outputs: 4, X: blobs[float64](rows, 10, 4, 5).X,
		Values: make([]float64, 4*rows)}
	kernels.Uniform(plane.Values, 0, 1, 3, 3)
	model := mlp[float64](10, 8, 4)
	layer.Initialize[float64](model, 1)
	for name, c := range map[string]struct {
		loss grad.Loss[float64]
		set  *data.Set[float64]
	}{
		"cross-entropy": {grad.SoftmaxCrossEntropy[float64]{}, blobs[float64](rows, 10, 4, 1)},
		"smoothed": {grad.SoftmaxCrossEntropy[float64]{Smoothing: 0.1,
			ClassWeight: []float64{1, 2, 3, 4}}, blobs[float64](rows, 10, 4, 1)},
		"sum": {grad.SoftmaxCrossEntropy[float64]{Reduction: grad.Sum},
			blobs[float64](rows, 10, 4, 1)},
		"one-hot":        {grad.MSE[float64]{}, blobs[float64](rows, 10, 4, 1)},
		"squares":        {grad.MSE[float64]{}, plane},
		"sum of squares": {grad.MSE[float64]{Reduction: grad.Sum}, plane},
		"huber":          {grad.Huber[float64]{}, plane},
		"binary":         {grad.BCEWithLogits[float64]{}, plane},
	} {
		for of, weightless := range map[string]func(int) bool{
			"every other": func(i int) bool { return i%2 == 1 },
			"first half":  func(i int) bool { return i < rows/2 },
			"all but one": func(i int) bool { return i != 7 }, "all": func(int) bool { return true },
		} {
			set := withWeights(c.set, weightless)
			part := weighty(set, nil)
			var want Report
			if part.Rows > 0 {
				want = newEvaluator[float64](model, c.loss, part, rows).run()
			} else {
				nan := math.NaN()
				want = Report{Loss: nan, Accuracy: nan, R2: nan}
			}
			if want.Samples == 0 == (of != "all") {
				t.Fatalf("%s: %d samples are left", of, want.Samples)
			}
			for _, size := range []int{1, 2, 7, rows, 99} {
				got, err := Evaluate[float64](model, c.loss, set, size)
				if err != nil {
					t.Fatal(err)
				}
				same := got.Samples == want.Samples && near(got.Loss, want.Loss) &&
					near(got.Accuracy, want.Accuracy) && near(got.R2, want.R2)
				for i, row := range want.Confusion {
					same = same && slices.Equal(got.Confusion[i], row)
				}
				if !same {
					t.Errorf("%s, %s weightless, batches of %d: %+v, want %+v", name, of, size, got, want)
				}
			}
		}
	}
}

// TestEvaluateWithoutClass: a class of weight 0 is left out too.
func TestEvaluateWithoutClass(t *testing.T) {
	set := blobs[float64](40, 10, 4, 1)
	model := mlp[float64](10, 8, 4)
	layer.Initialize[float64](model, 1)
	for _, reduction := range []grad.Reduction{grad.Mean, grad.Sum} {
		loss := grad.SoftmaxCrossEntropy[float64]{ClassWeight: []float64{0, 1, 2, 0}, Reduction: reduction}
		part := weighty(set, []bool{true, false, false, true})
		for _, size := range []int{1, 3, 40} {
			got, err := Evaluate[float64](model, loss, set, size)
			want, _ := Evaluate[float64](model, loss, part, 40)
			if err != nil || got.Samples != 20 || !near(got.Loss, want.Loss) ||
				!near(got.Accuracy, want.Accuracy) || got.Confusion[0][0]+got.Confusion[0][1] > 0 {
				t.Errorf("reduction %d, batches of %d: %+v, want %+v, %v", reduction, size, got, want, err)
			}
		}
	}
}

// TestBatchesWithoutWeight: a run on a set with rows that weigh nothing does what the plain
// loop over the others does; with batches of one row each, half of which weigh nothing.
func TestBatchesWithoutWeight(t *testing.T) {
	const rows, epochs = 24, 3
	clean := blobs[float64](rows, 10, 4, 1)
	for name, c := range map[string]struct {
		set  *data.Set[float64]
		loss grad.SoftmaxCrossEntropy[float64]
	}{
		"rows": {withWeights(clean, func(i int) bool { return i%2 == 0 }),
			grad.SoftmaxCrossEntropy[float64]{}},
		"classes": {clean, grad.SoftmaxCrossEntropy[float64]{ClassWeight: []float64{0, 1, 3, 0}}},
		"sum": {clean, grad.SoftmaxCrossEntropy[float64]{ClassWeight: []float64{0, 1, 3, 0},
			Reduction: grad.Sum}},
	} {
		fresh := func() *layer.Sequential[float64] {
			m := layer.NewSequential[float64](layer.NewLinear[float64](10, 6, kernels.ActTanh),
				layer.NewLinear[float64](6, 4, kernels.ActIdentity))
			layer.Initialize[float64](m, 1)
			return m
		}
		model, o := fresh(), optim.NewAdamW[float64](0.1)
		tr := trainer[float64](model, epochs, 1)
		tr.Loss, tr.Optimizer = c.loss, o
		history, err := tr.Run(context.Background(), c.set)
		if err != nil {
			t.Fatal(err)
		}
		want, plain := fresh(), optim.NewAdamW[float64](0.1)
		ws, order := layer.NewWorkspace[float64](want), data.NewBatcher(c.set, 1, tr.Seed)
		steps := 0
		for epoch := range epochs {
			order.Shuffle(epoch + 1)
			loss, weight, right := 0.0, 0.0, 0
			x, y := make([]float64, 10), make([]int, 1)
			for order.Next(x, y) > 0 {
				target := grad.Target[float64]{Classes: y}
				if c.set.Weights != nil {
					target.Weights = []float64{c.set.Weights[order.Dealt()[0]]}
					if target.Weights[0] == 0 {
						continue
					}
				} else if c.loss.ClassWeight[y[0]] == 0 {
					continue
				}
				p, dp := ws.Forward(mat.Of(1, 10, x), true), mat.New[float64](1, 4)
				l, w := c.loss.Grad(dp, p, target), c.loss.Weight(1, target)
				if c.loss.Reduction == grad.Sum {
					loss, weight = loss+l, weight+1
				} else {
					loss, weight = loss+w*l, weight+w
				}
				if argMax(p.Row(0)) == y[0] {
					right++
				}
				ws.Backward(dp)
				plain.Step(want.Params(), 0.01)
				steps++
			}
			if e := history[epoch]; !near(e.Loss, loss/weight) || e.Accuracy != float64(right)/(rows/2) ||
				e.Skipped != 0 {
				t.Errorf("%s, epoch %d: %+v, want loss %v and %d right", name, epoch, e, loss/weight, right)
			}
		}
		if o.Steps() != steps || steps != epochs*rows/2 {
			t.Errorf("%s: %d steps, want %d", name, o.Steps(), steps)
		}
		for i, p := range model.Params() {
			if !slices.Equal(p.Value, want.Params()[i].Value) {
				t.Errorf("%s: %s is not that of a loop without the weightless rows", name, p.Name)
			}
		}
	}
}

func argMax(x []float64) (at int) {
	for i, v := range x {
		if v > x[at] {
			at = i
		}
	}
	return at
}

// TestMixedBatchesWithoutWeight: batches of any size, and sums of any number of them, of a
// set with junk in rows of weight 0, have the gradient and the loss of the other rows.
func TestMixedBatchesWithoutWeight(t *testing.T) {
	const rows = 36
	set := withWeights(blobs[float64](rows, 10, 4, 1), func(i int) bool { return i%4 != 2 })
	part := weighty(set, nil)
	for name, loss := range map[string]grad.Loss[float64]{
		"mean":          grad.SoftmaxCrossEntropy[float64]{},
		"sum":           grad.SoftmaxCrossEntropy[float64]{Reduction: grad.Sum},
		"values":        grad.MSE[float64]{},
		"class weights": grad.SoftmaxCrossEntropy[float64]{ClassWeight: []float64{1, 5, 2, 0.5}},
	} {
		run := func(s *data.Set[float64], batch, accumulate int) ([]float64, Epoch) {
			model := mlp[float64](10, 8, 4)
			layer.Initialize[float64](model, 1)
			tr := trainer[float64](model, 1, batch)
			tr.Loss, tr.Optimizer, tr.Rate, tr.Accumulate = loss, &optim.SGD[float64]{},
				optim.Constant(0.01), accumulate
			tr.Warn = mute
			history, err := tr.Run(context.Background(), s)
			if err != nil {
				t.Fatal(name, err)
			}
			return model.Params()[0].Value, history[0]
		}
		want, whole := run(part, rows, 1)
		for _, size := range []int{1, 2, 3, 5, 12, rows} {
			got, parts := run(set, size, rows)
			for i, w := range want {
				if !near(got[i], w) {
					t.Fatalf("%s, batches of %d: weight %d is %v, want %v", name, size, i, got[i], w)
				}
			}
			if !near(parts.Loss, whole.Loss) || parts.Accuracy != whole.Accuracy {
				t.Errorf("%s, batches of %d: %+v, want %+v", name, size, parts, whole)
			}
		}
	}
}

// TestNothingWeighs: a set of nothing is an error, a validation set of nothing has no figures,
// and who stops by them waits for ever, which is an error too.
func TestNothingWeighs(t *testing.T) {
	set := blobs[float64](20, 10, 4, 1)
	nothing := withWeights(set, func(int) bool { return true })
	run := func(set *data.Set[float64], change func(*Trainer[float64])) ([]Epoch, error) {
		model := mlp[float64](10, 8, 4)
		layer.Initialize[float64](model, 1)
		tr := trainer[float64](model, 2, 5)
		change(tr)
		return tr.Run(context.Background(), set)
	}
	one := *set
	one.Y = make([]int, set.Rows)
	classless := func(tr *Trainer[float64]) {
		tr.Loss = grad.SoftmaxCrossEntropy[float64]{ClassWeight: []float64{0, 1, 1, 1}}
	}
	for _, c := range []struct {
		set    *data.Set[float64]
		change func(*Trainer[float64])
	}{{nothing, func(*Trainer[float64]) {}}, {&one, classless}} {
		if _, err := run(c.set, c.change); err == nil ||
			!strings.Contains(err.Error(), "train: the set weighs nothing") {
			t.Errorf("error %v", err)
		}
	}
	validated := func(tr *Trainer[float64]) {
		tr.Validation = nothing
		tr.Metrics = []Measure[float64]{{"first",
			func(m Measured[float64]) float64 { return m.Outputs.At(0, 0) }}}
	}
	history, err := run(set, validated)
	if err != nil || !math.IsNaN(history[1].ValidationLoss) ||
		!math.IsNaN(history[1].ValidationAccuracy) || !math.IsNaN(history[1].Metrics["first"]) ||
		!finite(history[1].Loss) {
		t.Errorf("%+v, %v", history, err)
	}
	_, err = run(set, func(tr *Trainer[float64]) {
		validated(tr)
		tr.Stop = &EarlyStop{Metric: ValidationLoss}
	})
	if err == nil || !strings.Contains(err.Error(), "Stop.Metric is NaN in every epoch") ||
		!strings.Contains(err.Error(), "the validation set weighs nothing") {
		t.Errorf("error %v", err)
	}
}

// TestMetricsWithoutWeight: Measures see the rows that weigh something.
func TestMetricsWithoutWeight(t *testing.T) {
	set := blobs[float64](40, 10, 4, 1)
	model := mlp[float64](10, 8, 4)
	layer.Initialize[float64](model, 1)
	tr := trainer[float64](model, 1, 10)
	tr.Validation = withWeights(set, func(i int) bool { return i%3 == 0 })
	tr.Metrics = []Measure[float64]{
		{"top_2", func(m Measured[float64]) float64 { return TopK(m.Outputs, m.Set.Y, 2) }},
		{"rows", func(m Measured[float64]) float64 { return float64(m.Outputs.Rows) }},
	}
	history, err := tr.Run(context.Background(), set)
	if err != nil {
		t.Fatal(err)
	}
	part := weighty(tr.Validation, nil)
	out, _ := Outputs[float64](model, part, 40)
	if m := history[0].Metrics; m["top_2"] != TopK(out, part.Y, 2) || m["rows"] != float64(part.Rows) ||
		part.Rows != 26 {
		t.Errorf("%v of %d rows", m, part.Rows)
	}
}

// TestClassesWithoutWeightByPointer: a pointer to a loss is a loss too.
func TestClassesWithoutWeightByPointer(t *testing.T) {
	set := blobs[float64](40, 10, 4, 1)
	model := mlp[float64](10, 8, 4)
	layer.Initialize[float64](model, 1)
	loss := grad.SoftmaxCrossEntropy[float64]{ClassWeight: []float64{0, 1, 2, 0}, Reduction: grad.Sum}
	want, _ := Evaluate[float64](model, loss, set, 7)
	got, err := Evaluate[float64](model, &loss, set, 7)
	if err != nil || want.Samples != 20 || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%+v, want %+v, %v", got, want, err)
	}
}

// TestManyClasses: to find the classes of weight 0 among a hundred thousand takes no vector for
// each, which are 40 GB and ten seconds.
func TestManyClasses(t *testing.T) {
	const classes = 100_000
	set := &data.Set[float32]{X: []float32{1, 2}, Y: []int{0, classes - 1}, Rows: 2, Features: 1,
		Classes: classes}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if ignored := ignoredClasses[float32](grad.SoftmaxCrossEntropy[float32]{}, set,
		classes); ignored != nil {
		t.Errorf("%d classes have weight 0", len(ignored))
	}
	runtime.ReadMemStats(&after)
	if mb := (after.TotalAlloc - before.TotalAlloc) >> 20; mb > 100 {
		t.Errorf("allocates %d MB, want a few vectors of 400 KB", mb)
	}
}

// TestSmoothedClassWithoutWeight: with smoothing too, a class of weight 0 weighs nothing, alone in
// a batch or not.
func TestSmoothedClassWithoutWeight(t *testing.T) {
	set := blobs[float64](36, 10, 4, 1)
	loss := grad.SoftmaxCrossEntropy[float64]{ClassWeight: []float64{0, 1, 2, 3}, Smoothing: 0.2}
	run := func(set *data.Set[float64], batch int) ([]float64, Epoch) {
		model := mlp[float64](10, 8, 4)
		layer.Initialize[float64](model, 1)
		tr := trainer[float64](model, 1, batch)
		tr.Loss, tr.Optimizer, tr.Accumulate = loss, &optim.SGD[float64]{}, 36
		history, err := tr.Run(context.Background(), set)
		if err != nil {
			t.Fatal(err)
		}
		return model.Params()[0].Value, history[0]
	}
	want, whole := run(weighty(set, []bool{true, false, false, false}), 36)
	for _, size := range []int{1, 2, 5, 36} {
		got, e := run(set, size)
		for i, w := range want {
			if !near(got[i], w) {
				t.Fatalf("batches of %d: weight %d is %v, want %v", size, i, got[i], w)
			}
		}
		if !near(e.Loss, whole.Loss) {
			t.Errorf("batches of %d: loss %v, want %v", size, e.Loss, whole.Loss)
		}
	}
}

// TestWeightsOf1: rows of weight 1 each differ from rows without weights by rounding alone, and by nothing in
// a loss that weighs rows anyway.
func TestWeightsOf1(t *testing.T) {
	set := blobs[float64](50, 10, 4, 1)
	ones := *set
	ones.Weights = slices.Repeat([]float64{1}, set.Rows)
	for name, c := range map[string]struct {
		loss  grad.Loss[float64]
		exact bool
	}{
		"plain":         {grad.SoftmaxCrossEntropy[float64]{}, false},
		"sum":           {grad.SoftmaxCrossEntropy[float64]{Reduction: grad.Sum}, false},
		"smoothed":      {grad.SoftmaxCrossEntropy[float64]{Smoothing: 0.1}, true},
		"class weights": {grad.SoftmaxCrossEntropy[float64]{ClassWeight: []float64{1, 5, 2, 0.5}}, true},
		"squares":       {grad.MSE[float64]{}, false},
		"logistic":      {grad.BCEWithLogits[float64]{PosWeight: 3}, false},
		"hinge":         {grad.Hinge[float64]{}, false},
	} {
		for _, accumulate := range []int{1, 3} {
			for _, dropLast := range []bool{false, true} {
				run := func(set *data.Set[float64]) []float64 {
					model := mlp[float64](10, 8, 4)
					layer.Initialize[float64](model, 1)
					tr := trainer[float64](model, 2, 15)
					tr.Loss, tr.Accumulate, tr.DropLast = c.loss, accumulate, dropLast
					if _, err := tr.Run(context.Background(), set); err != nil {
						t.Fatal(err)
					}
					return model.Params()[0].Value
				}
				got, want := run(&ones), run(set)
				for i, w := range want {
					if !(math.Abs(got[i]-w) <= 1e-11) || c.exact && got[i] != w {
						t.Fatalf("%s, Accumulate %d, DropLast %v: weight %d is %v, want %v", name, accumulate,
							dropLast, i, got[i], w)
					}
				}
			}
		}
	}
}

// TestJunkInEachFeature: no feature of a row that weighs nothing reaches a weight or a figure, whatever makes it
// weightless: it counts as 0.
func TestJunkInEachFeature(t *testing.T) {
	const rows, features = 12, 3
	clean := blobs[float64](rows, features, 4, 1)
	weightless := func(i int) bool { return clean.Y[i] == 2 }
	labels, weights := slices.Clone(clean.Y), make([]float64, rows)
	for i := range rows {
		if weights[i] = 2; weightless(i) {
			labels[i], weights[i] = data.Ignored, 0
		}
	}
	classes := grad.SoftmaxCrossEntropy[float64]{ClassWeight: []float64{1, 2, 0, 3}}
	for name, c := range map[string]struct {
		y       []int
		weights []float64
		loss    grad.Loss[float64]
	}{
		"label": {labels, nil, grad.MSE[float64]{}}, "weight": {clean.Y, weights, grad.MSE[float64]{}},
		"class": {clean.Y, nil, classes}, "all three": {labels, weights, classes},
	} {
		for _, stream := range []bool{false, true} {
			run := func(j int, v float64) (string, []uint64) {
				set := *clean
				set.X, set.Y, set.Weights = slices.Clone(clean.X), c.y, c.weights
				for i := range rows {
					if weightless(i) {
						set.Row(i)[j] = v
					}
				}
				model := mlp[float64](features, 8, 4)
				layer.Initialize[float64](model, 1)
				tr := trainer[float64](model, 2, 5)
				tr.Loss, tr.Validation, tr.Warn = c.loss, &set, mute
				history, err := []Epoch(nil), error(nil)
				if stream {
					history, err = tr.RunStream(context.Background(), streamed(t, &set, 4, 1))
				} else {
					history, err = tr.Run(context.Background(), &set)
				}
				for i := range history {
					history[i].Seconds = 0
				}
				return fmt.Sprint(history, err), bitsOf[float64](model)
			}
			for j := range features {
				want, bits := run(j, 0)
				for _, junk := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
					if got, b := run(j, junk); got != want || !slices.Equal(b, bits) {
						t.Errorf("weightless by %s, stream %v, %v in feature %d: %s, want %s", name, stream, junk, j,
							got, want)
					}
				}
			}
		}
	}
}
