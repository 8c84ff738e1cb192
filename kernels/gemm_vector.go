package kernels

import (
	"github.com/ashlar-go/ashlar/internal/freelist"
	"github.com/ashlar-go/ashlar/kernels/asm"
)

// The dots path: products of a matrix and a vector where each sum runs along a row of the
// matrix, as stored, and along the vector (see dots in gemm_path.go). The micro-kernel would
// use one lane of its vectors. So Gemv's kernel computes the sums, and the micro-kernel applies
// alpha, beta and the epilogue: it multiplies the sums by 1, a product of one term. A column
// that needs neither alpha, beta nor Deriv is finished in place instead.

// byDots computes the product.
func (p *product[T]) byDots(t Tier) {
	if p.triangle == wholeC && p.n == 1 && p.ldc == 1 && (p.transB || p.ldb == 1) &&
		p.alpha == 1 && p.beta == 0 && p.Deriv == nil {
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
		x := gathered(p.transA, p.k, p.a, p.lda, (*scratch)[n+1:])
		gemvRows(t, p.n, p.k, 1, p.b, p.ldb, x, 0, sums)
		s.M, s.A = 1, one
		for j := 0; j < n; j += s.N {
			s.N, s.B = min(tileOf[T](t).NR, n-j), &sums[j]
			s.Next = s.B
			p.strip(t, &s, 0, j)
		}
	} else {
		x := gathered(!p.transB, p.k, p.b, p.ldb, (*scratch)[n+1:])
		gemvRows(t, p.m, p.k, 1, p.a, p.lda, x, 0, sums)
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

// gathered returns k elements of x without gaps: x itself, or, if they are a column of a matrix,
// a copy in buf.
func gathered[T Float](strided bool, k int, x []T, ld int, buf []T) []T {
	if !strided || ld == 1 {
		return x[:k]
	}
	for i := range k {
		buf[i] = x[i*ld]
	}
	return buf[:k]
}
