package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// gemvRows: sum[i] = sum over j of a[i,j]*x[j]. Four rows share each load of x, two
// accumulators a row; a row that is left alone sums in the same order.
func gemvRows(f *fn) {
	c := f.c
	a, rows, lda := f.rowLoop()
	sum := f.base("sum")
	f.groups(rows, 4, func(label string, group int) {
		p := append(f.nextRows(a, lda, group), f.base("x"))
		acc := make([][]reg.VecVirtual, group)
		for r := range acc {
			acc[r] = f.zeros(2)
		}
		f.walk(label, f.integer("cols"), p, 2, func(p []reg.Register, offsets []int, masked bool) {
			for k, o := range offsets {
				x := f.vec()
				f.load(at(p[group], o), x, masked)
				for r := range acc {
					f.fma(f.source(at(p[r], o), masked), x, acc[r][k])
				}
			}
		})
		for r := range acc {
			f.join(f.add, acc[r])
			f.storeLane(acc[r][0], at(sum, r*f.size))
		}
		c.ADDQ(U8(group*f.size), sum)
	})
	f.ret()
}

// triangleRows: sum[i] = sum over j < cols + i*grow of a[i*lda+j]*x[i*shift+j], with two
// accumulators. A row has its own mask.
func triangleRows(f *fn) {
	c := f.c
	a, x, sum := f.base("a"), f.base("x"), f.base("sum")
	rows, cols, grow := f.integer("rows"), f.integer("cols"), f.integer("grow")
	lda, shift := f.integer("lda"), f.integer("shift")
	c.SHLQ(U8(f.logSize()), lda)
	c.SHLQ(U8(f.logSize()), shift)
	p, n := []reg.Register{c.GP64(), c.GP64()}, c.GP64()
	c.TESTQ(rows, rows)
	c.JZ(LabelRef("end"))
	c.Label("row")
	c.MOVQ(a, p[0])
	c.MOVQ(x, p[1])
	c.MOVQ(cols, n)
	acc := f.zeros(2)
	take := func(p []reg.Register, offsets []int, masked bool) {
		for k, o := range offsets {
			v := f.vec()
			f.load(at(p[1], o), v, masked)
			f.fma(f.source(at(p[0], o), masked), v, acc[k])
		}
	}
	f.full("", n, p, 2, take)
	c.TESTQ(n, n)
	c.JZ(LabelRef("done"))
	f.setMask(n)
	take(p, []int{0}, true)
	c.Label("done")
	f.join(f.add, acc)
	f.storeLane(acc[0], at(sum, 0))
	c.ADDQ(U8(f.size), sum)
	c.ADDQ(lda, a)
	c.ADDQ(shift, x)
	c.ADDQ(grow, cols)
	c.DECQ(rows)
	c.JNZ(LabelRef("row"))
	c.Label("end")
	f.ret()
}

// gemvColumns: sum[j] = sum[j] + sum over i of a[i,j]*x[i]. Four rows go into sum in
// one pass, added among themselves first, which makes chains of additions short.
func gemvColumns(f *fn) {
	c := f.c
	a, rows, lda := f.rowLoop()
	x := f.base("x")
	f.groups(rows, 4, func(label string, group int) {
		p := append(f.nextRows(a, lda, group), f.base("sum"))
		factor := make([]reg.VecVirtual, group)
		for r := range factor {
			factor[r] = f.vec()
			f.broadcast(at(x, r*f.size), factor[r])
		}
		f.walk(label, f.integer("cols"), p, 4, func(p []reg.Register, offsets []int, masked bool) {
			for _, o := range offsets {
				sum, products := f.vec(), f.vec()
				f.mul(f.source(at(p[0], o), masked), factor[0], products)
				for r := 1; r < group; r++ {
					f.fma(f.source(at(p[r], o), masked), factor[r], products)
				}
				f.load(at(p[group], o), sum, masked)
				f.add(products, sum, sum)
				f.store(sum, at(p[group], o), masked)
			}
		})
		c.ADDQ(U8(group*f.size), x)
	})
	f.ret()
}

// ger: a[i,j] = a[i,j] + (alpha*x[i])*y[j]. Four rows share each load of y
// and are loaded before one of them is stored: where rows are shorter than a vector,
// a load has to wait for the masked store of the row before it.
func ger(f *fn) {
	c := f.c
	a, rows, lda := f.rowLoop()
	x, alpha := f.base("x"), f.scalarParam("alpha")
	f.groups(rows, 4, func(label string, group int) {
		p := append(f.nextRows(a, lda, group), f.base("y"))
		factor := make([]reg.VecVirtual, group)
		for r := range factor {
			factor[r] = f.vec()
			f.broadcast(at(x, r*f.size), factor[r])
			f.mul(alpha, factor[r], factor[r])
		}
		f.walk(label, f.integer("cols"), p, 2, func(p []reg.Register, offsets []int, masked bool) {
			for _, o := range offsets {
				y := f.vec()
				f.load(at(p[group], o), y, masked)
				z := make([]reg.VecVirtual, group)
				for r := range z {
					z[r] = f.vec()
					f.load(at(p[r], o), z[r], masked)
				}
				for r := range z {
					f.fma(y, factor[r], z[r])
					f.store(z[r], at(p[r], o), masked)
				}
			}
		})
		c.ADDQ(U8(group*f.size), x)
	})
	f.ret()
}

// source is an operand in memory, or, where it is masked, a register loaded from it.
func (f *fn) source(m Mem, masked bool) Op {
	if !masked {
		return m
	}
	r := f.vec()
	f.load(m, r, true)
	return r
}

// rowLoop is the head of a kernel that walks along the rows of a matrix: the mask
// of the columns that are left beside whole vectors, and what steps from row to row.
func (f *fn) rowLoop() (a, rows, lda reg.Register) {
	rest := f.integer("cols")
	f.c.ANDQ(U8(f.lanes-1), rest)
	f.setMask(rest)
	a, rows, lda = f.base("a"), f.integer("rows"), f.integer("lda")
	f.c.SHLQ(U8(f.logSize()), lda)
	return a, rows, lda
}

// nextRows returns pointers to the next rows of a, which it moves behind them.
func (f *fn) nextRows(a, lda reg.Register, rows int) []reg.Register {
	p := make([]reg.Register, rows)
	for i := range p {
		p[i] = f.c.GP64()
		f.c.MOVQ(a, p[i])
		f.c.ADDQ(lda, a)
	}
	return p
}
