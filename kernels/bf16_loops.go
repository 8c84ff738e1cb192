package kernels

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/freelist"
	"github.com/ashlar-go/ashlar/kernels/asm"
)

// A pair of bfloat16 numbers takes the place of one float32: two neighbouring terms of a row of A, or of
// a column of B, are one word of 32 bits, the earlier term in its lower half. In this form a product of
// k terms is one of ceil(k/2) words, and the loops, tiles and panels are those of float32. An odd k has
// a zero as its last partner. Below, sizes in words count pairs.

// bf16Job is a product of bfloat16 numbers in the five loops of gemmJob. It packs B, and A unless the
// micro-kernel can read it where it is, in jobs for the pool; the last job computes tiles of C. B is
// packed for all terms at once, so that a tile of C is finished before it is stored: a C of bfloat16
// numbers is rounded once.
type bf16Job struct {
	bf16Product
	tier   Tier
	path   BF16Path
	plan   plan
	words  int  // pairs of terms, padded to what the path takes
	wholeA bool // A is packed before the tiles are computed
	// finished gets blocks of C that is not stored, as GemmBlocks says; nil where it is.
	finished func(row int, c []float32)

	phase  bf16Phase
	jc, nc int // the current block of columns (loop 5)
	ldA    int // words from row to row of packed A

	// Packed operands in words: in [0] the numbers rounded to bfloat16, in [1] what is left of them,
	// rounded again, if parts is 3.
	packA, packB [2][]float32
}

type bf16Phase uint8

const (
	bf16PackingA bf16Phase = iota
	bf16PackingB
	bf16Computing
)

var bf16Jobs freelist.Lists

func takeBF16Job(t Tier, path BF16Path) *bf16Job {
	g := freelist.Get[float32, bf16Job](&bf16Jobs)
	g.tier, g.path = t, path
	return g
}

// put gives the job back. It does not keep the caller's slices alive.
func (g *bf16Job) put() {
	g.bf16Product, g.finished = bf16Product{}, nil
	freelist.Put[float32](&bf16Jobs, g)
}

// bf16Tile is what one thread needs for one tile of C.
type bf16Tile struct {
	a    [2][]float32 // rows of A in words
	c    []float32    // the tile, where C is bfloat16
	part []float32    // a few rows while they are packed
	rest []float32    // a row, with what rounding leaves of it
	low  []float32    // a few rows of low parts
}

var bf16Tiles freelist.Lists

func takeTile() *bf16Tile { return freelist.Get[float32, bf16Tile](&bf16Tiles) }

func (t *bf16Tile) put() { freelist.Put[float32](&bf16Tiles, t) }

// wordShape is how the micro-kernel of a path takes its operands: its register tile, the words that the
// number of words of a pass is a multiple of, and the longest run of them that is summed in registers.
type wordShape struct {
	tileShape
	unit, maxKC int
}

// shape returns the shape of a path. maxKC is longKC, that of float32 for large products, since a word of
// a panel takes the same place in the caches and about the same time. On AMX, which reads a panel at
// twice the rate of L2, a panel of 32 KiB lies in L1.
func (p BF16Path) shape() wordShape {
	switch p {
	case BF16AMX:
		return wordShape{tileShape{MR: 32, NR: 32, lanes: 16}, 16, maxKC}
	case BF16Dot, BF16AVX512:
		return wordShape{tileShape{MR: 8, NR: 48, lanes: 16}, 1, longKC}
	case BF16AVX2:
		return wordShape{tileShape{MR: 6, NR: 16, lanes: 8}, 1, longKC}
	case BF16NEON:
		return wordShape{tileShape{MR: 8, NR: 12, lanes: 4}, 1, longKC}
	}
	return wordShape{tileShape{MR: 4, NR: 16, lanes: 1}, 1, longKC}
}

// planWords sets the number of words and the plan, in words. KC depends on k and the path alone.
func (g *bf16Job) planWords(shape wordShape) {
	g.words = roundUp(ceilDiv(g.k, 2), shape.unit)
	pl := plan{tileShape: shape.tileShape, threads: 1}
	pl.KC = roundUp(ceilDiv(g.words, ceilDiv(g.words, shape.maxKC)), shape.unit)
	pl.KB = g.words
	pl.NC = max(minStrips*pl.NR, caches().l3Share/4/g.copies()/pl.KB/pl.NR*pl.NR)
	if g.packed != nil {
		pl.NC = roundUp(g.n, pl.NR)
	}
	if g.flops() >= bf16Parallel {
		pl.threads = Threads()
	}
	pl.cut(g.m, min(g.n, pl.NC), 4)
	g.plan = pl
}

// bf16Parallel is the size of product from which helpers pay. It takes about as long as one of
// parallelFlops in float32.
const bf16Parallel = 2 << 20

// flops is the number of floating-point operations of the product.
func (p *bf16Product) flops() float64 {
	return 2 * float64(p.parts) * float64(p.m) * float64(p.n) * float64(p.k)
}

// copies is the number of bfloat16 numbers that an element of A or B becomes.
func (p *bf16Product) copies() int { return (p.parts + 1) / 2 }

// run computes the product.
func (g *bf16Job) run(shape wordShape) {
	g.planWords(shape)
	g.wholeA = !g.readsA() && ceilDiv(g.n, min(g.plan.NC, g.plan.tileCols)) > 1
	if g.wholeA {
		g.ldA = paddedWords(g.words)
		for i := range g.copies() {
			g.packA[i] = grow(g.packA[i], g.m*g.ldA)
		}
		g.phase = bf16PackingA
		parallel(g.plan.threads, ceilDiv(g.m, bf16RowsA), g)
	}
	if g.packed != nil {
		g.computeBlock(0, g.n, [2][]float32{g.packed.panels})
		return
	}
	g.loop5()
}

func (g *bf16Job) loop5() {
	for jc := 0; jc < g.n; jc += g.plan.NC { // LOOP 5: blocks of NC columns of B and C
		g.jc, g.nc = jc, min(g.plan.NC, g.n-jc)
		for i := range g.copies() {
			g.packB[i] = grow(g.packB[i], g.words*roundUp(g.nc, g.plan.NR))
		}
		g.phase = bf16PackingB
		parallel(g.plan.threads, ceilDiv(g.nc, g.plan.packCols)*ceilDiv(g.words, g.plan.KC), g)
		g.computeBlock(jc, g.nc, g.packB)
	}
}

// computeBlock computes columns jc to jc+nc-1 of C from packed B.
func (g *bf16Job) computeBlock(jc, nc int, panels [2][]float32) {
	own := g.packB
	g.packB, g.jc, g.nc, g.phase = panels, jc, nc, bf16Computing
	parallel(g.plan.threads, ceilDiv(g.m, g.plan.MC)*ceilDiv(nc, g.plan.tileCols), g)
	g.packB = own
}

// paddedWords is the distance of packed rows, an odd number of cache lines: rows a power of two apart share
// sets of the caches.
func paddedWords(words int) int { return (ceilDiv(words, 16) | 1) * 16 }

// readsA reports whether the micro-kernel reads A where it is.
func (g *bf16Job) readsA() bool {
	return !g.transA && g.parts == 1 && g.a.inWords(g.k) && 2*g.words == g.k
}

// bf16RowsA is how many rows of A a tile of the job packs that packs all of A.
const bf16RowsA = 48

// tile is one tile of the job that the pool is running.
func (g *bf16Job) tile(i int) {
	tile := takeTile()
	switch g.phase {
	case bf16PackingA:
		row := i * bf16RowsA
		rows := min(bf16RowsA, g.m-row)
		for part := range g.copies() {
			g.packRowsA(tile, g.packA[part][row*g.ldA:], g.ldA, row, rows, 0, g.words, part)
		}
	case bf16PackingB:
		across := ceilDiv(g.nc, g.plan.packCols)
		j, pc := i%across*g.plan.packCols, i/across*g.plan.KC
		for part := range g.copies() {
			g.packPanels(tile, part, pc, min(g.plan.KC, g.words-pc), j, min(g.plan.packCols, g.nc-j))
		}
	default: // LOOP 3 over ic, blocks of MC rows, and the first half of LOOP 2 over jr
		across := ceilDiv(g.nc, g.plan.tileCols)
		ic, jr := i/across*g.plan.MC, i%across*g.plan.tileCols
		g.computeTile(tile, ic, min(g.plan.MC, g.m-ic), jr, min(g.plan.tileCols, g.nc-jr))
	}
	tile.put()
}

// highPasses are the products of which a product of three parts is the sum, the small ones first:
// A = A0 + A1 and B = B0 + B1 give A1*B0 + A0*B1 + A0*B0. A1*B1 is below the rounding errors.
var highPasses = [3]struct{ a, b int }{{1, 0}, {0, 1}, {0, 0}}

// computeTile computes a tile of C.
func (g *bf16Job) computeTile(t *bf16Tile, ic, mc, jr, cols int) {
	if g.finished != nil {
		g.block(t, ic, mc)
		return
	}
	q := g.tileOfC(t, ic, mc, jr, cols)
	g.sums(t, &q, ic, mc, jr, cols)
	q.finish(g.tier, 0, mc, 0, cols)
	if g.c.is {
		dispatchRoundRows(g.tier, g.c.h[ic*g.c.ld+g.jc+jr:], q.c, mc, cols, g.c.ld, q.ldc)
	}
}

// sums computes the tile q of C, but for an activation that the micro-kernel does not compute: LOOP 4 over
// the parts and over pc, passes over KC words each. The first pass applies beta, the last one the epilogue;
// between them the tile holds the partial sums.
func (g *bf16Job) sums(t *bf16Tile, q *product[float32], ic, mc, jr, cols int) {
	s := asm.GemmStrip[float32]{Alpha: g.alpha, RsB: g.plan.NR, M: mc, Ldc: q.ldc, Ldd: q.LdDeriv, CsA: 1}
	for part := range g.parts {
		pass := highPasses[part+3-g.parts]
		for pc := 0; pc < g.words; pc += g.plan.KC {
			s.K = min(g.plan.KC, g.words-pc)
			q.passFlags(&s, part*g.words+pc, s.K)
			s.A, s.RsA = g.blockA(t, pass.a, ic, mc, pc, s.K)
			g.loop2(&s, q, g.packB[pass.b], pc, jr, cols)
		}
	}
}

// tileOfC returns a tile of C as a product in float32, whose terms are the words of all parts: in place,
// or in scratch where C is bfloat16.
func (g *bf16Job) tileOfC(t *bf16Tile, ic, mc, jr, cols int) product[float32] {
	q := product[float32]{m: mc, n: cols, k: g.parts * g.words, alpha: g.alpha, beta: g.beta, ldc: g.c.ld,
		Epilogue: g.Epilogue, activator: anyActivation[float32]{}}
	at, j := ic*g.c.ld+g.jc+jr, g.jc+jr
	if !g.c.is {
		q.c = g.c.f[at:]
	} else {
		q.ldc = roundUp(cols, 16)
		t.c = grow(t.c, mc*q.ldc)
		if q.c = t.c; g.beta != 0 {
			dispatchWidenRows(g.tier, q.c, g.c.h[at:], mc, cols, q.ldc, g.c.ld)
		}
	}
	if q.Bias != nil {
		q.Bias = q.Bias[j:]
	}
	if q.Deriv != nil {
		q.Deriv = q.Deriv[ic*q.LdDeriv+j:]
	}
	return q
}

// blockA returns where the rows from ic on of a part of op(A), words from pc on, begin, and how far
// apart they are. If they are not packed yet, it packs them.
func (g *bf16Job) blockA(t *bf16Tile, part, ic, mc, pc, kc int) (a *float32, rs int) {
	switch {
	case g.wholeA:
		return &g.packA[part][ic*g.ldA+pc], g.ldA
	case g.readsA():
		at := ic*g.a.ld + 2*pc
		return (*float32)(unsafe.Pointer(&g.a.h[at])), g.a.ld / 2
	}
	rs = paddedWords(kc)
	t.a[part] = grow(t.a[part], mc*rs)
	g.packRowsA(t, t.a[part], rs, ic, mc, pc, kc, part)
	return &t.a[part][0], rs
}

// LOOP 2 over jr: strips of NR columns. LOOP 1 over ir, tiles of MR rows, is inside the micro-kernel.
func (g *bf16Job) loop2(s *asm.GemmStrip[float32], q *product[float32], panels []float32, pc, jr, cols int) {
	for j := 0; j < cols; j += g.plan.NR {
		s.N = min(g.plan.NR, cols-j)
		s.B = &panels[g.panel(pc, s.K, jr+j)]
		s.Next = s.B
		if next := j + g.plan.NR; next < cols {
			s.Next = &panels[g.panel(pc, s.K, jr+next)]
		}
		s.C = &q.c[j]
		if s.Flags&asm.GemmBias != 0 {
			s.Bias = &q.Bias[j]
		}
		if s.Flags&asm.GemmDeriv != 0 {
			s.D = &q.Deriv[j]
		}
		gemmStripBF16(g.path, s)
	}
}

// panel returns where in packed B the panel begins that has kc words from pc on and columns from j on.
func (g *bf16Job) panel(pc, kc, j int) int { return pc*roundUp(g.nc, g.plan.NR) + kc*j }
