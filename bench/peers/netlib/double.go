//go:build linux && cgo

package main

import "C"

import (
	"unsafe"

	"gonum.org/v1/gonum/blas"
)

//export ddot_
func ddot_(n num, x *float64, incX num, y *float64, incY num) C.double {
	return C.double(b.Ddot(int(*n), vector(x, n, incX), int(*incX), vector(y, n, incY), int(*incY)))
}

//export dnrm2_
func dnrm2_(n num, x *float64, incX num) C.double {
	return C.double(b.Dnrm2(int(*n), vector(x, n, incX), positive(incX)))
}

//export dasum_
func dasum_(n num, x *float64, incX num) C.double {
	return C.double(b.Dasum(int(*n), vector(x, n, incX), positive(incX)))
}

//export idamax_
func idamax_(n num, x *float64, incX num) C.int {
	return C.int(b.Idamax(int(*n), vector(x, n, incX), int(*incX)) + 1)
}

//export dswap_
func dswap_(n num, x *float64, incX num, y *float64, incY num) {
	b.Dswap(int(*n), vector(x, n, incX), int(*incX), vector(y, n, incY), int(*incY))
}

//export dcopy_
func dcopy_(n num, x *float64, incX num, y *float64, incY num) {
	if *incX == 0 { // fills y, which gonum's convention forbids
		fill(*n, *x, vector(y, n, incY), positive(incY))
		return
	}
	b.Dcopy(int(*n), vector(x, n, incX), int(*incX), vector(y, n, incY), int(*incY))
}

//export daxpy_
func daxpy_(n num, alpha *float64, x *float64, incX num, y *float64, incY num) {
	b.Daxpy(int(*n), *alpha, vector(x, n, incX), int(*incX), vector(y, n, incY), int(*incY))
}

//export dscal_
func dscal_(n num, alpha *float64, x *float64, incX num) {
	b.Dscal(int(*n), *alpha, vector(x, n, incX), int(*incX))
}

//export drotg_
func drotg_(p, q, c, s *float64) {
	*c, *s, *p, *q = b.Drotg(*p, *q)
}

//export drot_
func drot_(n num, x *float64, incX num, y *float64, incY num, c, s *float64) {
	b.Drot(int(*n), vector(x, n, incX), int(*incX), vector(y, n, incY), int(*incY), *c, *s)
}

//export drotmg_
func drotmg_(d1, d2, b1, b2 *float64, param *float64) {
	p, rd1, rd2, rb1 := b.Drotmg(*d1, *d2, *b1, *b2)
	*d1, *d2, *b1 = rd1, rd2, rb1
	h := unsafe.Slice(param, 5)
	h[0] = float64(p.Flag)
	switch p.Flag { // the others are implied
	case blas.Rescaling:
		copy(h[1:], p.H[:])
	case blas.OffDiagonal:
		h[2], h[3] = p.H[1], p.H[2]
	case blas.Diagonal:
		h[1], h[4] = p.H[0], p.H[3]
	}
}

//export drotm_
func drotm_(n num, x *float64, incX num, y *float64, incY num, param *float64) {
	h := unsafe.Slice(param, 5)
	b.Drotm(int(*n), vector(x, n, incX), int(*incX), vector(y, n, incY), int(*incY),
		blas.DrotmParams{Flag: blas.Flag(h[0]), H: [4]float64(h[1:])})
}

//export dgemv_
func dgemv_(t char, m, n num, alpha *float64, a *float64, lda num, x *float64, incX num, beta *float64,
	y *float64, incY num) {
	lenX, lenY := n, m
	if same(t) == blas.Trans {
		lenX, lenY = m, n
	}
	b.Dgemv(transposed(t), int(*n), int(*m), *alpha, matrix(a, int(*n), int(*m), lda), int(*lda),
		vector(x, lenX, incX), int(*incX), *beta, vector(y, lenY, incY), int(*incY))
}

//export dgbmv_
func dgbmv_(t char, m, n, kl, ku num, alpha *float64, a *float64, lda num, x *float64, incX num,
	beta *float64, y *float64, incY num) {
	lenX, lenY := n, m
	if same(t) == blas.Trans {
		lenX, lenY = m, n
	}
	b.Dgbmv(transposed(t), int(*n), int(*m), int(*ku), int(*kl), *alpha,
		matrix(a, int(*n), int(*kl+*ku)+1, lda), int(*lda), vector(x, lenX, incX), int(*incX), *beta,
		vector(y, lenY, incY), int(*incY))
}

//export dsymv_
func dsymv_(u char, n num, alpha *float64, a *float64, lda num, x *float64, incX num, beta *float64,
	y *float64, incY num) {
	b.Dsymv(otherTriangle(u), int(*n), *alpha, matrix(a, int(*n), int(*n), lda), int(*lda),
		vector(x, n, incX), int(*incX), *beta, vector(y, n, incY), int(*incY))
}

//export dsbmv_
func dsbmv_(u char, n, k num, alpha *float64, a *float64, lda num, x *float64, incX num, beta *float64,
	y *float64, incY num) {
	b.Dsbmv(otherTriangle(u), int(*n), int(*k), *alpha, matrix(a, int(*n), int(*k)+1, lda), int(*lda),
		vector(x, n, incX), int(*incX), *beta, vector(y, n, incY), int(*incY))
}

//export dspmv_
func dspmv_(u char, n num, alpha *float64, ap *float64, x *float64, incX num, beta *float64, y *float64,
	incY num) {
	b.Dspmv(otherTriangle(u), int(*n), *alpha, packed(ap, n), vector(x, n, incX), int(*incX), *beta,
		vector(y, n, incY), int(*incY))
}

//export dtrmv_
func dtrmv_(u, t, d char, n num, a *float64, lda num, x *float64, incX num) {
	b.Dtrmv(otherTriangle(u), transposed(t), diag(d), int(*n), matrix(a, int(*n), int(*n), lda),
		int(*lda), vector(x, n, incX), int(*incX))
}

//export dtbmv_
func dtbmv_(u, t, d char, n, k num, a *float64, lda num, x *float64, incX num) {
	b.Dtbmv(otherTriangle(u), transposed(t), diag(d), int(*n), int(*k),
		matrix(a, int(*n), int(*k)+1, lda), int(*lda), vector(x, n, incX), int(*incX))
}

//export dtpmv_
func dtpmv_(u, t, d char, n num, ap *float64, x *float64, incX num) {
	b.Dtpmv(otherTriangle(u), transposed(t), diag(d), int(*n), packed(ap, n), vector(x, n, incX), int(*incX))
}

//export dtrsv_
func dtrsv_(u, t, d char, n num, a *float64, lda num, x *float64, incX num) {
	b.Dtrsv(otherTriangle(u), transposed(t), diag(d), int(*n), matrix(a, int(*n), int(*n), lda),
		int(*lda), vector(x, n, incX), int(*incX))
}

//export dtbsv_
func dtbsv_(u, t, d char, n, k num, a *float64, lda num, x *float64, incX num) {
	b.Dtbsv(otherTriangle(u), transposed(t), diag(d), int(*n), int(*k),
		matrix(a, int(*n), int(*k)+1, lda), int(*lda), vector(x, n, incX), int(*incX))
}

//export dtpsv_
func dtpsv_(u, t, d char, n num, ap *float64, x *float64, incX num) {
	b.Dtpsv(otherTriangle(u), transposed(t), diag(d), int(*n), packed(ap, n), vector(x, n, incX), int(*incX))
}

//export dger_
func dger_(m, n num, alpha *float64, x *float64, incX num, y *float64, incY num, a *float64, lda num) {
	b.Dger(int(*n), int(*m), *alpha, vector(y, n, incY), int(*incY), vector(x, m, incX), int(*incX),
		matrix(a, int(*n), int(*m), lda), int(*lda))
}

//export dsyr_
func dsyr_(u char, n num, alpha *float64, x *float64, incX num, a *float64, lda num) {
	b.Dsyr(otherTriangle(u), int(*n), *alpha, vector(x, n, incX), int(*incX),
		matrix(a, int(*n), int(*n), lda), int(*lda))
}

//export dspr_
func dspr_(u char, n num, alpha *float64, x *float64, incX num, ap *float64) {
	b.Dspr(otherTriangle(u), int(*n), *alpha, vector(x, n, incX), int(*incX), packed(ap, n))
}

//export dsyr2_
func dsyr2_(u char, n num, alpha *float64, x *float64, incX num, y *float64, incY num, a *float64, lda num) {
	b.Dsyr2(otherTriangle(u), int(*n), *alpha, vector(x, n, incX), int(*incX), vector(y, n, incY),
		int(*incY), matrix(a, int(*n), int(*n), lda), int(*lda))
}

//export dspr2_
func dspr2_(u char, n num, alpha *float64, x *float64, incX num, y *float64, incY num, ap *float64) {
	b.Dspr2(otherTriangle(u), int(*n), *alpha, vector(x, n, incX), int(*incX), vector(y, n, incY),
		int(*incY), packed(ap, n))
}

//export dgemm_
func dgemm_(tA, tB char, m, n, k num, alpha *float64, p *float64, ldp num, q *float64, ldq num,
	beta *float64, c *float64, ldc num) {
	rowsP, colsP := swapped(same(tA), k, m)
	rowsQ, colsQ := swapped(same(tB), n, k)
	b.Dgemm(same(tB), same(tA), int(*n), int(*m), int(*k), *alpha, matrix(q, rowsQ, colsQ, ldq), int(*ldq),
		matrix(p, rowsP, colsP, ldp), int(*ldp), *beta, matrix(c, int(*n), int(*m), ldc), int(*ldc))
}

//export dsymm_
func dsymm_(s, u char, m, n num, alpha *float64, p *float64, ldp num, q *float64, ldq num,
	beta *float64, c *float64, ldc num) {
	side := otherSide(s)
	k := order(side, n, m)
	b.Dsymm(side, otherTriangle(u), int(*n), int(*m), *alpha, matrix(p, k, k, ldp), int(*ldp),
		matrix(q, int(*n), int(*m), ldq), int(*ldq),
		*beta, matrix(c, int(*n), int(*m), ldc), int(*ldc))
}

//export dsyrk_
func dsyrk_(u, t char, n, k num, alpha *float64, p *float64, ldp num, beta *float64, c *float64, ldc num) {
	rows, cols := swapped(same(t), k, n)
	b.Dsyrk(otherTriangle(u), transposed(t), int(*n), int(*k), *alpha, matrix(p, rows, cols, ldp),
		int(*ldp), *beta, matrix(c, int(*n), int(*n), ldc), int(*ldc))
}

//export dsyr2k_
func dsyr2k_(u, t char, n, k num, alpha *float64, p *float64, ldp num, q *float64, ldq num,
	beta *float64, c *float64, ldc num) {
	rows, cols := swapped(same(t), k, n)
	b.Dsyr2k(otherTriangle(u), transposed(t), int(*n), int(*k), *alpha, matrix(p, rows, cols, ldp),
		int(*ldp), matrix(q, rows, cols, ldq), int(*ldq),
		*beta, matrix(c, int(*n), int(*n), ldc), int(*ldc))
}

//export dtrmm_
func dtrmm_(s, u, t, d char, m, n num, alpha *float64, p *float64, ldp num, q *float64, ldq num) {
	side := otherSide(s)
	k := order(side, n, m)
	b.Dtrmm(side, otherTriangle(u), same(t), diag(d), int(*n), int(*m), *alpha, matrix(p, k, k, ldp),
		int(*ldp), matrix(q, int(*n), int(*m), ldq), int(*ldq))
}

//export dtrsm_
func dtrsm_(s, u, t, d char, m, n num, alpha *float64, p *float64, ldp num, q *float64, ldq num) {
	side := otherSide(s)
	k := order(side, n, m)
	b.Dtrsm(side, otherTriangle(u), same(t), diag(d), int(*n), int(*m), *alpha, matrix(p, k, k, ldp),
		int(*ldp), matrix(q, int(*n), int(*m), ldq), int(*ldq))
}
