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
	Name            string
	Draw            int // of weights and batches
	Layers          []layerSpec
	Loss            lossSpec
	Optimizer       optimizerSpec
	Clip            clipSpec
	Schedule        scheduleSpec
	Average         float64
	Inputs, Outputs int
	Rows, Batches   int       // rows of a step's batch; batches, which take turns
	Part            int       // rows of the parts of a batch whose gradients are accumulated; 0 for all
	Trainer         bool      // for train.Trainer, which shuffles the rows
	LossValue       float64   `json:"loss_value"`
	Errors          []float64 // of PyTorch in float32, normwise, at each of marks
}

type layerSpec struct {
	Kind, Act        string
	In, Out, N       int
	Bias             bool
	P, Momentum, Eps float64 // 0 for the customary ones
	Body, Skip       []layerSpec
}

var activations = map[string]kernels.Activation{
	"identity": kernels.ActIdentity, "sigmoid": kernels.ActSigmoid, "tanh": kernels.ActTanh,
	"relu":       kernels.ActReLU,
	"leaky_relu": kernels.ActLeakyReLU(0.01), "leaky_relu 0.2": kernels.ActLeakyReLU(0.2),
	"elu": kernels.ActELU(1), "elu 0.5": kernels.ActELU(0.5), "selu": kernels.ActSELU,
	"gelu":      kernels.ActGELU,
	"gelu_tanh": kernels.ActGELUTanh, "silu": kernels.ActSiLU, "softplus": kernels.ActSoftplus,
	"hard_sigmoid": kernels.ActHardSigmoid, "hard_tanh": kernels.ActHardTanh,
	"hard_swish": kernels.ActHardSwish,
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
	case "dropout":
		return layer.NewDropout[T](s.P)
	case "sequential":
		return network[T](s.Body)
	case "batchnorm":
		l := layer.NewBatchNorm[T](s.N)
		set(&l.Momentum, s.Momentum)
		set(&l.Eps, s.Eps)
		return l
	case "layernorm":
		l := layer.NewLayerNorm[T](s.N)
		set(&l.Eps, s.Eps)
		return l
	case "rmsnorm":
		l := layer.NewRMSNorm[T](s.N)
		set(&l.Eps, s.Eps)
		return l
	case "residual":
		if len(s.Skip) == 0 {
			return layer.NewResidual(layer.Layer[T](network[T](s.Body)), nil)
		}
		return layer.NewResidual(layer.Layer[T](network[T](s.Body)), layer.Layer[T](network[T](s.Skip)))
	}
	panic(unknown("layer", s.Kind))
}

// set sets an option that a specification has.
func set[T kernels.Float](option *T, v float64) {
	if v != 0 {
		*option = T(v)
	}
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
			for i, w := range s.ClassWeights {
				l.ClassWeight[i] = T(w)
			}
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
	case "perceptron":
		return grad.Perceptron[T]{Reduction: r}
	}
	panic(unknown("loss", s.Kind))
}

type optimizerSpec struct {
	Kind               string
	LR, Decay, Mu, Eps float64
	Decoupled          bool
	RateDecay          float64 `json:"rate_decay"`
	Initial            float64
	Centered           bool
	Alpha, Rho, Psi    float64
	Betas              []float64
	First, Others      *optimizerSpec // of groups: for the first layer, for the others
	Scale              float64        // of a group's rate
}

// optimizer returns the one for the parameters of a network.
func optimizer[T kernels.Float](s optimizerSpec, net *layer.Sequential[T]) optim.Optimizer[T] {
	decay := optim.Decay{Lambda: s.Decay, Decoupled: s.Decoupled}
	switch s.Kind {
	case "groups":
		params, n := net.Params(), len(net.Parts()[0].Params())
		return optim.NewGroups(
			optim.Group[T]{Params: params[:n], Optimizer: optimizer(*s.First, net),
				RateScale: s.First.Scale},
			optim.Group[T]{Params: params[n:], Optimizer: optimizer(*s.Others, net),
				RateScale: s.Others.Scale})
	case "sgd":
		return &optim.SGD[T]{Decay: decay}
	case "momentum", "nesterov":
		o := optim.NewMomentum[T](s.Mu)
		if s.Kind == "nesterov" {
			o = optim.NewNesterov[T](s.Mu)
		}
		o.Decay = decay
		return o
	case "adagrad":
		o := optim.NewAdagrad[T]()
		o.RateDecay, o.Initial, o.Decay = s.RateDecay, s.Initial, decay
		set(&o.Eps, s.Eps)
		return o
	case "rmsprop":
		o := optim.NewRMSProp[T]()
		o.Centered, o.Mu, o.Decay = s.Centered, s.Mu, decay
		set(&o.Alpha, s.Alpha)
		set(&o.Eps, s.Eps)
		return o
	case "adadelta":
		o := optim.NewAdadelta[T]()
		o.Decay = decay
		set(&o.Rho, s.Rho)
		set(&o.Eps, s.Eps)
		return o
	}
	return adaptive[T](s, decay)
}

// adaptive returns the optimizers with two betas.
func adaptive[T kernels.Float](s optimizerSpec, decay optim.Decay) optim.Optimizer[T] {
	betas := func(beta1, beta2 *float64) {
		if s.Betas != nil {
			*beta1, *beta2 = s.Betas[0], s.Betas[1]
		}
	}
	switch s.Kind {
	case "adam", "adamw", "amsgrad":
		o := map[string]func() *optim.Adam[T]{"adam": optim.NewAdam[T], "amsgrad": optim.NewAMSGrad[T],
			"adamw": func() *optim.Adam[T] { return optim.NewAdamW[T](s.Decay) }}[s.Kind]()
		if s.Kind != "adamw" {
			o.Decay = decay
		}
		betas(&o.Beta1, &o.Beta2)
		set(&o.Eps, s.Eps)
		return o
	case "nadam":
		o := optim.NewNAdam[T]()
		o.Decay = decay
		betas(&o.Beta1, &o.Beta2)
		set(&o.Eps, s.Eps)
		set(&o.MomentumDecay, s.Psi)
		return o
	case "lion":
		o := optim.NewLion[T](s.Decay)
		o.Decay.Decoupled = s.Decoupled
		betas(&o.Beta1, &o.Beta2)
		return o
	}
	panic(unknown("optimizer", s.Kind))
}

type clipSpec struct {
	Kind string
	Max  float64
}

// clip shortens the gradients and returns the norm that they had, 0 without clipping.
func clip[T kernels.Float](s clipSpec, params []*layer.Param[T]) float64 {
	switch s.Kind {
	case "none":
		return 0
	case "norm":
		return grad.ClipNorm(params, s.Max)
	case "layers":
		return grad.ClipLayers(params, s.Max)
	case "value":
		return grad.ClipValue(params, s.Max)
	case "adaptive":
		return grad.ClipAdaptive(params, s.Max, 1e-3)
	case "adaptive_tensors":
		return grad.ClipAdaptiveTensors(params, s.Max, 1e-3)
	}
	panic(unknown("clipping", s.Kind))
}

type scheduleSpec struct {
	Kind         string
	Factor, Part float64
	Tolerance    float64
	Low, Least   float64
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
		return optim.Cosine(top, s.Low, s.Total)
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
	return &optim.Plateau{Initial: top, Factor: s.Factor, Patience: s.Patience, Tolerance: s.Tolerance,
		Cooldown: s.Cooldown, Least: s.Least}
}
