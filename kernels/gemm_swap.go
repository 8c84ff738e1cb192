package kernels

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels/asm"
)

// The swapped path: C^T = alpha * op(B)^T * op(A)^T + beta * C^T. It reads the rows of B in
// place and packs A. The product goes to a scratch matrix and from there, transposed, to C,
// tile by tile while it is in cache. A large C is computed in blocks that fit the scratch.
// Every element is the same sum in the same order as on the other paths.

// swapBlock returns the rows and columns of the blocks in which C is computed, such that a
// block takes the share of L3 that one call may fill.
func (p *product[T]) swapBlock(t Tier) (rows, cols int) {
	tile, area := tileOf[T](t), caches().l3Share/int(unsafe.Sizeof(T(0)))
	rows = min(p.m, evenly(p.m, max(swapRows, area/p.n), tile.NR))
	return rows, evenly(p.n, area/rows, tile.MR)
}

// runSwapped computes p with swapped roles.
func (g *gemmJob[T]) runSwapped(p *product[T]) {
	rows, cols := p.swapBlock(g.tier)
	for i := 0; i < p.m; i += rows {
		for j := 0; j < p.n; j += cols {
			g.product = p.part(i, min(rows, p.m-i), j, min(cols, p.n-j))
			g.swap()
			g.inTiles(g.shared(g.tier))
		}
	}
}

// part is the product whose C is the block of C with rows from i on and columns from j on.
func (p *product[T]) part(i, rows, j, cols int) product[T] {
	q := *p
	firstA, firstB := i*p.lda, j
	if p.transA {
		firstA = i
	}
	if p.transB {
		firstB = j * p.ldb
	}
	q.m, q.n, q.a, q.b, q.c = rows, cols, p.a[firstA:], p.b[firstB:], p.c[i*p.ldc+j:]
	if p.Bias != nil {
		q.Bias = p.Bias[j : j+cols]
	}
	if p.Deriv != nil {
		q.Deriv = p.Deriv[i*p.LdDeriv+j:]
	}
	return q
}

// swap gives the product of g swapped roles, with C in scratch.
func (g *gemmJob[T]) swap() {
	p := &g.product
	g.out, g.ldOut = p.c, p.ldc
	g.cScratch = grow(g.cScratch, p.m*p.n)
	p.c, p.ldc = g.cScratch, p.m
	p.exchange()
	if p.Bias != nil || p.Deriv != nil { // they lie along the rows of C
		g.later, p.Epilogue = p.Epilogue, Epilogue[T]{}
	}
}

// exchange exchanges the roles of A and B.
func (p *product[T]) exchange() {
	p.m, p.n = p.n, p.m
	p.transA, p.transB = !p.transB, !p.transA
	p.a, p.lda, p.b, p.ldb = p.b, p.ldb, p.a, p.lda
}

// fetch transposes the tile of C into scratch to which a product with beta is added.
func (g *gemmJob[T]) fetch(i, rows, j, cols int) {
	if g.out != nil && g.beta != 0 && g.pk == 0 {
		transposeBlock(g.tier, cols, rows, g.c[i*g.ldc+j:], g.ldc, g.out[j*g.ldOut+i:], g.ldOut)
	}
}

// deliver transposes a finished tile from scratch into C.
func (g *gemmJob[T]) deliver(i, rows, j, cols int) {
	if g.out == nil || g.pk+g.kb < g.k {
		return
	}
	transposeBlock(g.tier, rows, cols, g.out[j*g.ldOut+i:], g.ldOut, g.c[i*g.ldc+j:], g.ldc)
	if g.later.Bias != nil || g.later.Deriv != nil {
		p := product[T]{c: g.out, ldc: g.ldOut, Epilogue: g.later, activator: g.activator}
		p.applyEpilogue(g.tier, j, cols, i, rows)
	}
}

// applyEpilogue applies the epilogue to a block of C: it adds a product of one term 0 * 0 times
// alpha = -1, which is -0. Unlike +0, it leaves elements of C that are -0 as they are.
func (p *product[T]) applyEpilogue(t Tier, i0, rows, j0, cols int) {
	zero := (*T)(unsafe.Pointer(&zeroStrip))
	s := asm.GemmStrip[T]{K: 1, A: zero, B: zero, Next: zero, Ldc: p.ldc, Ldd: p.LdDeriv,
		Alpha: -1, Beta: 1, Flags: asm.GemmAlpha | asm.GemmBeta}
	p.lastPass(&s)
	for j := j0; j < j0+cols; j += s.N {
		s.N = min(tileOf[T](t).NR, j0+cols-j)
		for i := i0; i < i0+rows; i += s.M {
			s.M = min(maxDirectRows, i0+rows-i)
			p.strip(t, &s, i, j)
		}
	}
	p.finish(t, i0, rows, j0, cols)
}

// zeroStrip is a strip of zeros as wide as any, in either dtype.
var zeroStrip [64]float64
