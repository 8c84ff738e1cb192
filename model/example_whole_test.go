package model_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
)

// A net learns rents from raw rows. Its file has all that another program needs to predict.
func Example() {
	dir, err := os.MkdirTemp("", "ashlar")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "rents.safetensors")

	table, err := data.NewTable(
		&data.Column{Name: "area", Kind: data.KindNumber, Numbers: []float64{50, 100, 50, 100, 75, 75}},
		&data.Column{Name: "city", Kind: data.KindCategory, Levels: []string{"Bonn", "Köln"},
			Codes: []int{0, 0, 1, 1, 0, 1}},
		&data.Column{Name: "rent", Kind: data.KindNumber, Numbers: []float64{500, 1000, 700, 1200, 750, 950}})
	if err != nil {
		log.Fatal(err)
	}
	fitted, err := data.AutoPipeline(table, "rent").Fit(table)
	if err != nil {
		log.Fatal(err)
	}
	set, err := data.Apply[float64](fitted, table)
	if err != nil {
		log.Fatal(err)
	}
	net := layer.NewLinear[float64](set.Features, 1, kernels.ActIdentity)
	layer.Initialize(net, 1)
	trainer := train.Trainer[float64]{Model: net, Loss: grad.MSE[float64]{},
		Optimizer: optim.NewAdam[float64](),
		Rate:      optim.Constant(0.05), Epochs: 500, Batch: set.Rows}
	history, err := trainer.Run(context.Background(), set)
	if err != nil {
		log.Fatal(err)
	}
	err = model.Save(path, &model.Model[float64]{Net: net, In: set.Features, Output: model.OutputValues,
		Prepare: fitted,
		Summary: &model.Summary{Epochs: len(history), Rows: set.Rows}})
	if err != nil {
		log.Fatal(err)
	}

	m, err := model.Load[float64](path) // in another program
	if err != nil {
		log.Fatal(err)
	}
	p, err := m.Predict(map[string]any{"area": 60, "city": "Köln"})
	fmt.Printf("%.0f %v\n", p.Values, err)
	_, err = m.Predict(map[string]any{"area": 60}) // the error says that there is no city
	fmt.Println(err != nil)
	fmt.Print(m)
	// Output:
	// [800] <nil>
	// true
	// model     3 inputs, 1 output (values), 4 parameters of float64
	// columns   area (number), city (category)
	// layer                   outputs  parameters
	// net       Linear 3 x 1        1           4
	// targets   rent
	// training  500 epochs, 6 rows, seed 0
}

// flowers is a model of three classes, whose weights were set by hand.
func flowers() *model.Model[float32] {
	net := layer.NewSequential[float32](layer.NewLinear[float32](2, 3, kernels.ActIdentity))
	copy(net.Params()[0].Value, []float32{-2, 0, 1, 0, 1, 2}) // 2 x 3
	return &model.Model[float32]{Net: net, In: 2, Output: model.OutputLogits,
		Classes: []string{"setosa", "versicolor", "virginica"}}
}

// A layer of the program's own has no place in a file.
func ExampleSave() {
	dir, err := os.MkdirTemp("", "ashlar")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	fmt.Println(model.Save(filepath.Join(dir, "flowers.safetensors"), flowers()))

	type own struct{ layer.Activation[float32] }
	m := flowers()
	m.Net = layer.NewSequential[float32](m.Net, &own{})
	fmt.Println(model.Save(filepath.Join(dir, "own.safetensors"), m) != nil)
	// Output:
	// <nil>
	// true
}

func ExampleLoad() {
	dir, err := os.MkdirTemp("", "ashlar")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "flowers.safetensors")
	if err := model.Save(path, flowers()); err != nil {
		log.Fatal(err)
	}
	m, err := model.Load[float64](path) // the file is of float32
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.In, m.Output, m.Classes)
	// Output: 2 logits [setosa versicolor virginica]
}

// The net is described in the metadata.
func ExampleWrite() {
	var file bytes.Buffer
	m := &model.Model[float32]{Net: layer.NewActivation[float32](kernels.ActReLU), In: 1,
		Output: model.OutputValues}
	if err := model.Write(&file, m); err != nil {
		log.Fatal(err)
	}
	from, to := bytes.Index(file.Bytes(), []byte(`\"in\"`)), bytes.LastIndex(file.Bytes(), []byte(`}"`))
	fmt.Printf("%s\n", bytes.ReplaceAll(file.Bytes()[from:to], []byte(`\`), nil))
	// Output: "in":1,"output":"values","net":{"kind":"activation","act":"relu"}
}

func ExampleRead() {
	var file bytes.Buffer
	if err := model.WriteWeights(&file, flowers().Net); err != nil {
		log.Fatal(err)
	}
	_, err := model.Read[float32](bytes.NewReader(file.Bytes()), int64(file.Len()))
	fmt.Println(err)
	// Output: model: the file holds tensors alone, not a whole model: build the net, and load it with LoadWeights
}

func ExampleModel_Predict() {
	p, err := flowers().Predict([]float32{1, 2})
	fmt.Printf("%s %.3f %v\n", p.Class, p.Probabilities, err)
	_, err = flowers().Predict([]float32{1})
	fmt.Println(err)
	// Output:
	// virginica [0.001 0.047 0.952] <nil>
	// model: the row has 1 numbers, want 2
}

func ExampleModel_PredictTable() {
	table, err := data.NewTable(
		&data.Column{Name: "length", Kind: data.KindNumber, Numbers: []float64{1, -3}},
		&data.Column{Name: "width", Kind: data.KindNumber, Numbers: []float64{2, 0}})
	if err != nil {
		log.Fatal(err)
	}
	list, err := flowers().PredictTable(table)
	for _, p := range list {
		fmt.Println(p.Index, p.Class)
	}
	fmt.Println(err)
	// Output:
	// 2 virginica
	// 0 setosa
	// <nil>
}

// A server can batch the rows of many clients: features in, predictions out.
func ExampleModel_Interpret() {
	m := flowers()
	p, err := m.Predictor()
	if err != nil {
		log.Fatal(err)
	}
	var batch [][]float32
	for _, row := range [][]int{{1, 2}, {-3, 0}} {
		x, err := m.Features(row)
		if err != nil {
			log.Fatal(err)
		}
		batch = append(batch, x)
	}
	outputs, err := p.TryPredictRows(batch)
	if err != nil {
		log.Fatal(err)
	}
	for _, y := range outputs {
		fmt.Println(m.Interpret(y).Class)
	}
	// Output:
	// virginica
	// setosa
}

// The model predicts the logarithm of a price, and no price is as large as e to the power of 1000.
func ExampleModel_TryInterpret() {
	price, err := data.NewTable(&data.Column{Name: "area", Kind: data.KindNumber, Numbers: []float64{1, 2}},
		&data.Column{Name: "price", Kind: data.KindNumber, Numbers: []float64{1, 1}})
	if err != nil {
		log.Fatal(err)
	}
	fitted, err := data.Pipeline{Target: data.Target{Columns: []string{"price"},
		Scale: []data.Scaling{data.ScaleLog}}}.Fit(price)
	if err != nil {
		log.Fatal(err)
	}
	m := &model.Model[float32]{Net: layer.NewLinear[float32](1, 1, kernels.ActIdentity), In: 1,
		Output: model.OutputValues, Prepare: fitted}
	for _, y := range []float32{0, 1000} {
		p, err := m.TryInterpret([]float32{y})
		fmt.Println(p.Values, err)
	}
	// Output:
	// [1] <nil>
	// [] model: the prediction of target "price" is +Inf, want a finite number: the output of the net lies beyond what its scale can undo
}

func ExampleModel_String() {
	fmt.Print(flowers())
	// Output:
	// model     2 inputs, 3 outputs (logits), 9 parameters of float32
	// layer                   outputs  parameters
	// 0         Linear 2 x 3        3           9
	// classes   setosa, versicolor, virginica
}

func ExampleModel_Check() {
	m := flowers()
	m.Classes = m.Classes[:2]
	fmt.Println(m.Check())
	// Output: 2 classes have names, want 3
}

// The fixture is an MLPClassifier with two hidden layers, trained on iris.
func ExampleLoadSklearn() {
	m, err := model.LoadSklearn[float32]("testdata/sklearn/relu.npz", model.Sklearn{Activation: "relu",
		Output: model.OutputLogits, Classes: []string{"setosa", "versicolor", "virginica"}})
	if err != nil {
		log.Fatal(err)
	}
	p, err := m.Predict([]float64{5.1, 3.5, 1.4, 0.2})
	fmt.Println(p.Class, err)
	// Output: setosa <nil>
}

func ExampleOutput() {
	fmt.Println(model.OutputValues, model.OutputBinaryLogit)
	// Output: values binary_logit
}
