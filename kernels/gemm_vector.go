package kernels

import (
	"github.com/ashlar-go/ashlar/internal/freelist"
	"github.com/ashlar-go/ashlar/kernels/asm"
)

// Products of a matrix and a vector where each sum runs along a row of the matrix, as
// stored, and along the vector: C is one column and A is not transposed, or C is one row
// and B is. The micro-kernel would use one lane of its vectors there. The dot products of
// Gemv take their place; alpha, beta and the epilogue are left to the micro-kernel, as a
// product with one term, but for a column to which little remains to be done.

// byDots computes the product.
func (p *product[T]) byDots(t Tier) {
	if p.triangle == wholeC && p.n == 1 && p.ldc == 1 && (p.transB || p.ldb == 1) && p.alpha == 1 && p.beta == 0 && p.Deriv == nil {
		p.dotColumn(t)
		return
	}
	scratch := freelist.Get[T, []T](&packs)
	n := max(p.m, p.n)
	*scratch = grow(*scratch, n+1+p.k)
	sums, one := (*scratch)[:n], &(*scratch)[n]
	*one = 1
	s := asm.GemmStrip[T]{K: 1, RsA: 1, CsA: 1, RsB: n, Alpha: p.alpha, Ldc: p.ldc, Ldd: p.LdDeriv}
	p.passFlags(&s, 0, p.k)
	if p.m == 1 && p.transB {
		gemvRows(t, p.n, p.k, 1, p.b, p.ldb, gathered(p.transA, p.k, p.a, p.lda, (*scratch)[n+1:]), 0, sums)
		s.M, s.A = 1, one
		for j := 0; j < n; j += s.N {
			s.N, s.B = min(tileOf[T](t).NR, n-j), &sums[j]
			s.Next = s.B
			p.strip(t, &s, 0, j)
		}
	} else {
		gemvRows(t, p.m, p.k, 1, p.a, p.lda, gathered(!p.transB, p.k, p.b, p.ldb, (*scratch)[n+1:]), 0, sums)
		s.N, s.B, s.Next = 1, one, one
		for i := 0; i < n; i += s.M {
			s.M, s.A = min(maxDirectRows, n-i), &sums[i]
			p.strip(t, &s, i, 0)
		}
	}
	p.finish(t, 0, p.m, 0, p.n)
	freelist.Put[T](&packs, scratch)
}

// dotColumn computes a column without gaps in place.
func (p *product[T]) dotColumn(t Tier) {
	y := p.c[:p.m]
	gemvRows(t, p.m, p.k, 1, p.a, p.lda, p.b[:p.k], 0, y)
	if p.Bias != nil {
		for i := range y {
			y[i] += p.Bias[0]
		}
	}
	if p.Act != ActIdentity {
		p.activator.activate(t, p.Act, y)
	}
}

// gathered returns k elements of x without gaps: as they are, or where they are a column of a
// matrix, copied to buf.
func gathered[T Float](strided bool, k int, x []T, ld int, buf []T) []T {
	if !strided || ld == 1 {
		return x[:k]
	}
	for i := range k {
		buf[i] = x[i*ld]
	}
	return buf[:k]
}
