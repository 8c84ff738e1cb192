package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// ColumnSums computes sum[j] = sum over i of x[i,j], the bias gradient of a Linear
// layer. Chunks of up to 128 rows are summed in T and added in float64: the error is at most
// about 128 eps times the sum over i of |x[i,j]|. len(sum) must be cols; sum must
// not share an element with x.
func ColumnSums[T Float](rows, cols int, sum, x []T, ldx int) {
	const op = "ColumnSums"
	checkSize(op, "rows", rows)
	checkSize(op, "cols", cols)
	checkLen(op, "sum", len(sum), cols)
	checkMatrix(op, "x", "ldx", len(x), rows, cols, ldx)
	checkApart(op, "sum", "x", vectorView(sum), matrixView(x, rows, cols, ldx))
	raceReadMatrix(x, rows, cols, ldx)
	raceWrite(sum)
	columnSums(Active(), rows, cols, sum, x, ldx)
}

// AddBias computes y[i,j] = x[i,j] + bias[j]. y may be x itself; no other overlap
// is allowed. len(bias) must be cols.
func AddBias[T Float](rows, cols int, y []T, ldy int, x []T, ldx int, bias []T) {
	const op = "AddBias"
	checkRowsInPlace(op, "y", "x", rows, cols, y, ldy, x, ldx)
	checkLen(op, "bias", len(bias), cols)
	checkApart(op, "y", "bias", matrixView(y, rows, cols, ldy), vectorView(bias))
	raceRows(rows, cols, y, ldy, x, ldx)
	raceRead(bias)
	addBias(Active(), rows, cols, y, ldy, x, ldx, bias)
}

// ArgMax writes to index[i] the column of the largest value of row i, the first
// one of several. A NaN counts as larger than any number. cols must be at least 1 unless
// rows is 0.
func ArgMax[T Float](rows, cols int, index []int, x []T, ldx int) {
	const op = "ArgMax"
	checkSize(op, "rows", rows)
	checkSize(op, "cols", cols)
	if rows > 0 && cols == 0 {
		fail(op, "cols", "cols", ">= ", cols, 1)
	}
	checkLen(op, "index", len(index), rows)
	checkMatrix(op, "x", "ldx", len(x), rows, cols, ldx)
	checkApart(op, "index", "x", vectorView(index), matrixView(x, rows, cols, ldx))
	raceReadMatrix(x, rows, cols, ldx)
	raceWrite(index)
	argMaxOn(Active(), rows, cols, index, x, ldx)
}

func argMaxOn[T Float](t Tier, rows, cols int, index []int, x []T, ldx int) {
	var j argMaxJob[T] // filled in place, see softmaxOperands
	j.tier, j.rows, j.cols, j.index, j.x, j.ldx = t, rows, cols, index, x, ldx
	if tiles := j.cut(); tiles > 1 {
		share[T](&argMaxJobs, tiles, j)
	} else {
		j.some(0, j.rows)
	}
}

type argMaxJob[T Float] struct {
	rowWork
	index []int
	x     []T
	ldx   int
}

var argMaxJobs freelist.Lists

func (j *argMaxJob[T]) tile(i int) { j.some(j.span(i)) }

// some computes the rows from lo to hi-1.
func (j *argMaxJob[T]) some(lo, hi int) {
	s := freelist.Get[T, rowScratch[T]](&rowScratches)
	for n := 0; lo < hi; lo += n {
		n = min(j.groupRows, hi-lo)
		argMaxGroup(j.tier, s, j.index[lo:lo+n], j.x[lo*j.ldx:], j.cols, j.ldx)
	}
	freelist.Put[T](&rowScratches, s)
}

// argMaxGroup is ArgMax of a group of rows. It takes rows longer than a call in pieces.
func argMaxGroup[T Float](t Tier, s *rowScratch[T], index []int, x []T, cols, ldx int) {
	n := len(index)
	var best [mostGroupRows]T
	for r := range index {
		index[r], best[r] = 0, T(math.Inf(-1))
	}
	eachPiece(cols, func(lo, w int) {
		dispatchArgMaxRows(t, s.peak[:n], s.other[:n], x[lo:], n, w, ldx)
		for r := range index {
			switch at := s.other[r]; {
			case best[r] != best[r]: // a piece before has a NaN
			case at < 0:
				index[r], best[r] = lo+argMax(x[r*ldx+lo:][:w]), T(math.NaN())
			case s.peak[r] > best[r] || lo == 0:
				index[r], best[r] = lo+int(at), s.peak[r]
			}
		}
	})
}

// argMaxRowsGeneric computes index[i] = the first j with the largest x[i,j], peak[i] =
// x[i,j]; index[i] = -1 where a NaN is among them.
func argMaxRowsGeneric[T Float](peak, index, x []T, rows, cols, ldx int) {
	for i := range rows {
		row := x[i*ldx:][:cols]
		k := argMax(row)
		if index[i], peak[i] = T(k), row[k]; row[k] != row[k] {
			index[i] = -1
		}
	}
}

// argMax returns the index of the first of the largest values. NaN counts as larger than any
// number.
func argMax[T Float](row []T) int {
	best := 0
	for j, v := range row {
		if v > row[best] || v != v && row[best] == row[best] {
			best = j
		}
	}
	return best
}

// columnSums is ColumnSums on a given tier, unchecked.
func columnSums[T Float](t Tier, rows, cols int, sum, x []T, ldx int) {
	if rows > rowChunk || rows*cols > maxCall {
		columnSumsLong(t, rows, cols, sum, x, ldx)
		return
	}
	clear(sum)
	if rows > 0 && cols > 0 {
		dispatchColumnSums(t, sum, x, rows, cols, ldx, 0) // one chunk, one call
	}
}

// columnSumsJob is a call of several chunks.
type columnSumsJob[T Float] struct {
	columnWork[T]
	out, x []T
	ldx    int
}

var columnSumsJobs freelist.Lists

func columnSumsLong[T Float](t Tier, rows, cols int, sum, x []T, ldx int) {
	if cols == 0 {
		return
	}
	j := freelist.Get[T, columnSumsJob[T]](&columnSumsJobs)
	j.out, j.x, j.ldx = sum, x, ldx
	j.begin(t, rows, cols, 1, 1, false)
	j.runSums(j)
	j.runFinish(j)
	*j = columnSumsJob[T]{columnWork: j.memory()}
	freelist.Put[T](&columnSumsJobs, j)
}

func (j *columnSumsJob[T]) sum(s, _, _ []T, i, n, lo, w int) {
	dispatchColumnSums(j.tier, s, j.x[i*j.ldx+lo:], n, w, j.ldx, j.fetch)
}

func (j *columnSumsJob[T]) finish(s *columnScratch[T], lo, n int) {
	j.total(s, lo, n)
	narrow(j.out[lo:lo+n], s.totalSum[:n])
}

// columnSumsGeneric computes sum[j] += sum of x[i,j] over the rows, where four rows at a
// time are summed among themselves first.
func columnSumsGeneric[T Float](sum, x []T, rows, cols, ldx, _ int) {
	sum = sum[:cols]
	i := 0
	for ; i+4 <= rows; i += 4 {
		x0, x1, x2, x3 := x[i*ldx:][:cols], x[(i+1)*ldx:][:cols], x[(i+2)*ldx:][:cols], x[(i+3)*ldx:][:cols]
		for j := range sum {
			sum[j] += (x0[j] + x1[j]) + (x2[j] + x3[j])
		}
	}
	for ; i < rows; i++ {
		for j, v := range x[i*ldx:][:cols] {
			sum[j] += v
		}
	}
}

func addBias[T Float](t Tier, rows, cols int, y []T, ldy int, x []T, ldx int, bias []T) {
	switch {
	case rows == 0 || cols == 0:
	case oneBlock(rows, cols):
		dispatchAddBias(t, y, x, bias, rows, cols, ldy, ldx, 0)
	default:
		addBiasLong(t, rows, cols, y, ldy, x, ldx, bias)
	}
}

// addBiasJob is a call of several blocks.
type addBiasJob[T Float] struct {
	columnWork[T]
	y, x, bias []T
	ldy, ldx   int
}

var addBiasJobs freelist.Lists

func addBiasLong[T Float](t Tier, rows, cols int, y []T, ldy int, x []T, ldx int, bias []T) {
	j := freelist.Get[T, addBiasJob[T]](&addBiasJobs)
	j.y, j.ldy, j.x, j.ldx, j.bias = y, ldy, x, ldx, bias
	j.begin(t, rows, cols, 2, 0, false)
	j.writes(y, ldy, x, nil)
	j.runApply(j)
	*j = addBiasJob[T]{columnWork: j.memory()}
	freelist.Put[T](&addBiasJobs, j)
}

func (j *addBiasJob[T]) apply(y []T, ldy, i, n, lo, w int) {
	dispatchAddBias(j.tier, y, j.x[i*j.ldx+lo:], j.bias[lo:lo+w], n, w, ldy, j.ldx, j.fetch)
}

// addBiasGeneric computes y[i,j] = x[i,j] + bias[j].
func addBiasGeneric[T Float](y, x, bias []T, rows, cols, ldy, ldx, _ int) {
	bias = bias[:cols]
	for i := range rows {
		out := y[i*ldy:][:cols]
		for j, v := range x[i*ldx:][:cols] {
			out[j] = v + bias[j]
		}
	}
}
