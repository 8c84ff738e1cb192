package gonumblas

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/kernels/internal/operand"
	"gonum.org/v1/gonum/blas"
)

// symmTerms is how many rows or columns of a symmetric matrix are written out in full at
// once, which the product sums in whole passes of 256.
const symmTerms = 512

func symm[T float](r routine, s blas.Side, ul blas.Uplo, m, n int, alpha T, a []T, lda int, b []T, ldb int,
	beta T, c []T, ldc int) {
	left, upper := r.leftSide(s), r.upper(ul)
	order := r.checkSided(left, m, n, lda, ldb)
	r.ld(badLdC, "ldc", ldc, n)
	if m == 0 || n == 0 {
		return
	}
	r.matrix(shortA, "a", len(a), order, order, lda)
	r.matrix(shortB, "b", len(b), m, n, ldb)
	r.matrix(shortC, "c", len(c), m, n, ldc)
	if operand.Meet(c, a) {
		apart(r, "c", "a", operand.Rectangle(c, m, n, ldc),
			operand.Triangle(a, upper, false, order, order, lda))
	}
	if operand.Meet(c, b) {
		apart(r, "c", "b", operand.Rectangle(c, m, n, ldc), operand.Rectangle(b, m, n, ldb))
	}
	if alpha == 0 {
		scaleMatrix(m, n, beta, c, ldc)
		return
	}
	sym := symmetric[T]{upper: upper, a: a, lda: lda}
	scratch := borrow[T]()
	full := scratch.slice(order * min(order, symmTerms))
	for from := 0; from < order; from += symmTerms {
		terms := min(symmTerms, order-from)
		if left {
			sym.writeOut(full, terms, 0, order, from, terms)
			kernels.Gemm(false, false, m, n, terms, alpha, full, terms, b[from*ldb:], ldb, beta, c, ldc)
		} else {
			sym.writeOut(full, order, from, terms, 0, order)
			kernels.Gemm(false, false, m, n, terms, alpha, b[from:], ldb, full, order, beta, c, ldc)
		}
		beta = 1
	}
	release(scratch)
}

// symmetric is a symmetric matrix of which a holds one triangle.
type symmetric[T float] struct {
	upper bool
	a     []T
	lda   int
}

// mirrorRows is how many rows writeOut transposes at once: two cache lines of float64.
const mirrorRows = 16

// writeOut writes a block of the matrix, with both triangles, to dst.
func (s *symmetric[T]) writeOut(dst []T, ldd, row, rows, col, cols int) {
	for end := row + rows; row < end; row += mirrorRows {
		h := min(mirrorRows, end-row)
		s.mirror(dst, ldd, row, h, col, cols)
		for i := row; i < row+h; i++ {
			from, to := col, min(col+cols, i+1)
			if s.upper {
				from, to = max(col, i), col+cols
			}
			if from < to {
				copy(dst[(i-row)*ldd+from-col:], s.a[i*s.lda+from:i*s.lda+to])
			}
		}
		dst = dst[min(len(dst), h*ldd):]
	}
}

// mirror writes the elements of a few rows that are not stored. It transposes those beside the
// block on the diagonal, and copies those in the block one by one.
func (s *symmetric[T]) mirror(dst []T, ldd, row, rows, col, cols int) {
	from, to := max(col, row+rows), col+cols // columns of which no element is stored
	if s.upper {
		from, to = col, min(col+cols, row)
	}
	if from < to {
		kernels.Transpose(to-from, rows, dst[from-col:], ldd, s.a[from*s.lda+row:], s.lda)
	}
	for i := row; i < row+rows; i++ {
		from, to := max(col, i+1), min(col+cols, row+rows)
		if s.upper {
			from, to = max(col, row), min(col+cols, i)
		}
		for j := from; j < to; j++ {
			dst[(i-row)*ldd+j-col] = s.a[j*s.lda+i]
		}
	}
}
