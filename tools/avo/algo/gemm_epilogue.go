package algo

import (
	"fmt"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels/asm"
	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// epilogue finishes the sums in the order that GemmStrip documents and stores them.
// Each step stands behind its flag. Steps on registers take all MR rows, steps on
// memory begin at the tile's last row.
func (t *gemmTile) epilogue() {
	var s asm.GemmStrip[float32]
	tmp, tmp2 := t.vb[0], t.va[0]
	if t.nv >= 2 {
		tmp2 = t.vb[1]
	}
	t.LoadParam("s", t.Args)
	t.JumpIf(t.field(unsafe.Offsetof(s.Flags)), isa.EQ, isa.Const(0), t.name+"Store")
	t.zeroAbsent()
	t.when(asm.GemmAlpha, "Alpha", "z = alpha * sum", func() {
		t.Broadcast(t.scalar(0), tmp)
		t.each(func(_ int, r isa.Vec) { t.Mul(tmp, r, r) })
	})
	t.when(asm.GemmBeta, "Beta", "z += beta * C", func() {
		t.Broadcast(t.scalar(1), tmp)
		t.fromLastRow("Beta", t.rowC, unsafe.Offsetof(s.Ldc), func(v int, m isa.Mem, r isa.Vec) {
			t.Load(m, tmp2, t.lastMasked(v))
			t.FMA(tmp2, tmp, r)
		})
	})
	t.when(asm.GemmBias, "Bias", "z += bias", func() {
		t.MoveInt(t.field(unsafe.Offsetof(s.Bias)), t.P)
		for v := range t.nv {
			t.Load(t.column(isa.Mem{Base: t.P}, v), t.vb[v], t.lastMasked(v))
		}
		t.each(func(v int, r isa.Vec) { t.Add(t.vb[v], r, r) })
	})
	t.when(asm.GemmReLU, "ReLU", "z = z < 0 ? 0 : z", func() {
		t.Zero(tmp)
		t.each(func(_ int, r isa.Vec) { t.Max(tmp, r, r) })
	})
	t.when(asm.GemmLeaky, "Leaky", "z = z < 0 ? slope * z : z", func() {
		t.Broadcast(t.scalar(2), tmp)
		t.each(func(_ int, r isa.Vec) { t.ScaleNegative(tmp, r, tmp2) })
	})
	t.when(asm.GemmDeriv, "Deriv", "z *= D", func() {
		t.fromLastRow("D", t.rowD, unsafe.Offsetof(s.Ldd), func(v int, m isa.Mem, r isa.Vec) {
			t.Load(m, tmp, t.lastMasked(v))
			t.Mul(tmp, r, r)
		})
	})
	t.Label(t.name + "Store")
	t.Comment("C = z")
	t.fromLastRow("C", t.rowC, unsafe.Offsetof(s.Ldc), func(v int, m isa.Mem, r isa.Vec) {
		t.Store(r, m, t.lastMasked(v))
	})
}

// zeroAbsent clears the sums of rows that the tile does not have, so that the steps
// that take all of them do not trip over subnormal garbage, which is slow.
func (t *gemmTile) zeroAbsent() {
	absent := func(mr int) string { return fmt.Sprintf("%sZero%d", t.name, mr) }
	t.MoveInt(t.rows, t.K)
	t.JumpIf(t.K, isa.EQ, isa.Const(t.MR), absent(t.MR))
	t.choose(t.name+"Zero", 1, t.MR-1, absent)
	for mr := 1; mr <= t.MR; mr++ {
		t.Label(absent(mr))
		if mr < t.MR {
			for _, r := range t.sum[mr] {
				t.Zero(r)
			}
		}
	}
}

// when emits body behind a test of a flag.
func (t *gemmTile) when(flag int, step, comment string, body func()) {
	var s asm.GemmStrip[float32]
	t.JumpIfNone(flag, t.field(unsafe.Offsetof(s.Flags)), t.name+step+"Done")
	t.Comment(comment)
	body()
	t.Label(t.name + step + "Done")
}

// each calls f for every sum.
func (t *gemmTile) each(f func(v int, sum isa.Vec)) {
	for i := range t.sum {
		for v, r := range t.sum[i] {
			f(v, r)
		}
	}
}

// fromLastRow calls f for every vector of the tile in C or D, from the last row up.
func (t *gemmTile) fromLastRow(
	step string, first isa.Mem, ld uintptr, f func(v int, m isa.Mem, sum isa.Vec),
) {
	row := func(mr int) string { return fmt.Sprintf("%s%s%d", t.name, step, mr) }
	t.MoveInt(t.field(ld), t.Q)
	t.ShiftLeftInt(t.logSize(), t.Q)
	t.MoveInt(t.rows, t.K)
	t.Address(isa.Mem{Base: t.K, Disp: -1}, t.P)
	t.MulInt(t.Q, t.P)
	t.AddInt(first, t.P)
	t.JumpIf(t.K, isa.EQ, isa.Const(t.MR), row(t.MR))
	t.choose(t.name+step, 1, t.MR-1, row)
	for mr := t.MR; mr > 0; mr-- {
		t.Label(row(mr))
		for v, r := range t.sum[mr-1] {
			f(v, t.column(isa.Mem{Base: t.P}, v), r)
		}
		if mr > 1 {
			t.SubInt(t.Q, t.P)
		}
	}
}
