package train

import (
	"context"
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

// steep is a model with large weights whose loss is finite on any input, since its first
// layer puts out 0, but in which the gradient of that layer overflows on inputs of 1e10.
func steep() *layer.Sequential[float32] {
	model := layer.NewSequential[float32](
		layer.NewLinear[float32](70, 500, kernels.ActIdentity),
		layer.NewBatchNorm[float32](500),
		layer.NewLinear[float32](500, 500, kernels.ActTanh),
		layer.NewBatchNorm[float32](500),
		layer.NewLinear[float32](500, 5, kernels.ActIdentity))
	layer.Initialize[float32](model, 1)
	clear(model.Params()[0].Value)
	for _, p := range model.Params() {
		if p.Name == "1.weight" {
			kernels.Scale(p.Value, 1e26, p.Value)
		}
	}
	return model
}

// stateOfRun is all that a step changes.
func stateOfRun(tr *Trainer[float32]) (all [][]float32, steps int) {
	for _, p := range tr.Model.Params() {
		all = append(all, slices.Clone(p.Value))
	}
	for _, s := range tr.Optimizer.Tensors(tr.Model.Params()) {
		all = append(all, slices.Clone(s.Value))
	}
	return all, tr.Optimizer.Steps()
}

// TestNonFiniteGradient: a finite loss with a gradient that overflows ends the run, or is
// passed over, with weights, statistics and optimizer as they were, whatever is to happen
// to the gradients.
func TestNonFiniteGradient(t *testing.T) {
	set := blobs[float32](31, 70, 5, 3)
	kernels.Scale(set.X, 1e10, set.X)
	for name, change := range map[string]func(*Trainer[float32]){
		"in the backward pass": func(*Trainer[float32]) {},
		"KeepGrad":             func(tr *Trainer[float32]) { tr.KeepGrad = true },
		"NAdam":                func(tr *Trainer[float32]) { tr.Optimizer = optim.NewNAdam[float32]() },
		"Clip": func(tr *Trainer[float32]) {
			tr.Clip = func(p []*layer.Param[float32]) float64 { return grad.ClipNorm(p, 1) }
		},
		"Accumulate": func(tr *Trainer[float32]) { tr.Accumulate = 2 },
		"Groups": func(tr *Trainer[float32]) {
			tr.Optimizer = optim.NewGroups(optim.Group[float32]{Params: tr.Model.Params(),
				Optimizer: optim.NewMomentum[float32](0.9)})
		},
	} {
		t.Run(name, func(t *testing.T) {
			for _, skip := range []bool{false, true} {
				tr := trainer[float32](steep(), 1, 31)
				tr.Rate, tr.SkipNonFinite, tr.Warn = optim.Constant(0.1), skip, mute
				change(tr)
				if _, err := tr.Run(context.Background(), blobs[float32](1, 70, 5, 3)); err != nil {
					t.Fatal(err) // a step on one row, whose variance is 0, so that there is state
				}
				before, steps := stateOfRun(tr)
				history, err := tr.Run(context.Background(), set)
				after, n := stateOfRun(tr)
				if n != steps {
					t.Errorf("skip %v: the optimizer counts %d steps, want %d", skip, n, steps)
				}
				for i, v := range after {
					if !slices.Equal(v, before[i]) {
						t.Errorf("skip %v: tensor %d changed", skip, i)
					}
				}
				if skip {
					if err != nil || history[0].Skipped != 1 {
						t.Errorf("skipping: %+v, %v", history, err)
					}
					continue
				}
				for _, want := range []string{"train: the loss is ",
					"in epoch 1, step 1 of 1: in layer 0 (Linear), the first on the way back, that of 0.weight has ", "SkipNonFinite"} {
					if err == nil || !strings.Contains(err.Error(), want) {
						t.Errorf("got %v, want %q in it", err, want)
					}
				}
			}
		})
	}
}

// brokenLoss has a gradient that is not a number though its value is one.
type brokenLoss struct{ grad.MSE[float64] }

func (l brokenLoss) Grad(dp, p mat.Dense[float64], y grad.Target[float64]) float64 {
	loss := l.MSE.Grad(dp, p, y)
	dp.Data[1] = math.NaN()
	return loss
}

func TestNonFiniteLossGradient(t *testing.T) {
	model := mlp[float64](2, 3, 1)
	layer.Initialize[float64](model, 1)
	tr := trainer[float64](model, 1, 4)
	tr.Loss = brokenLoss{}
	_, err := tr.Run(context.Background(), xor[float64]())
	if err == nil || !strings.Contains(err.Error(), "that of the loss has NaN at row 1, column 0") {
		t.Errorf("got %v", err)
	}
}

// TestNonFiniteInResidual: where the sum of body and skip overflows, it is the Residual that
// is named, not the layer after it.
func TestNonFiniteInResidual(t *testing.T) {
	body, skip := layer.NewLinear[float64](1, 1, kernels.ActIdentity).NoBias(),
		layer.NewLinear[float64](1, 1, kernels.ActIdentity).NoBias()
	last := layer.NewLinear[float64](1, 1, kernels.ActIdentity)
	model := layer.NewSequential[float64](
		layer.NewLinear[float64](1, 1, kernels.ActIdentity),
		layer.NewSequential[float64](layer.NewResidual[float64](body, skip)),
		last)
	for _, p := range model.Params() {
		p.Value[0] = 1
	}
	body.W.Value[0], skip.W.Value[0] = 1e308, 1e308
	tr := trainer[float64](model, 1, 1)
	tr.Loss = grad.MSE[float64]{}
	set := &data.Set[float64]{X: []float64{0.5}, Values: []float64{0}, Rows: 1, Features: 1, Outputs: 1}
	_, err := tr.Run(context.Background(), set)
	if err == nil || !strings.Contains(err.Error(),
		"layer 1.0 (Residual) is the first to put out +Inf, at row 0, column 0") {
		t.Errorf("got %v", err)
	}
}
