package kernels

import "unsafe"

// GemmBlocksBFloat16 is [GemmBlocks] of bfloat16 numbers: it computes the product
//
//	C = A^T * B    A is k x m, B is k x n, C is m x n
//
// with sums in float32 and without storing C: f gets each block of rows once, while the block is in cache.
// Elements of A and B that are float32 are rounded to bfloat16 first. What f(row, c) gets and may do is
// what GemmBlocks says. The elements have the bits of [GemmBFloat16].
func GemmBlocksBFloat16[A, B BF16Operand](m, n, k int, a []A, lda int, b []B, ldb int,
	f func(row int, c []float32)) {
	p := bf16Product{transA: true, m: m, n: n, k: k, alpha: 1, a: mixedOf(a, lda), b: mixedOf(b, ldb),
		parts: 1}
	p.blocks("GemmBlocksBFloat16", f)
}

// GemmBlocksPrecision is [GemmBlocks] at a level of precision, which says how a product of float32 operands
// may be computed. The elements have the bits of [GemmPrecision] at that level.
func GemmBlocksPrecision[T Float](level Precision, m, n, k int, a []T, lda int, b []T, ldb int,
	f func(row int, c []T)) {
	const op = "GemmBlocksPrecision"
	level.check(op)
	if level != Highest && isF32[T]() {
		p := bf16Product{transA: true, m: m, n: n, k: k, alpha: 1, a: mixed{f: as[float32](a), ld: lda},
			b: mixed{f: as[float32](b), ld: ldb}, parts: level.parts()}
		if p.pays(bf16On(Active())) {
			p.blocks(op, *(*func(int, []float32))(unsafe.Pointer(&f)))
			return
		}
	}
	gemmBlocks(Active(), op, m, n, k, a, lda, b, ldb, f)
}

// blocks computes op(A)^T * B block by block.
func (p *bf16Product) blocks(op string, f func(row int, c []float32)) {
	p.c = mixed{ld: max(1, p.n)}
	p.checkOperands(op)
	checkBlocks(op, p.m, p.n, p.k, f == nil)
	if p.m == 0 || p.n == 0 {
		return
	}
	p.a.raceRead(p.k, p.m)
	p.b.raceRead(p.k, p.n)
	t := Active()
	if p.k == 0 {
		gemmBlocks(t, op, p.m, p.n, 0, nil, p.m, nil, p.n, f)
		return
	}
	g := takeBF16Job(t, bf16On(t))
	g.bf16Product, g.finished = *p, f
	g.runBlocks(g.path.shape())
	g.put()
}

// runBlocks packs all of B and computes blocks of rows of C, each as a tile of the job.
func (g *bf16Job) runBlocks(shape wordShape) {
	g.planWords(shape)
	if g.m*g.n >= 4*maxCall { // f takes time, too
		g.plan.threads = Threads()
	}
	g.plan.NC, g.plan.tileCols = roundUp(g.n, g.plan.NR), g.n
	g.plan.MC = evenly(g.m, max(1, blockArea/g.n), 2*g.plan.MR)
	g.wholeA = false
	g.loop5()
}

// block computes rows from ic on of C, all columns, and passes them on.
func (g *bf16Job) block(t *bf16Tile, ic, mc int) {
	t.c = grow(t.c, mc*g.n)
	q := product[float32]{m: mc, n: g.n, k: g.parts * g.words, alpha: 1, c: t.c[:mc*g.n], ldc: g.n}
	g.sums(t, &q, ic, mc, 0, g.n)
	g.finished(ic, q.c)
}
