package algo

import (
	"math/bits"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// packPanels: dst[(j/nr)*ldd + i*nr + j%nr] = src[i*lds+j], nr the widest strip of the
// micro-kernel. It goes along the rows of src, so that they are read as they lie in
// memory, however far apart they are.
func packPanels(f *fn) {
	nv := f.Tile().Panel
	ldd, lds, rows, cols := f.Integer("ldd"), f.Integer("lds"), f.Integer("rows"), f.Integer("cols")
	f.ShiftLeftInt(f.logSize(), ldd)
	f.ShiftLeftInt(f.logSize(), lds)
	src, dst := f.Base("src"), f.Base("dst")
	n, s, d := f.NewInt(), f.NewInt(), f.NewInt()
	f.JumpIf(rows, isa.EQ, isa.Const(0), "done")
	f.MoveInt(cols, n)
	f.AndInt(f.lanes-1, n)
	f.SetTail(n)
	vectors := func(count int, masked bool) {
		x := make([]isa.Vec, count)
		for v := range x {
			x[v] = f.NewVec()
			f.Load(isa.Mem{Base: s, Disp: v * f.bytes}, x[v], masked)
		}
		for v := range x {
			f.Store(x[v], isa.Mem{Base: d, Disp: v * f.bytes}, masked)
		}
	}
	f.Label("row")
	f.MoveInt(src, s)
	f.MoveInt(dst, d)
	f.MoveInt(cols, n)
	f.SubJump(isa.Const(nv*f.lanes), n, isa.LT, "rest")
	f.Label("panel")
	vectors(nv, false)
	f.AddInt(isa.Const(nv*f.bytes), s)
	f.AddInt(ldd, d)
	f.SubJump(isa.Const(nv*f.lanes), n, isa.GE, "panel")
	f.Label("rest")
	f.AddInt(isa.Const(nv*f.lanes), n)
	for range nv - 1 {
		f.JumpIf(n, isa.LT, isa.Const(f.lanes), "part")
		vectors(1, false)
		f.AddInt(isa.Const(f.bytes), s)
		f.AddInt(isa.Const(f.bytes), d)
		f.SubInt(isa.Const(f.lanes), n)
	}
	f.Label("part")
	f.JumpIf(n, isa.EQ, isa.Const(0), "next")
	vectors(1, true)
	f.Label("next")
	f.AddInt(lds, src)
	f.AddInt(isa.Const(nv*f.bytes), dst)
	f.CountDown(rows, "row")
	f.Label("done")
	f.Return()
}

// transposer is the transpose kernel while it is being emitted. It works in square
// blocks of as many rows as a vector has lanes.
type transposer struct {
	*fn
	src, dst   isa.Int // of the current block
	lds, ldd   isa.Int // in bytes
	rows, cols isa.Int // left, from the current block on
}

// transpose: dst[j*ldd+i] = src[i*lds+j]. The outer loop goes down the rows of src,
// the inner one along them, a block at a time.
func transpose(f *fn) {
	t := &transposer{fn: f, lds: f.Integer("lds"), ldd: f.Integer("ldd"), rows: f.Integer("rows")}
	t.cols, t.src, t.dst = f.NewInt(), f.NewInt(), f.NewInt()
	f.ShiftLeftInt(f.logSize(), t.lds)
	f.ShiftLeftInt(f.logSize(), t.ldd)
	srcRow, dstCol := f.Base("src"), f.Base("dst")
	f.JumpIf(t.rows, isa.EQ, isa.Const(0), "done")
	f.Label("rowLoop")
	f.MoveInt(srcRow, t.src)
	f.MoveInt(dstCol, t.dst)
	f.LoadParam("cols", t.cols)
	f.Label("colLoop")
	f.JumpIf(t.rows, isa.LT, isa.Const(f.lanes), "edge")
	f.JumpIf(t.cols, isa.LT, isa.Const(f.lanes), "edge")
	t.block("full", false)
	f.Jump("next")
	f.Label("edge")
	f.JumpIf(t.cols, isa.EQ, isa.Const(0), "done")
	t.block("part", true)
	f.Label("next")
	f.AddInt(isa.Const(f.bytes), t.src)
	step := f.NewInt()
	f.MoveInt(t.ldd, step)
	f.ShiftLeftInt(bits.TrailingZeros(uint(f.lanes)), step)
	f.AddInt(step, t.dst)
	f.SubJump(isa.Const(f.lanes), t.cols, isa.GT, "colLoop")
	f.MoveInt(t.lds, step)
	f.ShiftLeftInt(bits.TrailingZeros(uint(f.lanes)), step)
	f.AddInt(step, srcRow)
	f.AddInt(isa.Const(f.bytes), dstCol)
	f.SubJump(isa.Const(f.lanes), t.rows, isa.GT, "rowLoop")
	f.Label("done")
	f.Return()
}

// block transposes one block; masked, it has fewer rows or columns than lanes.
func (t *transposer) block(label string, masked bool) {
	if masked {
		t.tailOf(t.cols)
	}
	v := make([]isa.Vec, t.lanes)
	t.rowByRow(label+"Load", t.src, t.lds, t.rows, masked, func(i int, row isa.Mem) {
		if !masked {
			v[i] = t.NewVec()
		}
		t.Load(row, v[i], masked)
	}, func() {
		for i := range v {
			v[i] = t.NewVec()
			t.Zero(v[i])
		}
	})
	v = t.Transpose(v)
	if masked {
		t.tailOf(t.rows)
	}
	store := func(i int, row isa.Mem) { t.Store(v[i], row, masked) }
	t.rowByRow(label+"Store", t.dst, t.ldd, t.cols, masked, store, func() {})
	t.Comment("next block")
}

// tailOf sets the tail to min(n, lanes) lanes.
func (t *transposer) tailOf(n isa.Int) {
	m, lanes := t.NewInt(), t.NewInt()
	t.MoveInt(n, m)
	t.MoveInt(isa.Const(t.lanes), lanes)
	t.MinInt(lanes, m)
	t.NewTail(m)
}

// rowByRow calls f for each row of a block. Masked, it calls before first and stops
// after n rows.
func (t *transposer) rowByRow(
	label string, p, ld, n isa.Int, masked bool, f func(i int, row isa.Mem), before func(),
) {
	q := t.NewInt()
	t.MoveInt(p, q)
	if masked {
		before()
	}
	for i := range t.lanes {
		if masked && i > 0 {
			t.JumpIf(n, isa.LE, isa.Const(i), label+"End")
		}
		f(i, isa.At(q, 0))
		if i < t.lanes-1 {
			t.AddInt(ld, q)
		}
	}
	t.Label(label + "End")
}
