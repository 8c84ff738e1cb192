//go:build linux && cgo

// Code generated from double.go. DO NOT EDIT.

package main

import "C"

import (
	"unsafe"

	"gonum.org/v1/gonum/blas"
)

//export sdot_
func sdot_(n num, x *float32, incX num, y *float32, incY num) C.float {
	return C.float(b.Sdot(int(*n), vector(x, n, incX), int(*incX), vector(y, n, incY), int(*incY)))
}

//export snrm2_
func snrm2_(n num, x *float32, incX num) C.float {
	return C.float(b.Snrm2(int(*n), vector(x, n, incX), positive(incX)))
}

//export sasum_
func sasum_(n num, x *float32, incX num) C.float {
	return C.float(b.Sasum(int(*n), vector(x, n, incX), positive(incX)))
}

//export isamax_
func isamax_(n num, x *float32, incX num) C.int {
	return C.int(b.Isamax(int(*n), vector(x, n, incX), int(*incX)) + 1)
}

//export sswap_
func sswap_(n num, x *float32, incX num, y *float32, incY num) {
	b.Sswap(int(*n), vector(x, n, incX), int(*incX), vector(y, n, incY), int(*incY))
}

//export scopy_
func scopy_(n num, x *float32, incX num, y *float32, incY num) {
	if *incX == 0 { // fills y, which gonum's convention forbids
		fill(*n, *x, vector(y, n, incY), positive(incY))
		return
	}
	b.Scopy(int(*n), vector(x, n, incX), int(*incX), vector(y, n, incY), int(*incY))
}

//export saxpy_
func saxpy_(n num, alpha *float32, x *float32, incX num, y *float32, incY num) {
	b.Saxpy(int(*n), *alpha, vector(x, n, incX), int(*incX), vector(y, n, incY), int(*incY))
}

//export sscal_
func sscal_(n num, alpha *float32, x *float32, incX num) {
	b.Sscal(int(*n), *alpha, vector(x, n, incX), int(*incX))
}

//export srotg_
func srotg_(p, q, c, s *float32) {
	*c, *s, *p, *q = b.Srotg(*p, *q)
}

//export srot_
func srot_(n num, x *float32, incX num, y *float32, incY num, c, s *float32) {
	b.Srot(int(*n), vector(x, n, incX), int(*incX), vector(y, n, incY), int(*incY), *c, *s)
}

//export srotmg_
func srotmg_(d1, d2, b1, b2 *float32, param *float32) {
	p, rd1, rd2, rb1 := b.Srotmg(*d1, *d2, *b1, *b2)
	*d1, *d2, *b1 = rd1, rd2, rb1
	h := unsafe.Slice(param, 5)
	h[0] = float32(p.Flag)
	switch p.Flag { // the others are implied
	case blas.Rescaling:
		copy(h[1:], p.H[:])
	case blas.OffDiagonal:
		h[2], h[3] = p.H[1], p.H[2]
	case blas.Diagonal:
		h[1], h[4] = p.H[0], p.H[3]
	}
}

//export srotm_
func srotm_(n num, x *float32, incX num, y *float32, incY num, param *float32) {
	h := unsafe.Slice(param, 5)
	b.Srotm(int(*n), vector(x, n, incX), int(*incX), vector(y, n, incY), int(*incY),
		blas.SrotmParams{Flag: blas.Flag(h[0]), H: [4]float32(h[1:])})
}

//export sgemv_
func sgemv_(t char, m, n num, alpha *float32, a *float32, lda num, x *float32, incX num, beta *float32,
	y *float32, incY num) {
	lenX, lenY := n, m
	if same(t) == blas.Trans {
		lenX, lenY = m, n
	}
	b.Sgemv(transposed(t), int(*n), int(*m), *alpha, matrix(a, int(*n), int(*m), lda), int(*lda),
		vector(x, lenX, incX), int(*incX), *beta, vector(y, lenY, incY), int(*incY))
}

//export sgbmv_
func sgbmv_(t char, m, n, kl, ku num, alpha *float32, a *float32, lda num, x *float32, incX num,
	beta *float32, y *float32, incY num) {
	lenX, lenY := n, m
	if same(t) == blas.Trans {
		lenX, lenY = m, n
	}
	b.Sgbmv(transposed(t), int(*n), int(*m), int(*ku), int(*kl), *alpha,
		matrix(a, int(*n), int(*kl+*ku)+1, lda), int(*lda), vector(x, lenX, incX), int(*incX), *beta,
		vector(y, lenY, incY), int(*incY))
}

//export ssymv_
func ssymv_(u char, n num, alpha *float32, a *float32, lda num, x *float32, incX num, beta *float32,
	y *float32, incY num) {
	b.Ssymv(otherTriangle(u), int(*n), *alpha, matrix(a, int(*n), int(*n), lda), int(*lda),
		vector(x, n, incX), int(*incX), *beta, vector(y, n, incY), int(*incY))
}

//export ssbmv_
func ssbmv_(u char, n, k num, alpha *float32, a *float32, lda num, x *float32, incX num, beta *float32,
	y *float32, incY num) {
	b.Ssbmv(otherTriangle(u), int(*n), int(*k), *alpha, matrix(a, int(*n), int(*k)+1, lda), int(*lda),
		vector(x, n, incX), int(*incX), *beta, vector(y, n, incY), int(*incY))
}

//export sspmv_
func sspmv_(u char, n num, alpha *float32, ap *float32, x *float32, incX num, beta *float32, y *float32,
	incY num) {
	b.Sspmv(otherTriangle(u), int(*n), *alpha, packed(ap, n), vector(x, n, incX), int(*incX), *beta,
		vector(y, n, incY), int(*incY))
}

//export strmv_
func strmv_(u, t, d char, n num, a *float32, lda num, x *float32, incX num) {
	b.Strmv(otherTriangle(u), transposed(t), diag(d), int(*n), matrix(a, int(*n), int(*n), lda),
		int(*lda), vector(x, n, incX), int(*incX))
}

//export stbmv_
func stbmv_(u, t, d char, n, k num, a *float32, lda num, x *float32, incX num) {
	b.Stbmv(otherTriangle(u), transposed(t), diag(d), int(*n), int(*k),
		matrix(a, int(*n), int(*k)+1, lda), int(*lda), vector(x, n, incX), int(*incX))
}

//export stpmv_
func stpmv_(u, t, d char, n num, ap *float32, x *float32, incX num) {
	b.Stpmv(otherTriangle(u), transposed(t), diag(d), int(*n), packed(ap, n), vector(x, n, incX), int(*incX))
}

//export strsv_
func strsv_(u, t, d char, n num, a *float32, lda num, x *float32, incX num) {
	b.Strsv(otherTriangle(u), transposed(t), diag(d), int(*n), matrix(a, int(*n), int(*n), lda),
		int(*lda), vector(x, n, incX), int(*incX))
}

//export stbsv_
func stbsv_(u, t, d char, n, k num, a *float32, lda num, x *float32, incX num) {
	b.Stbsv(otherTriangle(u), transposed(t), diag(d), int(*n), int(*k),
		matrix(a, int(*n), int(*k)+1, lda), int(*lda), vector(x, n, incX), int(*incX))
}

//export stpsv_
func stpsv_(u, t, d char, n num, ap *float32, x *float32, incX num) {
	b.Stpsv(otherTriangle(u), transposed(t), diag(d), int(*n), packed(ap, n), vector(x, n, incX), int(*incX))
}

//export sger_
func sger_(m, n num, alpha *float32, x *float32, incX num, y *float32, incY num, a *float32, lda num) {
	b.Sger(int(*n), int(*m), *alpha, vector(y, n, incY), int(*incY), vector(x, m, incX), int(*incX),
		matrix(a, int(*n), int(*m), lda), int(*lda))
}

//export ssyr_
func ssyr_(u char, n num, alpha *float32, x *float32, incX num, a *float32, lda num) {
	b.Ssyr(otherTriangle(u), int(*n), *alpha, vector(x, n, incX), int(*incX),
		matrix(a, int(*n), int(*n), lda), int(*lda))
}

//export sspr_
func sspr_(u char, n num, alpha *float32, x *float32, incX num, ap *float32) {
	b.Sspr(otherTriangle(u), int(*n), *alpha, vector(x, n, incX), int(*incX), packed(ap, n))
}

//export ssyr2_
func ssyr2_(u char, n num, alpha *float32, x *float32, incX num, y *float32, incY num, a *float32, lda num) {
	b.Ssyr2(otherTriangle(u), int(*n), *alpha, vector(x, n, incX), int(*incX), vector(y, n, incY),
		int(*incY), matrix(a, int(*n), int(*n), lda), int(*lda))
}

//export sspr2_
func sspr2_(u char, n num, alpha *float32, x *float32, incX num, y *float32, incY num, ap *float32) {
	b.Sspr2(otherTriangle(u), int(*n), *alpha, vector(x, n, incX), int(*incX), vector(y, n, incY),
		int(*incY), packed(ap, n))
}

//export sgemm_
func sgemm_(tA, tB char, m, n, k num, alpha *float32, p *float32, ldp num, q *float32, ldq num,
	beta *float32, c *float32, ldc num) {
	rowsP, colsP := swapped(same(tA), k, m)
	rowsQ, colsQ := swapped(same(tB), n, k)
	b.Sgemm(same(tB), same(tA), int(*n), int(*m), int(*k), *alpha, matrix(q, rowsQ, colsQ, ldq), int(*ldq),
		matrix(p, rowsP, colsP, ldp), int(*ldp), *beta, matrix(c, int(*n), int(*m), ldc), int(*ldc))
}

//export ssymm_
func ssymm_(s, u char, m, n num, alpha *float32, p *float32, ldp num, q *float32, ldq num,
	beta *float32, c *float32, ldc num) {
	side := otherSide(s)
	k := order(side, n, m)
	b.Ssymm(side, otherTriangle(u), int(*n), int(*m), *alpha, matrix(p, k, k, ldp), int(*ldp),
		matrix(q, int(*n), int(*m), ldq), int(*ldq),
		*beta, matrix(c, int(*n), int(*m), ldc), int(*ldc))
}

//export ssyrk_
func ssyrk_(u, t char, n, k num, alpha *float32, p *float32, ldp num, beta *float32, c *float32, ldc num) {
	rows, cols := swapped(same(t), k, n)
	b.Ssyrk(otherTriangle(u), transposed(t), int(*n), int(*k), *alpha, matrix(p, rows, cols, ldp),
		int(*ldp), *beta, matrix(c, int(*n), int(*n), ldc), int(*ldc))
}

//export ssyr2k_
func ssyr2k_(u, t char, n, k num, alpha *float32, p *float32, ldp num, q *float32, ldq num,
	beta *float32, c *float32, ldc num) {
	rows, cols := swapped(same(t), k, n)
	b.Ssyr2k(otherTriangle(u), transposed(t), int(*n), int(*k), *alpha, matrix(p, rows, cols, ldp),
		int(*ldp), matrix(q, rows, cols, ldq), int(*ldq),
		*beta, matrix(c, int(*n), int(*n), ldc), int(*ldc))
}

//export strmm_
func strmm_(s, u, t, d char, m, n num, alpha *float32, p *float32, ldp num, q *float32, ldq num) {
	side := otherSide(s)
	k := order(side, n, m)
	b.Strmm(side, otherTriangle(u), same(t), diag(d), int(*n), int(*m), *alpha, matrix(p, k, k, ldp),
		int(*ldp), matrix(q, int(*n), int(*m), ldq), int(*ldq))
}

//export strsm_
func strsm_(s, u, t, d char, m, n num, alpha *float32, p *float32, ldp num, q *float32, ldq num) {
	side := otherSide(s)
	k := order(side, n, m)
	b.Strsm(side, otherTriangle(u), same(t), diag(d), int(*n), int(*m), *alpha, matrix(p, k, k, ldp),
		int(*ldp), matrix(q, int(*n), int(*m), ldq), int(*ldq))
}
