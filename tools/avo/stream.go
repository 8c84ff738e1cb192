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
