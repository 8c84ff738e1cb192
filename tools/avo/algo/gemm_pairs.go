package algo

import (
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels/asm"
	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// Products of bfloat16 numbers. Two neighbouring terms of a row of A or of a column of B are one
// word, the even one in its lower half, and the micro-kernel is that of float32 but for what it
// does with a word of A and a word of B.

// Both operands are packed, or lie so: words of a row of A side by side, and rows of a panel of B with
// whole vectors. So there are no strips wider than a panel, and no loops for other strides; the loads of
// B need no mask. Each loop that is not there is one less to keep in the first level of the cache.

// gemmPairs widens the words in registers: the even terms of a word are its lower half, shifted
// up, the odd ones its upper half. All even terms come first, then all odd ones, so that a vector
// of B takes one register, as in float32. The loads that are done twice find a port free.
func gemmPairs(f *fn) {
	room := len(f.FixedVecs(true))
	odd := f.FixedVecs(true)[room-1]
	f.Broadcast(f.ElementBits(oddTerms), odd)
	f.gemmPanels(terms{add: (*gemmTile).pair, unroll: 2, odd: odd},
		func(nv int) int { return (room - nv - 1 - leastFactors) / nv })
}

const (
	oddTerms     = 0xffff_0000 // the half of a word with the odd term
	leastFactors = 2           // registers for A, so that a load need not wait for a multiplication
)

// gemmDots leaves the words to the instruction for them.
func gemmDots(f *fn) {
	f.gemmPanels(terms{add: (*gemmTile).dot, unroll: 2}, func(int) int { return mostRows })
}

// mostRows is how many rows a tile has at most. Eight sums keep two multiply-add units busy that wait 4
// cycles for each, or one that waits 8. Tiles of one vector and of two, which have room for more rows and
// come where a product has 32 columns or fewer and at its edge, would be two thirds of the code.
const mostRows = 8

// gemmPanels emits the kernel with the tile of float32, but for the strips that are wider than a panel,
// and with so many rows at most for each width.
func (f *fn) gemmPanels(how terms, most func(nv int) int) {
	shape := f.Tile()
	how.panels, how.wholeEnds = true, shape.WholeStrips
	whole := isa.TileShape{Panel: shape.Panel, Overlap: shape.Overlap, Rows: map[int]int{}}
	for _, nv := range shape.Widths {
		if nv <= shape.Panel {
			whole.Widths = append(whole.Widths, nv)
			whole.Rows[nv] = min(shape.Rows[nv], most(nv), mostRows)
		}
	}
	f.gemmStrip(whole, how)
}

// panelLoop is loop for operands in panels. A turn of the full tile adds several words.
func (t *gemmTile) panelLoop(mr int, label string) {
	var s asm.GemmStrip[float32]
	t.MoveInt(t.field(unsafe.Offsetof(s.B)), t.B)
	t.MoveInt(t.field(unsafe.Offsetof(s.K)), t.K)
	t.pointers(mr)
	for i := range mr {
		t.zeroRow(i)
	}
	if t.unrolls(mr) {
		t.SubJump(isa.Const(t.terms.unroll), t.K, isa.LT, label+"Tail")
		t.MoveInt(t.next, t.P)
		t.panelWords(mr, t.terms.unroll, label+"Unrolled")
		t.MoveInt(t.P, t.next)
		t.Label(label + "Tail")
		t.AddJump(isa.Const(t.terms.unroll), t.K, isa.EQ, label+"Done")
	}
	t.panelWords(mr, 1, label+"One")
	t.Label(label + "Done")
}

// panelWords is a loop that adds so many words a turn. Of the words of K it leaves what is less than that.
func (t *gemmTile) panelWords(mr, unroll int, label string) {
	t.AlignLoop()
	t.Label(label)
	if unroll > 1 {
		t.PrefetchL2(isa.Mem{Base: t.P})
		t.AddInt(isa.Const(64), t.P)
	}
	for u := range unroll {
		t.terms.add(t, mr, isa.At(t.B, 0), func(i int) isa.Mem { return t.rowOf(i).Offset(u * t.size) })
		t.AddInt(t.RSB, t.B)
	}
	for i := 0; i*rowsPerPointer < mr; i++ {
		t.AddInt(isa.Const(unroll*t.size), t.A[i])
	}
	if unroll == 1 {
		t.CountDown(t.K, label)
	} else {
		t.SubJump(isa.Const(unroll), t.K, isa.GE, label)
	}
}

// epilogues is the epilogue, or two of them: where masks are slow, one for strips of whole vectors.
func (t *gemmTile) epilogues() {
	if !t.terms.wholeEnds {
		t.epilogue()
		return
	}
	var s asm.GemmStrip[float32]
	whole := *t
	whole.name, whole.masked = stripLabel(t.nv, false), false
	t.LoadParam("s", t.Args)
	t.JumpIf(t.field(unsafe.Offsetof(s.N)), isa.EQ, isa.Const(t.nv*t.lanes), whole.name)
	t.epilogue()
	t.Jump(t.name + "Advance")
	t.Label(whole.name)
	whole.epilogue()
	t.Label(t.name + "Advance")
}

// vectors are the registers of a tile, but for that of the odd terms.
func (g *strip) vectors(masked bool) []isa.Vec {
	all := g.FixedVecs(masked)
	if g.terms.odd == (isa.Vec{}) {
		return all
	}
	last := len(g.FixedVecs(true)) - 1
	return append(all[:last:last], all[last+1:]...)
}

// pair adds two terms to every sum, one after the other, each rounded once.
func (t *gemmTile) pair(mr int, b isa.Mem, row func(i int) isa.Mem) {
	t.Comment("sum[i][v] += A[i,p] * B[p,v], p even", "then p+1")
	upper := func(m isa.Mem, factor bool, dst isa.Vec) { t.UpperTerms(m, factor, t.terms.odd, dst) }
	for _, half := range []func(m isa.Mem, factor bool, dst isa.Vec){t.LowerTerms, upper} {
		for v := range t.nv {
			half(t.column(b, v), false, t.vb[v])
		}
		for i := range mr {
			a := t.va[i%len(t.va)]
			half(row(i), true, a)
			for v := range t.nv {
				t.FMAFactor(isa.Factor{From: a}, t.vb[v], t.sum[i][v])
			}
		}
	}
}

// dot adds the dot product of two pairs to every sum.
func (t *gemmTile) dot(mr int, b isa.Mem, row func(i int) isa.Mem) {
	t.Comment("sum[i][v] += A[i,p]*B[p,v] + A[i,p+1]*B[p+1,v]")
	for v := range t.nv {
		t.Load(t.column(b, v), t.vb[v], false)
	}
	factor := t.Factors(mr, max(t.nv, 2), t.va, row)
	for i := range mr {
		a := factor(i)
		for v := range t.nv {
			t.DotFactor(a, t.vb[v], t.sum[i][v])
		}
	}
}

// dotsDoc says what VDPBF16PS does: measured on Zen 4 with random operands and at the edges, and what
// Intel's manual, volume 2, says of it.
const dotsDoc = "computes one strip of a matrix product as GemmStrip says, where words of A and B are\n" +
	"pairs of bfloat16 numbers, the first in the lower half, and a sum is a chain of VDPBF16PS: for each\n" +
	"pair two fused multiply-adds in float32, of the upper halves and then of the lower ones. Each rounds\n" +
	"to nearest even, whatever MXCSR says. A subnormal number is 0 with its sign: in A and B, and where\n" +
	"a multiply-add, rounded to 24 bits, is below 2^-126. The epilogue is that of float32, and flushes none.\n" +
	"CsA is 1, N at most 48, and rows of B have whole vectors."
