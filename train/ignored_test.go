package train

import (
	"context"
	"fmt"
	"math"
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

func TestIgnoredIsOneNumber(t *testing.T) {
	if data.Ignored != grad.Ignored {
		t.Errorf("data.Ignored is %d, grad.Ignored is %d", data.Ignored, grad.Ignored)
	}
}

// withoutLabels is a copy of the set in which the given rows have no label, and junk in their
// features.
func withoutLabels(set *data.Set[float64], without func(row int) bool) *data.Set[float64] {
	s := *set
	s.X, s.Y = slices.Clone(set.X), slices.Clone(set.Y)
	for i := range s.Y {
		if without(i) {
			s.Y[i] = data.Ignored
			s.Row(i)[0], s.Row(i)[1] = math.NaN(), math.Inf(-1)
		}
	}
	return &s
}

// ignoringLosses are of all kinds: with classes as targets and with values.
func ignoringLosses() map[string]grad.Loss[float64] {
	return map[string]grad.Loss[float64]{
		"cross-entropy": grad.SoftmaxCrossEntropy[float64]{},
		"class weights": grad.SoftmaxCrossEntropy[float64]{ClassWeight: []float64{0, 5, 2, 0.5}},
		"smoothed": grad.SoftmaxCrossEntropy[float64]{Smoothing: 0.1,
			ClassWeight: []float64{1, 5, 2, 0.5}},
		"sum":      grad.SoftmaxCrossEntropy[float64]{Reduction: grad.Sum},
		"squares":  grad.MSE[float64]{},
		"logistic": grad.BCEWithLogits[float64]{PosWeight: 3},
		"hinge":    grad.Hinge[float64]{Reduction: grad.Sum},
	}
}

// TestIgnoredIsWeightless: a run on a set with rows that have no label is, but for rounding, that
// on a set with the same rows at weight 0, in batches of any size and sums of any number of them.
// An evaluation has the bits of one of the other rows alone.
func TestIgnoredIsWeightless(t *testing.T) {
	const rows = 36
	clean := blobs[float64](rows, 10, 4, 1)
	model := func() *layer.Sequential[float64] {
		m := mlp[float64](10, 8, 4)
		layer.Initialize[float64](m, 1)
		return m
	}
	for name, loss := range ignoringLosses() {
		for of, without := range map[string]func(int) bool{
			"one": func(i int) bool { return i == 5 }, "half": func(i int) bool { return i%2 == 1 },
			"all but one": func(i int) bool { return i != 7 },
		} {
			set := withoutLabels(clean, without)
			twin := withoutLabels(clean, without)
			twin.Weights = make([]float64, rows)
			for i, y := range set.Y {
				if y != data.Ignored {
					twin.Weights[i] = 1
				}
			}
			twin.Y = clean.Y
			run := func(set *data.Set[float64], batch, accumulate int) ([]float64, []Epoch) {
				m := model()
				tr := trainer[float64](m, 2, batch)
				tr.Loss, tr.Accumulate, tr.Validation = loss, accumulate, set
				tr.Metrics = []Measure[float64]{
					{"top_2", func(m Measured[float64]) float64 { return TopK(m.Outputs, m.Set.Y, 2) }},
					{"f1", func(m Measured[float64]) float64 { return m.Confusion.MacroF1() }},
				}
				history, err := tr.Run(context.Background(), set)
				if err != nil {
					t.Fatalf("%s, %s: %v", name, of, err)
				}
				return m.Params()[0].Value, history
			}
			for _, c := range []struct{ batch, accumulate int }{{1, 1}, {1, 5}, {5, 1}, {7, 3}, {rows, 1}} {
				got, history := run(set, c.batch, c.accumulate)
				want, wanted := run(twin, c.batch, c.accumulate)
				for i, w := range want { // without weights a loss rounds otherwise
					if !(math.Abs(got[i]-w) <= 1e-11) {
						t.Fatalf("%s, %s, %+v: weight %d is %v, want %v", name, of, c, i, got[i], w)
					}
				}
				for i, e := range history {
					if w := wanted[i]; !sameFigures(e, w) {
						t.Errorf("%s, %s, %+v: %+v, want %+v", name, of, c, e, w)
					}
				}
			}
			part := weighty(set, nil)
			if part.Check() != nil || slices.Contains(part.Y, data.Ignored) {
				t.Fatalf("%s: the labels %v are left", of, part.Y)
			}
			for _, size := range []int{1, 7, rows} {
				got, err := Evaluate[float64](model(), loss, set, size)
				want, wrong := Evaluate[float64](model(), loss, part, size)
				if err != nil || wrong != nil || fmt.Sprint(got) != fmt.Sprint(want) {
					t.Errorf("%s, %s, batches of %d: %+v, want %+v, %v, %v", name, of, size, got, want,
						err, wrong)
				}
			}
		}
	}
}

// sameFigures reports whether two epochs differ by rounding only.
func sameFigures(a, b Epoch) bool {
	same := a.Skipped == b.Skipped && len(a.Metrics) == len(b.Metrics)
	for i, x := range a.numbers() {
		same = same && (math.Abs(*x-*b.numbers()[i]) <= 1e-11 || *x != *x &&
			*b.numbers()[i] != *b.numbers()[i])
	}
	for name, x := range a.Metrics {
		same = same && (x == b.Metrics[name] || x != x && b.Metrics[name] != b.Metrics[name])
	}
	return same
}

// TestIgnoredWithWeights: rows may have weights and no label at once, in a model of one output too.
func TestIgnoredWithWeights(t *testing.T) {
	set := &data.Set[float64]{X: []float64{-2, 9, -1, 1, 2, 9},
		Y:       []int{0, data.Ignored, 0, 1, 0, data.Ignored},
		Weights: []float64{1, 5, 2, 3, 0, 0}, Rows: 6, Features: 1, Classes: 2}
	part := &data.Set[float64]{X: []float64{-2, -1, 1}, Y: []int{0, 0, 1}, Weights: []float64{1, 2, 3},
		Rows: 3, Features: 1, Classes: 2}
	for name, loss := range map[string]grad.Loss[float64]{
		"logistic": grad.BCEWithLogits[float64]{}, "squares": grad.MSE[float64]{Reduction: grad.Sum},
	} {
		run := func(set *data.Set[float64], batch int) (float64, Epoch) {
			neuron := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
			neuron.W.Value[0] = 0.5
			tr := trainer[float64](neuron, 1, batch)
			tr.Loss, tr.Optimizer, tr.Accumulate = loss, &optim.SGD[float64]{}, 6
			history, err := tr.Run(context.Background(), set)
			if err != nil {
				t.Fatal(name, err)
			}
			return neuron.W.Value[0], history[0]
		}
		want, whole := run(part, 3)
		for _, size := range []int{1, 2, 4, 6} {
			got, e := run(set, size)
			if !near(got, want) || !near(e.Loss, whole.Loss) || e.Accuracy != whole.Accuracy {
				t.Errorf("%s, batches of %d: weight %v, want %v; %+v, want %+v", name, size, got, want, e,
					whole)
			}
		}
	}
}

// TestAllIgnored: a set without a label is an error for a run, and has no figures.
func TestAllIgnored(t *testing.T) {
	set := withoutLabels(blobs[float64](20, 10, 4, 1), func(int) bool { return true })
	model := mlp[float64](10, 8, 4)
	layer.Initialize[float64](model, 1)
	_, err := trainer[float64](model, 1, 5).Run(context.Background(), set)
	const want = "train: the set weighs nothing: each row has weight 0, the label data.Ignored (-100)"
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want %s", err, want)
	}
	r, err := Evaluate[float64](model, grad.SoftmaxCrossEntropy[float64]{}, set, 5)
	if err != nil || r.Samples != 0 || !math.IsNaN(r.Loss) || !math.IsNaN(r.Accuracy) {
		t.Errorf("%+v, %v", r, err)
	}
	if y, err := Outputs[float64](model, set, 7); err != nil || y.Rows != 20 {
		t.Errorf("%d rows of outputs, %v", y.Rows, err)
	}
}

// TestMetricsIgnore: metrics of labels leave out rows without one, whatever their outputs.
func TestMetricsIgnore(t *testing.T) {
	nan := math.NaN()
	outputs := mat.Of(4, 3, []float64{3, 2, 1, nan, nan, nan, 1, 2, 3, 3, 1, 2})
	labels := []int{0, data.Ignored, 1, 2}
	for k, want := range map[int]float64{1: 1. / 3, 2: 1} {
		if got := TopK(outputs, labels, k); got != want {
			t.Errorf("TopK of %d is %v, want %v", k, got, want)
		}
	}
	if got := TopK(outputs.RowRange(1, 2), labels[1:2], 1); !math.IsNaN(got) {
		t.Errorf("TopK without labels is %v, want NaN", got)
	}
	m := NewConfusion(3)
	m.Add(labels, []int{0, 2, 2, 2})
	if got := fmt.Sprint(m); got != "[[1 0 0] [0 0 1] [0 0 1]]" {
		t.Errorf("the confusion is %s", got)
	}
	for _, guess := range []int{data.Ignored, 3} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a guess of %d does not panic", guess)
				}
			}()
			m.Add([]int{data.Ignored}, []int{guess})
		}()
	}
}
