package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// The elementwise losses return the mean over all elements and write its gradient
// with respect to the prediction. All lengths must be equal; the gradient may be
// written over the prediction, no other overlap is allowed. The loss of no
// elements is 0. Sums run in chunks of 4096 elements of type T, which are added in
// float64; a NaN in any element makes the loss NaN.

// MSE returns mean (p - y)^2 and writes dp = 2 (p - y) / n. An infinite difference makes the
// loss +Inf and its own gradient infinite; two infinities of one sign make both NaN, here and
// in [MAE] and [Huber].
func MSE[T Float](dp, p, y []T) float64 {
	checkLoss("MSE", "dp", "p", dp, p, y)
	raceLoss(dp, p, y)
	return meanLoss(Active(), lossMSE, dp, p, y, 0)
}

// MAE returns mean |p - y| and writes dp = sign(p - y) / n, with sign(0) = 0. An infinite
// difference makes the loss +Inf.
func MAE[T Float](dp, p, y []T) float64 {
	checkLoss("MAE", "dp", "p", dp, p, y)
	raceLoss(dp, p, y)
	return meanLoss(Active(), lossMAE, dp, p, y, 0)
}

// Huber returns the mean of Huber's loss (Robust Estimation of a Location Parameter,
// 1964) of r = p - y,
//
//	r^2/2 where |r| <= delta, delta (|r| - delta/2) elsewhere
//
// and writes dp = min(max(r, -delta), delta) / n. delta must be positive; beyond the largest
// finite number it counts as that. An infinite r has an infinite loss.
func Huber[T Float](dp, p, y []T, delta T) float64 {
	checkLoss("Huber", "dp", "p", dp, p, y)
	if !(delta > 0) {
		failWith("Huber", "delta", "delta is not positive")
	}
	raceLoss(dp, p, y)
	return meanLoss(Active(), lossHuber, dp, p, y, min(delta, -lowest[T]()))
}

// BCE returns mean -(y log p + (1-y) log(1-p)) for probabilities p in [0, 1] and
// targets y in [0, 1], and writes dp = (p - y) / (p (1-p)) / n. Terms whose factor
// is 0 count as 0, and each logarithm is held above -100, as is 1/(p (1-p)) below
// 1e12, so that a certain and wrong prediction has a large finite loss: 100 with the gradient
// ±1e12 / n, beside 0 with the gradient 0 for one that is certain and right. Where the
// logits are at hand [BCEWithLogits] is exact and needs no such clamp.
func BCE[T Float](dp, p, y []T) float64 {
	checkLoss("BCE", "dp", "p", dp, p, y)
	raceLoss(dp, p, y)
	return meanLoss(Active(), lossBCE, dp, p, y, 0)
}

func xTimesLog(x, log float64) float64 {
	if x == 0 {
		return 0
	}
	return x * max(log, -100)
}

// BCEWithLogits returns the mean binary cross-entropy of sigmoid(z) against targets
// y in [0, 1], computed from the logits z without overflow or cancellation as
//
//	max(z, 0) - z y + log(1 + exp(-|z|))
//
// and writes dz = (sigmoid(z) - y) / n. An infinite z has the limit of both: the loss is 0
// where y agrees (z = +Inf, y = 1 and z = -Inf, y = 0) and +Inf elsewhere, the gradient
// (1 - y) / n at +Inf and -y / n at -Inf.
func BCEWithLogits[T Float](dz, z, y []T) float64 {
	checkLoss("BCEWithLogits", "dz", "z", dz, z, y)
	raceLoss(dz, z, y)
	return meanLoss(Active(), lossBCEWithLogits, dz, z, y, 0)
}

// checkLoss checks a gradient, the prediction and the targets y, the first two by their names.
func checkLoss[T Float](op, gradient, prediction string, d, p, y []T) {
	checkLen(op, gradient, len(d), len(p))
	checkLen(op, "y", len(y), len(p))
	if meet(d, p) {
		checkInPlace(op, gradient, prediction, vectorView(d), vectorView(p))
	}
	if meet(d, y) {
		overlap(op, gradient, "y")
	}
}

// meanLoss runs a loss in stretches.
func meanLoss[T Float](t Tier, op stretchOp, d, p, y []T, delta T) float64 {
	n := float64(max(1, len(p)))
	scale := 1 / n
	if op == lossMSE {
		scale = 2 / n
	}
	k := [2]T{T(scale), delta}
	if len(p) <= maxCall {
		return lossStretch(t, op, d, p, y, k) / n
	}
	return runStretch(t, op, [3][]T{d, p, y}, k) / n
}

// lossChunk is the number of elements whose losses are summed in T.
const lossChunk = 4096

// lossStretch runs a loss on one stretch and returns its sum.
func lossStretch[T Float](t Tier, op stretchOp, d, p, y []T, k [2]T) float64 {
	var part [1]T
	total := 0.0
	for i := 0; i < len(p); i += lossChunk {
		end := min(i+lossChunk, len(p))
		switch op {
		case lossMSE:
			dispatchSquaredLoss(t, part[:], d[i:end], p[i:end], y[i:end], k[0])
		case lossMAE:
			dispatchAbsoluteLoss(t, part[:], d[i:end], p[i:end], y[i:end], k[0])
		case lossHuber:
			dispatchHuberLoss(t, part[:], d[i:end], p[i:end], y[i:end], k[0], k[1])
		case lossBCE:
			part[0] = entropy(t, d[i:end], p[i:end], y[i:end], k[0])
		case lossBCEWithLogits:
			total += logistic(t, d[i:end], p[i:end], y[i:end], k[0])
			continue
		}
		total += float64(part[0])
	}
	return total
}

// entropy is BCE of up to lossChunk elements, whose terms are summed while they are in L1.
func entropy[T Float](t Tier, d, p, y []T, scale T) T {
	b := freelist.Get[T, streamBuffer[T]](&streamBuffers)
	terms := b.piece[0][:len(p)]
	dispatchEntropyTerms(t, terms, d, p, y, scale)
	var sum [1]T
	dispatchSum(t, sum[:], terms)
	freelist.Put[T](&streamBuffers, b)
	return sum[0]
}

// logistic is BCEWithLogits of up to lossChunk elements. The formula makes NaN of infinite
// logits, as 0*Inf or Inf-Inf, which the sum shows: the loss is then taken term by term, of a
// copy of z if d takes its place.
func logistic[T Float](t Tier, d, z, y []T, scale T) float64 {
	var sum [1]T
	if &d[0] != &z[0] {
		dispatchLogisticLoss(t, sum[:], d, z, y, scale)
		return logisticOr(float64(sum[0]), z, y)
	}
	b := freelist.Get[T, streamBuffer[T]](&streamBuffers)
	before := b.piece[0][:len(z)]
	copy(before, z)
	dispatchLogisticLoss(t, sum[:], d, before, y, scale)
	total := logisticOr(float64(sum[0]), before, y)
	freelist.Put[T](&streamBuffers, b)
	return total
}

// logisticOr returns a sum of logistic losses, or if that is NaN the sum of their limits.
func logisticOr[T Float](sum float64, z, y []T) float64 {
	if sum == sum {
		return sum
	}
	var total chainSum
	for i, v := range z {
		total.add(logisticLimit(float64(v), float64(y[i])))
	}
	return total.value()
}

// logisticLimit is the loss of one logit a and target t, at infinities its limit.
func logisticLimit(a, t float64) float64 {
	if !math.IsInf(a, 0) {
		return max(a, 0) - float64(a*t) + math.Log1p(math.Exp(-math.Abs(a)))
	}
	wrong := t // the share of the class that a rules out
	if a > 0 {
		wrong = 1 - t
	}
	if wrong == 0 {
		return 0
	}
	return wrong * math.Inf(1)
}

// chainSum is a sum in float64 in chains of 64 terms, whose error is far smaller than
// that of one long chain.
type chainSum struct {
	total, part float64
	n           int
}

func (s *chainSum) add(v float64) {
	s.part += v
	if s.n++; s.n == 64 {
		s.total, s.part, s.n = s.total+s.part, 0, 0
	}
}

func (s *chainSum) value() float64 { return s.total + s.part }

func squaredLossGeneric[T Float](sum, d, p, y []T, scale T) {
	var total chainSum
	for i, v := range p {
		r := v - y[i]
		total.add(float64(float64(r) * float64(r)))
		d[i] = r * scale
	}
	sum[0] = T(total.value())
}

func absoluteLossGeneric[T Float](sum, d, p, y []T, scale T) {
	var total chainSum
	for i, v := range p {
		r := v - y[i]
		total.add(math.Abs(float64(r)))
		switch {
		case r > 0:
			r = 1
		case r < 0:
			r = -1
		}
		d[i] = r * scale
	}
	sum[0] = T(total.value())
}

func huberLossGeneric[T Float](sum, d, p, y []T, scale, delta T) {
	var total chainSum
	for i, v := range p {
		r := v - y[i]
		c := max(-delta, min(delta, r))
		total.add(float64(T(c * (r - T(c/2)))))
		d[i] = c * scale
	}
	sum[0] = T(total.value())
}

func entropyTermsGeneric[T Float](l, d, p, y []T, scale T) {
	for i, v := range p {
		q, t := float64(v), float64(y[i])
		l[i] = T(-xTimesLog(t, math.Log(q)) - xTimesLog(1-t, math.Log1p(-q)))
		d[i] = T((q-t)/max(float64(q*(1-q)), 1e-12)) * scale
	}
}

func logisticLossGeneric[T Float](sum, d, z, y []T, scale T) {
	var total chainSum
	for i, v := range z {
		a, t := float64(v), float64(y[i])
		total.add(max(a, 0) - float64(a*t) + math.Log1p(math.Exp(-math.Abs(a))))
		d[i] = T(sigmoid(a)-t) * scale
	}
	sum[0] = T(total.value())
}
