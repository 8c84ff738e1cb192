package kernels

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels/asm"
)

// gemmJob is a product on its way through the five loops. Loops 5 and 4 run in
// the caller; the body of loop 4 is two jobs for the pool, packing B and then
// computing, whose tiles are loops 3 and 2; loop 1 is inside the micro-kernel.
type gemmJob[T Float] struct {
	product[T]
	tier Tier
	plan plan

	packing  bool // which of the two jobs the pool is running
	jc, nc   int  // the current block of columns (loop 5)
	pc, kc   int  // the current block of terms (loop 4)
	bScratch []T  // packed B: micro-panels of NR columns, kc x NR each
}

var (
	gemmJobs32 freeList[gemmJob[float32]]
	gemmJobs64 freeList[gemmJob[float64]]
	packs32    freeList[[]float32]
	packs64    freeList[[]float64]
)

func gemmJobs[T Float]() *freeList[gemmJob[T]] {
	if isF32[T]() {
		return (*freeList[gemmJob[T]])(unsafe.Pointer(&gemmJobs32))
	}
	return (*freeList[gemmJob[T]])(unsafe.Pointer(&gemmJobs64))
}

func packs[T Float]() *freeList[[]T] {
	if isF32[T]() {
		return (*freeList[[]T])(unsafe.Pointer(&packs32))
	}
	return (*freeList[[]T])(unsafe.Pointer(&packs64))
}

// run computes the product, k > 0.
func (p *product[T]) run(t Tier) {
	g := gemmJobs[T]().get()
	g.product, g.tier = *p, t
	g.plan = planFor[T](t, p)
	g.loop5()
	g.product = product[T]{} // do not keep the caller's slices alive
	gemmJobs[T]().put(g)
}

// LOOP 5 over jc: blocks of NC columns of B and C.
func (g *gemmJob[T]) loop5() {
	for g.jc = 0; g.jc < g.n; g.jc += g.plan.NC {
		g.nc = min(g.plan.NC, g.n-g.jc)
		g.loop4()
	}
}

// LOOP 4 over pc: blocks of KC terms. The first one applies beta, the last one
// the epilogue; between them C holds the partial sums.
func (g *gemmJob[T]) loop4() {
	for g.pc = 0; g.pc < g.k; g.pc += g.plan.KC {
		g.kc = min(g.plan.KC, g.k-g.pc)
		if g.plan.packB {
			g.bScratch = grow(g.bScratch, roundUp(g.nc, g.plan.NR)*g.kc)
			g.packing = true
			parallel(g.plan.threads, ceilDiv(g.nc, g.plan.packCols), g)
		}
		g.packing = false
		parallel(g.plan.threads, ceilDiv(g.m, g.plan.MC)*ceilDiv(g.nc, g.plan.tileCols), g)
	}
}

func (g *gemmJob[T]) tile(i int) {
	if g.packing {
		j := i * g.plan.packCols
		g.packB(j, min(g.plan.packCols, g.nc-j))
		return
	}
	across := ceilDiv(g.nc, g.plan.tileCols)
	ic, jr := i/across*g.plan.MC, i%across*g.plan.tileCols
	g.loop3(ic, min(g.plan.MC, g.m-ic), jr, min(g.plan.tileCols, g.nc-jr))
}

// LOOP 3 over ic: one block of MC rows of A, copied close together where the plan
// says so, against the columns jr..jr+cols of this block of B.
func (g *gemmJob[T]) loop3(ic, mc, jr, cols int) {
	s := asm.GemmStrip[T]{M: mc, K: g.kc, Alpha: g.alpha, Ldc: g.ldc, Ldd: g.LdDeriv}
	var scratch *[]T
	if g.plan.packA {
		scratch = packs[T]().get()
		*scratch, s.RsA, s.CsA = g.packA(*scratch, ic, mc)
		s.A = ptr(*scratch)
	} else {
		s.A, s.RsA, s.CsA = g.directA(ic)
	}
	g.passFlags(&s)
	g.loop2(&s, ic, jr, cols)
	if scratch != nil {
		packs[T]().put(scratch)
	}
	if g.pc+g.kc == g.k && !g.Act.inRegister() {
		for i := ic; i < ic+mc; i++ {
			row := g.c[i*g.ldc+g.jc+jr:][:cols]
			activate(g.tier, g.Act, row, row)
		}
	}
}

// passFlags says what this pass over the terms does at its store.
func (g *gemmJob[T]) passFlags(s *asm.GemmStrip[T]) {
	if g.alpha != 1 {
		s.Flags |= asm.GemmAlpha
	}
	s.Beta = 1
	if g.pc == 0 {
		s.Beta = g.beta
	}
	if s.Beta != 0 {
		s.Flags |= asm.GemmBeta
	}
	if g.pc+g.kc < g.k {
		return
	}
	if g.Bias != nil {
		s.Flags |= asm.GemmBias
	}
	switch g.Act.kind() {
	case kindReLU:
		s.Flags |= asm.GemmReLU
	case kindLeakyReLU:
		s.Flags |= asm.GemmLeaky
		s.Slope = T(g.Act.param())
	}
	if g.Deriv != nil {
		s.Flags |= asm.GemmDeriv
	}
}

// LOOP 2 over jr: strips of NR columns; LOOP 1 over ir, tiles of MR rows, is
// inside the micro-kernel.
func (g *gemmJob[T]) loop2(s *asm.GemmStrip[T], ic, jr, cols int) {
	for j := jr; j < jr+cols; j += g.plan.NR {
		s.N = min(g.plan.NR, jr+cols-j)
		if g.plan.packB {
			s.B, s.RsB = &g.bScratch[j*g.kc], g.plan.NR
		} else {
			s.B, s.RsB = &g.b[g.pc*g.ldb+g.jc+j], g.ldb
		}
		s.C = &g.c[ic*g.ldc+g.jc+j]
		if s.Flags&asm.GemmBias != 0 {
			s.Bias = &g.Bias[g.jc+j]
		}
		if s.Flags&asm.GemmDeriv != 0 {
			s.D = &g.Deriv[ic*g.LdDeriv+g.jc+j]
		}
		dispatchGemmStrip(g.tier, s)
	}
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }

func roundUp(a, b int) int { return ceilDiv(a, b) * b }
