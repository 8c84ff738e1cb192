package main

import (
	"fmt"
	"unsafe"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/ashlar-go/ashlar/kernels/asm"
)

// strip is the GEMM micro-kernel: it walks a strip of up to NR columns down
// its rows, MR rows at a time. There is a body for every number of rows and of
// column vectors (the last one masked), so an edge tile does no more work than it
// has and touches nothing beyond it.
//
// Registers of a tile with mr rows and nv column vectors: mr*nv sums, nv vectors
// of B, the rest broadcasts of A. Rows of A are addressed from a pointer to every
// third row, plus 0, 1 or 2 row strides, so any strides of A serve: packed or not,
// transposed or not.
type strip struct {
	*fn
	maxRows int // MR

	args         reg.GPPhysical   // *GemmStrip
	a            []reg.GPPhysical // rows 0, 3, 6, 9 of the tile
	rs, cs, b, k reg.GPPhysical
	rsb, p, q    reg.GPPhysical // p walks C or D with row length q
	left         Mem            // rows left, on the stack
	rowA, rowC   Mem            // the tile's place in A, C and D
	rowD         Mem
	next         Mem // how far Next has been prefetched
}

// maxTileRows is MR for each tier: as many rows of two vectors as leave room for
// B and A among 32 or 16 registers.
func maxTileRows(f *fn) int {
	if f.wide() {
		return 12
	}
	return 6
}

// gemmStrip emits the kernel; see asm.GemmStrip for what it computes.
func gemmStrip(f *fn) {
	g := &strip{fn: f, maxRows: maxTileRows(f), args: reg.RDI,
		a:  []reg.GPPhysical{reg.R8, reg.R9, reg.R10, reg.R11},
		rs: reg.R12, cs: reg.R13, b: reg.RSI, rsb: reg.RBX, k: reg.RCX, p: reg.RAX, q: reg.RDX}
	if !f.wide() {
		f.mask = reg.Y15
	}
	frame := f.c.AllocLocal(40)
	g.left, g.rowA, g.rowC, g.rowD, g.next = frame, frame.Offset(8), frame.Offset(16), frame.Offset(24), frame.Offset(32)
	g.entry()
	for nv := 1; nv <= 2; nv++ {
		for _, masked := range g.maskVariants() {
			g.tiles(nv, masked)
		}
	}
}

// maskVariants says which bodies there are: a masked load is as fast as any on
// AVX-512, so there is only that one; on AVX2 it is slower and takes a register.
func (g *strip) maskVariants() []bool {
	if g.wide() {
		return []bool{true}
	}
	return []bool{false, true}
}

// registers are the vector registers that a tile may use.
func (g *strip) registers(masked bool) []reg.VecPhysical {
	n, spec := 32, reg.S512
	if !g.wide() {
		n, spec = 16, reg.S256
		if masked {
			n-- // the last one is the mask
		}
	}
	var all []reg.VecPhysical
	for i := range n {
		all = append(all, reg.Vector.Lookup(reg.Index(i), spec).(reg.VecPhysical))
	}
	return all
}

// field is a member of the argument struct.
func (g *strip) field(offset uintptr) Mem { return Mem{Base: g.args, Disp: int(offset)} }

func (g *strip) scalar(i int) Mem {
	var s asm.GemmStrip[float32]
	return g.field(unsafe.Offsetof(s.Alpha)).Offset(i * g.size)
}

// entry loads what stays the same down the strip and picks the strip's width.
func (g *strip) entry() {
	var s asm.GemmStrip[float32]
	c := g.c
	c.Load(c.Param("s"), g.args)
	for _, v := range []struct {
		offset uintptr
		dst    reg.GPPhysical
	}{{unsafe.Offsetof(s.RsA), g.rs}, {unsafe.Offsetof(s.CsA), g.cs}, {unsafe.Offsetof(s.RsB), g.rsb}} {
		c.MOVQ(g.field(v.offset), v.dst)
		c.SHLQ(U8(g.logSize()), v.dst)
	}
	for _, v := range []struct {
		offset uintptr
		dst    Mem
	}{{unsafe.Offsetof(s.A), g.rowA}, {unsafe.Offsetof(s.C), g.rowC}, {unsafe.Offsetof(s.D), g.rowD}, {unsafe.Offsetof(s.Next), g.next}, {unsafe.Offsetof(s.M), g.left}} {
		c.MOVQ(g.field(v.offset), g.p)
		c.MOVQ(g.p, v.dst)
	}
	c.MOVQ(g.field(unsafe.Offsetof(s.N)), g.p)
	c.CMPQ(g.p, U8(g.lanes))
	c.JG(LabelRef("twoVectors"))
	g.enter(1)
	c.Label("twoVectors")
	c.SUBQ(U8(g.lanes), g.p)
	g.enter(2)
}

// enter jumps to the strip of nv vectors whose last vector has p columns, with the
// mask set where that is not all of them.
func (g *strip) enter(nv int) {
	c := g.c
	if len(g.maskVariants()) == 2 {
		c.CMPQ(g.p, U8(g.lanes))
		c.JE(LabelRef(stripLabel(nv, false)))
	}
	g.setMask(g.p)
	c.JMP(LabelRef(stripLabel(nv, true)))
}

func stripLabel(nv int, masked bool) string {
	if masked {
		return fmt.Sprintf("masked%d", nv)
	}
	return fmt.Sprintf("full%d", nv)
}

// tiles emits the tiles of one width: a choice by the rows left, then a body each.
func (g *strip) tiles(nv int, masked bool) {
	c := g.c
	name := stripLabel(nv, masked)
	c.Label(name)
	c.MOVQ(g.left, g.k)
	for mr := g.maxRows; mr > 1; mr-- {
		c.CMPQ(g.k, U8(mr))
		if mr == g.maxRows {
			c.JGE(LabelRef(tileLabel(name, mr)))
		} else {
			c.JE(LabelRef(tileLabel(name, mr)))
		}
	}
	for mr := 1; mr <= g.maxRows; mr++ {
		c.Label(tileLabel(name, mr))
		g.tile(name, mr, nv, masked)
	}
}

func tileLabel(strip string, mr int) string { return fmt.Sprintf("%sRows%d", strip, mr) }

// tile computes mr rows of nv vectors and goes on to the next tile.
func (g *strip) tile(name string, mr, nv int, masked bool) {
	c := g.c
	t := g.newTile(mr, nv, masked)
	label := tileLabel(name, mr)
	t.loop(label)
	t.epilogue(label)
	if mr < g.maxRows {
		g.ret()
		return
	}
	g.advance(mr)
	c.SUBQ(U8(mr), g.left)
	c.JNZ(LabelRef(name))
	g.ret()
}

// advance moves the tile's places in A, C and D down by mr rows.
func (g *strip) advance(mr int) {
	var s asm.GemmStrip[float32]
	c := g.c
	c.IMUL3Q(U8(mr), g.rs, g.p)
	c.ADDQ(g.p, g.rowA)
	for _, v := range []struct {
		ld  uintptr
		row Mem
	}{{unsafe.Offsetof(s.Ldc), g.rowC}, {unsafe.Offsetof(s.Ldd), g.rowD}} {
		c.MOVQ(g.field(v.ld), g.p)
		c.IMUL3Q(U8(mr*g.size), g.p, g.p)
		c.ADDQ(g.p, v.row)
	}
}

// gemmTile is one tile with its registers.
type gemmTile struct {
	*strip
	mr, nv int
	masked bool
	sum    [][]reg.VecPhysical // mr x nv
	vb     []reg.VecPhysical   // nv vectors of B; free after the loop
	va     []reg.VecPhysical   // broadcasts of A; free after the loop
}

func (g *strip) newTile(mr, nv int, masked bool) *gemmTile {
	t := &gemmTile{strip: g, mr: mr, nv: nv, masked: masked}
	free := g.registers(masked)
	take := func(n int) []reg.VecPhysical {
		r := free[:n]
		free = free[n:]
		return r
	}
	for range mr {
		t.sum = append(t.sum, take(nv))
	}
	t.vb = take(nv)
	t.va = free[:min(len(free), 4)]
	return t
}

// lastMasked reports whether vector v of a row is the masked one.
func (t *gemmTile) lastMasked(v int) bool { return t.masked && v == t.nv-1 }

// rowOf is the address of term p of row i of A.
func (t *gemmTile) rowOf(i int) Mem {
	m := Mem{Base: t.a[i/3]}
	if i%3 > 0 {
		m.Index, m.Scale = t.rs, uint8(i%3)
	}
	return m
}

// loop sums over k: sum[i][v] += A[i,p] * B[p,v].
func (t *gemmTile) loop(label string) {
	var s asm.GemmStrip[float32]
	c := t.c
	groups := (t.mr + 2) / 3
	c.MOVQ(t.rowA, t.a[0])
	for i := 1; i < groups; i++ {
		c.LEAQ(Mem{Base: t.a[i-1], Index: t.rs, Scale: 2}, t.a[i])
		c.ADDQ(t.rs, t.a[i])
	}
	c.MOVQ(t.field(unsafe.Offsetof(s.B)), t.b)
	c.MOVQ(t.field(unsafe.Offsetof(s.K)), t.k)
	t.prefetchC()
	for i := range t.sum {
		for _, r := range t.sum[i] {
			t.zero(r)
		}
	}
	if t.mr == t.maxRows {
		t.unrolled(label + "Rows")
	}
	c.TESTQ(t.k, t.k)
	c.JZ(LabelRef(label + "Done"))
	t.alignLoop()
	c.Label(label + "Terms")
	t.term(0, 0)
	c.ADDQ(t.rsb, t.b)
	for i := range groups {
		c.ADDQ(t.cs, t.a[i])
	}
	c.DECQ(t.k)
	c.JNZ(LabelRef(label + "Terms"))
	c.Label(label + "Done")
}

// unroll is the number of terms that one turn of the unrolled loop adds.
const unroll = 4

// unrolled is the loop for rows of A whose terms are neighbours (CsA = 1), which
// every product has after packing, except those with A transposed: constant
// offsets save the additions that compete with the multiply-adds for ports.
func (t *gemmTile) unrolled(label string) {
	c := t.c
	c.CMPQ(t.cs, U8(t.size))
	c.JNE(LabelRef(label + "Strided"))
	c.SUBQ(U8(unroll), t.k)
	c.JL(LabelRef(label + "Tail"))
	c.MOVQ(t.next, t.p)
	t.alignLoop()
	c.Label(label + "Loop")
	c.PREFETCHT1(Mem{Base: t.p})
	c.ADDQ(U8(64), t.p)
	for p := range unroll {
		t.term(p, p*t.size)
		c.ADDQ(t.rsb, t.b)
	}
	for i := range (t.mr + 2) / 3 {
		c.ADDQ(U8(unroll*t.size), t.a[i])
	}
	c.SUBQ(U8(unroll), t.k)
	c.JGE(LabelRef(label + "Loop"))
	c.MOVQ(t.p, t.next)
	c.Label(label + "Tail")
	c.ADDQ(U8(unroll), t.k)
	c.Label(label + "Strided")
}

// term adds one term to every sum; A stands offset bytes beyond its pointers.
func (t *gemmTile) term(p, offset int) {
	t.c.Comment("sum[i][v] += A[i,p] * B[p,v]")
	for v := range t.nv {
		t.load(Mem{Base: t.b, Disp: v * t.bytes}, t.vb[v], t.lastMasked(v))
	}
	for i := range t.mr {
		va := t.va[i%len(t.va)]
		t.broadcast(t.rowOf(i).Offset(offset), va)
		for v := range t.nv {
			t.fma(va, t.vb[v], t.sum[i][v])
		}
	}
}

// prefetchC asks for the lines of C that the epilogue will touch.
func (t *gemmTile) prefetchC() {
	t.walk(t.rowC, offsetLdc(), func(i int, row Mem) {
		for v := range t.nv {
			t.c.PREFETCHT0(row.Offset(v * t.bytes))
		}
	})
}

func offsetLdc() uintptr { var s asm.GemmStrip[float32]; return unsafe.Offsetof(s.Ldc) }

// walk calls f with the address of each row of C or D.
func (t *gemmTile) walk(first Mem, ld uintptr, f func(i int, row Mem)) {
	c := t.c
	c.MOVQ(first, t.p)
	c.MOVQ(t.field(ld), t.q)
	c.SHLQ(U8(t.logSize()), t.q)
	for i := range t.mr {
		f(i, Mem{Base: t.p})
		if i < t.mr-1 {
			c.ADDQ(t.q, t.p)
		}
	}
}

// each calls f for every sum.
func (t *gemmTile) each(f func(v int, sum reg.VecPhysical)) {
	for i := range t.sum {
		for v, r := range t.sum[i] {
			f(v, r)
		}
	}
}

// epilogue finishes the sums in the order that GemmStrip documents and stores
// them. Each step stands behind its flag.
func (t *gemmTile) epilogue(label string) {
	var s asm.GemmStrip[float32]
	tmp, tmp2 := t.vb[0], t.va[0]
	if t.nv == 2 {
		tmp2 = t.vb[1]
	}
	t.when(asm.GemmAlpha, label+"Alpha", "z = alpha * sum", func() {
		t.broadcast(t.scalar(0), tmp)
		t.each(func(_ int, r reg.VecPhysical) { t.mul(tmp, r, r) })
	})
	t.when(asm.GemmBeta, label+"Beta", "z += beta * C", func() {
		t.broadcast(t.scalar(1), tmp)
		t.walk(t.rowC, unsafe.Offsetof(s.Ldc), func(i int, row Mem) {
			for v, r := range t.sum[i] {
				t.load(row.Offset(v*t.bytes), tmp2, t.lastMasked(v))
				t.fma(tmp2, tmp, r)
			}
		})
	})
	t.when(asm.GemmBias, label+"Bias", "z += bias", func() {
		t.c.MOVQ(t.field(unsafe.Offsetof(s.Bias)), t.p)
		for v := range t.nv {
			t.load(Mem{Base: t.p, Disp: v * t.bytes}, t.vb[v], t.lastMasked(v))
		}
		t.each(func(v int, r reg.VecPhysical) { t.add(t.vb[v], r, r) })
	})
	t.when(asm.GemmReLU, label+"ReLU", "z = z < 0 ? 0 : z", func() {
		t.zero(tmp)
		t.each(func(_ int, r reg.VecPhysical) { t.max(tmp, r, r) })
	})
	t.when(asm.GemmLeaky, label+"Leaky", "z = z < 0 ? slope * z : z", func() {
		t.broadcast(t.scalar(2), tmp)
		t.each(func(_ int, r reg.VecPhysical) { t.leaky(tmp, r, tmp2) })
	})
	t.when(asm.GemmDeriv, label+"Deriv", "z *= D", func() {
		t.walk(t.rowD, unsafe.Offsetof(s.Ldd), func(i int, row Mem) {
			for v, r := range t.sum[i] {
				t.load(row.Offset(v*t.bytes), tmp, t.lastMasked(v))
				t.mul(tmp, r, r)
			}
		})
	})
	t.c.Comment("C = z")
	t.walk(t.rowC, unsafe.Offsetof(s.Ldc), func(i int, row Mem) {
		for v, r := range t.sum[i] {
			t.store(r, row.Offset(v*t.bytes), t.lastMasked(v))
		}
	})
}

// when emits body behind a test of a flag.
func (t *gemmTile) when(flag int, label, comment string, body func()) {
	var s asm.GemmStrip[float32]
	t.c.TESTQ(U32(flag), t.field(unsafe.Offsetof(s.Flags)))
	t.c.JZ(LabelRef(label))
	t.c.Comment(comment)
	body()
	t.c.Label(label)
}
