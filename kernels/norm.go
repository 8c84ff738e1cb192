package kernels

import "math"

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
		}
	}
	raceRows(rows, cols, y, ldy, x, ldx)
	raceReads(p.Gamma, p.Beta)
	raceWrites(p.Mean, p.InvStd, p.RunMean, p.RunVar)
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
	raceRows(rows, cols, y, ldy, x, ldx)
	raceReads(p.Gamma, p.Beta, p.RunMean, p.RunVar)
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
	for i, v := range [...]view{vdx, matrixView(dy, rows, cols, lddy), matrixView(x, rows, cols, ldx)} {
		checkApart(op, "dgamma", gradMatrices[i], vdgamma, v)
		checkApart(op, "dbeta", gradMatrices[i], vdbeta, v)
	}
	raceRows(rows, cols, dx, lddx, dy, lddy)
	raceReadMatrix(x, rows, cols, ldx)
	raceReads(p.Gamma, p.Mean, p.InvStd)
	raceWrites(dgamma, dbeta)
	batchNormBackward(Active(), rows, cols, dx, lddx, dy, lddy, x, ldx, p, dgamma, dbeta)
}

// gradMatrices are the matrices of the backward pass of a layer.
var gradMatrices = [...]string{"dx", "dy", "x"}

// batchNormNames are the names of slices; the first two are never written.
var batchNormNames = [...]string{"Gamma", "Beta", "Mean", "InvStd", "RunMean", "RunVar"}

func (p *BatchNorm[T]) slices() [6][]T {
	return [...][]T{p.Gamma, p.Beta, p.Mean, p.InvStd, p.RunMean, p.RunVar}
}

// check panics unless every slice has one value a column.
func (p *BatchNorm[T]) check(op string, cols int) {
	for i, s := range p.slices() {
		checkLen(op, batchNormNames[i], len(s), cols)
	}
	p.Act.check(op, "Act")
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

func batchNormForward[T Float](t Tier, rows, cols int, y []T, ldy int, x []T, ldx int, p *BatchNorm[T]) {
	if rows > 0 {
		runColumns(t, columnsBatchNorm, rows, cols, columnCall[T]{y: y, ldy: ldy, a: x, lda: ldx, batch: *p})
	}
}

// batchNormConstants updates the statistics of p from the sums over x and leaves the
// constants of normalizeColumns.
func batchNormConstants[T Float](t Tier, s *columnScratch[T], rows, cols int, x []T, ldx int, p *BatchNorm[T], scale, shift []T) {
	columnMomentsBlock(t, s, rows, cols, p.Mean, p.InvStd, s.low[:cols], x, ldx)
	w, low := cols&^(stepColumns-1), s.low[:cols]
	unbias, eps := T(float64(rows)/float64(max(1, rows-1))), float64(p.Eps)
	dispatchBatchNormStats(t, p.InvStd[:w], scale[:w], shift[:w], p.RunMean[:w], p.RunVar[:w], p.Mean[:w], low[:w], p.Gamma[:w], p.Beta[:w], p.Momentum, unbias, eps)
	batchNormStatsGeneric(p.InvStd[w:], scale[w:], shift[w:], p.RunMean[w:], p.RunVar[w:], p.Mean[w:], low[w:], p.Gamma[w:], p.Beta[w:], p.Momentum, unbias, eps)
}

// batchNormStatsGeneric computes the running statistics and the constants of
// normalizeColumns. inv comes with the variance.
func batchNormStatsGeneric[T Float](inv, scale, shift, runMean, runVar, mean, low, gamma, beta []T, momentum, unbias T, eps float64) {
	scale, shift, runMean, runVar = scale[:len(inv)], shift[:len(inv)], runMean[:len(inv)], runVar[:len(inv)]
	mean, low, gamma, beta = mean[:len(inv)], low[:len(inv)], gamma[:len(inv)], beta[:len(inv)]
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

func invStd[T Float](variance T, eps float64) T {
	return T(1 / math.Sqrt(float64(variance)+eps))
}

func batchNormInfer[T Float](t Tier, rows, cols int, y []T, ldy int, x []T, ldx int, p *BatchNorm[T]) {
	if rows > 0 {
		runColumns(t, columnsBatchNormInfer, rows, cols, columnCall[T]{y: y, ldy: ldy, a: x, lda: ldx, batch: *p})
	}
}

// batchNormInferConstants leaves the scale of normalizeColumns.
func batchNormInferConstants[T Float](t Tier, p *BatchNorm[T], scale []T) {
	w, eps := len(scale)&^(stepColumns-1), float64(p.Eps)
	dispatchScaleOf(t, scale[:w], p.Gamma[:w], p.RunVar[:w], eps)
	scaleOfGeneric(scale[w:], p.Gamma[w:], p.RunVar[w:], eps)
}

// scaleOfGeneric computes scale = gamma/sqrt(variance + eps).
func scaleOfGeneric[T Float](scale, gamma, variance []T, eps float64) {
	scale, variance = scale[:len(gamma)], variance[:len(gamma)]
	for j, g := range gamma {
		scale[j] = g * invStd(variance[j], eps)
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
