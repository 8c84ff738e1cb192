package gonumblas

import "gonum.org/v1/gonum/blas"

// Sgemm computes C = alpha*op(A)*op(B) + beta*C.
func (Implementation) Sgemm(tA, tB blas.Transpose, m, n, k int, alpha float32, a []float32, lda int,
	b []float32, ldb int, beta float32, c []float32, ldc int) {
	gemm("Sgemm", tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Ssymm computes C = alpha*A*B + beta*C, or with B*A, for a symmetric matrix A.
func (Implementation) Ssymm(s blas.Side, ul blas.Uplo, m, n int, alpha float32, a []float32, lda int,
	b []float32, ldb int, beta float32, c []float32, ldc int) {
	symm("Ssymm", s, ul, m, n, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Ssyrk computes C = alpha*A*A^T + beta*C, or with A^T*A, on one triangle of C.
func (Implementation) Ssyrk(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float32, a []float32, lda int,
	beta float32, c []float32, ldc int) {
	syrk("Ssyrk", ul, tA, n, k, alpha, a, lda, beta, c, ldc)
}

// Ssyr2k computes C = alpha*(A*B^T + B*A^T) + beta*C, or with A^T*B + B^T*A, on one triangle of C.
func (Implementation) Ssyr2k(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float32, a []float32, lda int,
	b []float32, ldb int, beta float32, c []float32, ldc int) {
	syr2k("Ssyr2k", ul, tA, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}

// Strmm computes B = alpha*op(A)*B, or with B*op(A), for a triangular matrix A.
func (Implementation) Strmm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int,
	alpha float32, a []float32, lda int, b []float32, ldb int) {
	trmm("Strmm", s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
}

// Strsm solves op(A)*X = alpha*B, or X*op(A) = alpha*B, for a triangular matrix A; X replaces B.
func (Implementation) Strsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int,
	alpha float32, a []float32, lda int, b []float32, ldb int) {
	trsm("Strsm", s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
}
