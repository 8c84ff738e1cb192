package train_test

import (
	"fmt"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
)

// torchSpec says what a fixture trains.
type torchSpec struct {
	Name          string
	Layers        []layerSpec
	Loss          lossSpec
	Optimizer     optimizerSpec
	Clip          clipSpec
	Schedule      scheduleSpec
	Accumulate    int
	Average       float64
	Rows, Batches int
	LossValue     float64   `json:"loss_value"`
	Errors        []float64 // of PyTorch in float32, normwise, at each of marks
}

type layerSpec struct {
	Kind, Act  string
	In, Out, N int
	Bias       bool
	Body, Skip []layerSpec
}

var activations = map[string]kernels.Activation{
	"identity": kernels.ActIdentity, "sigmoid": kernels.ActSigmoid, "tanh": kernels.ActTanh, "relu": kernels.ActReLU,
	"leaky_relu": kernels.ActLeakyReLU(0.01), "elu": kernels.ActELU(1), "selu": kernels.ActSELU, "gelu": kernels.ActGELU,
	"gelu_tanh": kernels.ActGELUTanh, "silu": kernels.ActSiLU, "softplus": kernels.ActSoftplus,
	"hard_sigmoid": kernels.ActHardSigmoid, "hard_tanh": kernels.ActHardTanh, "hard_swish": kernels.ActHardSwish,
}

func network[T kernels.Float](specs []layerSpec) *layer.Sequential[T] {
	var parts []layer.Layer[T]
	for _, s := range specs {
		parts = append(parts, part[T](s))
	}
	return layer.NewSequential(parts...)
}

func part[T kernels.Float](s layerSpec) layer.Layer[T] {
	switch s.Kind {
	case "linear":
		l := layer.NewLinear[T](s.In, s.Out, activation(s.Act))
		if !s.Bias {
			l.NoBias()
		}
		return l
	case "activation":
		return layer.NewActivation[T](activation(s.Act))
	case "softmax":
		return layer.Softmax[T]{}
	case "prelu":
		return layer.NewPReLU[T](s.N)
	case "batchnorm":
		return layer.NewBatchNorm[T](s.N)
	case "layernorm":
		return layer.NewLayerNorm[T](s.N)
	case "rmsnorm":
		return layer.NewRMSNorm[T](s.N)
	case "residual":
		if len(s.Skip) == 0 {
			return layer.NewResidual(layer.Layer[T](network[T](s.Body)), nil)
		}
		return layer.NewResidual(layer.Layer[T](network[T](s.Body)), layer.Layer[T](network[T](s.Skip)))
	}
	panic(unknown("layer", s.Kind))
}

func activation(name string) kernels.Activation {
	act, ok := activations[name]
	if !ok {
		panic(unknown("activation", name))
	}
	return act
}

func unknown(what, name string) error { return fmt.Errorf("fixtures: no %s is called %q", what, name) }

type lossSpec struct {
	Kind          string
	Sum           bool
	Probabilities bool
	Smoothing     float64
	ClassWeights  []float64 `json:"class_weights"`
	RowWeights    bool      `json:"row_weights"`
	Delta         float64
}

func lossOf[T kernels.Float](s lossSpec) grad.Loss[T] {
	r := grad.Mean
	if s.Sum {
		r = grad.Sum
	}
	switch s.Kind {
	case "ce":
		l := grad.SoftmaxCrossEntropy[T]{Smoothing: s.Smoothing, Reduction: r}
		if s.ClassWeights != nil {
			l.ClassWeight = make([]T, len(s.ClassWeights))
			fill(l.ClassWeight, s.ClassWeights)
		}
		return l
	case "bce":
		return grad.BCE[T]{Reduction: r}
	case "bce_logits":
		return grad.BCEWithLogits[T]{Reduction: r}
	case "mse":
		return grad.MSE[T]{Reduction: r}
	case "mae":
		return grad.MAE[T]{Reduction: r}
	case "huber":
		return grad.Huber[T]{Delta: s.Delta, Reduction: r}
	case "hinge":
		return grad.Hinge[T]{Reduction: r}
	}
	panic(unknown("loss", s.Kind))
}

type optimizerSpec struct {
	Kind               string
	LR, Decay, Mu, Eps float64
	RateDecay          float64 `json:"rate_decay"`
	Initial            float64
	Centered           bool
}

func optimizer[T kernels.Float](s optimizerSpec) optim.Optimizer[T] {
	coupled := optim.Decay{Lambda: s.Decay}
	switch s.Kind {
	case "sgd":
		return &optim.SGD[T]{Decay: coupled}
	case "momentum", "nesterov":
		o := optim.NewMomentum[T](s.Mu)
		if s.Kind == "nesterov" {
			o = optim.NewNesterov[T](s.Mu)
		}
		o.Decay = coupled
		return o
	case "adagrad":
		o := optim.NewAdagrad[T]()
		o.RateDecay, o.Initial, o.Decay = s.RateDecay, s.Initial, coupled
		return o
	case "rmsprop":
		o := optim.NewRMSProp[T]()
		o.Centered, o.Mu, o.Decay = s.Centered, s.Mu, coupled
		if s.Eps != 0 {
			o.Eps = s.Eps
		}
		return o
	case "adadelta":
		o := optim.NewAdadelta[T]()
		o.Decay = coupled
		return o
	case "adam":
		o := optim.NewAdam[T]()
		o.Decay = coupled
		return o
	case "amsgrad":
		o := optim.NewAMSGrad[T]()
		o.Decay = coupled
		return o
	case "adamw":
		return optim.NewAdamW[T](s.Decay)
	case "nadam":
		o := optim.NewNAdam[T]()
		o.Decay = optim.Decay{Lambda: s.Decay, Decoupled: true}
		return o
	case "lion":
		return optim.NewLion[T](s.Decay)
	}
	panic(unknown("optimizer", s.Kind))
}

type clipSpec struct {
	Kind string
	Max  float64
}

func clip[T kernels.Float](s clipSpec, params []*layer.Param[T]) {
	switch s.Kind {
	case "none":
	case "norm":
		grad.ClipNorm(params, s.Max)
	case "layers":
		grad.ClipLayers(params, s.Max)
	case "value":
		grad.ClipValue(params, s.Max)
	case "adaptive":
		grad.ClipAdaptive(params, s.Max, 1e-3)
	case "adaptive_tensors":
		grad.ClipAdaptiveTensors(params, s.Max, 1e-3)
	default:
		panic(unknown("clipping", s.Kind))
	}
}

type scheduleSpec struct {
	Kind         string
	Factor, Part float64
	Tolerance    float64
	Every, Total int
	Steps        int
	Patience     int
	Cooldown     int
}

// rate returns the schedule from its largest rate; plateau is another matter.
func (s scheduleSpec) rate(top float64) optim.Schedule {
	switch s.Kind {
	case "constant":
		return optim.Constant(top)
	case "steps":
		return optim.Steps(top, s.Factor, s.Every)
	case "exponential":
		return optim.Exponential(top, s.Factor)
	case "cosine":
		return optim.Cosine(top, 0, s.Total)
	case "warmup":
		return optim.Warmup(s.Steps, optim.Exponential(top, s.Factor))
	case "onecycle":
		return optim.OneCycle(top, s.Part, s.Total)
	case "plateau":
		return nil
	}
	panic(unknown("schedule", s.Kind))
}

// plateau returns the schedule that listens, nil if this is another one.
func (s scheduleSpec) plateau(top float64) *optim.Plateau {
	if s.Kind != "plateau" {
		return nil
	}
	return &optim.Plateau{Initial: top, Factor: s.Factor, Patience: s.Patience, Tolerance: s.Tolerance, Cooldown: s.Cooldown}
}
