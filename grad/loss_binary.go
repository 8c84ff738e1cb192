package grad

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/mat"
)

// BCE is the binary cross-entropy of probabilities p, such as outputs of a sigmoid,
// and targets y in [0, 1]:
//
//	L = mean of -(y log p + (1-y) log(1-p))
//	dL/dp = (p - y) / (p (1-p)) / n
//
// Its values at p = 0 and 1 are held finite, see [kernels.BCE]. [BCEWithLogits] is
// exact everywhere and the better choice in training.
type BCE[T kernels.Float] struct{ Reduction Reduction }

// Grad implements [Loss] with the values of y.
func (l BCE[T]) Grad(dp, p mat.Dense[T], y Target[T]) float64 {
	return elementwise("BCE", l.Reduction, &dp, &p, &y, kernels.BCE[T])
}

// Weight implements [Weigher].
func (l BCE[T]) Weight(rows int, y Target[T]) float64 { return weightOf(l.Reduction, rows, y) }

// Classify implements [Loss].
func (BCE[T]) Classify(class []int, p mat.Dense[T]) { classify(class, p, 0.5) }

// BCEWithLogits is [BCE] of sigmoid(z), computed from the logits z so that nothing
// overflows or cancels:
//
//	L = mean of max(z, 0) - z y + log(1 + exp(-|z|))
//	dL/dz = (sigmoid(z) - y) / n
type BCEWithLogits[T kernels.Float] struct{ Reduction Reduction }

// Grad implements [Loss] with the values of y.
func (l BCEWithLogits[T]) Grad(dp, p mat.Dense[T], y Target[T]) float64 {
	return elementwise("BCEWithLogits", l.Reduction, &dp, &p, &y, kernels.BCEWithLogits[T])
}

// Weight implements [Weigher].
func (l BCEWithLogits[T]) Weight(rows int, y Target[T]) float64 {
	return weightOf(l.Reduction, rows, y)
}

// Classify implements [Loss].
func (BCEWithLogits[T]) Classify(class []int, p mat.Dense[T]) { classify(class, p, 0) }

// Hinge is the loss of the support vector machine, for targets 0 and 1 that stand for
// s = -1 and 1 (Cortes and Vapnik, Support-Vector Networks, 1995):
//
//	L = mean of max(0, 1 - s z)
//	dL/dz = -s / n where s z < 1, else 0
type Hinge[T kernels.Float] struct{ Reduction Reduction }

// Grad implements [Loss] with the values of y.
func (l Hinge[T]) Grad(dp, p mat.Dense[T], y Target[T]) float64 {
	return elementwise("Hinge", l.Reduction, &dp, &p, &y, func(dz, z, y []T) float64 { return margin(dz, z, y, 1) })
}

// Weight implements [Weigher].
func (l Hinge[T]) Weight(rows int, y Target[T]) float64 { return weightOf(l.Reduction, rows, y) }

// Classify implements [Loss].
func (Hinge[T]) Classify(class []int, p mat.Dense[T]) { classify(class, p, 0) }

// Perceptron is the criterion of Rosenblatt's perceptron (The Perceptron, 1958) for
// targets y of 0 and 1, on the value z under the step function:
//
//	L = mean of (step(z) - y) z        step(z) = 1 where z > 0, else 0
//	dL/dz = (step(z) - y) / n
//
// Gradient descent on one sample at a time with rate eta is then his rule: nothing where
// the class is right, w <- w + eta (y - step(z)) x where it is wrong. It converges if the
// classes can be separated by a plane, and runs on for ever if they cannot.
type Perceptron[T kernels.Float] struct{ Reduction Reduction }

// Grad implements [Loss] with the values of y.
func (l Perceptron[T]) Grad(dp, p mat.Dense[T], y Target[T]) float64 {
	return elementwise("Perceptron", l.Reduction, &dp, &p, &y, func(dz, z, y []T) float64 { return margin(dz, z, y, 0) })
}

// Weight implements [Weigher].
func (l Perceptron[T]) Weight(rows int, y Target[T]) float64 { return weightOf(l.Reduction, rows, y) }

// Classify implements [Loss].
func (Perceptron[T]) Classify(class []int, p mat.Dense[T]) { classify(class, p, 0) }

// margin is the mean of max(0, m - s z), s = -1 and 1 for targets 0 and 1. Where m is 0,
// z = 0 stands for class 0.
func margin[T kernels.Float](dz, z, y []T, m T) float64 {
	total, part := 0.0, 1/T(len(z))
	for i, v := range z {
		s := 2*y[i] - 1
		gap := m - T(s*v)
		switch {
		case gap > 0 || gap == 0 && m == 0 && s > 0:
			dz[i] = -s * part
			total += float64(gap)
		case gap <= 0:
			dz[i] = 0
		default: // NaN
			dz[i] = gap
			total += float64(gap)
		}
	}
	return total / float64(len(z))
}
