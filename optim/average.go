package optim

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/layer"
)

// Average keeps an exponential moving average of the parameters, which often
// generalises better than the last ones (Polyak and Juditsky, Acceleration of
// Stochastic Approximation by Averaging, 1992):
//
//	a <- beta a + (1 - beta) w      after each step, from a = w
type Average[T kernels.Float] struct {
	beta    float64
	params  []*layer.Param[T]
	average [][]T
}

// NewAverage begins an average of the parameters as they are now, with 0 <= beta < 1,
// such as 0.999; another beta panics. State that is not trained, such as running statistics, is
// averaged too.
func NewAverage[T kernels.Float](params []*layer.Param[T], beta float64) *Average[T] {
	if err := checkSettings("NewAverage", setting{"beta", beta, share}); err != nil {
		panic(err)
	}
	checkParams("NewAverage", params)
	a := &Average[T]{beta: beta, params: params}
	for _, p := range params {
		a.average = append(a.average, append([]T(nil), p.Value...))
	}
	return a
}

// Beta returns the beta of the average.
func (a *Average[T]) Beta() float64 { return a.beta }

// Update takes the parameters into the average. Call it after each step.
func (a *Average[T]) Update() {
	for i, p := range a.params {
		// a -= (1-beta) (a - w) is gradient descent with -w for g and a decay of 1
		kernels.UpdateSGD(a.average[i], p.Value,
			kernels.SGDParams{LR: 1 - a.beta, WeightDecay: 1, GradScale: -1})
	}
}

// Swap exchanges the parameters of the model with their averages: before an evaluation
// or before they are saved, and once more to go on training.
func (a *Average[T]) Swap() {
	for i, p := range a.params {
		kernels.Swap(p.Value, a.average[i])
	}
}

// Tensors returns the averages, for a checkpoint.
func (a *Average[T]) Tensors() []Tensor[T] {
	var list []Tensor[T]
	for i, p := range a.params {
		list = append(list, Tensor[T]{"average." + p.Name, a.average[i]})
	}
	return list
}
