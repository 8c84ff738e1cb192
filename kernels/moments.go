package kernels

import (
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// ColumnMoments computes the mean and the variance of each column:
//
//	mean[j]     = sum over i of x[i,j] / rows
//	variance[j] = sum over i of (x[i,j] - mean[j])^2 / rows
//
// Both are right for every finite x; a variance beyond the range of T is +Inf. With no rows
// both are 0. mean, variance and x must not share an element.
func ColumnMoments[T Float](rows, cols int, mean, variance, x []T, ldx int) {
	const op = "ColumnMoments"
	checkSize(op, "rows", rows)
	checkSize(op, "cols", cols)
	checkLen(op, "mean", len(mean), cols)
	checkLen(op, "variance", len(variance), cols)
	checkMatrix(op, "x", "ldx", len(x), rows, cols, ldx)
	vx := matrixView(x, rows, cols, ldx)
	checkApart(op, "mean", "x", vectorView(mean), vx)
	checkApart(op, "variance", "x", vectorView(variance), vx)
	checkApart(op, "variance", "mean", vectorView(variance), vectorView(mean))
	raceReadMatrix(x, rows, cols, ldx)
	raceWrite(mean)
	raceWrite(variance)
	columnMoments(Active(), rows, cols, mean, variance, x, ldx)
}

// sums calls f for one chunk of rows after the other. f adds the sums of n rows from row i on
// to s1 and s2. sum and dot receive the totals.
func (s *columnScratch[T]) sums(rows, cols int, f func(i, n int)) {
	clear(s.sum[:cols])
	clear(s.dot[:cols])
	for i := 0; i < rows; i += rowChunk {
		clear(s.s1[:cols])
		clear(s.s2[:cols])
		f(i, min(rowChunk, rows-i))
		addTo(s.sum[:cols], s.s1[:cols])
		addTo(s.dot[:cols], s.s2[:cols])
	}
}

// columnMoments is ColumnMoments on a given tier, unchecked.
func columnMoments[T Float](t Tier, rows, cols int, mean, variance, x []T, ldx int) {
	if rows == 0 {
		clear(mean)
		clear(variance)
		return
	}
	if cols == 0 {
		return
	}
	j := freelist.Get[T, columnMomentsJob[T]](&columnMomentsJobs)
	j.mean, j.variance, j.x, j.ldx = mean, variance, x, ldx
	j.begin(t, rows, cols, 1, 2, false)
	j.runSums(j)
	j.runFinish(j)
	*j = columnMomentsJob[T]{columnWork: j.memory()}
	freelist.Put[T](&columnMomentsJobs, j)
}

type columnMomentsJob[T Float] struct {
	columnWork[T]
	mean, variance, x []T
	ldx               int
}

var columnMomentsJobs freelist.Lists

func (j *columnMomentsJob[T]) sum(s1, s2, _ []T, i, n, lo, w int) {
	dispatchColumnMoments(j.tier, s1, s2, j.x[lo:lo+w], j.x[i*j.ldx+lo:], n, w, j.ldx, j.fetch)
}

func (j *columnMomentsJob[T]) finish(s *columnScratch[T], lo, n int) {
	j.total(s, lo, n)
	mean, variance := j.mean[lo:lo+n], j.variance[lo:lo+n]
	if columnMomentsBlock(j.tier, s, j.rows, n, mean, variance, s.low[:n], j.x[lo:], j.ldx) {
		j.momentsScaled(lo, n)
	}
}

// columnMomentsBlock is columnMoments for at least one row and at most colBlock columns. It
// starts from the sums of x - shift and of its square, where shift is the first row, and sums
// again with the mean as shift where the first row is an outlier: see offMean. low receives
// the rounding error of the mean. It reports whether a column may not be moderate and
// momentsScaled has to compute it.
func columnMomentsBlock[T Float](t Tier, s *columnScratch[T], rows, cols int,
	mean, variance, low, x []T, ldx int) bool {
	part := 1 / float64(rows) // products are much faster than quotients here
	sum, square, first := s.totalSum[:cols], s.totalDot[:cols], x[:cols]
	mean, variance, low = mean[:cols], variance[:cols], low[:cols]
	var off [stepColumns]float64
	whole := cols &^ (stepColumns - 1)
	dispatchColumnMeans(t, mean[:whole], variance[:whole], low[:whole], first[:whole],
		sum[:whole], square[:whole], off[:], part)
	columnMeansGeneric(mean[whole:], variance[whole:], low[whole:], first[whole:],
		sum[whole:], square[whole:], off[:], part)
	if slices.Max(off[:]) <= 0 {
		return false
	}
	shift := s.shift[:cols]
	copy(shift, mean)
	outlier := func(j int) bool { return offMean(first[j], shift[j], variance[j]) }
	s.momentsAgain(t, rows, cols, shift, x, ldx, outlier, func(j int, d, square float64) {
		mean[j], low[j] = split(shift[j], d)
		variance[j] = T(max(0, square-float64(d*d)))
	})
	return true
}

// stepColumns is the multiple of columns that kernels on one value a column take. Go computes
// the rest.
const stepColumns = 8

// sumOf adds the values that a kernel writes for the stepColumns lanes of a step.
func sumOf(v *[stepColumns]float64) float64 {
	return ((v[0] + v[1]) + (v[2] + v[3])) + ((v[4] + v[5]) + (v[6] + v[7]))
}

// columnMeansGeneric computes mean, variance and low from the sums of x - shift and of its
// square; part is 1/rows. It writes 1 to off where a shift is off its mean (offMean), or a mean
// or variance is not moderate.
func columnMeansGeneric[T Float](mean, variance, low, shift []T, sum, dot, off []float64, part float64) {
	for j, v := range shift {
		d := sum[j] * part
		mean[j], low[j] = split(v, d)
		square := float64(dot[j]*part) - float64(d*d)
		if square < 0 {
			square = 0
		}
		variance[j] = T(square)
		if offMean(v, mean[j], variance[j]) || !isModerate(mean[j]) || !isModerate(variance[j]) {
			off[0] = 1
		}
	}
}

// isModerate reports whether |v| is so far below the largest number that neither v minus
// any number of T nor a small multiple of v overflows.
func isModerate[T Float](v T) bool {
	if isF32[T]() {
		return abs(v) < T(0x1p100)
	}
	limit := 0x1p970
	return abs(v) < T(limit)
}

// offMean reports whether a shift lies more than four deviations off the mean. A variance is
// the mean of (x - shift)^2 less (mean - shift)^2: within four deviations the difference
// multiplies its error by at most 1 + 4^2.
func offMean[T Float](shift, mean, variance T) bool {
	d := float64(mean) - float64(shift)
	return float64(d*d) > 16*float64(variance)
}

// split returns shift + d rounded to T, and the rounding error.
func split[T Float](shift T, d float64) (high, low T) {
	sum := float64(shift) + d
	if high = T(sum); isF32[T]() {
		return high, T(sum - float64(high))
	}
	return high, T(lost(float64(shift), d, sum))
}

// lost returns a + b - sum, where sum is a + b rounded (the two-sum of D. E. Knuth).
func lost(a, b, sum float64) float64 {
	c := sum - a
	return (a - (sum - c)) + (b - c)
}

// moments computes the sums of x - shift and of its square in sum and dot.
func (s *columnScratch[T]) moments(t Tier, rows, cols int, shift, x []T, ldx int) {
	s.sums(rows, cols, func(i, n int) {
		dispatchColumnMoments(t, s.s1[:cols], s.s2[:cols], shift[:cols], x[i*ldx:], n, cols, ldx, 0)
	})
}

// againColumns is how many columns momentsAgain sums together if one of them needs it: a
// cache line of float32.
const againColumns = 16

// momentsAgain calls set with the means of x - shift and of its square for each column that
// is needed.
func (s *columnScratch[T]) momentsAgain(t Tier, rows, cols int, shift, x []T, ldx int,
	needed func(j int) bool, set func(j int, mean, square float64)) {
	for lo := 0; lo < cols; lo += againColumns {
		n, any := min(againColumns, cols-lo), false
		for j := lo; j < lo+n; j++ {
			any = any || needed(j)
		}
		if !any {
			continue
		}
		s.moments(t, rows, n, shift[lo:], x[lo:], ldx)
		for j := range n {
			if needed(lo + j) {
				set(lo+j, s.sum[j]/float64(rows), s.dot[j]/float64(rows))
			}
		}
	}
}

// lowMatters reports whether the rounding error of a mean, up to |mean|*eps/2, may change xhat
// by more than 4 eps.
func lowMatters[T Float](mean, inv T) bool { return abs(mean)*inv > 8 }

// anyLowMatters reports lowMatters of any column.
func anyLowMatters[T Float](mean, inv []T) bool {
	for j, m := range mean {
		if lowMatters(m, inv[j]) {
			return true
		}
	}
	return false
}

// lowOf returns d, the mean of x minus the stored mean, if it can be a rounding error. A
// larger d means that the caller stored another mean, which counts as exact: lowOf is 0.
func lowOf[T Float](mean T, d float64) T { return T(lowOfScaled[T](float64(mean), d)) }

// lowOfScaled is lowOf for a mean and d that are scaled by a power of two.
func lowOfScaled[T Float](mean, d float64) float64 {
	eps := 0x1p-52
	if isF32[T]() {
		eps = 0x1p-23
	}
	if d-d == 0 && math.Abs(d) <= eps*math.Abs(mean) {
		return d
	}
	return 0
}

// lows returns the rounding errors of the means, or nil if none of them matters.
func (s *columnScratch[T]) lows(t Tier, rows, cols int, x []T, ldx int, mean, inv []T) []T {
	if !anyLowMatters(mean[:cols], inv) {
		return nil
	}
	low := s.low[:cols]
	clear(low)
	needed := func(j int) bool { return lowMatters(mean[j], inv[j]) }
	s.momentsAgain(t, rows, cols, mean, x, ldx, needed, func(j int, d, _ float64) {
		low[j] = lowOf(mean[j], d)
	})
	return low
}

// columnMomentsGeneric computes s1[j] += sum of x[i,j] - shift[j] over the rows, and
// s2[j] += sum of (x[i,j] - shift[j])^2. It adds four rows to each other before it adds them
// to the sums, which then round a quarter as often.
func columnMomentsGeneric[T Float](s1, s2, shift, x []T, rows, cols, ldx, _ int) {
	s1, s2, shift = s1[:cols], s2[:cols], shift[:cols]
	i := 0
	for ; i+4 <= rows; i += 4 {
		x0, x1, x2, x3 := x[i*ldx:][:cols], x[(i+1)*ldx:][:cols], x[(i+2)*ldx:][:cols], x[(i+3)*ldx:][:cols]
		for j, s := range shift {
			a, b, c, d := x0[j]-s, x1[j]-s, x2[j]-s, x3[j]-s
			s1[j] += (a + b) + (c + d)
			s2[j] += (T(a*a) + T(b*b)) + (T(c*c) + T(d*d))
		}
	}
	for ; i < rows; i++ {
		for j, v := range x[i*ldx:][:cols] {
			d := v - shift[j]
			s1[j] += d
			s2[j] += T(d * d)
		}
	}
}
