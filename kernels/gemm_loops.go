package kernels

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/freelist"
	"github.com/ashlar-go/ashlar/kernels/asm"
)

// gemmJob is a product in the five loops. Loop 5 and the outer part
// of loop 4 run in the caller; their body is two jobs for the pool: packing B, and
// then computing, in tiles of C (loops 3 and 2). The inner part of loop 4 runs inside
// a tile and not around it as in BLIS, so that a tile of a large C stays in L2 until
// its last pass over the terms; with C in L3 the passes cost a tenth of the time at
// 1000 and above. Loop 1 is inside the micro-kernel.
type gemmJob[T Float] struct {
	product[T]
	tier Tier
	plan plan

	phase    phase // the job that the pool is running
	jc, nc   int   // the current block of columns (loop 5)
	pk, kb   int   // the terms whose B is packed (outer loop 4)
	bScratch []T   // packed B: for each block of terms micro-panels of NR columns

	out      []T // the caller's C, if the roles are swapped
	ldOut    int
	later    Epilogue[T] // the epilogue that is applied to out
	cScratch []T         // C^T
}

// phase is what a tile of the running job does.
type phase uint8

const (
	packing        phase = iota // packs some columns of B
	computing                   // computes a tile of C from packed B
	readingInPlace              // computes a tile of C on the direct path
)

var gemmJobs freelist.Lists

// take computes p on one of the paths that threads share.
func (g *gemmJob[T]) take(p *product[T], way path) {
	if way == pathSwapped {
		g.runSwapped(p)
	} else {
		g.product = *p
		g.inTiles(way)
	}
	g.product, g.out, g.later = product[T]{}, nil, Epilogue[T]{} // do not keep the caller's slices alive
}

// inTiles computes the product of g in tiles of C.
func (g *gemmJob[T]) inTiles(way path) {
	g.plan = planFor[T](g.tier, &g.product)
	switch way {
	case pathPacked:
		g.computeWhole()
	case pathTiles:
		g.readInPlace()
	default:
		g.loop5()
	}
}

// readInPlace takes the direct path in tiles of C.
func (g *gemmJob[T]) readInPlace() {
	g.phase, g.jc, g.nc, g.pk, g.kb = readingInPlace, 0, g.n, 0, g.k
	g.plan.cutInPlace(g.m, g.n, g.k, int(unsafe.Sizeof(T(0))))
	parallel(g.plan.threads, ceilDiv(g.m, g.plan.MC)*ceilDiv(g.n, g.plan.tileCols), g)
}

// LOOP 5 over jc: blocks of NC columns of B and C.
func (g *gemmJob[T]) loop5() {
	for g.jc = 0; g.jc < g.n; g.jc += g.plan.NC {
		g.nc = min(g.plan.NC, g.n-g.jc)
		g.outer4()
	}
}

// LOOP 4, outer part, over pk: blocks of KB terms, a whole number of passes, whose B is packed
// at once.
func (g *gemmJob[T]) outer4() {
	for g.pk = 0; g.pk < g.k; g.pk += g.plan.KB {
		g.kb = min(g.plan.KB, g.k-g.pk)
		g.bScratch = grow(g.bScratch, roundUp(g.nc, g.plan.NR)*g.kb)
		g.phase = packing
		parallel(g.plan.threads, ceilDiv(g.nc, g.plan.packCols)*ceilDiv(g.kb, g.plan.KC), g)
		g.phase = computing
		parallel(g.plan.threads, ceilDiv(g.m, g.plan.MC)*ceilDiv(g.nc, g.plan.tileCols), g)
	}
}

// tile is one tile of the job that the pool is running.
func (g *gemmJob[T]) tile(i int) {
	if g.phase == packing {
		across := ceilDiv(g.nc, g.plan.packCols)
		j, pc := i%across*g.plan.packCols, g.pk+i/across*g.plan.KC
		g.packB(pc, min(g.plan.KC, g.k-pc), j, min(g.plan.packCols, g.nc-j))
		return
	}
	// LOOP 3 over ic, blocks of MC rows, and the first half of LOOP 2 over jr.
	across := ceilDiv(g.nc, g.plan.tileCols)
	ic, jr := i/across*g.plan.MC, i%across*g.plan.tileCols
	if g.plan.downFirst {
		down := ceilDiv(g.m, g.plan.MC)
		ic, jr = i%down*g.plan.MC, i/down*g.plan.tileCols
	}
	mc, cols := min(g.plan.MC, g.m-ic), min(g.plan.tileCols, g.nc-jr)
	if g.misses(ic, mc, g.jc+jr, cols) {
		return
	}
	g.fetch(ic, mc, g.jc+jr, cols)
	if g.phase == readingInPlace {
		g.direct(g.tier, ic, mc, jr, cols)
	} else {
		g.inner4(ic, mc, jr, cols)
	}
	g.deliver(ic, mc, g.jc+jr, cols)
}

// LOOP 4, inner part, over pc: passes over KC terms each. The first one applies beta,
// the last one the epilogue; between them C holds the partial sums.
func (g *gemmJob[T]) inner4(ic, mc, jr, cols int) {
	s := asm.GemmStrip[T]{Alpha: g.alpha, RsB: g.plan.NR, Ldc: g.ldc, Ldd: g.LdDeriv, Far: g.far()}
	var scratch *[]T
	if g.plan.packA {
		scratch = freelist.Get[T, []T](&packs)
	}
	for pc := g.pk; pc < g.pk+g.kb; pc += g.plan.KC {
		s.K = min(g.plan.KC, g.k-pc)
		g.passFlags(&s, pc, s.K)
		s.A, s.RsA, s.CsA = g.blockA(scratch, ic, mc, pc, s.K)
		s.M = mc
		g.loop2(&s, ic, pc, jr, cols)
	}
	if scratch != nil {
		freelist.Put[T](&packs, scratch)
	}
	if g.pk+g.kb == g.k {
		g.finish(g.tier, ic, mc, g.jc+jr, cols)
	}
}

// LOOP 2 over jr: strips of NR columns; LOOP 1 over ir, tiles of MR rows, is
// inside the micro-kernel.
func (g *gemmJob[T]) loop2(s *asm.GemmStrip[T], ic, pc, jr, cols int) {
	for j := jr; j < jr+cols; j += g.plan.NR {
		s.N = min(g.plan.NR, jr+cols-j)
		s.B = &g.bScratch[g.panel(pc, s.K, j)]
		s.Next = s.B
		if next := j + nextPanel*g.plan.NR; next < jr+cols {
			s.Next = &g.bScratch[g.panel(pc, s.K, next)]
		}
		g.strip(g.tier, s, ic, g.jc+j)
	}
}

// panel returns where in bScratch the micro-panel begins that has kc terms from pc on and
// columns from j on.
func (g *gemmJob[T]) panel(pc, kc, j int) int {
	return (pc-g.pk)*roundUp(g.nc, g.plan.NR) + kc*j
}

// finish applies to a block of C an activation that the micro-kernel does not compute.
func (p *product[T]) finish(t Tier, i, rows, j, cols int) {
	if p.Act.inRegister() {
		return
	}
	if cols == p.ldc { // no gaps, such as in a column
		block := p.c[i*p.ldc:][:rows*cols]
		p.activator.activate(t, p.Act, block)
		return
	}
	for end := i + rows; i < end; i++ {
		row := p.c[i*p.ldc+j:][:cols]
		p.activator.activate(t, p.Act, row)
	}
}

// passFlags sets what the pass over the kc terms from pc on does at its store.
func (p *product[T]) passFlags(s *asm.GemmStrip[T], pc, kc int) {
	s.Flags = 0
	if p.alpha != 1 {
		s.Flags |= asm.GemmAlpha
	}
	s.Beta = 1
	if pc == 0 {
		s.Beta = p.beta
	}
	if s.Beta != 0 {
		s.Flags |= asm.GemmBeta
	}
	if pc+kc == p.k {
		p.lastPass(s)
	}
}

// lastPass adds the epilogue to the flags.
func (p *product[T]) lastPass(s *asm.GemmStrip[T]) {
	if p.Bias != nil {
		s.Flags |= asm.GemmBias
	}
	switch p.Act.kind() {
	case kindReLU:
		s.Flags |= asm.GemmReLU
	case kindLeakyReLU:
		s.Flags |= asm.GemmLeaky
		s.Slope = T(p.Act.param())
	}
	if p.Deriv != nil {
		s.Flags |= asm.GemmDeriv
	}
}

// strip runs the micro-kernel on the rows from i and the columns from j on of C.
func (p *product[T]) strip(t Tier, s *asm.GemmStrip[T], i, j int) {
	if p.triangle != wholeC {
		p.stripOfTriangle(t, s, i, j)
		return
	}
	p.stripAt(t, s, i, j)
}

// stripAt is strip where all of C is computed.
func (p *product[T]) stripAt(t Tier, s *asm.GemmStrip[T], i, j int) {
	if s.Flags&asm.GemmBias != 0 {
		s.Bias = &p.Bias[j]
	}
	a, rows, step := s.A, s.M, s.M
	if crowds(t, s) {
		step = crowdRows
	}
	for first := 0; first < rows; first += step {
		s.M = min(step, rows-first)
		s.A = after(a, first*s.RsA)
		s.C = &p.c[(i+first)*p.ldc+j]
		if s.Flags&asm.GemmDeriv != 0 {
			s.D = &p.Deriv[(i+first)*p.LdDeriv+j]
		}
		dispatchGemmStrip(t, s)
	}
	s.A, s.M = a, rows
}

// crowdRows is how many rows that crowd L1 the micro-kernel takes in a call. With the 8 of a
// tile and a product of one vector of columns it takes 3.5 times as long (rows 4 KiB apart, L1 of
// 32 KiB in 8 ways), with 1024^3 some 4 % longer.
const crowdRows = 6

// crowds reports whether the rows of A crowd L1 in a strip: the rows of a tile, which are more
// than crowdRows, all take one set, or two if the strip has no more than two vectors, which hide
// fewer fetches.
func crowds[T Float](t Tier, s *asm.GemmStrip[T]) bool {
	tile := tileOf[T](t)
	return (tile.MR > crowdRows || s.N <= tile.lanes) &&
		(crowded[T](s.RsA, pageSize) || s.N <= 2*tile.lanes && crowded[T](s.RsA, pageSize/2))
}

// crowded reports whether rows lie a multiple of step bytes apart, give or take 8, where step is
// pageSize or half of it. The lines of a tile's rows then take one or two sets of L1, which
// are chosen by the place in a page, and displace each other: a line serves up to 16 terms and
// is fetched for each of them again.
func crowded[T Float](ld, step int) bool {
	const near = 8
	apart := ld * int(unsafe.Sizeof(T(0)))
	return apart > near && (apart+near)&(step-1) <= 2*near
}

// after is the address n elements after p, or nil if that is nil.
func after[T Float](p *T, n int) *T {
	if p == nil {
		return nil
	}
	return (*T)(unsafe.Add(unsafe.Pointer(p), n*int(unsafe.Sizeof(T(0)))))
}
