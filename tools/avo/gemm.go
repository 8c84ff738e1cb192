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
