package gonumblas

import "gonum.org/v1/gonum/blas"

// Dgemm computes C = alpha*op(A)*op(B) + beta*C.
func (Implementation) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int,
	b []float64, ldb int, beta float64, c []float64, ldc int) {
	gemm("Dgemm", tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dsymm computes C = alpha*A*B + beta*C, or with B*A, for a symmetric matrix A.
func (Implementation) Dsymm(s blas.Side, ul blas.Uplo, m, n int, alpha float64, a []float64, lda int,
	b []float64, ldb int, beta float64, c []float64, ldc int) {
	symm("Dsymm", s, ul, m, n, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dsyrk computes C = alpha*A*A^T + beta*C, or with A^T*A, on one triangle of C.
func (Implementation) Dsyrk(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float64, a []float64, lda int,
	beta float64, c []float64, ldc int) {
	syrk("Dsyrk", ul, tA, n, k, alpha, a, lda, beta, c, ldc)
}

// Dsyr2k computes C = alpha*(A*B^T + B*A^T) + beta*C, or with A^T*B + B^T*A, on one triangle of C.
func (Implementation) Dsyr2k(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float64, a []float64, lda int,
	b []float64, ldb int, beta float64, c []float64, ldc int) {
	syr2k("Dsyr2k", ul, tA, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Dtrmm computes B = alpha*op(A)*B, or with B*op(A), for a triangular matrix A.
func (Implementation) Dtrmm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int,
	alpha float64, a []float64, lda int, b []float64, ldb int) {
	trmm("Dtrmm", s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
}

// Dtrsm solves op(A)*X = alpha*B, or X*op(A) = alpha*B, for a triangular matrix A; X replaces B.
func (Implementation) Dtrsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int,
	alpha float64, a []float64, lda int, b []float64, ldb int) {
	trsm("Dtrsm", s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
}
