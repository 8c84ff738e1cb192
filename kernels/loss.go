package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/dd"
)

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

func lossLines() []line {
	// A term is rounded a few times; the sum is in float64, whose own error shows
	// in float64 data alone.
	tol := Tol{Kind: Scaled, Max: 4}
	return []line{
		lossLine("MSE", Moderate, tol, MSE[float32], MSE[float64], func(p, y dd.Num) (loss, grad dd.Num, ls, gs float64) {
			d := dd.Sub(p, y)
			return dd.Mul(d, d), dd.Mul(num(2), d), size(dd.Mul(d, d)), 2 * size(d)
		}),
		lossLine("BCE", Unit, tol, BCE[float32], BCE[float64], func(p, y dd.Num) (loss, grad dd.Num, ls, gs float64) {
			q, t := dd.Sub(num(1), p), dd.Sub(num(1), y)
			l1, l2 := clampedEntropy(y, p), clampedEntropy(t, q)
			grad = dd.Sub(p, y)
			if pq := dd.Mul(p, q); pq.IsNaN() || pq.Hi >= 1e-12 {
				grad = dd.Div(grad, pq)
			} else {
				grad = dd.Mul(grad, num(1e12))
			}
			return dd.Add(l1, l2), grad, size(l1) + size(l2), size(grad)
		}),
		lossLine("BCEWithLogits", Moderate, tol, BCEWithLogits[float32], BCEWithLogits[float64], func(z, y dd.Num) (loss, grad dd.Num, ls, gs float64) {
			if z.Hi > 0 {
				loss = dd.Add(dd.Sub(z, dd.Mul(z, y)), dd.Softplus(dd.Neg(z)))
			} else {
				loss = dd.Sub(dd.Softplus(z), dd.Mul(z, y))
			}
			return loss, dd.Sub(dd.Sigmoid(z), y), size(z) + size(dd.Mul(z, y)) + 1, 1 + size(y)
		}),
	}
}

// clampedEntropy is -y log p with the logarithm held above -100, 0 where y is.
func clampedEntropy(y, p dd.Num) dd.Num {
	if y.Hi == 0 {
		return num(0)
	}
	l := dd.Log(p)
	if l.Hi < -100 {
		l = num(-100)
	}
	return dd.Neg(dd.Mul(y, l))
}

// lossLine is the line of a mean over terms; term returns one of them with its
// derivative and the scales of both.
func lossLine(name string, d Domain, tol Tol, entry32 func(dp, p, y []float32) float64, entry64 func(dp, p, y []float64) float64,
	term func(p, y dd.Num) (loss, grad dd.Num, ls, gs float64)) line {
	target := d
	if name != "MSE" {
		target = Unit
	}
	return line{
		Row: Row{Kernel: name, Dims: "N", Tol: tol, Returns: true,
			Params: []Param{vector("gradient", Out, d, "prediction"), vector("prediction", In, d), vector("y", In, target)},
			Ref: func(r *Ref) {
				n := num(float64(max(1, r.N)))
				sum, scale := num(0), 0.0
				for j := range r.N {
					loss, grad, ls, gs := term(r.in(1, 0, j), r.in(2, 0, j))
					r.want(0, 0, j, dd.Div(grad, n), gs/n.Hi)
					sum = dd.Add(sum, loss)
					scale += ls
				}
				if r.DType == F64 {
					scale *= 1 + sumError(r.N)
				}
				r.HasResult, r.Result, r.ResultScale = true, dd.Div(sum, n), scale/n.Hi
			}},
		run: [2]func(Tier, *Call){runLoss(entry32), runLoss(entry64)},
	}
}

func runLoss[T Float](entry func(dp, p, y []T) float64) func(Tier, *Call) {
	return func(_ Tier, c *Call) { c.Result = entry(slice[T](c, 0), slice[T](c, 1), slice[T](c, 2)) }
}
