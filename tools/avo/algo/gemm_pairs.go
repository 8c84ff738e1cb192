package algo

import "github.com/ashlar-go/ashlar/tools/avo/isa"

// Products of bfloat16 numbers. Two neighbouring terms of a row of A or of a column of B are one
// word, the even one in its lower half, and the micro-kernel is that of float32 but for what it
// does with a word of A and a word of B.

// gemmPairs widens the words in registers: the even terms of a word are its lower half, shifted
// up, the odd ones its upper half. All even terms come first, then all odd ones, so that a vector
// of B takes one register, as in float32. The loads that are done twice find a port free.
func gemmPairs(f *fn) {
	room := len(f.FixedVecs(true))
	shape := f.pairTile(func(nv int) int { return (room - nv - 1 - leastFactors) / nv })
	// one turn has the code of two terms for each word, and this is not the way of a CPU with
	// instructions for pairs: loops for special cases are not worth theirs
	shape.WholeLoops = false
	odd := f.FixedVecs(true)[room-1]
	f.Broadcast(f.ElementBits(oddTerms), odd)
	f.gemmStrip(shape, terms{add: (*gemmTile).pair, unroll: 2, odd: odd})
}

const (
	oddTerms     = 0xffff_0000 // the half of a word with the odd term
	leastFactors = 2           // registers for A, so that a load need not wait for a multiplication
)

// gemmDots leaves the words to the instruction for them.
func gemmDots(f *fn) {
	shape := f.pairTile(func(int) int { return mostRows })
	f.gemmStrip(shape, terms{add: (*gemmTile).dot, unroll: 4})
}

// mostRows is how many sums keep the multiply-add units busy. Tiles of one vector, which have
// room for twice as many, would be half of the code.
const mostRows = 12

// pairTile is the tile of float32 with so many rows at most for each width.
func (f *fn) pairTile(most func(nv int) int) isa.TileShape {
	shape, rows := f.Tile(), map[int]int{}
	for _, nv := range shape.Widths {
		rows[nv] = min(shape.Rows[nv], most(nv), mostRows)
	}
	shape.Rows = rows
	return shape
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
	for _, half := range []func(v isa.Vec){t.even, t.odd} {
		for v := range t.nv {
			t.Load(t.column(b, v), t.vb[v], t.lastMasked(v))
			half(t.vb[v])
		}
		// a factor in memory is not widened, so there are none: they are for one vector
		factor := t.Factors(mr, max(t.nv, 2), t.va, row)
		for i := range mr {
			a := factor(i)
			if a.Lane == 0 {
				half(a.From.(isa.Vec))
			}
			for v := range t.nv {
				t.FMAFactor(a, t.vb[v], t.sum[i][v])
			}
		}
	}
}

func (t *gemmTile) even(v isa.Vec) { t.ShiftLeft(v, 16, v) }
func (t *gemmTile) odd(v isa.Vec)  { t.And(t.terms.odd, v, v) }

// dot adds the dot product of two pairs to every sum.
func (t *gemmTile) dot(mr int, b isa.Mem, row func(i int) isa.Mem) {
	t.Comment("sum[i][v] += A[i,p]*B[p,v] + A[i,p+1]*B[p+1,v]")
	for v := range t.nv {
		t.Load(t.column(b, v), t.vb[v], t.lastMasked(v))
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
	"a multiply-add, rounded to 24 bits, is below 2^-126. The epilogue is that of float32, and flushes none."
