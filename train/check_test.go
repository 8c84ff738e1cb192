package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// picky is a loss that checks its settings, and would panic if it were used.
type picky struct{ grad.Loss[float64] }

func (picky) Check(outputs, classes int) error {
	if outputs == 4 && classes == 4 {
		return nil
	}
	return fmt.Errorf("picky: %d outputs and %d classes, want 4", outputs, classes)
}

// fussy is an optimizer that checks its settings.
type fussy struct{ optim.Optimizer[float64] }

func (fussy) Check() error { return errors.New("fussy: Beta = 2, want less") }

// TestSettings: whatever cannot work is an error that names it, and nothing has changed.
func TestSettings(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	set := blobs[float64](20, 10, 4, 1)
	plane := &data.Set[float64]{Rows: 20, Features: 10, Outputs: 4, X: set.X, Values: make([]float64, 80)}
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	type trainerOf = Trainer[float64]
	for _, c := range []struct {
		want   string
		change func(*trainerOf)
	}{
		{"must be set: Model is nil", func(tr *trainerOf) { tr.Model = nil }},
		{"must be set: Model is nil", func(tr *trainerOf) { tr.Model = (*layer.Linear[float64])(nil) }},
		{"must be set: Loss is nil", func(tr *trainerOf) { tr.Loss = nil }},
		{"must be set: Optimizer is nil", func(tr *trainerOf) { tr.Optimizer = nil }},
		{"must be set: Optimizer is nil", func(tr *trainerOf) { tr.Optimizer = (*optim.Adam[float64])(nil) }},
		{"train: Optimizer: fussy: Beta = 2, want less",
			func(tr *trainerOf) { tr.Optimizer = fussy{tr.Optimizer} }},
		{"must be set: Rate and Plateau are nil", func(tr *trainerOf) { tr.Rate = nil }},
		{"Rate is NaN at step 0 of the optimizer, want a finite number from 0 up",
			func(tr *trainerOf) { tr.Rate = optim.Constant(nan) }},
		{"Rate is +Inf at step 0", func(tr *trainerOf) { tr.Rate = optim.Constant(inf) }},
		{"Rate is -0.1 at step 0", func(tr *trainerOf) { tr.Rate, tr.Accumulate = optim.Constant(-0.1), 3 }},
		{"Epochs = -1, want >= 0", func(tr *trainerOf) { tr.Epochs = -1 }},
		{"the batch size is -5, want >= 1", func(tr *trainerOf) { tr.Batch = -5 }},
		{"Batch = 21, want at most the 20 rows of the set: DropLast",
			func(tr *trainerOf) { tr.Batch, tr.DropLast = 21, true }},
		{"Accumulate = -1, want >= 0", func(tr *trainerOf) { tr.Accumulate = -1 }},
		{"Precision is Precision(3), want highest, high or medium", func(tr *trainerOf) { tr.Precision = 3 }},
		{"Loss: picky: 4 outputs and 0 classes, want 4", func(tr *trainerOf) { tr.Loss = picky{} }},
		{"Stop.Metric must be set", func(tr *trainerOf) { tr.Stop = &EarlyStop{} }},
		{"Stop.Patience = -1, want >= 0", func(tr *trainerOf) {
			tr.Stop = &EarlyStop{Metric: TrainLoss,
				Patience: -1}
		}},
		{"Stop.Tolerance = NaN, want", func(tr *trainerOf) {
			tr.Stop = &EarlyStop{Metric: TrainLoss,
				Tolerance: nan}
		}},
		{"Stop.Tolerance = +Inf, want", func(tr *trainerOf) {
			tr.Stop = &EarlyStop{Metric: TrainLoss,
				Tolerance: inf}
		}},
		{"Stop.Tolerance = -1, want", func(tr *trainerOf) {
			tr.Stop = &EarlyStop{Metric: TrainLoss,
				Tolerance: -1}
		}},
		{"Stop.Metric is NaN in every epoch, want a metric that this run measures: Validation is nil",
			func(tr *trainerOf) { tr.Stop = &EarlyStop{Metric: ValidationLoss} }},
		{"Stop.Metric is NaN in every epoch, want a metric that this run measures: Validation is nil",
			func(tr *trainerOf) { tr.Stop = &EarlyStop{Metric: ValidationError} }},
		{"Stop.Metric is NaN in every epoch, want a metric that this run measures: it is of none of the Metrics",
			func(tr *trainerOf) { tr.Validation, tr.Stop = set, &EarlyStop{Metric: MetricOf("auc")} }},
		{"PlateauMetric is NaN in every epoch, want a metric that this run measures: Validation is nil",
			func(tr *trainerOf) { tr.Plateau, tr.PlateauMetric = &optim.Plateau{}, ValidationLoss }},
		{"PlateauMetric is set, but Plateau is nil", func(tr *trainerOf) { tr.PlateauMetric = TrainLoss }},
		{"Plateau.Patience = -1, want >= 0", func(tr *trainerOf) { tr.Plateau = &optim.Plateau{Patience: -1} }},
		{"Plateau.Cooldown = -2, want >= 0", func(tr *trainerOf) { tr.Plateau = &optim.Plateau{Cooldown: -2} }},
		{"Plateau.Lowered = -2, want >= 0", func(tr *trainerOf) { tr.Plateau = &optim.Plateau{Lowered: -2} }},
		{"Plateau.Initial = -1, want", func(tr *trainerOf) { tr.Plateau = &optim.Plateau{Initial: -1} }},
		{"Plateau.Least = +Inf, want", func(tr *trainerOf) { tr.Plateau = &optim.Plateau{Least: inf} }},
		{"Plateau.Factor = 1, want in [0, 1)",
			func(tr *trainerOf) { tr.Plateau = &optim.Plateau{Factor: 1} }},
		{"Plateau.Factor = NaN, want in [0, 1)",
			func(tr *trainerOf) { tr.Plateau = &optim.Plateau{Factor: nan} }},
		{"Plateau.Tolerance = -0.5, want in [0, 1)",
			func(tr *trainerOf) { tr.Plateau = &optim.Plateau{Tolerance: -0.5} }},
		{"Plateau.Best = NaN, want a number",
			func(tr *trainerOf) { tr.Plateau = &optim.Plateau{Best: nan, Observed: true} }},
		{"Checkpoint.Path must be set", func(tr *trainerOf) { tr.Checkpoint = &Checkpoint{} }},
		{"Checkpoint.Every = -1, want >= 0", func(tr *trainerOf) {
			tr.Checkpoint = &Checkpoint{Path: file,
				Every: -1}
		}},
		{"want one in a directory that exists",
			func(tr *trainerOf) { tr.Checkpoint = &Checkpoint{Path: filepath.Join(dir, "none", "x")} }},
		{"Checkpoint.Path", func(tr *trainerOf) {
			tr.Checkpoint = &Checkpoint{Path: filepath.Join(file,
				"x")}
		}},
		{"it is a directory", func(tr *trainerOf) { tr.Checkpoint = &Checkpoint{Path: dir} }},
		{"Diagnostics.Report must be set", func(tr *trainerOf) { tr.Diagnostics = &Diagnostics[float64]{} }},
		{"Diagnostics.Every = -1, want >= 0",
			func(tr *trainerOf) {
				tr.Diagnostics = &Diagnostics[float64]{Every: -1,
					Report: func(Diagnosis) {}}
			}},
		{"Average has average.weight with 1 elements, which is of no parameter of the model",
			func(tr *trainerOf) {
				tr.Average = optim.NewAverage(layer.NewLinear[float64](1, 1, kernels.ActIdentity).Params(), 0.9)
			}},
		{"of the set and the validation set, one is for a regression",
			func(tr *trainerOf) { tr.Validation = plane }},
	} {
		model := mlp[float64](10, 8, 4)
		layer.Initialize[float64](model, 1)
		before := slices.Clone(model.Params()[0].Value)
		tr := trainer[float64](model, 1, 5)
		c.change(tr)
		of := set
		if _, ok := tr.Loss.(picky); ok {
			of = plane
		}
		history, err := tr.Run(context.Background(), of)
		if err == nil || !strings.HasPrefix(err.Error(), "train: ") ||
			!strings.Contains(err.Error(), c.want) || len(history) > 0 {
			t.Errorf("got %v, want %q", err, c.want)
		}
		if !slices.Equal(model.Params()[0].Value, before) {
			t.Errorf("%s: the model has changed", c.want)
		}
	}
	regression := trainer[float64](mlp[float64](10, 4), 1, 5)
	regression.Loss, regression.Validation, regression.Stop = grad.MSE[float64]{}, plane,
		&EarlyStop{Metric: ValidationError}
	if _, err := regression.Run(context.Background(), plane); err == nil ||
		!strings.Contains(err.Error(), "it is of an accuracy in a regression") {
		t.Errorf("accuracy of a regression: %v", err)
	}
}

// TestEvaluateChecks: Evaluate and Outputs say what is missing or does not fit.
func TestEvaluateChecks(t *testing.T) {
	set, model := blobs[float64](20, 10, 4, 1), mlp[float64](10, 8, 4)
	loss := grad.SoftmaxCrossEntropy[float64]{}
	for want, f := range map[string]func() error{
		"train: the model is nil": func() error {
			_,
				err := Evaluate(nil, grad.Loss[float64](loss), set, 5)
			return err
		},
		"train: the loss is nil": func() error {
			_,
				err := Evaluate[float64](model, nil, set, 5)
			return err
		},
		"train: the set is empty": func() error {
			_,
				err := Evaluate[float64](model, loss, nil, 5)
			return err
		},
		"train: the batch size is 0, want >= 1": func() error {
			_,
				err := Outputs[float64](model, set, 0)
			return err
		},
		"train: Loss: picky: 3 outputs and 3 classes, want 4": func() error {
			_, err := Evaluate[float64](mlp[float64](10, 3), picky{}, blobs[float64](6, 10, 3, 1), 5)
			return err
		},
		"train: the model is nil ": func() error {
			_,
				err := Outputs[float64](nil, set, 5)
			return fmt.Errorf("%w ", err)
		},
	} {
		if err := f(); err == nil || err.Error() != want {
			t.Errorf("got %v, want %q", err, want)
		}
	}
}

// TestRateOfLaterStep: a schedule that ends in nonsense ends the run there, with the weights and the running
// statistics of the steps before.
func TestRateOfLaterStep(t *testing.T) {
	set := blobs[float64](20, 10, 4, 1)
	for _, accumulate := range []int{1, 2} {
		model := regularised[float64](10, 8, 4)
		layer.Initialize[float64](model, 1)
		tr := trainer[float64](model, 2, 5)
		tr.Accumulate, tr.SkipNonFinite = accumulate, true
		tr.Rate = func(step int) float64 { return []float64{0.1, 0.1, math.NaN()}[min(step, 2)] }
		var want []float64
		batches := 0
		tr.OnBatch = func(Progress) {
			if batches++; batches == 2*accumulate {
				want = values(tr)
			}
		}
		_, err := tr.Run(context.Background(), set)
		if err == nil || !strings.Contains(err.Error(), "Rate is NaN at step 2 of the optimizer") {
			t.Errorf("Accumulate %d: error %v", accumulate, err)
		}
		if want == nil || !slices.Equal(values(tr), want) {
			t.Errorf("Accumulate %d: weights and statistics are not those after two steps", accumulate)
		}
	}
}

// TestDropLast: epochs of whole batches, also where a run goes on in the middle of one.
func TestDropLast(t *testing.T) {
	set := blobs[float64](23, 10, 4, 1)
	fresh := func() *Trainer[float64] {
		model := regularised[float64](10, 8, 4)
		layer.Initialize[float64](model, 1)
		tr := trainer[float64](model, 2, 5)
		tr.DropLast = true
		return tr
	}
	batches, whole := 0, fresh()
	whole.OnBatch = func(p Progress) {
		if batches++; p.Steps != 4 {
			t.Errorf("%d batches an epoch, want 4", p.Steps)
		}
	}
	if _, err := whole.Run(context.Background(), set); err != nil || batches != 8 ||
		whole.Optimizer.Steps() != 8 {
		t.Fatalf("%d batches, %d steps, %v", batches, whole.Optimizer.Steps(), err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	first := fresh()
	first.Checkpoint = &Checkpoint{Path: filepath.Join(t.TempDir(), "x")}
	first.OnBatch = func(p Progress) {
		if p.Step == 3 {
			cancel()
		}
	}
	if _, err := first.Run(ctx, set); err != context.Canceled {
		t.Fatal(err)
	}
	second := fresh()
	second.Checkpoint = &Checkpoint{Path: first.Checkpoint.Path, Resume: true}
	second.DropLast = false
	if _, err := second.Run(context.Background(), set); err == nil ||
		!strings.Contains(err.Error(), "DropLast = true, this one has false") {
		t.Errorf("a run that drops no batch went on: %v", err)
	}
	second.DropLast = true
	if _, err := second.Run(context.Background(), set); err != nil {
		t.Fatal(err)
	}
	for i, p := range second.Model.Params() {
		if !slices.Equal(p.Value, whole.Model.Params()[i].Value) {
			t.Errorf("%s differs from that of a run that was not interrupted", p.Name)
		}
	}
}

// TestMetricOfDifferences: a metric that is NaN for some numbers is not NaN in every epoch.
func TestMetricOfDifferences(t *testing.T) {
	set := blobs[float64](20, 10, 4, 1)
	for name, metric := range map[string]Metric{
		"gaps":    func(e Epoch) float64 { return (e.ValidationLoss - e.Loss) / (e.ValidationAccuracy - e.Accuracy) },
		"above 1": func(e Epoch) float64 { return math.Log(e.Loss - 1) },
		"below 1": func(e Epoch) float64 { return math.Log(1e-3 - e.ValidationLoss) },
		"later":   func(e Epoch) float64 { return math.Sqrt(float64(e.Epoch-2)) * e.Loss },
		"two":     func(e Epoch) float64 { return (e.Metrics["a"] - e.Metrics["b"]) / (e.Metrics["a"] - e.Metrics["b"]) },
	} {
		tr := trainer[float64](mlp[float64](10, 8, 4), 1, 5)
		tr.Validation, tr.Stop = set, &EarlyStop{Metric: metric}
		one := func(Measured[float64]) float64 { return 1 }
		tr.Metrics = []Measure[float64]{{"a", one}, {"b", one}}
		if err := tr.checkSets(set); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}
