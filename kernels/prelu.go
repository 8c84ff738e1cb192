package kernels

// PReLU computes the parametric ReLU (He, Zhang, Ren and Sun, Delving Deep into
// Rectifiers, 2015) with a slope for each column:
//
//	y[i,j] = x[i,j] if x[i,j] >= 0, else slope[j] * x[i,j]
//
// NaN gives NaN. There is no kernel that stores the derivative beside y: both gradients
// of [PReLUBackward] take the sign of x, and that of slope x itself, so x is the memo
// and a stored derivative would be one matrix more to write and read. len(slope) must be
// cols. y may be x itself; no other overlap with y is allowed.
func PReLU[T Float](rows, cols int, y []T, ldy int, x []T, ldx int, slope []T) {
	const op = "PReLU"
	checkRowsInPlace(op, "y", "x", rows, cols, y, ldy, x, ldx)
	checkLen(op, "slope", len(slope), cols)
	checkApart(op, "y", "slope", matrixView(y, rows, cols, ldy), vectorView(slope))
	raceRows(rows, cols, y, ldy, x, ldx)
	raceRead(slope)
	pReLU(Active(), rows, cols, y, ldy, x, ldx, slope)
}

// PReLUBackward computes the gradients of [PReLU] from its input x:
//
//	dx[i,j]   = dy[i,j] if x[i,j] > 0, else slope[j] * dy[i,j]
//	dslope[j] = sum over i of x[i,j] * dy[i,j] where x[i,j] is not > 0
//
// The derivative at 0 is that of the side below. Where x is NaN, dx is dy and dslope NaN.
// The sums have the error of [ColumnSums]. dx may be dy or x itself; dx and dslope allow
// no other overlap.
func PReLUBackward[T Float](rows, cols int, dx []T, lddx int, dy []T, lddy int, x []T, ldx int, slope, dslope []T) {
	const op = "PReLUBackward"
	checkRowsInPlace(op, "dx", "dy", rows, cols, dx, lddx, dy, lddy)
	checkMatrix(op, "x", "ldx", len(x), rows, cols, ldx)
	checkLen(op, "slope", len(slope), cols)
	checkLen(op, "dslope", len(dslope), cols)
	vdx, vx, vdslope := matrixView(dx, rows, cols, lddx), matrixView(x, rows, cols, ldx), vectorView(dslope)
	checkInPlace(op, "dx", "x", vdx, vx)
	checkApart(op, "dx", "slope", vdx, vectorView(slope))
	checkApart(op, "dslope", "slope", vdslope, vectorView(slope))
	for i, v := range [...]view{vdx, matrixView(dy, rows, cols, lddy), vx} {
		checkApart(op, "dslope", gradMatrices[i], vdslope, v)
	}
	raceRows(rows, cols, dx, lddx, dy, lddy)
	raceReadMatrix(x, rows, cols, ldx)
	raceRead(slope)
	raceWrite(dslope)
	pReLUBackward(Active(), rows, cols, dx, lddx, dy, lddy, x, ldx, slope, dslope)
}

func pReLU[T Float](t Tier, rows, cols int, y []T, ldy int, x []T, ldx int, slope []T) {
	if rows > 0 {
		runColumns(t, columnsPReLU, rows, cols, columnCall[T]{y: y, ldy: ldy, a: x, lda: ldx, in: slope})
	}
}

func pReLUBackward[T Float](t Tier, rows, cols int, dx []T, lddx int, dy []T, lddy int, x []T, ldx int, slope, dslope []T) {
	if rows == 0 {
		clear(dslope)
		return
	}
	runColumns(t, columnsPReLUBackward, rows, cols, columnCall[T]{y: dx, ldy: lddx, a: dy, lda: lddy, b: x, ldb: ldx, in: slope, out1: dslope})
}

// pReLUGeneric computes y[i,j] = x[i,j] < 0 ? slope[j]*x[i,j] : x[i,j].
func pReLUGeneric[T Float](y, x, slope []T, rows, cols, ldy, ldx int) {
	slope = slope[:cols]
	for i := range rows {
		out := y[i*ldy:][:cols]
		for j, v := range x[i*ldx:][:cols] {
			if v < 0 {
				v *= slope[j]
			}
			out[j] = v
		}
	}
}

// pReLUBackwardGeneric computes dx = x <= 0 ? slope*dy : dy and adds to sum[j] the sum
// of x*dy where x is not > 0.
func pReLUBackwardGeneric[T Float](sum, dx, dy, x, slope []T, rows, cols, lddx, lddy, ldx int) {
	sum, slope = sum[:cols], slope[:cols]
	for i := range rows {
		out, row := dx[i*lddx:][:cols], x[i*ldx:][:cols]
		for j, g := range dy[i*lddy:][:cols] {
			v := row[j]
			if !(v > 0) {
				sum[j] += T(v * g)
			}
			if v <= 0 {
				g *= slope[j]
			}
			out[j] = g
		}
	}
}
