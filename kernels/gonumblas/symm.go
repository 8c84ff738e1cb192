package gonumblas

import (
	"github.com/ashlar-go/ashlar/kernels"
	"gonum.org/v1/gonum/blas"
)

// symmBlock is the largest order at which a symmetric matrix is written out in full. It
// is the number of terms that the product sums in one pass, and in float64 the copy
// takes half a megabyte.
const symmBlock = 256

func symm[T float](r routine, s blas.Side, ul blas.Uplo, m, n int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
	left, upper := r.leftSide(s), r.upper(ul)
	order := r.checkSided(left, m, n, lda, ldb)
	r.ld(badLdC, "ldc", ldc, n)
	if m == 0 || n == 0 {
		return
	}
	r.matrix(shortA, "a", len(a), order, order, lda)
	r.matrix(shortB, "b", len(b), m, n, ldb)
	r.matrix(shortC, "c", len(c), m, n, ldc)
	if overlaps(c, a) {
		apart(r, "c", "a", matrixRegion(c, m, n, ldc), triangleRegion(&triangle[T]{upper: upper, n: order, a: a, ld: lda}, false))
	}
	if overlaps(c, b) {
		apart(r, "c", "b", matrixRegion(c, m, n, ldc), matrixRegion(b, m, n, ldb))
	}
	if alpha == 0 {
		scaleMatrix(m, n, beta, c, ldc)
		return
	}
	scratch := borrow[T]()
	p := symmetricProduct[T]{left: left, upper: upper, alpha: alpha, lda: lda, ldb: ldb, ldc: ldc,
		scratch: scratch.slice(min(order, symmBlock) * min(order, symmBlock))}
	other := m
	if left {
		other = n
	}
	p.compute(order, other, a, b, beta, c)
	release(scratch)
}

// symmetricProduct is C = alpha*A*B + beta*C, or with B*A, for a symmetric A.
type symmetricProduct[T float] struct {
	left, upper   bool
	alpha         T
	lda, ldb, ldc int
	scratch       []T
}

// compute is the product for an A of order n; B and C have other columns, or rows
// where A is on the right.
//
//	C1 = alpha*(A11*B1 + A21^T*B2) + beta*C1
//	C2 = alpha*(A21*B1 + A22*B2) + beta*C2
func (p *symmetricProduct[T]) compute(n, other int, a, b []T, beta T, c []T) {
	if n <= symmBlock {
		whole := p.scratch[:n*n]
		mirror(whole, n, a, p.lda, p.upper)
		if p.left {
			kernels.Gemm(false, false, n, other, n, p.alpha, whole, n, b, p.ldb, beta, c, p.ldc)
		} else {
			kernels.Gemm(false, false, other, n, n, p.alpha, b, p.ldb, whole, n, beta, c, p.ldc)
		}
		return
	}
	n1 := split(n, symmBlock)
	n2 := n - n1
	beside := a[n1*p.lda:] // A21, or A12 where the upper triangle is stored
	if p.upper {
		beside = a[n1:]
	}
	if p.left {
		b2, c2 := b[n1*p.ldb:], c[n1*p.ldc:]
		p.compute(n1, other, a, b, beta, c)
		p.compute(n2, other, a[n1*p.lda+n1:], b2, beta, c2)
		kernels.Gemm(!p.upper, false, n1, other, n2, p.alpha, beside, p.lda, b2, p.ldb, 1, c, p.ldc)
		kernels.Gemm(p.upper, false, n2, other, n1, p.alpha, beside, p.lda, b, p.ldb, 1, c2, p.ldc)
		return
	}
	b2, c2 := b[n1:], c[n1:]
	p.compute(n1, other, a, b, beta, c)
	p.compute(n2, other, a[n1*p.lda+n1:], b2, beta, c2)
	kernels.Gemm(false, p.upper, other, n1, n2, p.alpha, b2, p.ldb, beside, p.lda, 1, c, p.ldc)
	kernels.Gemm(false, !p.upper, other, n2, n1, p.alpha, b, p.ldb, beside, p.lda, 1, c2, p.ldc)
}

// mirror writes the symmetric matrix of order n of which a holds one triangle to dst,
// without gaps between its rows.
func mirror[T float](dst []T, n int, a []T, lda int, upper bool) {
	for i := range n {
		if upper {
			copy(dst[i*n+i:i*n+n], a[i*lda+i:])
		} else {
			copy(dst[i*n:i*n+i+1], a[i*lda:])
		}
	}
	// In square tiles, so that the columns that are read stay in cache.
	const tile = 16
	for i0 := 0; i0 < n; i0 += tile {
		for j0 := 0; j0 <= i0; j0 += tile {
			for i := i0; i < min(i0+tile, n); i++ {
				for j := j0; j < min(j0+tile, i); j++ {
					if upper {
						dst[i*n+j] = dst[j*n+i]
					} else {
						dst[j*n+i] = dst[i*n+j]
					}
				}
			}
		}
	}
}
