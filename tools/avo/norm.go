package main

import (
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// wideOr returns a on AVX-512 and b on AVX2: how many vectors of columns a block
// has, such that its constants and sums fit the registers.
func (f *fn) wideOr(a, b int) int {
	if f.wide() {
		return a
	}
	return b
}

// columnMoments: s1[j] = sum of x[i,j]-shift[j], s2[j] = sum of its square.
func columnMoments(f *fn) {
	f.columns(f.wideOr(4, 3), []string{"x"}, []string{"ldx"}, func(b *block) {
		shift, s1, s2 := b.vector("shift"), b.zeros(), b.zeros()
		b.rows(func(m []Mem) {
			for v := range b.nv {
				d := b.vec()
				b.load(m[0].Offset(v*b.bytes), d, b.masked)
				b.sub(d, shift[v], d)
				b.add(d, s1[v], s1[v])
				b.fma(d, d, s2[v])
			}
		})
		b.put("s1", s1)
		b.put("s2", s2)
	})
}

// normalizeColumns: y[i,j] = max((x[i,j]-mean[j])*scale[j] + shift[j], floor).
func normalizeColumns(f *fn) {
	floor := f.scalarParam("floor")
	f.columns(f.wideOr(4, 3), []string{"y", "x"}, []string{"ldy", "ldx"}, func(b *block) {
		mean, scale, shift := b.vector("mean"), b.vector("scale"), b.vector("shift")
		b.rows(func(m []Mem) {
			for v := range b.nv {
				d, y := b.vec(), b.vec()
				b.load(m[1].Offset(v*b.bytes), d, b.masked)
				b.sub(d, mean[v], d)
				b.mulAdd(d, scale[v], shift[v], y)
				b.max(floor, y, y)
				b.store(y, m[0].Offset(v*b.bytes), b.masked)
			}
		})
	})
}

// batchNormSums: s1[j] = sum of dy[i,j], s2[j] = sum of dy[i,j]*(x[i,j]-mean[j]).
func batchNormSums(f *fn) {
	f.columns(f.wideOr(4, 3), []string{"dy", "x"}, []string{"lddy", "ldx"}, func(b *block) {
		mean, s1, s2 := b.vector("mean"), b.zeros(), b.zeros()
		b.rows(func(m []Mem) {
			for v := range b.nv {
				dy, d := b.vec(), b.vec()
				b.load(m[0].Offset(v*b.bytes), dy, b.masked)
				b.load(m[1].Offset(v*b.bytes), d, b.masked)
				b.sub(d, mean[v], d)
				b.add(dy, s1[v], s1[v])
				b.fma(dy, d, s2[v])
			}
		})
		b.put("s1", s1)
		b.put("s2", s2)
	})
}

// batchNormBackward: dx = k1*(dy - k2 - (x-mean)*k3).
func batchNormBackward(f *fn) {
	f.columns(f.wideOr(4, 2), []string{"dx", "dy", "x"}, []string{"lddx", "lddy", "ldx"}, func(b *block) {
		mean, k1, k2, k3 := b.vector("mean"), b.vector("k1"), b.vector("k2"), b.vector("k3")
		b.rows(func(m []Mem) {
			for v := range b.nv {
				dy, d := b.vec(), b.vec()
				b.load(m[1].Offset(v*b.bytes), dy, b.masked)
				b.load(m[2].Offset(v*b.bytes), d, b.masked)
				b.sub(d, mean[v], d)
				b.sub(dy, k2[v], dy)
				b.fnma(d, k3[v], dy)
				b.mul(k1[v], dy, dy)
				b.store(dy, m[0].Offset(v*b.bytes), b.masked)
			}
		})
	})
}

// columnSums: sum[j] = sum of x[i,j] over the rows.
func columnSums(f *fn) {
	f.columns(4, []string{"x"}, []string{"ldx"}, func(b *block) {
		sum := b.zeros()
		b.rows(func(m []Mem) {
			for v := range b.nv {
				x := b.vec()
				b.load(m[0].Offset(v*b.bytes), x, b.masked)
				b.add(x, sum[v], sum[v])
			}
		})
		b.put("sum", sum)
	})
}

// addBias: y[i,j] = x[i,j] + bias[j].
func addBias(f *fn) {
	f.columns(4, []string{"y", "x"}, []string{"ldy", "ldx"}, func(b *block) {
		bias := b.vector("bias")
		b.rows(func(m []Mem) {
			for v := range b.nv {
				x := b.vec()
				b.load(m[1].Offset(v*b.bytes), x, b.masked)
				b.add(x, bias[v], x)
				b.store(x, m[0].Offset(v*b.bytes), b.masked)
			}
		})
	})
}

// mulAdd: dst = a*b + c, rounded once; dst is a register of its own.
func (f *fn) mulAdd(a, b, c, dst reg.VecVirtual) {
	f.op(f.c.VMOVAPS, f.c.VMOVAPD, c, dst)
	f.fma(a, b, dst)
}
