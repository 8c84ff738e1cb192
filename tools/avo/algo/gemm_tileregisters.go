package algo

import (
	"fmt"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels/asm"
	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// TileKernels are kernels for sets with registers for matrices: they have neither an element type of the
// others' nor a generic twin of their name. K of a strip counts words of 32 bits, pairs of bfloat16
// numbers or four bytes.
var TileKernels = []*Kernel{
	{Name: "GemmStripBF16AMX", Family: "gemmbf16", Params: "s *GemmStrip[float32]", StubOnly: true,
		Doc: "computes one strip of a matrix product of bfloat16 numbers, see GemmStrip.\n" +
			"A word of A and of B is a pair of them, the term that comes first in the lower half, and\n" +
			"A[..] * B[..] the dot product of two pairs. N is at most 32, K a multiple of 16, CsA 1;\n" +
			"strides count words.\n" +
			"\n" +
			"A sum begins with 0. For 16 words at a time the products of the lower halves are added up\n" +
			"from 0 in ascending order, each rounded once with its addition, and so are those of the\n" +
			"upper halves; the two sums are added, and the result is added to the sum. These steps\n" +
			"round to nearest even, whatever MXCSR says, take subnormal operands for 0 and make 0 of\n" +
			"subnormal results.\n" +
			"The steps behind the sum are those of the float32 kernels.\n" +
			"\n" +
			"The CPU must have AMX and the process permission to use it. The sums take 4 KiB of stack.\n" +
			"Best are panels of 32 columns that lie in L1 (K = 256), and rows of A\n" +
			"whose distance is no multiple of 1 KiB.",
		body: func(f *fn) { gemmTileRegisters(f, false) }},
	{Name: "GemmStripInt8AMX", Family: "gemmint8", Params: "s *GemmStrip[float32]", StubOnly: true,
		Doc: "computes one strip of a matrix product of integers of 8 bits, see GemmStrip.\n" +
			"A word of A is four unsigned ones, a word of B four signed ones, the term that comes first\n" +
			"in the lowest byte, and A[..] * B[..] the dot product of the four. C has int32, and sums are\n" +
			"exact modulo 2^32. Of Flags, GemmBeta adds C, whatever Beta is; there are no others. N is at\n" +
			"most 32, K a multiple of 16, CsA 1; strides count words.\n" +
			"\n" +
			"The CPU must have AMX and the process permission to use it.",
		body: func(f *fn) { gemmTileRegisters(f, true) }},
}

// tileStrip walks a strip in tiles of 32 rows and 32 columns: four registers of 16 x 16 sums, two of 16
// rows of A, two of 16 columns of B. A tile with fewer rows or columns takes a configuration with
// fewer, so that it touches nothing beyond. Configurations are loaded where the number of rows changes,
// once or twice a strip.
//
// The sums of floats go through memory to vector registers, in which the epilogue of the float32 kernels
// finishes them 8 or 16 rows at a time; those without an epilogue, and integers, are stored to C at once.
type tileStrip struct {
	*strip
	isa.TileRegisters
	integers   bool
	config     isa.Mem // 64 bytes
	configured isa.Mem // the rows of the tile that it is for
	undone     isa.Mem // rows of the tile that are not finished
	area, from isa.Mem // where the sums go, and the next ones to be finished
}

const (
	square   = 16             // rows and columns of a register
	rowBytes = 2 * square * 4 // of the tile's sums
)

// The registers: sums(i, j) of rows 16i and columns 16j, aRows(i), bColumns(j).
func sums(i, j int) isa.TileRegister     { return isa.TileRegister(2*i + j) }
func aRows(i int) isa.TileRegister       { return isa.TileRegister(4 + i) }
func bColumns(j int) isa.TileRegister    { return isa.TileRegister(6 + j) }
func squareAt(at isa.Mem, j int) isa.Mem { return at.Offset(j * square * 4) }

// gemmTileRegisters emits the kernel.
func gemmTileRegisters(f *fn, integers bool) {
	shape := isa.TileShape{Widths: []int{1, 2}, Rows: map[int]int{1: 16, 2: 8}}
	g := &tileStrip{strip: &strip{fn: f, shape: shape, TileInts: f.FixedInts()},
		TileRegisters: f.Machine.(isa.TileRegisters), integers: integers}
	f.FixTail()
	slots := []*isa.Mem{&g.rows, &g.left, &g.rowA, &g.rowC, &g.rowD, &g.next,
		&g.configured, &g.undone, &g.area, &g.from}
	frame := f.Frame(8*len(slots) + 64)
	for i, m := range slots {
		*m = frame.Offset(8 * i)
	}
	g.config = frame.Offset(8 * len(slots))
	g.begin()
	g.entry()
	for _, nv := range shape.Widths {
		g.walk(nv)
	}
}

// begin fills in what all configurations share, and finds room for the sums on a cache line.
func (g *tileStrip) begin() {
	g.MoveInt(isa.Const(0), g.P)
	g.MoveInt(g.P, g.configured)
	for i := range 8 {
		g.MoveInt(g.P, g.config.Offset(8*i))
	}
	g.MoveInt(isa.Const(1), g.P)
	g.MoveInt(g.P, g.config)
	if g.integers {
		return
	}
	const line = 64
	room := g.Frame(2*square*rowBytes + line)
	g.Address(room.Offset(line), g.P)
	g.MoveInt(g.P, g.Q)
	g.AndInt(line-1, g.Q)
	g.SubInt(g.Q, g.P)
	g.MoveInt(g.P, g.area)
}

// walk emits the walk down a strip of nv registers of columns.
func (g *tileStrip) walk(nv int) {
	t := g.newTile(nv, true)
	t.Label(t.name)
	t.MoveInt(g.left, t.K)
	t.MoveInt(isa.Const(2*square), t.P)
	t.MinInt(t.P, t.K)
	t.MoveInt(t.K, t.rows)
	t.prefetch()
	g.configure(t)
	t.MoveInt(g.rowA, t.A[0])
	t.Address(isa.Mem{Base: t.A[0], Index: t.RS, Scale: 8}, t.A[1])
	t.Address(isa.Mem{Base: t.A[1], Index: t.RS, Scale: 8}, t.A[1])
	t.JumpIf(g.rows, isa.GT, isa.Const(square), t.name+"Two")
	g.tile(t, 1)
	t.Label(t.name + "Two")
	g.tile(t, 2)
	g.finish(t)
	t.Label(t.name + "Advance")
	t.MoveInt(g.configured, t.K)
	t.SubJump(t.K, g.left, isa.EQ, t.name+"Return")
	t.MoveInt(t.RS, t.P)
	t.MulInt(t.K, t.P)
	t.AddInt(t.P, g.rowA)
	t.MoveInt(t.rows, t.K)
	t.moveDown(unsafe.Offsetof(asm.GemmStrip[float32]{}.Ldc), g.rowC)
	if !g.integers {
		t.moveDown(unsafe.Offsetof(asm.GemmStrip[float32]{}.Ldd), g.rowD)
	}
	t.Jump(t.name)
	t.Label(t.name + "Return")
	g.ReleaseTiles()
	t.Return()
}

// configure loads the configuration for the rows of the tile, unless it is there. A half of the tile that
// is empty has the shape of the other one, and is not used.
func (g *tileStrip) configure(t *gemmTile) {
	var s asm.GemmStrip[float32]
	first, second := t.A[2], t.A[3]
	t.MoveInt(t.rows, first)
	t.JumpIf(g.configured, isa.EQ, first, t.name+"Configured")
	t.MoveInt(first, g.configured)

	t.Comment("bytes a row: sums have the columns of B, A has 64, B its columns")
	t.MoveInt(t.field(unsafe.Offsetof(s.N)), t.P)
	t.ShiftLeftInt(2, t.P)
	if t.nv == 1 {
		t.MoveInt(t.P, t.Q)
		t.ShiftLeftInt(16, t.Q)
	} else {
		t.SubInt(isa.Const(4*square), t.P)
		t.ShiftLeftInt(16, t.P)
		t.MoveInt(isa.Const(4*square), t.Q)
	}
	t.AddInt(t.Q, t.P)
	t.MoveInt(t.P, t.Q)
	t.ShiftLeftInt(32, t.Q)
	t.AddInt(t.Q, t.P)
	t.MoveInt(t.P, g.config.Offset(16))
	t.AddInt(isa.Const(4*square<<16|4*square), t.Q)
	t.MoveInt(t.Q, g.config.Offset(24))

	t.Comment("rows: sums have those of A, B has 16")
	t.MoveInt(first, second)
	t.JumpIf(first, isa.LE, isa.Const(square), t.name+"Alike")
	t.MoveInt(isa.Const(square), first)
	t.SubInt(first, second)
	t.Label(t.name + "Alike")
	t.MoveInt(second, t.P)
	t.ShiftLeftInt(8, t.P)
	t.AddInt(first, t.P)
	t.AddInt(isa.Const(square<<24|square<<16), t.P)
	t.ShiftLeftInt(32, t.P)
	t.ShiftLeftInt(16, second)
	t.AddInt(second, first)
	t.MoveInt(first, second)
	t.ShiftLeftInt(8, second)
	t.AddInt(second, first)
	t.AddInt(first, t.P)
	t.MoveInt(t.P, g.config.Offset(48))
	t.Address(g.config, t.P)
	g.ConfigureTiles(isa.At(t.P, 0))
	t.Label(t.name + "Configured")
}

// tile emits the sums of a tile of mr x nv registers, up to where they are stored.
func (g *tileStrip) tile(t *gemmTile, mr int) {
	var s asm.GemmStrip[float32]
	name := fmt.Sprintf("%sR%d", t.name, mr)
	g.start(t, mr, name)
	t.MoveInt(t.field(unsafe.Offsetof(s.B)), t.B)
	t.MoveInt(t.field(unsafe.Offsetof(s.K)), t.K)
	t.MoveInt(t.RSB, t.CS)
	t.ShiftLeftInt(4, t.CS)
	t.MoveInt(g.next, t.P)
	t.AlignLoop()
	t.Label(name + "K")
	g.terms(t, mr)
	t.SubJump(isa.Const(square), t.K, isa.GT, name+"K")
	t.MoveInt(t.P, g.next)
	if !g.integers {
		t.JumpIf(t.field(unsafe.Offsetof(s.Flags)), isa.NE, isa.Const(0), name+"Epilogue")
	}
	g.inC(t, mr, func(r isa.TileRegister, at isa.Mem) { g.StoreTile(r, at, t.Q) })
	t.Jump(t.name + "Advance")
	if g.integers {
		return
	}
	t.Label(name + "Epilogue")
	t.MoveInt(g.area, t.P)
	t.MoveInt(isa.Const(rowBytes), t.Q)
	for i := range mr {
		for j := range t.nv {
			g.StoreTile(sums(i, j), squareAt(isa.At(t.P, i*square*rowBytes), j), t.Q)
		}
	}
	if mr == 1 {
		t.Jump(t.name + "Finish")
	}
}

// start sets the sums to 0, or integers to C.
func (g *tileStrip) start(t *gemmTile, mr int, name string) {
	var s asm.GemmStrip[float32]
	if g.integers {
		t.JumpIfNone(asm.GemmBeta, t.field(unsafe.Offsetof(s.Flags)), name+"Zero")
		g.inC(t, mr, func(r isa.TileRegister, at isa.Mem) { g.LoadTile(at, t.Q, r) })
		t.Jump(name + "Start")
		t.Label(name + "Zero")
	}
	for i := range mr {
		for j := range t.nv {
			g.ZeroTile(sums(i, j))
		}
	}
	if g.integers {
		t.Label(name + "Start")
	}
}

// inC calls f for the sums with their places in C, whose rows are Q bytes long.
func (g *tileStrip) inC(t *gemmTile, mr int, f func(r isa.TileRegister, at isa.Mem)) {
	t.MoveInt(g.rowC, t.P)
	t.MoveInt(t.field(unsafe.Offsetof(asm.GemmStrip[float32]{}.Ldc)), t.Q)
	t.ShiftLeftInt(t.logSize(), t.Q)
	for i := range mr {
		if i > 0 {
			t.Address(isa.Mem{Base: t.P, Index: t.Q, Scale: 8}, t.P)
			t.Address(isa.Mem{Base: t.P, Index: t.Q, Scale: 8}, t.P)
		}
		for j := range t.nv {
			f(sums(i, j), squareAt(isa.At(t.P, 0), j))
		}
	}
}

// linesAStep is how many lines of Next a step of 16 words asks for: a panel has 2K lines, and a strip of
// 256 rows takes 8 K/16 steps.
const linesAStep = 4

// terms adds 16 words of A and B to every sum. Loads stand between the products, which take 16 cycles
// each, 8 a load from L1; and the products of a sum are four apart, since one waits 52 cycles for
// the one before it.
func (g *tileStrip) terms(t *gemmTile, mr int) {
	t.Comment("sum[i][j] += A[i,p..p+15] * B[p..p+15,j]")
	dot := g.DotPairs
	if g.integers {
		dot = g.DotBytes
	}
	for i := range mr {
		g.LoadTile(isa.At(t.A[i], 0), t.RS, aRows(i))
		for j := range t.nv {
			if i == 0 {
				g.LoadTile(squareAt(isa.At(t.B, 0), j), t.RSB, bColumns(j))
			}
			dot(aRows(i), bColumns(j), sums(i, j))
		}
	}
	for l := range linesAStep {
		t.PrefetchL2(isa.At(t.P, 64*l))
	}
	t.AddInt(isa.Const(64*linesAStep), t.P)
	for i := range mr {
		t.AddInt(isa.Const(4*square), t.A[i])
	}
	t.AddInt(t.CS, t.B)
}

// finish takes the sums from memory, as many rows at a time as the vector registers hold, and runs the
// epilogue on them. It leaves the places in C and D at the last of these rows.
func (g *tileStrip) finish(t *gemmTile) {
	if g.integers {
		return
	}
	t.Label(t.name + "Finish")
	t.MoveInt(g.area, t.P)
	t.MoveInt(t.P, g.from)
	t.MoveInt(t.rows, t.K)
	t.MoveInt(t.K, g.undone)

	t.Label(t.name + "Rows")
	t.MoveInt(g.undone, t.K)
	t.MoveInt(isa.Const(t.MR), t.P)
	t.MinInt(t.P, t.K)
	t.MoveInt(t.K, t.rows)
	t.MoveInt(g.from, t.P)
	for i := range t.MR {
		for v := range t.nv {
			t.Load(isa.At(t.P, i*rowBytes+v*t.bytes), t.sum[i][v], t.lastMasked(v))
		}
	}
	t.epilogue()
	t.MoveInt(t.rows, t.K)
	t.SubJump(t.K, g.undone, isa.EQ, t.name+"Finished")
	t.moveDown(unsafe.Offsetof(asm.GemmStrip[float32]{}.Ldc), g.rowC)
	t.moveDown(unsafe.Offsetof(asm.GemmStrip[float32]{}.Ldd), g.rowD)
	t.AddInt(isa.Const(t.MR*rowBytes), g.from)
	t.Jump(t.name + "Rows")
	t.Label(t.name + "Finished")
}
