package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// Softmax computes, for each row of a rows x cols matrix,
//
//	y[i,j] = exp(x[i,j]) / sum over k of exp(x[i,k])
//
// It subtracts the maximum of the row first, so that nothing overflows. y may be x itself
// (the same slice and leading dimension); no other overlap is allowed. A row with one +Inf has
// the limit, 1 there and 0 elsewhere. A row with a NaN or several +Inf, or of -Inf alone, is
// NaN.
func Softmax[T Float](rows, cols int, y []T, ldy int, x []T, ldx int) {
	const op = "Softmax"
	checkRowsInPlace(op, "y", "x", rows, cols, y, ldy, x, ldx)
	raceRows(rows, cols, y, ldy, x, ldx)
	softmax(Active(), rows, cols, y, ldy, x, ldx)
}

// LogSumExp computes y[i] = log(sum over j of exp(x[i,j])) for each row without
// overflow. len(y) must be rows. y[i] is -Inf for a row of -Inf or of no columns. y must not
// share an element with x.
func LogSumExp[T Float](rows, cols int, y, x []T, ldx int) {
	const op = "LogSumExp"
	checkSize(op, "rows", rows)
	checkSize(op, "cols", cols)
	checkLen(op, "y", len(y), rows)
	checkMatrix(op, "x", "ldx", len(x), rows, cols, ldx)
	checkApart(op, "y", "x", vectorView(y), matrixView(x, rows, cols, ldx))
	raceReadMatrix(x, rows, cols, ldx)
	raceWrite(y)
	logSumExp(Active(), rows, cols, y, x, ldx)
}

// LogSoftmax computes, for each row of a rows x cols matrix,
//
//	y[i,j] = x[i,j] - log(sum over k of exp(x[i,k]))
//
// without overflow and, where the softmax is close to 1, without cancellation beyond that of
// the two terms. y may be x itself (the same
// slice and leading dimension); no other overlap is allowed. A row with one +Inf is 0
// there and -Inf elsewhere. A row with a NaN or several +Inf, or of -Inf alone, is NaN.
func LogSoftmax[T Float](rows, cols int, y []T, ldy int, x []T, ldx int) {
	checkRowsInPlace("LogSoftmax", "y", "x", rows, cols, y, ldy, x, ldx)
	raceRows(rows, cols, y, ldy, x, ldx)
	var j logSoftmaxJob[T]
	j.tier, j.rows, j.cols, j.y, j.ldy, j.x, j.ldx = Active(), rows, cols, y, ldy, x, ldx
	if tiles := j.cut(); tiles > 1 {
		share[T](&logSoftmaxJobs, tiles, j)
	} else {
		j.some(0, j.rows)
	}
}

// SoftmaxCrossEntropy returns the mean over the rows of
//
//	-log softmax(x[i])[labels[i]] = log(sum over j of exp(x[i,j])) - x[i,labels[i]]
//
// and writes its gradient dx[i,j] = (softmax(x[i])[j] - [j == labels[i]]) / rows.
// dx may be x itself; no other overlap is allowed. Labels must lie in [0, cols).
// The loss of no rows is 0. Infinities count as limits: the loss of a label whose x is -Inf
// is +Inf. In a row with one +Inf the loss is 0 for that label and +Inf for any other. Where
// [Softmax] is NaN, loss and gradient are NaN.
func SoftmaxCrossEntropy[T Float](rows, cols int, dx []T, lddx int, x []T, ldx int, labels []int) float64 {
	const op = "SoftmaxCrossEntropy"
	checkRowsInPlace(op, "dx", "x", rows, cols, dx, lddx, x, ldx)
	checkLabels(op, labels, rows, cols)
	checkApart(op, "dx", "labels", matrixView(dx, rows, cols, lddx), vectorView(labels))
	raceRows(rows, cols, dx, lddx, x, ldx)
	raceRead(labels)
	return softmaxCrossEntropy(Active(), rows, cols, dx, lddx, x, ldx, labels)
}

// SoftmaxCrossEntropyTargets returns the mean over the rows of
//
//	sum over j of p[i,j] * -log softmax(x[i])[j]
//
// for targets p that need not be one class a row: label smoothing spreads them over the
// classes, and class weights multiply them. It writes the gradient
//
//	dx[i,j] = (softmax(x[i])[j] * sum over k of p[i,k] - p[i,j]) / rows
//
// dx may be x itself; no other overlap is allowed. A target 0 counts as 0 even where x is -Inf.
// The loss of no rows or of no columns is 0. Infinities count as limits, as in
// [SoftmaxCrossEntropy]. Where [Softmax] is NaN, loss and gradient are NaN.
func SoftmaxCrossEntropyTargets[T Float](rows, cols int, dx []T, lddx int, x []T, ldx int,
	p []T, ldp int) float64 {
	const op = "SoftmaxCrossEntropyTargets"
	checkRowsInPlace(op, "dx", "x", rows, cols, dx, lddx, x, ldx)
	checkMatrix(op, "p", "ldp", len(p), rows, cols, ldp)
	checkApart(op, "dx", "p", matrixView(dx, rows, cols, lddx), matrixView(p, rows, cols, ldp))
	raceRows(rows, cols, dx, lddx, x, ldx)
	raceReadMatrix(p, rows, cols, ldp)
	var j targetsJob[T]
	j.tier, j.rows, j.cols = Active(), rows, cols
	j.dx, j.lddx, j.x, j.ldx, j.p, j.ldp = dx, lddx, x, ldx, p, ldp
	return j.run() / float64(max(1, rows))
}

// softmaxGroup computes a group of rows as softmaxGeneric does. It takes a row too long for
// one call in pieces, each a softmax with its own peak and sum, and then brings the pieces to
// a common scale (Milakov and Gimelshein, Online normalizer calculation for softmax, 2018).
func softmaxGroup[T Float](t Tier, y, x, peak, sum []T, rows, cols, ldy, ldx int, scale T) {
	if cols <= maxCall {
		dispatchSoftmax(t, y, x, peak, sum, rows, cols, ldy, ldx, scale)
		for i, s := range sum[:rows] {
			if s != s {
				limitRow(y[i*ldy:][:cols], peak[i], &sum[i], scale)
			}
		}
		return
	}
	var peaks, sums [mostGroupRows]T // of the pieces of the one row of this group
	step := max(maxCall, ceilDiv(cols, mostGroupRows))
	pieces := ceilDiv(cols, step)
	for i := range pieces {
		lo, n := i*step, min(step, cols-i*step)
		dispatchSoftmax(t, y[lo:], x[lo:], peaks[i:i+1], sums[i:i+1], 1, n, ldy, ldx, scale)
	}
	top, total := math.Inf(-1), 0.0
	for i, p := range peaks[:pieces] {
		top = max(top, float64(p))
		total += float64(sums[i])
	}
	if total != total {
		peak[0], sum[0] = T(top), T(total)
		for i, s := range sums[:pieces] {
			if s == s {
				clear(y[i*step : min(i*step+step, cols)])
			}
		}
		limitRow(y[:cols], peak[0], &sum[0], scale)
		return
	}
	total = 0
	var weights [mostGroupRows]float64
	for i := range pieces {
		weights[i] = float64(sums[i]) * math.Exp(float64(peaks[i])-top)
		total += weights[i]
	}
	for i := range pieces {
		f, part := T(weights[i]/total), y[i*step:min(i*step+step, cols)]
		masked := sums[i] == 0 // the piece is -Inf alone: y is NaN there, and f is 0
		for j := range part {
			if masked {
				part[j] = f
			} else {
				part[j] *= f
			}
		}
	}
	peak[0], sum[0] = T(top), T(total)
}

// limitRow finishes a row whose sum is NaN. The kernels wrote NaN to y where x is NaN or +Inf.
// If y has one NaN and the peak is +Inf, the row has a limit: y is scale there and 0 elsewhere.
// Otherwise the whole row becomes NaN.
func limitRow[T Float](y []T, peak T, sum *T, scale T) {
	at, count := 0, 0
	for j, v := range y {
		if v != v {
			at = j
			count++
		}
	}
	if count == 1 && math.IsInf(float64(peak), 1) {
		y[at], *sum = scale, 1
		return
	}
	for j := range y {
		y[j] = T(math.NaN())
	}
}

// softmaxOperands are the operands of the functions on rows without labels. A job that runs at
// once stays on the stack and is filled in field by field: Go would build a literal elsewhere
// and copy it, which takes as long as a short row.
type softmaxOperands[T Float] struct {
	rowWork
	y, x     []T
	ldy, ldx int
}

type softmaxJob[T Float] struct{ softmaxOperands[T] }

var softmaxJobs freelist.Lists

// softmax is Softmax on a given tier, unchecked.
func softmax[T Float](t Tier, rows, cols int, y []T, ldy int, x []T, ldx int) {
	var j softmaxJob[T]
	j.tier, j.rows, j.cols, j.y, j.ldy, j.x, j.ldx = t, rows, cols, y, ldy, x, ldx
	if tiles := j.cut(); tiles > 1 {
		share[T](&softmaxJobs, tiles, j)
	} else {
		j.some(0, j.rows)
	}
}

func (j *softmaxJob[T]) tile(i int) { j.some(j.span(i)) }

// some computes the rows from lo to hi-1.
func (j *softmaxJob[T]) some(lo, hi int) {
	s := freelist.Get[T, rowScratch[T]](&rowScratches)
	for n := 0; lo < hi; lo += n {
		n = min(j.groupRows, hi-lo)
		softmaxGroup(j.tier, j.y[lo*j.ldy:], j.x[lo*j.ldx:], s.peak[:n], s.sum[:n],
			n, j.cols, j.ldy, j.ldx, 1)
	}
	freelist.Put[T](&rowScratches, s)
}

type logSumExpJob[T Float] struct{ softmaxOperands[T] }

var logSumExpJobs freelist.Lists

// logSumExp is LogSumExp on a given tier, unchecked.
func logSumExp[T Float](t Tier, rows, cols int, y, x []T, ldx int) {
	if cols == 0 {
		for i := range y {
			y[i] = T(math.Inf(-1))
		}
	}
	var j logSumExpJob[T]
	j.tier, j.rows, j.cols, j.y, j.x, j.ldx = t, rows, cols, y, x, ldx
	if tiles := j.cut(); tiles > 1 {
		share[T](&logSumExpJobs, tiles, j)
	} else {
		j.some(0, j.rows)
	}
}

func (j *logSumExpJob[T]) tile(i int) { j.some(j.span(i)) }

func (j *logSumExpJob[T]) some(lo, hi int) {
	s := freelist.Get[T, rowScratch[T]](&rowScratches)
	for n := 0; lo < hi; lo += n {
		n = min(j.groupRows, hi-lo)
		x := j.x[lo*j.ldx:]
		softmaxGroup(j.tier, s.matrix(n*j.cols), x, s.peak[:n], s.sum[:n], n, j.cols, j.cols, j.ldx, 1)
		for r := range n {
			j.y[lo+r] = logSumExpOf(s.peak[r], s.sum[r], x[r*j.ldx:][:j.cols])
		}
	}
	freelist.Put[T](&rowScratches, s)
}

type logSoftmaxJob[T Float] struct{ softmaxOperands[T] }

var logSoftmaxJobs freelist.Lists

func (j *logSoftmaxJob[T]) tile(i int) { j.some(j.span(i)) }

func (j *logSoftmaxJob[T]) some(lo, hi int) {
	s := freelist.Get[T, rowScratch[T]](&rowScratches)
	for n := 0; lo < hi; lo += n {
		n = min(j.groupRows, hi-lo)
		y, x, k := j.y[lo*j.ldy:], j.x[lo*j.ldx:], s.k[:n*rowConstants]
		softmaxGroup(j.tier, s.matrix(n*j.cols), x, s.peak[:n], s.sum[:n], n, j.cols, j.cols, j.ldx, 1)
		for r := range n {
			k[r*rowConstants], k[r*rowConstants+1] = s.peak[r], T(math.Log(float64(s.sum[r])))
		}
		eachPiece(j.cols, func(lo, w int) {
			dispatchShiftRows(j.tier, y[lo:], x[lo:], k, n, w, j.ldy, j.ldx)
		})
		for r := range n {
			if s.sum[r] == 1 && math.IsInf(float64(s.peak[r]), 1) {
				zeroNaN(y[r*j.ldy:][:j.cols])
			}
		}
	}
	freelist.Put[T](&rowScratches, s)
}

// zeroNaN replaces NaN by 0: Inf-Inf at the one +Inf of a row, whose probability is 1.
func zeroNaN[T Float](y []T) {
	for i, v := range y {
		if v != v {
			y[i] = 0
		}
	}
}

// softmaxGeneric computes, for each row, peak = max x, sum = sum of exp(x - peak)
// and y = scale * exp(x - peak) / sum. The maximum starts at the lowest finite
// number, so sum is 0 for a row of -Inf alone and nowhere else. A NaN makes sum NaN and peak
// undefined; a +Inf makes sum NaN and peak +Inf. y is then NaN where x is NaN or +Inf, and 0
// or NaN elsewhere: see limitRow.
func softmaxGeneric[T Float](y, x, peak, sum []T, rows, cols, ldy, ldx int, scale T) {
	for i := range rows {
		row, out := x[i*ldx:][:cols], y[i*ldy:][:cols]
		top, total := lowest[T](), 0.0
		for _, v := range row {
			if !(v <= top) {
				top = v
			}
		}
		for j, v := range row {
			e := math.Exp(float64(v) - float64(top))
			total += e
			out[j] = T(e)
		}
		f := float64(scale) / total
		if f != f {
			f = 0
		}
		for j, v := range out {
			out[j] = T(float64(v) * f)
		}
		peak[i], sum[i] = top, T(total)
	}
}

// lowest is the lowest finite number.
func lowest[T Float]() T {
	if isF32[T]() {
		return -math.MaxFloat32
	}
	low := -math.MaxFloat64 // a variable, since the constant does not fit in float32
	return T(low)
}

// logSumExpOf returns the logarithm of the sum of exp(x) over a row from peak, its maximum, and
// the sum of exp(x - peak). If the sum is NaN, the result is the maximum of the row, or NaN if
// the row has one.
func logSumExpOf[T Float](peak, sum T, row []T) T {
	if sum == sum {
		return T(float64(peak) + math.Log(float64(sum)))
	}
	top := math.Inf(-1)
	for _, v := range row {
		top = max(top, float64(v))
	}
	return T(top)
}

func shiftRowsGeneric[T Float](y, x, k []T, rows, cols, ldy, ldx int) {
	for i := range rows {
		k0, k1 := k[i*rowConstants], k[i*rowConstants+1]
		out := y[i*ldy:][:cols]
		for j, v := range x[i*ldx:][:cols] {
			out[j] = v - k0 - k1
		}
	}
}
