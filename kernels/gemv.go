package kernels

import "github.com/ashlar-go/ashlar/internal/freelist"

// Gemv computes the product of a matrix and a vector
//
//	y = alpha * op(A) * x + beta * y
//
// where A is m x n, row-major with leading dimension lda >= max(1, n), and op(A) is A,
// or A transposed when trans is set. len(x) is the columns of op(A), len(y) its rows:
// n and m, or m and n when trans is set.
//
// beta = 0 overwrites y without reading it. alpha = 0 leaves A and x unread; beta applies
// all the same. Nothing else is skipped: 0 * NaN is NaN. y must not share an element with
// A or x.
//
// Sums run in chunks, of 2048 terms along a row of A or 128 down a column. The chunks are
// added in float64. The componentwise error is at most
// 3 eps * (|alpha| |A| |x| + |beta| |y|) on random data.
func Gemv[T Float](trans bool, m, n int, alpha T, a []T, lda int, x []T, beta T, y []T) {
	const op = "Gemv"
	checkSize(op, "m", m)
	checkSize(op, "n", n)
	rows, cols := stored(trans, m, n)
	checkMatrix(op, "a", "lda", len(a), m, n, lda)
	checkLen(op, "x", len(x), cols)
	checkLen(op, "y", len(y), rows)
	if meet(y, a[:extent(m, n, lda)]) {
		checkApart(op, "y", "a", vectorView(y), matrixView(a, m, n, lda))
	}
	if meet(y, x) {
		overlap(op, "y", "x")
	}
	if alpha != 0 {
		raceReadMatrix(a, m, n, lda)
		raceRead(x)
	}
	raceWrite(y)
	gemv(Active(), trans, m, n, alpha, a, lda, x, beta, y)
}

// Ger adds the outer product of two vectors to a matrix,
//
//	A[i,j] += (alpha * x[i]) * y[j]
//
// where A is m x n, row-major with leading dimension lda >= max(1, n), len(x) is m and
// len(y) is n. alpha = 0 leaves x and y unread and A as it is. Nothing else is skipped:
// 0 * NaN is NaN. A must not share an element with x or y. The product in parentheses is
// rounded. Assembly tiers round the rest once, pure Go twice.
func Ger[T Float](m, n int, alpha T, x, y []T, a []T, lda int) {
	const op = "Ger"
	checkSize(op, "m", m)
	checkSize(op, "n", n)
	checkLen(op, "x", len(x), m)
	checkLen(op, "y", len(y), n)
	checkMatrix(op, "a", "lda", len(a), m, n, lda)
	reach := a[:extent(m, n, lda)]
	if meet(reach, x) {
		checkApart(op, "a", "x", matrixView(a, m, n, lda), vectorView(x))
	}
	if meet(reach, y) {
		checkApart(op, "a", "y", matrixView(a, m, n, lda), vectorView(y))
	}
	if alpha == 0 {
		return
	}
	raceRead(x)
	raceRead(y)
	raceWriteMatrix(a, m, n, lda)
	ger(Active(), m, n, alpha, x, y, a, lda)
}

// Blocks of a matrix-vector product. Along rows, the part of x that several rows share stays
// in L1, and one call takes at most gemvRowBlock rows of it, maxCall elements. Down columns, a
// part of y and its sums in float64 stay in L1, and each row is read for about a page.
const (
	gemvRowBlock = maxCall / gemvRowChunk
	gemvRowChunk = 2048
	gemvColBlock = 1024
	gemvSmall    = 64 // most columns whose sums stay on the stack
)

// gemv is Gemv on a given tier, unchecked.
func gemv[T Float](t Tier, trans bool, m, n int, alpha T, a []T, lda int, x []T, beta T, y []T) {
	switch {
	case len(y) == 0:
	case alpha == 0 || len(x) == 0:
		if beta == 0 {
			clear(y)
		} else {
			scale(t, y, beta, y)
		}
	case trans && gemvChunkThreads(m, n) > 1:
		gemvColumnsShared(t, m, n, alpha, a, lda, x, beta, y)
	case trans:
		gemvColumns(t, m, n, alpha, a, lda, x, beta, y)
	default:
		gemvRows(t, m, n, alpha, a, lda, x, beta, y)
	}
}

// gemvRows computes y = alpha*A*x + beta*y.
func gemvRows[T Float](t Tier, m, n int, alpha T, a []T, lda int, x []T, beta T, y []T) {
	if gemvThreads(m, n) > 1 {
		j := gemvRowsJob[T]{gemvWork[T]{tier: t, m: m, n: n, alpha: alpha, beta: beta,
			a: a, x: x, y: y, lda: lda}}
		tiles := j.cutRows()
		shareOn[T](&gemvRowsJobs, Threads(), tiles, j)
		return
	}
	gemvSomeRows(t, m, n, alpha, a, lda, x, beta, y)
}

// gemvSomeRows is gemvRows on one thread.
func gemvSomeRows[T Float](t Tier, m, n int, alpha T, a []T, lda int, x []T, beta T, y []T) {
	if n > gemvRowChunk {
		gemvLongRows(t, m, n, alpha, a, lda, x, beta, y)
		return
	}
	if alpha == 1 && beta == 0 {
		step := rowsPerCall(n)
		for i := 0; i < m; i += step {
			r := min(step, m-i)
			dispatchGemvRows(t, y[i:i+r], a[i*lda:], x, r, n, lda)
		}
		return
	}
	var sums [gemvRowBlock]T
	for i := 0; i < m; i += gemvRowBlock {
		r := min(gemvRowBlock, m-i)
		dispatchGemvRows(t, sums[:r], a[i*lda:], x, r, n, lda)
		gemvFinish(y[i:i+r], sums[:r], alpha, beta)
	}
}

// gemvLongRows is gemvSomeRows for rows longer than a chunk.
func gemvLongRows[T Float](t Tier, m, n int, alpha T, a []T, lda int, x []T, beta T, y []T) {
	var total [gemvRowBlock]float64
	var part [gemvRowBlock]T
	for i := 0; i < m; i += gemvRowBlock {
		r := min(gemvRowBlock, m-i)
		clear(total[:r])
		for j := 0; j < n; j += gemvRowChunk {
			w := min(gemvRowChunk, n-j)
			dispatchGemvRows(t, part[:r], a[i*lda+j:], x[j:j+w], r, w, lda)
			addTo(total[:r], part[:r])
		}
		gemvFinish(y[i:i+r], total[:r], alpha, beta)
	}
}

// gemvColumns computes y = alpha*A^T*x + beta*y on one thread. The sums of a single chunk need no
// float64. With alpha = 1 and beta = 0 they are summed in y.
func gemvColumns[T Float](t Tier, m, n int, alpha T, a []T, lda int, x []T, beta T, y []T) {
	switch {
	case m <= rowChunk && alpha == 1 && beta == 0:
		clear(y)
		for j := 0; j < n; j += gemvColBlock {
			w := min(gemvColBlock, n-j)
			gemvChunk(t, y[j:j+w], a[j:], x, lda)
		}
	case m <= rowChunk && n <= gemvSmall:
		var few [gemvSmall]T
		dispatchGemvColumns(t, few[:n], a, x, m, n, lda)
		gemvFinish(y, few[:n], alpha, beta)
	default:
		gemvManyRows(t, m, n, alpha, a, lda, x, beta, y)
	}
}

// gemvChunk adds A^T*x of at most rowChunk rows and gemvColBlock columns to sum.
func gemvChunk[T Float](t Tier, sum, a, x []T, lda int) {
	step := rowsPerCall(len(sum)) &^ 3 // whole groups of rows
	for k := 0; k < len(x); k += step {
		r := min(step, len(x)-k)
		dispatchGemvColumns(t, sum, a[k*lda:], x[k:k+r], r, len(sum), lda)
	}
}

// gemvManyRows is gemvColumns for several chunks of rows.
func gemvManyRows[T Float](t Tier, m, n int, alpha T, a []T, lda int, x []T, beta T, y []T) {
	s := freelist.Get[T, gemvScratch[T]](&gemvScratches)
	for j := 0; j < n; j += gemvColBlock {
		w := min(gemvColBlock, n-j)
		total, part := s.total[:w], s.part[:w]
		clear(total)
		for i := 0; i < m; i += rowChunk {
			clear(part)
			gemvChunk(t, part, a[i*lda+j:], x[i:min(i+rowChunk, m)], lda)
			addTo(total, part)
		}
		gemvFinish(y[j:j+w], total, alpha, beta)
	}
	freelist.Put[T](&gemvScratches, s)
}

// gemvFinish computes y = alpha*total + beta*y.
func gemvFinish[T, S Float](y []T, total []S, alpha, beta T) {
	total = total[:len(y)]
	for k, s := range total {
		v := float64(float64(alpha) * float64(s))
		if beta != 0 {
			v += float64(float64(beta) * float64(y[k]))
		}
		y[k] = T(v)
	}
}

// gemvRowsGeneric computes sum[i] = sum over j of a[i,j]*x[j].
func gemvRowsGeneric[T Float](sum, a, x []T, rows, cols, lda int) {
	for i := range rows {
		dotGeneric(sum[i:i+1], a[i*lda:][:cols], x[:cols])
	}
}

// gemvColumnsGeneric computes sum[j] = sum[j] + sum over i of a[i,j]*x[i].
func gemvColumnsGeneric[T Float](sum, a, x []T, rows, cols, lda int) {
	sum = sum[:cols]
	i := 0
	for ; i+4 <= rows; i += 4 {
		x0, x1, x2, x3 := x[i], x[i+1], x[i+2], x[i+3]
		a0, a1 := a[i*lda:][:cols], a[(i+1)*lda:][:cols]
		a2, a3 := a[(i+2)*lda:][:cols], a[(i+3)*lda:][:cols]
		for j := range sum {
			sum[j] += (T(a0[j]*x0) + T(a1[j]*x1)) + (T(a2[j]*x2) + T(a3[j]*x3))
		}
	}
	for ; i < rows; i++ {
		axpyGeneric(sum, x[i], a[i*lda:][:cols])
	}
}

// ger is Ger on a given tier, unchecked.
func ger[T Float](t Tier, m, n int, alpha T, x, y []T, a []T, lda int) {
	if gemvThreads(m, n) > 1 {
		j := gerJob[T]{gemvWork[T]{tier: t, m: m, n: n, alpha: alpha, a: a, x: x, y: y, lda: lda}}
		tiles := j.cutRows()
		shareOn[T](&gerJobs, Threads(), tiles, j)
		return
	}
	gerSomeRows(t, m, n, alpha, x, y, a, lda)
}

// gerSomeRows is ger on one thread.
func gerSomeRows[T Float](t Tier, m, n int, alpha T, x, y []T, a []T, lda int) {
	for j := 0; j < n; j += gemvRowChunk {
		w := min(gemvRowChunk, n-j)
		step := rowsPerCall(w)
		for i := 0; i < m; i += step {
			r := min(step, m-i)
			dispatchGer(t, a[i*lda+j:], x[i:i+r], y[j:j+w], alpha, r, w, lda)
		}
	}
}

// gerGeneric computes a[i,j] = a[i,j] + (alpha*x[i])*y[j].
func gerGeneric[T Float](a, x, y []T, alpha T, rows, cols, lda int) {
	for i := range rows {
		axpyGeneric(a[i*lda:][:cols], alpha*x[i], y[:cols])
	}
}
