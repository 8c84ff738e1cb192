package plot_test

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
	"github.com/ashlar-go/ashlar/train/plot"
)

// shows reports which of the texts a figure has.
func shows(f *plot.Figure, texts ...string) {
	var svg bytes.Buffer
	if err := f.WriteSVG(&svg); err != nil {
		log.Fatal(err)
	}
	for _, text := range texts {
		fmt.Printf("%s: %v\n", text, strings.Contains(svg.String(), ">"+text+"<"))
	}
}

// A training draws its own curves.
func Example() {
	set := &data.Set[float64]{X: []float64{0, 0, 0, 1, 1, 0, 1, 1}, Y: []int{0, 1, 1, 0}, Rows: 4,
		Features: 2, Classes: 2}
	model := layer.NewSequential[float64](layer.NewLinear[float64](2, 8, kernels.ActTanh),
		layer.NewLinear[float64](8, 2, kernels.ActIdentity))
	layer.Initialize(model, 1)
	var reports []train.Diagnosis
	t := train.Trainer[float64]{Model: model, Loss: grad.SoftmaxCrossEntropy[float64]{},
		Optimizer: optim.NewAdam[float64](), Rate: optim.Constant(0.05), Epochs: 100, Batch: 4, Seed: 1,
		Diagnostics: &train.Diagnostics[float64]{Every: 10,
			Report: func(d train.Diagnosis) { reports = append(reports, d) }}}
	history, err := t.Run(context.Background(), set)
	if err != nil {
		log.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "plot")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	curves, err := plot.LearningCurves(history)
	if err != nil {
		log.Fatal(err)
	}
	curves.Title = "XOR"
	flow, err := plot.GradientFlow(reports)
	if err != nil {
		log.Fatal(err)
	}
	for name, figure := range map[string]*plot.Figure{"curves.png": curves, "flow.svg": flow} {
		if err := figure.Save(filepath.Join(dir, name)); err != nil {
			log.Fatal(err)
		}
	}
	files, err := os.ReadDir(dir)
	if err != nil {
		log.Fatal(err)
	}
	for _, f := range files {
		fmt.Println(f.Name())
	}
	// Output:
	// curves.png
	// flow.svg
}

func ExampleFigure_Save() {
	figure, err := plot.Lines(plot.Panel{Title: "rate", X: "step", Y: "learning rate", Log: true,
		Curves: []plot.Curve{{Name: "halved", Y: []float64{1, 0.5, 0.25, 0.125}}}})
	if err != nil {
		log.Fatal(err)
	}
	figure.Title, figure.Width = "a schedule", 480
	dir, err := os.MkdirTemp("", "plot")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)
	fmt.Println(figure.Save(filepath.Join(dir, "rate.png")))
	fmt.Println(figure.Save("rate.jpg"))
	// Output:
	// <nil>
	// plot: rate.jpg: the extension is ".jpg", want .png or .svg
}

func ExampleFigure_WritePNG() {
	figure, err := plot.Lines(plot.Panel{X: "x", Y: "y", Curves: []plot.Curve{{Name: "line",
		Y: []float64{1, 2}}}})
	if err != nil {
		log.Fatal(err)
	}
	var png bytes.Buffer
	err = figure.WritePNG(&png)
	fmt.Printf("%.3s %v\n", png.String()[1:], err)
	// Output: PNG <nil>
}

func ExampleFigure_WriteSVG() {
	figure, err := plot.Lines(plot.Panel{X: "x", Y: "y", Curves: []plot.Curve{{Name: "line",
		Y: []float64{1, 2}}}})
	if err != nil {
		log.Fatal(err)
	}
	var svg bytes.Buffer
	err = figure.WriteSVG(&svg)
	fmt.Println(strings.HasSuffix(svg.String(), "</svg>\n"), err)
	// Output: true <nil>
}

func ExampleLearningCurves() {
	figure, err := plot.LearningCurves([]train.Epoch{
		{Epoch: 1, Loss: 0.9, Accuracy: 0.6, ValidationLoss: 0.8, ValidationAccuracy: 0.65},
		{Epoch: 2, Loss: 0.4, Accuracy: 0.8, ValidationLoss: 0.5, ValidationAccuracy: 0.75},
		{Epoch: 3, Loss: 0.2, Accuracy: 0.9, ValidationLoss: 0.6, ValidationAccuracy: 0.74},
	})
	if err != nil {
		log.Fatal(err)
	}
	shows(figure, "training", "validation", "best epoch: 2")
	// Output:
	// training: true
	// validation: true
	// best epoch: 2: true
}

func ExampleConfusion() {
	m := train.NewConfusion(3)
	m.Add([]int{0, 0, 1, 1, 2, 2, 2}, []int{0, 0, 1, 2, 2, 2, 2})
	figure, err := plot.Confusion(m, []string{"setosa", "versicolor", "virginica"})
	if err != nil {
		log.Fatal(err)
	}
	shows(figure, "confusion matrix: 85.71 % of 7 samples right", "versicolor", "50.0 %")
	// Output:
	// confusion matrix: 85.71 % of 7 samples right: true
	// versicolor: true
	// 50.0 %: true
}

func ExampleROC() {
	figure, err := plot.ROC([]float64{0.9, 0.8, 0.4, 0.35, 0.1}, []bool{true, true, false, true, false})
	if err != nil {
		log.Fatal(err)
	}
	shows(figure, "AUC 0.8333")
	// Output: AUC 0.8333: true
}

func ExampleROCOfClasses() {
	outputs := mat.Of(4, 3, []float32{
		0.8, 0.1, 0.1,
		0.2, 0.7, 0.1,
		0.5, 0.3, 0.2,
		0.1, 0.3, 0.6,
	})
	figure, err := plot.ROCOfClasses(outputs, []int{0, 1, 1, 2}, []string{"cat", "dog", "owl"})
	if err != nil {
		log.Fatal(err)
	}
	shows(figure, "cat: AUC 1.0000", "dog: AUC 0.8750")
	// Output:
	// cat: AUC 1.0000: true
	// dog: AUC 0.8750: true
}

func ExampleResiduals() {
	figure, err := plot.Residuals([]float64{510, 640, 905}, []float64{500, 650, 900}, "rent (EUR)")
	if err != nil {
		log.Fatal(err)
	}
	shows(figure, "predicted rent (EUR)", "n = 3, R2 0.9972")
	// Output:
	// predicted rent (EUR): true
	// n = 3, R2 0.9972: true
}

func ExampleCalibration() {
	figure, err := plot.Calibration([]float64{0.05, 0.15, 0.85, 0.95}, []bool{false, false, true, true})
	if err != nil {
		log.Fatal(err)
	}
	shows(figure, "ECE 10.00 %")
	// Output: ECE 10.00 %: true
}

func ExampleGradientFlow() {
	var reports []train.Diagnosis
	for step := range 3 {
		reports = append(reports, train.Diagnosis{Step: step, Layers: []train.LayerState{
			{Path: "0", Kind: "Linear", GradNorm: 1e-4, WeightNorm: 5, UpdateNorm: 1e-3, Dead: 0.1},
			{Path: "1", Kind: "Linear", GradNorm: 1e-2, WeightNorm: 3, UpdateNorm: 1e-3}}})
	}
	figure, err := plot.GradientFlow(reports)
	if err != nil {
		log.Fatal(err)
	}
	shows(figure, "gradients", "layer 0 Linear")
	// Output:
	// gradients: true
	// layer 0 Linear: true
}

func ExampleLines() {
	figure, err := plot.Lines(
		plot.Panel{Title: "loss", X: "epoch", Y: "mean cross-entropy (nats)", Log: true,
			Curves: []plot.Curve{
				{Name: "SGD", Y: []float64{2, 1, 0.5}}, {Name: "Adam", Y: []float64{2, 0.2, 0.05}}}},
		plot.Panel{Title: "rate", X: "epoch", Y: "learning rate", Curves: []plot.Curve{
			{Name: "SGD", Y: []float64{0.1, 0.1, 0.1}}, {Name: "Adam", Y: []float64{0.01, 0.005, 0}}}})
	if err != nil {
		log.Fatal(err)
	}
	shows(figure, "loss", "mean cross-entropy (nats)")
	// Output:
	// loss: true
	// mean cross-entropy (nats): true
}
