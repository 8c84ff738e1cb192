package kernels

import "math"

// Clip computes y = min(max(x, lo), hi), gradient clipping by value; NaN stays. lo must
// not be larger than hi. y may be x itself; no other overlap is allowed.
func Clip[T Float](y, x []T, lo, hi T) {
	checkMap("Clip", y, x)
	if !(lo <= hi) {
		failWith("Clip", "lo", "lo is not at most hi")
	}
	raceRead(x)
	raceWrite(y)
	clip(Active(), y, x, lo, hi)
}

func clip[T Float](t Tier, y, x []T, lo, hi T) {
	runStretch(t, stretchClip, [3][]T{y, x}, [2]T{lo, hi})
}

func clipGeneric[T Float](y, x []T, lo, hi T) {
	for i, v := range x {
		if v > hi {
			v = hi
		}
		if v < lo {
			v = lo
		}
		y[i] = v
	}
}

// AdaptiveClipRows clips the gradient of each unit against the size of its weights
// (Brock, De, Smith and Simonyan, High-Performance Large-Scale Image Recognition
// Without Normalization, 2021), where a unit is a row of g and of w:
//
//	g[i] *= min(1, lambda * max(|w[i]|, eps) / |g[i]|)   with Euclidean norms of rows
//
// lambda and eps are positive, such as 0.01 and 1e-3. Neither norms nor their quotient overflow
// or vanish where g and w are finite. A row of g with an infinite element becomes 0, and NaN where
// it is infinite; one of w does not clip. A NaN in a row of g or w makes the row NaN. g and w must not
// overlap.
func AdaptiveClipRows[T Float](rows, cols int, g []T, ldg int, w []T, ldw int, lambda, eps T) {
	const op = "AdaptiveClipRows"
	checkAdaptiveClip(op, rows, cols, g, ldg, w, ldw, lambda, eps)
	raceRows(rows, cols, g, ldg, w, ldw)
	adaptiveClipRows(Active(), rows, cols, g, ldg, w, ldw, lambda, eps)
}

// AdaptiveClipColumns is [AdaptiveClipRows] where a unit is a column, as in the weights
// of a Linear layer with one row an input.
func AdaptiveClipColumns[T Float](rows, cols int, g []T, ldg int, w []T, ldw int, lambda, eps T) {
	const op = "AdaptiveClipColumns"
	checkAdaptiveClip(op, rows, cols, g, ldg, w, ldw, lambda, eps)
	raceRows(rows, cols, g, ldg, w, ldw)
	adaptiveClipColumns(Active(), rows, cols, g, ldg, w, ldw, lambda, eps)
}

func checkAdaptiveClip[T Float](op string, rows, cols int, g []T, ldg int, w []T, ldw int, lambda, eps T) {
	checkSize(op, "rows", rows)
	checkSize(op, "cols", cols)
	checkMatrix(op, "g", "ldg", len(g), rows, cols, ldg)
	checkMatrix(op, "w", "ldw", len(w), rows, cols, ldw)
	checkApart(op, "g", "w", matrixView(g, rows, cols, ldg), matrixView(w, rows, cols, ldw))
	if !(lambda > 0) {
		failWith(op, "lambda", "lambda is not positive")
	}
	if !(eps > 0) {
		failWith(op, "eps", "eps is not positive")
	}
}

// clipFactor is the factor of a unit from the sums of squares.
func clipFactor(g, w, lambda, eps float64) float64 {
	limit, norm := lambda*max(math.Sqrt(w), eps), math.Sqrt(g)
	if norm <= limit {
		return 1
	}
	return limit / norm
}

func adaptiveClipRows[T Float](t Tier, rows, cols int, g []T, ldg int, w []T, ldw int, lambda, eps T) {
	runRows(t, rowsAdaptiveClip, rowCall[T]{rows: rows, cols: cols, y: g, ldy: ldg, x: w, ldx: ldw, norm: rowNorm[T]{eps: eps, lambda: lambda}})
}

func adaptiveClipColumns[T Float](t Tier, rows, cols int, g []T, ldg int, w []T, ldw int, lambda, eps T) {
	if rows > 0 {
		runColumns(t, columnsAdaptiveClip, rows, cols, columnCall[T]{y: g, ldy: ldg, a: w, lda: ldw, row: rowNorm[T]{eps: eps, lambda: lambda}})
	}
}

// adaptiveClip is AdaptiveClipRows on n rows.
func (j *rowJob[T]) adaptiveClip(s *rowScratch[T], g, w []T, n int) {
	c := &j.call
	k := s.k[:n*rowConstants]
	clear(k)
	var ofG, ofW [softmaxRows]float64
	eachSum(c.cols, func(lo, width int) {
		dispatchRowMoments(j.tier, s.sum[:n], s.other[:n], g[lo:], k, n, width, c.ldy)
		addTo(ofG[:n], s.other[:n])
		dispatchRowMoments(j.tier, s.sum[:n], s.other[:n], w[lo:], k, n, width, c.ldx)
		addTo(ofW[:n], s.other[:n])
	})
	lambda, eps := c.norm.lambda, c.norm.eps
	tiny, least := clipsTiny(c.cols, lambda, eps), leastNormal[T]()
	for r := range n {
		f := T(clipFactor(ofG[r], ofW[r], float64(lambda), float64(eps)))
		row, other := g[r*c.ldy:][:c.cols], w[r*c.ldx:][:c.cols]
		if s := ofG[r] + ofW[r]; (tiny || s-s != 0 || f < least) && !clipInRange(ofG[r], ofW[r], f, c.cols, tiny) &&
			clipScaled(strided[T]{row, c.cols, 1}, strided[T]{other, c.cols, 1}, lambda, eps) {
			continue
		}
		if f != 1 {
			scale(j.tier, row, f, row)
		}
	}
}

// sumSquares leaves the sums of squares of g and w over n rows from row i on.
func (j *columnJob[T]) sumSquares(ofG, ofW, unused []T, i, n, lo, w int) {
	c, zero := &j.call, zeros[T](w)
	dispatchColumnMoments(j.tier, unused, ofG, zero, c.y[i*c.ldy+lo:], n, w, c.ldy)
	dispatchColumnMoments(j.tier, unused, ofW, zero, c.a[i*c.lda+lo:], n, w, c.lda)
}

// clipFactors leaves the factors of some columns from the totals of the squares. It
// reports whether one is not 1, and whether a column may need clipScaled.
func clipFactors[T Float](t Tier, s *columnScratch[T], lambda, eps float64, factor []T) (clips, wild bool) {
	w, g, of := len(factor)&^(stepColumns-1), s.totalSum[:len(factor)], s.totalDot[:len(factor)]
	var sums [stepColumns]float64
	dispatchClipFactors(t, factor[:w], g[:w], of[:w], sums[:], lambda, eps)
	clipFactorsGeneric(factor[w:], g[w:], of[w:], sums[:], lambda, eps)
	sum := sumOf(&sums)
	return sum != 0, sum-sum != 0
}

// clipFactorsGeneric computes the factors from the sums of squares of g and w. Those of
// float32 do not overflow in float64, which saves a root. It leaves 1 in clips where a factor
// is not 1, NaN where a sum is not finite or a factor no normal number.
func clipFactorsGeneric[T Float](factor []T, g, w, clips []float64, lambda, eps float64) {
	least := leastNormal[T]()
	for j := range factor {
		if !isF32[T]() {
			factor[j] = T(clipFactor(g[j], w[j], lambda, eps))
		} else if limit := float64(lambda*lambda) * max(w[j], float64(eps*eps)); g[j] <= limit {
			factor[j] = 1
		} else {
			factor[j] = T(math.Sqrt(limit / g[j]))
		}
		switch {
		case g[j]-g[j] != 0 || w[j]-w[j] != 0 || factor[j] < least:
			clips[0] = math.NaN()
		case factor[j] != 1 && clips[0] == 0:
			clips[0] = 1
		}
	}
}

// negativeZeros are what leaves the sign of a zero that they are added to.
var (
	negativeZeros32 = negativeZerosOf[float32]()
	negativeZeros64 = negativeZerosOf[float64]()
)

func negativeZerosOf[T Float]() (z [colBlock]T) {
	for i := range z {
		z[i] = T(math.Copysign(0, -1))
	}
	return z
}

func negativeZeros[T Float](n int) []T {
	if isF32[T]() {
		return as[T](negativeZeros32[:n])
	}
	return as[T](negativeZeros64[:n])
}
