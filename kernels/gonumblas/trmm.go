package gonumblas

import (
	"math"

	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/kernels/internal/operand"
	"gonum.org/v1/gonum/blas"
)

// The triangular product and solve work on rows of B. With the triangle on the left, its halves
// go with rows of B, and blocks too small for general products take whole rows. With the
// triangle on the right, the halves go with columns of B. Once at most rightBlock columns are
// left, they are transposed into scratch memory, where the triangle is on the left. Elements
// outside the triangle are neither read nor multiplied as zeros, so a NaN in B affects the
// elements that the formula says and no others.

const (
	// smallTriangle is the order at which products of single elements with rows take
	// over: below it a general product has too few terms to pay for reading C.
	// genericTriangle takes its place in pure Go, where products gain less: with 16 a triangle
	// of order 64 takes up to 5 % more time, with 8 up to 19 % (Zen 5).
	smallTriangle   = 8
	genericTriangle = 32
	// rightBlock is the order of the triangle with which columns are transposed,
	// rightRows how many rows of B at once: 128 KiB in float64, well inside L2.
	rightBlock = 64
	rightRows  = 256
	rightLd    = rightRows + 8 // no power of two, or few sets of L1 would hold all rows
	// leftBlock is the order from which the triangle on the left takes B in strips of
	// leftCols columns, which stay in L2 while the halves below pass over them.
	leftBlock = 128
	leftCols  = 512
)

func trmm[T float](r routine, s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T,
	a []T, lda int, b []T, ldb int) {
	triangular(r, s, ul, tA, d, m, n, alpha, a, lda, b, ldb, false)
}

func trsm[T float](r routine, s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha T,
	a []T, lda int, b []T, ldb int) {
	triangular(r, s, ul, tA, d, m, n, alpha, a, lda, b, ldb, true)
}

func triangular[T float](r routine, s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int,
	alpha T, a []T, lda int, b []T, ldb int, inverse bool) {
	left := r.leftSide(s)
	p := factor[T]{upper: r.upper(ul), trans: r.transposed("tA", tA), unit: r.unit(d), inverse: inverse,
		lda: lda, ldb: ldb, small: smallTriangle}
	if kernels.Active() == kernels.Generic {
		p.small = genericTriangle
	}
	order := r.checkSided(left, m, n, lda, ldb)
	if m == 0 || n == 0 {
		return
	}
	r.matrix(shortA, "a", len(a), order, order, lda)
	r.matrix(shortB, "b", len(b), m, n, ldb)
	if operand.Meet(b, a) {
		apart(r, "b", "a", operand.Rectangle(b, m, n, ldb),
			operand.Triangle(a, p.upper, p.unit, order, order, lda))
	}
	if alpha == 0 {
		scaleMatrix(m, n, 0, b, ldb)
		return
	}
	scratch := borrow[T]()
	buf := scratch.slice(p.small + rightBlock*rightLd)
	p.column, p.columns = buf[:p.small], buf[p.small:]
	switch {
	case left && inverse && p.trans: // where the reference multiplies last
		p.left(m, n, 1, a, b)
		scaleMatrix(m, n, alpha, b, ldb)
	case left:
		p.left(m, n, alpha, a, b)
	default:
		p.right(n, m, alpha, a, b)
	}
	release(scratch)
}

// factor computes B = alpha*op(A)*B or, for the inverse, B = alpha*op(A)^-1*B, or the
// same with op(A) on the right; A is triangular.
type factor[T float] struct {
	upper, trans, unit, inverse bool
	divides                     bool // by the diagonal, where the reference does: with A on the right
	lda, ldb                    int
	small                       int // the order up to which rows are taken one by one
	column                      []T // scratch for a column of a small triangle
	columns                     []T // and for columns of B, as rows
}

// beside returns the rectangle that couples the halves of a triangle, of which the
// first has order n1.
func (p *factor[T]) beside(a []T, n1 int) []T {
	if p.upper {
		return a[n1:]
	}
	return a[n1*p.lda:]
}

// left computes op(A)*B for A of order n and B with cols columns.
func (p *factor[T]) left(n, cols int, alpha T, a, b []T) {
	if n <= p.small {
		p.leftRows(n, cols, alpha, a, b)
		return
	}
	if n <= leftBlock && cols > leftCols {
		for j := 0; j < cols; j += leftCols {
			p.left(n, min(leftCols, cols-j), alpha, a, b[j:])
		}
		return
	}
	n1 := split(n, p.small)
	n2 := n - n1
	a2, b2, beside := a[n1*p.lda+n1:], b[n1*p.ldb:], p.beside(a, n1)
	upper := p.upper != p.trans // the triangle of op(A)
	switch {
	case !p.inverse && upper: // B1 = A11*B1 + A12*B2, then B2 = A22*B2
		p.left(n1, cols, alpha, a, b)
		kernels.Gemm(p.trans, false, n1, cols, n2, alpha, beside, p.lda, b2, p.ldb, 1, b, p.ldb)
		p.left(n2, cols, alpha, a2, b2)
	case !p.inverse: // B2 = A22*B2 + A21*B1, then B1 = A11*B1
		p.left(n2, cols, alpha, a2, b2)
		kernels.Gemm(p.trans, false, n2, cols, n1, alpha, beside, p.lda, b, p.ldb, 1, b2, p.ldb)
		p.left(n1, cols, alpha, a, b)
	case upper: // B2 = A22^-1*B2, then B1 = A11^-1*(B1 - A12*B2)
		p.left(n2, cols, alpha, a2, b2)
		kernels.Gemm(p.trans, false, n1, cols, n2, -1, beside, p.lda, b2, p.ldb, alpha, b, p.ldb)
		p.left(n1, cols, 1, a, b)
	default: // B1 = A11^-1*B1, then B2 = A22^-1*(B2 - A21*B1)
		p.left(n1, cols, alpha, a, b)
		kernels.Gemm(p.trans, false, n2, cols, n1, -1, beside, p.lda, b, p.ldb, alpha, b2, p.ldb)
		p.left(n2, cols, 1, a2, b2)
	}
}

// right computes B*op(A) for A of order n and B with rows rows.
func (p *factor[T]) right(n, rows int, alpha T, a, b []T) {
	if n <= rightBlock {
		for i := 0; i < rows; i += rightRows {
			p.rightTransposed(n, min(rightRows, rows-i), alpha, a, b[i*p.ldb:])
		}
		return
	}
	n1 := split(n, rightBlock)
	n2 := n - n1
	a2, b2, beside := a[n1*p.lda+n1:], b[n1:], p.beside(a, n1)
	upper := p.upper != p.trans
	switch {
	case !p.inverse && upper: // B2 = B2*A22 + B1*A12, then B1 = B1*A11
		p.right(n2, rows, alpha, a2, b2)
		kernels.Gemm(false, p.trans, rows, n2, n1, alpha, b, p.ldb, beside, p.lda, 1, b2, p.ldb)
		p.right(n1, rows, alpha, a, b)
	case !p.inverse: // B1 = B1*A11 + B2*A21, then B2 = B2*A22
		p.right(n1, rows, alpha, a, b)
		kernels.Gemm(false, p.trans, rows, n1, n2, alpha, b2, p.ldb, beside, p.lda, 1, b, p.ldb)
		p.right(n2, rows, alpha, a2, b2)
	case upper: // B1 = B1*A11^-1, then B2 = (B2 - B1*A12)*A22^-1
		p.right(n1, rows, alpha, a, b)
		kernels.Gemm(false, p.trans, rows, n2, n1, -1, b, p.ldb, beside, p.lda, alpha, b2, p.ldb)
		p.right(n2, rows, 1, a2, b2)
	default: // B2 = B2*A22^-1, then B1 = (B1 - B2*A21)*A11^-1
		p.right(n2, rows, alpha, a2, b2)
		kernels.Gemm(false, p.trans, rows, n1, n2, -1, b2, p.ldb, beside, p.lda, alpha, b, p.ldb)
		p.right(n1, rows, 1, a, b)
	}
}

// rightTransposed computes B*op(A) as the transpose of op(A)^T*B^T. alpha multiplies B,
// or B*A^T, never A, as in the reference: it may be as large as B is small.
func (p *factor[T]) rightTransposed(n, rows int, alpha T, a, b []T) {
	t := p.columns
	kernels.Transpose(rows, n, t, rightLd, b, p.ldb)
	q := factor[T]{upper: p.upper, trans: !p.trans, unit: p.unit, inverse: p.inverse, divides: true,
		lda: p.lda, ldb: rightLd, small: p.small, column: p.column}
	if p.inverse || !p.trans {
		scaleMatrix(n, rows, alpha, t, rightLd)
		alpha = 1
	}
	q.left(n, rows, 1, a, t)
	scaleMatrix(n, rows, alpha, t, rightLd)
	kernels.Transpose(n, rows, b, p.ldb, t, rightLd)
}

// leftRows is left for a small triangle, one row of B at a time. The coefficients with
// which a row enters the others are a column of op(A).
func (p *factor[T]) leftRows(n, cols int, alpha T, a, b []T) {
	if p.inverse {
		scaleMatrix(n, cols, alpha, b, p.ldb)
		alpha = -1
	}
	// Row i goes to the rows above it where op(A) is an upper triangle, else to those
	// below. The product overwrites a row when nothing needs it any more; the solution
	// finishes a row before it goes on.
	upper := p.upper != p.trans
	for step := range n {
		i := step
		if upper == p.inverse {
			i = n - 1 - step
		}
		row := b[i*p.ldb : i*p.ldb+cols]
		if p.inverse && !p.unit {
			p.divide(row, a[i*p.lda+i])
		}
		from, count := 0, i
		if !upper {
			from, count = i+1, n-1-i
		}
		if count > 0 {
			at, next := from*p.lda+i, p.lda
			if p.trans {
				at, next = i*p.lda+from, 1
			}
			column := p.column[:count]
			gather(column, a, at, next)
			kernels.Ger(count, cols, alpha, column, row, b[from*p.ldb:], p.ldb)
		}
		if !p.inverse {
			if scale := alpha * p.diagonal(a, i); scale != 1 {
				kernels.Scale(row, scale, row)
			}
		}
	}
}

// diagonal returns A[i,i], 1 without reading it where the diagonal is unit.
func (p *factor[T]) diagonal(a []T, i int) T {
	if p.unit {
		return 1
	}
	return a[i*p.lda+i]
}

// divide computes row = row/d. Like the reference it multiplies by 1/d with the matrix on
// the left, unless that overflows or is subnormal, where it could lose much of its precision. A
// power of two has an exact inverse, so the multiplication gives the same bits.
func (p *factor[T]) divide(row []T, d T) {
	size := magnitude(1 / d)
	normal := size >= smallestNormal[T]() && size-size == 0
	fraction, _ := math.Frexp(float64(d))
	if normal && (!p.divides || math.Abs(fraction) == 0.5) {
		kernels.Scale(row, 1/d, row)
		return
	}
	kernels.Divide(row, row, d)
}
