package kernels

import (
	"math"
	"unsafe"
)

// LayerNormForward normalises each row of a rows x cols matrix (Ba, Kiros and Hinton,
// Layer Normalization, 2016):
//
//	mean[i]   = mean over j of x[i,j]
//	invStd[i] = 1 / sqrt(variance of row i + eps), the variance with divisor cols
//	y[i,j]    = gamma[j] * (x[i,j] - mean[i]) * invStd[i] + beta[j]
//
// The variance comes from x minus the row's first element, or where that lies more than
// four deviations off the mean, from x minus the mean; y takes the mean to twice the
// precision of what mean stores. With xhat the exact (x-mean)*invStd, y is within about
// 8 eps * (|gamma| (1 + |xhat|) + |beta|) on random data, whatever the mean. gamma and beta have cols
// elements, mean and invStd, the memo of backward together with x, rows. y may be x
// itself, though backward needs x; no other overlap is allowed. A NaN or an infinity
// in a row makes the row NaN.
func LayerNormForward[T Float](rows, cols int, y []T, ldy int, x []T, ldx int, gamma, beta, mean, invStd []T, eps T) {
	const op = "LayerNormForward"
	n := rowNorm[T]{gamma: gamma, beta: beta, mean: mean, inv: invStd, eps: eps}
	n.checkForward(op, rows, cols, y, ldy, x, ldx)
	runRows(Active(), rowsNormalize, rowCall[T]{rows: rows, cols: cols, y: y, ldy: ldy, x: x, ldx: ldx, norm: n})
}

// LayerNormBackward computes the gradients of [LayerNormForward] from its input x and
// the mean and invStd it left. With xhat = (x - mean) * invStd and, over j, the means
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
// Where a mean is larger than eight deviations 1/invStd, xhat has what the rounding of
// the mean took from it put back: another pass over the row finds it. dx may be dy or x
// itself; dx, dgamma and dbeta allow no other overlap.
func LayerNormBackward[T Float](rows, cols int, dx []T, lddx int, dy []T, lddy int, x []T, ldx int, gamma, mean, invStd, dgamma, dbeta []T) {
	const op = "LayerNormBackward"
	n := rowNorm[T]{gamma: gamma, mean: mean, inv: invStd}
	checkLen(op, "dbeta", len(dbeta), cols)
	n.checkBackward(op, rows, cols, dx, lddx, dy, lddy, x, ldx, dgamma, dbeta)
	rowNormBackward(Active(), rows, cols, dx, lddx, dy, lddy, x, ldx, n, dgamma, dbeta)
}

// RMSNormForward divides each row of a rows x cols matrix by its root mean square
// (Zhang and Sennrich, Root Mean Square Layer Normalization, NeurIPS 2019):
//
//	invRMS[i] = 1 / sqrt(mean over j of x[i,j]^2 + eps)
//	y[i,j]    = gamma[j] * x[i,j] * invRMS[i]
//
// gamma has cols elements, invRMS, the memo of backward together with x, rows. The
// squares are of type T and may overflow. y may be x itself, though backward needs x;
// no other overlap is allowed. A NaN in a row makes the row NaN.
func RMSNormForward[T Float](rows, cols int, y []T, ldy int, x []T, ldx int, gamma, invRMS []T, eps T) {
	const op = "RMSNormForward"
	n := rowNorm[T]{gamma: gamma, inv: invRMS, eps: eps, rms: true}
	n.checkForward(op, rows, cols, y, ldy, x, ldx)
	runRows(Active(), rowsNormalize, rowCall[T]{rows: rows, cols: cols, y: y, ldy: ldy, x: x, ldx: ldx, norm: n})
}

// RMSNormBackward computes the gradients of [RMSNormForward] from its input x and the
// invRMS it left. With xhat = x * invRMS and c[i] = mean over j of dy[i,j] * gamma[j] * xhat[i,j]:
//
//	dgamma[j] = sum over i of dy[i,j] * xhat[i,j]
//	dx[i,j]   = invRMS[i] * (dy[i,j] * gamma[j] - xhat[i,j] * c[i])
//
// dx may be dy or x itself; dx and dgamma allow no other overlap.
func RMSNormBackward[T Float](rows, cols int, dx []T, lddx int, dy []T, lddy int, x []T, ldx int, gamma, invRMS, dgamma []T) {
	const op = "RMSNormBackward"
	n := rowNorm[T]{gamma: gamma, inv: invRMS, rms: true}
	n.checkBackward(op, rows, cols, dx, lddx, dy, lddy, x, ldx, dgamma, nil)
	rowNormBackward(Active(), rows, cols, dx, lddx, dy, lddy, x, ldx, n, dgamma, nil)
}

// rowNorm is a normalisation of rows; with rms there is no mean and no beta.
type rowNorm[T Float] struct {
	gamma, beta, mean, inv []T
	eps                    T
	lambda                 T // of adaptive clipping
	rms                    bool
	low                    []T // in backward, what rounding took from the means, if that matters
}

func (n *rowNorm[T]) checkForward(op string, rows, cols int, y []T, ldy int, x []T, ldx int) {
	checkRowsInPlace(op, "y", "x", rows, cols, y, ldy, x, ldx)
	n.checkLens(op, rows, cols)
	vy, vx := matrixView(y, rows, cols, ldy), matrixView(x, rows, cols, ldx)
	checkApart(op, "y", "gamma", vy, vectorView(n.gamma))
	checkApart(op, "y", "beta", vy, vectorView(n.beta))
	names := [...]string{"mean", "invStd"}
	for i, s := range [...][]T{n.mean, n.inv} {
		v := vectorView(s)
		checkApart(op, names[i], "x", v, vx)
		checkApart(op, names[i], "y", v, vy)
		checkApart(op, names[i], "gamma", v, vectorView(n.gamma))
		checkApart(op, names[i], "beta", v, vectorView(n.beta))
		raceWrite(s)
	}
	checkApart(op, "mean", "invStd", vectorView(n.mean), vectorView(n.inv))
}

func (n *rowNorm[T]) checkLens(op string, rows, cols int) {
	checkLen(op, "gamma", len(n.gamma), cols)
	if !n.rms {
		checkLen(op, "mean", len(n.mean), rows)
	}
	if !n.rms && op == "LayerNormForward" {
		checkLen(op, "beta", len(n.beta), cols)
	}
	checkLen(op, "the inverse", len(n.inv), rows)
	raceRead(n.gamma)
	raceRead(n.beta)
}

func (n *rowNorm[T]) checkBackward(op string, rows, cols int, dx []T, lddx int, dy []T, lddy int, x []T, ldx int, dgamma, dbeta []T) {
	checkRowsInPlace(op, "dx", "dy", rows, cols, dx, lddx, dy, lddy)
	checkMatrix(op, "x", "ldx", len(x), rows, cols, ldx)
	vdx, vx := matrixView(dx, rows, cols, lddx), matrixView(x, rows, cols, ldx)
	checkInPlace(op, "dx", "x", vdx, vx)
	n.checkLens(op, rows, cols)
	checkLen(op, "dgamma", len(dgamma), cols)
	names := [...]string{"dgamma", "dbeta"}
	for i, s := range [...][]T{dgamma, dbeta} {
		v := vectorView(s)
		checkApart(op, names[i], "dx", v, vdx)
		checkApart(op, names[i], "dy", v, matrixView(dy, rows, cols, lddy))
		checkApart(op, names[i], "x", v, vx)
		for _, in := range [...][]T{n.gamma, n.mean, n.inv} {
			checkApart(op, names[i], "a vector", v, vectorView(in))
		}
		raceWrite(s)
	}
	checkApart(op, "dgamma", "dbeta", vectorView(dgamma), vectorView(dbeta))
	for _, in := range [...][]T{n.gamma, n.mean, n.inv} {
		checkApart(op, "dx", "a vector", vdx, vectorView(in))
		raceRead(in)
	}
	raceReadMatrix(x, rows, cols, ldx)
}

// zeros is what stands in for a beta that is not there. Nothing writes it.
var (
	zeros32 [maxCall]float32
	zeros64 [maxCall]float64
)

func zeros[T Float](n int) []T {
	if isF32[T]() {
		return as[T](zeros32[:n])
	}
	return as[T](zeros64[:n])
}

// normalize is forward on n rows from row i on.
func (j *rowJob[T]) normalize(s *rowScratch[T], y, x []T, i, n int) {
	c, p := &j.call, &j.call.norm
	k := s.k[:n*rowConstants]
	for r := range n {
		k[r*rowConstants] = x[r*c.ldx]
		if p.rms {
			k[r*rowConstants] = 0
		}
	}
	var sum, square [softmaxRows]float64
	j.moments(s, x, k, n, sum[:], square[:])
	count := float64(c.cols)
	for r := range n {
		q := k[r*rowConstants:][:rowConstants]
		mean, low, variance := meanVariance(q[0], sum[r]/count, square[r]/count)
		if p.rms {
			mean, low, variance = 0, 0, square[r]/count
		} else {
			if offMean(q[0], mean, T(variance)) {
				q[0] = mean
				j.moments(s, x[r*c.ldx:], q, 1, sum[r:], square[r:])
				mean, low, variance = meanVariance(mean, sum[r]/count, square[r]/count)
			}
			p.mean[i+r] = mean
		}
		inv := T(1 / math.Sqrt(variance+float64(p.eps)))
		p.inv[i+r] = inv
		q[0], q[1], q[2] = mean, inv, lowTimes(low, inv)
	}
	eachPiece(c.cols, func(lo, w int) {
		beta := zeros[T](w)
		if !p.rms {
			beta = p.beta[lo : lo+w]
		}
		dispatchNormalizeRows(j.tier, y[lo:], x[lo:], p.gamma[lo:lo+w], beta, k, n, w, c.ldy, c.ldx)
	})
}

// moments computes of n rows the sums of x - k0 and of its square.
func (j *rowJob[T]) moments(s *rowScratch[T], x, k []T, n int, sum, square []float64) {
	clear(sum[:n])
	clear(square[:n])
	eachSum(j.call.cols, func(lo, w int) {
		dispatchRowMoments(j.tier, s.sum[:n], s.other[:n], x[lo:], k, n, w, j.call.ldx)
		addTo(sum[:n], s.sum[:n])
		addTo(square[:n], s.other[:n])
	})
}

// meanVariance returns the mean, what rounding took from it, and the variance, from the
// means of x - shift and of its square.
func meanVariance[T Float](shift T, d, square float64) (mean, low T, variance float64) {
	mean, low = split(shift, d)
	return mean, low, max(0, square-float64(d*d))
}

// lowsOfRows are buffers for the lows of all rows.
var (
	lowsOfRows32 freeList[[]float32]
	lowsOfRows64 freeList[[]float64]
)

func lowsOfRows[T Float]() *freeList[[]T] {
	if isF32[T]() {
		return (*freeList[[]T])(unsafe.Pointer(&lowsOfRows32))
	}
	return (*freeList[[]T])(unsafe.Pointer(&lowsOfRows64))
}

// lowMatters reports whether it does in any row.
func (n *rowNorm[T]) lowMatters() bool {
	for i, m := range n.mean {
		if lowMatters(m, n.inv[i]) {
			return true
		}
	}
	return false
}

// lows finds what rounding took from the means of n rows from row i on.
func (j *rowJob[T]) lows(s *rowScratch[T], x []T, i, n int) {
	c, p := &j.call, &j.call.norm
	var k [rowConstants]T
	var sum, square [1]float64
	for r := range n {
		p.low[i+r], k[0] = 0, p.mean[i+r]
		if lowMatters(p.mean[i+r], p.inv[i+r]) {
			j.moments(s, x[r*c.ldx:], k[:], 1, sum[:], square[:])
			p.low[i+r] = lowOf(k[0], sum[0]/float64(c.cols))
		}
	}
}

// rowNormBackward sums down the columns first, since dx may be dy or x.
func rowNormBackward[T Float](t Tier, rows, cols int, dx []T, lddx int, dy []T, lddy int, x []T, ldx int, n rowNorm[T], dgamma, dbeta []T) {
	if rows == 0 {
		clear(dgamma)
		clear(dbeta)
		return
	}
	if n.lowMatters() {
		buffer := lowsOfRows[T]().get()
		defer lowsOfRows[T]().put(buffer)
		if cap(*buffer) < rows {
			*buffer = make([]T, rows)
		}
		n.low = (*buffer)[:rows]
		runRows(t, rowsLows, rowCall[T]{rows: rows, cols: cols, x: x, ldx: ldx, norm: n})
	}
	runColumns(t, columnsLayerNorm, rows, cols, columnCall[T]{a: dy, lda: lddy, b: x, ldb: ldx, row: n, out1: dgamma, out2: dbeta})
	runRows(t, rowsNormBackward, rowCall[T]{rows: rows, cols: cols, y: dx, ldy: lddx, x: x, ldx: ldx, p: dy, ldp: lddy, norm: n})
}

// constants fills the constants of xhat of n rows from row i on into k.
func (p *rowNorm[T]) constants(k []T, i, n int) {
	for r := range n {
		q := k[r*rowConstants:][:rowConstants]
		q[0], q[1] = 0, p.inv[i+r]
		if !p.rms {
			q[0] = p.mean[i+r]
		}
		q[2] = lowTimes(p.lowOf(i+r), q[1])
	}
}

// lowTimes returns -low*inv, where a low of 0 gives the zero that no sum notices,
// whatever inv is.
func lowTimes[T Float](low, inv T) T {
	if low == 0 {
		return T(math.Copysign(0, -1))
	}
	return -(low * inv)
}

// lowOf returns what rounding took from the mean of row i.
func (p *rowNorm[T]) lowOf(i int) T {
	if p.low == nil {
		return 0
	}
	return p.low[i]
}

// normBackward is dx of n rows from row i on.
func (j *rowJob[T]) normBackward(s *rowScratch[T], dx, x, dy []T, i, n int) {
	c, p := &j.call, &j.call.norm
	k := s.k[:n*rowConstants]
	p.constants(k, i, n)
	var sum, dot [softmaxRows]float64
	eachSum(c.cols, func(lo, w int) {
		dispatchRowGradSums(j.tier, s.sum[:n], s.other[:n], dy[lo:], x[lo:], p.gamma[lo:lo+w], k, n, w, c.ldp, c.ldx)
		addTo(sum[:n], s.sum[:n])
		addTo(dot[:n], s.other[:n])
	})
	for r := range n {
		q, low := k[r*rowConstants:][:rowConstants], p.lowOf(i+r)
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
	eachPiece(c.cols, func(lo, w int) {
		dispatchLayerNormBackward(j.tier, dx[lo:], dy[lo:], x[lo:], p.gamma[lo:lo+w], k, n, w, c.ldy, c.ldp, c.ldx)
	})
}

// layerNormSums computes dgamma and dbeta of one block of columns; dbeta may be nil.
func layerNormSums[T Float](t Tier, s *columnScratch[T], rows, cols int, dy []T, lddy int, x []T, ldx int, p *rowNorm[T], dgamma, dbeta []T) {
	var k [rowChunk * rowConstants]T
	s.sums(rows, cols, func(i, n int) {
		p.constants(k[:], i, n)
		dispatchLayerNormSums(t, s.s1[:cols], s.s2[:cols], dy[i*lddy:], x[i*ldx:], k[:], n, cols, lddy, ldx)
	})
	for j := range cols {
		dgamma[j] = T(s.dot[j])
		if dbeta != nil {
			dbeta[j] = T(s.sum[j])
		}
	}
}

func rowMomentsGeneric[T Float](s1, s2, x, k []T, rows, cols, ldx int) {
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

func normalizeRowsGeneric[T Float](y, x, gamma, beta, k []T, rows, cols, ldy, ldx int) {
	gamma, beta = gamma[:cols], beta[:cols]
	for i := range rows {
		q, out := k[i*rowConstants:][:rowConstants], y[i*ldy:][:cols]
		for j, v := range x[i*ldx:][:cols] {
			out[j] = T((T((v-q[0])*q[1])+q[2])*gamma[j]) + beta[j]
		}
	}
}

func rowGradSumsGeneric[T Float](s1, s2, dy, x, gamma, k []T, rows, cols, lddy, ldx int) {
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

func layerNormSumsGeneric[T Float](s1, s2, dy, x, k []T, rows, cols, lddy, ldx int) {
	s1, s2 = s1[:cols], s2[:cols]
	for i := range rows {
		q, row := k[i*rowConstants:][:rowConstants], x[i*ldx:][:cols]
		for j, g := range dy[i*lddy:][:cols] {
			s1[j] += g
			s2[j] += T(g * (T((row[j]-q[0])*q[1]) + q[2]))
		}
	}
}

func layerNormBackwardGeneric[T Float](dx, dy, x, gamma, k []T, rows, cols, lddx, lddy, ldx int) {
	gamma = gamma[:cols]
	for i := range rows {
		q := k[i*rowConstants:][:rowConstants]
		out, row := dx[i*lddx:][:cols], x[i*ldx:][:cols]
		for j, g := range dy[i*lddy:][:cols] {
			out[j] = q[1] * (T(g*gamma[j]) - q[2] - T((row[j]-q[0])*q[3]))
		}
	}
}
