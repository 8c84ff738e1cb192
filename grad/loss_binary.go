package grad

import (
	"math"

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
//
// PosWeight w multiplies the part of the positive class in loss and gradient. It makes up for a
// class that is rare: w = negatives/positives gives both the same weight. The mean still
// divides by n, as in PyTorch:
//
//	L = mean of -(w y log p + (1-y) log(1-p))
type BCE[T kernels.Float] struct {
	PosWeight float64 // 0 counts as 1
	Reduction Reduction
}

// Grad implements [Loss] with the values of y.
func (l BCE[T]) Grad(dp, p mat.Dense[T], y Target[T]) float64 {
	if weighs(l.PosWeight) {
		return positives("BCE", l.Reduction, l.PosWeight, &dp, &p, &y, entropy)
	}
	return elementwise("BCE", l.Reduction, &dp, &p, &y, kernels.BCE[T])
}

// Weight implements [Weigher].
func (l BCE[T]) Weight(rows int, y Target[T]) float64 { return weightOf(l.Reduction, rows, y) }

// Classify implements [Loss].
func (BCE[T]) Classify(class []int, p mat.Dense[T]) {
	classify("BCE", class, p, 0.5)
}

// Check returns an error that names the first setting which cannot work: PosWeight is a finite
// number of at least 0.
func (l BCE[T]) Check(outputs, classes int) error {
	return checkBinary("BCE", l.Reduction, l.PosWeight)
}

// BCEWithLogits is [BCE] of sigmoid(z), computed from the logits z so that nothing
// overflows or cancels:
//
//	L = mean of max(z, 0) - z y + log(1 + exp(-|z|))
//	dL/dz = (sigmoid(z) - y) / n
//
// Infinite logits have the limits of both, see [kernels.BCEWithLogits]. PosWeight w is that of
// [BCE]:
//
//	L = mean of w y log(1 + exp(-z)) + (1-y) log(1 + exp(z))
//	dL/dz = ((1-y) sigmoid(z) - w y sigmoid(-z)) / n
type BCEWithLogits[T kernels.Float] struct {
	PosWeight float64 // 0 counts as 1
	Reduction Reduction
}

// Grad implements [Loss] with the values of y.
func (l BCEWithLogits[T]) Grad(dp, p mat.Dense[T], y Target[T]) float64 {
	if weighs(l.PosWeight) {
		return positives("BCEWithLogits", l.Reduction, l.PosWeight, &dp, &p, &y, logistic)
	}
	return elementwise("BCEWithLogits", l.Reduction, &dp, &p, &y, kernels.BCEWithLogits[T])
}

// Weight implements [Weigher].
func (l BCEWithLogits[T]) Weight(rows int, y Target[T]) float64 {
	return weightOf(l.Reduction, rows, y)
}

// Classify implements [Loss].
func (BCEWithLogits[T]) Classify(class []int, p mat.Dense[T]) {
	classify("BCEWithLogits", class, p, 0)
}

// Check returns an error that names the first setting which cannot work: PosWeight is a finite
// number of at least 0.
func (l BCEWithLogits[T]) Check(outputs, classes int) error {
	return checkBinary("BCEWithLogits", l.Reduction, l.PosWeight)
}

// Hinge is the loss of the support vector machine, for targets 0 and 1 that stand for
// s = -1 and 1 (Cortes and Vapnik, Support-Vector Networks, 1995):
//
//	L = mean of max(0, 1 - s z)
//	dL/dz = -s / n where s z < 1, else 0
//
// PosWeight multiplies loss and gradient of the targets 1.
type Hinge[T kernels.Float] struct {
	PosWeight float64 // 0 counts as 1
	Reduction Reduction
}

// Grad implements [Loss] with the values of y.
func (l Hinge[T]) Grad(dp, p mat.Dense[T], y Target[T]) float64 {
	return margins("Hinge", l.Reduction, l.PosWeight, &dp, &p, &y, 1)
}

// Weight implements [Weigher].
func (l Hinge[T]) Weight(rows int, y Target[T]) float64 { return weightOf(l.Reduction, rows, y) }

// Classify implements [Loss].
func (Hinge[T]) Classify(class []int, p mat.Dense[T]) {
	classify("Hinge", class, p, 0)
}

// Check returns an error that names the first setting which cannot work: PosWeight is a finite
// number of at least 0.
func (l Hinge[T]) Check(outputs, classes int) error {
	return checkBinary("Hinge", l.Reduction, l.PosWeight)
}

// Perceptron is the criterion of Rosenblatt's perceptron (The Perceptron, 1958) for
// targets y of 0 and 1, on the value z under the step function:
//
//	L = mean of (step(z) - y) z        step(z) = 1 where z > 0, else 0
//	dL/dz = (step(z) - y) / n
//
// Gradient descent on one sample at a time with rate eta is then his rule: nothing where
// the class is right, w <- w + eta (y - step(z)) x where it is wrong. It converges if the
// classes can be separated by a plane, and runs on for ever if they cannot.
//
// PosWeight is that of [Hinge].
type Perceptron[T kernels.Float] struct {
	PosWeight float64 // 0 counts as 1
	Reduction Reduction
}

// Grad implements [Loss] with the values of y.
func (l Perceptron[T]) Grad(dp, p mat.Dense[T], y Target[T]) float64 {
	return margins("Perceptron", l.Reduction, l.PosWeight, &dp, &p, &y, 0)
}

// Weight implements [Weigher].
func (l Perceptron[T]) Weight(rows int, y Target[T]) float64 { return weightOf(l.Reduction, rows, y) }

// Classify implements [Loss].
func (Perceptron[T]) Classify(class []int, p mat.Dense[T]) {
	classify("Perceptron", class, p, 0)
}

// Check returns an error that names the first setting which cannot work: PosWeight is a finite
// number of at least 0.
func (l Perceptron[T]) Check(outputs, classes int) error {
	return checkBinary("Perceptron", l.Reduction, l.PosWeight)
}

// margins applies the mean of max(0, m - s z).
func margins[T kernels.Float](op string, r Reduction, weight float64,
	dp, p *mat.Dense[T], y *Target[T], m T) float64 {
	if weighs(weight) {
		return positives(op, r, weight, dp, p, y, func(z, y, w float64) (loss, slope float64) {
			loss, slope = hinge(z, y, float64(m))
			w = 1 + float64((w-1)*y)
			return float64(w * loss), float64(w * slope)
		})
	}
	return elementwise(op, r, dp, p, y, func(dz, z, y []T) float64 {
		total, part := 0.0, 1/T(len(z))
		for i, v := range z {
			loss, slope := hinge(v, y[i], m)
			dz[i] = T(slope * part)
			total += float64(loss)
		}
		return total / float64(max(1, len(z)))
	})
}

// hinge is max(0, m - s z) and its slope, s = -1 and 1 for targets 0 and 1. Where m is 0,
// z = 0 stands for class 0.
func hinge[T kernels.Float](z, y, m T) (loss, slope T) {
	s := 2*y - 1
	gap := m - T(s*z)
	switch {
	case gap > 0 || gap == 0 && m == 0 && s > 0:
		return gap, -s
	case gap <= 0:
		return 0, 0
	}
	return gap, gap // NaN
}

// weighs reports whether a PosWeight makes a difference.
func weighs(w float64) bool { return w != 0 && w != 1 }

// positives applies a binary loss of one number with the weight of its positive class.
func positives[T kernels.Float](op string, r Reduction, weight float64,
	dp, p *mat.Dense[T], y *Target[T], term func(p, y, w float64) (loss, slope float64)) float64 {
	return elementwise(op, r, dp, p, y, func(d, p, y []T) float64 {
		total, n := 0.0, float64(max(1, len(p)))
		for i, v := range p {
			loss, slope := term(float64(v), float64(y[i]), weight)
			d[i] = T(slope / n)
			total += loss
		}
		return total / n
	})
}

// entropy is -(w y log p + (1-y) log(1-p)) and its slope, held as those of [kernels.BCE].
func entropy(p, y, w float64) (loss, slope float64) {
	part := func(share, log float64) float64 {
		if share == 0 {
			return 0
		}
		return share * max(log, -100)
	}
	loss = -part(w*y, math.Log(p)) - part(1-y, math.Log1p(-p))
	return loss, (float64((1-y)*p) - float64(w*y*(1-p))) / max(float64(p*(1-p)), 1e-12)
}

// logistic is w y log(1 + exp(-z)) + (1-y) log(1 + exp(z)) and its slope. A class of share 0
// counts as 0 even where its logarithm is infinite.
func logistic(z, y, w float64) (loss, slope float64) {
	part := func(share, z float64) float64 {
		if share == 0 && z == z {
			return 0
		}
		return share * (max(z, 0) + math.Log1p(math.Exp(-math.Abs(z))))
	}
	return part(w*y, -z) + part(1-y, z), float64((1-y)*sigmoid(z)) - float64(w*y*sigmoid(-z))
}

// sigmoid is 1 / (1 + exp(-z)), which neither overflows nor cancels.
func sigmoid(z float64) float64 {
	if z < 0 {
		e := math.Exp(z)
		return e / (1 + e)
	}
	return 1 / (1 + math.Exp(-z))
}
