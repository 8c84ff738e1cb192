package kernels

import (
	"math"
	"unsafe"
)

// BatchNorm normalises each column of a batch x features matrix (Ioffe and Szegedy,
// Batch Normalization, 2015). All slices have one value a feature.
type BatchNorm[T Float] struct {
	Gamma, Beta     []T // scale and shift
	Mean, InvStd    []T // of the last batch: the memo of backward, with x itself
	RunMean, RunVar []T // running statistics, for inference
	Momentum        T   // weight of the new batch in the running statistics, such as 0.1
	Eps             T   // added to the variance, such as 1e-5
	// Act is applied to the output: ReLU in the registers that hold it, any other over each
	// finished block of rows while it is in cache. Backward then wants the gradient of what
	// is under it: where f' follows from y (Act.FromOutput), ActivateBackward(Act, dy, dy, y)
	// before it; where not, no Act here, but ActivateGrad afterwards, which stores f'.
	Act Activation // ActIdentity, the zero value, for none
}

// BatchNormForward normalises with the statistics of the batch, as in training:
//
//	Mean[j]   = mean over i of x[i,j]
//	InvStd[j] = 1 / sqrt(variance + Eps), the variance with divisor rows
//	y[i,j]    = Act(Gamma[j] * (x[i,j] - Mean[j]) * InvStd[j] + Beta[j])
//	RunMean   = (1 - Momentum) RunMean + Momentum * Mean
//	RunVar    = (1 - Momentum) RunVar  + Momentum * variance * rows/(rows-1)
//
// The variance comes from one pass over x minus its first row, or where that lies more
// than four deviations off the mean, from a second one over x minus the mean. y takes
// the mean to twice the precision of Mean. So neither a mean far larger than the
// deviation nor an outlier costs accuracy: with xhat the exact (x-mean)*InvStd, y is
// within about 8 eps * (|Gamma| (1 + |xhat|) + |Beta|) on random data, before Act. A single row
// counts its own variance 0 into RunVar. No two slices may share an element: backward
// needs x.
func BatchNormForward[T Float](rows, cols int, y []T, ldy int, x []T, ldx int, p *BatchNorm[T]) {
	const op = "BatchNormForward"
	checkRows(op, "y", "x", rows, cols, y, ldy, x, ldx)
	p.check(op, cols)
	vy, vx := matrixView(y, rows, cols, ldy), matrixView(x, rows, cols, ldx)
	p.checkApart(op, "y", vy)
	p.checkDistinct(op)
	for i, s := range p.slices() {
		if i >= 2 {
			checkApart(op, batchNormNames[i], "x", vectorView(s), vx)
			raceWrite(s)
		}
	}
	batchNormForward(Active(), rows, cols, y, ldy, x, ldx, p)
}

// BatchNormInfer normalises with the running statistics:
//
//	y[i,j] = Act(Gamma[j] * (x[i,j] - RunMean[j]) / sqrt(RunVar[j] + Eps) + Beta[j])
//
// An element is a subtraction and a multiply-add, within 4 eps of the magnitudes of the
// two terms. Folding RunMean into Beta would save the subtraction and lose
// RunMean/sqrt(RunVar) eps. y may be x itself; no other overlap with y is allowed. p is
// only read.
func BatchNormInfer[T Float](rows, cols int, y []T, ldy int, x []T, ldx int, p *BatchNorm[T]) {
	const op = "BatchNormInfer"
	checkRowsInPlace(op, "y", "x", rows, cols, y, ldy, x, ldx)
	p.check(op, cols)
	p.checkApart(op, "y", matrixView(y, rows, cols, ldy))
	batchNormInfer(Active(), rows, cols, y, ldy, x, ldx, p)
}

// BatchNormBackward computes the gradients of [BatchNormForward] from its input x
// and the Mean and InvStd it left. With xhat = (x - Mean) * InvStd:
//
//	dbeta[j]  = sum over i of dy[i,j]
//	dgamma[j] = sum over i of dy[i,j] * xhat[i,j]
//	dx[i,j]   = Gamma[j] * InvStd[j] * (dy[i,j] - dbeta[j]/rows - xhat[i,j] * dgamma[j]/rows)
//
// Where Mean is larger than eight deviations 1/InvStd, xhat has what the rounding of the
// mean took from it put back: another pass over x finds it. dx may be dy or x itself; dx,
// dgamma and dbeta allow no other overlap. Act is not looked at.
func BatchNormBackward[T Float](rows, cols int, dx []T, lddx int, dy []T, lddy int, x []T, ldx int, p *BatchNorm[T], dgamma, dbeta []T) {
	const op = "BatchNormBackward"
	checkRowsInPlace(op, "dx", "dy", rows, cols, dx, lddx, dy, lddy)
	checkMatrix(op, "x", "ldx", len(x), rows, cols, ldx)
	checkInPlace(op, "dx", "x", matrixView(dx, rows, cols, lddx), matrixView(x, rows, cols, ldx))
	p.check(op, cols)
	checkLen(op, "dgamma", len(dgamma), cols)
	checkLen(op, "dbeta", len(dbeta), cols)
	vdx, vdgamma, vdbeta := matrixView(dx, rows, cols, lddx), vectorView(dgamma), vectorView(dbeta)
	p.checkApart(op, "dx", vdx)
	p.checkApart(op, "dgamma", vdgamma)
	p.checkApart(op, "dbeta", vdbeta)
	checkApart(op, "dgamma", "dbeta", vdgamma, vdbeta)
	for _, v := range [...]view{vdx, matrixView(dy, rows, cols, lddy), matrixView(x, rows, cols, ldx)} {
		checkApart(op, "dgamma", "a matrix", vdgamma, v)
		checkApart(op, "dbeta", "a matrix", vdbeta, v)
	}
	raceReadMatrix(x, rows, cols, ldx)
	raceWrite(dgamma)
	raceWrite(dbeta)
	batchNormBackward(Active(), rows, cols, dx, lddx, dy, lddy, x, ldx, p, dgamma, dbeta)
}

// batchNormNames are the names of slices; the first two are never written.
var batchNormNames = [...]string{"Gamma", "Beta", "Mean", "InvStd", "RunMean", "RunVar"}

func (p *BatchNorm[T]) slices() [6][]T {
	return [...][]T{p.Gamma, p.Beta, p.Mean, p.InvStd, p.RunMean, p.RunVar}
}

// check panics unless every slice has one value a column.
func (p *BatchNorm[T]) check(op string, cols int) {
	for i, s := range p.slices() {
		checkLen(op, batchNormNames[i], len(s), cols)
		raceRead(s)
	}
	p.Act.check(op)
}

// checkApart panics if an output shares an element with a slice of p.
func (p *BatchNorm[T]) checkApart(op, dst string, d view) {
	for i, s := range p.slices() {
		checkApart(op, dst, batchNormNames[i], d, vectorView(s))
	}
}

// checkDistinct panics if a slice that forward writes shares an element with
// another one.
func (p *BatchNorm[T]) checkDistinct(op string) {
	s := p.slices()
	for i := 2; i < len(s); i++ {
		for j := range i {
			checkApart(op, batchNormNames[i], batchNormNames[j], vectorView(s[i]), vectorView(s[j]))
		}
	}
}

// checkRows checks a rows x cols matrix dst and a source of the same shape that
// must be another one.
func checkRows[T Float](op, dst, src string, rows, cols int, d []T, ldd int, s []T, lds int) {
	checkRowsInPlace(op, dst, src, rows, cols, d, ldd, s, lds)
	checkApart(op, dst, src, matrixView(d, rows, cols, ldd), matrixView(s, rows, cols, lds))
}

// ColumnMoments computes the mean and the variance (divisor rows) of each column.
// With no rows both are 0. mean and variance must not share an element with x.
func ColumnMoments[T Float](rows, cols int, mean, variance, x []T, ldx int) {
	const op = "ColumnMoments"
	checkSize(op, "rows", rows)
	checkSize(op, "cols", cols)
	checkLen(op, "mean", len(mean), cols)
	checkLen(op, "variance", len(variance), cols)
	checkMatrix(op, "x", "ldx", len(x), rows, cols, ldx)
	vx := matrixView(x, rows, cols, ldx)
	checkApart(op, "mean", "x", vectorView(mean), vx)
	checkApart(op, "variance", "x", vectorView(variance), vx)
	checkApart(op, "variance", "mean", vectorView(variance), vectorView(mean))
	raceReadMatrix(x, rows, cols, ldx)
	raceWrite(mean)
	raceWrite(variance)
	columnMoments(Active(), rows, cols, mean, variance, x, ldx)
}

// columnScratch is what one thread needs for one block of columns: the totals of the two
// sums, and room for those of againColumns columns that are summed again. The arrays are
// not multiples of 4 KiB apart, where a load seems to depend on a store to another one.
type columnScratch[T Float] struct {
	totalSum, totalDot [colBlock + 24]float64
	low, shift         [colBlock + 48]T

	sum, dot [againColumns]float64
	s1, s2   [againColumns]T
}

var (
	columnScratches32 freeList[columnScratch[float32]]
	columnScratches64 freeList[columnScratch[float64]]
)

func columnScratches[T Float]() *freeList[columnScratch[T]] {
	if isF32[T]() {
		return (*freeList[columnScratch[T]])(unsafe.Pointer(&columnScratches32))
	}
	return (*freeList[columnScratch[T]])(unsafe.Pointer(&columnScratches64))
}

// sums runs f, which adds the sums of n rows from row i on to s1 and s2, over all rows,
// and leaves the totals of s1 and s2 in sum and dot.
func (s *columnScratch[T]) sums(rows, cols int, f func(i, n int)) {
	clear(s.sum[:cols])
	clear(s.dot[:cols])
	for i := 0; i < rows; i += rowChunk {
		clear(s.s1[:cols])
		clear(s.s2[:cols])
		f(i, min(rowChunk, rows-i))
		addTo(s.sum[:cols], s.s1[:cols])
		addTo(s.dot[:cols], s.s2[:cols])
	}
}

// columnMoments is ColumnMoments on a given tier, unchecked.
func columnMoments[T Float](t Tier, rows, cols int, mean, variance, x []T, ldx int) {
	if rows == 0 {
		clear(mean)
		clear(variance)
		return
	}
	runColumns(t, columnsMoments, rows, cols, columnCall[T]{a: x, lda: ldx, out1: mean, out2: variance})
}

// columnMomentsBlock is columnMoments for at least one row and at most colBlock
// columns, from the sums of x - s and of its square with s the first row. low is what
// rounding took from the mean. The sums run once more with s the mean where the first row
// is an outlier: see offMean.
func columnMomentsBlock[T Float](t Tier, s *columnScratch[T], rows, cols int, mean, variance, low, x []T, ldx int) {
	part := 1 / float64(rows) // products are much faster than quotients here
	sum, square, first := s.totalSum[:cols], s.totalDot[:cols], x[:cols]
	mean, variance, low = mean[:cols], variance[:cols], low[:cols]
	off := false
	for j, v := range first {
		d := sum[j] * part
		mean[j], low[j] = split(v, d)
		variance[j] = T(max(0, float64(square[j]*part)-float64(d*d)))
		off = off || offMean(v, mean[j], variance[j])
	}
	if !off {
		return
	}
	shift := s.shift[:cols]
	copy(shift, mean)
	s.momentsAgain(t, rows, cols, shift, x, ldx, func(j int) bool { return offMean(first[j], shift[j], variance[j]) }, func(j int, d, square float64) {
		mean[j], low[j] = split(shift[j], d)
		variance[j] = T(max(0, square-float64(d*d)))
	})
}

// offMean reports whether the shift that a variance was computed with lies more than
// four deviations off the mean. A variance is the mean of (x - shift)^2 less
// (mean - shift)^2, which at most multiplies its error by 1 + 4^2 where it does not.
func offMean[T Float](shift, mean, variance T) bool {
	d := float64(mean) - float64(shift)
	return float64(d*d) > 16*float64(variance)
}

// split returns shift + d rounded to T, and what the rounding took from it.
func split[T Float](shift T, d float64) (high, low T) {
	sum := float64(shift) + d
	if high = T(sum); isF32[T]() {
		return high, T(sum - float64(high))
	}
	return high, T(lost(float64(shift), d, sum))
}

// lost returns a + b - sum, where sum is a + b rounded (the two-sum of D. E. Knuth).
func lost(a, b, sum float64) float64 {
	c := sum - a
	return (a - (sum - c)) + (b - c)
}

// moments leaves in sum and dot the sums of x - shift and of its square.
func (s *columnScratch[T]) moments(t Tier, rows, cols int, shift, x []T, ldx int) {
	s.sums(rows, cols, func(i, n int) {
		dispatchColumnMoments(t, s.s1[:cols], s.s2[:cols], shift[:cols], x[i*ldx:], n, cols, ldx)
	})
}

// againColumns is how many columns are summed again where one of them needs it: a cache
// line of float32.
const againColumns = 16

// momentsAgain hands the means of x - shift and of its square to set, for the columns
// that need it.
func (s *columnScratch[T]) momentsAgain(t Tier, rows, cols int, shift, x []T, ldx int, needed func(j int) bool, set func(j int, mean, square float64)) {
	for lo := 0; lo < cols; lo += againColumns {
		n, any := min(againColumns, cols-lo), false
		for j := lo; j < lo+n; j++ {
			any = any || needed(j)
		}
		if !any {
			continue
		}
		s.moments(t, rows, n, shift[lo:], x[lo:], ldx)
		for j := range n {
			if needed(lo + j) {
				set(lo+j, s.sum[j]/float64(rows), s.dot[j]/float64(rows))
			}
		}
	}
}

// lowMatters reports whether what rounding took from a mean may move xhat, by more than
// the 4 eps that half of |mean|*inv*eps is at the limit.
func lowMatters[T Float](mean, inv T) bool { return abs(mean)*inv > 8 }

// lowOf returns d, the mean of x minus the stored mean, if rounding explains it: the
// stored mean is otherwise taken as it is.
func lowOf[T Float](mean T, d float64) T {
	eps := 0x1p-52
	if isF32[T]() {
		eps = 0x1p-23
	}
	if d-d == 0 && math.Abs(d) <= eps*math.Abs(float64(mean)) {
		return T(d)
	}
	return 0
}

// lows returns what rounding took from the means of backward, or nil if none of it
// matters.
func (s *columnScratch[T]) lows(t Tier, rows, cols int, x []T, ldx int, mean, inv []T) []T {
	matters := false
	for j, m := range mean[:cols] {
		matters = matters || lowMatters(m, inv[j])
	}
	if !matters {
		return nil
	}
	low := s.low[:cols]
	clear(low)
	s.momentsAgain(t, rows, cols, mean, x, ldx, func(j int) bool { return lowMatters(mean[j], inv[j]) }, func(j int, d, _ float64) {
		low[j] = lowOf(mean[j], d)
	})
	return low
}

// columnMomentsGeneric computes s1[j] += sum of x[i,j] - shift[j] over the rows, and
// s2[j] += sum of (x[i,j] - shift[j])^2, where four rows at a time are summed among
// themselves first: a sum over a chunk of rows makes a quarter of the roundings.
func columnMomentsGeneric[T Float](s1, s2, shift, x []T, rows, cols, ldx int) {
	s1, s2, shift = s1[:cols], s2[:cols], shift[:cols]
	i := 0
	for ; i+4 <= rows; i += 4 {
		x0, x1, x2, x3 := x[i*ldx:][:cols], x[(i+1)*ldx:][:cols], x[(i+2)*ldx:][:cols], x[(i+3)*ldx:][:cols]
		for j, s := range shift {
			a, b, c, d := x0[j]-s, x1[j]-s, x2[j]-s, x3[j]-s
			s1[j] += (a + b) + (c + d)
			s2[j] += (T(a*a) + T(b*b)) + (T(c*c) + T(d*d))
		}
	}
	for ; i < rows; i++ {
		for j, v := range x[i*ldx:][:cols] {
			d := v - shift[j]
			s1[j] += d
			s2[j] += T(d * d)
		}
	}
}

func batchNormForward[T Float](t Tier, rows, cols int, y []T, ldy int, x []T, ldx int, p *BatchNorm[T]) {
	if rows > 0 {
		runColumns(t, columnsBatchNorm, rows, cols, columnCall[T]{y: y, ldy: ldy, a: x, lda: ldx, batch: *p})
	}
}

// batchNormConstants updates the statistics of p from the sums over x and leaves the
// constants of normalizeColumns.
func batchNormConstants[T Float](t Tier, s *columnScratch[T], rows, cols int, x []T, ldx int, p *BatchNorm[T], scale, shift []T) {
	columnMomentsBlock(t, s, rows, cols, p.Mean, p.InvStd, s.low[:cols], x, ldx)
	unbias, low := T(float64(rows)/float64(max(1, rows-1))), s.low[:cols]
	beta, scale, shift := p.Beta[:cols], scale[:cols], shift[:cols]
	gamma, mean, inv, runMean, runVar := p.Gamma[:cols], p.Mean[:cols], p.InvStd[:cols], p.RunMean[:cols], p.RunVar[:cols]
	momentum, eps := p.Momentum, p.Eps
	for j, v := range inv {
		runMean[j] += T(momentum * (mean[j] - runMean[j]))
		runVar[j] += T(momentum * (T(v*unbias) - runVar[j]))
		inv[j] = invStd(v, eps)
		scale[j] = gamma[j] * inv[j]
		shift[j] = beta[j]
		if low[j] != 0 { // scale may be infinite
			shift[j] -= T(low[j] * scale[j])
		}
	}
}

func invStd[T Float](variance, eps T) T {
	return T(1 / math.Sqrt(float64(variance)+float64(eps)))
}

func batchNormInfer[T Float](t Tier, rows, cols int, y []T, ldy int, x []T, ldx int, p *BatchNorm[T]) {
	if rows > 0 {
		runColumns(t, columnsBatchNormInfer, rows, cols, columnCall[T]{y: y, ldy: ldy, a: x, lda: ldx, batch: *p})
	}
}

// batchNormInferConstants leaves the scale of normalizeColumns.
func batchNormInferConstants[T Float](p *BatchNorm[T], scale []T) {
	for j, g := range p.Gamma {
		scale[j] = g * invStd(p.RunVar[j], p.Eps)
	}
}

// normalizeColumns normalises as many rows as one call may take.
func normalizeColumns[T Float](t Tier, rows, cols int, y []T, ldy int, x []T, ldx int, mean, scale, shift []T, act Activation) {
	floor := T(math.Inf(-1)) // what an output is at least
	if act == ActReLU {
		floor = 0
	}
	dispatchNormalizeColumns(t, y, x, mean, scale, shift, rows, cols, ldy, ldx, floor)
	if act == ActIdentity || act == ActReLU {
		return
	}
	for r := range rows {
		row := y[r*ldy:][:cols]
		activate(t, act, row, row)
	}
}

// normalizeColumnsGeneric computes y[i,j] = (x[i,j] - mean[j]) * scale[j] + shift[j], or
// floor where that is larger.
func normalizeColumnsGeneric[T Float](y, x, mean, scale, shift []T, rows, cols, ldy, ldx int, floor T) {
	mean, scale, shift = mean[:cols], scale[:cols], shift[:cols]
	for i := range rows {
		out := y[i*ldy:][:cols]
		for j, v := range x[i*ldx:][:cols] {
			z := T((v-mean[j])*scale[j]) + shift[j]
			if z < floor {
				z = floor
			}
			out[j] = z
		}
	}
}

func batchNormBackward[T Float](t Tier, rows, cols int, dx []T, lddx int, dy []T, lddy int, x []T, ldx int, p *BatchNorm[T], dgamma, dbeta []T) {
	if rows == 0 {
		clear(dgamma)
		clear(dbeta)
		return
	}
	runColumns(t, columnsBatchNormBackward, rows, cols, columnCall[T]{y: dx, ldy: lddx, a: dy, lda: lddy, b: x, ldb: ldx, batch: *p, out1: dgamma, out2: dbeta})
}

// batchNormBackwardConstants leaves the gradients that the sums over dy and x are, and the
// constants of dispatchBatchNormBackward.
func batchNormBackwardConstants[T Float](t Tier, s *columnScratch[T], rows, cols int, x []T, ldx int, p *BatchNorm[T], dgamma, dbeta, k1, k2, k3 []T) {
	part, sum, dot, gamma := 1/float64(rows), s.totalSum[:cols], s.totalDot[:cols], p.Gamma[:cols]
	low := s.lows(t, rows, cols, x, ldx, p.Mean, p.InvStd)
	dgamma, dbeta, k1, k2, k3 = dgamma[:cols], dbeta[:cols], k1[:cols], k2[:cols], k3[:cols]
	for j, l := range low {
		if l != 0 { // sum may be infinite
			dot[j] -= float64(float64(l) * sum[j])
		}
	}
	for j, inv := range p.InvStd[:cols] {
		g := dot[j] * float64(inv)
		dbeta[j], dgamma[j] = T(sum[j]), T(g)
		k1[j] = gamma[j] * inv
		k2[j], k3[j] = T(sum[j]*part), T(g*part*float64(inv))
	}
	for j, l := range low {
		if l != 0 {
			k2[j] -= T(l * k3[j])
		}
	}
}

// batchNormSumsGeneric computes s1[j] += sum of dy[i,j] over the rows, and
// s2[j] += sum of dy[i,j] * (x[i,j] - mean[j]), where two rows at a time are summed
// among themselves first.
func batchNormSumsGeneric[T Float](s1, s2, dy, x, mean []T, rows, cols, lddy, ldx int) {
	s1, s2, mean = s1[:cols], s2[:cols], mean[:cols]
	i := 0
	for ; i+2 <= rows; i += 2 {
		x0, x1, g0, g1 := x[i*ldx:][:cols], x[(i+1)*ldx:][:cols], dy[i*lddy:][:cols], dy[(i+1)*lddy:][:cols]
		for j, m := range mean {
			s1[j] += g0[j] + g1[j]
			s2[j] += T(g0[j]*(x0[j]-m)) + T(g1[j]*(x1[j]-m))
		}
	}
	if i < rows {
		row := x[i*ldx:][:cols]
		for j, g := range dy[i*lddy:][:cols] {
			s1[j] += g
			s2[j] += T(g * (row[j] - mean[j]))
		}
	}
}

// batchNormBackwardGeneric computes dx = k1*(dy - k2 - (x-mean)*k3) with one mean,
// k1, k2 and k3 a column.
func batchNormBackwardGeneric[T Float](dx, dy, x, mean, k1, k2, k3 []T, rows, cols, lddx, lddy, ldx int) {
	mean, k1, k2, k3 = mean[:cols], k1[:cols], k2[:cols], k3[:cols]
	for i := range rows {
		out, row := dx[i*lddx:][:cols], x[i*ldx:][:cols]
		for j, g := range dy[i*lddy:][:cols] {
			out[j] = T(k1[j] * (g - k2[j] - T((row[j]-mean[j])*k3[j])))
		}
	}
}
