package main

import (
	"unsafe"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/ashlar-go/ashlar/kernels/asm"
)

// gemmTile is one tile with its registers.
type gemmTile struct {
	*strip
	mr, nv int
	masked bool
	sum    [][]reg.VecPhysical // mr x nv
	vb     []reg.VecPhysical   // nv vectors of B; free after the loop
	va     []reg.VecPhysical   // broadcasts of A; free after the loop
}

func (g *strip) newTile(mr, nv int, masked bool) *gemmTile {
	t := &gemmTile{strip: g, mr: mr, nv: nv, masked: masked}
	free := g.registers(masked)
	take := func(n int) []reg.VecPhysical {
		r := free[:n]
		free = free[n:]
		return r
	}
	for range mr {
		t.sum = append(t.sum, take(nv))
	}
	t.vb = take(nv)
	t.va = free[:min(len(free), 4)]
	return t
}

// lastMasked reports whether vector v of a row is the masked one.
func (t *gemmTile) lastMasked(v int) bool { return t.masked && v == t.nv-1 }

// rowOf is the address of term p of row i of A.
func (t *gemmTile) rowOf(i int) Mem {
	m := Mem{Base: t.a[i/3]}
	if i%3 > 0 {
		m.Index, m.Scale = t.rs, uint8(i%3)
	}
	return m
}

// loop sums over k: sum[i][v] += A[i,p] * B[p,v].
func (t *gemmTile) loop(label string) {
	var s asm.GemmStrip[float32]
	c := t.c
	groups := (t.mr + 2) / 3
	c.MOVQ(t.rowA, t.a[0])
	for i := 1; i < groups; i++ {
		c.LEAQ(Mem{Base: t.a[i-1], Index: t.rs, Scale: 2}, t.a[i])
		c.ADDQ(t.rs, t.a[i])
	}
	c.MOVQ(t.field(unsafe.Offsetof(s.B)), t.b)
	c.MOVQ(t.field(unsafe.Offsetof(s.K)), t.k)
	t.prefetchC()
	for i := range t.sum {
		for _, r := range t.sum[i] {
			t.zero(r)
		}
	}
	if t.mr == t.maxRows {
		t.unrolled(label + "Rows")
	}
	c.TESTQ(t.k, t.k)
	c.JZ(LabelRef(label + "Done"))
	t.alignLoop()
	c.Label(label + "Terms")
	t.term(0, 0)
	c.ADDQ(t.rsb, t.b)
	for i := range groups {
		c.ADDQ(t.cs, t.a[i])
	}
	c.DECQ(t.k)
	c.JNZ(LabelRef(label + "Terms"))
	c.Label(label + "Done")
}

// unroll is the number of terms that one turn of the unrolled loop adds.
const unroll = 4

// unrolled is the loop for rows of A whose terms are neighbours (CsA = 1), which
// every product has after packing, except those with A transposed: constant
// offsets save the additions that compete with the multiply-adds for ports.
func (t *gemmTile) unrolled(label string) {
	c := t.c
	c.CMPQ(t.cs, U8(t.size))
	c.JNE(LabelRef(label + "Strided"))
	c.SUBQ(U8(unroll), t.k)
	c.JL(LabelRef(label + "Tail"))
	c.MOVQ(t.next, t.p)
	t.alignLoop()
	c.Label(label + "Loop")
	c.PREFETCHT1(Mem{Base: t.p})
	c.ADDQ(U8(64), t.p)
	for p := range unroll {
		t.term(p, p*t.size)
		c.ADDQ(t.rsb, t.b)
	}
	for i := range (t.mr + 2) / 3 {
		c.ADDQ(U8(unroll*t.size), t.a[i])
	}
	c.SUBQ(U8(unroll), t.k)
	c.JGE(LabelRef(label + "Loop"))
	c.MOVQ(t.p, t.next)
	c.Label(label + "Tail")
	c.ADDQ(U8(unroll), t.k)
	c.Label(label + "Strided")
}

// term adds one term to every sum; A stands offset bytes beyond its pointers.
func (t *gemmTile) term(p, offset int) {
	t.c.Comment("sum[i][v] += A[i,p] * B[p,v]")
	for v := range t.nv {
		t.load(Mem{Base: t.b, Disp: v * t.bytes}, t.vb[v], t.lastMasked(v))
	}
	for i := range t.mr {
		va := t.va[i%len(t.va)]
		t.broadcast(t.rowOf(i).Offset(offset), va)
		for v := range t.nv {
			t.fma(va, t.vb[v], t.sum[i][v])
		}
	}
}

// prefetchC asks for the lines of C that the epilogue will touch.
func (t *gemmTile) prefetchC() {
	t.walk(t.rowC, offsetLdc(), func(i int, row Mem) {
		for v := range t.nv {
			t.c.PREFETCHT0(row.Offset(v * t.bytes))
		}
	})
}

func offsetLdc() uintptr { var s asm.GemmStrip[float32]; return unsafe.Offsetof(s.Ldc) }

// walk calls f with the address of each row of C or D.
func (t *gemmTile) walk(first Mem, ld uintptr, f func(i int, row Mem)) {
	c := t.c
	c.MOVQ(first, t.p)
	c.MOVQ(t.field(ld), t.q)
	c.SHLQ(U8(t.logSize()), t.q)
	for i := range t.mr {
		f(i, Mem{Base: t.p})
		if i < t.mr-1 {
			c.ADDQ(t.q, t.p)
		}
	}
}

// each calls f for every sum.
func (t *gemmTile) each(f func(v int, sum reg.VecPhysical)) {
	for i := range t.sum {
		for v, r := range t.sum[i] {
			f(v, r)
		}
	}
}

// epilogue finishes the sums in the order that GemmStrip documents and stores
// them. Each step stands behind its flag.
func (t *gemmTile) epilogue(label string) {
	var s asm.GemmStrip[float32]
	tmp, tmp2 := t.vb[0], t.va[0]
	if t.nv == 2 {
		tmp2 = t.vb[1]
	}
	t.when(asm.GemmAlpha, label+"Alpha", "z = alpha * sum", func() {
		t.broadcast(t.scalar(0), tmp)
		t.each(func(_ int, r reg.VecPhysical) { t.mul(tmp, r, r) })
	})
	t.when(asm.GemmBeta, label+"Beta", "z += beta * C", func() {
		t.broadcast(t.scalar(1), tmp)
		t.walk(t.rowC, unsafe.Offsetof(s.Ldc), func(i int, row Mem) {
			for v, r := range t.sum[i] {
				t.load(row.Offset(v*t.bytes), tmp2, t.lastMasked(v))
				t.fma(tmp2, tmp, r)
			}
		})
	})
	t.when(asm.GemmBias, label+"Bias", "z += bias", func() {
		t.c.MOVQ(t.field(unsafe.Offsetof(s.Bias)), t.p)
		for v := range t.nv {
			t.load(Mem{Base: t.p, Disp: v * t.bytes}, t.vb[v], t.lastMasked(v))
		}
		t.each(func(v int, r reg.VecPhysical) { t.add(t.vb[v], r, r) })
	})
	t.when(asm.GemmReLU, label+"ReLU", "z = z < 0 ? 0 : z", func() {
		t.zero(tmp)
		t.each(func(_ int, r reg.VecPhysical) { t.max(tmp, r, r) })
	})
	t.when(asm.GemmLeaky, label+"Leaky", "z = z < 0 ? slope * z : z", func() {
		t.broadcast(t.scalar(2), tmp)
		t.each(func(_ int, r reg.VecPhysical) { t.leaky(tmp, r, tmp2) })
	})
	t.when(asm.GemmDeriv, label+"Deriv", "z *= D", func() {
		t.walk(t.rowD, unsafe.Offsetof(s.Ldd), func(i int, row Mem) {
			for v, r := range t.sum[i] {
				t.load(row.Offset(v*t.bytes), tmp, t.lastMasked(v))
				t.mul(tmp, r, r)
			}
		})
	})
	t.c.Comment("C = z")
	t.walk(t.rowC, unsafe.Offsetof(s.Ldc), func(i int, row Mem) {
		for v, r := range t.sum[i] {
			t.store(r, row.Offset(v*t.bytes), t.lastMasked(v))
		}
	})
}

// when emits body behind a test of a flag.
func (t *gemmTile) when(flag int, label, comment string, body func()) {
	var s asm.GemmStrip[float32]
	t.c.TESTQ(U32(flag), t.field(unsafe.Offsetof(s.Flags)))
	t.c.JZ(LabelRef(label))
	t.c.Comment(comment)
	body()
	t.c.Label(label)
}
