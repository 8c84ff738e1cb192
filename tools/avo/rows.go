package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// Kernels with constants of each row, four of them in the slice k, and constants of
// each column.

// constantOf is constant i of the row that m points to, broadcast.
func (f *fn) constantOf(m Mem, i int) reg.VecVirtual {
	r := f.vec()
	f.broadcast(m.Offset(i*f.size), r)
	return r
}

// eachRow emits the loop over the rows of the named matrices. row gets pointers to the row
// in each of them and to the slices with one value a column behind them, and to the row's
// constants.
func (f *fn) eachRow(matrices, lds, perColumn []string, row func(q []reg.Register, k Mem)) {
	c := f.c
	rest := f.integer("cols")
	c.ANDQ(U8(f.lanes-1), rest)
	f.setMask(rest)
	rows, k := f.integer("rows"), f.base("k")
	var p []reg.Register
	for _, name := range matrices {
		p = append(p, f.base(name))
	}
	c.TESTQ(rows, rows)
	c.JZ(LabelRef("end"))
	c.Label("row")
	q := []reg.Register{}
	for i := range p {
		r := c.GP64()
		c.MOVQ(p[i], r)
		q = append(q, r)
	}
	for _, name := range perColumn {
		q = append(q, f.base(name))
	}
	row(q, Mem{Base: k})
	step := c.GP64()
	for i := range p {
		f.bytesOf(lds[i], step)
		c.ADDQ(step, p[i])
	}
	c.ADDQ(U8(rowConstants*f.size), k)
	c.DECQ(rows)
	c.JNZ(LabelRef("row"))
	c.Label("end")
	f.ret()
}

// mapRows emits a kernel that computes the first of the matrices element by element, in
// terms of the constants of the row that are named and of one vector of each other matrix
// and of each slice with one value a column. value may overwrite these.
func (f *fn) mapRows(matrices, lds, perColumn []string, constants []int, value func(k, v []reg.VecVirtual) reg.VecVirtual) {
	f.eachRow(matrices, lds, perColumn, func(q []reg.Register, k Mem) {
		var of []reg.VecVirtual
		for _, i := range constants {
			of = append(of, f.constantOf(k, i))
		}
		f.walk("along", f.integer("cols"), q, 2, func(q []reg.Register, offsets []int, masked bool) {
			for _, o := range offsets {
				var v []reg.VecVirtual
				for _, p := range q[1:] {
					r := f.vec()
					f.load(at(p, o), r, masked)
					v = append(v, r)
				}
				f.store(value(of, v), at(q[0], o), masked)
			}
		})
	})
}

// shiftRows: y = (x - k0) - k1.
func shiftRows(f *fn) {
	f.mapRows([]string{"y", "x"}, []string{"ldy", "ldx"}, nil, []int{0, 1}, func(k, v []reg.VecVirtual) reg.VecVirtual {
		x := v[0]
		f.sub(x, k[0], x)
		f.sub(x, k[1], x)
		return x
	})
}

// blendRows: z = k0*y - k1*x.
func blendRows(f *fn) {
	f.mapRows([]string{"z", "y", "x"}, []string{"ldz", "ldy", "ldx"}, nil, []int{0, 1}, func(k, v []reg.VecVirtual) reg.VecVirtual {
		y, x := v[0], v[1]
		f.mul(k[0], y, y)
		f.fnma(k[1], x, y)
		return y
	})
}

// normalizeRows: y = ((x - k0)*k1 + k2)*gamma + beta.
func normalizeRows(f *fn) {
	f.mapRows([]string{"y", "x"}, []string{"ldy", "ldx"}, []string{"gamma", "beta"}, []int{0, 1, 2}, func(k, v []reg.VecVirtual) reg.VecVirtual {
		x, gamma, beta := v[0], v[1], v[2]
		f.sub(x, k[0], x)
		f.op(f.c.VFMADD213PS, f.c.VFMADD213PD, k[2], k[1], x)
		f.fma(x, gamma, beta)
		return beta
	})
}

// layerNormBackward: dx = k1*((dy*gamma - k2) - (x - k0)*k3).
func layerNormBackward(f *fn) {
	f.mapRows([]string{"dx", "dy", "x"}, []string{"lddx", "lddy", "ldx"}, []string{"gamma"}, []int{0, 1, 2, 3}, func(k, v []reg.VecVirtual) reg.VecVirtual {
		dy, x, gamma := v[0], v[1], v[2]
		f.sub(x, k[0], x)
		f.op(f.c.VFMSUB213PS, f.c.VFMSUB213PD, k[2], gamma, dy)
		f.fnma(x, k[3], dy)
		f.mul(k[1], dy, dy)
		return dy
	})
}

// layerNormSums: s1[j] += sum of dy, s2[j] += sum of dy*((x - k0)*k1 + k2) over the rows.
func layerNormSums(f *fn) {
	f.columnsWith("k", f.wideOr(4, 3), []string{"dy", "x"}, []string{"lddy", "ldx"}, func(b *block) {
		s1, s2 := b.vector("s1"), b.vector("s2")
		b.rows(func(m []Mem) {
			mean, inv, low := b.constantOf(m[2], 0), b.constantOf(m[2], 1), b.constantOf(m[2], 2)
			for v := range b.nv {
				dy, x := b.vec(), b.vec()
				b.load(m[0].Offset(v*b.bytes), dy, b.masked)
				b.load(m[1].Offset(v*b.bytes), x, b.masked)
				b.sub(x, mean, x)
				b.op(b.c.VFMADD213PS, b.c.VFMADD213PD, low, inv, x)
				b.add(dy, s1[v], s1[v])
				b.fma(dy, x, s2[v])
			}
		})
		b.put("s1", s1)
		b.put("s2", s2)
	})
}

// rowSums emits a kernel that walks along rows of the named matrices, and of the
// slices with one value a column behind them, and sums two terms a row. term adds to
// both accumulators what one vector of each gives; idle lanes of the tail are 0.
func (f *fn) rowSums(matrices, lds, perColumn []string, term func(k, v []reg.VecVirtual, s1, s2 reg.VecVirtual, masked bool)) {
	out1, out2 := f.base("s1"), f.base("s2")
	f.eachRow(matrices, lds, perColumn, func(q []reg.Register, k Mem) {
		constants := []reg.VecVirtual{f.constantOf(k, 0)}
		s1, s2 := f.zeros(2), f.zeros(2)
		f.walk("along", f.integer("cols"), q, 2, func(q []reg.Register, offsets []int, masked bool) {
			for i, o := range offsets {
				v := make([]reg.VecVirtual, len(q))
				for j := range q {
					v[j] = f.vec()
					f.load(at(q[j], o), v[j], masked)
				}
				term(constants, v, s1[i], s2[i], masked)
			}
		})
		f.join(f.add, s1)
		f.join(f.add, s2)
		f.storeLane(s1[0], at(out1, 0))
		f.storeLane(s2[0], at(out2, 0))
		f.c.ADDQ(U8(f.size), out1)
		f.c.ADDQ(U8(f.size), out2)
	})
}

// rowMoments: s1 = sum of x - k0, s2 = sum of its square.
func rowMoments(f *fn) {
	f.rowSums([]string{"x"}, []string{"ldx"}, nil, func(k, v []reg.VecVirtual, s1, s2 reg.VecVirtual, masked bool) {
		d := v[0]
		f.sub(d, k[0], d)
		if masked {
			f.keepLanes(d, d)
		}
		f.add(d, s1, s1)
		f.fma(d, d, s2)
	})
}

// rowGradSums: t = dy*gamma; s1 = sum of t, s2 = sum of t*(x - k0).
func rowGradSums(f *fn) {
	f.rowSums([]string{"dy", "x"}, []string{"lddy", "ldx"}, []string{"gamma"}, func(k, v []reg.VecVirtual, s1, s2 reg.VecVirtual, masked bool) {
		t, d := v[0], v[1]
		f.mul(v[2], t, t)
		f.sub(d, k[0], d)
		if masked {
			f.keepLanes(d, d)
		}
		f.add(t, s1, s1)
		f.fma(t, d, s2)
	})
}

// targetSums: s1 = sum of p, s2 = sum of p*(k0 - x) where p is not 0.
func targetSums(f *fn) {
	zero := f.vec()
	f.zero(zero)
	f.rowSums([]string{"x", "p"}, []string{"ldx", "ldp"}, nil, func(k, v []reg.VecVirtual, s1, s2 reg.VecVirtual, masked bool) {
		d, p := v[0], v[1]
		f.sub(k[0], d, d)
		f.mul(p, d, d)
		f.c.Comment("0 where p is 0, which idle lanes are")
		f.blend(f.cmp(equal, p, zero), zero, d, d)
		f.add(p, s1, s1)
		f.add(d, s2, s2)
	})
}

// sum: sum[0] = sum of x.
func sum(f *fn) {
	f.reduction("sum", []string{"x"}, 8, f.add, func(v []reg.VecVirtual, acc reg.VecVirtual) {
		f.add(v[0], acc, acc)
	})
}

// clip: y = max(lo, min(hi, x)), NaN kept.
func clip(f *fn) {
	lo, hi := f.scalarParam("lo"), f.scalarParam("hi")
	f.elements([]string{"y", "x"}, 4, func(p []reg.Register, offsets []int, masked bool) {
		for _, o := range offsets {
			v := f.vec()
			f.load(at(p[1], o), v, masked)
			f.min(hi, v, v)
			f.max(lo, v, v)
			f.store(v, at(p[0], o), masked)
		}
	})
}

// scaleBytes: y = x*scale + shift. A vector of y takes as many bytes as it has lanes;
// what is left of y is for Go, since no mask reaches single bytes on AVX2.
func scaleBytes(f *fn) {
	c := f.c
	y, x := f.base("y"), f.base("x")
	n := c.Load(c.Param("y").Len(), c.GP64())
	scale, shift := f.scalarParam("scale"), f.scalarParam("shift")
	c.Label("vector")
	c.SUBQ(U8(f.lanes), n)
	c.JL(LabelRef("done"))
	v, r := f.vec(), f.vec()
	if f.size == 4 {
		c.VPMOVZXBD(at(x, 0), v)
		c.VCVTDQ2PS(v, v)
	} else if f.wide() {
		c.VPMOVZXBD(at(x, 0), v.AsY())
		c.VCVTDQ2PD(v.AsY(), v)
	} else {
		c.VPMOVZXBD(at(x, 0), v.AsX())
		c.VCVTDQ2PD(v.AsX(), v)
	}
	f.mulAdd(v, scale, shift, r)
	f.store(r, at(y, 0), false)
	c.ADDQ(U8(f.lanes), x)
	c.ADDQ(U8(f.bytes), y)
	c.JMP(LabelRef("vector"))
	c.Label("done")
	f.ret()
}
