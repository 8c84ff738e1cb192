package gonumblas

import "github.com/ashlar-go/ashlar/kernels"

// triangle is one triangle of a square matrix. In every storage the stored elements of a row
// follow each other in memory, so that the routines of level 2 on triangular and symmetric
// matrices are written once, on rows.
type triangle[T float] struct {
	upper bool
	form  storage
	n     int // the order
	k     int // the diagonals beside the main one, if banded
	a     []T
	ld    int // unless packed
}

type storage uint8

const (
	full   storage = iota
	banded         // row i holds its diagonals, the lower ones first
	inRows         // the rows of the triangle follow each other without gaps
)

// row returns the elements of row i beside the diagonal, the column of the first, and
// the index of the diagonal element in a.
func (t *triangle[T]) row(i int) (beside []T, first, diagonal int) {
	if t.form == full {
		d := i*t.ld + i
		if t.upper {
			return t.a[d+1 : d+t.n-i], i + 1, d
		}
		return t.a[d-i : d], 0, d
	}
	width := i // columns before the diagonal
	if t.upper {
		width = t.n - 1 - i
	}
	switch {
	case t.form == banded:
		width = min(width, t.k)
		diagonal = i * t.ld
		if !t.upper {
			diagonal += t.k
		}
	case t.upper:
		diagonal = i*t.n - i*(i-1)/2
	default:
		diagonal = i*(i+1)/2 + i
	}
	if t.upper {
		return t.a[diagonal+1 : diagonal+1+width], i + 1, diagonal
	}
	return t.a[diagonal-width : diagonal], i - width, diagonal
}

// block returns the triangle of rows and columns from..from+n-1 of a full one.
func (t *triangle[T]) block(from, n int) triangle[T] {
	return triangle[T]{upper: t.upper, form: full, n: n, a: t.a[from*t.ld+from:], ld: t.ld}
}

// beside returns the stored rectangle beside rows from..from+n-1 of a full triangle and
// outside their block on the diagonal: n rows, of cols elements from column first on.
func (t *triangle[T]) beside(from, n int) (a []T, first, cols int) {
	if t.upper {
		first, cols = from+n, t.n-from-n
	} else {
		first, cols = 0, from
	}
	if cols == 0 {
		return nil, first, 0
	}
	return t.a[from*t.ld+first:], first, cols
}

// A full triangle is cut into blocks on its diagonal of wideBlock rows, and these into
// blocks of narrowBlock: what lies beside a block goes to the matrix-vector kernels.
const (
	wideBlock   = 64
	narrowBlock = 16
	// productBlock is the order up to which the product is one call of a kernel.
	productBlock = 128
)

// blockSize returns the order of the blocks of t, or t.n where t is taken row by row. wide
// selects wide blocks, for routines that pass over the columns beside each block.
func (t *triangle[T]) blockSize(wide bool) int {
	switch {
	case t.form != full || t.n <= narrowBlock:
		return t.n
	case wide && t.n > wideBlock:
		return wideBlock
	}
	return narrowBlock
}

// blockAt returns the first row and the size of the i-th block in the order of a
// computation.
func (t *triangle[T]) blockAt(i, size int, ascending bool) (from, n int) {
	if !ascending {
		i = (t.n-1)/size - i
	}
	from = i * size
	return from, min(size, t.n-from)
}

// multiply computes x = op(t)*x. The order is the one in which each element of x has been
// used for the last time when it is overwritten.
func (t triangle[T]) multiply(trans, unit bool, x []T) {
	if !trans && t.form == full && t.n > narrowBlock && t.n <= productBlock {
		t.multiplyBlock(unit, x)
		return
	}
	size := t.blockSize(true)
	if size == t.n {
		t.multiplyRows(trans, unit, x)
		return
	}
	for b := 0; b*size < t.n; b++ {
		from, n := t.blockAt(b, size, t.upper != trans)
		beside, first, cols := t.beside(from, n)
		block, xb := t.block(from, n), x[from:from+n]
		if trans && cols > 0 {
			kernels.Gemv(true, n, cols, 1, beside, t.ld, xb, 1, x[first:first+cols])
		}
		block.multiply(trans, unit, xb)
		if !trans && cols > 0 {
			kernels.Gemv(false, n, cols, 1, beside, t.ld, x[first:first+cols], 1, xb)
		}
	}
}

// multiplyBlock computes x = t*x for a full triangle of 2 to productBlock rows.
func (t *triangle[T]) multiplyBlock(unit bool, x []T) {
	scratch := borrow[T]()
	defer release(scratch)
	sums := scratch.slice(productBlock)
	if !unit {
		kernels.GemvTriangle(t.upper, t.n, t.n, 1, t.a, t.ld, x, 0, sums[:t.n])
		copy(x, sums)
		return
	}
	// Without its diagonal the triangle is one of an order less.
	n := t.n - 1
	a, from, to := t.a[1:], x[1:], x[:n]
	if !t.upper {
		a, from, to = t.a[t.ld:], x[:n], x[1:]
	}
	kernels.GemvTriangle(t.upper, n, n, 1, a, t.ld, from, 0, sums[:n])
	for i, v := range sums[:n] {
		to[i] += v
	}
}

func (t *triangle[T]) multiplyRows(trans, unit bool, x []T) {
	ascending := t.upper != trans
	for step := range t.n {
		i := step
		if !ascending {
			i = t.n - 1 - step
		}
		row, first, diagonal := t.row(i)
		v := x[i]
		if trans {
			shortAxpy(x[first:first+len(row)], v, row)
		}
		if !unit {
			v *= t.a[diagonal]
		}
		if !trans {
			v += shortDot(row, x[first:first+len(row)])
		}
		x[i] = v
	}
}

// solve computes x = op(t)^-1 * x by substitution.
func (t triangle[T]) solve(trans, unit bool, x []T) {
	size := t.blockSize(trans)
	if size == t.n {
		t.solveRows(trans, unit, x)
		return
	}
	for b := 0; b*size < t.n; b++ {
		from, n := t.blockAt(b, size, t.upper == trans)
		beside, first, cols := t.beside(from, n)
		block, xb := t.block(from, n), x[from:from+n]
		if !trans && cols > 0 {
			kernels.Gemv(false, n, cols, -1, beside, t.ld, x[first:first+cols], 1, xb)
		}
		block.solve(trans, unit, xb)
		if trans && cols > 0 {
			kernels.Gemv(true, n, cols, -1, beside, t.ld, xb, 1, x[first:first+cols])
		}
	}
}

func (t *triangle[T]) solveRows(trans, unit bool, x []T) {
	ascending := t.upper == trans
	for step := range t.n {
		i := step
		if !ascending {
			i = t.n - 1 - step
		}
		row, first, diagonal := t.row(i)
		v := x[i]
		if !trans {
			v -= shortDot(row, x[first:first+len(row)])
		}
		if !unit {
			v /= t.a[diagonal]
		}
		x[i] = v
		if trans {
			shortAxpy(x[first:first+len(row)], -v, row)
		}
	}
}

// addSymmetric computes y += alpha*A*x for the symmetric matrix A of which t is a
// triangle.
func (t triangle[T]) addSymmetric(alpha T, x, y []T) {
	size := t.blockSize(true)
	generic := kernels.Active() == kernels.Generic
	if generic && t.n <= productBlock {
		size = t.n
	}
	if size == t.n {
		t.addSymmetricRows(alpha, x, y, generic)
		return
	}
	for b := 0; b*size < t.n; b++ {
		from, n := t.blockAt(b, size, true)
		if beside, first, cols := t.beside(from, n); cols > 0 {
			kernels.Gemv(false, n, cols, alpha, beside, t.ld, x[first:first+cols], 1, y[from:from+n])
			kernels.Gemv(true, n, cols, alpha, beside, t.ld, x[from:from+n], 1, y[first:first+cols])
		}
		block := t.block(from, n)
		block.addSymmetric(alpha, x[from:from+n], y[from:from+n])
	}
}

func (t *triangle[T]) addSymmetricRows(alpha T, x, y []T, generic bool) {
	for i := range t.n {
		row, first, diagonal := t.row(i)
		sum := T(t.a[diagonal] * x[i])
		if generic || len(row) < shortRow {
			sum += loopDotAxpy(row, x[first:], T(alpha*x[i]), y[first:])
		} else {
			sum += kernels.Dot(row, x[first:first+len(row)])
			kernels.Axpy(y[first:first+len(row)], T(alpha*x[i]), row)
		}
		y[i] += T(alpha * sum)
	}
}

// addOuter computes t += alpha*x*x^T.
func (t *triangle[T]) addOuter(alpha T, x []T) {
	for i := range t.n {
		row, first, diagonal := t.row(i)
		s := T(alpha * x[i])
		t.a[diagonal] += T(s * x[i])
		shortAxpy(row, s, x[first:first+len(row)])
	}
}

// addOuterPair computes t += alpha*x*y^T + alpha*y*x^T.
func (t *triangle[T]) addOuterPair(alpha T, x, y []T) {
	generic := kernels.Active() == kernels.Generic
	for i := range t.n {
		row, first, diagonal := t.row(i)
		s, u := T(alpha*x[i]), T(alpha*y[i])
		t.a[diagonal] += T(s*y[i]) + T(u*x[i])
		if generic || len(row) < shortRow {
			loopAxpyPair(row, s, y[first:], u, x[first:])
			continue
		}
		kernels.Axpy(row, s, y[first:first+len(row)])
		kernels.Axpy(row, u, x[first:first+len(row)])
	}
}

// loopAxpyPair computes z += s*x and then z += u*y, in one pass.
func loopAxpyPair[T float](z []T, s T, x []T, u T, y []T) {
	x, y = x[:len(z)], y[:len(z)]
	i := 1
	for ; i < len(z); i += 2 {
		z[i-1] = z[i-1] + T(s*x[i-1]) + T(u*y[i-1])
		z[i] = z[i] + T(s*x[i]) + T(u*y[i])
	}
	if i == len(z) {
		z[i-1] = z[i-1] + T(s*x[i-1]) + T(u*y[i-1])
	}
}

// shortRow is the length below which a loop in Go takes less than the call of a kernel: a
// block of narrowBlock rows has none as long.
const shortRow = narrowBlock

// loopDot and loopAxpy are kernels.Dot and kernels.Axpy for short vectors.
func loopDot[T float](x, y []T) T {
	y = y[:len(x)]
	var even, odd T
	i := 1
	for ; i < len(x); i += 2 {
		even += T(x[i-1] * y[i-1])
		odd += T(x[i] * y[i])
	}
	if i == len(x) {
		even += T(x[i-1] * y[i-1])
	}
	return even + odd
}

func loopAxpy[T float](y []T, alpha T, x []T) {
	y = y[:len(x)]
	i := 0
	for ; i+4 <= len(x); i += 4 {
		d, s := y[i:i+4:i+4], x[i:i+4:i+4]
		d[0] += T(alpha * s[0])
		d[1] += T(alpha * s[1])
		d[2] += T(alpha * s[2])
		d[3] += T(alpha * s[3])
	}
	for ; i < len(x); i++ {
		y[i] += T(alpha * x[i])
	}
}

// loopDotAxpy is loopDot of row and x and loopAxpy of y and row in one pass, with the same bits.
func loopDotAxpy[T float](row, x []T, alpha T, y []T) T {
	x, y = x[:len(row)], y[:len(row)]
	var even, odd T
	i := 1
	for ; i < len(row); i += 2 {
		v, w := row[i-1], row[i]
		even += T(v * x[i-1])
		odd += T(w * x[i])
		y[i-1] += T(alpha * v)
		y[i] += T(alpha * w)
	}
	if i == len(row) {
		even += T(row[i-1] * x[i-1])
		y[i-1] += T(alpha * row[i-1])
	}
	return even + odd
}

// shortDot and shortAxpy choose between the loops and the kernels.
func shortDot[T float](x, y []T) T {
	if len(x) < shortRow {
		return loopDot(x, y)
	}
	return kernels.Dot(x, y)
}

func shortAxpy[T float](y []T, alpha T, x []T) {
	if len(x) < shortRow {
		loopAxpy(y, alpha, x)
		return
	}
	kernels.Axpy(y, alpha, x)
}
