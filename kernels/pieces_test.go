package kernels

import (
	"math"
	"slices"
	"testing"
)

// The kernels that cut a row or a vector into calls of assembly, against one loop over the whole of it. What a
// piece has found must outlive the next ones, whatever it is.

// pieceCase is a kernel of one row with its definition. What it returns is within tol of the numbers of want, or
// of the largest of them where whole is set. A tol of 0 wants the same numbers.
type pieceCase[T Float] struct {
	name  string
	tol   float64 // in eps
	whole bool
	run   func(x []T) []float64
	want  func(x []float64) []float64
}

// TestPieces: a NaN, an infinity or an extreme number in each piece of a row of three, and two of them in two
// pieces, leave what they do in a row that is not cut. All tiers and types have the same cuts.
func TestPieces(t *testing.T) {
	if testing.Short() {
		testPieces(t, 2, pieceCases[float32](), int8Pieces())
		return
	}
	testPieces(t, 1, pieceCases[float32](), int8Pieces())
	testPieces(t, 4, pieceCases[float64]())
}

// testPieces takes one row of so many.
func testPieces[T Float](t *testing.T, step int, cases ...[]pieceCase[T]) {
	const n = 2*maxCall + 37
	at := [3]int{maxCall - 3, 2*maxCall - 5, n - 1} // late in each piece
	nan, inf, extreme := math.NaN(), math.Inf(1), 1e15
	rows := [][3]float64{{nan, nan}, {nan, inf}, {inf, 0, nan}, {inf, inf}, {-inf, inf}, {extreme, 0, extreme}}
	for i := range at {
		for _, v := range []float64{nan, inf, -inf, extreme, -extreme} {
			var row [3]float64
			row[i] = v
			rows = append(rows, row)
		}
	}
	for i := 0; i < len(rows); i += step {
		x, row := make([]T, n), rows[i]
		for j := range x {
			x[j] = T(j*7%1013)/1000 - 0.25
		}
		for i, v := range row {
			if v != 0 {
				x[at[i]] = T(v)
			}
		}
		wide := widened(x)
		for _, c := range slices.Concat(cases...) {
			want := c.want(wide)
			got := c.run(slices.Clone(x))
			if j := c.differs(got, want); j >= 0 {
				t.Errorf("%s/%v, %v in the pieces: result %d is %v, want %v", c.name, dtypeOf[T](), row, j,
					got[j], want[j])
			}
		}
	}
}

// differs returns the first result that is not the one of the definition, -1 for none.
func (c *pieceCase[T]) differs(got, want []float64) int {
	top := 0.0
	for _, w := range want {
		if c.whole && math.Abs(w) <= math.MaxFloat64 {
			top = max(top, math.Abs(w))
		}
	}
	for j, w := range want {
		g := got[j]
		if g == w || g != g && w != w {
			continue
		}
		if !(math.Abs(g-w) <= c.tol*epsilon[T]()*max(top, math.Abs(w))) || math.IsInf(w, 0) {
			return j
		}
	}
	return -1
}

func pieceCases[T Float]() []pieceCase[T] {
	return slices.Concat(searchPieces[T](), sumPieces[T](), lossPieces[T](), softmaxPieces[T](), normPieces[T](),
		clipPieces[T]())
}

// one is a result that is one number.
func one[T Float](f func(x []T) float64) func(x []T) []float64 {
	return func(x []T) []float64 { return []float64{f(x)} }
}

// searchPieces are the kernels that compare the numbers of a row.
func searchPieces[T Float]() []pieceCase[T] {
	labels := []int{7, maxCall - 3, maxCall + 9, 2*maxCall - 5, 2*maxCall + 36} // numbers, and where specials stand
	return []pieceCase[T]{
		{name: "ArgMax", run: one(func(x []T) float64 {
			var index [1]int
			ArgMax(1, len(x), index[:], x, len(x))
			return float64(index[0])
		}), want: one(func(x []float64) float64 {
			best := 0
			for j, v := range x {
				if v > x[best] || v != v && x[best] == x[best] {
					best = j
				}
			}
			return float64(best)
		})},
		{name: "TopKHits", run: func(x []T) (ahead []float64) {
			for _, label := range labels {
				ahead = append(ahead, float64(aheadOf(Active(), x, label)))
			}
			return ahead
		}, want: func(x []float64) (ahead []float64) {
			for _, label := range labels {
				n := 0
				for j, v := range x {
					switch w := x[label]; {
					case v > w, v != v && w == w, (v == w || v != v && w != w) && j < label:
						n++
					}
				}
				ahead = append(ahead, float64(n))
			}
			return ahead
		}},
		{name: "MaxAbs", run: one(func(x []T) float64 { return float64(MaxAbs(x)) }),
			want: one(func(x []float64) (top float64) {
				for _, v := range x {
					top = max(top, math.Abs(v))
				}
				return top
			})},
		{name: "ArgMaxAbs", run: one(func(x []T) float64 { return float64(ArgMaxAbs(x)) }),
			want: one(func(x []float64) float64 { // the first one is a number
				best := 0
				for j, v := range x {
					if math.Abs(v) > math.Abs(x[best]) {
						best = j
					}
				}
				return float64(best)
			})},
	}
}

// total is the sum of f over a row, in parts that keep its error small.
func total(x []float64, f func(j int, v float64) float64) (sum float64) {
	part := 0.0
	for j, v := range x {
		if part += f(j, v); j%256 == 255 {
			sum, part = sum+part, 0
		}
	}
	return sum + part
}

// weightAt is an element of the other operand of a kernel.
func weightAt(j int) float64 { return float64(1+j%4) / 4 }

func weightsOf[T Float](n int) []T {
	w := make([]T, n)
	for j := range w {
		w[j] = T(weightAt(j))
	}
	return w
}

// sumPieces are the kernels that add up.
func sumPieces[T Float]() []pieceCase[T] {
	sum := func(x []float64) float64 { return total(x, func(_ int, v float64) float64 { return v }) }
	square := func(_ int, v float64) float64 { return v * v }
	reduced := func(name string, run func(x []T) float64, want func(x []float64) float64) pieceCase[T] {
		return pieceCase[T]{name: name, tol: 512, run: one(run), want: one(want)}
	}
	product := func(x []float64) float64 {
		return total(x, func(j int, v float64) float64 { return v * weightAt(j) })
	}
	return []pieceCase[T]{
		reduced("Sum", func(x []T) float64 { return float64(Sum(x)) }, sum),
		reduced("Mean", func(x []T) float64 { return float64(Mean(x)) },
			func(x []float64) float64 { return sum(x) / float64(len(x)) }),
		reduced("Variance", func(x []T) float64 { return float64(Variance(x)) }, func(x []float64) float64 {
			mean := sum(x) / float64(len(x))
			return total(x, func(_ int, v float64) float64 { return (v - mean) * (v - mean) }) / float64(len(x))
		}),
		reduced("SumSquares", func(x []T) float64 { return SumSquares(x) },
			func(x []float64) float64 { return total(x, square) }),
		reduced("Norm2", func(x []T) float64 { return float64(Norm2(x)) },
			func(x []float64) float64 { return math.Sqrt(total(x, square)) }),
		reduced("AbsSum", func(x []T) float64 { return float64(AbsSum(x)) },
			func(x []float64) float64 { return total(x, func(_ int, v float64) float64 { return math.Abs(v) }) }),
		reduced("Dot", func(x []T) float64 { return float64(Dot(x, weightsOf[T](len(x)))) }, product),
		reduced("Gemv", func(x []T) float64 {
			y := []T{0}
			Gemv(false, 1, len(x), 1, x, len(x), weightsOf[T](len(x)), 0, y)
			return float64(y[0])
		}, product),
	}
}

// lossPieces are the elementwise losses, with weights for targets.
func lossPieces[T Float]() []pieceCase[T] {
	loss := func(name string, run func(d, x, y []T) float64, term func(v, y float64) float64) pieceCase[T] {
		return pieceCase[T]{name: name, tol: 512, run: one(func(x []T) float64 {
			return run(make([]T, len(x)), x, weightsOf[T](len(x)))
		}), want: one(func(x []float64) float64 {
			return total(x, func(j int, v float64) float64 { return term(v, weightAt(j)) }) / float64(len(x))
		})}
	}
	return []pieceCase[T]{
		loss("MSE", MSE[T], func(v, y float64) float64 { return (v - y) * (v - y) }),
		loss("MAE", MAE[T], func(v, y float64) float64 { return math.Abs(v - y) }),
		loss("Huber", func(d, x, y []T) float64 { return Huber(d, x, y, 0.5) }, func(v, y float64) float64 {
			if r := math.Abs(v - y); r > 0.5 {
				return 0.5 * (r - 0.25)
			}
			return (v - y) * (v - y) / 2
		}),
		loss("BCE", func(d, x, y []T) float64 {
			for j, v := range x {
				x[j] = min(max(v, 0), 1)
			}
			return BCE(d, x, y)
		}, func(v, y float64) (loss float64) {
			p := min(max(v, 0), 1)
			if y < 1 {
				loss = (y - 1) * max(math.Log1p(-p), -100)
			}
			return loss - y*max(math.Log(p), -100)
		}),
		loss("BCEWithLogits", BCEWithLogits[T], func(v, y float64) float64 {
			if math.IsInf(v, 1) && y == 1 {
				return 0
			}
			if math.IsInf(v, 0) { // y is above 0
				return math.Inf(1)
			}
			return max(v, 0) - v*y + math.Log1p(math.Exp(-math.Abs(v)))
		}),
	}
}

// softmaxPieces are the kernels on the exponentials of a row, with a class of each piece as the label.
func softmaxPieces[T Float]() []pieceCase[T] {
	return []pieceCase[T]{
		{name: "Softmax", tol: 512, run: func(x []T) []float64 {
			Softmax(1, len(x), x, len(x), x, len(x))
			return widened(x)
		}, want: func(x []float64) []float64 { share, _, _ := softmaxOf(x); return share }},
		{name: "LogSumExp", tol: 64, run: one(func(x []T) float64 {
			var y [1]T
			LogSumExp(1, len(x), y[:], x, len(x))
			return float64(y[0])
		}), want: one(func(x []float64) float64 { _, top, log := softmaxOf(x); return top + log })},
		{name: "LogSoftmax", tol: 64, run: func(x []T) []float64 {
			LogSoftmax(1, len(x), x, len(x), x, len(x))
			return widened(x)
		}, want: logSoftmaxOf},
		{name: "SoftmaxCrossEntropy", tol: 512, run: func(x []T) (losses []float64) {
			for label := 10; label < len(x); label += maxCall {
				dx := make([]T, len(x))
				losses = append(losses, SoftmaxCrossEntropy(1, len(x), dx, len(x), x, len(x), []int{label}))
				losses = append(losses, float64(dx[label]), float64(dx[label+1]))
			}
			return losses
		}, want: func(x []float64) (losses []float64) {
			share, _, _ := softmaxOf(x)
			logs := logSoftmaxOf(x)
			for label := 10; label < len(x); label += maxCall {
				losses = append(losses, -logs[label], share[label]-1, share[label+1])
			}
			return losses
		}},
		{name: "SoftmaxCrossEntropyTargets", tol: 512, whole: true, run: func(x []T) []float64 {
			n := len(x)
			loss := SoftmaxCrossEntropyTargets(1, n, x, n, x, n, weightsOf[T](n), n)
			return append(widened(x), loss)
		}, want: func(x []float64) []float64 {
			share, _, _ := softmaxOf(x)
			logs := logSoftmaxOf(x)
			weight := total(x, func(j int, _ float64) float64 { return weightAt(j) })
			loss := total(logs, func(j int, v float64) float64 { return -weightAt(j) * v })
			for j := range share {
				share[j] = share[j]*weight - weightAt(j)
			}
			return append(share, loss)
		}},
	}
}

// softmaxOf returns the softmax of a row, its largest number, and the logarithm of the sum of the exponentials
// that are left of it. With one +Inf they are the limits.
func softmaxOf(x []float64) (share []float64, top, log float64) {
	top, infinite := math.Inf(-1), 0
	for _, v := range x {
		if top = max(top, v); v == math.Inf(1) {
			infinite++
		}
	}
	share = make([]float64, len(x))
	sum := total(x, func(_ int, v float64) float64 { return math.Exp(v - top) })
	for j, v := range x {
		share[j] = math.Exp(v-top) / sum
		switch {
		case infinite == 1 && v == top:
			share[j] = 1
		case infinite == 1 && top == top:
			share[j] = 0
		}
	}
	if infinite > 0 {
		return share, top, 0
	}
	return share, top, math.Log(sum)
}

func logSoftmaxOf(x []float64) []float64 {
	share, top, log := softmaxOf(x)
	logs := make([]float64, len(x))
	for j, v := range x {
		if logs[j] = v - top - log; top == math.Inf(1) {
			logs[j] = math.Log(share[j])
		}
	}
	return logs
}

// normPieces are the kernels that normalise a row.
func normPieces[T Float]() []pieceCase[T] {
	const eps = 0.01
	moments := func(x []float64) (mean, inv float64) {
		n := float64(len(x))
		mean = total(x, func(_ int, v float64) float64 { return v }) / n
		return mean, 1 / math.Sqrt(total(x, func(_ int, v float64) float64 { return (v - mean) * (v - mean) })/n+eps)
	}
	return []pieceCase[T]{
		{name: "LayerNormForward", tol: 512, whole: true, run: func(x []T) []float64 {
			n, mean, inv := len(x), []T{0}, []T{0}
			LayerNormForward(1, n, x, n, x, n, weightsOf[T](n), weightsOf[T](n), mean, inv, eps)
			return widened(x)
		}, want: func(x []float64) []float64 {
			mean, inv := moments(x)
			y := make([]float64, len(x))
			for j, v := range x {
				y[j] = weightAt(j) * ((v-mean)*inv + 1)
			}
			return y
		}},
		{name: "LayerNormBackward", tol: 512, whole: true, run: func(x []T) []float64 {
			n, unused := len(x), make([]T, len(x))
			LayerNormBackward(1, n, x, n, x, n, weightsOf[T](n), n, weightsOf[T](n), []T{0.5}, []T{2}, unused,
				slices.Clone(unused))
			return widened(x)
		}, want: func(dy []float64) []float64 { return gradientsOf(dy, 0.5, true) }},
		{name: "RMSNormForward", tol: 512, whole: true, run: func(x []T) []float64 {
			n, inv := len(x), []T{0}
			RMSNormForward(1, n, x, n, x, n, weightsOf[T](n), inv, eps)
			return append(widened(x), float64(inv[0]))
		}, want: func(x []float64) []float64 {
			y, n := make([]float64, len(x)), float64(len(x))
			inv := 1 / math.Sqrt(total(x, func(_ int, v float64) float64 { return v * v })/n+eps)
			for j, v := range x {
				y[j] = weightAt(j) * v * inv
			}
			return append(y, inv)
		}},
		{name: "RMSNormBackward", tol: 512, whole: true, run: func(x []T) []float64 {
			n, unused := len(x), make([]T, len(x))
			RMSNormBackward(1, n, x, n, x, n, weightsOf[T](n), n, weightsOf[T](n), []T{2}, unused)
			return widened(x)
		}, want: func(dy []float64) []float64 { return gradientsOf(dy, 0, false) }},
	}
}

// clipPieces clip a row by the norm of another.
func clipPieces[T Float]() []pieceCase[T] {
	const lambda, eps = 0.01, 0.01
	clip := func(name string, of func(v float64, j int) (g, w float64)) pieceCase[T] {
		return pieceCase[T]{name: name, tol: 512, whole: true, run: func(x []T) []float64 {
			n, g, w := len(x), make([]T, len(x)), make([]T, len(x))
			for j, v := range x {
				a, b := of(float64(v), j)
				g[j], w[j] = T(a), T(b)
			}
			AdaptiveClipRows(1, n, g, n, w, n, lambda, eps)
			return widened(g)
		}, want: func(x []float64) []float64 {
			clipped := make([]float64, len(x))
			ofG := total(x, func(j int, v float64) float64 { g, _ := of(v, j); return g * g })
			ofW := total(x, func(j int, v float64) float64 { _, w := of(v, j); return w * w })
			factor := min(1, lambda*max(math.Sqrt(ofW), eps)/math.Sqrt(ofG))
			for j, v := range x {
				g, _ := of(v, j)
				clipped[j] = g * factor
			}
			return clipped
		}}
	}
	return []pieceCase[T]{
		clip("AdaptiveClipRows of g", func(v float64, j int) (g, w float64) { return v, weightAt(j) }),
		clip("AdaptiveClipRows by w", func(v float64, j int) (g, w float64) { return weightAt(j), v }),
	}
}

// gradientsOf are those of a normalisation with gamma and x from weightAt, the inverse deviation 2 and this
// mean, or of RMSNorm.
func gradientsOf(dy []float64, mean float64, centred bool) []float64 {
	n, c1 := float64(len(dy)), 0.0
	if centred {
		c1 = total(dy, func(j int, d float64) float64 { return d * weightAt(j) }) / n
	}
	xhat := func(j int) float64 { return 2 * (weightAt(j) - mean) }
	c2 := total(dy, func(j int, d float64) float64 { return d * weightAt(j) * xhat(j) }) / n
	dx := make([]float64, len(dy))
	for j, d := range dy {
		dx[j] = 2 * (d*weightAt(j) - c1 - xhat(j)*c2)
	}
	return dx
}

// int8Pieces are the kernels that turn rows into integers and back.
func int8Pieces() []pieceCase[float32] {
	quantized := func(quantize func(x []float32, q []uint8) rowScale) func(x []float32) []float64 {
		return func(x []float32) []float64 {
			q := make([]uint8, roundUp(len(x), 64))
			scale := quantize(x, q)
			results := []float64{float64(scale.step), float64(scale.zero)}
			for _, v := range q[:len(x)] {
				results = append(results, float64(v))
			}
			return results
		}
	}
	plain := quantized(func(x []float32, q []uint8) rowScale {
		var ends [3]float32
		if rangeRowGeneric(ends[:], x); ends[2] != 0 {
			return rowScale{step: float32(math.NaN())}
		}
		scale := scaleOfRange(ends[0], ends[1])
		k, _ := scale.constants()
		quantizeRowGeneric(q, x, k[:])
		return scale
	})
	return []pieceCase[float32]{
		{name: "quantizeRow", run: quantized(func(x []float32, q []uint8) rowScale {
			return quantizeRow(Active(), q, x, rowScale{})
		}), want: func(x []float64) []float64 {
			same := make([]float32, len(x))
			narrow(same, x)
			return plain(same)
		}},
		{name: "GemmInt8 with a bias", run: func(x []float32) []float64 { // 0 and the bias
			y := make([]float32, len(x))
			b := QuantizeB(false, 1, len(x), weightsOf[float32](len(x)), len(x))
			GemmInt8(1, []float32{0}, 1, b, y, len(x), Epilogue[float32]{Bias: x})
			return widened(y)
		}, want: slices.Clone[[]float64]},
	}
}
