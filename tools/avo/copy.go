package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// copyRows: dst[i*ldd+j] = src[i*lds+j].
func copyRows(f *fn) {
	f.columns(4, []string{"dst", "src"}, []string{"ldd", "lds"}, func(b *block) {
		b.rows(func(m []Mem) {
			for v := range b.nv {
				x := b.vec()
				b.load(m[1].Offset(v*b.bytes), x, b.masked)
				b.store(x, m[0].Offset(v*b.bytes), b.masked)
			}
		})
	})
}

// packPanels: dst[(j/nr)*ldd + i*nr + j%nr] = src[i*lds+j], nr the widest strip of the
// micro-kernel. It goes along the rows of src, so that they are read as they lie in
// memory, however far apart they are.
func packPanels(f *fn) {
	c := f.c
	nv := f.panelVectors()
	ldd, lds, rows, cols := f.integer("ldd"), f.integer("lds"), f.integer("rows"), f.integer("cols")
	c.SHLQ(U8(f.logSize()), ldd)
	c.SHLQ(U8(f.logSize()), lds)
	src, dst := f.base("src"), f.base("dst")
	n, s, d := c.GP64(), c.GP64(), c.GP64()
	c.TESTQ(rows, rows)
	c.JZ(LabelRef("done"))
	c.MOVQ(cols, n)
	c.ANDQ(U8(f.lanes-1), n)
	f.setMask(n)
	vectors := func(count int, masked bool) {
		x := make([]reg.VecVirtual, count)
		for v := range x {
			x[v] = f.vec()
			f.load(Mem{Base: s, Disp: v * f.bytes}, x[v], masked)
		}
		for v := range x {
			f.store(x[v], Mem{Base: d, Disp: v * f.bytes}, masked)
		}
	}
	c.Label("row")
	c.MOVQ(src, s)
	c.MOVQ(dst, d)
	c.MOVQ(cols, n)
	c.SUBQ(U8(nv*f.lanes), n)
	c.JL(LabelRef("rest"))
	c.Label("panel")
	vectors(nv, false)
	c.ADDQ(U32(nv*f.bytes), s)
	c.ADDQ(ldd, d)
	c.SUBQ(U8(nv*f.lanes), n)
	c.JGE(LabelRef("panel"))
	c.Label("rest")
	c.ADDQ(U8(nv*f.lanes), n)
	for range nv - 1 {
		c.CMPQ(n, U8(f.lanes))
		c.JL(LabelRef("part"))
		vectors(1, false)
		c.ADDQ(U8(f.bytes), s)
		c.ADDQ(U8(f.bytes), d)
		c.SUBQ(U8(f.lanes), n)
	}
	c.Label("part")
	c.TESTQ(n, n)
	c.JZ(LabelRef("next"))
	vectors(1, true)
	c.Label("next")
	c.ADDQ(lds, src)
	c.ADDQ(U32(nv*f.bytes), dst)
	c.DECQ(rows)
	c.JNZ(LabelRef("row"))
	c.Label("done")
	f.ret()
}

// transposer is the transpose kernel while it is being emitted. It works in square
// blocks of 256-bit vectors, on AVX-512 as well: 512-bit shuffles have one port where
// those within the halves of 256 bits have two, and a matrix in L1 takes little more
// time than its copy does (64 x 64 in float32: 0.061 to 0.044 ns an element). Loads
// that insert halves, for fewer shuffles, made float64 a tenth slower.
type transposer struct {
	*fn
	src, dst   reg.Register // of the current block
	lds, ldd   reg.Register // in bytes
	rows, cols reg.Register // left, from the current block on
}

// transpose: dst[j*ldd+i] = src[i*lds+j]. The outer loop goes down the rows of src,
// the inner one along them, a block at a time.
func transpose(f *fn) {
	c := f.c
	t := &transposer{fn: f, lds: f.integer("lds"), ldd: f.integer("ldd"), rows: f.integer("rows"), cols: c.GP64(), src: c.GP64(), dst: c.GP64()}
	c.SHLQ(U8(f.logSize()), t.lds)
	c.SHLQ(U8(f.logSize()), t.ldd)
	srcRow, dstCol := f.base("src"), f.base("dst")
	c.TESTQ(t.rows, t.rows)
	c.JZ(LabelRef("done"))
	c.Label("rowLoop")
	c.MOVQ(srcRow, t.src)
	c.MOVQ(dstCol, t.dst)
	c.Load(c.Param("cols"), t.cols)
	c.Label("colLoop")
	c.CMPQ(t.rows, U8(f.lanes))
	c.JL(LabelRef("edge"))
	c.CMPQ(t.cols, U8(f.lanes))
	c.JL(LabelRef("edge"))
	t.block("full", false)
	c.JMP(LabelRef("next"))
	c.Label("edge")
	c.TESTQ(t.cols, t.cols)
	c.JZ(LabelRef("done"))
	t.block("part", true)
	c.Label("next")
	c.ADDQ(U8(f.bytes), t.src)
	step := c.GP64()
	c.MOVQ(t.ldd, step)
	c.SHLQ(U8(5-f.logSize()), step)
	c.ADDQ(step, t.dst)
	c.SUBQ(U8(f.lanes), t.cols)
	c.JG(LabelRef("colLoop"))
	c.MOVQ(t.lds, step)
	c.SHLQ(U8(5-f.logSize()), step)
	c.ADDQ(step, srcRow)
	c.ADDQ(U8(f.bytes), dstCol)
	c.SUBQ(U8(f.lanes), t.rows)
	c.JG(LabelRef("rowLoop"))
	c.Label("done")
	f.ret()
}

// block transposes one block; masked, it has fewer rows or columns than lanes.
func (t *transposer) block(label string, masked bool) {
	c := t.c
	if masked {
		t.maskOf(t.cols)
	}
	v := make([]reg.VecVirtual, t.lanes)
	t.walk(label+"Load", t.src, t.lds, t.rows, masked, func(i int, row Mem) {
		if !masked {
			v[i] = t.vec()
		}
		t.load(row, v[i], masked)
	}, func() {
		for i := range v {
			v[i] = t.vec()
			t.zero(v[i])
		}
	})
	if t.size == 4 {
		v = t.shuffle8(v)
	} else {
		v = t.shuffle4(v)
	}
	if masked {
		t.maskOf(t.rows)
	}
	t.walk(label+"Store", t.dst, t.ldd, t.cols, masked, func(i int, row Mem) { t.store(v[i], row, masked) }, func() {})
	c.Comment("next block")
}

// maskOf sets the tail mask to min(n, lanes) lanes.
func (t *transposer) maskOf(n reg.Register) {
	c := t.c
	m, lanes := c.GP64(), c.GP64()
	c.MOVQ(n, m)
	c.MOVQ(U32(t.lanes), lanes)
	c.CMPQ(m, lanes)
	c.CMOVQGT(lanes, m)
	t.mask = nil
	t.setMask(m)
}

// walk calls f for each row of a block. Masked, it calls before first and stops
// after n rows.
func (t *transposer) walk(label string, p, ld, n reg.Register, masked bool, f func(i int, row Mem), before func()) {
	c := t.c
	q := c.GP64()
	c.MOVQ(p, q)
	if masked {
		before()
	}
	for i := range t.lanes {
		if masked && i > 0 {
			c.CMPQ(n, U8(i))
			c.JLE(LabelRef(label + "End"))
		}
		f(i, at(q, 0))
		if i < t.lanes-1 {
			c.ADDQ(ld, q)
		}
	}
	c.Label(label + "End")
}

// shuffle4 transposes 4 x 4 doubles: pairs within 128 bits, then the halves.
func (t *transposer) shuffle4(v []reg.VecVirtual) []reg.VecVirtual {
	c := t.c
	p := make([]reg.VecVirtual, 4)
	for i := range p {
		p[i] = t.vec()
	}
	c.VUNPCKLPD(v[1], v[0], p[0])
	c.VUNPCKHPD(v[1], v[0], p[1])
	c.VUNPCKLPD(v[3], v[2], p[2])
	c.VUNPCKHPD(v[3], v[2], p[3])
	out := make([]reg.VecVirtual, 4)
	for i := range 2 {
		out[i], out[i+2] = t.vec(), t.vec()
		c.VPERM2F128(U8(0x20), p[i+2], p[i], out[i])
		c.VPERM2F128(U8(0x31), p[i+2], p[i], out[i+2])
	}
	return out
}

// shuffle8 transposes 8 x 8 singles: pairs, fours within 128 bits, then the halves.
func (t *transposer) shuffle8(v []reg.VecVirtual) []reg.VecVirtual {
	c := t.c
	pairs := make([]reg.VecVirtual, 8)
	for i := 0; i < 8; i += 2 {
		pairs[i], pairs[i+1] = t.vec(), t.vec()
		c.VUNPCKLPS(v[i+1], v[i], pairs[i])
		c.VUNPCKHPS(v[i+1], v[i], pairs[i+1])
	}
	fours := make([]reg.VecVirtual, 8) // of row group i/4: column i%4 and i%4 + 4
	for g := 0; g < 8; g += 4 {
		for i := range 2 {
			lo, hi := t.vec(), t.vec()
			c.VSHUFPS(U8(0x44), pairs[g+2+i], pairs[g+i], lo)
			c.VSHUFPS(U8(0xee), pairs[g+2+i], pairs[g+i], hi)
			fours[g+2*i], fours[g+2*i+1] = lo, hi
		}
	}
	out := make([]reg.VecVirtual, 8)
	for i := range 4 {
		out[i], out[i+4] = t.vec(), t.vec()
		c.VPERM2F128(U8(0x20), fours[4+i], fours[i], out[i])
		c.VPERM2F128(U8(0x31), fours[4+i], fours[i], out[i+4])
	}
	return out
}
