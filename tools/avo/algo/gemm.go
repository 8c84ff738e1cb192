package algo

import (
	"fmt"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels/asm"
	"github.com/ashlar-go/ashlar/tools/avo/isa"
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

	shape isa.TileShape
	terms terms
	isa.TileInts
	rows       isa.Mem // rows of the tile
	left       isa.Mem // rows left
	rowA, rowC isa.Mem // the tile's place in A, C and D
	rowD       isa.Mem
	next       isa.Mem // how far Next has been prefetched
}

// terms is how the terms of a sum are stored and multiplied.
type terms struct {
	// add adds the next ones to every sum, see gemmTile.term.
	add    func(t *gemmTile, mr int, b isa.Mem, row func(i int) isa.Mem)
	unroll int     // how many a turn of an unrolled loop adds
	odd    isa.Vec // the mask of odd terms, of pairs that are widened
	// panels says that A has its terms side by side and that rows of B have whole vectors. wholeEnds asks
	// for an epilogue of its own for strips whose last vector is whole.
	panels, wholeEnds bool
}

// rowsPerPointer is how many rows of A one pointer serves.
const rowsPerPointer = 7

// gemmStrip emits the kernel; see asm.GemmStrip for what it computes.
func gemmStrip(f *fn) { f.gemmStrip(f.Tile(), terms{add: (*gemmTile).term, unroll: 4}) }

func (f *fn) gemmStrip(shape isa.TileShape, how terms) {
	g := &strip{fn: f, shape: shape, terms: how, TileInts: f.FixedInts()}
	f.FixTail()
	frame := f.Frame(48)
	for i, m := range []*isa.Mem{&g.rows, &g.left, &g.rowA, &g.rowC, &g.rowD, &g.next} {
		*m = frame.Offset(8 * i)
	}
	g.entry()
	for _, nv := range g.shape.Widths {
		if g.shape.WholeStrips {
			g.newTile(nv, false).emit()
		}
		g.newTile(nv, true).emit()
	}
}

// field is a member of the argument struct.
func (g *strip) field(offset uintptr) isa.Mem { return isa.Mem{Base: g.Args, Disp: int(offset)} }

func (g *strip) scalar(i int) isa.Mem {
	var s asm.GemmStrip[float32]
	return g.field(unsafe.Offsetof(s.Alpha)).Offset(i * g.size)
}

// entry loads what stays the same down the strip and picks the strip's width.
func (g *strip) entry() {
	var s asm.GemmStrip[float32]
	g.LoadParam("s", g.Args)
	for _, v := range []struct {
		offset uintptr
		dst    isa.Int
	}{{unsafe.Offsetof(s.RsA), g.RS}, {unsafe.Offsetof(s.CsA), g.CS}, {unsafe.Offsetof(s.RsB), g.RSB}} {
		g.MoveInt(g.field(v.offset), v.dst)
		g.ShiftLeftInt(g.logSize(), v.dst)
	}
	for _, v := range []struct {
		offset uintptr
		dst    isa.Mem
	}{{unsafe.Offsetof(s.A), g.rowA}, {unsafe.Offsetof(s.C), g.rowC}, {unsafe.Offsetof(s.D), g.rowD},
		{unsafe.Offsetof(s.Next), g.next}, {unsafe.Offsetof(s.M), g.left}} {
		g.MoveInt(g.field(v.offset), g.P)
		g.MoveInt(g.P, v.dst)
	}
	g.MoveInt(g.field(unsafe.Offsetof(s.N)), g.P)
	widths := g.shape.Widths
	for i, nv := range widths {
		wider := fmt.Sprintf("wider%d", nv)
		if i+1 < len(widths) {
			g.JumpIf(g.P, isa.GT, isa.Const(nv*g.lanes), wider)
		}
		if nv > 1 {
			g.SubInt(isa.Const((nv-1)*g.lanes), g.P)
		}
		g.enter(nv)
		if i+1 < len(widths) {
			g.Label(wider)
		}
	}
}

// enter jumps to the strip of nv vectors whose last vector has p columns, with the
// mask set where that is not all of them.
func (g *strip) enter(nv int) {
	if g.shape.WholeStrips {
		g.JumpIf(g.P, isa.EQ, isa.Const(g.lanes), stripLabel(nv, false))
	}
	if g.overlaps(nv) {
		g.SetOverlap(g.P)
	} else {
		g.SetTail(g.P)
	}
	g.Jump(stripLabel(nv, true))
}

// overlaps reports whether the last of so many vectors lies over the one before it.
func (g *strip) overlaps(nv int) bool { return g.shape.Overlap && nv > 1 }

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
	if lo == hi {
		g.Jump(label(lo))
		return
	}
	mid := (lo + hi + 1) / 2
	upper := fmt.Sprintf("%s_%d", prefix, mid)
	g.JumpIf(g.K, isa.GE, isa.Const(mid), upper)
	g.choose(prefix, lo, mid-1, label)
	g.Label(upper)
	g.choose(prefix, mid, hi, label)
}
