package gonumblas

import "gonum.org/v1/gonum/blas"

func (f *shim) Ddot(n int, x []float64, incX int, y []float64, incY int) float64 {
	return f.both("Ddot", n, x, incX, y, incY)[0].Float()
}
func (f *shim) Dnrm2(n int, x []float64, incX int) float64 {
	return f.both("Dnrm2", n, x, incX)[0].Float()
}
func (f *shim) Dasum(n int, x []float64, incX int) float64 {
	return f.both("Dasum", n, x, incX)[0].Float()
}
func (f *shim) Idamax(n int, x []float64, incX int) int {
	return int(f.both("Idamax", n, x, incX)[0].Int())
}
func (f *shim) Dswap(n int, x []float64, incX int, y []float64, incY int) {
	f.both("Dswap", n, x, incX, y, incY)
}
func (f *shim) Dcopy(n int, x []float64, incX int, y []float64, incY int) {
	f.both("Dcopy", n, x, incX, y, incY)
}
func (f *shim) Daxpy(n int, alpha float64, x []float64, incX int, y []float64, incY int) {
	f.both("Daxpy", n, alpha, x, incX, y, incY)
}
func (f *shim) Drotg(a, b float64) (float64, float64, float64, float64) {
	v := f.both("Drotg", a, b)
	return v[0].Float(), v[1].Float(), v[2].Float(), v[3].Float()
}
func (f *shim) Drotmg(d1, d2, b1, b2 float64) (blas.DrotmParams, float64, float64, float64) {
	v := f.both("Drotmg", d1, d2, b1, b2)
	return v[0].Interface().(blas.DrotmParams), v[1].Float(), v[2].Float(), v[3].Float()
}
func (f *shim) Drot(n int, x []float64, incX int, y []float64, incY int, c, s float64) {
	f.both("Drot", n, x, incX, y, incY, c, s)
}
func (f *shim) Drotm(n int, x []float64, incX int, y []float64, incY int, p blas.DrotmParams) {
	f.both("Drotm", n, x, incX, y, incY, p)
}
func (f *shim) Dscal(n int, alpha float64, x []float64, incX int) {
	f.both("Dscal", n, alpha, x, incX)
}
func (f *shim) Dgemv(tA blas.Transpose, m, n int, alpha float64, a []float64, lda int,
	x []float64, incX int, beta float64, y []float64, incY int) {
	f.both("Dgemv", tA, m, n, alpha, a, lda, x, incX, beta, y, incY)
}
func (f *shim) Dgbmv(tA blas.Transpose, m, n, kL, kU int, alpha float64, a []float64, lda int,
	x []float64, incX int, beta float64, y []float64, incY int) {
	f.both("Dgbmv", tA, m, n, kL, kU, alpha, a, lda, x, incX, beta, y, incY)
}
func (f *shim) Dtrmv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, a []float64, lda int,
	x []float64, incX int) {
	f.both("Dtrmv", ul, tA, d, n, a, lda, x, incX)
}
func (f *shim) Dtbmv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n, k int, a []float64, lda int,
	x []float64, incX int) {
	f.both("Dtbmv", ul, tA, d, n, k, a, lda, x, incX)
}
func (f *shim) Dtpmv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, ap []float64,
	x []float64, incX int) {
	f.both("Dtpmv", ul, tA, d, n, ap, x, incX)
}
func (f *shim) Dtrsv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, a []float64, lda int,
	x []float64, incX int) {
	f.both("Dtrsv", ul, tA, d, n, a, lda, x, incX)
}
func (f *shim) Dtbsv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n, k int, a []float64, lda int,
	x []float64, incX int) {
	f.both("Dtbsv", ul, tA, d, n, k, a, lda, x, incX)
}
func (f *shim) Dtpsv(ul blas.Uplo, tA blas.Transpose, d blas.Diag, n int, ap []float64,
	x []float64, incX int) {
	f.both("Dtpsv", ul, tA, d, n, ap, x, incX)
}
func (f *shim) Dsymv(ul blas.Uplo, n int, alpha float64, a []float64, lda int, x []float64, incX int,
	beta float64, y []float64, incY int) {
	f.both("Dsymv", ul, n, alpha, a, lda, x, incX, beta, y, incY)
}
func (f *shim) Dsbmv(ul blas.Uplo, n, k int, alpha float64, a []float64, lda int, x []float64, incX int,
	beta float64, y []float64, incY int) {
	f.both("Dsbmv", ul, n, k, alpha, a, lda, x, incX, beta, y, incY)
}
func (f *shim) Dspmv(ul blas.Uplo, n int, alpha float64, ap []float64, x []float64, incX int,
	beta float64, y []float64, incY int) {
	f.both("Dspmv", ul, n, alpha, ap, x, incX, beta, y, incY)
}
func (f *shim) Dger(m, n int, alpha float64, x []float64, incX int, y []float64, incY int,
	a []float64, lda int) {
	f.both("Dger", m, n, alpha, x, incX, y, incY, a, lda)
}
func (f *shim) Dsyr(ul blas.Uplo, n int, alpha float64, x []float64, incX int, a []float64, lda int) {
	f.both("Dsyr", ul, n, alpha, x, incX, a, lda)
}
func (f *shim) Dspr(ul blas.Uplo, n int, alpha float64, x []float64, incX int, ap []float64) {
	f.both("Dspr", ul, n, alpha, x, incX, ap)
}
func (f *shim) Dsyr2(ul blas.Uplo, n int, alpha float64, x []float64, incX int, y []float64, incY int,
	a []float64, lda int) {
	f.both("Dsyr2", ul, n, alpha, x, incX, y, incY, a, lda)
}
func (f *shim) Dspr2(ul blas.Uplo, n int, alpha float64, x []float64, incX int, y []float64, incY int,
	ap []float64) {
	f.both("Dspr2", ul, n, alpha, x, incX, y, incY, ap)
}
func (f *shim) Dgemm(tA, tB blas.Transpose, m, n, k int, alpha float64, a []float64, lda int,
	b []float64, ldb int, beta float64, c []float64, ldc int) {
	f.both("Dgemm", tA, tB, m, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}
func (f *shim) Dsymm(s blas.Side, ul blas.Uplo, m, n int, alpha float64, a []float64, lda int,
	b []float64, ldb int, beta float64, c []float64, ldc int) {
	f.both("Dsymm", s, ul, m, n, alpha, a, lda, b, ldb, beta, c, ldc)
}
func (f *shim) Dsyrk(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float64, a []float64, lda int,
	beta float64, c []float64, ldc int) {
	f.both("Dsyrk", ul, tA, n, k, alpha, a, lda, beta, c, ldc)
}
func (f *shim) Dsyr2k(ul blas.Uplo, tA blas.Transpose, n, k int, alpha float64, a []float64, lda int,
	b []float64, ldb int, beta float64, c []float64, ldc int) {
	f.both("Dsyr2k", ul, tA, n, k, alpha, a, lda, b, ldb, beta, c, ldc)
}
func (f *shim) Dtrmm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64,
	a []float64, lda int, b []float64, ldb int) {
	f.both("Dtrmm", s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
}
func (f *shim) Dtrsm(s blas.Side, ul blas.Uplo, tA blas.Transpose, d blas.Diag, m, n int, alpha float64,
	a []float64, lda int, b []float64, ldb int) {
	f.both("Dtrsm", s, ul, tA, d, m, n, alpha, a, lda, b, ldb)
}
