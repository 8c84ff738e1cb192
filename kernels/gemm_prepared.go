package kernels

import "github.com/ashlar-go/ashlar/kernels/asm"

// PreparedGemm is a product whose shape, flags and scalars have been checked before its
// operands are known. It pays for small products, where the checks of [Gemm] take as long as
// the work. Any number of goroutines may use one.
type PreparedGemm[T Float] struct {
	product          product[T] // without operands
	tier             Tier
	lenA, lenB, lenC int              // elements from the first to the last of each operand
	tiny             bool             // the product is one call of the micro-kernel
	strip            asm.GemmStrip[T] // that call, without operands
}

// PrepareGemm returns the product
//
//	C = alpha * op(A) * op(B) + beta * C
//
// that [PreparedGemm.Do] computes; the arguments are those of [Gemm]. The product runs on the
// tier that is active now.
func PrepareGemm[T Float](transA, transB bool, m, n, k int, alpha T, lda, ldb int,
	beta T, ldc int) PreparedGemm[T] {
	p := product[T]{transA: transA, transB: transB, m: m, n: n, k: k,
		alpha: alpha, lda: lda, ldb: ldb, beta: beta, ldc: ldc}
	return prepare(Active(), "PrepareGemm", &p)
}

func prepare[T Float](t Tier, op string, p *product[T]) PreparedGemm[T] {
	checkSize(op, "m", p.m)
	checkSize(op, "n", p.n)
	checkSize(op, "k", p.k)
	rowsA, colsA := stored(p.transA, p.m, p.k)
	rowsB, colsB := stored(p.transB, p.k, p.n)
	checkLd(op, "lda", rowsA, colsA, p.lda)
	checkLd(op, "ldb", rowsB, colsB, p.ldb)
	checkLd(op, "ldc", p.m, p.n, p.ldc)
	g := PreparedGemm[T]{product: *p, tier: t, lenC: extent(p.m, p.n, p.ldc)}
	if g.lenC > 0 {
		g.lenA, g.lenB = extent(rowsA, colsA, p.lda), extent(rowsB, colsB, p.ldb)
	}
	if fitsTiny[T](t, p.transA, p.transB, p.m, p.n, p.k, p.lda, p.alpha) {
		g.tiny = true
		fillStrip(&g.strip, p.transA, p.m, p.n, p.k, p.alpha, p.lda, p.ldb, p.beta, p.ldc)
	}
	return g
}

// Do computes the product of a and b into c, with the bits of [Gemm]. The slices may be longer
// than the product needs. c must not share an element with a or b.
func (g *PreparedGemm[T]) Do(a, b, c []T) {
	const op = "PreparedGemm.Do"
	if len(a) < g.lenA || len(b) < g.lenB || len(c) < g.lenC {
		checkAtLeast(op, "a", len(a), g.lenA)
		checkAtLeast(op, "b", len(b), g.lenB)
		checkAtLeast(op, "c", len(c), g.lenC)
	}
	a, b, c = a[:g.lenA], b[:g.lenB], c[:g.lenC]
	if meet(c, a) || meet(c, b) {
		p := g.with(a, b, c)
		p.checkOverlap(op)
	}
	g.do(a, b, c)
}

// do is Do on checked operands of exactly the right length.
func (g *PreparedGemm[T]) do(a, b, c []T) {
	if !g.tiny {
		p := g.with(a, b, c)
		p.compute(g.tier)
		return
	}
	s := g.strip
	s.A, s.B, s.C, s.Next = &a[0], &b[0], &c[0], &b[0]
	rows, cols := stored(g.product.transA, s.M, s.K)
	raceReadMatrix(a, rows, cols, g.product.lda)
	raceReadMatrix(b, s.K, s.N, s.RsB)
	raceWriteMatrix(c, s.M, s.N, s.Ldc)
	dispatchGemmStrip(g.tier, &s)
}

// with is the product of these operands.
func (g *PreparedGemm[T]) with(a, b, c []T) product[T] {
	p := g.product
	p.a, p.b, p.c = a, b, c
	return p
}
