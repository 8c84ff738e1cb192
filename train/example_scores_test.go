package train_test

import (
	"context"
	"fmt"
	"log"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
)

// Training on a file that is read anew in each epoch.
func ExampleTrainer_RunStream() {
	dir, err := os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "circle.csv") // class 1 within a circle
	var rows strings.Builder
	for i := range 2000 {
		x, y := math.Sin(float64(i)), math.Sin(1.7*float64(i))
		class := 0
		if x*x+y*y < 0.5 {
			class = 1
		}
		fmt.Fprintf(&rows, "%d,%.4f,%.4f\n", class, x, y)
	}
	if err := os.WriteFile(path, []byte(rows.String()), 0o644); err != nil {
		log.Fatal(err)
	}

	source, err := data.CSVSource[float32](path, data.CSVOptions{Classes: 2})
	if err != nil {
		log.Fatal(err)
	}
	stream, err := data.NewStream(source, 500)
	if err != nil {
		log.Fatal(err)
	}
	net := layer.NewSequential[float32](layer.NewLinear[float32](2, 32, kernels.ActTanh),
		layer.NewLinear[float32](32, 2, kernels.ActIdentity))
	layer.Initialize(net, 1)
	t := train.Trainer[float32]{Model: net, Loss: grad.SoftmaxCrossEntropy[float32]{},
		Optimizer: optim.NewAdam[float32](), Rate: optim.Constant(0.02), Epochs: 10, Batch: 32,
		Seed: 1, Balance: true}
	history, err := t.RunStream(context.Background(), stream)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(stream.Survey().Counts, len(history), history[9].Accuracy > 0.9)
	// Output:
	// [1636 364] 10 true
}

// A run warns of rows that training would suffer from, unless Warn says otherwise.
func ExampleTrainer_warn() {
	set := &data.Set[float64]{X: []float64{-1, 0, 1}, Values: []float64{20_000, 30_000, 40_000}, Rows: 3,
		Features: 1, Outputs: 1}
	t := train.Trainer[float64]{
		Model: layer.NewLinear[float64](1, 1, kernels.ActIdentity), Loss: grad.MSE[float64]{},
		Optimizer: &optim.SGD[float64]{}, Rate: optim.Constant(0.1), Epochs: 1, Batch: 3,
		Warn: func(s string) {
			finding, advice, _ := strings.Cut(s, "; ")
			fmt.Printf("%s\n%s\n", finding, advice)
		}}
	if _, err := t.Run(context.Background(), set); err != nil {
		log.Fatal(err)
	}
	// Output:
	// the target is far from unit scale: it has mean 3e+04 and deviation 8165, want about 0 and 1
	// scale them, as data.Target does, and data.Unscale undoes it in predictions
}

// flats returns a table and a plan that scales its numbers, those of the target too.
func flats() (*data.Table, data.Pipeline) {
	var area, rent []float64
	for i := range 40 {
		area = append(area, 30+float64(i*37%70))
		rent = append(rent, 100+11*area[i]+float64(i%5))
	}
	table, err := data.NewTable(data.NumberColumn("area", area), data.NumberColumn("rent", rent))
	if err != nil {
		log.Fatal(err)
	}
	scale := data.ScaleStandard
	return table, data.Pipeline{Target: data.Target{Columns: []string{"rent"}, Scale: []data.Scaling{scale}},
		Steps: []data.Step{data.Scale{Columns: []string{"area"}, By: scale}}}
}

// newTrainer returns a trainer of a line.
func newTrainer(fold int, training *data.Set[float64]) (*train.Trainer[float64], error) {
	return &train.Trainer[float64]{Model: layer.NewLinear[float64](training.Features, 1, kernels.ActIdentity),
		Loss: grad.MSE[float64]{}, Optimizer: &optim.SGD[float64]{}, Rate: optim.Constant(0.1), Epochs: 40,
		Batch: 8, Seed: uint64(fold)}, nil
}

// The net learns scaled targets. The figures are in those of the table.
func ExampleEvaluateTable() {
	table, plan := flats()
	training, test, err := table.Split(0.75, 1)
	if err != nil {
		log.Fatal(err)
	}
	fitted, set, _, err := data.FitSplit[float64](plan, training, test)
	if err != nil {
		log.Fatal(err)
	}
	t, _ := newTrainer(0, set)
	if _, err := t.Run(context.Background(), set); err != nil {
		log.Fatal(err)
	}
	m := &model.Model[float64]{Net: t.Model, In: set.Features, Output: model.OutputValues, Prepare: fitted}
	scores, err := train.EvaluateTable(m, test)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(scores.Table())
	// Output:
	// target                   RMSE          MAE         R2
	// rent                    1.395        1.122          1
}

func ExampleEvaluateSet() {
	net := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
	net.W.Value[0] = 1 // says spam where x > 0
	m := &model.Model[float64]{Net: net, In: 1, Output: model.OutputBinaryLogit, Classes: []string{"ham", "spam"}}
	set := &data.Set[float64]{X: []float64{-2, -1, 1, 2}, Y: []int{0, 0, 0, 1}, Rows: 4, Features: 1, Classes: 2}
	scores, err := train.EvaluateSet(m, set)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(scores.Table())
	// Output:
	// rows                    4
	// accuracy %          75.00
	// macro F1 %          73.33
	// log loss           0.4701
	// AUC                     1
	//
	// class                rows  precision %   recall %     F1 %
	// ham                     3       100.00      66.67    80.00
	// spam                    1        50.00     100.00    66.67
	//
	// true    0  1  recall %
	// 0 ham   2  1     66.67
	// 1 spam  0  1    100.00
}

// In each fold the scaling is measured on the training rows alone.
func ExampleCrossValidateTable() {
	table, plan := flats()
	folds, err := table.Folds(4, 1)
	if err != nil {
		log.Fatal(err)
	}
	result, err := train.CrossValidateTable(context.Background(), table, plan, folds, newTrainer)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Print(result.Table())
	// Output:
	// figure      mean deviation    fold 0    fold 1    fold 2    fold 3
	// rmse       1.513    0.2939     1.164     1.764     1.374     1.748
	// mae        1.309    0.3603    0.9338     1.638     1.067     1.595
	// r2        0.9999 2.094e-05    0.9999    0.9999         1         1
}

func ExampleCrossValidate() {
	set := &data.Set[float64]{Rows: 60, Features: 1, Classes: 2}
	for i := range set.Rows {
		x := math.Sin(float64(i))
		set.X, set.Y = append(set.X, x), append(set.Y, 0)
		if x+0.3*math.Sin(7*float64(i)) > 0 {
			set.Y[i] = 1
		}
	}
	folds, err := set.FoldsStratified(3, 1)
	if err != nil {
		log.Fatal(err)
	}
	result, err := train.CrossValidate(context.Background(), set, folds,
		func(fold int, training *data.Set[float64]) (*train.Trainer[float64], error) {
			t, err := newTrainer(fold, training)
			t.Loss, t.Rate = grad.BCEWithLogits[float64]{}, optim.Constant(1)
			return t, err
		})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Names())
	fmt.Printf("%.2f +- %.2f\n", result.Mean()[0], result.Deviation()[0])
	// Output:
	// [accuracy macro_f1 log_loss auc]
	// 0.97 +- 0.03
}
