package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Philox4x32-10 (Salmon et al. 2011) in lanes of 64 bits, one counter a lane. A
// word is the low half of its lane, the high half is left as it comes: the
// multiplication reads low halves only, and gives the high and the low product in
// one lane, so that nothing is ever shuffled.

const (
	philoxM0, philoxM1 = 0xD2511F53, 0xCD9E8D57
	philoxW0, philoxW1 = 0x9E3779B9, 0xBB67AE85
)

// philoxSet is the state of one vector of counters.
type philoxSet [4]reg.VecVirtual

// dropoutKernel is the kernel while it is being emitted.
type dropoutKernel struct {
	*fn
	y, x, n   reg.Register
	counter   reg.VecVirtual // of lane 0, 1, ... in this block of 64 elements
	scale     reg.VecVirtual
	threshold reg.VecVirtual
}

// dropout: y[i] = word(i) < threshold ? x[i]*scale : 0. Element 64b + 16w + l has
// word w of counter first + 16b + l.
func dropout(f *fn) {
	c := f.c
	d := &dropoutKernel{fn: f, y: f.base("y"), x: f.base("x"), n: c.Load(c.Param("y").Len(), c.GP64())}
	d.counter, d.scale, d.threshold = f.quad("first"), f.scalarParam("scale"), f.vec()
	c.VPADDQ(f.lanesData(0), d.counter, d.counter)
	t := c.GP64()
	c.Load(c.Param("threshold"), t.As32())
	d.broadcastQuad(t, d.threshold)
	c.SUBQ(U8(64), d.n)
	c.JL(LabelRef("rest"))
	c.Label("block")
	d.block(func(w, u int, keep Op) { d.apply(w, u, keep, false) })
	c.VPADDQ(f.quadData(16), d.counter, d.counter)
	c.ADDQ(U32(64*f.size), d.y)
	c.ADDQ(U32(64*f.size), d.x)
	c.SUBQ(U8(64), d.n)
	c.JGE(LabelRef("block"))
	c.Label("rest")
	c.ADDQ(U8(64), d.n)
	c.JZ(LabelRef("done"))
	d.block(d.applyRest)
	c.Label("done")
	f.ret()
}

// units is how many vectors of elements share one word of the 16 counters.
func (d *dropoutKernel) units() int { return 16 / d.lanes }

// block draws the words of 64 elements and calls apply with the keep mask of each
// vector: word w, unit u, elements 16w + u*lanes on.
func (d *dropoutKernel) block(apply func(w, u int, keep Op)) {
	quads := d.bytes / 8 // counters in a set
	for u := range d.units() {
		var sets []philoxSet
		for s := range d.lanes / quads {
			sets = append(sets, d.start(u*d.lanes+s*quads))
		}
		d.rounds(sets)
		for w := range 4 {
			apply(w, u, d.keep(sets, w))
		}
	}
}

// start is the state at the counters from offset on.
func (d *dropoutKernel) start(offset int) (s philoxSet) {
	c := d.c
	s[0], s[1] = d.vec(), d.vec()
	c.VPADDQ(d.quadData(offset), d.counter, s[0])
	c.VPSRLQ(U8(32), s[0], s[1])
	s[2], s[3] = d.quad("stream"), d.vec()
	c.VPSRLQ(U8(32), s[2], s[3])
	return s
}

// rounds runs the ten rounds on all sets.
func (d *dropoutKernel) rounds(sets []philoxSet) {
	c := d.c
	k0, k1 := d.quad("seed"), d.vec()
	c.VPSRLQ(U8(32), k0, k1)
	for r := range 10 {
		c.Commentf("round %d: x0, x1, x2, x3 = hi(M1*x2)^x1^k0, lo(M1*x2), hi(M0*x0)^x3^k1, lo(M0*x0)", r)
		for i := range sets {
			x := &sets[i]
			p0, p1 := d.vec(), d.vec()
			c.VPMULUDQ(d.quadData(philoxM0), x[0], p0)
			c.VPMULUDQ(d.quadData(philoxM1), x[2], p1)
			d.highHalf(p1, x[0])
			d.xor3(x[0], x[1], k0)
			d.highHalf(p0, x[2])
			d.xor3(x[2], x[3], k1)
			x[1], x[3] = p1, p0
		}
		if r < 9 {
			c.VPADDQ(d.quadData(philoxW0), k0, k0)
			c.VPADDQ(d.quadData(philoxW1), k1, k1)
		}
	}
}

// highHalf copies the high half of each lane of p to the low half of dst. A shuffle
// leaves the ports of the multiplier alone, which a shift competes for.
func (f *fn) highHalf(p, dst reg.VecVirtual) { f.c.VPSHUFD(U8(0xf5), p, dst) }

// xor3: a ^= b ^ k.
func (f *fn) xor3(a, b, k reg.VecVirtual) {
	if f.wide() {
		f.c.VPTERNLOGQ(U8(0x96), b, k, a)
		return
	}
	f.c.VPXOR(b, a, a)
	f.c.VPXOR(k, a, a)
}

// and: dst = a & b; a may be in memory.
func (f *fn) and(a, b, dst Op) {
	if f.wide() {
		f.c.VPANDQ(a, b, dst)
		return
	}
	f.c.VPAND(a, b, dst)
}

// keep is the mask of the elements whose word w is below the threshold.
func (d *dropoutKernel) keep(sets []philoxSet, w int) Op {
	c := d.c
	for _, s := range sets {
		d.and(d.quadData(1<<32-1), s[w], s[w])
	}
	if d.wide() {
		const less = 1
		c.VPCMPUQ(U8(less), d.threshold, sets[0][w], reg.K2)
		if len(sets) == 2 {
			c.VPCMPUQ(U8(less), d.threshold, sets[1][w], reg.K3)
			c.KUNPCKBW(reg.K2, reg.K3, reg.K2)
		}
		return reg.K2
	}
	a := d.vec()
	c.VPCMPGTQ(sets[0][w], d.threshold, a)
	if len(sets) == 2 {
		b := d.vec()
		c.VPCMPGTQ(sets[1][w], d.threshold, b)
		c.Comment("the low halves of both masks, in order")
		c.VSHUFPS(U8(0x88), b, a, a)
		c.VPERMQ(U8(0xd8), a, a)
	}
	return a
}

// apply: y = keep ? x*scale : 0 for the vector of word w, unit u.
func (d *dropoutKernel) apply(w, u int, keep Op, masked bool) {
	offset := (16*w + u*d.lanes) * d.size
	v := d.vec()
	d.load(at(d.x, offset), v, masked)
	d.mul(d.scale, v, v)
	if d.wide() {
		d.op3(d.c.VMOVAPS_Z, d.c.VMOVAPD_Z, v, keep, v)
	} else {
		d.op(d.c.VANDPS, d.c.VANDPD, keep, v, v)
	}
	d.store(v, at(d.y, offset), masked)
}

// applyRest is apply where fewer than 64 elements are left.
func (d *dropoutKernel) applyRest(w, u int, keep Op) {
	c := d.c
	first := 16*w + u*d.lanes
	next := fmt.Sprintf("rest%dx%d", w, u)
	left, lanes := c.GP64(), c.GP64()
	c.MOVQ(d.n, left)
	c.SUBQ(U8(first), left)
	c.JLE(LabelRef(next))
	c.MOVQ(U32(d.lanes), lanes)
	c.CMPQ(left, lanes)
	c.CMOVQGT(lanes, left)
	d.mask = nil
	d.setMask(left)
	d.apply(w, u, keep, true)
	c.Label(next)
}

// quad broadcasts a 64-bit parameter.
func (f *fn) quad(name string) reg.VecVirtual {
	a, err := f.c.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	r := f.vec()
	f.c.VPBROADCASTQ(a.Addr, r)
	return r
}

// broadcastQuad broadcasts a general register.
func (f *fn) broadcastQuad(from reg.GPVirtual, r reg.VecVirtual) {
	f.c.MOVQ(from, r.AsX())
	f.c.VPBROADCASTQ(r.AsX(), r)
}

// quadData is a vector of 64-bit constants in read-only memory.
func (f *fn) quadData(v int) Mem {
	return f.static(fmt.Sprintf("q%d_%x", f.bytes, v), func() {
		for i := range f.bytes / 8 {
			f.c.AddDatum(8*i, U64(v))
		}
	})
}

// lanesData is the vector first, first+1, ... of 64-bit integers.
func (f *fn) lanesData(first int) Mem {
	return f.static(fmt.Sprintf("lanes%d_%d", f.bytes, first), func() {
		for i := range f.bytes / 8 {
			f.c.AddDatum(8*i, U64(first+i))
		}
	})
}
