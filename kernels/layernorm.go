package kernels

import (
	"math"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// LayerNormForward normalises each row of a rows x cols matrix (Ba, Kiros and Hinton,
// Layer Normalization, 2016):
//
//	mean[i]   = mean over j of x[i,j]
//	invStd[i] = 1 / sqrt(variance of row i + eps), the variance with divisor cols
//	y[i,j]    = gamma[j] * (x[i,j] - mean[i]) * invStd[i] + beta[j]
//
// gamma and beta have cols elements, mean and invStd rows. mean, invStd and x are the memo
// of backward. y may be x itself, though backward needs x; no other overlap is allowed.
//
// Error. With xhat the exact (x-mean)*invStd, y is within about
// 8 eps * (|gamma| (1 + |xhat|) + |beta|) on random data, whatever the mean. As in
// [BatchNormForward] the variance comes from x minus its first element, or x minus the mean
// where that element lies more than four deviations off it, and y uses the mean in twice the
// precision of T.
//
// Range. The bound holds for every finite x, also where squares of it overflow or vanish.
// An invStd beyond the range of T, which takes a deviation below 1/max and eps = 0, is +Inf;
// y and [LayerNormBackward] are right. With variance + eps = 0 the row is NaN, as it is with a
// NaN or an infinity in it.
func LayerNormForward[T Float](rows, cols int, y []T, ldy int, x []T, ldx int,
	gamma, beta, mean, invStd []T, eps T) {
	const op = "LayerNormForward"
	n := rowNorm[T]{gamma: gamma, beta: beta, mean: mean, inv: invStd, eps: eps}
	n.checkForward(op, "invStd", rows, cols, y, ldy, x, ldx)
	raceRows(rows, cols, y, ldy, x, ldx)
	raceReads(gamma, beta)
	raceWrites(mean, invStd)
	rowNormForward(Active(), rows, cols, y, ldy, x, ldx, n)
}

// LayerNormBackward computes the gradients of [LayerNormForward] from its input x and
// the mean and invStd that it computed. With xhat = (x - mean) * invStd and the means over j
//
//	c1[i] = mean of dy[i,j] * gamma[j]
//	c2[i] = mean of dy[i,j] * gamma[j] * xhat[i,j]
//
// they are
//
//	dbeta[j]  = sum over i of dy[i,j]
//	dgamma[j] = sum over i of dy[i,j] * xhat[i,j]
//	dx[i,j]   = invStd[i] * (dy[i,j] * gamma[j] - c1[i] - xhat[i,j] * c2[i])
//
// Where |mean| is larger than eight deviations 1/invStd, another pass over the row finds the
// rounding error of the mean, and xhat is corrected by it. No intermediate result overflows,
// or vanishes and matters, where dx does not. dx may be dy or x itself; dx, dgamma and dbeta
// allow no other overlap.
func LayerNormBackward[T Float](rows, cols int, dx []T, lddx int, dy []T, lddy int, x []T, ldx int,
	gamma, mean, invStd, dgamma, dbeta []T) {
	const op = "LayerNormBackward"
	n := rowNorm[T]{gamma: gamma, mean: mean, inv: invStd}
	checkSize(op, "cols", cols)
	checkLen(op, "dbeta", len(dbeta), cols)
	n.checkBackward(op, "invStd", rows, cols, dx, lddx, dy, lddy, x, ldx, dgamma, dbeta)
	raceRows(rows, cols, dx, lddx, dy, lddy)
	raceReadMatrix(x, rows, cols, ldx)
	raceReads(gamma, mean, invStd)
	raceWrites(dgamma, dbeta)
	rowNormBackward(Active(), rows, cols, dx, lddx, dy, lddy, x, ldx, n, dgamma, dbeta)
}

// RMSNormForward divides each row of a rows x cols matrix by its root mean square
// (Zhang and Sennrich, Root Mean Square Layer Normalization, NeurIPS 2019):
//
//	invRMS[i] = 1 / sqrt(mean over j of x[i,j]^2 + eps)
//	y[i,j]    = gamma[j] * x[i,j] * invRMS[i]
//
// gamma has cols elements, invRMS rows. invRMS and x are the memo of backward. y may be x
// itself, though backward needs x; no other overlap is allowed.
//
// y is right for every finite x, also where squares of it overflow or vanish. An invRMS beyond
// the range of T is +Inf; y is right. With mean square + eps = 0 the row is NaN, as it is with
// a NaN in it.
func RMSNormForward[T Float](rows, cols int, y []T, ldy int, x []T, ldx int, gamma, invRMS []T, eps T) {
	const op = "RMSNormForward"
	n := rowNorm[T]{gamma: gamma, inv: invRMS, eps: eps, rms: true}
	n.checkForward(op, "invRMS", rows, cols, y, ldy, x, ldx)
	raceRows(rows, cols, y, ldy, x, ldx)
	raceRead(gamma)
	raceWrite(invRMS)
	rowNormForward(Active(), rows, cols, y, ldy, x, ldx, n)
}

// RMSNormBackward computes the gradients of [RMSNormForward] from its input x and the
// invRMS that it computed. With xhat = x * invRMS and
// c[i] = mean over j of dy[i,j] * gamma[j] * xhat[i,j]:
//
//	dgamma[j] = sum over i of dy[i,j] * xhat[i,j]
//	dx[i,j]   = invRMS[i] * (dy[i,j] * gamma[j] - xhat[i,j] * c[i])
//
// dx may be dy or x itself; dx and dgamma allow no other overlap.
func RMSNormBackward[T Float](rows, cols int, dx []T, lddx int, dy []T, lddy int, x []T, ldx int,
	gamma, invRMS, dgamma []T) {
	const op = "RMSNormBackward"
	n := rowNorm[T]{gamma: gamma, inv: invRMS, rms: true}
	n.checkBackward(op, "invRMS", rows, cols, dx, lddx, dy, lddy, x, ldx, dgamma, nil)
	raceRows(rows, cols, dx, lddx, dy, lddy)
	raceReadMatrix(x, rows, cols, ldx)
	raceReads(gamma, invRMS)
	raceWrite(dgamma)
	rowNormBackward(Active(), rows, cols, dx, lddx, dy, lddy, x, ldx, n, dgamma, nil)
}

// rowNorm is a normalisation of rows: LayerNorm, or with rms RMSNorm, which has no mean and no
// beta.
type rowNorm[T Float] struct {
	gamma, beta, mean, inv []T
	eps                    T
	rms                    bool
	far                    bool // in backward: lowMatters for one of the means
}

// checkForward checks the arguments of a forward pass; inv is the name of its last memo.
func (n *rowNorm[T]) checkForward(op, inv string, rows, cols int, y []T, ldy int, x []T, ldx int) {
	checkRowsInPlace(op, "y", "x", rows, cols, y, ldy, x, ldx)
	n.checkLens(op, inv, rows, cols)
	if !n.rms {
		checkLen(op, "beta", len(n.beta), cols)
	}
	vy, vx := matrixView(y, rows, cols, ldy), matrixView(x, rows, cols, ldx)
	names := [...]string{"gamma", "beta", "mean", inv}
	views := [...]view{vectorView(n.gamma), vectorView(n.beta), vectorView(n.mean), vectorView(n.inv)}
	for i, v := range views {
		checkApart(op, "y", names[i], vy, v)
		if i < 2 { // these are read
			continue
		}
		checkApart(op, names[i], "x", v, vx)
		for j := range i {
			checkApart(op, names[i], names[j], v, views[j])
		}
	}
}

// checkLens checks the vectors that both passes have.
func (n *rowNorm[T]) checkLens(op, inv string, rows, cols int) {
	checkLen(op, "gamma", len(n.gamma), cols)
	if !n.rms {
		checkLen(op, "mean", len(n.mean), rows)
	}
	checkLen(op, inv, len(n.inv), rows)
}

// checkBackward checks the arguments of a backward pass.
func (n *rowNorm[T]) checkBackward(op, inv string, rows, cols int,
	dx []T, lddx int, dy []T, lddy int, x []T, ldx int, dgamma, dbeta []T) {
	checkRowsInPlace(op, "dx", "dy", rows, cols, dx, lddx, dy, lddy)
	checkMatrix(op, "x", "ldx", len(x), rows, cols, ldx)
	vdx, vx := matrixView(dx, rows, cols, lddx), matrixView(x, rows, cols, ldx)
	checkInPlace(op, "dx", "x", vdx, vx)
	n.checkLens(op, inv, rows, cols)
	checkLen(op, "dgamma", len(dgamma), cols)
	vdgamma, vdbeta := vectorView(dgamma), vectorView(dbeta)
	for i, v := range [...]view{vdx, matrixView(dy, rows, cols, lddy), vx} {
		checkApart(op, "dgamma", gradMatrices[i], vdgamma, v)
		checkApart(op, "dbeta", gradMatrices[i], vdbeta, v)
	}
	names := [...]string{"gamma", "mean", inv}
	for i, v := range [...]view{vectorView(n.gamma), vectorView(n.mean), vectorView(n.inv)} {
		checkApart(op, "dx", names[i], vdx, v)
		checkApart(op, "dgamma", names[i], vdgamma, v)
		checkApart(op, "dbeta", names[i], vdbeta, v)
	}
	checkApart(op, "dgamma", "dbeta", vdgamma, vdbeta)
}

// rowNormJob is a call on its way through the pool.
type rowNormJob[T Float] struct {
	rowWork
	y, x, p       []T // in backward dx, x and dy
	ldy, ldx, ldp int
	norm          rowNorm[T]
	memory        bool // the operands come from memory
	past          int  // 1 if y goes past the caches
}

var rowNormJobs freelist.Lists

// rowNormForward is forward on a given tier, unchecked.
func rowNormForward[T Float](t Tier, rows, cols int, y []T, ldy int, x []T, ldx int, n rowNorm[T]) {
	var j rowNormJob[T] // filled in place, see softmaxOperands
	j.tier, j.rows, j.cols, j.y, j.ldy, j.x, j.ldx, j.norm = t, rows, cols, y, ldy, x, ldx, n
	j.streams(nil)
	if tiles := j.cut(); tiles > 1 {
		share[T](&rowNormJobs, tiles, j)
	} else {
		j.some(0, j.rows)
	}
}

// streams sets memory, and past where y may go past the caches. p is the other matrix that is read,
// if there is one.
func (j *rowNormJob[T]) streams(p []T) {
	matrices := 2
	if p != nil {
		matrices++
	}
	j.memory = fromMemory[T](j.tier, matrices*j.rows*j.cols)
	if j.memory && onLines(j.y, j.ldy) && storesApart(1, &[3][]T{j.y, j.x, p}) {
		j.past = 1
	}
}

func (j *rowNormJob[T]) tile(i int) { j.some(j.span(i)) }

// rowsAhead is how many rows ahead forward fetches from memory. Its results go past the caches at
// once, and a row further ahead is fetched too early.
const rowsAhead = 2

// some is forward on the rows from lo to hi-1.
func (j *rowNormJob[T]) some(lo, hi int) {
	s := freelist.Get[T, rowScratch[T]](&rowScratches)
	for n := 0; lo < hi; lo += n {
		n = min(j.groupRows, hi-lo)
		j.normalize(s, j.y[lo*j.ldy:], j.x[lo*j.ldx:], lo, n)
	}
	if j.past != 0 {
		orderStores[T](j.tier)
	}
	freelist.Put[T](&rowScratches, s)
}

// normalize is forward on n rows from row i on.
func (j *rowNormJob[T]) normalize(s *rowScratch[T], y, x []T, i, n int) {
	c, p := j, &j.norm
	k := s.k[:n*rowConstants]
	for r := range n {
		k[r*rowConstants] = x[r*c.ldx]
		if p.rms {
			k[r*rowConstants] = 0
		}
	}
	var sum, square [mostGroupRows]float64
	j.moments(s, x, k, n, rowsAhead*j.past, sum[:], square[:])
	count, done := float64(c.cols), rowSet{}
	for r := range n {
		q := k[r*rowConstants:][:rowConstants]
		mean, low, variance := meanVariance(q[0], sum[r]/count, square[r]/count)
		if p.rms {
			mean, low, variance = 0, 0, square[r]/count
		} else {
			if offMean(q[0], mean, T(variance)) {
				q[0] = mean
				j.moments(s, x[r*c.ldx:], q, 1, 0, sum[r:], square[r:])
				mean, low, variance = meanVariance(mean, sum[r]/count, square[r]/count)
			}
			p.mean[i+r] = mean
		}
		if !varianceInRange[T](variance+float64(p.eps)) && j.normalizeScaled(y[r*c.ldy:], x[r*c.ldx:], i+r) {
			done.add(r)
			continue
		}
		inv := T(1 / math.Sqrt(variance+float64(p.eps)))
		p.inv[i+r] = inv
		q[0], q[1], q[2] = mean, inv, lowTimes(low, inv)
	}
	for r, m := done.run(0, n); m > 0; r, m = done.run(r+m, n) {
		j.output(y[r*c.ldy:], x[r*c.ldx:], k[r*rowConstants:], m)
	}
}

// output computes m rows from the constants k.
func (j *rowNormJob[T]) output(y, x, k []T, m int) {
	p := &j.norm
	eachPiece(j.cols, func(lo, w int) {
		beta := zeros[T](w)
		if !p.rms {
			beta = p.beta[lo : lo+w]
		}
		dispatchNormalizeRows(j.tier, y[lo:], x[lo:], p.gamma[lo:lo+w], beta, k, m, w, j.ldy, j.ldx, j.past)
	})
}

// moments computes, for each of n rows, the sums of x - k0 and of its square.
func (j *rowNormJob[T]) moments(s *rowScratch[T], x, k []T, n, fetch int, sum, square []float64) {
	clear(sum[:n])
	clear(square[:n])
	eachSum(j.cols, func(lo, w int) {
		dispatchRowMoments(j.tier, s.sum[:n], s.other[:n], x[lo:], k, n, w, j.ldx, fetch)
		addTo(sum[:n], s.sum[:n])
		addTo(square[:n], s.other[:n])
	})
}

// meanVariance returns the mean, its rounding error low, and the variance, from the means of
// x - shift and of its square.
func meanVariance[T Float](shift T, d, square float64) (mean, low T, variance float64) {
	mean, low = split(shift, d)
	return mean, low, max(0, square-float64(d*d))
}

// rowNormBackward computes everything in one pass over the rows.
func rowNormBackward[T Float](t Tier, rows, cols int, dx []T, lddx int, dy []T, lddy int, x []T, ldx int,
	n rowNorm[T], dgamma, dbeta []T) {
	if rows == 0 {
		clear(dgamma)
		clear(dbeta)
		return
	}
	n.far = anyLowMatters(n.mean, n.inv)
	if cols == 0 {
		return
	}
	j := freelist.Get[T, normBackwardJob[T]](&normBackwardJobs)
	r := &j.byRows
	r.tier, r.rows, r.cols, r.norm = t, rows, cols, n
	r.y, r.ldy, r.x, r.ldx, r.p, r.ldp = dx, lddx, x, ldx, dy, lddy
	r.streams(dy)
	j.dgamma, j.dbeta, j.wholeRows = dgamma, dbeta, true
	j.begin(t, rows, cols, 3, 2, false)
	j.runSums(j)
	j.runFinish(j)
	*j = normBackwardJob[T]{columnWork: j.memory()}
	freelist.Put[T](&normBackwardJobs, j)
}

type normBackwardJob[T Float] struct {
	columnWork[T]
	byRows        rowNormJob[T]
	dgamma, dbeta []T // dbeta is nil where there is none
}

var normBackwardJobs freelist.Lists

// normChunk returns how many rows form a chunk. Chunks of long rows have as many as a call
// takes, but at least 32, since each chunk has sums as long as two rows. With few rows the
// limit is an eighth of them, so that threads have chunks to share, and 4.
func normChunk(rows, cols int) int {
	return min(rowChunk, max(rowsPerCall(cols), min(32, ceilDiv(rows, 8)), 4)) &^ 3
}

// sum computes n rows of dx and adds their sums down the columns to s1 and s2. It works in
// groups of rows that stay in L1. The sums of a group come first, since dx may be dy or x.
func (j *normBackwardJob[T]) sum(s1, s2, _ []T, i, n, _, _ int) {
	s := freelist.Get[T, rowScratch[T]](&rowScratches)
	group := min(mostGroupRows, max(1, normGroup/j.cols))
	for last := i + n; i < last; i += group {
		j.byRows.normBackward(s, s1, s2, i, min(group, last-i))
	}
	if j.byRows.past != 0 {
		orderStores[T](j.tier)
	}
	freelist.Put[T](&rowScratches, s)
}

func (j *normBackwardJob[T]) finish(s *columnScratch[T], lo, n int) {
	j.total(s, lo, n)
	if j.dbeta != nil {
		narrow(j.dbeta[lo:lo+n], s.totalSum[:n])
	}
	narrow(j.dgamma[lo:lo+n], s.totalDot[:n])
}

// normGroup is how many elements of a matrix a group of rows has: three of float32 take
// half of L1.
const normGroup = 4096

// constants writes to k the constants from which the kernels compute xhat, of n rows from
// row i on.
func (j *rowNormJob[T]) constants(s *rowScratch[T], k, x []T, i, n int) {
	p := &j.norm
	for r := range n {
		q := k[r*rowConstants:][:rowConstants]
		q[0], q[1], s.low[r] = 0, p.inv[i+r], 0
		if !p.rms {
			q[0] = p.mean[i+r]
		}
		if p.far && lowMatters(q[0], q[1]) {
			var sum, square [1]float64
			j.moments(s, x[r*j.ldx:], q, 1, 0, sum[:], square[:])
			s.low[r] = lowOf(q[0], sum[0]/float64(j.cols))
		}
		s.lowInv[r] = lowTimes(s.low[r], q[1])
	}
}

// lowTimes returns -low*inv, and -0 for a low of 0, even where inv is infinite. Adding -0
// changes no number, not even the sign of a zero.
func lowTimes[T Float](low, inv T) T {
	if low == 0 {
		return T(math.Copysign(0, -1))
	}
	return -(low * inv)
}

// normBackward computes dx of n rows from row i on and adds their sums down the columns to s1
// and s2.
func (j *rowNormJob[T]) normBackward(s *rowScratch[T], s1, s2 []T, i, n int) {
	c, p := j, &j.norm
	dx, x, dy := c.y[i*c.ldy:], c.x[i*c.ldx:], c.p[i*c.ldp:]
	k := s.k[:n*rowConstants]
	j.constants(s, k, x, i, n)
	var sum, dot [mostGroupRows]float64
	ahead := 0
	if j.memory {
		ahead = n // the next group
	}
	eachSum(c.cols, func(lo, w int) {
		dispatchRowGradSums(j.tier, s.sum[:n], s.other[:n], dy[lo:], x[lo:], p.gamma[lo:lo+w], k,
			n, w, c.ldp, c.ldx, ahead)
		addTo(sum[:n], s.sum[:n])
		addTo(dot[:n], s.other[:n])
	})
	done := rowSet{}
	for r := range n {
		if gradInRange(k[r*rowConstants+1], T(sum[r]), T(dot[r])) {
			continue
		}
		if j.normBackwardScaled(s1, s2, dx[r*c.ldy:], dy[r*c.ldp:], x[r*c.ldx:], i+r) {
			done.add(r)
		}
	}
	for r := range n {
		q, low := k[r*rowConstants:][:rowConstants], s.low[r]
		inv := float64(q[1])
		if low != 0 { // sum may be infinite
			dot[r] -= float64(float64(low) * sum[r])
		}
		q[2], q[3] = T(sum[r]/float64(c.cols)), T(dot[r]*inv*inv/float64(c.cols))
		if p.rms {
			q[2] = 0
		}
		if low != 0 {
			q[2] -= T(low * q[3])
		}
	}
	for r, m := done.run(0, n); m > 0; r, m = done.run(r+m, n) {
		j.gradients(s1, s2, dx[r*c.ldy:], dy[r*c.ldp:], x[r*c.ldx:], k[r*rowConstants:], s.lowInv[r:], m)
	}
}

// gradients computes dx of m rows from the constants k and low and adds their sums down the columns to
// s1 and s2, a block of columns after the other.
func (j *rowNormJob[T]) gradients(s1, s2, dx, dy, x, k, low []T, m int) {
	fetch := 0
	switch {
	case j.ldp != j.ldx:
	case j.past != 0:
		fetch = aheadAndPast
	case j.memory:
		fetch = aheadOnly
	}
	for lo := 0; lo < j.cols; lo += colBlock {
		w := min(colBlock, j.cols-lo)
		dispatchLayerNormBackward(j.tier, s1[lo:lo+w], s2[lo:lo+w], dx[lo:], dy[lo:], x[lo:],
			j.norm.gamma[lo:lo+w], k, low, m, w, j.ldy, j.ldp, j.ldx, fetch)
	}
}

func rowMomentsGeneric[T Float](s1, s2, x, k []T, rows, cols, ldx, _ int) {
	for i := range rows {
		var sum, square chainSum
		for _, v := range x[i*ldx:][:cols] {
			d := float64(v - k[i*rowConstants])
			sum.add(d)
			square.add(float64(d * d))
		}
		s1[i], s2[i] = T(sum.value()), T(square.value())
	}
}

func normalizeRowsGeneric[T Float](y, x, gamma, beta, k []T, rows, cols, ldy, ldx, _ int) {
	gamma, beta = gamma[:cols], beta[:cols]
	for i := range rows {
		q, out := k[i*rowConstants:][:rowConstants], y[i*ldy:][:cols]
		for j, v := range x[i*ldx:][:cols] {
			out[j] = T((T((v-q[0])*q[1])+q[2])*gamma[j]) + beta[j]
		}
	}
}

func rowGradSumsGeneric[T Float](s1, s2, dy, x, gamma, k []T, rows, cols, lddy, ldx, _ int) {
	gamma = gamma[:cols]
	for i := range rows {
		var sum, dot chainSum
		row := x[i*ldx:][:cols]
		for j, g := range dy[i*lddy:][:cols] {
			v := float64(g * gamma[j])
			sum.add(v)
			dot.add(v * float64(row[j]-k[i*rowConstants]))
		}
		s1[i], s2[i] = T(sum.value()), T(dot.value())
	}
}

func layerNormBackwardGeneric[T Float](
	s1, s2, dx, dy, x, gamma, k, low []T, rows, cols, lddx, lddy, ldx, _ int) {
	gamma, s1, s2 = gamma[:cols], s1[:cols], s2[:cols]
	for i := range rows {
		q := k[i*rowConstants:][:rowConstants]
		out, row := dx[i*lddx:][:cols], x[i*ldx:][:cols]
		for j, g := range dy[i*lddy:][:cols] {
			s1[j] += g
			s2[j] += T(g * (T((row[j]-q[0])*q[1]) + low[i]))
			out[j] = q[1] * (T(g*gamma[j]) - q[2] - T((row[j]-q[0])*q[3]))
		}
	}
}
