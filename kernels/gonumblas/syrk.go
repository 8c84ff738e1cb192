package gonumblas

import (
	"github.com/ashlar-go/ashlar/kernels"
	"gonum.org/v1/gonum/blas"
)

// rankBlock is the order of the blocks on the diagonal of which syrk computes both
// triangles, into scratch memory, to add one.
const rankBlock = 64

// checkRank checks the flags and sizes that syrk and syr2k share.
func (r routine) checkRank(ul blas.Uplo, t blas.Transpose, n, k int) (upper, trans bool, rows, cols int) {
	upper, trans = r.upper(ul), r.transposed("tA", t)
	r.size(nLT0, "n", n)
	r.size(kLT0, "k", k)
	rows, cols = shape(trans, n, k)
	return upper, trans, rows, cols
}

func syrk[T float](r routine, ul blas.Uplo, tA blas.Transpose, n, k int, alpha T, a []T, lda int, beta T, c []T, ldc int) {
	upper, trans, rows, cols := r.checkRank(ul, tA, n, k)
	r.ld(badLdA, "lda", lda, cols)
	r.ld(badLdC, "ldc", ldc, n)
	if n == 0 {
		return
	}
	r.matrix(shortA, "a", len(a), rows, cols, lda)
	r.matrix(shortC, "c", len(c), n, n, ldc)
	if overlaps(c, a) {
		apart(r, "c", "a", triangleRegion(&triangle[T]{upper: upper, n: n, a: c, ld: ldc}, false), matrixRegion(a, rows, cols, lda))
	}
	if alpha == 0 || k == 0 {
		scaleTriangle(upper, n, beta, c, ldc)
		return
	}
	scratch := borrow[T]()
	p := rankUpdate[T]{upper: upper, trans: trans, k: k, alpha: alpha, lda: lda, ldb: lda, beta: beta, ldc: ldc,
		scratch: scratch.slice(rankBlock * rankBlock)}
	p.add(n, a, a, c)
	release(scratch)
}

func syr2k[T float](r routine, ul blas.Uplo, tA blas.Transpose, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) {
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
	if overlaps(c, a) {
		apart(r, "c", "a", triangleRegion(&triangle[T]{upper: upper, n: n, a: c, ld: ldc}, false), matrixRegion(a, rows, cols, lda))
	}
	if overlaps(c, b) {
		apart(r, "c", "b", triangleRegion(&triangle[T]{upper: upper, n: n, a: c, ld: ldc}, false), matrixRegion(b, rows, cols, ldb))
	}
	if alpha == 0 || k == 0 {
		scaleTriangle(upper, n, beta, c, ldc)
		return
	}
	scratch := borrow[T]()
	p := rankUpdate[T]{upper: upper, trans: trans, pair: true, k: k, alpha: alpha, lda: lda, ldb: ldb, beta: beta, ldc: ldc,
		scratch: scratch.slice(rankBlock * rankBlock)}
	p.add(n, a, b, c)
	release(scratch)
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

// rankUpdate is one triangle of C = alpha*A*B^T + beta*C, where B is A, or for a pair of
// C = alpha*(A*B^T + B*A^T) + beta*C; A and B have k columns, or k rows where trans is
// set.
type rankUpdate[T float] struct {
	upper, trans, pair bool
	k                  int
	alpha              T
	lda, ldb           int
	beta               T
	ldc                int
	scratch            []T
}

// add updates the triangle of order n.
func (p *rankUpdate[T]) add(n int, a, b, c []T) {
	if n <= rankBlock {
		p.addBlock(n, a, b, c)
		return
	}
	n1 := split(n, rankBlock)
	n2 := n - n1
	a2, b2 := p.from(a, n1, p.lda), p.from(b, n1, p.ldb)
	p.add(n1, a, b, c)
	p.add(n2, a2, b2, c[n1*p.ldc+n1:])
	x, x2, y, y2, m, below := a, a2, b, b2, n1, c[n1:] // the rectangle is in the rows of x
	if !p.upper {
		x, x2, y, y2, m, below = a2, a, b2, b, n2, c[n1*p.ldc:]
	}
	kernels.Gemm(p.trans, !p.trans, m, n-m, p.k, p.alpha, x, p.lda, y2, p.ldb, p.beta, below, p.ldc)
	if p.pair {
		kernels.Gemm(p.trans, !p.trans, m, n-m, p.k, p.alpha, y, p.ldb, x2, p.lda, 1, below, p.ldc)
	}
}

// from returns the part of A or B that belongs to rows i and on of C.
func (p *rankUpdate[T]) from(a []T, i, ld int) []T {
	if p.trans {
		return a[i:]
	}
	return a[i*ld:]
}

// addBlock updates a small triangle from the whole product S: C = beta*C + S, or
// beta*C + S + S^T for a pair.
func (p *rankUpdate[T]) addBlock(n int, a, b, c []T) {
	s := p.scratch[:n*n]
	kernels.Gemm(p.trans, !p.trans, n, n, p.k, p.alpha, a, p.lda, b, p.ldb, 0, s, n)
	if p.pair {
		addTransposed(s, n)
	}
	for i := range n {
		first, end := 0, i+1
		if p.upper {
			first, end = i, n
		}
		row, sum := c[i*p.ldc+first:i*p.ldc+end], s[i*n+first:i*n+end]
		if p.beta == 0 {
			copy(row, sum)
			continue
		}
		scaleVector(row, p.beta)
		kernels.Axpy(row, 1, sum)
	}
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
