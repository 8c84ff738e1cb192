package kernels

import "math"

// The elementwise losses return the mean over all elements and write its gradient
// with respect to the prediction. All lengths must be equal; the gradient may be
// written over the prediction, no other overlap is allowed. The loss of no
// elements is 0.

// MSE returns mean (p - y)^2 and writes dp = 2 (p - y) / n.
func MSE[T Float](dp, p, y []T) float64 {
	checkLoss("MSE", dp, p, y)
	scale := 2 / float64(max(1, len(p)))
	sum := 0.0
	for i, v := range p {
		r := float64(v) - float64(y[i])
		sum += float64(r * r)
		dp[i] = T(r * scale)
	}
	return sum / float64(max(1, len(p)))
}

// BCE returns mean -(y log p + (1-y) log(1-p)) for probabilities p in [0, 1] and
// targets y in [0, 1], and writes dp = (p - y) / (p (1-p)) / n. Terms whose factor
// is 0 count as 0, and each logarithm is held above -100, as is 1/(p (1-p)) below
// 1e12, so that a certain and wrong prediction has a large finite loss. Where the
// logits are at hand [BCEWithLogits] is exact and needs no such clamp.
func BCE[T Float](dp, p, y []T) float64 {
	checkLoss("BCE", dp, p, y)
	n := float64(max(1, len(p)))
	sum := 0.0
	for i, v := range p {
		q, t := float64(v), float64(y[i])
		sum -= xTimesLog(t, math.Log(q)) + xTimesLog(1-t, math.Log1p(-q))
		dp[i] = T((q - t) / max(q*(1-q), 1e-12) / n)
	}
	return sum / n
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
// and writes dz = (sigmoid(z) - y) / n.
func BCEWithLogits[T Float](dz, z, y []T) float64 {
	checkLoss("BCEWithLogits", dz, z, y)
	n := float64(max(1, len(z)))
	sum := 0.0
	for i, v := range z {
		a, t := float64(v), float64(y[i])
		sum += max(a, 0) - float64(a*t) + math.Log1p(math.Exp(-math.Abs(a)))
		dz[i] = T((sigmoid(a) - t) / n)
	}
	return sum / n
}

func checkLoss[T Float](op string, d, p, y []T) {
	checkLen(op, "gradient", len(d), len(p))
	checkLen(op, "y", len(y), len(p))
	checkInPlace(op, "gradient", "prediction", vectorView(d), vectorView(p))
	checkApart(op, "gradient", "y", vectorView(d), vectorView(y))
	raceRead(p)
	raceRead(y)
	raceWrite(d)
}
