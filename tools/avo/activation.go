package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// reLU: y = x < 0 ? 0 : x.
func reLU(f *fn) {
	zero := f.vec()
	f.zero(zero)
	f.elements([]string{"y", "x"}, 4, func(p []reg.Register, offsets []int, masked bool) {
		for _, o := range offsets {
			v := f.vec()
			f.load(at(p[1], o), v, masked)
			f.max(zero, v, v)
			f.store(v, at(p[0], o), masked)
		}
	})
}

// leakyReLU: y = x < 0 ? slope*x : x.
func leakyReLU(f *fn) {
	slope, zero := f.scalarParam("slope"), f.vec()
	f.zero(zero)
	f.elements([]string{"y", "x"}, 4, func(p []reg.Register, offsets []int, masked bool) {
		for _, o := range offsets {
			v := f.vec()
			f.load(at(p[1], o), v, masked)
			f.slopeBelow(zero, slope, v)
			f.store(v, at(p[0], o), masked)
		}
	})
}

// reLUGrad: y = x < 0 ? 0 : x, d = x > 0 ? 1 : x <= 0 ? 0 : x.
func reLUGrad(f *fn) {
	zero := f.vec()
	f.zero(zero)
	f.withSlope(zero, zero, func(v reg.VecVirtual) { f.max(zero, v, v) })
}

// leakyReLUGrad: y = x < 0 ? slope*x : x, d = x > 0 ? 1 : x <= 0 ? slope : x.
func leakyReLUGrad(f *fn) {
	slope, zero := f.scalarParam("slope"), f.vec()
	f.zero(zero)
	f.withSlope(zero, slope, func(v reg.VecVirtual) { f.slopeBelow(zero, slope, v) })
}

// slopeBelow: v = v < 0 ? slope*v : v, as leaky but with registers to spare.
func (f *fn) slopeBelow(zero, slope, v reg.VecVirtual) {
	r := f.vec()
	f.mul(slope, v, r)
	f.blend(f.cmp(less, v, zero), r, v, v)
}

// withSlope emits a kernel that writes the derivative, below being its value at and
// below 0, and the value, which value computes in place.
func (f *fn) withSlope(zero, below reg.VecVirtual, value func(reg.VecVirtual)) {
	one := f.constant(1)
	f.elements([]string{"y", "d", "x"}, 2, func(p []reg.Register, offsets []int, masked bool) {
		for _, o := range offsets {
			v, d := f.vec(), f.vec()
			f.load(at(p[2], o), v, masked)
			f.c.Comment("d = x > 0 ? 1 : slope, x itself where it is NaN")
			f.blend(f.cmp(greater, v, zero), one, below, d)
			f.blend(f.cmp(unordered, v, v), v, d, d)
			value(v)
			f.store(v, at(p[0], o), masked)
			f.store(d, at(p[1], o), masked)
		}
	})
}

// reLUBackward: dx = y <= 0 ? 0 : dy, NaN where y is.
func reLUBackward(f *fn) {
	f.selectBackward(func(flat Op, dy, zero reg.VecVirtual) {
		if f.wide() {
			f.blend(flat, zero, dy, dy)
			return
		}
		f.op(f.c.VANDNPS, f.c.VANDNPD, dy, flat, dy)
	})
}

// leakyReLUBackward: dx = y <= 0 ? slope*dy : dy, NaN where y is.
func leakyReLUBackward(f *fn) {
	slope := f.scalarParam("slope")
	f.selectBackward(func(flat Op, dy, _ reg.VecVirtual) {
		r := f.vec()
		f.mul(slope, dy, r)
		f.blend(flat, r, dy, dy)
	})
}

// selectBackward emits dx = y <= 0 ? what below makes of dy : y > 0 ? dy : NaN.
func (f *fn) selectBackward(below func(flat Op, dy, zero reg.VecVirtual)) {
	zero := f.vec()
	f.zero(zero)
	f.elements([]string{"dx", "dy", "y"}, 2, func(p []reg.Register, offsets []int, masked bool) {
		for _, o := range offsets {
			dy, y := f.vec(), f.vec()
			f.load(at(p[1], o), dy, masked)
			f.load(at(p[2], o), y, masked)
			below(f.cmp(lessEqual, y, zero), dy, zero)
			f.nanWhere(f.cmp(unordered, y, y), y, dy)
			f.store(dy, at(p[0], o), masked)
		}
	})
}

// nanWhere makes v NaN where the mask is set, as nan is. A mask of AVX2 is NaN itself.
func (f *fn) nanWhere(mask Op, nan, v reg.VecVirtual) {
	if f.wide() {
		f.blend(mask, nan, v, v)
		return
	}
	f.op(f.c.VORPS, f.c.VORPD, mask, v, v)
}

// pReLU: y[i,j] = x[i,j] < 0 ? slope[j]*x[i,j] : x[i,j].
func pReLU(f *fn) {
	zero := f.vec()
	f.zero(zero)
	f.overRows(1, 2, []string{"y", "x"}, []string{"ldy", "ldx"}, []string{"slope"}, func(w *rowWalk) {
		x := w.element(1, 0)
		w.slopeBelow(zero, w.column(0), x)
		w.put(x, 0, 0)
	})
}

// pReLUBackward: dx = x <= 0 ? slope*dy : dy, sum[j] += the sum of x > 0 ? 0 : x*dy.
func pReLUBackward(f *fn) {
	zero := f.vec()
	f.zero(zero)
	f.overRows(2, 1, []string{"dx", "dy", "x"}, []string{"lddx", "lddy", "ldx"}, []string{"sum", "slope"}, func(w *rowWalk) {
		slope := w.column(1)
		var total reg.VecVirtual
		for r := range w.rows {
			dy, x, term, below := w.element(1, r), w.element(2, r), w.vec(), w.vec()
			w.mul(dy, x, term)
			w.blend(w.cmp(greater, x, zero), zero, term, term)
			w.mul(slope, dy, below)
			w.blend(w.cmp(lessEqual, x, zero), below, dy, dy)
			w.put(dy, 0, r)
			if r == 0 {
				total = term
			} else {
				w.add(term, total, total)
			}
		}
		w.addTo(0, total)
	})
}
