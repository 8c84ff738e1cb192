package kernels

import "github.com/ashlar-go/ashlar/kernels/asm"

// The strips path: products of one pass over the terms, in the fewest calls of the
// micro-kernel. The smallest, a single strip, skip the ordinary route as well, since for
// them its checks cost as much as the work. If a quick look cannot tell that the arguments
// are right, the ordinary route decides and reports.

// tiny is the quick look of Gemm with an epilogue.
func (p *product[T]) tiny(t Tier) bool {
	if !fitsTiny[T](t, p.transA, p.transB, p.m, p.n, p.k, p.lda, p.alpha) || !p.Act.inRegister() {
		return false
	}
	rows, cols := stored(p.transA, p.m, p.k)
	if !holds(len(p.a), rows, cols, p.lda) || !holds(len(p.b), p.k, p.n, p.ldb) || !p.plainC() {
		return false
	}
	p.announce()
	p.strips(t)
	return true
}

// strips computes a product of one pass in the fewest calls of the micro-kernel.
func (p *product[T]) strips(t Tier) {
	var s asm.GemmStrip[T]
	fillStrip(&s, p.transA, p.m, p.n, p.k, p.alpha, p.lda, p.ldb, p.beta, p.ldc)
	s.A, s.Ldd, s.Far = &p.a[0], p.LdDeriv, p.far()
	p.lastPass(&s)
	for j := 0; j < p.n; j += s.N {
		s.N, s.B = p.stripWidth(t, p.m, p.n-j), &p.b[j]
		s.Next = s.B
		p.strip(t, &s, 0, j)
	}
	p.finish(t, 0, p.m, 0, p.n)
}

// fillStrip sets the sizes, strides, scalars and flags of a product of one pass that reads B
// as stored; the caller sets the operands. s is empty.
func fillStrip[T Float](s *asm.GemmStrip[T], transA bool, m, n, k int, alpha T, lda, ldb int,
	beta T, ldc int) {
	s.M, s.N, s.K, s.RsA, s.CsA, s.RsB, s.Ldc, s.Alpha, s.Beta = m, n, k, lda, 1, ldb, ldc, alpha, beta
	if transA {
		s.RsA, s.CsA = 1, lda
	}
	if alpha != 1 {
		s.Flags = asm.GemmAlpha
	}
	if beta != 0 {
		s.Flags |= asm.GemmBeta
	}
}
