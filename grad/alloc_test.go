package grad_test

import (
	"math/rand/v2"
	"runtime"
	"testing"

	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/internal/mallocs"
	"github.com/ashlar-go/ashlar/mat"
)

// TestLossesAllocateNothing: with options, too.
func TestLossesAllocateNothing(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	p, dp, v := random(rng, 6, 3), mat.New[float64](6, 3), random(rng, 6, 3)
	labels := target{Classes: classes(rng, 6, 3), Weights: weights}
	for _, c := range []struct {
		loss grad.Loss[float64]
		y    target
	}{
		{grad.MSE[float64]{}, target{Values: v}},
		{grad.MSE[float64]{Reduction: grad.Sum}, target{Values: v, Weights: weights}},
		{grad.MAE[float64]{}, target{Values: v}},
		{grad.Huber[float64]{}, target{Values: v, Weights: weights}},
		{grad.BCE[float64]{}, target{Values: v}}, {grad.BCEWithLogits[float64]{}, target{Values: v}},
		{grad.Hinge[float64]{}, target{Values: v}}, {grad.Perceptron[float64]{}, target{Values: v}},
		{grad.BCE[float64]{PosWeight: 2}, target{Values: v}},
		{grad.BCEWithLogits[float64]{PosWeight: 2}, target{Values: v, Weights: weights}},
		{grad.Hinge[float64]{PosWeight: 2}, target{Values: v}},
		{grad.Perceptron[float64]{PosWeight: 2}, target{Values: v}},
		{grad.SoftmaxCrossEntropy[float64]{}, labels},
		{grad.SoftmaxCrossEntropy[float64]{Smoothing: 0.1, ClassWeight: []float64{1, 2, 3}}, labels},
		{grad.SoftmaxCrossEntropy[float64]{}, target{Classes: []int{0, 1, grad.Ignored, 2, 1, 0}}},
	} {
		n := mallocs.Least(func() {
			for range 50 {
				c.loss.Grad(dp, p, c.y)
			}
			runtime.GC()
		})
		if n > 0 {
			t.Errorf("%T: %d allocations in 50 calls", c.loss, n)
		}
	}
}
