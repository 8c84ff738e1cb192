package train

import (
	"context"
	"slices"
	"testing"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// TestStepInBackward: weights that are updated while their gradient comes out end with the
// bits of those updated afterwards, with every optimizer and number of threads.
func TestStepInBackward(t *testing.T) {
	t.Run("f32", testStepInBackward[float32])
	t.Run("f64", testStepInBackward[float64])
}

func testStepInBackward[T kernels.Float](t *testing.T) {
	rms := optim.NewRMSProp[T]()
	rms.Centered, rms.Mu = true, 0.5
	adagrad := optim.NewAdagrad[T]()
	adagrad.Initial = 0.1
	for name, fresh := range map[string]func() optim.Optimizer[T]{
		"sgd":      func() optim.Optimizer[T] { return &optim.SGD[T]{Decay: optim.Decay{Lambda: 0.01}} },
		"momentum": func() optim.Optimizer[T] { return optim.NewMomentum[T](0.9) },
		"nesterov": func() optim.Optimizer[T] { return optim.NewNesterov[T](0.9) },
		"adamw":    func() optim.Optimizer[T] { return optim.NewAdamW[T](0.01) },
		"amsgrad":  func() optim.Optimizer[T] { return optim.NewAMSGrad[T]() },
		"nadam":    func() optim.Optimizer[T] { return optim.NewNAdam[T]() },
		"lion":     func() optim.Optimizer[T] { return optim.NewLion[T](0.01) },
		"adagrad":  func() optim.Optimizer[T] { o := *adagrad; return &o },
		"rmsprop":  func() optim.Optimizer[T] { o := *rms; return &o },
		"adadelta": func() optim.Optimizer[T] { return optim.NewAdadelta[T]() },
	} {
		want := stepped(t, fresh(), true, 1)
		for threads := range 3 {
			if testing.Short() && threads < 2 {
				continue
			}
			if !slices.Equal(stepped(t, fresh(), false, threads), want) {
				t.Errorf("%s, %d threads: other weights than with whole gradients", name, threads)
			}
		}
	}
}

// stepped trains a model with large weights and returns all its parameters.
func stepped[T kernels.Float](t *testing.T, o optim.Optimizer[T], keep bool, threads int) []T {
	t.Helper()
	kernels.SetThreads(threads)
	defer kernels.SetThreads(0)
	model := layer.NewSequential[T](
		layer.NewLinear[T](70, 500, kernels.ActReLU),
		layer.NewResidual(layer.NewSequential[T](layer.NewLinear[T](500, 500, kernels.ActGELU).NoBias()),
			nil),
		layer.NewLinear[T](500, 5, kernels.ActIdentity),
	)
	layer.Initialize(model, 7)
	epochs, rows := 2, 100
	if testing.Short() {
		epochs, rows = 1, 40
	}
	tr := trainer(model, epochs, 31)
	tr.Optimizer, tr.Rate, tr.KeepGrad = o, optim.Constant(0.001), keep
	if _, err := tr.Run(context.Background(), blobs[T](rows, 70, 5, 3)); err != nil {
		t.Fatal(err)
	}
	var values []T
	for _, p := range model.Params() {
		values = append(values, p.Value...)
		if p.Stepped {
			t.Errorf("%s is still marked as stepped", p)
		}
	}
	return values
}

// TestGradientsThatAreRead: where something reads the gradients they are there.
func TestGradientsThatAreRead(t *testing.T) {
	for name, set := range map[string]func(*Trainer[float32]){
		"KeepGrad": func(tr *Trainer[float32]) { tr.KeepGrad = true },
		"Clip": func(tr *Trainer[float32]) {
			tr.Clip = func(p []*layer.Param[float32]) float64 { return grad.ClipNorm(p, 1) }
		},
		"Accumulate":  func(tr *Trainer[float32]) { tr.Accumulate = 2 },
		"Diagnostics": func(tr *Trainer[float32]) { tr.Diagnostics = &Diagnostics[float32]{Report: func(Diagnosis) {}} },
	} {
		model := mlp[float32](70, 500, 5)
		layer.Initialize(model, 7)
		tr := trainer(model, 1, 50)
		set(tr)
		if _, err := tr.Run(context.Background(), blobs[float32](100, 70, 5, 3)); err != nil {
			t.Fatal(err)
		}
		if kernels.SumSquares(model.Params()[0].Grad) == 0 {
			t.Errorf("%s: no gradient of the first weights", name)
		}
	}
}
