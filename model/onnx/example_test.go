package onnx_test

import (
	"bytes"
	"fmt"
	"log"
	"os"
	"path/filepath"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/model"
	"github.com/ashlar-go/ashlar/model/onnx"
)

// A model goes into a file and comes back. Another program would run it.
func ExampleExport() {
	net := layer.NewSequential[float32](
		layer.NewLinear[float32](2, 3, kernels.ActGELU),
		layer.NewLinear[float32](3, 2, kernels.ActIdentity))
	layer.Initialize(net, 1)
	m := &model.Model[float32]{Net: net, In: 2, Output: model.OutputLogits, Classes: []string{"calm",
		"storm"}}

	var file bytes.Buffer
	if err := onnx.Export(&file, m); err != nil {
		log.Fatal(err)
	}
	back, err := onnx.Import[float32](&file)
	if err != nil {
		log.Fatal(err)
	}
	for _, m := range []*model.Model[float32]{m, back} {
		p, err := m.Predict([]float32{1, -2})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s %.4f\n", p.Class, p.Probabilities)
	}
	// Output:
	// calm [0.5049 0.4951]
	// calm [0.5049 0.4951]
}

// The pipeline becomes operators: onnxruntime takes the raw columns "city" and "area".
func ExampleExportFile() {
	table, err := data.NewTable(
		data.CategoryColumn("city", []string{"Bonn", "Ulm", "Bonn", "Ulm"}),
		data.NumberColumn("area", []float64{50, 70, 90, 110}),
		data.NumberColumn("price", []float64{100, 150, 200, 250}))
	if err != nil {
		log.Fatal(err)
	}
	fitted, err := data.AutoPipeline(table, "price").Fit(table)
	if err != nil {
		log.Fatal(err)
	}
	in := len(fitted.Features())
	net := layer.NewLinear[float32](in, 1, kernels.ActIdentity)
	layer.Initialize[float32](net, 1)
	m := &model.Model[float32]{Net: net, In: in, Output: model.OutputValues, Prepare: fitted}

	dir, err := os.MkdirTemp("", "onnx")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(dir, "price.onnx")
	if err := onnx.ExportFile(path, m); err != nil {
		log.Fatal(err)
	}
	back, err := onnx.ImportFile[float32](path)
	if err != nil {
		log.Fatal(err)
	}
	p, err := back.Predict(map[string]any{"city": "Ulm", "area": 80})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%v %.1f\n", fitted.Features(), p.Values)
	// Output:
	// [city=Bonn city=Ulm area] [173.4]
}

// A file of another program, read from memory or a connection.
func ExampleImport() {
	file, err := os.Open("testdata/logistic_yes.onnx") // a LogisticRegression of scikit-learn
	if err != nil {
		log.Fatal(err)
	}
	defer file.Close()
	m, err := onnx.Import[float64](file)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.In, m.Output, m.Classes)

	_, err = onnx.Import[float64](bytes.NewReader([]byte("<html>")))
	fmt.Println(err != nil)
	// Output:
	// 4 binary_logit [no yes]
	// true
}

// A StandardScaler and an MLPClassifier of scikit-learn, saved by skl2onnx.
func ExampleImportFile() {
	m, err := onnx.ImportFile[float32]("testdata/mlp_names.onnx")
	if err != nil {
		log.Fatal(err)
	}
	for _, l := range m.Net.(*layer.Sequential[float32]).Parts() {
		fmt.Printf("%T\n", l)
	}
	p, err := m.Predict([]float32{1.5, 4, 0.9, 230})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(m.Classes, p.Class)
	// Output:
	// *layer.BatchNorm[float32]
	// *layer.Linear[float32]
	// *layer.Linear[float32]
	// *layer.Linear[float32]
	// [high low middle] middle
}
