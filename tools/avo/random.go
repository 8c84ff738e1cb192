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

// philoxKernel is a kernel that draws words while it is being emitted.
type philoxKernel struct {
	*fn
	counter reg.VecVirtual // of lane 0, 1, ... in this block of elements
}

func (f *fn) philox() philoxKernel {
	k := philoxKernel{fn: f, counter: f.quad("first")}
	f.c.VPADDQ(f.lanesData(0), k.counter, k.counter)
	return k
}

// dropoutKernel is the kernel while it is being emitted.
type dropoutKernel struct {
	philoxKernel
	y, x, n   reg.Register
	scale     func() reg.VecVirtual
	threshold func() reg.VecVirtual
}

// loaded gives what load loads: once on AVX-512, where it is used on AVX2, which has too
// few registers.
func (f *fn) loaded(load func() reg.VecVirtual) func() reg.VecVirtual {
	if !f.wide() {
		return load
	}
	r := load()
	return func() reg.VecVirtual { return r }
}

func (d *dropoutKernel) thresholdParam() reg.VecVirtual {
	t, r := d.c.GP64(), d.vec()
	d.c.Load(d.c.Param("threshold"), t.As32())
	d.broadcastQuad(t, r)
	return r
}

// dropout: y[i] = word(i) < threshold ? x[i]*scale : 0. Element 64b + 16w + l has
// word w of counter first + 16b + l.
func dropout(f *fn) {
	c := f.c
	d := &dropoutKernel{philoxKernel: f.philox(), y: f.base("y"), x: f.base("x"), n: c.Load(c.Param("y").Len(), c.GP64())}
	d.scale, d.threshold = f.loaded(func() reg.VecVirtual { return f.scalarParam("scale") }), f.loaded(d.thresholdParam)
	left := c.GP64()
	c.XORQ(left, left)
	c.SUBQ(U8(64), d.n)
	c.JL(LabelRef("rest"))
	c.Label("block")
	d.block()
	c.VPADDQ(f.quadData(16), d.counter, d.counter)
	c.ADDQ(U32(64*f.size), d.y)
	c.ADDQ(U32(64*f.size), d.x)
	c.SUBQ(U8(64), d.n)
	c.JGE(LabelRef("block"))
	c.Label("rest")
	c.ADDQ(U8(64), d.n)
	c.JZ(LabelRef("done"))
	d.throughBuffer(left)
	f.ret()
}

// throughBuffer sends the last n elements through the loop by way of a buffer, as
// fn.throughBuffer does.
func (d *dropoutKernel) throughBuffer(left reg.Register) {
	c, size := d.c, d.size
	buffer, y := c.AllocLocal(64*size), c.AllocLocal(8)
	c.MOVQ(d.n, left)
	c.LEAQ(buffer, reg.RCX)
	c.Comment("copy the last elements to a buffer")
	d.copyElements("in", d.x, reg.RCX, d.n)
	c.MOVQ(d.y, y)
	c.LEAQ(buffer, d.x)
	c.LEAQ(buffer, d.y)
	c.JMP(LabelRef("block"))
	c.Label("done")
	c.TESTQ(left, left)
	c.JZ(LabelRef("end"))
	c.Comment("copy what has become of them out")
	c.MOVQ(y, d.y)
	c.LEAQ(buffer, reg.RCX)
	d.copyElements("out", reg.RCX, d.y, left)
	c.Label("end")
}

// copyElements copies n > 0 elements one by one and leaves n = 0.
func (d *dropoutKernel) copyElements(label string, src, dst, n reg.Register) {
	c, t := d.c, d.c.GP64()
	c.Label(label)
	if d.size == 4 {
		c.MOVL(Mem{Base: src, Index: n, Scale: 4, Disp: -4}, t.As32())
		c.MOVL(t.As32(), Mem{Base: dst, Index: n, Scale: 4, Disp: -4})
	} else {
		c.MOVQ(Mem{Base: src, Index: n, Scale: 8, Disp: -8}, t)
		c.MOVQ(t, Mem{Base: dst, Index: n, Scale: 8, Disp: -8})
	}
	c.DECQ(n)
	c.JNZ(LabelRef(label))
}

// units is how many vectors of elements share one word of the 16 counters.
func (d *dropoutKernel) units() int { return 16 / d.lanes }

// block draws the words of 64 elements and applies word w, unit u to the elements
// 16w + u*lanes on.
func (d *dropoutKernel) block() {
	quads := d.bytes / 8 // counters in a set
	for u := range d.units() {
		var sets []philoxSet
		for s := range d.lanes / quads {
			sets = append(sets, d.start(u*d.lanes+s*quads))
		}
		d.rounds(fmt.Sprintf("rounds%d", u), sets)
		for w := range 4 {
			d.apply(w, u, d.keep(sets, w))
		}
	}
}

// start is the state at the counters from offset on.
func (d *philoxKernel) start(offset int) (s philoxSet) {
	c := d.c
	s[0], s[1] = d.vec(), d.vec()
	c.VPADDQ(d.quadData(offset), d.counter, s[0])
	c.VPSRLQ(U8(32), s[0], s[1])
	s[2], s[3] = d.quad("stream"), d.vec()
	c.VPSRLQ(U8(32), s[2], s[3])
	return s
}

// rounds runs the ten rounds on all sets, two in a turn of a loop: then the registers of
// a set have changed their parts and changed back.
func (d *philoxKernel) rounds(label string, sets []philoxSet) {
	c := d.c
	k0, k1, turns := d.quad("seed"), d.vec(), c.GP64()
	c.VPSRLQ(U8(32), k0, k1)
	spare := make([][2]reg.VecVirtual, len(sets))
	for i := range sets {
		spare[i] = [2]reg.VecVirtual{d.vec(), d.vec()}
	}
	c.MOVQ(U32(5), turns)
	c.Label(label)
	for range 2 {
		c.Comment("x0, x1, x2, x3 = hi(M1*x2)^x1^k0, lo(M1*x2), hi(M0*x0)^x3^k1, lo(M0*x0)")
		for i := range sets {
			x, p := &sets[i], &spare[i]
			c.VPMULUDQ(d.quadData(philoxM0), x[0], p[0])
			c.VPMULUDQ(d.quadData(philoxM1), x[2], p[1])
			d.highHalf(p[1], x[0])
			d.xor3(x[0], x[1], k0)
			d.highHalf(p[0], x[2])
			d.xor3(x[2], x[3], k1)
			x[1], x[3], p[1], p[0] = p[1], p[0], x[1], x[3]
		}
		c.VPADDQ(d.quadData(philoxW0), k0, k0)
		c.VPADDQ(d.quadData(philoxW1), k1, k1)
	}
	c.DECQ(turns)
	c.JNZ(LabelRef(label))
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
	c, threshold := d.c, d.threshold()
	for _, s := range sets {
		d.and(d.quadData(1<<32-1), s[w], s[w])
	}
	if d.wide() {
		const less = 1
		c.VPCMPUQ(U8(less), threshold, sets[0][w], reg.K2)
		if len(sets) == 2 {
			c.VPCMPUQ(U8(less), threshold, sets[1][w], reg.K3)
			c.KUNPCKBW(reg.K2, reg.K3, reg.K2)
		}
		return reg.K2
	}
	a := d.vec()
	c.VPCMPGTQ(sets[0][w], threshold, a)
	if len(sets) == 2 {
		b := d.vec()
		c.VPCMPGTQ(sets[1][w], threshold, b)
		c.Comment("the low halves of both masks, in order")
		c.VSHUFPS(U8(0x88), b, a, a)
		c.VPERMQ(U8(0xd8), a, a)
	}
	return a
}

// apply: y = keep ? x*scale : 0 for the vector of word w, unit u.
func (d *dropoutKernel) apply(w, u int, keep Op) {
	offset := (16*w + u*d.lanes) * d.size
	v := d.vec()
	d.load(at(d.x, offset), v, false)
	d.mul(d.scale(), v, v)
	if d.wide() {
		d.op3(d.c.VMOVAPS_Z, d.c.VMOVAPD_Z, v, keep, v)
	} else {
		d.op(d.c.VANDPS, d.c.VANDPD, keep, v, v)
	}
	d.store(v, at(d.y, offset), false)
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
	f.c.VMOVQ(from, r.AsX())
	f.c.VPBROADCASTQ(r.AsX(), r)
}

// quadData is a vector of 64-bit constants in read-only memory.
func (f *fn) quadData(v int) Mem { return f.vectorBits64(uint64(v)) }

// lanesData is the vector first, first+1, ... of 64-bit integers.
func (f *fn) lanesData(first int) Mem {
	var data []Constant
	for i := range f.bytes / 8 {
		data = append(data, U64(first+i))
	}
	return f.static(fmt.Sprintf("lanes%d_%d", f.bytes, first), data...)
}
