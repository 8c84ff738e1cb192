package gonumblas

import (
	"github.com/ashlar-go/ashlar/kernels"
	"github.com/ashlar-go/ashlar/kernels/internal/operand"
	"gonum.org/v1/gonum/blas"
)

// Up to these orders it takes less time to compute both triangles of the product, into
// scratch memory, and to add one: for a pair that is one product in place of two.
const (
	rankSmall = 16
	pairSmall = 48
)

// checkRank checks the flags and sizes that syrk and syr2k share.
func (r routine) checkRank(ul blas.Uplo, t blas.Transpose, n, k int) (upper, trans bool, rows, cols int) {
	upper, trans = r.upper(ul), r.transposed("tA", t)
	r.size(nLT0, "n", n)
	r.size(kLT0, "k", k)
	rows, cols = operand.Stored(trans, n, k)
	return upper, trans, rows, cols
}

func syrk[T float](r routine, ul blas.Uplo, tA blas.Transpose, n, k int, alpha T, a []T, lda int,
	beta T, c []T, ldc int) {
	upper, trans, rows, cols := r.checkRank(ul, tA, n, k)
	r.ld(badLdA, "lda", lda, cols)
	r.ld(badLdC, "ldc", ldc, n)
	if n == 0 {
		return
	}
	r.matrix(shortA, "a", len(a), rows, cols, lda)
	r.matrix(shortC, "c", len(c), n, n, ldc)
	if operand.Meet(c, a) {
		apart(r, "c", "a", operand.Triangle(c, upper, false, n, n, ldc),
			operand.Rectangle(a, rows, cols, lda))
	}
	if alpha == 0 || k == 0 {
		scaleTriangle(upper, n, beta, c, ldc)
		return
	}
	if n <= rankSmall {
		addSmall(upper, trans, false, n, k, alpha, a, lda, a, lda, beta, c, ldc)
		return
	}
	kernels.GemmTriangle(upper, trans, !trans, n, n, k, alpha, a, lda, a, lda, beta, c, ldc)
}

func syr2k[T float](r routine, ul blas.Uplo, tA blas.Transpose, n, k int, alpha T, a []T, lda int,
	b []T, ldb int, beta T, c []T, ldc int) {
	upper, trans, rows, cols := r.checkRank(ul, tA, n, k)
	r.ld(badLdA, "lda", lda, cols)
	r.ld(badLdB, "ldb", ldb, cols)
	r.ld(badLdC, "ldc", ldc, n)
	if n == 0 {
		return
	}
	r.matrix(shortA, "a", len(a), rows, cols, lda)
	r.matrix(shortB, "b", len(b), rows, cols, ldb)
	r.matrix(shortC, "c", len(c), n, n, ldc)
	if operand.Meet(c, a) {
		apart(r, "c", "a", operand.Triangle(c, upper, false, n, n, ldc),
			operand.Rectangle(a, rows, cols, lda))
	}
	if operand.Meet(c, b) {
		apart(r, "c", "b", operand.Triangle(c, upper, false, n, n, ldc),
			operand.Rectangle(b, rows, cols, ldb))
	}
	if alpha == 0 || k == 0 {
		scaleTriangle(upper, n, beta, c, ldc)
		return
	}
	if n <= pairSmall {
		addSmall(upper, trans, true, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
		return
	}
	kernels.GemmTriangle(upper, trans, !trans, n, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
	kernels.GemmTriangle(upper, trans, !trans, n, n, k, alpha, b, ldb, a, lda, 1, c, ldc)
}

// scaleTriangle computes C = beta*C on one triangle.
func scaleTriangle[T float](upper bool, n int, beta T, c []T, ldc int) {
	if beta == 1 {
		return
	}
	for i := range n {
		if upper {
			scaleVector(c[i*ldc+i:i*ldc+n], beta)
		} else {
			scaleVector(c[i*ldc:i*ldc+i+1], beta)
		}
	}
}

// addSmall updates a small triangle from the whole product S = alpha*A*B^T, or alpha*A^T*B:
// C = beta*C + S, or beta*C + S + S^T for a pair.
func addSmall[T float](upper, trans, pair bool, n, k int, alpha T, a []T, lda int, b []T, ldb int,
	beta T, c []T, ldc int) {
	scratch := borrow[T]()
	s := scratch.slice(n * n)
	kernels.Gemm(trans, !trans, n, n, k, alpha, a, lda, b, ldb, 0, s, n)
	if pair {
		addTransposed(s, n)
	}
	for i := range n {
		first, end := 0, i+1
		if upper {
			first, end = i, n
		}
		row, sum := c[i*ldc+first:i*ldc+end], s[i*n+first:i*n+end]
		if beta == 0 {
			copy(row, sum)
			continue
		}
		scaleVector(row, beta)
		kernels.Axpy(row, 1, sum)
	}
	release(scratch)
}

// addTransposed computes S = S + S^T.
func addTransposed[T float](s []T, n int) {
	for i := range n {
		for j := range i {
			v := s[i*n+j] + s[j*n+i]
			s[i*n+j], s[j*n+i] = v, v
		}
		s[i*n+i] *= 2
	}
}
