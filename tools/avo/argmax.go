package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// argMaxRows: index[i] = the first j with the largest x[i,j], peak[i] = x[i,j]; index[i] =
// -1 where a NaN is among them. Each lane keeps the first of its own largest numbers with
// its column, as a number of the dtype, and of those with the largest number the lowest
// column wins.
func argMaxRows(f *fn) {
	c := f.c
	rest := f.integer("cols")
	c.ANDQ(U8(f.lanes-1), rest)
	f.setMask(rest)
	rows, x, stride := f.integer("rows"), f.base("x"), f.integer("ldx")
	c.SHLQ(U8(f.logSize()), stride)
	peak, index := f.base("peak"), f.base("index")
	lowest, step := f.constant(math.Inf(-1)), f.constant(float64(f.lanes))
	a := &argMax{fn: f, nan: f.noNaN()}
	c.TESTQ(rows, rows)
	c.JZ(LabelRef("end"))
	c.Label("row")
	a.best, a.at, a.column = f.vec(), f.vec(), f.vec()
	f.move(lowest, a.best)
	f.load(f.laneNumbers(), a.at, false)
	f.move(a.at, a.column)
	a.clear()
	q := c.GP64()
	c.MOVQ(x, q)
	c.ADDQ(stride, x)
	f.walk("along", f.integer("cols"), []reg.Register{q}, 1, func(p []reg.Register, offsets []int, masked bool) {
		v := f.vec()
		f.load(at(p[0], offsets[0]), v, masked)
		if masked {
			f.blend(f.mask, v, lowest, v)
		}
		a.take(v)
		f.add(step, a.column, a.column)
	})
	c.Comment("the largest of all lanes, and the lowest column that has it")
	all := f.vec()
	f.move(a.best, all)
	f.reduce(f.max, all)
	f.blend(f.cmp(equal, a.best, all), a.at, f.constant(math.Inf(1)), a.at)
	f.reduce(f.min, a.at)
	f.storeLane(all, at(peak, 0))
	a.storeIndex(index)
	c.ADDQ(U8(f.size), peak)
	c.ADDQ(U8(f.size), index)
	c.DECQ(rows)
	c.JNZ(LabelRef("row"))
	c.Label("end")
	f.ret()
}

// argMax is one row while it is being emitted.
type argMax struct {
	*fn
	best, at, column reg.VecVirtual // of each lane: its largest number, where, and the column now
	nan              Op             // the lanes that met a NaN
}

// noNaN is the place for the mask nan.
func (f *fn) noNaN() Op {
	if f.wide() {
		return reg.K3
	}
	return f.vec()
}

func (a *argMax) clear() {
	if a.wide() {
		a.c.KXORW(a.nan, a.nan, a.nan)
	} else {
		a.zero(a.nan)
	}
}

// take: at = v > best ? column : at, best = max(v, best), nan |= v is NaN.
func (a *argMax) take(v reg.VecVirtual) {
	c := a.c
	c.Comment("at = v > best ? column : at, best = max(v, best), nan |= v is NaN")
	bad := a.cmp(unordered, v, v)
	if a.wide() {
		c.KORW(bad, a.nan, a.nan)
	} else {
		a.op(c.VORPS, c.VORPD, bad, a.nan, a.nan)
	}
	a.blend(a.cmp(greater, v, a.best), a.column, a.at, a.at)
	a.max(v, a.best, a.best)
}

// storeIndex stores at, or -1 after a NaN.
func (a *argMax) storeIndex(index reg.Register) {
	c := a.c
	a.storeLane(a.at, at(index, 0))
	any := c.GP32()
	a.maskBits(a.nan, any)
	c.TESTL(any, any)
	c.JZ(LabelRef("numbers"))
	a.storeLane(a.constant(-1), at(index, 0))
	c.Label("numbers")
}

// laneNumbers is the vector 0, 1, ... of the dtype.
func (f *fn) laneNumbers() Mem {
	var data []Constant
	for i := range f.lanes {
		if f.size == 4 {
			data = append(data, U32(math.Float32bits(float32(i))))
		} else {
			data = append(data, U64(math.Float64bits(float64(i))))
		}
	}
	return f.static(fmt.Sprintf("numbers%dx%d", 8*f.size, f.lanes), data...)
}

// countNotLess: count[0] = how many x are not less than v, NaN among them.
func countNotLess(f *fn) {
	c := f.c
	v, one, x := f.scalarParam("v"), f.constant(1), f.base("x")
	n, counts := c.Load(c.Param("x").Len(), c.GP64()), f.zeros(2)
	take := func(p []reg.Register, offsets []int, masked bool) {
		for k, o := range offsets {
			u := f.vec()
			f.load(at(p[0], o), u, masked)
			f.countLanes(f.cmp(notLess, u, v), one, counts[k], masked)
		}
	}
	f.full("", n, []reg.Register{x}, 2, take)
	c.TESTQ(n, n)
	c.JZ(LabelRef("done"))
	f.setMask(n)
	take([]reg.Register{x}, []int{0}, true)
	c.Label("done")
	f.join(f.add, counts)
	f.storeLane(counts[0], at(f.base("count"), 0))
	f.ret()
}

// countLanes: count += one in the lanes of a comparison that hit; masked, of the tail alone.
func (f *fn) countLanes(hit Op, one, count reg.VecVirtual, masked bool) {
	c := f.c
	switch {
	case f.wide():
		if masked {
			c.KANDW(f.mask, hit, hit)
		}
		f.op(c.VADDPS, c.VADDPD, one, count, hit, count)
	default:
		if masked {
			f.op(c.VANDPS, c.VANDPD, f.mask, hit, hit)
		}
		f.op(c.VANDPS, c.VANDPD, one, hit, hit)
		f.add(hit, count, count)
	}
}
