package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// How work is cut into calls of assembly and into tiles for threads. The cuts that a result
// depends on follow from the sizes alone, never from the number of threads.

// maxCall bounds the elements of one assembly call, which Go cannot preempt: the
// slowest kernel takes about 1 ns an element, so a call stays below 100 µs.
const maxCall = 1 << 15

// tileElements is the least work of a tile: the counter that tiles are drawn from
// costs about 0.1 µs.
const tileElements = 1 << 13

// mostGroupRows is the most rows of a group, for each of which a call returns its sums.
const mostGroupRows = 64

func ceilDiv(a, b int) int { return (a + b - 1) / b }

func roundUp(a, b int) int { return ceilDiv(a, b) * b }

// threadsFor returns how many threads pay for that many tiles of maxCall elements.
func threadsFor(tiles int) int {
	if tiles < 4 {
		return 1
	}
	return Threads()
}

// rowsPerCall returns how many rows of cols elements one assembly call may take.
func rowsPerCall(cols int) int { return max(1, maxCall/max(1, cols)) }

// callRows is rowsPerCall rounded down to groups of four rows, which column kernels take at once.
func callRows(cols int) int { return rowsPerCall(cols) &^ 3 }

// oneBlock reports whether one assembly call may take a matrix that is one block of columns.
func oneBlock(rows, cols int) bool { return cols <= colBlock && rows*cols <= maxCall }

// stretches returns how many stretches of maxCall elements vectors of n elements have. Each is a
// tile of a job.
func stretches(n int) int { return ceilDiv(n, maxCall) }

// stretch returns the elements of stretch i of vectors of n elements: lo to hi-1.
func stretch(i, n int) (lo, hi int) { return i * maxCall, min((i+1)*maxCall, n) }

// pooled is *J, the pointer to a job type, which has its method tile.
type pooled[J any] interface {
	*J
	job
}

// share runs a job of that many tiles on as many threads as pay. The pool gets a copy of the job
// in memory that lists keeps, so that the job itself stays on the stack of the caller.
func share[T Float, J any, P pooled[J]](lists *freelist.Lists, tiles int, j J) {
	shareOn[T, J, P](lists, threadsFor(tiles), tiles, j)
}

// shareOn is share on that many threads.
func shareOn[T Float, J any, P pooled[J]](lists *freelist.Lists, threads, tiles int, j J) {
	p := freelist.Get[T, J](lists)
	*p = j
	parallel(threads, tiles, P(p))
	var none J
	*p = none // do not keep the caller's slices alive
	freelist.Put[T](lists, p)
}

// eachPiece calls f for pieces of a row that one assembly call may take.
func eachPiece(cols int, f func(lo, w int)) {
	for lo := 0; lo < cols; lo += maxCall {
		f(lo, min(maxCall, cols-lo))
	}
}

// rowChunkCols is the number of elements of a row whose sum is of type T.
const rowChunkCols = 2048

// eachSum calls f for pieces of a row that are summed in T.
func eachSum(cols int, f func(lo, w int)) {
	for lo := 0; lo < cols; lo += rowChunkCols {
		f(lo, min(rowChunkCols, cols-lo))
	}
}

// rowWork is the part that jobs along rows have in common. A tile is tileRows rows, which are
// computed in groups of groupRows.
type rowWork struct {
	tier                Tier
	rows, cols          int
	groupRows, tileRows int
}

// cut sets the sizes of groups and tiles and returns how many tiles there are. Rows without
// columns count as no rows.
func (w *rowWork) cut() int {
	if w.rows == 0 || w.cols == 0 {
		w.rows = 0
		return 0
	}
	if w.rows <= mostGroupRows && w.rows*w.cols <= maxCall { // one group, found without a division
		w.groupRows = w.rows
		return 1
	}
	w.groupRows = min(mostGroupRows, rowsPerCall(w.cols))
	w.tileRows = w.groupRows * max(1, tileElements/(w.groupRows*w.cols))
	return ceilDiv(w.rows, w.tileRows)
}

// span returns the rows of tile i: lo to hi-1.
func (w *rowWork) span(i int) (lo, hi int) {
	return i * w.tileRows, min((i+1)*w.tileRows, w.rows)
}

// tileResults holds the result of each tile of a job. The caller combines them in their order.
type tileResults []float64

var resultLists freelist.Lists

// takeResults returns room for one result of each of that many tiles; put, sum or largest gives
// it back.
func takeResults(tiles int) *tileResults {
	r := freelist.Get[float64, tileResults](&resultLists)
	if cap(*r) < tiles {
		*r = make(tileResults, tiles)
	}
	*r = (*r)[:tiles]
	return r
}

func (r *tileResults) put() { freelist.Put[float64](&resultLists, r) }

// sum adds the results up and gives their room back.
func (r *tileResults) sum() float64 {
	var total carefulSum
	for _, v := range *r {
		total.add(v)
	}
	r.put()
	return total.value()
}

// carefulSum is a sum in float64 whose error does not grow with the number of its terms. It adds up
// what each addition loses (A. Neumaier, Rundungsfehleranalyse einiger Verfahren zur Summation
// endlicher Summen, ZAMM 54, 1974).
type carefulSum struct{ total, lost float64 }

func (s *carefulSum) add(v float64) {
	large, small := s.total, v
	if math.Abs(v) > math.Abs(large) {
		large, small = v, large
	}
	s.total = large + small
	s.lost += large - s.total + small
}

func (s *carefulSum) value() float64 {
	if math.IsInf(s.total, 0) { // what was lost is NaN
		return s.total
	}
	return s.total + s.lost
}

// largest returns the maximum of the results, NaN if one of them is, and gives their room back.
func (r *tileResults) largest() float64 {
	best := (*r)[0]
	for _, v := range (*r)[1:] {
		best = max(best, v)
	}
	r.put()
	return best
}

// addTo computes total[k] += part[k].
func addTo[T Float](total []float64, part []T) {
	total = total[:len(part)]
	for k, v := range part {
		total[k] += float64(v)
	}
}
