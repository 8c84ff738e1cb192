package kernels

import "math"

// ColumnSums computes sum[j] = sum over i of x[i,j], the bias gradient of a Linear
// layer. Chunks of up to 128 rows are summed in T and combined in float64, so the error
// is at most about 128 eps of the sum of |x[i,j]|. len(sum) must be cols; sum must
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
// one of several; a NaN counts as larger than any number. cols must be at least 1
// unless rows is 0.
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
	runRows(t, rowsArgMax, rowCall[T]{rows: rows, cols: cols, x: x, ldx: ldx, labels: index})
}

// argMaxGroup is ArgMax of some rows, a longer one than a call takes in pieces.
func argMaxGroup[T Float](t Tier, s *rowScratch[T], index []int, x []T, cols, ldx int) {
	n := len(index)
	var best [softmaxRows]T
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

// argMax is the first of the largest values, NaN the largest of all.
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
		runColumns(t, columnsSums, rows, cols, columnCall[T]{a: x, lda: ldx, out1: sum})
		return
	}
	clear(sum)
	if rows > 0 && cols > 0 {
		dispatchColumnSums(t, sum, x, rows, cols, ldx) // one chunk, one call
	}
}

// columnSumsGeneric computes sum[j] += sum of x[i,j] over the rows, where four rows at a
// time are summed among themselves first.
func columnSumsGeneric[T Float](sum, x []T, rows, cols, ldx int) {
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
	if rows > 0 {
		runColumns(t, columnsAddBias, rows, cols, columnCall[T]{y: y, ldy: ldy, a: x, lda: ldx, in: bias})
	}
}

// addBiasGeneric computes y[i,j] = x[i,j] + bias[j].
func addBiasGeneric[T Float](y, x, bias []T, rows, cols, ldy, ldx int) {
	bias = bias[:cols]
	for i := range rows {
		out := y[i*ldy:][:cols]
		for j, v := range x[i*ldx:][:cols] {
			out[j] = v + bias[j]
		}
	}
}
