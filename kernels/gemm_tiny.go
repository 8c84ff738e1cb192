package kernels

import "github.com/ashlar-go/ashlar/kernels/asm"

// The path of products so small that one call of the micro-kernel, or one for each of a few
// strips, does all of them. There the checks cost as much as the work, so here they only
// say whether all is plainly well; where they cannot tell, the ordinary path finds out, and
// what to report.

// gemmTiny computes the product and returns true if it is one strip of one pass, reads
// B as stored, and its arguments are plainly right.
func gemmTiny[T Float](t Tier, transA, transB bool, m, n, k int, alpha T, a []T, lda int, b []T, ldb int, beta T, c []T, ldc int) bool {
	if !fitsTiny[T](t, transB, m, n, k, alpha) {
		return false
	}
	rows, cols := stored(transA, m, k)
	if !holds(len(a), rows, cols, lda) || !holds(len(b), k, n, ldb) || !holds(len(c), m, n, ldc) || meet(c, a) || meet(c, b) {
		return false
	}
	raceReadMatrix(a, rows, cols, lda)
	raceReadMatrix(b, k, n, ldb)
	raceWriteMatrix(c, m, n, ldc)
	var s asm.GemmStrip[T]
	fillStrip(&s, transA, m, n, k, alpha, lda, ldb, beta, ldc)
	s.A, s.B, s.C, s.Next = &a[0], &b[0], &c[0], &b[0]
	dispatchGemmStrip(t, &s)
	return true
}

// tiny is gemmTiny with an epilogue.
func (p *product[T]) tiny(t Tier) bool {
	if !fitsTiny[T](t, p.transB, p.m, p.n, p.k, p.alpha) || !p.Act.inRegister() {
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

// plain reports whether the arguments are plainly right, before anything of them has been
// checked.
func (p *product[T]) plain() bool {
	if p.m < 1 || p.n < 1 || p.k < 1 || p.Act.kind() >= kinds {
		return false
	}
	rowsA, colsA := stored(p.transA, p.m, p.k)
	rowsB, colsB := stored(p.transB, p.k, p.n)
	return holds(len(p.a), rowsA, colsA, p.lda) && (p.packed || holds(len(p.b), rowsB, colsB, p.ldb)) && p.plainC()
}

// plainC is plain for the result and what is applied to it.
func (p *product[T]) plainC() bool {
	if !holds(len(p.c), p.m, p.n, p.ldc) || meet(p.c, p.a) || meet(p.c, p.b) {
		return false
	}
	if p.Bias != nil && (len(p.Bias) != p.n || meet(p.c, p.Bias)) {
		return false
	}
	return p.Deriv == nil || holds(len(p.Deriv), p.m, p.n, p.LdDeriv) && !meet(p.c, p.Deriv) && p.Act.inRegister()
}

// fillStrip sets what a call of the micro-kernel for a product of one pass that reads B as
// stored has beside its operands. s is empty.
func fillStrip[T Float](s *asm.GemmStrip[T], transA bool, m, n, k int, alpha T, lda, ldb int, beta T, ldc int) {
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
