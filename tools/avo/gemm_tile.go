package main

import (
	"fmt"
	"unsafe"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/ashlar-go/ashlar/kernels/asm"
)

// gemmTile is the tiles of one width with their registers.
type gemmTile struct {
	*strip
	name   string // of its labels
	MR, nv int
	masked bool
	sum    [][]reg.VecPhysical // MR x nv
	vb     []reg.VecPhysical   // nv vectors of B; free after the loop
	va     []reg.VecPhysical   // broadcasts of A; free after the loop
}

func (g *strip) newTile(nv int, masked bool) *gemmTile {
	t := &gemmTile{strip: g, name: stripLabel(nv, masked), MR: g.maxTileRows(nv), nv: nv, masked: masked}
	free := g.registers(masked)
	take := func(n int) []reg.VecPhysical {
		r := free[:n]
		free = free[n:]
		return r
	}
	for range t.MR {
		t.sum = append(t.sum, take(nv))
	}
	t.vb = take(nv)
	t.va = free[:min(len(free), 4)]
	return t
}

// emit emits the walk down a strip of this width.
func (t *gemmTile) emit() {
	c := t.c
	loop := func(mr int) string { return fmt.Sprintf("%sK%d", t.name, mr) }
	c.Label(t.name)
	t.begin()
	c.MOVQ(t.rows, t.k)
	c.CMPQ(t.k, U8(t.MR))
	c.JE(LabelRef(loop(t.MR)))
	t.choose(t.name+"Loop", 1, t.MR-1, loop)
	for mr := 1; mr <= t.MR; mr++ {
		c.Label(loop(mr))
		t.loop(mr, loop(mr))
		if mr < t.MR {
			c.JMP(LabelRef(t.name + "Finish"))
		}
	}
	c.Label(t.name + "Finish")
	t.epilogue()
	t.advance()
}

// begin sets the rows of the tile: MR of them, fewer where they would leave less than
// leastRows for the last one.
func (t *gemmTile) begin() {
	c := t.c
	c.MOVQ(t.left, t.k)
	c.CMPQ(t.k, U8(t.MR))
	c.JLE(LabelRef(t.name + "Rows"))
	c.SUBQ(U8(t.leastRows()), t.k)
	c.MOVQ(U32(t.MR), t.p)
	c.CMPQ(t.k, t.p)
	c.CMOVQGT(t.p, t.k)
	c.Label(t.name + "Rows")
	c.MOVQ(t.k, t.rows)
	t.prefetch()
}

// leastRows is how many rows keep two multiply-add units busy, each of which waits 4
// cycles for its last sum.
func (t *gemmTile) leastRows() int { return (2*4 + t.nv - 1) / t.nv }

// prefetch asks for the lines of C that the epilogue will touch, if they are far, and for
// those of D if it reads them.
func (t *gemmTile) prefetch() {
	var s asm.GemmStrip[float32]
	c := t.c
	c.CMPQ(t.field(unsafe.Offsetof(s.Far)), U8(0))
	c.JE(LabelRef(t.name + "Near"))
	t.prefetchRows("C", t.rowC, unsafe.Offsetof(s.Ldc))
	c.TESTQ(U32(asm.GemmDeriv), t.field(unsafe.Offsetof(s.Flags)))
	c.JZ(LabelRef(t.name + "Near"))
	t.prefetchRows("D", t.rowD, unsafe.Offsetof(s.Ldd))
	c.Label(t.name + "Near")
}

func (t *gemmTile) prefetchRows(matrix string, first Mem, ld uintptr) {
	c := t.c
	c.MOVQ(first, t.p)
	c.MOVQ(t.field(ld), t.q)
	c.SHLQ(U8(t.logSize()), t.q)
	c.MOVQ(t.rows, t.k)
	c.Label(t.name + "Prefetch" + matrix)
	for v := range t.nv {
		c.PREFETCHT0(Mem{Base: t.p, Disp: v * t.bytes})
	}
	c.ADDQ(t.q, t.p)
	c.DECQ(t.k)
	c.JNZ(LabelRef(t.name + "Prefetch" + matrix))
}

// advance moves the tile's places in A, C and D down by its rows and goes on to the
// next tile.
func (t *gemmTile) advance() {
	var s asm.GemmStrip[float32]
	c := t.c
	c.MOVQ(t.rows, t.k)
	c.SUBQ(t.k, t.left)
	c.JZ(LabelRef(t.name + "Return"))
	c.MOVQ(t.rs, t.p)
	c.IMULQ(t.k, t.p)
	c.ADDQ(t.p, t.rowA)
	for _, v := range []struct {
		ld  uintptr
		row Mem
	}{{unsafe.Offsetof(s.Ldc), t.rowC}, {unsafe.Offsetof(s.Ldd), t.rowD}} {
		c.MOVQ(t.field(v.ld), t.p)
		c.IMULQ(t.k, t.p)
		c.SHLQ(U8(t.logSize()), t.p)
		c.ADDQ(t.p, v.row)
	}
	c.JMP(LabelRef(t.name))
	c.Label(t.name + "Return")
	t.ret()
}

// lastMasked reports whether vector v of a row is the masked one.
func (t *gemmTile) lastMasked(v int) bool { return t.masked && v == t.nv-1 }

// rowOf is the address of the current term of row i of A.
func (t *gemmTile) rowOf(i int) Mem {
	m := Mem{Base: t.a[i/rowsPerPointer]}
	switch d := i % rowsPerPointer; d {
	case 1, 2, 4:
		m.Index, m.Scale = t.rs, uint8(d)
	case 3, 6:
		m.Index, m.Scale = t.rs3, uint8(d/3)
	case 5:
		m.Index, m.Scale = t.rs5, 1
	}
	return m
}

// unroll is the number of terms that one turn of an unrolled loop adds.
const unroll = 4

// unrolls reports whether a tile of mr rows has an unrolled loop: the full tile.
func (t *gemmTile) unrolls(mr int) bool { return mr == t.MR }

// loop sums over k for mr rows: sum[i][v] += A[i,p] * B[p,v].
func (t *gemmTile) loop(mr int, label string) {
	var s asm.GemmStrip[float32]
	c := t.c
	c.MOVQ(t.field(unsafe.Offsetof(s.B)), t.b)
	c.MOVQ(t.field(unsafe.Offsetof(s.K)), t.k)
	t.pointers(mr)
	for i := range mr {
		t.zeroRow(i)
	}
	if t.unrolls(mr) {
		c.SUBQ(U8(unroll), t.k)
		c.JL(LabelRef(label + "Tail"))
		c.MOVQ(t.next, t.p)
		if t.wide() && t.nv <= t.panelVectors() {
			t.unmaskedFours(mr, label)
		}
		t.fours(mr, label+"Unrolled")
		c.Label(label + "Rest")
		c.MOVQ(t.p, t.next)
		c.Label(label + "Tail")
		c.ADDQ(U8(unroll), t.k)
		c.JZ(LabelRef(label + "Done"))
	}
	t.alignLoop()
	c.Label(label + "Single")
	t.term(mr, Mem{Base: t.b}, t.rowOf)
	t.advanceTerm(mr)
	c.DECQ(t.k)
	c.JNZ(LabelRef(label + "Single"))
	c.Label(label + "Done")
}

// fours adds four terms at a time.
func (t *gemmTile) fours(mr int, label string) {
	c := t.c
	t.alignLoop()
	c.Label(label)
	c.PREFETCHT1(Mem{Base: t.p})
	c.ADDQ(U8(64), t.p)
	for range unroll {
		t.term(mr, Mem{Base: t.b}, t.rowOf)
		t.advanceTerm(mr)
	}
	c.SUBQ(U8(unroll), t.k)
	c.JGE(LabelRef(label))
}

// unmaskedFours are loops for a strip whose last vector is full: on AVX-512 a masked load
// also occupies one of the two ports of the multiply-adds, which costs a term of 24 of them
// half a cycle in 12. So do additions to pointers now and then. One of the strides of A is
// one element, along its rows or down them, and so its elements in four terms lie at
// constant distances from a pointer, or at up to three strides.
func (t *gemmTile) unmaskedFours(mr int, label string) {
	c := t.c
	if t.size == 4 {
		c.KORTESTW(reg.K1, reg.K1)
	} else {
		c.KORTESTB(reg.K1, reg.K1)
	}
	c.JCC(LabelRef(label + "Unrolled"))
	t.masked = false
	c.CMPQ(t.cs, U8(t.size))
	c.JNE(LabelRef(label + "Down"))
	t.stridedFours(mr, label+"Along", t.cs, func(i, u int) Mem { return t.rowOf(i).Offset(u * t.size) }, func() {
		for i := 0; i*rowsPerPointer < mr; i++ {
			c.ADDQ(U8(unroll*t.size), t.a[i])
		}
	})
	c.MOVQ(U32(t.size), t.cs)
	c.JMP(LabelRef(label + "Rest"))
	c.Label(label + "Down")
	c.CMPQ(t.rs, U8(t.size))
	c.JNE(LabelRef(label + "Unrolled"))
	c.LEAQ(Mem{Base: t.cs, Index: t.cs, Scale: 2}, t.rs3)
	t.stridedFours(mr, label+"Downwards", t.rs5, func(i, u int) Mem { return multiple(t.a[0], t.cs, t.rs3, u).Offset(i * t.size) },
		func() { c.LEAQ(Mem{Base: t.a[0], Index: t.cs, Scale: 4}, t.a[0]) })
	t.spread(mr)
	c.JMP(LabelRef(label + "Rest"))
	t.masked = true
}

// stridedFours adds four terms at a time. rsb3 is a register for three strides of B, row
// the place of A in row i and term u of four, next moves it on.
func (t *gemmTile) stridedFours(mr int, label string, rsb3 reg.GPPhysical, row func(i, u int) Mem, next func()) {
	c := t.c
	c.LEAQ(Mem{Base: t.rsb, Index: t.rsb, Scale: 2}, rsb3)
	t.alignLoop()
	c.Label(label)
	c.PREFETCHT1(Mem{Base: t.p})
	c.ADDQ(U8(64), t.p)
	for u := range unroll {
		t.term(mr, multiple(t.b, t.rsb, rsb3, u), func(i int) Mem { return row(i, u) })
	}
	c.LEAQ(Mem{Base: t.b, Index: t.rsb, Scale: 4}, t.b)
	next()
	c.SUBQ(U8(unroll), t.k)
	c.JGE(LabelRef(label))
}

// multiple is u strides from base, u < 4.
func multiple(base, stride, stride3 reg.GPPhysical, u int) Mem {
	switch u {
	case 0:
		return Mem{Base: base}
	case 3:
		return Mem{Base: base, Index: stride3, Scale: 1}
	}
	return Mem{Base: base, Index: stride, Scale: uint8(u)}
}

// zeroRow starts the sums of a row at 0. Below register 16 an instruction on its lowest
// part zeroes all of it at no cost; beyond, a copy costs less than zeroing.
func (t *gemmTile) zeroRow(i int) {
	for _, r := range t.sum[i] {
		switch id := r.PhysicalIndex(); {
		case !t.wide():
			t.zero(r)
		case id < 16:
			low := reg.Vector.Lookup(id, reg.S128)
			t.c.VXORPS(low, low, low)
		default:
			t.c.VMOVAPS(t.sum[0][0], r)
		}
	}
}

// pointers sets the addresses of mr rows of A.
func (t *gemmTile) pointers(mr int) {
	c := t.c
	c.MOVQ(t.rowA, t.a[0])
	t.spread(mr)
}

// spread sets them from the first.
func (t *gemmTile) spread(mr int) {
	c := t.c
	c.LEAQ(Mem{Base: t.rs, Index: t.rs, Scale: 2}, t.rs3)
	c.LEAQ(Mem{Base: t.rs, Index: t.rs, Scale: 4}, t.rs5)
	for i := 1; i*rowsPerPointer < mr; i++ {
		c.LEAQ(Mem{Base: t.a[i-1], Index: t.rs3, Scale: 2}, t.a[i])
		c.ADDQ(t.rs, t.a[i])
	}
}

// term adds one term to every sum; b is where its row of B begins, row its element of A in
// each row.
func (t *gemmTile) term(mr int, b Mem, row func(i int) Mem) {
	t.c.Comment("sum[i][v] += A[i,p] * B[p,v]")
	for v := range t.nv {
		t.load(b.Offset(v*t.bytes), t.vb[v], t.lastMasked(v))
	}
	for i := range mr {
		if t.wide() && t.nv == 1 {
			t.fmaBroadcast(row(i), t.vb[0], t.sum[i][0])
			continue
		}
		va := t.va[i%len(t.va)]
		t.broadcast(row(i), va)
		for v := range t.nv {
			t.fma(va, t.vb[v], t.sum[i][v])
		}
	}
}

// advanceTerm moves the pointers on to the next term.
func (t *gemmTile) advanceTerm(mr int) {
	t.c.ADDQ(t.rsb, t.b)
	for i := 0; i*rowsPerPointer < mr; i++ {
		t.c.ADDQ(t.cs, t.a[i])
	}
}
