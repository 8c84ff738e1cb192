package kernels

// ColumnSums computes sum[j] = sum over i of x[i,j], the bias gradient of a Linear
// layer. Chunks of 128 rows are summed in T and combined in float64, so the error
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
	raceReadMatrix(x, rows, cols, ldx)
	for i := range rows {
		index[i] = argMax(x[i*ldx:][:cols])
	}
}

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
	var total [colBlock]float64
	var part [colBlock]T
	for j := 0; j < cols; j += colBlock {
		n := min(colBlock, cols-j)
		clear(total[:n])
		for i := 0; i < rows; i += rowChunk {
			dispatchColumnSums(t, part[:n], x[i*ldx+j:], min(rowChunk, rows-i), n, ldx)
			for k := range n {
				total[k] += float64(part[k])
			}
		}
		for k := range n {
			sum[j+k] = T(total[k])
		}
	}
}

func columnSumsGeneric[T Float](sum, x []T, rows, cols, ldx int) {
	sum = sum[:cols]
	clear(sum)
	for i := range rows {
		for j, v := range x[i*ldx:][:cols] {
			sum[j] += v
		}
	}
}

func addBias[T Float](t Tier, rows, cols int, y []T, ldy int, x []T, ldx int, bias []T) {
	for j := 0; j < cols; j += maxCall {
		w := min(maxCall, cols-j)
		eachRows(rows, w, rows, func(i, n int) {
			dispatchAddBias(t, y[i*ldy+j:], x[i*ldx+j:], bias[j:j+w], n, w, ldy, ldx)
		})
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
