package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// tiny is the place of the smallest magnitude of state that is kept.
const tiny = 10

// scalars gives the scalars of an update by their place in the array, broadcast.
type scalars func(i int) reg.VecVirtual

// constants keeps the scalars in registers; where they are too many for AVX2, it
// broadcasts them at each use.
func (f *fn) constants(which ...int) scalars {
	p := f.c.Load(f.c.Param("c"), f.c.GP64())
	get := func(i int) reg.VecVirtual {
		r := f.vec()
		f.broadcast(Mem{Base: p, Disp: i * f.size}, r)
		return r
	}
	if len(which) > 8 && !f.wide() {
		return get
	}
	kept := map[int]reg.VecVirtual{}
	for _, i := range which {
		kept[i] = get(i)
	}
	return func(i int) reg.VecVirtual { return kept[i] }
}

// gradient: d = c0*g + c1*w.
func (f *fn) gradient(c scalars, g, w reg.VecVirtual) {
	f.c.Comment("d = c0*g + c1*w")
	f.mul(c(0), g, g)
	f.fma(c(1), w, g)
}

// flush: r = |r| < tiny ? 0 : r. State that decays would otherwise reach the subnormal
// numbers and, by rounding, never leave them, at a hundred times the cost a step.
func (f *fn) flush(tiny, r reg.VecVirtual) {
	f.c.Comment("what is below tiny becomes 0")
	a := f.vec()
	f.abs(r, a)
	keep := f.cmp(notLess, a, tiny)
	if f.wide() {
		f.op3(f.c.VMOVAPS_Z, f.c.VMOVAPD_Z, r, keep, r)
		return
	}
	f.op(f.c.VANDPS, f.c.VANDPD, keep, r, r)
}

// updateSGD: d = c0*g + c1*w; w = c2*w - c3*d.
func updateSGD(f *fn) {
	c := f.constants(0, 1, 2, 3)
	f.elements([]string{"w", "g"}, 2, func(p []reg.Register, offsets []int, masked bool) {
		for _, o := range offsets {
			w, d := f.vec(), f.vec()
			f.load(at(p[0], o), w, masked)
			f.load(at(p[1], o), d, masked)
			f.gradient(c, d, w)
			f.c.Comment("w = c2*w - c3*d")
			f.mul(c(2), w, w)
			f.fnma(c(3), d, w)
			f.store(w, at(p[0], o), masked)
		}
	})
}

// updateMomentum: d = c0*g + c1*w; v = flush(c4*v + d); w = c2*w - c3*v.
func updateMomentum(f *fn) {
	c := f.constants(0, 1, 2, 3, 4, tiny)
	f.elements([]string{"w", "g", "v"}, 2, func(p []reg.Register, offsets []int, masked bool) {
		for _, o := range offsets {
			w, d, v := f.vec(), f.vec(), f.vec()
			f.load(at(p[0], o), w, masked)
			f.load(at(p[1], o), d, masked)
			f.load(at(p[2], o), v, masked)
			f.gradient(c, d, w)
			f.c.Comment("v = c4*v + d")
			f.fma(c(4), v, d)
			f.flush(c(tiny), d)
			f.store(d, at(p[2], o), masked)
			f.c.Comment("w = c2*w - c3*v")
			f.mul(c(2), w, w)
			f.fnma(c(3), d, w)
			f.store(w, at(p[0], o), masked)
		}
	})
}

// updateNesterov: d = c0*g + c1*w; v = flush(c4*v + d); w = c2*w - c3*(d + c4*v).
func updateNesterov(f *fn) {
	c := f.constants(0, 1, 2, 3, 4, tiny)
	f.elements([]string{"w", "g", "v"}, 2, func(p []reg.Register, offsets []int, masked bool) {
		for _, o := range offsets {
			u := f.beginStep(c, p, o, masked)
			v, t := u.load(2), f.vec()
			u.c.Comment("v = c4*v + d")
			f.mulAdd(v, c(4), u.d, t)
			f.flush(c(tiny), t)
			u.store(t, 2)
			u.c.Comment("d = d + c4*v")
			f.fma(c(4), t, u.d)
			u.descend(u.d)
		}
	})
}
