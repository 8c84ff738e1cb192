package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// dot: sum[0] = sum of x*y. Two loads a multiply-add: four accumulators cover its
// latency.
func dot(f *fn) {
	f.reduction("sum", []string{"x", "y"}, 4, f.add, func(v []reg.VecVirtual, acc reg.VecVirtual) {
		f.fma(v[0], v[1], acc)
	})
}

// absSum: sum[0] = sum of |x|.
func absSum(f *fn) { f.magnitudes("sum", f.add) }

// magnitudes emits a kernel that combines all |x| into out[0]. It fetches a page ahead, which
// takes a fifth less time from memory: the CPU stops at the end of each page. A plain sum has
// no load to spare for that and is a tenth slower in L2.
func (f *fn) magnitudes(out string, combine func(a, b, dst Op)) {
	const page, unroll = 4096, 8
	c := f.c
	abs, x, acc := f.absBy(), f.base("x"), f.zeros(unroll)
	n := c.Load(c.Param("x").Len(), c.GP64())
	take := func(p []reg.Register, offsets []int, masked bool) {
		for k, o := range offsets {
			if len(offsets) == unroll && o%64 == 0 {
				c.PREFETCHT0(at(p[0], page+o))
			}
			v := f.vec()
			f.load(at(p[0], o), v, masked)
			abs(v)
			combine(v, acc[k], acc[k])
		}
	}
	f.full("", n, []reg.Register{x}, unroll, take)
	c.TESTQ(n, n)
	c.JZ(LabelRef("done"))
	f.setMask(n)
	take([]reg.Register{x}, []int{0}, true)
	c.Label("done")
	f.join(combine, acc)
	f.storeLane(acc[0], at(f.base(out), 0))
	f.ret()
}

// sumSquares: sum[0] = sum of x*x.
func sumSquares(f *fn) {
	f.reduction("sum", []string{"x"}, 8, f.add, func(v []reg.VecVirtual, acc reg.VecVirtual) {
		f.fma(v[0], v[0], acc)
	})
}

// maxAbs: peak[0] = max |x| as a number of its bits, in whose order a NaN is the largest.
func maxAbs(f *fn) { f.magnitudes("peak", f.maxBits) }

// absBy returns abs with its mask in a register: a second load of each vector would take a
// quarter longer.
func (f *fn) absBy() func(v reg.VecVirtual) {
	mask := f.vec()
	f.load(f.absMask(), mask, false)
	return func(v reg.VecVirtual) { f.op(f.c.VANDPS, f.c.VANDPD, mask, v, v) }
}

// maxBits: dst = max(a, b) of numbers without a sign, by their bits.
func (f *fn) maxBits(a, b, dst Op) {
	c := f.c
	switch {
	case f.size == 4:
		c.VPMAXUD(a, b, dst)
	case f.wide():
		c.VPMAXUQ(a, b, dst)
	default:
		greater := f.vec()
		c.VPCMPGTQ(b, a, greater)
		f.blend(greater, a, b, dst)
	}
}

// firstAbs: index[0] = the first i with |x[i]| = peak, which there is.
func firstAbs(f *fn) {
	c := f.c
	abs := f.absBy()
	peak, x := f.scalarParam("peak"), f.base("x")
	p, n, hits := c.GP64(), c.Load(c.Param("x").Len(), c.GP64()), c.GP64()
	c.MOVQ(x, p)
	look := func(p []reg.Register, _ []int, masked bool) {
		v := f.vec()
		f.load(at(p[0], 0), v, masked)
		abs(v)
		f.maskBits(f.cmp(equal, v, peak), hits.As32())
		if !masked {
			c.TESTL(hits.As32(), hits.As32())
			c.JNZ(LabelRef("found"))
		}
	}
	f.full("", n, []reg.Register{p}, 1, look)
	f.setMask(n)
	look([]reg.Register{p}, nil, true)
	c.Label("found")
	c.BSFL(hits.As32(), hits.As32())
	c.SUBQ(x, p)
	c.SHRQ(U8(f.logSize()), p)
	c.ADDQ(hits, p)
	c.MOVQ(p, at(f.base("index"), 0))
	f.ret()
}

// maskBits: bits = the mask of a comparison, one bit a lane.
func (f *fn) maskBits(mask Op, bits reg.Register) {
	switch {
	case f.wide():
		f.c.KMOVW(mask, bits)
	case f.size == 4:
		f.c.VMOVMSKPS(mask, bits)
	default:
		f.c.VMOVMSKPD(mask, bits)
	}
}

// axpy: y = y + alpha*x.
func axpy(f *fn) {
	alpha := f.scalarParam("alpha")
	f.elements([]string{"y", "x"}, 4, func(p []reg.Register, offsets []int, masked bool) {
		for _, o := range offsets {
			x, y := f.vec(), f.vec()
			f.load(at(p[0], o), y, masked)
			f.load(at(p[1], o), x, masked)
			f.fma(x, alpha, y)
			f.store(y, at(p[0], o), masked)
		}
	})
}

// scale: y = alpha*x.
func scale(f *fn) {
	alpha := f.scalarParam("alpha")
	f.elements([]string{"y", "x"}, 4, func(p []reg.Register, offsets []int, masked bool) {
		for _, o := range offsets {
			x := f.vec()
			f.load(at(p[1], o), x, masked)
			f.mul(alpha, x, x)
			f.store(x, at(p[0], o), masked)
		}
	})
}

// divide: y = x/d.
func divide(f *fn) {
	d := f.scalarParam("d")
	f.elements([]string{"y", "x"}, 4, func(p []reg.Register, offsets []int, masked bool) {
		for _, o := range offsets {
			x := f.vec()
			f.load(at(p[1], o), x, masked)
			f.div(x, d, x)
			f.store(x, at(p[0], o), masked)
		}
	})
}

// swap: x, y = y, x.
func swap(f *fn) {
	f.elements([]string{"x", "y"}, 4, func(p []reg.Register, offsets []int, masked bool) {
		for _, o := range offsets {
			x, y := f.vec(), f.vec()
			f.load(at(p[0], o), x, masked)
			f.load(at(p[1], o), y, masked)
			f.store(y, at(p[0], o), masked)
			f.store(x, at(p[1], o), masked)
		}
	})
}

// rot: x, y = c*x + s*y, c*y - s*x, the first product rounded, the second not.
func rot(f *fn) {
	cos, sin := f.scalarParam("c"), f.scalarParam("s")
	f.elements([]string{"x", "y"}, 2, func(p []reg.Register, offsets []int, masked bool) {
		for _, o := range offsets {
			x, y, u, v := f.vec(), f.vec(), f.vec(), f.vec()
			f.load(at(p[0], o), x, masked)
			f.load(at(p[1], o), y, masked)
			f.mul(cos, x, u)
			f.mul(cos, y, v)
			f.c.Comment("x = c*x + s*y, y = c*y - s*x")
			f.fma(sin, y, u)
			f.fnma(sin, x, v)
			f.store(u, at(p[0], o), masked)
			f.store(v, at(p[1], o), masked)
		}
	})
}
