package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// crossEntropyJob is a call of SoftmaxCrossEntropy. Each tile has its sum in sums.
type crossEntropyJob[T Float] struct {
	softmaxOperands[T] // y is dx
	labels             []int
	sums               tileResults
}

var crossEntropyJobs freelist.Lists

// softmaxCrossEntropy is SoftmaxCrossEntropy on a given tier, unchecked.
func softmaxCrossEntropy[T Float](
	t Tier, rows, cols int, dx []T, lddx int, x []T, ldx int, labels []int) float64 {
	var j crossEntropyJob[T]
	j.tier, j.rows, j.cols, j.y, j.ldy, j.x, j.ldx, j.labels = t, rows, cols, dx, lddx, x, ldx, labels
	return j.run() / float64(max(1, rows))
}

func (j *crossEntropyJob[T]) run() float64 {
	tiles := j.cut()
	if tiles <= 1 {
		return j.some(0, j.rows)
	}
	sums := takeResults(tiles)
	j.sums = *sums
	share[T](&crossEntropyJobs, tiles, *j)
	return sums.sum()
}

func (j *crossEntropyJob[T]) tile(i int) { j.sums[i] = j.some(j.span(i)) }

// some computes the rows from lo to hi-1 and returns the sum of their losses.
func (j *crossEntropyJob[T]) some(lo, hi int) float64 {
	var loss carefulSum
	s := freelist.Get[T, rowScratch[T]](&rowScratches)
	for n := 0; lo < hi; lo += n {
		n = min(j.groupRows, hi-lo)
		j.group(s, &loss, j.y[lo*j.ldy:], j.x[lo*j.ldx:], j.labels[lo:lo+n])
	}
	freelist.Put[T](&rowScratches, s)
	return loss.value()
}

// group computes one row for each label and adds their losses.
func (j *crossEntropyJob[T]) group(s *rowScratch[T], loss *carefulSum, dx, x []T, labels []int) {
	n, scale := len(labels), 1/T(j.rows)
	for r, l := range labels {
		s.other[r] = x[r*j.ldx+l]
	}
	softmaxGroup(j.tier, dx, x, s.peak[:n], s.sum[:n], n, j.cols, j.ldy, j.ldx, scale)
	logs := s.k[:n]
	dispatchLog(j.tier, logs, s.sum[:n])
	for r, l := range labels {
		dx[r*j.ldy+l] -= scale
		loss.add(float64(logs[r]) + below(s.other[r], s.peak[r]))
	}
}

// below returns peak - x, and 0 where both are +Inf.
func below[T Float](x, peak T) float64 {
	if x == peak {
		return 0
	}
	return float64(peak) - float64(x)
}

// targetsJob is a call of SoftmaxCrossEntropyTargets. Each tile has its sum in sums.
type targetsJob[T Float] struct {
	rowWork
	dx, x, p       []T
	lddx, ldx, ldp int
	sums           tileResults
}

var targetsJobs freelist.Lists

func (j *targetsJob[T]) run() float64 {
	tiles := j.cut()
	if tiles <= 1 {
		return j.some(0, j.rows)
	}
	sums := takeResults(tiles)
	j.sums = *sums
	share[T](&targetsJobs, tiles, *j)
	return sums.sum()
}

func (j *targetsJob[T]) tile(i int) { j.sums[i] = j.some(j.span(i)) }

// some computes the rows from lo to hi-1 and returns the sum of their losses.
func (j *targetsJob[T]) some(lo, hi int) float64 {
	var loss carefulSum
	s := freelist.Get[T, rowScratch[T]](&rowScratches)
	for n := 0; lo < hi; lo += n {
		n = min(j.groupRows, hi-lo)
		j.group(s, &loss, j.dx[lo*j.lddx:], j.x[lo*j.ldx:], j.p[lo*j.ldp:], n)
	}
	freelist.Put[T](&rowScratches, s)
	return loss.value()
}

// group computes n rows and adds their losses. It needs x after the softmax, which therefore goes
// to scratch memory where dx is x.
func (j *targetsJob[T]) group(s *rowScratch[T], loss *carefulSum, dx, x, p []T, n int) {
	e, lde := dx, j.lddx
	if ptr(j.dx) == ptr(j.x) {
		e, lde = s.matrix(n*j.cols), j.cols
	}
	softmaxGroup(j.tier, e, x, s.peak[:n], s.sum[:n], n, j.cols, lde, j.ldx, 1)
	k := s.k[:n*rowConstants]
	for r := range n {
		k[r*rowConstants] = s.peak[r]
	}
	var weight, gap [mostGroupRows]float64
	eachSum(j.cols, func(lo, w int) {
		dispatchTargetSums(j.tier, s.other[:n], s.peak[:n], x[lo:], p[lo:], k, n, w, j.ldx, j.ldp)
		addTo(weight[:n], s.other[:n])
		addTo(gap[:n], s.peak[:n])
	})
	scale := 1 / float64(j.rows)
	for r := range n {
		if s.sum[r] == 1 && math.IsInf(float64(k[r*rowConstants]), 1) {
			gap[r] = infiniteGap(x[r*j.ldx:][:j.cols], p[r*j.ldp:][:j.cols])
		}
		loss.add(float64(weight[r]*math.Log(float64(s.sum[r]))) + gap[r])
		k[r*rowConstants], k[r*rowConstants+1] = T(weight[r]*scale), T(scale)
	}
	eachPiece(j.cols, func(lo, w int) {
		dispatchBlendRows(j.tier, dx[lo:], e[lo:], p[lo:], k, n, w, j.lddx, lde, j.ldp)
	})
}

// infiniteGap returns the sum of p[j] (Inf - x[j]) over a row with one +Inf, where the term is
// the limit 0.
func infiniteGap[T Float](x, p []T) float64 {
	gap, inf := 0.0, math.Inf(1)
	for j, v := range p {
		if v != 0 && float64(x[j]) != inf {
			gap += float64(float64(v) * inf)
		}
	}
	return gap
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
