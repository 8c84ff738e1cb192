package main

import (
	"fmt"
	"unsafe"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/ashlar-go/ashlar/kernels/asm"
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
	t.c.Load(t.c.Param("s"), t.args)
	t.c.CMPQ(t.field(unsafe.Offsetof(s.Flags)), U8(0))
	t.c.JE(LabelRef(t.name + "Store"))
	t.zeroAbsent()
	t.when(asm.GemmAlpha, "Alpha", "z = alpha * sum", func() {
		t.broadcast(t.scalar(0), tmp)
		t.each(func(_ int, r reg.VecPhysical) { t.mul(tmp, r, r) })
	})
	t.when(asm.GemmBeta, "Beta", "z += beta * C", func() {
		t.broadcast(t.scalar(1), tmp)
		t.walk("Beta", t.rowC, unsafe.Offsetof(s.Ldc), func(v int, m Mem, r reg.VecPhysical) {
			t.load(m, tmp2, t.lastMasked(v))
			t.fma(tmp2, tmp, r)
		})
	})
	t.when(asm.GemmBias, "Bias", "z += bias", func() {
		t.c.MOVQ(t.field(unsafe.Offsetof(s.Bias)), t.p)
		for v := range t.nv {
			t.load(Mem{Base: t.p, Disp: v * t.bytes}, t.vb[v], t.lastMasked(v))
		}
		t.each(func(v int, r reg.VecPhysical) { t.add(t.vb[v], r, r) })
	})
	t.when(asm.GemmReLU, "ReLU", "z = z < 0 ? 0 : z", func() {
		t.zero(tmp)
		t.each(func(_ int, r reg.VecPhysical) { t.max(tmp, r, r) })
	})
	t.when(asm.GemmLeaky, "Leaky", "z = z < 0 ? slope * z : z", func() {
		t.broadcast(t.scalar(2), tmp)
		t.each(func(_ int, r reg.VecPhysical) { t.leaky(tmp, r, tmp2) })
	})
	t.when(asm.GemmDeriv, "Deriv", "z *= D", func() {
		t.walk("Deriv", t.rowD, unsafe.Offsetof(s.Ldd), func(v int, m Mem, r reg.VecPhysical) {
			t.load(m, tmp, t.lastMasked(v))
			t.mul(tmp, r, r)
		})
	})
	t.c.Label(t.name + "Store")
	t.c.Comment("C = z")
	t.walk("Store", t.rowC, unsafe.Offsetof(s.Ldc), func(v int, m Mem, r reg.VecPhysical) {
		t.store(r, m, t.lastMasked(v))
	})
}

// zeroAbsent clears the sums of rows that the tile does not have, so that the steps
// that take all of them do not trip over subnormal garbage, which is slow.
func (t *gemmTile) zeroAbsent() {
	absent := func(mr int) string { return fmt.Sprintf("%sAbsent%d", t.name, mr) }
	t.c.MOVQ(t.rows, t.k)
	t.c.CMPQ(t.k, U8(t.MR))
	t.c.JE(LabelRef(absent(t.MR)))
	t.choose(t.name+"Absent", 1, t.MR-1, absent)
	for mr := 1; mr <= t.MR; mr++ {
		t.c.Label(absent(mr))
		if mr < t.MR {
			for _, r := range t.sum[mr] {
				t.zero(r)
			}
		}
	}
}

// when emits body behind a test of a flag.
func (t *gemmTile) when(flag int, step, comment string, body func()) {
	var s asm.GemmStrip[float32]
	t.c.TESTQ(U32(flag), t.field(unsafe.Offsetof(s.Flags)))
	t.c.JZ(LabelRef(t.name + step + "Done"))
	t.c.Comment(comment)
	body()
	t.c.Label(t.name + step + "Done")
}

// each calls f for every sum.
func (t *gemmTile) each(f func(v int, sum reg.VecPhysical)) {
	for i := range t.sum {
		for v, r := range t.sum[i] {
			f(v, r)
		}
	}
}

// walk calls f for every vector of the tile in C or D, from the last row up.
func (t *gemmTile) walk(step string, first Mem, ld uintptr, f func(v int, m Mem, sum reg.VecPhysical)) {
	c := t.c
	row := func(mr int) string { return fmt.Sprintf("%s%s%d", t.name, step, mr) }
	c.MOVQ(t.field(ld), t.q)
	c.SHLQ(U8(t.logSize()), t.q)
	c.MOVQ(t.rows, t.k)
	c.LEAQ(Mem{Base: t.k, Disp: -1}, t.p)
	c.IMULQ(t.q, t.p)
	c.ADDQ(first, t.p)
	c.CMPQ(t.k, U8(t.MR))
	c.JE(LabelRef(row(t.MR)))
	t.choose(t.name+step, 1, t.MR-1, row)
	for mr := t.MR; mr > 0; mr-- {
		c.Label(row(mr))
		for v, r := range t.sum[mr-1] {
			f(v, Mem{Base: t.p, Disp: v * t.bytes}, r)
		}
		if mr > 1 {
			c.SUBQ(t.q, t.p)
		}
	}
}
