package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// streamCopy: y = x with stores of whole vectors past the caches, from the first aligned
// element of y on. The last instruction orders them before the stores that follow.
func streamCopy(f *fn) {
	c := f.c
	y, x, next := f.base("y"), f.base("x"), f.base("next")
	n, head := c.Load(c.Param("y").Len(), c.GP64()), c.GP64()
	c.Comment("the elements before an aligned one")
	c.MOVQ(y, head)
	c.NEGQ(head)
	c.ANDQ(U8(f.bytes-1), head)
	c.SHRQ(U8(f.logSize()), head)
	c.CMPQ(head, n)
	c.CMOVQGT(n, head)
	f.setMaskOf(head, 0, 1)
	v := f.vec()
	f.load(at(x, 0), v, true)
	f.store(v, at(y, 0), true)
	c.SUBQ(head, n)
	for _, p := range []reg.Register{x, y, next} {
		c.LEAQ(Mem{Base: p, Index: head, Scale: uint8(f.size)}, p)
	}
	f.full("", n, []reg.Register{y, x, next}, 4, func(p []reg.Register, offsets []int, _ bool) {
		for _, o := range offsets {
			v := f.vec()
			f.load(at(p[1], o), v, false)
			if o%64 == 0 {
				c.PREFETCHT0(at(p[2], o))
			}
			if f.size == 4 {
				c.VMOVNTPS(v, at(p[0], o))
			} else {
				c.VMOVNTPD(v, at(p[0], o))
			}
		}
	})
	c.TESTQ(n, n)
	c.JZ(LabelRef("done"))
	f.setMask(n)
	f.load(at(x, 0), v, true)
	f.store(v, at(y, 0), true)
	c.Label("done")
	last := f.integer("last")
	c.TESTQ(last, last)
	c.JZ(LabelRef("end"))
	c.SFENCE()
	c.Label("end")
	f.ret()
}

// streamRows: dst[i*ldd+j] = src[i*n+j] for rows of 256 bytes, past the caches. The rows of
// next, as many and as long, come into L2 meanwhile.
func streamRows(f *fn) {
	const row = 256
	c := f.c
	dst, src, next, rows := f.base("dst"), f.base("src"), f.base("next"), f.integer("rows")
	ldd, ldn := f.integer("ldd"), f.integer("ldn")
	c.SHLQ(U8(f.logSize()), ldd)
	c.SHLQ(U8(f.logSize()), ldn)
	f.alignLoop()
	c.Label("row")
	for o := 0; o < row; o += f.bytes {
		v := f.vec()
		f.load(at(src, o), v, false)
		if o%64 == 0 {
			c.PREFETCHT1(at(next, o))
		}
		f.op(func(o ...Op) { c.VMOVNTPS(o[0], o[1]) }, func(o ...Op) { c.VMOVNTPD(o[0], o[1]) }, v, at(dst, o))
	}
	c.ADDQ(U32(row), src)
	c.ADDQ(ldd, dst)
	c.ADDQ(ldn, next)
	c.DECQ(rows)
	c.JNZ(LabelRef("row"))
	last := f.integer("last")
	c.TESTQ(last, last)
	c.JZ(LabelRef("end"))
	c.SFENCE()
	c.Label("end")
	f.ret()
}
