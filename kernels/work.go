package kernels

import "github.com/ashlar-go/ashlar/internal/freelist"

// How work is cut into calls of assembly and into tiles for threads. Where the cuts are
// depends on the sizes alone, never on the number of threads, and so do the bits of a result.

// maxCall bounds the elements of one assembly call, which Go cannot preempt: the
// slowest kernel takes about 1 ns an element, so a call stays below 100 µs.
const maxCall = 1 << 15

// tileElements is the least work of a tile: the counter that tiles are drawn from
// costs about 0.1 µs.
const tileElements = 1 << 13

func ceilDiv(a, b int) int { return (a + b - 1) / b }

func roundUp(a, b int) int { return ceilDiv(a, b) * b }

// threadsFor is how many threads pay for so many tiles of maxCall elements.
func threadsFor(tiles int) int {
	if tiles < 4 {
		return 1
	}
	return Threads()
}

// rowsPerCall is how many rows of cols elements one assembly call may take.
func rowsPerCall(cols int) int { return max(1, maxCall/max(1, cols)) }

// callRows is how many rows of a block of columns one assembly call takes: whole groups.
func callRows(cols int) int { return rowsPerCall(cols) &^ 3 }

// oneBlock reports whether one assembly call may take a matrix that is one block of columns.
func oneBlock(rows, cols int) bool { return cols <= colBlock && rows*cols <= maxCall }

// stretches is how many tiles a job over vectors of n elements has: stretches of maxCall
// elements.
func stretches(n int) int { return ceilDiv(n, maxCall) }

// stretch is where stretch i of vectors of n elements begins and ends.
func stretch(i, n int) (lo, hi int) { return i * maxCall, min((i+1)*maxCall, n) }

// pooled is the pointer to a type of jobs, whose methods it has.
type pooled[J any] interface {
	*J
	job
}

// share runs a job of so many tiles on as many threads as pay. The pool gets a copy of it, of
// which lists keeps the memory: the job itself stays on the stack of its caller.
func share[T Float, J any, P pooled[J]](lists *freelist.Lists, tiles int, j J) {
	shareOn[T, J, P](lists, threadsFor(tiles), tiles, j)
}

// shareOn is share on so many threads.
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

// rowWork is what kernels that work row by row have in common. A tile is tileRows rows, done
// in groups of groupRows.
type rowWork struct {
	tier                Tier
	rows, cols          int
	groupRows, tileRows int
}

// cut decides on groups and tiles and returns how many tiles there are.
func (w *rowWork) cut() int {
	if w.rows == 0 || w.cols == 0 {
		return 0
	}
	if w.rows <= softmaxRows && w.rows*w.cols <= maxCall { // one group, found without a division
		w.groupRows = w.rows
		return 1
	}
	w.groupRows = min(softmaxRows, rowsPerCall(w.cols))
	w.tileRows = w.groupRows * max(1, tileElements/(w.groupRows*w.cols))
	return ceilDiv(w.rows, w.tileRows)
}

// span is the first row of tile i and the one behind its last.
func (w *rowWork) span(i int) (lo, hi int) {
	return i * w.tileRows, min((i+1)*w.tileRows, w.rows)
}

// tileResults are what the tiles of a job find, for the caller to combine in their order.
type tileResults []float64

var resultLists freelist.Lists

// takeResults returns room for one number of each of so many tiles, which put gives back.
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
	total := 0.0
	for _, v := range *r {
		total += v
	}
	r.put()
	return total
}

// largest is the maximum of the results, NaN if one of them is, and gives their room back.
func (r *tileResults) largest() float64 {
	best := (*r)[0]
	for _, v := range (*r)[1:] {
		best = max(best, v)
	}
	r.put()
	return best
}

// addTo adds to each total the part of it.
func addTo[T Float](total []float64, part []T) {
	total = total[:len(part)]
	for k, v := range part {
		total[k] += float64(v)
	}
}
