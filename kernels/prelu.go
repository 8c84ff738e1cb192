package kernels

import "github.com/ashlar-go/ashlar/internal/freelist"

// PReLU computes the parametric ReLU (He, Zhang, Ren and Sun, Delving Deep into
// Rectifiers, 2015) with a slope for each column:
//
//	y[i,j] = x[i,j] if x[i,j] >= 0, else slope[j] * x[i,j]
//
// NaN gives NaN. len(slope) must be cols. y may be x itself; no other overlap with y is
// allowed. [PReLUBackward] needs x for the gradient of slope, so x is the memo: no kernel
// stores the derivative beside y, which would be one more matrix to write and read.
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
// At 0 the derivative is slope. Where x is NaN, dx is dy and dslope is NaN.
// The sums have the error of [ColumnSums]. dx may be dy or x itself; dx and dslope allow
// no other overlap.
func PReLUBackward[T Float](rows, cols int, dx []T, lddx int, dy []T, lddy int, x []T, ldx int,
	slope, dslope []T) {
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
	switch {
	case rows == 0 || cols == 0:
	case oneBlock(rows, cols):
		dispatchPReLU(t, y, x, slope, rows, cols, ldy, ldx, 0)
	default:
		pReLULong(t, rows, cols, y, ldy, x, ldx, slope)
	}
}

// pReLUJob is a call of several blocks.
type pReLUJob[T Float] struct {
	columnWork[T]
	y, x, slope []T
	ldy, ldx    int
}

var pReLUJobs freelist.Lists

func pReLULong[T Float](t Tier, rows, cols int, y []T, ldy int, x []T, ldx int, slope []T) {
	j := freelist.Get[T, pReLUJob[T]](&pReLUJobs)
	j.y, j.ldy, j.x, j.ldx, j.slope = y, ldy, x, ldx, slope
	j.begin(t, rows, cols, 2, 0, false)
	j.writes(y, ldy, x, nil)
	j.runApply(j)
	*j = pReLUJob[T]{columnWork: j.memory()}
	freelist.Put[T](&pReLUJobs, j)
}

func (j *pReLUJob[T]) apply(y []T, ldy, i, n, lo, w int) {
	dispatchPReLU(j.tier, y, j.x[i*j.ldx+lo:], j.slope[lo:lo+w], n, w, ldy, j.ldx, j.fetch)
}

func pReLUBackward[T Float](t Tier, rows, cols int, dx []T, lddx int, dy []T, lddy int, x []T, ldx int,
	slope, dslope []T) {
	if rows == 0 {
		clear(dslope)
		return
	}
	if cols == 0 {
		return
	}
	j := freelist.Get[T, pReLUBackwardJob[T]](&pReLUBackwardJobs)
	j.dx, j.lddx, j.dy, j.lddy, j.x, j.ldx, j.slope, j.dslope = dx, lddx, dy, lddy, x, ldx, slope, dslope
	j.begin(t, rows, cols, 3, 1, false)
	j.writes(dx, lddx, dy, x)
	j.readsWith(lddy, ldx)
	j.runSums(j)
	j.runFinish(j)
	*j = pReLUBackwardJob[T]{columnWork: j.memory()}
	freelist.Put[T](&pReLUBackwardJobs, j)
}

type pReLUBackwardJob[T Float] struct {
	columnWork[T]
	dx, dy, x       []T
	lddx, lddy, ldx int
	slope, dslope   []T
}

var pReLUBackwardJobs freelist.Lists

// sum computes dx beside the sums.
func (j *pReLUBackwardJob[T]) sum(s, _, _ []T, i, n, lo, w int) {
	compute := func(dx []T, lddx, i, n, lo, w int) {
		dispatchPReLUBackward(j.tier, s, dx, j.dy[i*j.lddy+lo:], j.x[i*j.ldx+lo:],
			j.slope[lo:lo+w], n, w, lddx, j.lddy, j.ldx, j.fetch)
	}
	if j.streamed {
		j.pastCaches(i, n, lo, w, 2, compute) // the kernel sums two rows among themselves
		orderStores[T](j.tier)
		return
	}
	compute(j.dx[i*j.lddx+lo:], j.lddx, i, n, lo, w)
}

func (j *pReLUBackwardJob[T]) finish(s *columnScratch[T], lo, n int) {
	j.total(s, lo, n)
	narrow(j.dslope[lo:lo+n], s.totalSum[:n])
}

// pReLUGeneric computes y[i,j] = x[i,j] < 0 ? slope[j]*x[i,j] : x[i,j].
func pReLUGeneric[T Float](y, x, slope []T, rows, cols, ldy, ldx, _ int) {
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
func pReLUBackwardGeneric[T Float](sum, dx, dy, x, slope []T, rows, cols, lddx, lddy, ldx, _ int) {
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
