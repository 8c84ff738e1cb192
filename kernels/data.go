package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// GatherRows copies rows of a matrix, such as a mini-batch out of a data set:
//
//	dst[i,j] = src[index[i],j]
//
// dst is rows x cols, src is n x cols and len(index) is rows. Each index must lie in [0, n);
// an index may occur several times. dst must not overlap src or index.
func GatherRows[T Float](rows, cols int, dst []T, ldd int, n int, src []T, lds int, index []int) {
	const op = "GatherRows"
	checkSize(op, "rows", rows)
	checkSize(op, "cols", cols)
	checkSize(op, "n", n)
	checkMatrix(op, "dst", "ldd", len(dst), rows, cols, ldd)
	checkMatrix(op, "src", "lds", len(src), n, cols, lds)
	checkLen(op, "index", len(index), rows)
	for _, i := range index {
		if uint(i) >= uint(n) {
			fail(op, "index", "index", "in [0, n), n = ", i, n)
		}
	}
	checkApart(op, "dst", "src", matrixView(dst, rows, cols, ldd), matrixView(src, n, cols, lds))
	checkApart(op, "dst", "index", matrixView(dst, rows, cols, ldd), vectorView(index))
	raceRead(index)
	raceReadSome(src, index, cols, lds)
	raceWriteMatrix(dst, rows, cols, ldd)
	if cols == 0 {
		return
	}
	var j gatherJob[T] // filled in place, see softmaxOperands
	j.tier, j.rows, j.cols = Active(), rows, cols
	j.dst, j.ldd, j.src, j.lds, j.index = dst, ldd, src, lds, index
	if tiles := j.cut(); tiles > 1 {
		share[T](&gatherJobs, tiles, j)
	} else {
		j.some(0, j.rows)
	}
}

type gatherJob[T Float] struct {
	rowWork
	dst, src []T
	ldd, lds int
	index    []int
}

var gatherJobs freelist.Lists

func (j *gatherJob[T]) tile(i int) { j.some(j.span(i)) }

// some copies the rows from lo to hi-1.
func (j *gatherJob[T]) some(lo, hi int) {
	for r, k := range j.index[lo:hi] {
		copy(j.dst[(lo+r)*j.ldd:][:j.cols], j.src[k*j.lds:][:j.cols])
	}
}

// ScaleBytes turns bytes, such as pixels, into numbers:
//
//	y[i] = x[i]*scale + shift
//
// rounded once on assembly tiers and twice in pure Go. Scale 1/255 and shift 0 give [0, 1].
// y and x must not overlap.
func ScaleBytes[T Float](y []T, x []uint8, scale, shift T) {
	const op = "ScaleBytes"
	checkLen(op, "x", len(x), len(y))
	checkApart(op, "y", "x", vectorView(y), vectorView(x))
	raceRead(x)
	raceWrite(y)
	scaleBytesOn(Active(), y, x, scale, shift)
}

func scaleBytesOn[T Float](t Tier, y []T, x []uint8, scale, shift T) {
	if len(y) <= maxCall {
		scaleBytesStretch(t, y, x, scale, shift)
		return
	}
	share[T](&bytesJobs, stretches(len(y)), bytesJob[T]{t, y, x, scale, shift})
}

// bytesJob is a call of ScaleBytes in the pool. A tile is a stretch.
type bytesJob[T Float] struct {
	tier         Tier
	y            []T
	x            []uint8
	scale, shift T
}

var bytesJobs freelist.Lists

func (j *bytesJob[T]) tile(i int) {
	lo, hi := stretch(i, len(j.y))
	scaleBytesStretch(j.tier, j.y[lo:hi], j.x[lo:hi], j.scale, j.shift)
}

// scaleBytesStretch is ScaleBytes on one stretch.
func scaleBytesStretch[T Float](t Tier, y []T, x []uint8, scale, shift T) {
	const most = 16 // lanes of a vector
	n := len(y) &^ (most - 1)
	dispatchScaleBytes(t, y[:n], x[:n], scale, shift)
	y, x = y[n:], x[n:]
	if len(y) > 0 {
		var out [most]T
		var in [most]uint8
		copy(in[:], x)
		dispatchScaleBytes(t, out[:], in[:], scale, shift)
		copy(y, out[:])
	}
}

func scaleBytesGeneric[T Float](y []T, x []uint8, scale, shift T) {
	x = x[:len(y)]
	for i := range y {
		y[i] = T(T(x[i])*scale) + shift
	}
}

// TopKHits returns how many rows of x, which is rows x cols, have the value in column
// labels[i] among their k largest. Of equal values the one in the lower column counts as
// larger, as in [ArgMax], and NaN as larger than any number. len(labels) is rows, each label
// must lie in [0, cols), and k must be positive.
func TopKHits[T Float](rows, cols int, x []T, ldx int, labels []int, k int) int {
	const op = "TopKHits"
	checkSize(op, "rows", rows)
	checkSize(op, "cols", cols)
	checkMatrix(op, "x", "ldx", len(x), rows, cols, ldx)
	checkLabels(op, labels, rows, cols)
	if k < 1 {
		fail(op, "k", "k", ">= ", k, 1)
	}
	raceReadMatrix(x, rows, cols, ldx)
	raceRead(labels)
	return topKHits(Active(), rows, cols, x, ldx, labels, k)
}

func topKHits[T Float](t Tier, rows, cols int, x []T, ldx int, labels []int, k int) int {
	var j topKJob[T] // filled in place, see softmaxOperands
	j.tier, j.rows, j.cols, j.x, j.ldx, j.labels, j.k = t, rows, cols, x, ldx, labels, k
	tiles := j.cut()
	if tiles <= 1 {
		return j.some(0, j.rows)
	}
	hits := takeResults(tiles)
	j.hits = *hits
	share[T](&topKJobs, tiles, j)
	return int(hits.sum())
}

type topKJob[T Float] struct {
	rowWork
	x      []T
	ldx    int
	labels []int
	k      int
	hits   tileResults
}

var topKJobs freelist.Lists

func (j *topKJob[T]) tile(i int) { j.hits[i] = float64(j.some(j.span(i))) }

// some counts the hits among the rows from lo to hi-1.
func (j *topKJob[T]) some(lo, hi int) int {
	hits := 0
	for i := lo; i < hi; i++ {
		if aheadOf(j.tier, j.x[i*j.ldx:][:j.cols], j.labels[i]) < j.k {
			hits++
		}
	}
	return hits
}

// aheadOf counts the values of a row that count as larger than v, the one at label: before it
// those that are not less than v, after it those that are not less than the next number above v.
func aheadOf[T Float](t Tier, row []T, label int) int {
	v := row[label]
	if len(row) < leastCounted || !(v < T(math.Inf(1))) {
		return aheadOfGeneric(row, label)
	}
	return countNotLess(t, row[:label], v) + countNotLess(t, row[label+1:], nextUp(v))
}

// leastCounted is the length of a row from which two calls of assembly take less time than a
// loop in Go.
const leastCounted = 32

func aheadOfGeneric[T Float](row []T, label int) int {
	v, ahead := row[label], 0
	if v != v {
		for _, u := range row[:label] {
			if u != u {
				ahead++
			}
		}
		return ahead
	}
	for _, u := range row[:label] {
		if !(u < v) {
			ahead++
		}
	}
	for _, u := range row[label+1:] {
		if !(u <= v) {
			ahead++
		}
	}
	return ahead
}

// nextUp is the least number above v, which is less than +Inf.
func nextUp[T Float](v T) T {
	if isF32[T]() {
		return T(math.Nextafter32(float32(v), float32(math.Inf(1))))
	}
	return T(math.Nextafter(float64(v), math.Inf(1)))
}

// countNotLess counts the values of a row that are not less than v.
func countNotLess[T Float](t Tier, x []T, v T) int {
	var count [1]T
	total := 0
	for len(x) > maxCall {
		dispatchCountNotLess(t, count[:], x[:maxCall], v)
		total += int(count[0])
		x = x[maxCall:]
	}
	dispatchCountNotLess(t, count[:], x, v)
	return total + int(count[0])
}

// countNotLessGeneric computes count[0] = how many x are not less than v, NaN among them.
func countNotLessGeneric[T Float](count, x []T, v T) {
	n := 0
	for _, u := range x {
		if !(u < v) {
			n++
		}
	}
	count[0] = T(n)
}
