package gonumblas

import "gonum.org/v1/gonum/blas"

// Dgemv computes y = alpha*op(A)*x + beta*y for an m x n matrix A.
func (Implementation) Dgemv(tA blas.Transpose, m, n int, alpha float64, a []float64, lda int,
	x []float64, incX int, beta float64, y []float64, incY int) {
	gemv("Dgemv", tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
}

// Dgbmv computes y = alpha*op(A)*x + beta*y for an m x n band matrix A.
func (Implementation) Dgbmv(tA blas.Transpose, m, n, kL, kU int, alpha float64, a []float64, lda int,
	x []float64, incX int, beta float64, y []float64, incY int) {
	gbmv("Dgbmv", tA, m, n, kL, kU, alpha, a, lda, x, incX, beta, y, incY)
}

// Dtrmv computes x = op(A)*x for a triangular matrix A.
func (Implementation) Dtrmv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, a []float64, lda int,
	x []float64, incX int) {
	trmv("Dtrmv", ul, tA, d, n, a, lda, x, incX)
}

// Dtbmv computes x = op(A)*x for a triangular band matrix A.
func (Implementation) Dtbmv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n, k int, a []float64, lda int,
	x []float64, incX int) {
	tbmv("Dtbmv", ul, tA, d, n, k, a, lda, x, incX)
}

// Dtpmv computes x = op(A)*x for a triangular matrix A in packed storage.
func (Implementation) Dtpmv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, ap []float64,
	x []float64, incX int) {
	tpmv("Dtpmv", ul, tA, d, n, ap, x, incX)
}

// Dtrsv solves op(A)*x = b, where x holds b on entry, for a triangular matrix A.
func (Implementation) Dtrsv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, a []float64, lda int,
	x []float64, incX int) {
	trsv("Dtrsv", ul, tA, d, n, a, lda, x, incX)
}

// Dtbsv solves op(A)*x = b, where x holds b on entry, for a triangular band matrix A.
func (Implementation) Dtbsv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n, k int, a []float64, lda int,
	x []float64, incX int) {
	tbsv("Dtbsv", ul, tA, d, n, k, a, lda, x, incX)
}

// Dtpsv solves op(A)*x = b, where x holds b on entry, for a triangular matrix A in packed storage.
func (Implementation) Dtpsv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, ap []float64,
	x []float64, incX int) {
	tpsv("Dtpsv", ul, tA, d, n, ap, x, incX)
}

// Dsymv computes y = alpha*A*x + beta*y for a symmetric matrix A.
func (Implementation) Dsymv(ul blas.Uplo, n int, alpha float64, a []float64, lda int, x []float64, incX int,
	beta float64, y []float64, incY int) {
	symv("Dsymv", ul, n, alpha, a, lda, x, incX, beta, y, incY)
}

// Dsbmv computes y = alpha*A*x + beta*y for a symmetric band matrix A.
func (Implementation) Dsbmv(ul blas.Uplo, n, k int, alpha float64, a []float64, lda int,
	x []float64, incX int, beta float64, y []float64, incY int) {
	sbmv("Dsbmv", ul, n, k, alpha, a, lda, x, incX, beta, y, incY)
}

// Dspmv computes y = alpha*A*x + beta*y for a symmetric matrix A in packed storage.
func (Implementation) Dspmv(ul blas.Uplo, n int, alpha float64, ap []float64, x []float64, incX int,
	beta float64, y []float64, incY int) {
	spmv("Dspmv", ul, n, alpha, ap, x, incX, beta, y, incY)
}

// Dger computes A += alpha*x*y^T.
func (Implementation) Dger(m, n int, alpha float64, x []float64, incX int, y []float64, incY int,
	a []float64, lda int) {
	ger("Dger", m, n, alpha, x, incX, y, incY, a, lda)
}

// Dsyr computes A += alpha*x*x^T on one triangle.
func (Implementation) Dsyr(ul blas.Uplo, n int, alpha float64, x []float64, incX int, a []float64, lda int) {
	syr("Dsyr", ul, n, alpha, x, incX, a, lda)
}

// Dspr computes A += alpha*x*x^T on one triangle in packed storage.
func (Implementation) Dspr(ul blas.Uplo, n int, alpha float64, x []float64, incX int, ap []float64) {
	spr("Dspr", ul, n, alpha, x, incX, ap)
}

// Dsyr2 computes A += alpha*(x*y^T + y*x^T) on one triangle.
func (Implementation) Dsyr2(ul blas.Uplo, n int, alpha float64, x []float64, incX int,
	y []float64, incY int, a []float64, lda int) {
	syr2("Dsyr2", ul, n, alpha, x, incX, y, incY, a, lda)
}

// Dspr2 computes A += alpha*(x*y^T + y*x^T) on one triangle in packed storage.
func (Implementation) Dspr2(ul blas.Uplo, n int, alpha float64, x []float64, incX int,
	y []float64, incY int, ap []float64) {
	spr2("Dspr2", ul, n, alpha, x, incX, y, incY, ap)
}
