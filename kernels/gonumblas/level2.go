package gonumblas

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/kernels/internal/operand"
	"gonum.org/v1/gonum/blas"
)

func gemv[T float](r routine, tA blas.Transpose, m, n int, alpha T, a []T, lda int, x []T, incX int,
	beta T, y []T, incY int) {
	trans := r.transposed("tA", tA)
	r.size(mLT0, "m", m)
	r.size(nLT0, "n", n)
	r.ld(badLdA, "lda", lda, n)
	r.incX(incX)
	r.incY(incY)
	if m == 0 || n == 0 {
		return
	}
	lenX, lenY := n, m
	if trans {
		lenX, lenY = m, n
	}
	r.vector(shortX, "x", len(x), lenX, incX)
	r.vector(shortY, "y", len(y), lenY, incY)
	r.matrix(shortA, "a", len(a), m, n, lda)
	if operand.Meet(y, a) {
		apart(r, "y", "a", vectorRegion(y, lenY, incY), operand.Rectangle(a, m, n, lda))
	}
	if operand.Meet(y, x) {
		apart(r, "y", "x", vectorRegion(y, lenY, incY), vectorRegion(x, lenX, incX))
	}
	if alpha == 0 {
		scaleStrided(lenY, beta, y, incY)
		return
	}
	px, py := pack(lenX, x, incX), pack(lenY, y, incY)
	kernels.Gemv(trans, m, n, alpha, a, lda, px.v, beta, py.v)
	px.release()
	py.unpack(y, incY)
}

func ger[T float](r routine, m, n int, alpha T, x []T, incX int, y []T, incY int, a []T, lda int) {
	r.size(mLT0, "m", m)
	r.size(nLT0, "n", n)
	r.ld(badLdA, "lda", lda, n)
	r.incX(incX)
	r.incY(incY)
	if m == 0 || n == 0 {
		return
	}
	r.vector(shortX, "x", len(x), m, incX)
	r.vector(shortY, "y", len(y), n, incY)
	r.matrix(shortA, "a", len(a), m, n, lda)
	if operand.Meet(a, x) {
		apart(r, "a", "x", operand.Rectangle(a, m, n, lda), vectorRegion(x, m, incX))
	}
	if operand.Meet(a, y) {
		apart(r, "a", "y", operand.Rectangle(a, m, n, lda), vectorRegion(y, n, incY))
	}
	if alpha == 0 {
		return
	}
	px, py := pack(m, x, incX), pack(n, y, incY)
	kernels.Ger(m, n, alpha, px.v, py.v, a, lda)
	px.release()
	py.release()
}

// gbmv walks the rows of the band, each a stretch of memory.
func gbmv[T float](r routine, tA blas.Transpose, m, n, kL, kU int, alpha T, a []T, lda int, x []T, incX int,
	beta T, y []T, incY int) {
	trans := r.transposed("tA", tA)
	r.size(mLT0, "m", m)
	r.size(nLT0, "n", n)
	r.size(kLLT0, "kL", kL)
	r.size(kULT0, "kU", kU)
	r.bandLd(lda, kL, kU)
	r.incX(incX)
	r.incY(incY)
	if m == 0 || n == 0 {
		return
	}
	rows := m // those that reach into the matrix
	if kL < m-n {
		rows = n + kL
	}
	lenX, lenY := n, m
	if trans {
		lenX, lenY = m, n
	}
	r.matrix(shortA, "a", len(a), rows, kL+kU+1, lda)
	r.vector(shortX, "x", len(x), lenX, incX)
	r.vector(shortY, "y", len(y), lenY, incY)
	if operand.Meet(y, a) {
		apart(r, "y", "a", vectorRegion(y, lenY, incY), operand.Band(a, rows, n, kL, kU, lda))
	}
	if operand.Meet(y, x) {
		apart(r, "y", "x", vectorRegion(y, lenY, incY), vectorRegion(x, lenX, incX))
	}
	if alpha == 0 {
		scaleStrided(lenY, beta, y, incY)
		return
	}
	px, py := pack(lenX, x, incX), pack(lenY, y, incY)
	scaleVector(py.v, beta)
	for i := range rows {
		first := max(0, i-kL)
		end := n
		if kU < n-1-i {
			end = i + kU + 1
		}
		row := a[i*lda+kL-i+first:][:end-first]
		if trans {
			kernels.Axpy(py.v[first:end], T(alpha*px.v[i]), row)
		} else {
			py.v[i] += T(alpha * kernels.Dot(row, px.v[first:end]))
		}
	}
	px.release()
	py.unpack(y, incY)
}

// checkTriangle checks what all forms of storage share, up to the order.
func (r routine) checkTriangle(ul blas.Uplo, tA blas.Transpose,
	d blas.Diag, n int) (upper, trans, unit bool) {
	upper, trans, unit = r.upper(ul), r.transposed("tA", tA), r.unit(d)
	r.size(nLT0, "n", n)
	return upper, trans, unit
}

// fullTriangle and bandTriangle check what comes before the increments in gonum's order: the
// leading dimension, and the number of diagonals. check checks the length afterwards.
func (r routine) fullTriangle(n, lda int) { r.ld(badLdA, "lda", lda, n) }

func (r routine) bandTriangle(k, lda int) {
	r.size(kLT0, "k", k)
	r.bandLd(lda, k, 0)
}

// check checks the length of the triangle's elements.
func (t *triangle[T]) check(r routine) {
	switch t.form {
	case full:
		r.matrix(shortA, "a", len(t.a), t.n, t.n, t.ld)
	case banded:
		r.matrix(shortA, "a", len(t.a), t.n, t.k+1, t.ld)
	case inRows:
		r.packed(len(t.a), t.n)
	}
}

// name returns the name of the argument with the triangle's elements.
func (t *triangle[T]) name() string {
	if t.form == inRows {
		return "ap"
	}
	return "a"
}

// checkApart checks that x, which is overwritten, shares no element with the triangle.
func (t *triangle[T]) checkApart(r routine, unit bool, x []T, incX int) {
	if operand.Meet(x, t.a) {
		apart(r, "x", t.name(), vectorRegion(x, t.n, incX), t.region(unit))
	}
}

// product is trmv, tbmv and tpmv, and solution is trsv, tbsv and tpsv, after the checks that
// differ between them.
func (t *triangle[T]) product(r routine, trans, unit bool, x []T, incX int) {
	r.incX(incX)
	if t.n == 0 {
		return
	}
	t.check(r)
	r.vector(shortX, "x", len(x), t.n, incX)
	t.checkApart(r, unit, x, incX)
	p := pack(t.n, x, incX)
	t.multiply(trans, unit, p.v)
	p.unpack(x, incX)
}

func (t *triangle[T]) solution(r routine, trans, unit bool, x []T, incX int) {
	r.incX(incX)
	if t.n == 0 {
		return
	}
	t.check(r)
	r.vector(shortX, "x", len(x), t.n, incX)
	t.checkApart(r, unit, x, incX)
	p := pack(t.n, x, incX)
	t.solve(trans, unit, p.v)
	p.unpack(x, incX)
}

func trmv[T float](r routine, ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, a []T, lda int,
	x []T, incX int) {
	upper, trans, unit := r.checkTriangle(ul, tA, d, n)
	r.fullTriangle(n, lda)
	t := triangle[T]{upper: upper, form: full, n: n, a: a, ld: lda}
	t.product(r, trans, unit, x, incX)
}

func tbmv[T float](r routine, ul blas.Uplo, tA blas.Transpose, d blas.Diag, n, k int, a []T, lda int,
	x []T, incX int) {
	upper, trans, unit := r.checkTriangle(ul, tA, d, n)
	r.bandTriangle(k, lda)
	t := triangle[T]{upper: upper, form: banded, n: n, k: k, a: a, ld: lda}
	t.product(r, trans, unit, x, incX)
}

func tpmv[T float](r routine, ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, ap []T, x []T, incX int) {
	upper, trans, unit := r.checkTriangle(ul, tA, d, n)
	t := triangle[T]{upper: upper, form: inRows, n: n, a: ap}
	t.product(r, trans, unit, x, incX)
}

func trsv[T float](r routine, ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, a []T, lda int,
	x []T, incX int) {
	upper, trans, unit := r.checkTriangle(ul, tA, d, n)
	r.fullTriangle(n, lda)
	t := triangle[T]{upper: upper, form: full, n: n, a: a, ld: lda}
	t.solution(r, trans, unit, x, incX)
}

func tbsv[T float](r routine, ul blas.Uplo, tA blas.Transpose, d blas.Diag, n, k int, a []T, lda int,
	x []T, incX int) {
	upper, trans, unit := r.checkTriangle(ul, tA, d, n)
	r.bandTriangle(k, lda)
	t := triangle[T]{upper: upper, form: banded, n: n, k: k, a: a, ld: lda}
	t.solution(r, trans, unit, x, incX)
}

func tpsv[T float](r routine, ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, ap []T, x []T, incX int) {
	upper, trans, unit := r.checkTriangle(ul, tA, d, n)
	t := triangle[T]{upper: upper, form: inRows, n: n, a: ap}
	t.solution(r, trans, unit, x, incX)
}

// symmetric is symv, sbmv and spmv.
func (t *triangle[T]) symmetric(r routine, alpha T, x []T, incX int, beta T, y []T, incY int) {
	r.incX(incX)
	r.incY(incY)
	if t.n == 0 {
		return
	}
	t.check(r)
	r.vector(shortX, "x", len(x), t.n, incX)
	r.vector(shortY, "y", len(y), t.n, incY)
	if operand.Meet(y, t.a) {
		apart(r, "y", t.name(), vectorRegion(y, t.n, incY), t.region(false))
	}
	if operand.Meet(y, x) {
		apart(r, "y", "x", vectorRegion(y, t.n, incY), vectorRegion(x, t.n, incX))
	}
	if alpha == 0 {
		scaleStrided(t.n, beta, y, incY)
		return
	}
	px, py := pack(t.n, x, incX), pack(t.n, y, incY)
	scaleVector(py.v, beta)
	t.addSymmetric(alpha, px.v, py.v)
	px.release()
	py.unpack(y, incY)
}

func symv[T float](r routine, ul blas.Uplo, n int, alpha T, a []T, lda int, x []T, incX int,
	beta T, y []T, incY int) {
	t := triangle[T]{upper: r.upper(ul), form: full, n: n, a: a, ld: lda}
	r.size(nLT0, "n", n)
	r.fullTriangle(n, lda)
	t.symmetric(r, alpha, x, incX, beta, y, incY)
}

func sbmv[T float](r routine, ul blas.Uplo, n, k int, alpha T, a []T, lda int, x []T, incX int,
	beta T, y []T, incY int) {
	t := triangle[T]{upper: r.upper(ul), form: banded, n: n, k: k, a: a, ld: lda}
	r.size(nLT0, "n", n)
	r.bandTriangle(k, lda)
	t.symmetric(r, alpha, x, incX, beta, y, incY)
}

func spmv[T float](r routine, ul blas.Uplo, n int, alpha T, ap []T, x []T, incX int,
	beta T, y []T, incY int) {
	t := triangle[T]{upper: r.upper(ul), form: inRows, n: n, a: ap}
	r.size(nLT0, "n", n)
	t.symmetric(r, alpha, x, incX, beta, y, incY)
}

// rankOne is syr and spr.
func (t *triangle[T]) rankOne(r routine, alpha T, x []T, incX int) {
	r.incX(incX)
	if t.n == 0 {
		return
	}
	r.vector(shortX, "x", len(x), t.n, incX)
	t.check(r)
	if operand.Meet(t.a, x) {
		apart(r, t.name(), "x", t.region(false), vectorRegion(x, t.n, incX))
	}
	if alpha == 0 {
		return
	}
	p := pack(t.n, x, incX)
	t.addOuter(alpha, p.v)
	p.release()
}

func syr[T float](r routine, ul blas.Uplo, n int, alpha T, x []T, incX int, a []T, lda int) {
	t := triangle[T]{upper: r.upper(ul), form: full, n: n, a: a, ld: lda}
	r.size(nLT0, "n", n)
	r.fullTriangle(n, lda)
	t.rankOne(r, alpha, x, incX)
}

func spr[T float](r routine, ul blas.Uplo, n int, alpha T, x []T, incX int, ap []T) {
	t := triangle[T]{upper: r.upper(ul), form: inRows, n: n, a: ap}
	r.size(nLT0, "n", n)
	t.rankOne(r, alpha, x, incX)
}

// rankTwo is syr2 and spr2.
func (t *triangle[T]) rankTwo(r routine, alpha T, x []T, incX int, y []T, incY int) {
	r.incX(incX)
	r.incY(incY)
	if t.n == 0 {
		return
	}
	r.vector(shortX, "x", len(x), t.n, incX)
	r.vector(shortY, "y", len(y), t.n, incY)
	t.check(r)
	if operand.Meet(t.a, x) {
		apart(r, t.name(), "x", t.region(false), vectorRegion(x, t.n, incX))
	}
	if operand.Meet(t.a, y) {
		apart(r, t.name(), "y", t.region(false), vectorRegion(y, t.n, incY))
	}
	if alpha == 0 {
		return
	}
	px, py := pack(t.n, x, incX), pack(t.n, y, incY)
	t.addOuterPair(alpha, px.v, py.v)
	px.release()
	py.release()
}

func syr2[T float](r routine, ul blas.Uplo, n int, alpha T, x []T, incX int, y []T, incY int,
	a []T, lda int) {
	t := triangle[T]{upper: r.upper(ul), form: full, n: n, a: a, ld: lda}
	r.size(nLT0, "n", n)
	r.fullTriangle(n, lda)
	t.rankTwo(r, alpha, x, incX, y, incY)
}

func spr2[T float](r routine, ul blas.Uplo, n int, alpha T, x []T, incX int, y []T, incY int, ap []T) {
	t := triangle[T]{upper: r.upper(ul), form: inRows, n: n, a: ap}
	r.size(nLT0, "n", n)
	t.rankTwo(r, alpha, x, incX, y, incY)
}
