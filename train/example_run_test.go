package train_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"slices"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
)

// A run of four epochs in one go, and the same in two: the second half goes on from the
// checkpoint of the first, and ends with the same bits.
func ExampleCheckpoint() {
	dir, err := os.MkdirTemp("", "ashlar")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	set := &data.Set[float64]{X: []float64{-2, -1, 1, 2}, Y: []int{0, 0, 1, 1}, Rows: 4, Features: 1,
		Classes: 2}
	run := func(epochs int, c *train.Checkpoint) (weights []float64, epochsInAll int) {
		model := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
		layer.Initialize(model, 1)
		t := train.Trainer[float64]{
			Model: model, Loss: grad.BCEWithLogits[float64]{},
			Optimizer: optim.NewAdam[float64](), Rate: optim.Constant(0.1),
			Epochs: epochs, Batch: 2, Seed: 1, Checkpoint: c,
		}
		history, err := t.Run(context.Background(), set)
		if err != nil {
			log.Fatal(err)
		}
		return model.W.Value, len(history)
	}
	whole, _ := run(4, nil)
	checkpoint := &train.Checkpoint{Path: filepath.Join(dir, "run.safetensors"), Resume: true}
	run(2, checkpoint)
	resumed, epochs := run(4, checkpoint)
	fmt.Println(epochs, slices.Equal(whole, resumed))
	// Output: 4 true
}

// The unit of the ReLU layer is dead: no sample reaches it, so no gradient passes.
func ExampleDiagnostics() {
	hidden := layer.NewLinear[float64](1, 1, kernels.ActReLU)
	hidden.W.Value[0], hidden.B.Value[0] = 1, -100
	model := layer.NewSequential[float64](hidden, layer.NewLinear[float64](1, 1, kernels.ActIdentity))

	t := train.Trainer[float64]{
		Model: model, Loss: grad.BCEWithLogits[float64]{},
		Optimizer: &optim.SGD[float64]{}, Rate: optim.Constant(0.1), Epochs: 1, Batch: 3,
		Diagnostics: &train.Diagnostics[float64]{Report: func(d train.Diagnosis) {
			for _, l := range d.Layers {
				fmt.Println(l.Path, l.Kind, l.GradNorm > 0, l.Dead)
			}
			for _, w := range d.Warnings {
				fmt.Println(w)
			}
		}},
	}
	set := &data.Set[float64]{X: []float64{1, 2, 3}, Y: []int{1, 1, 0}, Rows: 3, Features: 1, Classes: 2}
	if _, err := t.Run(context.Background(), set); err != nil {
		log.Fatal(err)
	}
	// Output:
	// 0 Linear false 1
	// 1 Linear true NaN
	// layer 0 (Linear): 100 % of the units are dead
	// vanishing gradients: per weight, that of layer 0 is 0 of that of layer 1
}

// Clipping, a schedule, validation and callbacks.
func ExampleTrainer_options() {
	line := func(xs ...float64) *data.Set[float64] { // y = 2x + 1
		set := &data.Set[float64]{X: xs, Rows: len(xs), Features: 1, Outputs: 1}
		for _, x := range xs {
			set.Values = append(set.Values, 2*x+1)
		}
		return set
	}
	model := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
	t := train.Trainer[float64]{
		Model: model, Loss: grad.MSE[float64]{},
		Optimizer: optim.NewMomentum[float64](0.9), Rate: optim.Warmup(10, optim.Cosine(0.1, 0, 190)),
		Epochs: 100, Batch: 2, Seed: 1,
		Clip:       func(p []*layer.Param[float64]) float64 { return grad.ClipNorm(p, 1) },
		Validation: line(-0.5, 0.5, 1.5),
		OnEpoch: func(e train.Epoch) {
			if e.Epoch%20 == 0 {
				fmt.Println("epoch", e.Epoch, e.ValidationLoss < 0.1)
			}
		},
		Done: func(e train.Epoch) bool { return e.ValidationLoss < 1e-3 },
	}
	history, err := t.Run(context.Background(), line(-1, 0, 1, 2))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%d epochs: %.1f x + %.1f\n", len(history), model.W.Value[0], model.B.Value[0])
	// Output:
	// epoch 20 false
	// 27 epochs: 2.0 x + 1.0
}

func ExampleOutputs() {
	set := &data.Set[float64]{X: []float64{-1, 0, 3}, Y: []int{0, 1, 1}, Rows: 3, Features: 1, Classes: 2}
	model := layer.NewLinear[float64](1, 1, kernels.ActReLU)
	model.W.Value[0] = 2
	y, err := train.Outputs(model, set, 2)
	fmt.Println(y, y.RawData(), err)
	// Output: mat.Dense 3x1 [0 0 6] <nil>
}

// A metric of one's own, which should be large, ends training when it no longer grows.
func ExampleMetricOf() {
	auc := train.MetricOf("auc")
	stop := train.EarlyStop{Metric: func(e train.Epoch) float64 { return -auc(e) }, Patience: 3}
	fmt.Println(stop.Metric(train.Epoch{Metrics: map[string]float64{"auc": 0.75}}),
		stop.Metric(train.Epoch{}))
	// Output: -0.75 NaN
}
