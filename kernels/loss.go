package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// The elementwise losses return the mean over all elements and write its gradient with
// respect to the prediction. All lengths must be equal. The gradient may take the place of the
// prediction; no other overlap is allowed. The loss of no elements is 0. Sums run in chunks of
// 4096 elements of type T, which are added in float64. A NaN in any element makes the loss NaN.

// MSE returns mean (p - y)^2 and writes dp = 2 (p - y) / n. An infinite difference makes the
// loss +Inf and its own gradient infinite. Where p and y are the same infinity, loss and
// gradient are NaN, in [MAE] and [Huber] too.
func MSE[T Float](dp, p, y []T) float64 {
	checkLoss("MSE", "dp", "p", dp, p, y)
	raceLoss(dp, p, y)
	k := lossFactors[T]{scale: T(2 / float64(max(1, len(p))))}
	if len(p) > maxCall {
		return lossLong(squaredLossOf[T]{}, dp, p, y, k)
	}
	return meanLoss(squaredLoss(Active(), dp, p, y, k), len(p))
}

// MAE returns mean |p - y| and writes dp = sign(p - y) / n, with sign(0) = 0. An infinite
// difference makes the loss +Inf.
func MAE[T Float](dp, p, y []T) float64 {
	checkLoss("MAE", "dp", "p", dp, p, y)
	raceLoss(dp, p, y)
	k := lossFactors[T]{scale: T(1 / float64(max(1, len(p))))}
	if len(p) > maxCall {
		return lossLong(absoluteLossOf[T]{}, dp, p, y, k)
	}
	return meanLoss(absoluteLoss(Active(), dp, p, y, k), len(p))
}

// Huber returns the mean of Huber's loss (Robust Estimation of a Location Parameter,
// 1964) of r = p - y,
//
//	r^2/2 where |r| <= delta, delta (|r| - delta/2) elsewhere
//
// and writes dp = min(max(r, -delta), delta) / n. delta must be positive; +Inf counts as the
// largest finite number. An infinite r makes the loss +Inf.
func Huber[T Float](dp, p, y []T, delta T) float64 {
	checkLoss("Huber", "dp", "p", dp, p, y)
	if !(delta > 0) {
		failWith("Huber", "delta", "delta is not positive")
	}
	raceLoss(dp, p, y)
	k := lossFactors[T]{scale: T(1 / float64(max(1, len(p)))), delta: min(delta, -lowest[T]())}
	if len(p) > maxCall {
		return lossLong(huberLossOf[T]{}, dp, p, y, k)
	}
	return meanLoss(huberLoss(Active(), dp, p, y, k), len(p))
}

// BCE returns mean -(y log p + (1-y) log(1-p)) for probabilities p in [0, 1] and
// targets y in [0, 1], and writes dp = (p - y) / (p (1-p)) / n. A term whose factor y or 1-y
// is 0 counts as 0. Each logarithm is at least -100 and 1/(p (1-p)) at most 1e12. So a certain
// and wrong prediction has the loss 100 and the gradient ±1e12 / n, a certain and right one 0
// and 0. [BCEWithLogits] needs no such limits: call it where you have the logits.
func BCE[T Float](dp, p, y []T) float64 {
	checkLoss("BCE", "dp", "p", dp, p, y)
	raceLoss(dp, p, y)
	k := lossFactors[T]{scale: T(1 / float64(max(1, len(p))))}
	if len(p) > maxCall {
		return lossLong(entropyLossOf[T]{}, dp, p, y, k)
	}
	return meanLoss(entropyLoss(Active(), dp, p, y, k), len(p))
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
	k := lossFactors[T]{scale: T(1 / float64(max(1, len(z))))}
	if len(z) > maxCall {
		return lossLong(logisticLossOf[T]{}, dz, z, y, k)
	}
	return meanLoss(logisticLoss(Active(), dz, z, y, k), len(z))
}

// checkLoss checks the gradient d, the prediction p and the targets y. gradient and prediction
// are the names of d and p.
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

// lossFactors are the scalars of a loss: the factor of its gradient, and the limit of Huber's.
type lossFactors[T Float] struct{ scale, delta T }

// meanLoss returns the mean of n losses, 0 for n = 0.
func meanLoss(sum float64, n int) float64 { return sum / float64(max(1, n)) }

// lossChunk is the number of elements whose losses are summed in T.
const lossChunk = 4096

// Each of these returns the sum of the losses of one stretch.

func squaredLoss[T Float](t Tier, d, p, y []T, k lossFactors[T]) float64 {
	var part [1]T
	total := 0.0
	for i := 0; i < len(p); i += lossChunk {
		end := min(i+lossChunk, len(p))
		dispatchSquaredLoss(t, part[:], d[i:end], p[i:end], y[i:end], k.scale)
		total += float64(part[0])
	}
	return total
}

func absoluteLoss[T Float](t Tier, d, p, y []T, k lossFactors[T]) float64 {
	var part [1]T
	total := 0.0
	for i := 0; i < len(p); i += lossChunk {
		end := min(i+lossChunk, len(p))
		dispatchAbsoluteLoss(t, part[:], d[i:end], p[i:end], y[i:end], k.scale)
		total += float64(part[0])
	}
	return total
}

func huberLoss[T Float](t Tier, d, p, y []T, k lossFactors[T]) float64 {
	var part [1]T
	total := 0.0
	for i := 0; i < len(p); i += lossChunk {
		end := min(i+lossChunk, len(p))
		dispatchHuberLoss(t, part[:], d[i:end], p[i:end], y[i:end], k.scale, k.delta)
		total += float64(part[0])
	}
	return total
}

func entropyLoss[T Float](t Tier, d, p, y []T, k lossFactors[T]) float64 {
	total := 0.0
	for i := 0; i < len(p); i += lossChunk {
		end := min(i+lossChunk, len(p))
		total += float64(entropy(t, d[i:end], p[i:end], y[i:end], k.scale))
	}
	return total
}

func logisticLoss[T Float](t Tier, d, p, y []T, k lossFactors[T]) float64 {
	total := 0.0
	for i := 0; i < len(p); i += lossChunk {
		end := min(i+lossChunk, len(p))
		total += logistic(t, d[i:end], p[i:end], y[i:end], k.scale)
	}
	return total
}

// lossKernel is a loss for a call that goes through the pool. A short call names the function
// instead: the operands of an interface method escape.
type lossKernel[T Float] interface {
	sum(t Tier, d, p, y []T, k lossFactors[T]) float64
}

type (
	squaredLossOf[T Float]  struct{}
	absoluteLossOf[T Float] struct{}
	huberLossOf[T Float]    struct{}
	entropyLossOf[T Float]  struct{}
	logisticLossOf[T Float] struct{}
)

func (squaredLossOf[T]) sum(t Tier, d, p, y []T, k lossFactors[T]) float64 {
	return squaredLoss(t, d, p, y, k)
}

func (absoluteLossOf[T]) sum(t Tier, d, p, y []T, k lossFactors[T]) float64 {
	return absoluteLoss(t, d, p, y, k)
}

func (huberLossOf[T]) sum(t Tier, d, p, y []T, k lossFactors[T]) float64 {
	return huberLoss(t, d, p, y, k)
}

func (entropyLossOf[T]) sum(t Tier, d, p, y []T, k lossFactors[T]) float64 {
	return entropyLoss(t, d, p, y, k)
}

func (logisticLossOf[T]) sum(t Tier, d, p, y []T, k lossFactors[T]) float64 {
	return logisticLoss(t, d, p, y, k)
}

// lossJob is a loss on its way through the pool. A tile is a stretch.
type lossJob[T Float] struct {
	tier    Tier
	kernel  lossKernel[T]
	d, p, y []T
	k       lossFactors[T]
	sums    tileResults
}

var lossJobs freelist.Lists

// lossLong is the mean of a loss of vectors longer than maxCall.
func lossLong[T Float](f lossKernel[T], d, p, y []T, k lossFactors[T]) float64 {
	tiles := stretches(len(p))
	sums := takeResults(tiles)
	share[T](&lossJobs, tiles, lossJob[T]{Active(), f, d, p, y, k, *sums})
	return meanLoss(sums.sum(), len(p))
}

func (j *lossJob[T]) tile(i int) {
	lo, hi := stretch(i, len(j.p))
	j.sums[i] = j.kernel.sum(j.tier, j.d[lo:hi], j.p[lo:hi], j.y[lo:hi], j.k)
}

// entropy is the sum of BCE over up to lossChunk elements. It sums the terms while they are in
// L1.
func entropy[T Float](t Tier, d, p, y []T, scale T) T {
	b := freelist.Get[T, streamBuffer[T]](&streamBuffers)
	terms := b.piece[0][:len(p)]
	dispatchEntropyTerms(t, terms, d, p, y, scale)
	var sum [1]T
	dispatchSum(t, sum[:], terms)
	freelist.Put[T](&streamBuffers, b)
	return sum[0]
}

// logistic is the sum of BCEWithLogits over up to lossChunk elements. Infinite logits make the
// formula, and so the sum, NaN (0*Inf, Inf-Inf). The loss is then summed term by term, which
// takes a copy of z where d overwrites z.
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

// logisticOr returns sum or, if that is NaN, the sum of logisticLimit over z and y.
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

// logisticLimit returns the loss of one logit a and target t, and its limit for an infinite a.
func logisticLimit(a, t float64) float64 {
	if !math.IsInf(a, 0) {
		return max(a, 0) - float64(a*t) + math.Log1p(math.Exp(-math.Abs(a)))
	}
	wrong := t // the target of the class whose probability is 0
	if a > 0 {
		wrong = 1 - t
	}
	if wrong == 0 {
		return 0
	}
	return wrong * math.Inf(1)
}

// chainSum is a sum in float64. It adds up chains of 64 terms, whose error is far smaller than
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
