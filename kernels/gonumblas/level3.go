package gonumblas

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/kernels/internal/operand"
	"gonum.org/v1/gonum/blas"
)

// Level 3 halves the triangle of a factor until blocks are small. The rectangles beside the
// halves are general products, which do nearly all the work. A half is a multiple of the
// smallest block.

// split returns the order of the first half of a triangle of order n > least.
func split(n, least int) int {
	half := (n/2 + least - 1) / least * least
	if half >= n {
		half -= least
	}
	return half
}

func gemm[T float](r routine, tA, tB blas.Transpose, m, n, k int, alpha T, a []T, lda int, b []T, ldb int,
	beta T, c []T, ldc int) {
	transA, transB := r.transposed("tA", tA), r.transposed("tB", tB)
	r.size(mLT0, "m", m)
	r.size(nLT0, "n", n)
	r.size(kLT0, "k", k)
	rowsA, colsA := operand.Stored(transA, m, k)
	rowsB, colsB := operand.Stored(transB, k, n)
	r.ld(badLdA, "lda", lda, colsA)
	r.ld(badLdB, "ldb", ldb, colsB)
	r.ld(badLdC, "ldc", ldc, n)
	if m == 0 || n == 0 {
		return
	}
	r.matrix(shortA, "a", len(a), rowsA, colsA, lda)
	r.matrix(shortB, "b", len(b), rowsB, colsB, ldb)
	r.matrix(shortC, "c", len(c), m, n, ldc)
	if operand.Meet(c, a) {
		apart(r, "c", "a", operand.Rectangle(c, m, n, ldc), operand.Rectangle(a, rowsA, colsA, lda))
	}
	if operand.Meet(c, b) {
		apart(r, "c", "b", operand.Rectangle(c, m, n, ldc), operand.Rectangle(b, rowsB, colsB, ldb))
	}
	if (alpha == 0 || k == 0) && beta == 1 {
		return
	}
	kernels.Gemm(transA, transB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// scaleMatrix computes C = beta*C as BLAS means it: 0 overwrites.
func scaleMatrix[T float](m, n int, beta T, c []T, ldc int) {
	if beta == 1 {
		return
	}
	for i := range m {
		scaleVector(c[i*ldc:i*ldc+n], beta)
	}
}

// checkSided checks the arguments of a routine with a square matrix on one side of an
// m x n matrix, and returns its order.
func (r routine) checkSided(left bool, m, n, lda, ldb int) (order int) {
	r.size(mLT0, "m", m)
	r.size(nLT0, "n", n)
	order = n
	if left {
		order = m
	}
	r.ld(badLdA, "lda", lda, order)
	r.ld(badLdB, "ldb", ldb, n)
	return order
}
