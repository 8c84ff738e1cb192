package kernels

import "github.com/ashlar-go/ashlar/kernels/internal/operand"

// GemvTriangle computes the product of a triangle of a matrix and a vector
//
//	y = alpha * tri(A) * x + beta * y
//
// where A is m x n, row-major with leading dimension lda >= max(1, n), and tri(A) has its
// elements A[i,j] with j >= i if upper is set, else those with j <= i. The others are neither
// read nor multiplied, and y may share them. len(x) is n and len(y) is m. The other arguments
// and the error are those of [Gemv].
func GemvTriangle[T Float](upper bool, m, n int, alpha T, a []T, lda int, x []T, beta T, y []T) {
	const op = "GemvTriangle"
	checkSize(op, "m", m)
	checkSize(op, "n", n)
	checkMatrix(op, "a", "lda", len(a), m, n, lda)
	checkLen(op, "x", len(x), n)
	checkLen(op, "y", len(y), m)
	if meet(y, a[:extent(m, n, lda)]) {
		t, v := operand.Triangle(a, upper, false, m, n, lda), vectorView(y).Region()
		if t.Meets(&v) {
			overlap(op, "y", "a")
		}
	}
	if meet(y, x) {
		overlap(op, "y", "x")
	}
	if alpha != 0 && n > 0 {
		for i := range m {
			first, end := rowOfTriangle(upper, i, n)
			raceRead(a[i*lda:][first:end])
		}
		raceRead(x)
	}
	raceWrite(y)
	gemvTriangle(Active(), upper, m, n, alpha, a, lda, x, beta, y)
}

// rowOfTriangle returns the columns of row i that belong to a triangle: first to end-1.
func rowOfTriangle(upper bool, i, n int) (first, end int) {
	if upper {
		return min(i, n), n
	}
	return 0, min(i+1, n)
}

// gemvTriangle is GemvTriangle on a given tier, unchecked.
func gemvTriangle[T Float](t Tier, upper bool, m, n int, alpha T, a []T, lda int, x []T, beta T, y []T) {
	square := min(m, n)
	switch {
	case alpha == 0 || n == 0:
		gemv(t, false, m, n, 0, a, lda, x, beta, y)
		return
	case gemvThreads(square, square) == 1:
		triangleSomeRows(t, upper, 0, square, n, alpha, a, lda, x, beta, y)
	default:
		w := gemvWork[T]{tier: t, m: square, n: n, alpha: alpha, beta: beta,
			a: a, x: x, y: y[:square], lda: lda}
		j := triangleJob[T]{w, upper}
		tiles := j.cutRows()
		shareOn[T](&triangleJobs, Threads(), tiles, j)
	}
	if square < m { // an upper triangle has no element in these rows, a lower one all
		below, rest := a[square*lda:], y[square:]
		if upper {
			alpha = 0
		}
		gemv(t, false, m-square, n, alpha, below, lda, x, beta, rest)
	}
}

// triangleSomeRows computes rows i to end-1 of a triangle that has no more rows than columns, on
// one thread. With alpha = 1 and beta = 0 the sums go straight into y.
func triangleSomeRows[T Float](t Tier, upper bool, i, end, n int, alpha T, a []T, lda int,
	x []T, beta T, y []T) {
	if n > gemvRowChunk {
		longTriangle(t, upper, i, end, n, alpha, a, lda, x, beta, y)
		return
	}
	if alpha == 1 && beta == 0 {
		for block := rowsPerCall(n); i < end; i += block {
			triangleRows(t, upper, i, n, a, lda, x, y[i:min(i+block, end)])
		}
		return
	}
	var sums [gemvRowBlock]T
	for ; i < end; i += gemvRowBlock {
		r := min(gemvRowBlock, end-i)
		triangleRows(t, upper, i, n, a, lda, x, sums[:r])
		gemvFinish(y[i:i+r], sums[:r], alpha, beta)
	}
}

// triangleRows computes the sums of len(sums) rows of a triangle from row i on.
func triangleRows[T Float](t Tier, upper bool, i, n int, a []T, lda int, x, sums []T) {
	if upper {
		dispatchTriangleRows(t, sums, a[i*lda+i:], x[i:], len(sums), n-i, -1, lda+1, 1)
	} else {
		dispatchTriangleRows(t, sums, a[i*lda:], x, len(sums), i+1, 1, lda, 0)
	}
}

// longTriangle is triangleSomeRows row by row, for rows that are cut into chunks.
func longTriangle[T Float](t Tier, upper bool, i, end, n int, alpha T, a []T, lda int,
	x []T, beta T, y []T) {
	for ; i < end; i++ {
		first, last := rowOfTriangle(upper, i, n)
		sum := [1]float64{dot(t, a[i*lda:][first:last], x[first:last])}
		gemvFinish(y[i:i+1], sum[:], alpha, beta)
	}
}

// triangleRowsGeneric computes sum[i] = sum over j < cols + i*grow of a[i*lda+j]*x[i*shift+j].
func triangleRowsGeneric[T Float](sum, a, x []T, rows, cols, grow, lda, shift int) {
	for i := range rows {
		n := cols + i*grow
		dotGeneric(sum[i:i+1], a[i*lda:][:n], x[i*shift:][:n])
	}
}
