package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// BatchNorm normalises each column of a batch x features matrix (Ioffe and Szegedy,
// Batch Normalization, 2015). All slices have one value a feature.
type BatchNorm[T Float] struct {
	Gamma, Beta     []T // scale and shift
	Mean, InvStd    []T // of the last batch: the memo of backward, with x itself
	RunMean, RunVar []T // running statistics, for inference
	Momentum        T   // weight of the new batch in the running statistics, such as 0.1
	Eps             T   // added to the variance, such as 1e-5
	// Act is applied to the output of forward and infer. BatchNormBackward ignores it and
	// takes the gradient with respect to the input of Act. Where f' follows from y
	// (Act.FromOutput), ActivateBackward(Act, dy, dy, y) computes that gradient first.
	// Where it does not, leave Act out and call ActivateGrad after forward, which stores f'.
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
// No two slices may share an element: backward needs x.
//
// Error. With xhat the exact (x-mean)*InvStd, y is within about
// 8 eps * (|Gamma| (1 + |xhat|) + |Beta|) on random data, before Act. Neither a mean far
// larger than the deviation nor an outlier costs accuracy: the variance comes from one pass
// over x minus its first row. Where that row lies more than four deviations off the mean, a
// second pass takes x minus the mean. y uses the mean in twice the precision of Mean.
//
// Range. The bound holds for every finite x, also where squares of it overflow or vanish.
// A variance beyond the range of T makes RunVar +Inf, which later batches do not undo; InvStd
// and y are right. An InvStd beyond the range, which takes a deviation below 1/max and Eps = 0,
// is +Inf; y and [BatchNormBackward] are right. With variance + Eps = 0 the column is NaN.
// A batch of one row has the variance 0, which RunVar takes in like any other.
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
// The error is at most 4 eps times the magnitudes of the two terms wherever their sum is in
// the range of T. RunMean is not folded into Beta: that would save a subtraction an element
// and lose RunMean/sqrt(RunVar) eps. y may be x itself; no other overlap with y is allowed.
// p is only read.
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
// and the Mean and InvStd that it computed. With xhat = (x - Mean) * InvStd:
//
//	dbeta[j]  = sum over i of dy[i,j]
//	dgamma[j] = sum over i of dy[i,j] * xhat[i,j]
//	dx[i,j]   = Gamma[j] * InvStd[j] * (dy[i,j] - dbeta[j]/rows - xhat[i,j] * dgamma[j]/rows)
//
// Where |Mean| is larger than eight deviations 1/InvStd, another pass over x finds the
// rounding error of Mean, and xhat is corrected by it. No intermediate result overflows, or
// vanishes and matters, where dgamma and dx do not. dx may be dy or x itself; dx, dgamma and
// dbeta allow no other overlap. Act is ignored.
func BatchNormBackward[T Float](rows, cols int, dx []T, lddx int, dy []T, lddy int, x []T, ldx int,
	p *BatchNorm[T], dgamma, dbeta []T) {
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

// batchNormNames are the names of slices(); the first two are never written.
var batchNormNames = [...]string{"Gamma", "Beta", "Mean", "InvStd", "RunMean", "RunVar"}

func (p *BatchNorm[T]) slices() [6][]T {
	return [...][]T{p.Gamma, p.Beta, p.Mean, p.InvStd, p.RunMean, p.RunVar}
}

// check panics unless every slice has one value a column and Act is an activation.
func (p *BatchNorm[T]) check(op string, cols int) {
	if p == nil {
		failWith(op, "p", "p is nil, want a BatchNorm")
	}
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
	if rows == 0 || cols == 0 {
		return
	}
	j := freelist.Get[T, batchNormJob[T]](&batchNormJobs)
	j.y, j.ldy, j.x, j.ldx, j.batch = y, ldy, x, ldx, *p
	j.begin(t, rows, cols, 2, 2, true)
	j.writes(y, ldy, x, nil)
	if !actsInKernel(p.Act) {
		j.buffered()
	}
	j.runSums(j)
	j.runFinish(j)
	j.runApply(j)
	*j = batchNormJob[T]{columnWork: j.memory()}
	freelist.Put[T](&batchNormJobs, j)
}

type batchNormJob[T Float] struct {
	columnWork[T]
	y, x     []T
	ldy, ldx int
	batch    BatchNorm[T]
}

var batchNormJobs freelist.Lists

func (j *batchNormJob[T]) sum(s1, s2, _ []T, i, n, lo, w int) {
	dispatchColumnMoments(j.tier, s1, s2, j.x[lo:lo+w], j.x[i*j.ldx+lo:], n, w, j.ldx, j.fetch)
}

func (j *batchNormJob[T]) finish(s *columnScratch[T], lo, n int) {
	j.total(s, lo, n)
	p := j.batch.block(lo, n)
	scale, shift := j.constant(0, lo, n), j.constant(1, lo, n)
	large, any := batchNormConstants(j.tier, s, j.rows, n, j.x[lo:], j.ldx, &p, scale, shift)
	if any {
		j.batchNormScaled(s, lo, n, large)
	}
}

func (j *batchNormJob[T]) apply(y []T, ldy, i, n, lo, w int) {
	normalizeColumns(j.tier, n, w, y, ldy, j.x[i*j.ldx+lo:], j.ldx, j.ahead(), j.batch.Mean[lo:],
		j.constant(0, lo, w), j.constant(1, lo, w), j.batch.Act)
}

// block returns p restricted to n columns from column lo on.
func (p *BatchNorm[T]) block(lo, n int) BatchNorm[T] {
	hi := lo + n
	b := *p
	b.Gamma, b.Beta, b.Mean, b.InvStd = p.Gamma[lo:hi], p.Beta[lo:hi], p.Mean[lo:hi], p.InvStd[lo:hi]
	b.RunMean, b.RunVar = p.RunMean[lo:hi], p.RunVar[lo:hi]
	return b
}

// batchNormConstants updates the statistics of p from the sums over x and writes scale and
// shift for normalizeColumns. any reports whether a column may need batchNormScaled. With
// large, s keeps the variances and the running statistics from before the update.
func batchNormConstants[T Float](t Tier, s *columnScratch[T], rows, cols int, x []T, ldx int,
	p *BatchNorm[T], scale, shift []T) (large, any bool) {
	large = columnMomentsBlock(t, s, rows, cols, p.Mean, p.InvStd, s.low[:cols], x, ldx)
	if large = large || float64(p.Eps) < normRangeOf[T]().low; large {
		copy(s.shift[:], p.InvStd)
		copy(s.runMean[:], p.RunMean)
		copy(s.runVar[:], p.RunVar)
	}
	w, low := cols&^(stepColumns-1), s.low[:cols]
	unbias, eps := batchNormUnbias[T](rows), float64(p.Eps)
	var wild [stepColumns]float64
	dispatchBatchNormStats(t, p.InvStd[:w], scale[:w], shift[:w], p.RunMean[:w], p.RunVar[:w],
		p.Mean[:w], low[:w], p.Gamma[:w], p.Beta[:w], wild[:], p.Momentum, unbias, eps)
	batchNormStatsGeneric(p.InvStd[w:], scale[w:], shift[w:], p.RunMean[w:], p.RunVar[w:],
		p.Mean[w:], low[w:], p.Gamma[w:], p.Beta[w:], wild[:], p.Momentum, unbias, eps)
	return large, large || sumOf(&wild) != 0
}

// batchNormUnbias returns rows/(rows-1), the factor from a variance with divisor rows to one
// with divisor rows-1, and 1 for a single row.
func batchNormUnbias[T Float](rows int) T { return T(float64(rows) / float64(max(1, rows-1))) }

// batchNormStatsGeneric updates the running statistics and computes scale and shift for
// normalizeColumns. inv holds the variance on entry and 1/sqrt(variance + eps) on return.
// It writes NaN to wild where a shift is not finite or a scale is not a normal number while
// its gamma is not 0.
func batchNormStatsGeneric[T Float](inv, scale, shift, runMean, runVar, mean, low, gamma, beta []T,
	wild []float64, momentum, unbias T, eps float64) {
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
		if !scales(scale[j], gamma[j]) || shift[j]-shift[j] != 0 {
			wild[0] = math.NaN()
		}
	}
}

// scales reports whether a product with gamma has the full precision of T: it is a normal
// number, or gamma is 0.
func scales[T Float](product, gamma T) bool {
	return product-product == 0 && (abs(product) >= leastNormal[T]() || gamma == 0)
}

// leastNormal is the smallest positive normal number.
func leastNormal[T Float]() T {
	if isF32[T]() {
		return T(0x1p-126)
	}
	least := 0x1p-1022
	return T(least)
}

func invStd[T Float](variance T, eps float64) T {
	return T(1 / math.Sqrt(float64(variance)+eps))
}

func batchNormInfer[T Float](t Tier, rows, cols int, y []T, ldy int, x []T, ldx int, p *BatchNorm[T]) {
	if rows == 0 || cols == 0 {
		return
	}
	j := freelist.Get[T, batchNormInferJob[T]](&batchNormInferJobs)
	j.y, j.ldy, j.x, j.ldx, j.batch = y, ldy, x, ldx, *p
	j.begin(t, rows, cols, 2, 0, true)
	j.writes(y, ldy, x, nil)
	if !actsInKernel(p.Act) {
		j.buffered()
	}
	j.runFinish(j)
	j.runApply(j)
	*j = batchNormInferJob[T]{columnWork: j.memory()}
	freelist.Put[T](&batchNormInferJobs, j)
}

type batchNormInferJob[T Float] struct {
	columnWork[T]
	y, x     []T
	ldy, ldx int
	batch    BatchNorm[T]
}

var batchNormInferJobs freelist.Lists

func (j *batchNormInferJob[T]) finish(_ *columnScratch[T], lo, n int) {
	p := j.batch.block(lo, n)
	if batchNormInferConstants(j.tier, &p, j.constant(0, lo, n)) {
		j.batchNormInferScaled(lo, n)
	}
}

func (j *batchNormInferJob[T]) apply(y []T, ldy, i, n, lo, w int) {
	normalizeColumns(j.tier, n, w, y, ldy, j.x[i*j.ldx+lo:], j.ldx, j.ahead(), j.batch.RunMean[lo:],
		j.constant(0, lo, w), j.batch.Beta[lo:], j.batch.Act)
}

// batchNormInferConstants writes scale for normalizeColumns and reports whether a column may
// need batchNormInferScaled.
func batchNormInferConstants[T Float](t Tier, p *BatchNorm[T], scale []T) bool {
	w, eps := len(scale)&^(stepColumns-1), float64(p.Eps)
	var wild [stepColumns]float64
	dispatchScaleOf(t, scale[:w], p.Gamma[:w], p.RunMean[:w], p.RunVar[:w], wild[:], eps)
	scaleOfGeneric(scale[w:], p.Gamma[w:], p.RunMean[w:], p.RunVar[w:], wild[:], eps)
	return sumOf(&wild) != 0
}

// scaleOfGeneric computes scale = gamma/sqrt(variance + eps). It writes NaN to wild where a
// mean is not moderate or a scale is not a normal number while its gamma is not 0.
func scaleOfGeneric[T Float](scale, gamma, mean, variance []T, wild []float64, eps float64) {
	scale, mean, variance = scale[:len(gamma)], mean[:len(gamma)], variance[:len(gamma)]
	for j, g := range gamma {
		scale[j] = g * invStd(variance[j], eps)
		if !scales(scale[j], g) || !isModerate(mean[j]) {
			wild[0] = math.NaN()
		}
	}
}

// actsInKernel reports whether normalizeColumns applies act while it has the rows in registers.
func actsInKernel(act Activation) bool { return act == ActIdentity || act == ActReLU }

// normalizeColumns normalises the rows of one call and applies act: ReLU while the kernel has
// them in registers, any other afterwards, while they are in cache.
func normalizeColumns[T Float](t Tier, rows, cols int, y []T, ldy int, x []T, ldx, fetch int,
	mean, scale, shift []T, act Activation) {
	floor := T(math.Inf(-1)) // what an output is at least
	if act == ActReLU {
		floor = 0
	}
	dispatchNormalizeColumns(t, y, x, mean, scale, shift, rows, cols, ldy, ldx, fetch, floor)
	if actsInKernel(act) {
		return
	}
	for r := range rows {
		row := y[r*ldy:][:cols]
		activate(t, act, row, row)
	}
}

// normalizeColumnsGeneric computes y[i,j] = (x[i,j] - mean[j]) * scale[j] + shift[j], or
// floor where that is larger.
func normalizeColumnsGeneric[T Float](
	y, x, mean, scale, shift []T, rows, cols, ldy, ldx, _ int, floor T) {
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

func batchNormBackward[T Float](t Tier, rows, cols int, dx []T, lddx int, dy []T, lddy int, x []T, ldx int,
	p *BatchNorm[T], dgamma, dbeta []T) {
	if rows == 0 {
		clear(dgamma)
		clear(dbeta)
		return
	}
	if cols == 0 {
		return
	}
	j := freelist.Get[T, batchNormBackwardJob[T]](&batchNormBackwardJobs)
	j.dx, j.lddx, j.dy, j.lddy, j.x, j.ldx = dx, lddx, dy, lddy, x, ldx
	j.batch, j.dgamma, j.dbeta = *p, dgamma, dbeta
	j.longFinish = anyLowMatters(p.Mean, p.InvStd)
	j.begin(t, rows, cols, 3, 2, true)
	j.writes(dx, lddx, dy, x)
	j.readsWith(lddy, ldx)
	j.runSums(j)
	j.runFinish(j)
	j.runApply(j)
	*j = batchNormBackwardJob[T]{columnWork: j.memory()}
	freelist.Put[T](&batchNormBackwardJobs, j)
}

type batchNormBackwardJob[T Float] struct {
	columnWork[T]
	dx, dy, x       []T
	lddx, lddy, ldx int
	batch           BatchNorm[T]
	dgamma, dbeta   []T
}

var batchNormBackwardJobs freelist.Lists

func (j *batchNormBackwardJob[T]) sum(s1, s2, _ []T, i, n, lo, w int) {
	dispatchBatchNormSums(j.tier, s1, s2, j.dy[i*j.lddy+lo:], j.x[i*j.ldx+lo:], j.batch.Mean[lo:lo+w],
		n, w, j.lddy, j.ldx, j.fetch)
}

func (j *batchNormBackwardJob[T]) finish(s *columnScratch[T], lo, n int) {
	j.total(s, lo, n)
	p := j.batch.block(lo, n)
	if batchNormBackwardConstants(j.tier, s, j.rows, n, j.x[lo:], j.ldx, &p,
		j.dgamma[lo:lo+n], j.dbeta[lo:lo+n],
		j.constant(0, lo, n), j.constant(1, lo, n), j.constant(2, lo, n)) {
		j.batchNormBackwardScaled(lo, n)
	}
}

func (j *batchNormBackwardJob[T]) apply(dx []T, lddx, i, n, lo, w int) {
	dispatchBatchNormBackward(j.tier, dx, j.dy[i*j.lddy+lo:], j.x[i*j.ldx+lo:],
		j.batch.Mean[lo:lo+w], j.constant(0, lo, w), j.constant(1, lo, w), j.constant(2, lo, w),
		n, w, lddx, j.lddy, j.ldx, j.ahead())
}

// batchNormBackwardConstants computes dgamma and dbeta from the sums over dy and x, and
// k1, k2 and k3 for dispatchBatchNormBackward. It reports whether a column may need
// batchNormBackwardScaled.
func batchNormBackwardConstants[T Float](t Tier, s *columnScratch[T], rows, cols int, x []T, ldx int,
	p *BatchNorm[T], dgamma, dbeta, k1, k2, k3 []T) bool {
	part, sum, dot, gamma := 1/float64(rows), s.totalSum[:cols], s.totalDot[:cols], p.Gamma[:cols]
	low := s.lows(t, rows, cols, x, ldx, p.Mean, p.InvStd)
	dgamma, dbeta, k1, k2, k3 = dgamma[:cols], dbeta[:cols], k1[:cols], k2[:cols], k3[:cols]
	for j, l := range low {
		if l != 0 { // sum may be infinite
			dot[j] -= float64(float64(l) * sum[j])
		}
	}
	w, inv := cols&^(stepColumns-1), p.InvStd[:cols]
	var wild [stepColumns]float64
	dispatchBatchNormGrads(t, dgamma[:w], dbeta[:w], k1[:w], k2[:w], k3[:w],
		gamma[:w], inv[:w], sum[:w], dot[:w], wild[:], part)
	batchNormGradsGeneric(dgamma[w:], dbeta[w:], k1[w:], k2[w:], k3[w:],
		gamma[w:], inv[w:], sum[w:], dot[w:], wild[:], part)
	for j, l := range low {
		if l != 0 {
			k2[j] -= T(l * k3[j])
		}
	}
	return sumOf(&wild) != 0
}

// batchNormGradsGeneric computes dgamma = g = dot*inv, dbeta = sum, k1 = gamma*inv,
// k2 = sum*part and k3 = g*part*inv. It writes NaN to wild where gradInRange rejects the sums,
// or k1 is not a normal number while gamma is not 0.
func batchNormGradsGeneric[T Float](dgamma, dbeta, k1, k2, k3, gamma, inv []T,
	sum, dot, wild []float64, part float64) {
	n := len(inv)
	dgamma, dbeta, gamma, sum, dot = dgamma[:n], dbeta[:n], gamma[:n], sum[:n], dot[:n]
	k1, k2, k3 = k1[:n], k2[:n], k3[:n]
	for j, v := range inv {
		g := dot[j] * float64(v)
		dbeta[j], dgamma[j] = T(sum[j]), T(g)
		k1[j] = gamma[j] * v
		k2[j], k3[j] = T(sum[j]*part), T(g*part*float64(v))
		if !gradInRange(v, k2[j], k3[j]) || !scales(k1[j], gamma[j]) {
			wild[0] = math.NaN()
		}
	}
}

// batchNormSumsGeneric computes s1[j] += sum of dy[i,j] over the rows, and
// s2[j] += sum of dy[i,j] * (x[i,j] - mean[j]). It adds two rows to each other before it adds
// them to the sums.
func batchNormSumsGeneric[T Float](s1, s2, dy, x, mean []T, rows, cols, lddy, ldx, _ int) {
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

// batchNormBackwardGeneric computes dx = k1*(dy - k2 - (x-mean)*k3), where mean, k1, k2 and k3
// have one value a column.
func batchNormBackwardGeneric[T Float](
	dx, dy, x, mean, k1, k2, k3 []T, rows, cols, lddx, lddy, ldx, _ int) {
	mean, k1, k2, k3 = mean[:cols], k1[:cols], k2[:cols], k3[:cols]
	for i := range rows {
		out, row := dx[i*lddx:][:cols], x[i*ldx:][:cols]
		for j, g := range dy[i*lddy:][:cols] {
			out[j] = T(k1[j] * (g - k2[j] - T((row[j]-mean[j])*k3[j])))
		}
	}
}
