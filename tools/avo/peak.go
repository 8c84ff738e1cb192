package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// peakSums is the number of independent sums in one round of FMAPeak: more than
// the latency times the ports of any CPU of the tier.
func (f *fn) peakSums() int {
	if f.wide() {
		return 24
	}
	return 12
}

// fmaPeak loops over fused multiply-adds that do not wait for each other. All
// values are 0, so nothing becomes subnormal or infinite on the way.
func fmaPeak(f *fn) {
	c := f.c
	n := c.Load(c.Param("n"), c.GP64())
	a, b := f.vec(), f.vec()
	f.zero(a)
	f.zero(b)
	sums := make([]reg.VecVirtual, f.peakSums())
	for i := range sums {
		sums[i] = f.vec()
		f.zero(sums[i])
	}
	c.TESTQ(n, n)
	c.JLE(LabelRef("done"))
	f.alignLoop()
	c.Label("round")
	for _, s := range sums {
		f.fma(a, b, s)
	}
	c.DECQ(n)
	c.JNZ(LabelRef("round"))
	c.Label("done")
	f.ret()
}
