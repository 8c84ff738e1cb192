package algo

import (
	"fmt"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels/asm"
	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// gemmTile is the tiles of one width with their registers.
type gemmTile struct {
	*strip
	name   string // of its labels
	MR, nv int
	masked bool        // the last vector is
	half   bool        // the loop computes half of the last vector
	lapped bool        // the last vector ends where the strip does
	sum    [][]isa.Vec // MR x nv
	vb     []isa.Vec   // nv vectors of B; free after the loop
	va     []isa.Vec   // broadcasts of A; free after the loop
}

func (g *strip) newTile(nv int, masked bool) *gemmTile {
	t := &gemmTile{strip: g, name: stripLabel(nv, masked), MR: g.shape.Rows[nv], nv: nv, masked: masked}
	if g.overlaps(nv) {
		t.masked, t.lapped = false, true
	}
	free := g.vectors(masked)
	take := func(n int) []isa.Vec {
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
	loop := func(mr int) string { return fmt.Sprintf("%sK%d", t.name, mr) }
	t.Label(t.name)
	t.begin()
	t.MoveInt(t.rows, t.K)
	t.JumpIf(t.K, isa.EQ, isa.Const(t.MR), loop(t.MR))
	t.choose(t.name+"K", 1, t.MR-1, loop)
	for mr := 1; mr <= t.MR; mr++ {
		t.Label(loop(mr))
		t.loop(mr, loop(mr))
		if mr < t.MR {
			t.Jump(t.name + "End")
		}
	}
	t.Label(t.name + "End")
	t.epilogues()
	t.advance()
}

// begin sets the rows of the tile: MR of them, fewer where they would leave less than
// leastRows for the last one.
func (t *gemmTile) begin() {
	t.MoveInt(t.left, t.K)
	t.JumpIf(t.K, isa.LE, isa.Const(t.MR), t.name+"Rows")
	t.SubInt(isa.Const(t.leastRows()), t.K)
	t.MoveInt(isa.Const(t.MR), t.P)
	t.MinInt(t.P, t.K)
	t.Label(t.name + "Rows")
	t.MoveInt(t.K, t.rows)
	t.prefetch()
}

// leastRows is how many rows keep two multiply-add units busy, each of which waits 4
// cycles for its last sum.
func (t *gemmTile) leastRows() int { return (2*4 + t.nv - 1) / t.nv }

// prefetch asks for the lines of C that the epilogue will touch, if they are far, and for
// those of D if it reads them.
func (t *gemmTile) prefetch() {
	var s asm.GemmStrip[float32]
	t.JumpIf(t.field(unsafe.Offsetof(s.Far)), isa.EQ, isa.Const(0), t.name+"Near")
	t.prefetchRows("C", t.rowC, unsafe.Offsetof(s.Ldc))
	t.JumpIfNone(asm.GemmDeriv, t.field(unsafe.Offsetof(s.Flags)), t.name+"Near")
	t.prefetchRows("D", t.rowD, unsafe.Offsetof(s.Ldd))
	t.Label(t.name + "Near")
}

func (t *gemmTile) prefetchRows(matrix string, first isa.Mem, ld uintptr) {
	t.MoveInt(first, t.P)
	t.MoveInt(t.field(ld), t.Q)
	t.ShiftLeftInt(t.logSize(), t.Q)
	t.MoveInt(t.rows, t.K)
	t.Label(t.name + "Prefetch" + matrix)
	for v := range t.nv {
		t.Prefetch(isa.Mem{Base: t.P, Disp: v * t.bytes})
	}
	t.AddInt(t.Q, t.P)
	t.CountDown(t.K, t.name+"Prefetch"+matrix)
}

// advance moves the tile's places in A, C and D down by its rows and goes on to the
// next tile.
func (t *gemmTile) advance() {
	var s asm.GemmStrip[float32]
	t.MoveInt(t.rows, t.K)
	t.SubJump(t.K, t.left, isa.EQ, t.name+"Return")
	t.MoveInt(t.RS, t.P)
	t.MulInt(t.K, t.P)
	t.AddInt(t.P, t.rowA)
	t.moveDown(unsafe.Offsetof(s.Ldc), t.rowC)
	t.moveDown(unsafe.Offsetof(s.Ldd), t.rowD)
	t.Jump(t.name)
	t.Label(t.name + "Return")
	t.Return()
}

// moveDown moves a place in a matrix down by K rows.
func (g *strip) moveDown(ld uintptr, row isa.Mem) {
	g.MoveInt(g.field(ld), g.P)
	g.MulInt(g.K, g.P)
	g.ShiftLeftInt(g.logSize(), g.P)
	g.AddInt(g.P, row)
}

// lastMasked reports whether vector v of a row is the masked one.
func (t *gemmTile) lastMasked(v int) bool { return t.masked && v == t.nv-1 }

// column is where vector v of a row begins.
func (t *gemmTile) column(row isa.Mem, v int) isa.Mem {
	at := row.Offset(v * t.bytes)
	if t.lapped && v == t.nv-1 {
		return t.Overlapped(at)
	}
	return at
}

// rowOf is the address of the current term of row i of A.
func (t *gemmTile) rowOf(i int) isa.Mem {
	m := isa.Mem{Base: t.A[i/rowsPerPointer]}
	switch d := i % rowsPerPointer; d {
	case 1, 2, 4:
		m.Index, m.Scale = t.RS, d
	case 3, 6:
		m.Index, m.Scale = t.RS3, d/3
	case 5:
		m.Index, m.Scale = t.RS5, 1
	}
	return m
}

// unrolls reports whether a tile of mr rows has an unrolled loop: the full tile.
func (t *gemmTile) unrolls(mr int) bool { return mr == t.MR }

// loop sums over k for mr rows: sum[i][v] += A[i,p] * B[p,v].
func (t *gemmTile) loop(mr int, label string) {
	if t.terms.panels {
		t.panelLoop(mr, label)
		return
	}
	var s asm.GemmStrip[float32]
	t.MoveInt(t.field(unsafe.Offsetof(s.B)), t.B)
	t.MoveInt(t.field(unsafe.Offsetof(s.K)), t.K)
	t.pointers(mr)
	for i := range mr {
		t.zeroRow(i)
	}
	if t.halves(mr) {
		t.halfOnes(mr, label)
	}
	if t.unrolls(mr) {
		t.SubJump(isa.Const(t.terms.unroll), t.K, isa.LT, label+"Tail")
		t.MoveInt(t.next, t.P)
		if t.shape.WholeLoops && t.nv <= t.shape.Panel {
			t.unmaskedFours(mr, label)
		}
		t.fours(mr, label+"Unrolled")
		t.Label(label + "Rest")
		t.MoveInt(t.P, t.next)
		t.Label(label + "Tail")
		t.AddJump(isa.Const(t.terms.unroll), t.K, isa.EQ, label+"Done")
	}
	t.ones(mr, label+"One")
	t.Label(label + "Done")
}

// halfOnes is a loop for a strip of whose last vector no more than half is wanted.
func (t *gemmTile) halfOnes(mr int, label string) {
	others := label + "One" // no label of its own before an alignment: Go's assembler would never end
	if t.unrolls(mr) {
		others = label + "More"
	}
	t.JumpUnlessHalf(others)
	t.half = true
	t.ones(mr, label+"Half")
	t.half = false
	t.Jump(label + "Done")
	if t.unrolls(mr) {
		t.Label(others)
	}
}

// ones adds one term at a time.
func (t *gemmTile) ones(mr int, label string) {
	t.AlignLoop()
	t.Label(label)
	t.terms.add(t, mr, isa.Mem{Base: t.B}, t.rowOf)
	t.advanceTerm(mr)
	t.CountDown(t.K, label)
}

// fours adds four terms at a time.
func (t *gemmTile) fours(mr int, label string) {
	t.AlignLoop()
	t.Label(label)
	t.PrefetchL2(isa.Mem{Base: t.P})
	t.AddInt(isa.Const(64), t.P)
	for range t.terms.unroll {
		t.terms.add(t, mr, isa.Mem{Base: t.B}, t.rowOf)
		t.advanceTerm(mr)
	}
	t.SubJump(isa.Const(t.terms.unroll), t.K, isa.GE, label)
}

// unmaskedFours are loops for a strip whose last vector is full, where masked loads and
// additions to pointers cost a product more than it can hide. One of the strides of A is
// one element, along its rows or down them, and so its elements in four terms lie at
// constant distances from a pointer, or at up to three strides.
func (t *gemmTile) unmaskedFours(mr int, label string) {
	masked := t.masked
	if masked {
		t.JumpUnlessWhole(label + "Unrolled")
		t.masked = false
	}
	t.JumpIf(t.CS, isa.NE, isa.Const(t.size), label+"Down")
	along := func(i, u int) isa.Mem { return t.rowOf(i).Offset(u * t.size) }
	t.stridedFours(mr, label+"Along", t.CS, along, func() {
		for i := 0; i*rowsPerPointer < mr; i++ {
			t.AddInt(isa.Const(t.terms.unroll*t.size), t.A[i])
		}
	})
	t.MoveInt(isa.Const(t.size), t.CS)
	t.Jump(label + "Rest")
	t.Label(label + "Down")
	t.JumpIf(t.RS, isa.NE, isa.Const(t.size), label+"Unrolled")
	t.Address(isa.Mem{Base: t.CS, Index: t.CS, Scale: 2}, t.RS3)
	down := func(i, u int) isa.Mem { return multiple(t.A[0], t.CS, t.RS3, u).Offset(i * t.size) }
	t.stridedFours(mr, label+"Downwards", t.RS5, down, func() {
		t.Address(isa.Mem{Base: t.A[0], Index: t.CS, Scale: 4}, t.A[0])
	})
	t.spread(mr)
	t.Jump(label + "Rest")
	t.masked = masked
}

// stridedFours adds four terms at a time. rsb3 is a register for three strides of B, row
// the place of A in row i and term u of four, next moves it on.
func (t *gemmTile) stridedFours(
	mr int, label string, rsb3 isa.Int, row func(i, u int) isa.Mem, next func(),
) {
	t.Address(isa.Mem{Base: t.RSB, Index: t.RSB, Scale: 2}, rsb3)
	t.AlignLoop()
	t.Label(label)
	t.PrefetchL2(isa.Mem{Base: t.P})
	t.AddInt(isa.Const(64), t.P)
	for u := range t.terms.unroll {
		t.terms.add(t, mr, multiple(t.B, t.RSB, rsb3, u), func(i int) isa.Mem { return row(i, u) })
	}
	t.Address(isa.Mem{Base: t.B, Index: t.RSB, Scale: 4}, t.B)
	next()
	t.SubJump(isa.Const(t.terms.unroll), t.K, isa.GE, label)
}

// multiple is u strides from base, u < 4.
func multiple(base, stride, stride3 isa.Int, u int) isa.Mem {
	switch u {
	case 0:
		return isa.Mem{Base: base}
	case 3:
		return isa.Mem{Base: base, Index: stride3, Scale: 1}
	}
	return isa.Mem{Base: base, Index: stride, Scale: u}
}

// zeroRow starts the sums of a row at 0.
func (t *gemmTile) zeroRow(i int) {
	for _, r := range t.sum[i] {
		t.ZeroSum(t.sum[0][0], r)
	}
}

// pointers sets the addresses of mr rows of A.
func (t *gemmTile) pointers(mr int) {
	t.MoveInt(t.rowA, t.A[0])
	t.spread(mr)
}

// spread sets them from the first.
func (t *gemmTile) spread(mr int) {
	t.Address(isa.Mem{Base: t.RS, Index: t.RS, Scale: 2}, t.RS3)
	t.Address(isa.Mem{Base: t.RS, Index: t.RS, Scale: 4}, t.RS5)
	for i := 1; i*rowsPerPointer < mr; i++ {
		t.Address(isa.Mem{Base: t.A[i-1], Index: t.RS3, Scale: 2}, t.A[i])
		t.AddInt(t.RS, t.A[i])
	}
}

// term adds one term to every sum; b is where its row of B begins, row its element of A in
// each row. One and a half vectors take every other element of A as one vector does, on AVX-512 from memory in
// the multiply-add: with a broadcast into a register for each row, Zen 4 takes 1.15 times as long.
func (t *gemmTile) term(mr int, b isa.Mem, row func(i int) isa.Mem) {
	t.Comment("sum[i][v] += A[i,p] * B[p,v]")
	for v := range t.nv {
		t.Load(t.column(b, v), t.part(v, t.vb[v]), t.lastMasked(v))
	}
	even := t.Factors(mr, t.nv, t.va, row)
	odd := even
	if t.half && t.nv == 2 {
		odd = t.Factors(mr, 1, t.va, row)
	}
	for i := range mr {
		a := [2]func(int) isa.Factor{even, odd}[i%2](i)
		for v := range t.nv {
			t.FMAFactor(a, t.part(v, t.vb[v]), t.part(v, t.sum[i][v]))
		}
	}
}

// halves reports whether a tile of mr rows has a loop that computes half of the last vector.
func (t *gemmTile) halves(mr int) bool {
	least := t.shape.HalfRows[t.nv]
	return t.masked && least > 0 && mr >= least
}

// part is what the loop computes of a register of vector v.
func (t *gemmTile) part(v int, r isa.Vec) isa.Vec {
	if t.half && v == t.nv-1 {
		return t.HalfOf(r)
	}
	return r
}

// advanceTerm moves the pointers on to the next term.
func (t *gemmTile) advanceTerm(mr int) {
	t.AddInt(t.RSB, t.B)
	for i := 0; i*rowsPerPointer < mr; i++ {
		t.AddInt(t.CS, t.A[i])
	}
}
