package gonumblas

import "gonum.org/v1/gonum/blas"

// Sgemv computes y = alpha*op(A)*x + beta*y for an m x n matrix A.
func (Implementation) Sgemv(tA blas.Transpose, m, n int, alpha float32, a []float32, lda int,
	x []float32, incX int, beta float32, y []float32, incY int) {
	gemv("Sgemv", tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
}

// Sgbmv computes y = alpha*op(A)*x + beta*y for an m x n band matrix A.
func (Implementation) Sgbmv(tA blas.Transpose, m, n, kL, kU int, alpha float32, a []float32, lda int,
	x []float32, incX int, beta float32, y []float32, incY int) {
	gbmv("Sgbmv", tA, m, n, kL, kU, alpha, a, lda, x, incX, beta, y, incY)
}

// Strmv computes x = op(A)*x for a triangular matrix A.
func (Implementation) Strmv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, a []float32, lda int,
	x []float32, incX int) {
	trmv("Strmv", ul, tA, d, n, a, lda, x, incX)
}

// Stbmv computes x = op(A)*x for a triangular band matrix A.
func (Implementation) Stbmv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n, k int, a []float32, lda int,
	x []float32, incX int) {
	tbmv("Stbmv", ul, tA, d, n, k, a, lda, x, incX)
}

// Stpmv computes x = op(A)*x for a triangular matrix A in packed storage.
func (Implementation) Stpmv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, ap []float32,
	x []float32, incX int) {
	tpmv("Stpmv", ul, tA, d, n, ap, x, incX)
}

// Strsv solves op(A)*x = b, where x holds b on entry, for a triangular matrix A.
func (Implementation) Strsv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, a []float32, lda int,
	x []float32, incX int) {
	trsv("Strsv", ul, tA, d, n, a, lda, x, incX)
}

// Stbsv solves op(A)*x = b, where x holds b on entry, for a triangular band matrix A.
func (Implementation) Stbsv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n, k int, a []float32, lda int,
	x []float32, incX int) {
	tbsv("Stbsv", ul, tA, d, n, k, a, lda, x, incX)
}

// Stpsv solves op(A)*x = b, where x holds b on entry, for a triangular matrix A in packed storage.
func (Implementation) Stpsv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, ap []float32,
	x []float32, incX int) {
	tpsv("Stpsv", ul, tA, d, n, ap, x, incX)
}

// Ssymv computes y = alpha*A*x + beta*y for a symmetric matrix A.
func (Implementation) Ssymv(ul blas.Uplo, n int, alpha float32, a []float32, lda int, x []float32, incX int,
	beta float32, y []float32, incY int) {
	symv("Ssymv", ul, n, alpha, a, lda, x, incX, beta, y, incY)
}

// Ssbmv computes y = alpha*A*x + beta*y for a symmetric band matrix A.
func (Implementation) Ssbmv(ul blas.Uplo, n, k int, alpha float32, a []float32, lda int,
	x []float32, incX int, beta float32, y []float32, incY int) {
	sbmv("Ssbmv", ul, n, k, alpha, a, lda, x, incX, beta, y, incY)
}

// Sspmv computes y = alpha*A*x + beta*y for a symmetric matrix A in packed storage.
func (Implementation) Sspmv(ul blas.Uplo, n int, alpha float32, ap []float32, x []float32, incX int,
	beta float32, y []float32, incY int) {
	spmv("Sspmv", ul, n, alpha, ap, x, incX, beta, y, incY)
}

// Sger computes A += alpha*x*y^T.
func (Implementation) Sger(m, n int, alpha float32, x []float32, incX int, y []float32, incY int,
	a []float32, lda int) {
	ger("Sger", m, n, alpha, x, incX, y, incY, a, lda)
}

// Ssyr computes A += alpha*x*x^T on one triangle.
func (Implementation) Ssyr(ul blas.Uplo, n int, alpha float32, x []float32, incX int, a []float32, lda int) {
	syr("Ssyr", ul, n, alpha, x, incX, a, lda)
}

// Sspr computes A += alpha*x*x^T on one triangle in packed storage.
func (Implementation) Sspr(ul blas.Uplo, n int, alpha float32, x []float32, incX int, ap []float32) {
	spr("Sspr", ul, n, alpha, x, incX, ap)
}

// Ssyr2 computes A += alpha*(x*y^T + y*x^T) on one triangle.
func (Implementation) Ssyr2(ul blas.Uplo, n int, alpha float32, x []float32, incX int,
	y []float32, incY int, a []float32, lda int) {
	syr2("Ssyr2", ul, n, alpha, x, incX, y, incY, a, lda)
}

// Sspr2 computes A += alpha*(x*y^T + y*x^T) on one triangle in packed storage.
func (Implementation) Sspr2(ul blas.Uplo, n int, alpha float32, x []float32, incX int,
	y []float32, incY int, ap []float32) {
	spr2("Sspr2", ul, n, alpha, x, incX, y, incY, ap)
}
