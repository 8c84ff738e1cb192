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

// pull is a loss whose gradient does not depend on the prediction: size in the first row of a
// batch, and 0, -size, size... in the others.
type pull[T kernels.Float] struct{ size float64 }

func (l pull[T]) Grad(dp, p mat.Dense[T], _ grad.Target[T]) float64 {
	for i := range dp.Rows {
		for j := range dp.Row(i) {
			dp.Row(i)[j] = T(l.size * math.Cos(float64(i)*math.Pi/2))
		}
	}
	return 1
}

func (pull[T]) Classify(class []int, _ mat.Dense[T]) { clear(class) }

// foreign is an optimizer that nothing is known of, with a state of its own.
type foreign[T kernels.Float] struct {
	state []T
	steps int
}

func (o *foreign[T]) Step(params []*layer.Param[T], lr float64) {
	o.steps++
	for _, p := range params {
		p.GradScale, p.Stepped = 0, false
		for i, g := range p.Grad {
			p.Value[i] -= T(lr) * g
			o.state[0] += p.Value[i]
		}
	}
}

func (o *foreign[T]) Tensors([]*layer.Param[T]) []optim.Tensor[T] {
	return []optim.Tensor[T]{{Name: "v.total", Value: o.state}}
}
func (o *foreign[T]) Steps() int     { return o.steps }
func (o *foreign[T]) SetSteps(n int) { o.steps = n }

// optimizers are one of each kind.
func optimizers[T kernels.Float]() map[string]func(p []*layer.Param[T]) optim.Optimizer[T] {
	type params = []*layer.Param[T]
	coupled := optim.Decay{Lambda: 0.01}
	return map[string]func(params) optim.Optimizer[T]{
		"sgd":      func(params) optim.Optimizer[T] { return &optim.SGD[T]{Decay: coupled} },
		"momentum": func(params) optim.Optimizer[T] { return optim.NewMomentum[T](0.9) },
		"nesterov": func(params) optim.Optimizer[T] { return optim.NewNesterov[T](0.9) },
		"adam": func(params) optim.Optimizer[T] {
			o := optim.NewAdam[T]()
			o.Decay = coupled
			return o
		},
		"adamw":    func(params) optim.Optimizer[T] { return optim.NewAdamW[T](0.01) },
		"amsgrad":  func(params) optim.Optimizer[T] { return optim.NewAMSGrad[T]() },
		"nadam":    func(params) optim.Optimizer[T] { return optim.NewNAdam[T]() },
		"adagrad":  func(params) optim.Optimizer[T] { return optim.NewAdagrad[T]() },
		"adadelta": func(params) optim.Optimizer[T] { return optim.NewAdadelta[T]() },
		"rmsprop":  func(params) optim.Optimizer[T] { return optim.NewRMSProp[T]() },
		"centered": func(params) optim.Optimizer[T] {
			return &optim.RMSProp[T]{Alpha: 0.99, Eps: 1e-8, Mu: 0.9, Centered: true, Decay: coupled}
		},
		"lion": func(params) optim.Optimizer[T] { return optim.NewLion[T](0.01) },
		"groups": func(p params) optim.Optimizer[T] {
			return optim.NewGroups(optim.Group[T]{Params: p[:1], Optimizer: optim.NewLion[T](0)},
				optim.Group[T]{Params: p[1:], Optimizer: optim.NewAdam[T]()})
		},
		"foreign": func(params) optim.Optimizer[T] { return &foreign[T]{state: make([]T, 1)} },
	}
}

// normalised has running statistics before weights.
func normalised[T kernels.Float]() *layer.Sequential[T] {
	m := layer.NewSequential[T](layer.NewBatchNorm[T](3), layer.NewLinear[T](3, 1, kernels.ActIdentity))
	layer.Initialize[T](m, 1)
	return m
}

// everything lists all that a step may change.
func everything[T kernels.Float](tr *Trainer[T]) (list []T) {
	for _, p := range tr.Model.Params() {
		list = append(list, p.Value...)
	}
	for _, t := range tr.Optimizer.Tensors(tr.Model.Params()) {
		list = append(list, t.Value...)
	}
	for _, t := range tr.Average.Tensors() {
		list = append(list, t.Value...)
	}
	return append(list, T(tr.Optimizer.Steps()))
}

// TestStepThatOverflows: a step that would leave no number behind is an error, or is passed
// over, and changes nothing: with every optimizer, alone and for several batches together.
func TestStepThatOverflows(t *testing.T) {
	t.Run("f32", func(t *testing.T) { testStepThatOverflows[float32](t, math.MaxFloat32) })
	t.Run("f64", func(t *testing.T) { testStepThatOverflows[float64](t, math.MaxFloat64) })
}

func testStepThatOverflows[T kernels.Float](t *testing.T, largest float64) {
	set := blobs[T](120, 3, 1, 1)
	set.Values, set.Outputs, set.Y, set.Classes = make([]T, 120), 1, nil, 0
	undone := 0
	for name, fresh := range optimizers[T]() {
		for _, accumulate := range []int{1, 3} {
			for _, skip := range []bool{false, true} {
				model := normalised[T]()
				tr := &Trainer[T]{Model: model, Loss: pull[T]{1}, Optimizer: fresh(model.Params()),
					Epochs: 1, Batch: 5, Seed: 1, Warn: mute,
					Accumulate: accumulate, SkipNonFinite: skip,
					Average: optim.NewAverage(model.Params(), 0.5)}
				tr.Rate = func(step int) float64 { // two small steps, then nothing but large ones
					if step < 2 {
						return 0.001
					}
					return largest / 2
				}
				last, batches := everything(tr), 0
				tr.OnBatch = func(Progress) {
					if batches++; batches%accumulate == 0 || skip {
						last = everything(tr)
					}
				}
				history, err := tr.Run(context.Background(), set)
				got := everything(tr)
				i := slices.IndexFunc(got, func(v T) bool { return !finite(float64(v)) })
				switch {
				case i >= 0:
					t.Errorf("%s, %d batches a step: element %d of what a step changes is %v", name,
						accumulate, i, got[i])
				case err == nil && name == "adadelta": // whose steps are so small that even those are finite
				case skip && (err != nil || history[0].Skipped == 0):
					t.Errorf("%s, %d batches a step: %+v, %v", name, accumulate, history, err)
				case !skip && err != nil && strings.Contains(err.Error(),
					"the step of the optimizer overflows in epoch 1, step ") &&
					strings.Contains(err.Error(), "would have"):
					undone++
				// for a huge weight
				case !skip && (err == nil || !strings.Contains(err.Error(),
					"a gradient is not finite in epoch 1, step ")):
					t.Errorf("%s, %d batches a step: error %v", name, accumulate, err)
				}
				if !skip && !slices.Equal(got, last) {
					t.Errorf("%s, %d batches a step: the step that failed has changed something:\n%v\n%v",
						name, accumulate, last, got)
				}
				if !skip && batches < 2*accumulate {
					t.Errorf("%s: ended after %d batches", name, batches)
				}
			}
		}
	}
	if undone < len(optimizers[T]()) {
		t.Errorf("only %d steps were undone", undone)
	}
}

// TestHugeGradients: gradients beyond what is sure, but with steps that are not, train like
// any others, in the backward pass or not, with the masks of the same step.
func TestHugeGradients(t *testing.T) {
	const rows, in, out, batch, size = 60, 70, 500, 20, 1e25
	set := &data.Set[float32]{Rows: rows, Features: in, Outputs: out, X: blobs[float32](rows, in, 1, 1).X,
		Values: make([]float32, rows*out)}
	for name, change := range map[string]func(*Trainer[float32]){
		"plain": func(*Trainer[float32]) {}, "kept": func(tr *Trainer[float32]) { tr.KeepGrad = true },
		"clipped": func(tr *Trainer[float32]) {
			tr.Clip = func(p []*layer.Param[float32]) float64 { return grad.ClipNorm(p, 1e40) }
		},
	} {
		fresh := func() *layer.Sequential[float32] {
			m := layer.NewSequential[float32](layer.NewDropout[float32](0.3),
				layer.NewLinear[float32](in, out, kernels.ActIdentity))
			layer.Initialize[float32](m, 1)
			return m
		}
		model := fresh()
		tr := &Trainer[float32]{Model: model, Loss: pull[float32]{size},
			Optimizer: optim.NewMomentum[float32](0.5),
			Rate:      optim.Constant(1e-27), Epochs: 2, Batch: batch, Seed: 3, Warn: mute}
		change(tr)
		if _, err := tr.Run(context.Background(), set); err != nil {
			t.Fatal(name, err)
		}
		want, o := fresh(), optim.NewMomentum[float32](0.5)
		ws, order := layer.NewWorkspace[float32](want), data.NewBatcher(set, batch, tr.Seed)
		ws.Seed = tr.Seed
		x, step := make([]float32, batch*in), 0
		for epoch := 1; epoch <= 2; epoch++ {
			for order.Shuffle(epoch); order.Next(x, nil) > 0; step++ {
				ws.Step = uint64(step)
				p, dp := ws.Forward(mat.Of(batch, in, x), true), mat.New[float32](batch, out)
				tr.Loss.Grad(dp, p, grad.Target[float32]{})
				ws.Backward(dp)
				o.Step(want.Params(), 1e-27)
			}
		}
		if o.Steps() != tr.Optimizer.Steps() {
			t.Errorf("%s: %d steps, want %d", name, tr.Optimizer.Steps(), o.Steps())
		}
		for i, p := range model.Params() {
			if !slices.Equal(p.Value, want.Params()[i].Value) {
				t.Errorf("%s: %s is not that of a plain loop", name, p.Name)
			}
		}
	}
}

// TestClipThatEnlarges: a factor that clipping should not leave does no harm either.
func TestClipThatEnlarges(t *testing.T) {
	set := blobs[float32](40, 3, 1, 1)
	set.Values, set.Outputs, set.Y, set.Classes = make([]float32, 40), 1, nil, 0
	for _, factor := range []float32{3e38, float32(math.NaN()), float32(math.Inf(-1))} {
		model := normalised[float32]()
		tr := &Trainer[float32]{Model: model, Loss: pull[float32]{5}, Optimizer: &optim.SGD[float32]{},
			Rate: optim.Constant(8), Epochs: 1, Batch: 40, Warn: mute,
			Average: optim.NewAverage(model.Params(), 0.5)}
		tr.Clip = func(p []*layer.Param[float32]) float64 {
			for _, p := range p {
				p.GradScale = factor
			}
			return 1
		}
		before := everything(tr)
		if _, err := tr.Run(context.Background(), set); err == nil ||
			!strings.Contains(err.Error(), "overflows in epoch 1, step 1 of 1") {
			t.Errorf("factor %v: %v", factor, err)
		}
		if !slices.Equal(everything(tr), before) {
			t.Errorf("factor %v: something has changed", factor)
		}
	}
}

// TestGuardIsCheap: ordinary steps are proved, not looked at, at any rate below one that was
// proved: what is broken behind the guard's back stays unseen for many of them, but not for
// ever.
func TestGuardIsCheap(t *testing.T) {
	for name, fresh := range optimizers[float32]() {
		if name == "foreign" {
			continue
		}
		model := normalised[float32]()
		g := newGuard(model.Params(), fresh(model.Params()), nil)
		least := 256
		if name == "adadelta" { // whose bound of squared steps doubles
			least = 100
		}
		for step := range least {
			if step == 1 {
				model.Params()[0].Value[0] = float32(math.Inf(1))
			}
			if !g.sure(0.01 * (1 + math.Sin(float64(step))*0.9)) {
				t.Errorf("%s: looked at the weights again after %d steps", name, step)
				break
			}
		}
		for step := 0; g.sure(0.01); step++ {
			if step > 256 {
				t.Errorf("%s: a broken weight passes for sure", name)
				break
			}
		}
		model.Params()[0].Value[0] = 1
		if !g.sure(0.01) || !g.sure(1e6*0.01) || g.sure(math.Inf(1)) || !g.sure(0.01) {
			t.Errorf("%s: other rates", name)
		}
	}
}
