package spec

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/dd"
	"github.com/ashlar-go/ashlar/kernels"
)

// tableDelta is Huber's delta in the table.
const tableDelta = 0.75

func lossLines() []line {
	return []line{
		lossLine("MSE", Moderate, Moderate, runLoss(kernels.MSE[float32]), runLoss(kernels.MSE[float64]),
			func(p, y dd.Num) (loss, grad dd.Num, ls, gs float64) {
				d := dd.Sub(p, y)
				return dd.Mul(d, d), dd.Mul(num(2), d), size(dd.Mul(d, d)), 2 * size(d)
			}),
		lossLine("MAE", Moderate, Moderate, runLoss(kernels.MAE[float32]), runLoss(kernels.MAE[float64]),
			func(p, y dd.Num) (loss, grad dd.Num, ls, gs float64) {
				d := dd.Sub(p, y)
				return dd.Abs(d), signOf(d), size(d), 1
			}),
		lossLine("Huber", Moderate, Moderate, runLoss(huberOfTable[float32]),
			runLoss(huberOfTable[float64]), huberOracle),
		lossLine("BCE", Unit, Unit, runLoss(kernels.BCE[float32]), runLoss(kernels.BCE[float64]), bceOracle),
		lossLine("BCEWithLogits", Moderate, Unit, runLoss(kernels.BCEWithLogits[float32]),
			runLoss(kernels.BCEWithLogits[float64]), logisticOracle),
	}
}

// signOf is NaN for NaN.
func signOf(x dd.Num) dd.Num {
	if x.IsNaN() || x.Hi == 0 {
		return x
	}
	return num(math.Copysign(1, x.Hi))
}

func huberOracle(p, y dd.Num) (loss, grad dd.Num, ls, gs float64) {
	r := dd.Sub(p, y)
	switch {
	case dd.Less(num(tableDelta), r):
		grad = num(tableDelta)
	case dd.Less(r, num(-tableDelta)):
		grad = num(-tableDelta)
	default:
		return dd.Mul(num(0.5), dd.Mul(r, r)), r, size(dd.Mul(r, r)), size(r)
	}
	loss = dd.Mul(num(tableDelta), dd.Sub(dd.Abs(r), num(tableDelta/2)))
	return loss, grad, tableDelta * size(r), tableDelta
}

func bceOracle(p, y dd.Num) (loss, grad dd.Num, ls, gs float64) {
	q, t := dd.Sub(num(1), p), dd.Sub(num(1), y)
	l1, l2 := clampedEntropy(y, p), clampedEntropy(t, q)
	grad = dd.Sub(p, y)
	if pq := dd.Mul(p, q); pq.IsNaN() || pq.Hi >= 1e-12 {
		grad = dd.Div(grad, pq)
	} else {
		grad = dd.Mul(grad, num(1e12))
	}
	return dd.Add(l1, l2), grad, size(l1) + size(l2), size(grad)
}

// logisticOracle returns the scale of the parts of the loss. They are far larger than the loss
// where z has the sign that y asks for, except that z - z*y is exact for y = 1.
func logisticOracle(z, y dd.Num) (loss, grad dd.Num, ls, gs float64) {
	rest := dd.Softplus(dd.Neg(dd.Abs(z)))
	switch {
	case z.IsInf(1) && y.Hi == 1, z.IsInf(-1) && y.Hi == 0: // the limit
		return num(0), dd.Sub(dd.Sigmoid(z), y), size(rest), 1 + size(y)
	case z.IsInf(1):
		loss = dd.Mul(z, dd.Sub(num(1), y))
	case z.Hi > 0:
		loss = dd.Sub(z, dd.Mul(z, y))
	default:
		loss = dd.Neg(dd.Mul(z, y))
	}
	ls = size(rest)*(2+size(z)) + size(loss)
	if y.Hi != 0 && y.Hi != 1 {
		ls += size(z)
	}
	return dd.Add(loss, rest), dd.Sub(dd.Sigmoid(z), y), ls, 1 + size(y)
}

// clampedEntropy is -y max(log p, -100), and 0 for y = 0.
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
func lossLine(name string, d, target Domain, run32, run64 func(*Call),
	term func(p, y dd.Num) (loss, grad dd.Num, ls, gs float64)) line {
	tol := Tol{Kind: Scaled, Max: 4, Worst: func(s Sizes) float64 {
		chain := max(min(s.N, lossChunk)/16, min(s.N, genericChain)+min(s.N, lossChunk)/genericChain)
		return 4 + float64(chain+ceilDiv(s.N, lossChunk))/2
	}}
	return line{
		Row: Row{Kernel: name, Dims: "N", Tol: tol, Returns: true, Bitwise: true,
			Params: []Param{vector("gradient", Out, d, "prediction"), vector("prediction", In, d),
				vector("y", In, target)},
			Ref: func(r *Ref) {
				n := num(float64(max(1, r.N)))
				sum, scale := num(0), 0.0
				for j := range r.N {
					loss, grad, ls, gs := term(r.in(1, 0, j), r.in(2, 0, j))
					r.want(0, 0, j, dd.Div(grad, n), gs/n.Hi)
					sum = dd.Add(sum, loss)
					scale += ls
				}
				r.HasResult, r.Result, r.ResultScale = true, dd.Div(sum, n),
					scale/n.Hi+r.DType.smallestNormal()
			}},
		run: calls{run32, run64},
	}
}

func runLoss[T kernels.Float](entry func(dp, p, y []T) float64) func(*Call) {
	return func(c *Call) {
		c.Result = entry(slice[T](c, 0), slice[T](c, 1), slice[T](c, 2))
	}
}

func huberOfTable[T kernels.Float](dp, p, y []T) float64 { return kernels.Huber(dp, p, y, tableDelta) }
