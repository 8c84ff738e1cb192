package command

import (
	"fmt"
	"strconv"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
	"github.com/ashlar-go/ashlar/optim"
	"github.com/ashlar-go/ashlar/train"
)

// fewRows is the number of training rows from which on they carry a net of two layers without dropout.
const fewRows = 5000

// hidden returns the sizes of the hidden layers for a number of training rows. More rows carry more
// weights; dropout and early stopping take care of too many.
func (n *netSettings) hidden(rows int) []int {
	switch {
	case n.Hidden != nil && (len(n.Hidden) == 0 || n.Hidden[0] == 0):
		return nil
	case n.Hidden != nil:
		return n.Hidden
	case rows < 500:
		return []int{32}
	case rows < fewRows:
		return []int{128}
	case rows < 50000:
		return []int{128, 64}
	}
	return []int{256, 128}
}

// dropout returns the fraction of the hidden units that are left out. Few rows are learnt by heart
// without.
func (n *netSettings) dropout(rows int) float64 {
	switch {
	case n.Dropout != nil:
		return *n.Dropout
	case rows < fewRows:
		return 0.2
	}
	return 0
}

// dropoutFlag is a flag of a fraction that may be none.
type dropoutFlag struct{ to **float64 }

func (d *dropoutFlag) String() string {
	if d.to == nil || *d.to == nil {
		return ""
	}
	return strconv.FormatFloat(**d.to, 'g', -1, 64)
}

// Type is what a flag shows.
func (d *dropoutFlag) Type() string { return "fraction" }

// Set takes a number.
func (d *dropoutFlag) Set(text string) error {
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return fmt.Errorf("%q is no number", text)
	}
	*d.to = &v
	return nil
}

// batch returns the rows of a batch for a number of training rows.
func (t *trainSettings) batch(rows int) int {
	switch {
	case t.Batch > 0:
		return min(t.Batch, rows)
	case rows < 500:
		return min(16, rows)
	case rows < 2000:
		return 32
	case rows < 20000:
		return 64
	}
	return 128
}

// rate returns the learning rate.
func (t *trainSettings) rate() float64 {
	usual := map[string]float64{"sgd": 0.1, "momentum": 0.02, "nesterov": 0.02, "adagrad": 0.02,
		"lion": 0.0003}
	switch rate, is := usual[t.Optimizer]; {
	case t.Rate > 0:
		return t.Rate
	case is:
		return rate
	}
	return 0.003
}

// net returns the net for in features and out outputs. It has been initialised.
func (n *netSettings) net(in, out, rows int, seed uint64) (*layer.Sequential[float32], error) {
	act, err := kernels.ParseActivation(n.Activation)
	if err != nil {
		return nil, err
	}
	var layers []layer.Layer[float32]
	for _, units := range n.hidden(rows) {
		if n.BatchNorm {
			layers = append(layers, layer.NewLinear[float32](in, units, kernels.ActIdentity),
				layer.NewBatchNorm[float32](units), layer.NewActivation[float32](act))
		} else {
			layers = append(layers, layer.NewLinear[float32](in, units, act))
		}
		if rate := n.dropout(rows); rate > 0 {
			layers = append(layers, layer.NewDropout[float32](rate))
		}
		in = units
	}
	net := layer.NewSequential(append(layers, layer.NewLinear[float32](in, out, kernels.ActIdentity))...)
	layer.Initialize(net, seed)
	return net, nil
}

// optimizer returns the optimizer, which is one of optimizers.
func (t *trainSettings) optimizer() optim.Optimizer[float32] {
	switch t.Optimizer {
	case "adam":
		return optim.NewAdam[float32]()
	case "nadam":
		return optim.NewNAdam[float32]()
	case "sgd":
		return &optim.SGD[float32]{}
	case "momentum":
		return optim.NewMomentum[float32](0.9)
	case "nesterov":
		return optim.NewNesterov[float32](0.9)
	case "rmsprop":
		return optim.NewRMSProp[float32]()
	case "adagrad":
		return optim.NewAdagrad[float32]()
	case "lion":
		return optim.NewLion[float32](t.WeightDecay)
	}
	return optim.NewAdamW[float32](t.WeightDecay)
}

// schedule sets the rate of a trainer that takes so many steps.
func (t *trainSettings) schedule(trainer *train.Trainer[float32], steps int) {
	switch rate := t.rate(); t.Schedule {
	case "constant":
		trainer.Rate = optim.Constant(rate)
	case "cosine":
		trainer.Rate = optim.Cosine(rate, 0, steps)
	case "onecycle":
		trainer.Rate = optim.OneCycle(rate, 0.3, steps)
	default:
		trainer.Plateau = &optim.Plateau{Initial: rate, Factor: 0.5, Patience: max(1, t.Patience/3),
			Least: rate / 1000}
	}
}

// loss returns the loss of the training rows.
func (d *dataset) loss(balance bool) grad.Loss[float32] {
	if !d.classes {
		return grad.MSE[float32]{}
	}
	l := grad.SoftmaxCrossEntropy[float32]{}
	if balance {
		l.ClassWeight = grad.BalancedWeights[float32](d.training.set.Y, d.training.set.Classes)
	}
	return l
}
