package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// rowOp is a kernel that works row by row.
type rowOp uint8

const (
	rowsSoftmax rowOp = iota
	rowsLogSoftmax
	rowsLogSumExp
	rowsCrossEntropy
	rowsTargets
	rowsNormalize
	rowsAdaptiveClip
	rowsArgMax
	rowsGather
	rowsTopKHits
)

// rowCall are the operands of such a kernel.
type rowCall[T Float] struct {
	rows, cols    int
	y, x, p       []T
	ldy, ldx, ldp int
	labels        []int // or indices
	top           int
	norm          rowNorm[T]
}

// rowJob is a call on its way through the pool. A tile is tileRows rows, done in groups
// of groupRows: how the rows are cut depends on the sizes alone.
type rowJob[T Float] struct {
	tier                Tier
	op                  rowOp
	call                rowCall[T]
	groupRows, tileRows int
	sums                []float64 // of the tiles
}

var rowJobs freelist.Lists

// tileElements is the least work of a tile: the counter that tiles are drawn from
// costs about 0.1 µs.
const tileElements = 1 << 13

// runRows runs op and returns the sum of what its tiles return, in their order. One that is
// called for a row or two fills in its job itself: its operands are longer than its work to
// copy, twice, just after they were written.
func runRows[T Float](t Tier, op rowOp, c rowCall[T]) float64 {
	j := rowJob[T]{tier: t, op: op, call: c}
	return j.run()
}

// run runs j, which is on the stack of its caller and has tier, op and call.
func (j *rowJob[T]) run() float64 {
	rows, cols := j.call.rows, j.call.cols
	if rows == 0 || cols == 0 {
		return 0
	}
	if rows <= softmaxRows && rows*cols <= maxCall { // one group, found without a division
		j.groupRows = rows
		return j.sum(0, rows)
	}
	j.groupRows = min(softmaxRows, rowsPerCall(cols))
	j.tileRows = j.groupRows * max(1, tileElements/(j.groupRows*cols))
	if rows <= j.tileRows {
		return j.sum(0, rows)
	}
	return j.shared()
}

// shared runs j on several threads if it pays.
func (j *rowJob[T]) shared() float64 {
	p := freelist.Get[T, rowJob[T]](&rowJobs)
	p.tier, p.op, p.call, p.groupRows, p.tileRows = j.tier, j.op, j.call, j.groupRows, j.tileRows
	tiles := ceilDiv(p.call.rows, p.tileRows)
	if cap(p.sums) < tiles {
		p.sums = make([]float64, tiles)
	}
	p.sums = p.sums[:tiles]
	parallel(threadsFor(tiles), tiles, p)
	total := 0.0
	for _, v := range p.sums {
		total += v
	}
	p.call = rowCall[T]{}
	freelist.Put[T](&rowJobs, p)
	return total
}

func (j *rowJob[T]) tile(i int) {
	lo := i * j.tileRows
	j.sums[i] = j.sum(lo, min(lo+j.tileRows, j.call.rows))
}

// sum runs the rows from lo to hi-1 and returns the sum of what their groups return.
func (j *rowJob[T]) sum(lo, hi int) float64 {
	total := 0.0
	s := freelist.Get[T, rowScratch[T]](&rowScratches)
	for ; lo < hi; lo += j.groupRows {
		total += j.group(s, lo, min(j.groupRows, hi-lo))
	}
	freelist.Put[T](&rowScratches, s)
	return total
}

// rowConstants is how many constants a row has in the slices k of the kernels.
const rowConstants = 4

// rowScratch is what one thread needs for one group of rows.
type rowScratch[T Float] struct {
	peak, sum, other [softmaxRows]T
	low              [softmaxRows]T
	k                [softmaxRows * rowConstants]T
	y                []T // a group of rows
}

var rowScratches freelist.Lists

// matrix returns room for a group of n rows.
func (s *rowScratch[T]) matrix(n int) []T {
	if cap(s.y) < n {
		s.y = make([]T, n)
	}
	return s.y[:n]
}

// group runs n rows from row i on.
func (j *rowJob[T]) group(s *rowScratch[T], i, n int) float64 {
	c := &j.call
	y, x := c.y[i*c.ldy:], c.x[i*c.ldx:]
	switch j.op {
	case rowsSoftmax:
		softmaxGroup(j.tier, y, x, s.peak[:n], s.sum[:n], n, c.cols, c.ldy, c.ldx, 1)
	case rowsLogSumExp:
		softmaxGroup(j.tier, s.matrix(n*c.cols), x, s.peak[:n], s.sum[:n], n, c.cols, c.cols, c.ldx, 1)
		for r := range n {
			y[r] = logSumExpOf(s.peak[r], s.sum[r], x[r*c.ldx:][:c.cols])
		}
	case rowsLogSoftmax:
		softmaxGroup(j.tier, s.matrix(n*c.cols), x, s.peak[:n], s.sum[:n], n, c.cols, c.cols, c.ldx, 1)
		for r := range n {
			s.k[r*rowConstants], s.k[r*rowConstants+1] = s.peak[r], T(math.Log(float64(s.sum[r])))
		}
		eachPiece(c.cols, func(lo, w int) {
			dispatchShiftRows(j.tier, y[lo:], x[lo:], s.k[:n*rowConstants], n, w, c.ldy, c.ldx)
		})
		for r := range n {
			if s.sum[r] == 1 && math.IsInf(float64(s.peak[r]), 1) {
				zeroNaN(y[r*c.ldy:][:c.cols])
			}
		}
	case rowsCrossEntropy:
		return j.crossEntropy(s, y, x, i, n)
	case rowsTargets:
		return j.targets(s, y, x, c.p[i*c.ldp:], n)
	case rowsNormalize:
		j.normalize(s, y, x, i, n)
	case rowsAdaptiveClip:
		j.adaptiveClip(s, y, x, n)
	case rowsArgMax:
		argMaxGroup(j.tier, s, c.labels[i:i+n], x, c.cols, c.ldx)
	case rowsGather:
		for r, k := range c.labels[i : i+n] {
			copy(y[r*c.ldy:][:c.cols], c.p[k*c.ldp:][:c.cols])
		}
	case rowsTopKHits:
		hits := 0
		for r, l := range c.labels[i : i+n] {
			if aheadOf(j.tier, x[r*c.ldx:][:c.cols], l) < c.top {
				hits++
			}
		}
		return float64(hits)
	}
	return 0
}

// eachPiece calls f for pieces of a row that one assembly call may take.
func eachPiece(cols int, f func(lo, w int)) {
	for lo := 0; lo < cols; lo += maxCall {
		f(lo, min(maxCall, cols-lo))
	}
}

func (j *rowJob[T]) crossEntropy(s *rowScratch[T], dx, x []T, i, n int) float64 {
	c := &j.call
	scale := 1 / T(c.rows)
	labels := c.labels[i : i+n]
	for r, l := range labels {
		s.other[r] = x[r*c.ldx+l]
	}
	softmaxGroup(j.tier, dx, x, s.peak[:n], s.sum[:n], n, c.cols, c.ldy, c.ldx, scale)
	logs := s.k[:n]
	dispatchLog(j.tier, logs, s.sum[:n])
	loss := 0.0
	for r, l := range labels {
		dx[r*c.ldy+l] -= scale
		loss += float64(logs[r]) + below(s.other[r], s.peak[r])
	}
	return loss
}

// below is peak - x, and 0 for the one +Inf of a row.
func below[T Float](x, peak T) float64 {
	if x == peak {
		return 0
	}
	return float64(peak) - float64(x)
}

// zeroNaN makes 0 of what is Inf-Inf: the logarithm of the probability of the one +Inf.
func zeroNaN[T Float](y []T) {
	for i, v := range y {
		if v != v {
			y[i] = 0
		}
	}
}

// targets needs x after the softmax, which therefore goes elsewhere where dx is x.
func (j *rowJob[T]) targets(s *rowScratch[T], dx, x, p []T, n int) float64 {
	c := &j.call
	e, lde := dx, c.ldy
	if ptr(c.y) == ptr(c.x) {
		e, lde = s.matrix(n*c.cols), c.cols
	}
	softmaxGroup(j.tier, e, x, s.peak[:n], s.sum[:n], n, c.cols, lde, c.ldx, 1)
	k := s.k[:n*rowConstants]
	for r := range n {
		k[r*rowConstants] = s.peak[r]
	}
	var weight, gap [softmaxRows]float64
	eachSum(c.cols, func(lo, w int) {
		dispatchTargetSums(j.tier, s.other[:n], s.peak[:n], x[lo:], p[lo:], k, n, w, c.ldx, c.ldp)
		addTo(weight[:n], s.other[:n])
		addTo(gap[:n], s.peak[:n])
	})
	loss, scale := 0.0, 1/float64(c.rows)
	for r := range n {
		if s.sum[r] == 1 && math.IsInf(float64(k[r*rowConstants]), 1) {
			gap[r] = infiniteGap(x[r*c.ldx:][:c.cols], p[r*c.ldp:][:c.cols])
		}
		loss += float64(weight[r]*math.Log(float64(s.sum[r]))) + gap[r]
		k[r*rowConstants], k[r*rowConstants+1] = T(weight[r]*scale), T(scale)
	}
	eachPiece(c.cols, func(lo, w int) {
		dispatchBlendRows(j.tier, dx[lo:], e[lo:], p[lo:], k, n, w, c.ldy, lde, c.ldp)
	})
	return loss
}

// infiniteGap is the sum of p (Inf - x) over a row x with one +Inf, the limit of which is 0 there.
func infiniteGap[T Float](x, p []T) float64 {
	gap, inf := 0.0, math.Inf(1)
	for j, v := range p {
		if v != 0 && float64(x[j]) != inf {
			gap += float64(v) * inf
		}
	}
	return gap
}

// rowChunkCols is the number of elements of a row whose sum is of type T.
const rowChunkCols = 2048

// eachSum calls f for pieces of a row that are summed in T.
func eachSum(cols int, f func(lo, w int)) {
	for lo := 0; lo < cols; lo += rowChunkCols {
		f(lo, min(rowChunkCols, cols-lo))
	}
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

func blendRowsGeneric[T Float](z, y, x, k []T, rows, cols, ldz, ldy, ldx int) {
	for i := range rows {
		k0, k1 := k[i*rowConstants], k[i*rowConstants+1]
		out, a := z[i*ldz:][:cols], y[i*ldy:][:cols]
		for j, v := range x[i*ldx:][:cols] {
			out[j] = T(k0*a[j]) - T(k1*v)
		}
	}
}

func targetSumsGeneric[T Float](s1, s2, x, p, k []T, rows, cols, ldx, ldp int) {
	for i := range rows {
		var weight, gap chainSum
		row := x[i*ldx:][:cols]
		for j, v := range p[i*ldp:][:cols] {
			weight.add(float64(v))
			if v != 0 {
				gap.add(float64(T(v * (k[i*rowConstants] - row[j]))))
			}
		}
		s1[i], s2[i] = T(weight.value()), T(gap.value())
	}
}
