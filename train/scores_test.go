package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/optim"
)

// rents returns a table of flats with area, city and rent = 10 area + 300 (city B), and a fitted
// pipeline of scaled area, one-hot city and scaled rent.
func rents(t *testing.T, rows int) (*data.Table, data.Pipeline) {
	t.Helper()
	area, rent, city := make([]float64, rows), make([]float64, rows), make([]string, rows)
	kernels.Uniform(area, 20, 120, 1, 0)
	for i := range rows {
		city[i] = string("AB"[i%2])
		rent[i] = 10*area[i] + 300*float64(i%2)
	}
	table, err := data.NewTable(data.NumberColumn("area", area), data.CategoryColumn("city", city),
		data.NumberColumn("rent", rent))
	if err != nil {
		t.Fatal(err)
	}
	return table, data.Pipeline{
		Target: data.Target{Columns: []string{"rent"}, Scale: []data.Scaling{data.ScaleStandard}},
		Steps: []data.Step{data.Scale{Columns: []string{"area"}, By: data.ScaleStandard},
			data.OneHot{Columns: []string{"city"}}}}
}

// TestEvaluateTable: figures are in the units of the raw target, whatever its scale in training.
func TestEvaluateTable(t *testing.T) {
	table, plan := rents(t, 50)
	fitted, err := plan.Fit(table)
	if err != nil {
		t.Fatal(err)
	}
	net := layer.NewLinear[float64](3, 1, kernels.ActIdentity) // 0: predicts the mean of the targets
	m := &model.Model[float64]{Net: net, In: 3, Output: model.OutputValues, Prepare: fitted}
	s, err := EvaluateTable(m, table)
	if err != nil {
		t.Fatal(err)
	}
	rent := table.Column("rent").Numbers
	mean, rmse, mae := 0.0, 0.0, 0.0
	for _, v := range rent {
		mean += v / 50
	}
	for _, v := range rent {
		rmse += (v - mean) * (v - mean) / 50
		mae += math.Abs(v-mean) / 50
	}
	got := s.Targets[0]
	if s.Rows != 50 || got.Name != "rent" || !nearly(got.RMSE, math.Sqrt(rmse)) || !nearly(got.MAE, mae) ||
		!(math.Abs(got.R2) < 1e-9) || s.Classes != nil || !math.IsNaN(s.Accuracy) {
		t.Errorf("%+v, want an RMSE of %v, an MAE of %v and an R2 of 0", s, math.Sqrt(rmse), mae)
	}
	if !slices.Equal(s.Names(), []string{"rmse", "mae", "r2"}) ||
		!slices.Equal(s.Values(), []float64{got.RMSE, got.MAE, got.R2}) {
		t.Error(s.Names(), s.Values())
	}
}

// nearly reports whether two numbers differ by rounding, for figures of any size.
func nearly(a, b float64) bool { return math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b)) }

// TestEvaluateClasses compares the figures with such as were worked out by hand.
func TestEvaluateClasses(t *testing.T) {
	net := layer.NewLinear[float64](2, 2, kernels.ActIdentity)
	copy(net.W.Value, []float64{1, 0, 0, 1}) // logits are the features
	m := &model.Model[float64]{Net: net, In: 2, Output: model.OutputLogits, Classes: []string{"no", "yes"}}
	set := &data.Set[float64]{X: []float64{1, 0, 0, 2, 3, 0, 0, 1, 9, 9}, Y: []int{0, 1, 1, 0, data.Ignored},
		Rows: 5, Features: 2, Classes: 2}
	s, err := EvaluateSet(m, set)
	if err != nil {
		t.Fatal(err)
	}
	softplus := func(x float64) float64 { return math.Log1p(math.Exp(x)) }
	loss := (softplus(-1) + softplus(-2) + softplus(3) + softplus(1)) / 4
	if s.Rows != 4 || s.Accuracy != 0.5 || !nearly(s.LogLoss, loss) || s.AUC != 0.5 ||
		fmt.Sprint(s.Confusion) != "[[1 1] [1 1]]" {
		t.Errorf("%+v, want a log loss of %v", s, loss)
	}
	single := layer.NewLinear[float64](2, 1, kernels.ActIdentity)
	copy(single.W.Value, []float64{-1, 1}) // the difference of the logits
	one, err := EvaluateSet(&model.Model[float64]{Net: single, In: 2, Output: model.OutputBinaryLogit}, set)
	if err != nil || !nearly(one.LogLoss, loss) || one.AUC != s.AUC || one.Accuracy != s.Accuracy ||
		!slices.Equal(one.Classes, []string{"0", "1"}) {
		t.Errorf("%+v, %v", one, err)
	}
	set.X[0] = math.NaN()
	s, err = EvaluateSet(m, set)
	if err != nil || !math.IsNaN(s.Accuracy) || !math.IsNaN(s.LogLoss) || !math.IsNaN(s.AUC) ||
		fmt.Sprint(s.Confusion) != "[[0 1] [1 1]]" {
		t.Errorf("with a NaN: %+v, %v", s, err)
	}
	set.Weights = make([]float64, 5)
	s, err = EvaluateSet(m, set)
	if err != nil || s.Rows != 0 || !math.IsNaN(s.Accuracy) || !math.IsNaN(s.LogLoss) {
		t.Errorf("without rows that count: %+v, %v", s, err)
	}
	values := &data.Set[float64]{X: set.X, Values: set.X, Rows: 5, Features: 2, Outputs: 2, Weights: set.Weights}
	s, err = EvaluateSet(&model.Model[float64]{Net: net, In: 2, Output: model.OutputValues}, values)
	if err != nil || len(s.Targets) != 2 || s.Targets[1].Name != "target 1" || !math.IsNaN(s.Targets[0].MAE) ||
		!math.IsNaN(s.Targets[0].RMSE) || !math.IsNaN(s.Targets[0].R2) {
		t.Errorf("values without rows that count: %+v, %v", s, err)
	}
}

func TestEvaluateTableErrors(t *testing.T) {
	table, plan := rents(t, 50)
	fitted, err := plan.Fit(table)
	if err != nil {
		t.Fatal(err)
	}
	net := layer.NewLinear[float64](3, 1, kernels.ActIdentity)
	good := &model.Model[float64]{Net: net, In: 3, Output: model.OutputValues, Prepare: fitted}
	areas, err := table.Drop("rent")
	if err != nil {
		t.Fatal(err)
	}
	classes := blobs[float64](20, 3, 2, 1)
	for want, f := range map[string]func() (*Scores, error){
		"no model":         func() (*Scores, error) { return EvaluateTable[float64](nil, table) },
		"there is no mode": func() (*Scores, error) { return EvaluateSet[float64](nil, classes) },
		"has no Prepare": func() (*Scores, error) {
			return EvaluateTable(&model.Model[float64]{Net: net, In: 3, Output: model.OutputValues}, table)
		},
		"rent":                    func() (*Scores, error) { return EvaluateTable(good, areas) },
		"one is for a regression": func() (*Scores, error) { return EvaluateSet(good, blobs[float64](20, 3, 1, 1)) },
		"but the set has 3 classes": func() (*Scores, error) {
			m := &model.Model[float64]{Net: net, In: 3, Output: model.OutputBinaryLogit}
			return EvaluateSet(m, blobs[float64](20, 3, 3, 1))
		},
		"the model: the model has": func() (*Scores, error) { return EvaluateSet(&model.Model[float64]{}, classes) },
	} {
		if s, err := f(); s != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, %v, want %q", s, err, want)
		}
	}
}

// start returns a trainer of a linear model.
func start(loss grad.Loss[float64], outputs int) func(int, *data.Set[float64]) (*Trainer[float64], error) {
	return func(fold int, training *data.Set[float64]) (*Trainer[float64], error) {
		net := layer.NewLinear[float64](training.Features, outputs, kernels.ActIdentity)
		layer.Initialize[float64](net, uint64(fold))
		return &Trainer[float64]{Model: net, Loss: loss, Optimizer: optim.NewAdam[float64](),
			Rate: optim.Constant(0.05), Epochs: 100, Batch: 16, Seed: uint64(fold)}, nil
	}
}

// TestCrossValidateTable: the pipeline sees the training rows alone, scores are in raw units, and one
// seed gives the same bits.
func TestCrossValidateTable(t *testing.T) {
	table, plan := rents(t, 60)
	folds, err := table.Folds(5, 3)
	if err != nil {
		t.Fatal(err)
	}
	run := func() *CrossValidation {
		c, err := CrossValidateTable(context.Background(), table, plan, folds, start(grad.MSE[float64]{}, 1))
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for k, s := range run().Folds {
		if s.Rows != 12 || !(s.Targets[0].R2 > 0.9) {
			t.Errorf("fold %d: %+v", k, s)
		}
	}
	// Rows of a fold that are far away would shift means and deviations if they were seen.
	for _, i := range folds[2].Test {
		table.Column("area").Numbers[i] *= 50
		table.Column("rent").Numbers[i] *= 50
	}
	c := run()
	alone := folds[2].Train
	fitted, err := plan.Fit(table.Select(alone))
	if err != nil {
		t.Fatal(err)
	}
	set, err := data.Apply[float64](fitted, table.Select(alone))
	if err != nil {
		t.Fatal(err)
	}
	tr, _ := start(grad.MSE[float64]{}, 1)(2, set)
	if _, err := tr.Run(context.Background(), set); err != nil {
		t.Fatal(err)
	}
	m := &model.Model[float64]{Net: tr.Model, In: 3, Output: model.OutputValues, Prepare: fitted}
	want, err := EvaluateTable(m, table.Select(folds[2].Test))
	if err != nil || !slices.Equal(want.Values(), c.Folds[2].Values()) {
		t.Errorf("fold 2 has %v, want %v, %v", c.Folds[2].Values(), want.Values(), err)
	}
	again := run()
	for k := range c.Folds {
		if !slices.Equal(c.Folds[k].Values(), again.Folds[k].Values()) {
			t.Errorf("fold %d has other scores the second time", k)
		}
	}
	mean, deviation := c.Mean(), c.Deviation()
	for i := range mean {
		sum, squares := 0.0, 0.0
		for _, f := range c.Folds {
			sum += f.Values()[i] / 5
		}
		for _, f := range c.Folds {
			squares += (f.Values()[i] - sum) * (f.Values()[i] - sum) / 4
		}
		if !nearly(mean[i], sum) || !nearly(deviation[i], math.Sqrt(squares)) {
			t.Errorf("%s: %v +- %v, want %v +- %v", c.Names()[i], mean[i], deviation[i], sum, math.Sqrt(squares))
		}
	}
}

// TestCrossValidate of classes, with each kind of loss.
func TestCrossValidate(t *testing.T) {
	for name, c := range map[string]struct {
		loss     grad.Loss[float64]
		classes  int
		outputs  int
		probable bool
	}{
		"softmax":    {grad.SoftmaxCrossEntropy[float64]{}, 3, 3, true},
		"BCE":        {grad.BCEWithLogits[float64]{}, 2, 1, true},
		"hinge":      {grad.Hinge[float64]{}, 2, 1, false},
		"MSE":        {grad.MSE[float64]{}, 2, 1, false},
		"one-hot":    {grad.MSE[float64]{}, 3, 3, false},
		"one-vs-all": {grad.BCEWithLogits[float64]{}, 3, 3, false},
	} {
		set := blobs[float64](120, 4, c.classes, 5)
		folds, err := set.FoldsStratified(4, 1)
		if err != nil {
			t.Fatal(err)
		}
		r, err := CrossValidate(context.Background(), set, folds, start(c.loss, c.outputs))
		if err != nil {
			t.Fatal(name, err)
		}
		for k, s := range r.Folds {
			if s.Rows != 30 || !(s.Accuracy > 0.9) || (s.LogLoss < 1) != c.probable ||
				math.IsNaN(s.AUC) == (c.classes == 2) {
				t.Errorf("%s, fold %d: %+v", name, k, s)
			}
		}
	}
}

func TestCrossValidateErrors(t *testing.T) {
	set := blobs[float64](40, 4, 2, 5)
	folds, err := set.Folds(4, 1)
	if err != nil {
		t.Fatal(err)
	}
	good := start(grad.SoftmaxCrossEntropy[float64]{}, 2)
	planted := errors.New("planted")
	cancelled, cancel := context.WithCancel(context.Background())
	cancel()
	for want, f := range map[string]func() (*CrossValidation, error){
		"no folds":  func() (*CrossValidation, error) { return CrossValidate(t.Context(), set, nil, good) },
		"it is nil": func() (*CrossValidation, error) { return CrossValidate(t.Context(), nil, folds, good) },
		"there is no table": func() (*CrossValidation, error) {
			return CrossValidateTable(t.Context(), nil, data.Pipeline{}, folds, good)
		},
		"want some of both": func() (*CrossValidation, error) {
			return CrossValidate(t.Context(), set, []data.Fold{{Train: []int{1}}}, good)
		},
		"there is no row 40": func() (*CrossValidation, error) {
			return CrossValidate(t.Context(), set, []data.Fold{{Train: []int{1}, Test: []int{40}}}, good)
		},
		"there is no row -1": func() (*CrossValidation, error) {
			return CrossValidate(t.Context(), set, []data.Fold{{Train: []int{-1}, Test: []int{4}}}, good)
		},
		"row 3 is one to train": func() (*CrossValidation, error) {
			return CrossValidate(t.Context(), set, []data.Fold{{Train: []int{1, 3}, Test: []int{3}}}, good)
		},
		"fold 0: context canceled": func() (*CrossValidation, error) {
			return CrossValidate(cancelled, set, folds, good)
		},
		"fold 0: there is no trainer": func() (*CrossValidation, error) {
			return CrossValidate(t.Context(), set, folds,
				func(int, *data.Set[float64]) (*Trainer[float64], error) { return nil, nil })
		},
		"fold 0: planted": func() (*CrossValidation, error) {
			return CrossValidate(t.Context(), set, folds,
				func(int, *data.Set[float64]) (*Trainer[float64], error) { return nil, planted })
		},
	} {
		if c, err := f(); c != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, %v, want %q", c, err, want)
		}
	}
}

// TestCrossValidateCancelled: where the context ends in a fold, its run does, and nothing is measured.
func TestCrossValidateCancelled(t *testing.T) {
	table, plan := rents(t, 60)
	set := blobs[float64](60, 4, 2, 5)
	folds, err := set.Folds(3, 1)
	if err != nil {
		t.Fatal(err)
	}
	for name, run := range map[string]func(ctx context.Context, cancelIn1 func(int)) (*CrossValidation, error){
		"of a set": func(ctx context.Context, cancelIn1 func(int)) (*CrossValidation, error) {
			fresh := start(grad.SoftmaxCrossEntropy[float64]{}, 2)
			return CrossValidate(ctx, set, folds, func(k int, s *data.Set[float64]) (*Trainer[float64], error) {
				cancelIn1(k)
				return fresh(k, s)
			})
		},
		"of a table": func(ctx context.Context, cancelIn1 func(int)) (*CrossValidation, error) {
			fresh := start(grad.MSE[float64]{}, 1)
			return CrossValidateTable(ctx, table, plan, folds,
				func(k int, s *data.Set[float64]) (*Trainer[float64], error) {
					cancelIn1(k)
					return fresh(k, s)
				})
		},
	} {
		ctx, cancel := context.WithCancel(t.Context())
		c, err := run(ctx, func(k int) {
			if k == 1 {
				cancel()
			}
		})
		cancel()
		if c != nil || !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "train: fold 1: ") {
			t.Errorf("%s: %v, %v, want that fold 1 is cancelled", name, c, err)
		}
	}
}

// TestFoldsShareNothing: a trainer, or part of one, that trained on rows that another fold holds out
// must not measure there.
func TestFoldsShareNothing(t *testing.T) {
	set := blobs[float64](40, 4, 2, 5)
	folds, err := set.FoldsStratified(4, 1)
	if err != nil {
		t.Fatal(err)
	}
	fresh := start(grad.SoftmaxCrossEntropy[float64]{}, 2)
	first, err := fresh(0, set)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	path, again := filepath.Join(dir, "run"), dir
	plateau := &optim.Plateau{Initial: 0.1}
	for want, share := range map[string]func(tr *Trainer[float64]){
		"of the model is that of fold 0":  func(tr *Trainer[float64]) { tr.Model = first.Model },
		"the optimizer is that of fold 0": func(tr *Trainer[float64]) { tr.Optimizer = first.Optimizer },
		"the plateau is that of fold 0":   func(tr *Trainer[float64]) { tr.Plateau = plateau },
		"the path of the checkpoint is that of fold 0": func(tr *Trainer[float64]) {
			tr.Checkpoint = &Checkpoint{Path: path}
		},
		"train: fold 1: the path of the checkpoint is that of fold 0": func(tr *Trainer[float64]) {
			again += string(filepath.Separator) + "." // another name of the directory
			tr.Checkpoint = &Checkpoint{Path: again + string(filepath.Separator) + "run"}
		},
	} {
		c, err := CrossValidate(t.Context(), set, folds, func(k int, s *data.Set[float64]) (*Trainer[float64], error) {
			tr, err := fresh(k, s)
			if err == nil {
				share(tr)
			}
			return tr, err
		})
		if c != nil || err == nil || !strings.Contains(err.Error(), "train: fold 1: ") ||
			!strings.Contains(err.Error(), want) {
			t.Errorf("%v, want fold 1 and %q", err, want)
		}
	}
}

// TestFoldsOfOtherClasses: a class that is in the training rows of some folds alone makes figures that
// do not go together.
func TestFoldsOfOtherClasses(t *testing.T) {
	x, y := &data.Column{Name: "x", Kind: data.KindNumber}, &data.Column{Name: "y", Kind: data.KindText}
	for i := range 12 {
		x.Numbers, y.Texts = append(x.Numbers, float64(i%2)), append(y.Texts, string(rune('a'+i%2)))
	}
	y.Texts[0] = "c" // is in the test rows of fold 0 alone
	table, err := data.NewTable(x, y)
	if err != nil {
		t.Fatal(err)
	}
	folds := []data.Fold{{Train: []int{4, 5, 6, 7, 8, 9}, Test: []int{0, 1, 2, 3}},
		{Train: []int{0, 1, 2, 3, 8, 9}, Test: []int{4, 5, 6, 7}}}
	p := data.Pipeline{Target: data.Target{Columns: []string{"y"}, IgnoreUnknown: true}}
	c, err := CrossValidateTable(t.Context(), table, p, folds,
		func(k int, s *data.Set[float64]) (*Trainer[float64], error) {
			return start(grad.SoftmaxCrossEntropy[float64]{}, s.Classes)(k, s)
		})
	if c != nil || err == nil || !strings.Contains(err.Error(), "train: fold 1: ") ||
		!strings.Contains(err.Error(), "lack a class") {
		t.Errorf("%v, %v, want an error that names fold 1", c, err)
	}
}

// TestScoreTables: no line is wider than 80 columns, whatever the names and numbers.
func TestScoreTables(t *testing.T) {
	const many = 1 << (strconv.IntSize * 5 / 8)
	long := strings.Repeat("Ärger\n", 20)
	values := &Scores{Targets: []TargetScores{{long, -1.23456789e-300, 1e300, math.Inf(-1)}, {"b", 1, 2, math.NaN()}}}
	classes := &Scores{Rows: many, Classes: make([]string, 25), Confusion: NewConfusion(25), Accuracy: 1.0 / 3,
		LogLoss: 1.23456789e-300, AUC: math.NaN()}
	two := &Scores{Rows: many, Classes: []string{long, "no"}, Confusion: Confusion{{many, 3}, {0, 5}},
		Accuracy: 1.0 / 3, LogLoss: 123456789, AUC: 0.123456789}
	for i := range classes.Classes {
		classes.Classes[i] = long
		classes.Confusion[i][i] = many
	}
	for name, text := range map[string]string{
		"values": values.Table(), "classes": classes.Table(), "two": two.Table(),
		"folds":      (&CrossValidation{Folds: []*Scores{values, values}}).Table(),
		"many folds": (&CrossValidation{Folds: []*Scores{two, two, two, two, two, two, two, two, two, two}}).Table(),
		"none":       (&CrossValidation{}).Table(),
	} {
		for line := range strings.Lines(text) {
			if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > 80 {
				t.Errorf("%s: %d columns: %s", name, n, line)
			}
		}
	}
}
