package train_test

import (
	"encoding/json"
	"fmt"
	"math"
	"os"

	"github.com/ashlar-go/ashlar/mat"
	"github.com/ashlar-go/ashlar/train"
)

// Rows are the classes, columns what they were taken for.
func ExampleNewConfusion() {
	m := train.NewConfusion(2)
	m.Add([]int{0, 0, 0, 1, 1}, []int{0, 0, 1, 1, 1})
	fmt.Println(m)
	fmt.Printf("precision %.4f, recall %.4f, F1 %.4f, macro F1 %.4f\n", m.Precision(1), m.Recall(1),
		m.F1(1), m.MacroF1())
	// Output:
	// [[2 1] [0 2]]
	// precision 0.6667, recall 1.0000, F1 0.8000, macro F1 0.8000
}

func ExampleTopK() {
	outputs := mat.FromRows([]float32{1, 7, 3}, []float32{5, 6, 0})
	fmt.Println(train.TopK(outputs, []int{2, 1}, 1), train.TopK(outputs, []int{2, 1}, 2))
	// Output: 0.5 1
}

// Of the four pairs of a positive and a negative sample three are in the right order.
func ExampleAUC() {
	fmt.Println(train.AUC([]float64{0.9, 0.4, 0.6, 0.1}, []bool{true, true, false, false}))
	// Output: 0.75
}

func ExampleR2() {
	y := mat.FromRows([]float64{1}, []float64{2}, []float64{3})
	fmt.Println(train.R2(mat.FromRows([]float64{1}, []float64{2}, []float64{2}), y))
	// no better than the mean
	fmt.Println(train.R2(mat.FromRows([]float64{2}, []float64{2}, []float64{2}), y))
	// Output:
	// 0.5
	// 0
}

// Metrics for EarlyStop: training should make them small.
func ExampleTrainLoss() {
	metric := train.Metric(train.TrainLoss)
	fmt.Println(metric(train.Epoch{Loss: 0.25}))
	// Output: 0.25
}

func ExampleValidationLoss() {
	stop := train.EarlyStop{Metric: train.ValidationLoss, Patience: 3, Restore: true}
	fmt.Println(stop.Metric(train.Epoch{Loss: 0.25, ValidationLoss: 0.5}))
	// Output: 0.5
}

func ExampleValidationError() {
	stop := train.EarlyStop{Metric: train.ValidationError, Patience: 3}
	fmt.Println(stop.Metric(train.Epoch{ValidationAccuracy: 0.75}))
	// Output: 0.25
}

// history is what a run without validation set returns.
var history = []train.Epoch{
	{Epoch: 1, Loss: 0.5, Accuracy: 0.75, ValidationLoss: math.NaN(), ValidationAccuracy: math.NaN(),
		Seconds: 2},
	{Epoch: 2, Loss: 0.25, Accuracy: 1, ValidationLoss: math.NaN(), ValidationAccuracy: math.NaN(),
		Seconds: 2},
}

// An empty cell stands for NaN: there was no validation.
func ExampleWriteCSV() {
	if err := train.WriteCSV(os.Stdout, history); err != nil {
		fmt.Println(err)
	}
	// Output:
	// epoch,loss,accuracy,validation_loss,validation_accuracy,skipped,seconds
	// 1,0.5,0.75,,,0,2
	// 2,0.25,1,,,0,2
}

// null stands for NaN, which JSON has no word for.
func ExampleEpoch_MarshalJSON() {
	text, err := json.Marshal(history[0])
	fmt.Println(string(text), err)
	var e train.Epoch
	err = json.Unmarshal(text, &e)
	fmt.Println(e.Epoch, e.Loss, e.ValidationLoss, err)
	// Output:
	// {"accuracy":0.75,"epoch":1,"loss":0.5,"seconds":2,"skipped":0,"validation_accuracy":null,"validation_loss":null} <nil>
	// 1 0.5 NaN <nil>
}
