package kernels

import (
	"math"
	"sync/atomic"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// Clip computes y = min(max(x, lo), hi), gradient clipping by value. NaN gives NaN. It panics
// unless lo <= hi. y may be x itself; no other overlap is allowed.
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
	if len(y) <= maxCall {
		dispatchClip(t, y, x, lo, hi)
		return
	}
	vectorsLong(t, clipOf[T]{}, y, x, lo, hi)
}

type clipOf[T Float] struct{}

func (clipOf[T]) apply(t Tier, y, x []T, lo, hi T) { dispatchClip(t, y, x, lo, hi) }

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
// lambda and eps, such as 0.01 and 1e-3, must be positive. g and w must not overlap.
//
// Where g and w are finite, neither the norms nor their quotient overflow or vanish. A row of g
// with infinite elements becomes NaN there and 0 elsewhere. A limit that is infinite, by an
// element of w or by lambda or eps = +Inf, clips nothing. A NaN in a row of g or w makes the row
// of g NaN.
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

// clipFactor returns the factor of a unit, given the sums of squares of g and w.
func clipFactor(g, w, lambda, eps float64) float64 {
	limit, norm := lambda*max(math.Sqrt(w), eps), math.Sqrt(g)
	if norm <= limit {
		return 1
	}
	return limit / norm
}

func adaptiveClipRows[T Float](t Tier, rows, cols int, g []T, ldg int, w []T, ldw int, lambda, eps T) {
	var j clipRowsJob[T] // filled in place, see softmaxOperands
	j.tier, j.rows, j.cols = t, rows, cols
	j.g, j.ldg, j.w, j.ldw, j.lambda, j.eps = g, ldg, w, ldw, lambda, eps
	if tiles := j.cut(); tiles > 1 {
		share[T](&clipRowsJobs, tiles, j)
	} else {
		j.some(0, j.rows)
	}
}

func adaptiveClipColumns[T Float](t Tier, rows, cols int, g []T, ldg int, w []T, ldw int, lambda, eps T) {
	if rows == 0 || cols == 0 {
		return
	}
	j := freelist.Get[T, clipColumnsJob[T]](&clipColumnsJobs)
	j.g, j.ldg, j.w, j.ldw, j.lambda, j.eps = g, ldg, w, ldw, lambda, eps
	j.begin(t, rows, cols, 2, 3, true)
	j.out, j.ldOut = g, ldg
	j.runSums(j)
	j.runFinish(j)
	if j.clips.Load() {
		j.runApply(j)
	}
	*j = clipColumnsJob[T]{columnWork: j.memory()}
	freelist.Put[T](&clipColumnsJobs, j)
}

type clipColumnsJob[T Float] struct {
	columnWork[T]
	g, w        []T
	ldg, ldw    int
	lambda, eps T
	clips       atomic.Bool // the factor of some column is not 1
}

var clipColumnsJobs freelist.Lists

type clipRowsJob[T Float] struct {
	rowWork
	g, w        []T
	ldg, ldw    int
	lambda, eps T
}

var clipRowsJobs freelist.Lists

func (j *clipRowsJob[T]) tile(i int) { j.some(j.span(i)) }

// some clips the rows from lo to hi-1.
func (j *clipRowsJob[T]) some(lo, hi int) {
	s := freelist.Get[T, rowScratch[T]](&rowScratches)
	for n := 0; lo < hi; lo += n {
		n = min(j.groupRows, hi-lo)
		j.group(s, j.g[lo*j.ldg:], j.w[lo*j.ldw:], n)
	}
	freelist.Put[T](&rowScratches, s)
}

// group clips n rows.
func (j *clipRowsJob[T]) group(s *rowScratch[T], g, w []T, n int) {
	k := s.k[:n*rowConstants]
	clear(k)
	var ofG, ofW [mostGroupRows]float64
	eachSum(j.cols, func(lo, width int) {
		dispatchRowMoments(j.tier, s.sum[:n], s.other[:n], g[lo:], k, n, width, j.ldg, 0)
		addTo(ofG[:n], s.other[:n])
		dispatchRowMoments(j.tier, s.sum[:n], s.other[:n], w[lo:], k, n, width, j.ldw, 0)
		addTo(ofW[:n], s.other[:n])
	})
	tiny, least := clipsTiny(j.cols, j.lambda, j.eps), leastNormal[T]()
	for r := range n {
		f := T(clipFactor(ofG[r], ofW[r], float64(j.lambda), float64(j.eps)))
		row, other := g[r*j.ldg:][:j.cols], w[r*j.ldw:][:j.cols]
		if s := ofG[r] + ofW[r]; (tiny || s-s != 0 || f < least) &&
			!clipInRange(ofG[r], ofW[r], f, j.cols, tiny) &&
			clipScaled(strided[T]{row, j.cols, 1}, strided[T]{other, j.cols, 1}, j.lambda, j.eps) {
			continue
		}
		if f != 1 {
			scale(j.tier, row, f, row)
		}
	}
}

// sum adds the squares of g and w to ofG and ofW. The kernel computes another sum, which goes
// to unused.
func (j *clipColumnsJob[T]) sum(ofG, ofW, unused []T, i, n, lo, w int) {
	zero := zeros[T](w)
	dispatchColumnMoments(j.tier, unused, ofG, zero, j.g[i*j.ldg+lo:], n, w, j.ldg, j.fetch)
	dispatchColumnMoments(j.tier, unused, ofW, zero, j.w[i*j.ldw+lo:], n, w, j.ldw, j.fetch)
}

// finish computes the factors, constant 0. Constant 1 is what apply adds, -0: adding +0 would
// change the sign of a zero.
func (j *clipColumnsJob[T]) finish(s *columnScratch[T], lo, n int) {
	j.total(s, lo, n)
	clips, wild := clipFactors(j.tier, s, float64(j.lambda), float64(j.eps), j.constant(0, lo, n))
	if clips {
		j.clips.Store(true)
	}
	if tiny := clipsTiny(j.rows, j.lambda, j.eps); wild || tiny {
		j.clipColumnsScaled(s, lo, n, tiny)
	}
	nothing := j.constant(1, lo, n)
	for i := range nothing {
		nothing[i] = T(math.Copysign(0, -1))
	}
}

func (j *clipColumnsJob[T]) apply(g []T, ldg, _, n, lo, w int) {
	noFloor := T(math.Inf(-1))
	dispatchNormalizeColumns(j.tier, g, g, zeros[T](w), j.constant(0, lo, w), j.constant(1, lo, w),
		n, w, ldg, ldg, j.ahead(), noFloor)
}

// clipFactors computes the factors of columns from the totals of the squares. clips reports
// whether one is not 1, wild whether a column may need clipScaled.
func clipFactors[T Float](t Tier, s *columnScratch[T], lambda, eps float64, factor []T) (clips, wild bool) {
	w, g, of := len(factor)&^(stepColumns-1), s.totalSum[:len(factor)], s.totalDot[:len(factor)]
	var sums [stepColumns]float64
	dispatchClipFactors(t, factor[:w], g[:w], of[:w], sums[:], lambda, eps)
	clipFactorsGeneric(factor[w:], g[w:], of[w:], sums[:], lambda, eps)
	sum := sumOf(&sums)
	return sum != 0, sum-sum != 0
}

// clipFactorsGeneric computes the factors from the sums of squares of g and w. For float32 it
// takes one root of the quotient, since squares do not overflow in float64. It writes 1 to
// clips where a factor is not 1, and NaN where a sum is not finite or a factor is below the
// normal numbers.
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
