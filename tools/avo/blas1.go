package main

import "github.com/mmcloughlin/avo/reg"

// dot: sum[0] = sum of x*y. Two loads a multiply-add: four accumulators cover its
// latency.
func dot(f *fn) {
	f.reduction("sum", []string{"x", "y"}, 4, f.add, func(v []reg.VecVirtual, acc reg.VecVirtual) {
		f.fma(v[0], v[1], acc)
	})
}

// absSum: sum[0] = sum of |x|.
func absSum(f *fn) {
	f.reduction("sum", []string{"x"}, 8, f.add, func(v []reg.VecVirtual, acc reg.VecVirtual) {
		f.abs(v[0], v[0])
		f.add(v[0], acc, acc)
	})
}

// sumSquares: sum[0] = sum of x*x.
func sumSquares(f *fn) {
	f.reduction("sum", []string{"x"}, 8, f.add, func(v []reg.VecVirtual, acc reg.VecVirtual) {
		f.fma(v[0], v[0], acc)
	})
}

// maxAbs: peak[0] = max |x|. Where x is NaN the maximum keeps the accumulator.
func maxAbs(f *fn) {
	f.reduction("peak", []string{"x"}, 8, f.max, func(v []reg.VecVirtual, acc reg.VecVirtual) {
		f.abs(v[0], v[0])
		f.max(v[0], acc, acc)
	})
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
