package main

import (
	"fmt"
	"unsafe"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/ashlar-go/ashlar/kernels/asm"
)

// strip is the GEMM micro-kernel: it walks a strip of a few column vectors down its
// rows in tiles. For each number of vectors there is a loop over the terms for every
// number of rows, up to what the registers hold, and one epilogue that is entered at
// the tile's last row; the last vector is masked. So an edge tile does no more work
// than it has and touches nothing beyond it.
//
// A tile of mr rows and nv vectors takes mr*nv registers for the sums, nv for B and
// the rest for broadcasts of A. Rows of A are addressed from a pointer to every
// seventh row plus 1 to 6 row strides, so any strides of A serve: packed or not,
// transposed or not.
type strip struct {
	*fn

	args          reg.GPPhysical   // *GemmStrip; rs5 in the loop over terms
	a             []reg.GPPhysical // rows 0, 7, 14, 21 of the tile
	rs, rs3, rs5  reg.GPPhysical   // 1, 3 and 5 row strides of A
	cs, b, rsb, k reg.GPPhysical
	p, q          reg.GPPhysical // p walks C or D with row length q; outside the loop
	rows          Mem            // rows of the tile
	left          Mem            // rows left
	rowA, rowC    Mem            // the tile's place in A, C and D
	rowD          Mem
	next          Mem // how far Next has been prefetched
}

// rowsPerPointer is how many rows of A one pointer serves.
const rowsPerPointer = 7

// stripWidths are the numbers of vectors that a strip may have. The last one is for
// products of a row or a few, which read B but once: in long pieces of its rows.
func (f *fn) stripWidths() []int {
	if f.wide() {
		return []int{1, 2, 3, 8}
	}
	return []int{1, 2, 4}
}

// maxTileRows is MR for a strip of nv vectors: as many rows as leave room for B and A
// among 32 or 16 registers.
func (f *fn) maxTileRows(nv int) int {
	if f.wide() {
		return map[int]int{1: 24, 2: 12, 3: 8, 8: 2}[nv]
	}
	return map[int]int{1: 12, 2: 6, 4: 2}[nv]
}

// panelVectors is the number of vectors in a row of packed B.
func (f *fn) panelVectors() int {
	if f.wide() {
		return 3
	}
	return 2
}

// gemmStrip emits the kernel; see asm.GemmStrip for what it computes.
func gemmStrip(f *fn) {
	g := &strip{fn: f, args: reg.RDI, a: []reg.GPPhysical{reg.R8, reg.R9, reg.R10, reg.R11},
		rs: reg.R12, rs3: reg.RDX, rs5: reg.RDI, cs: reg.R13, b: reg.RSI, rsb: reg.RBX, k: reg.RCX, p: reg.RAX, q: reg.RDX}
	if !f.wide() {
		f.mask = reg.Y15
	}
	frame := f.c.AllocLocal(48)
	for i, m := range []*Mem{&g.rows, &g.left, &g.rowA, &g.rowC, &g.rowD, &g.next} {
		*m = frame.Offset(8 * i)
	}
	g.entry()
	for _, nv := range g.stripWidths() {
		for _, masked := range g.maskVariants() {
			g.newTile(nv, masked).emit()
		}
	}
}

// maskVariants says which bodies there are. On AVX-512 there is one, with masks, and only
// its innermost loop also without; on AVX2 a masked load is slower and takes a register.
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
	widths := g.stripWidths()
	for i, nv := range widths {
		wider := fmt.Sprintf("wider%d", nv)
		if i+1 < len(widths) {
			c.CMPQ(g.p, U32(nv*g.lanes))
			c.JG(LabelRef(wider))
		}
		if nv > 1 {
			c.SUBQ(U32((nv-1)*g.lanes), g.p)
		}
		g.enter(nv)
		if i+1 < len(widths) {
			c.Label(wider)
		}
	}
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

// stripLabel names the strip of nv vectors: m2 if the second is masked, w2 if it is whole.
// Some thousand labels begin with it, which is why it is short.
func stripLabel(nv int, masked bool) string {
	if masked {
		return fmt.Sprintf("m%d", nv)
	}
	return fmt.Sprintf("w%d", nv)
}

// choose jumps to label(k) for lo <= k <= hi, in as many comparisons as a search by
// halves takes. k is a register.
func (g *strip) choose(prefix string, lo, hi int, label func(int) string) {
	c := g.c
	if lo == hi {
		c.JMP(LabelRef(label(lo)))
		return
	}
	mid := (lo + hi + 1) / 2
	upper := fmt.Sprintf("%sFrom%d", prefix, mid)
	c.CMPQ(g.k, U8(mid))
	c.JGE(LabelRef(upper))
	g.choose(prefix, lo, mid-1, label)
	c.Label(upper)
	g.choose(prefix, mid, hi, label)
}
