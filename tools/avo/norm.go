package main

import (
	"fmt"
	"slices"

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

// overRows emits the loop of a kernel over matrices that are walked along their rows,
// group rows at a time and then single ones. A strip of columns taken down the rows
// would jump a leading dimension with every line or two, which the prefetchers do not
// follow; what a column has, constants and sums, comes from L1 instead. body emits unroll
// vectors: m has the places of them in the rows of each matrix, then those of the
// slices with one value a column.
func (f *fn) overRows(group, unroll int, matrices, lds, perColumn []string, body func(w *rowWalk)) {
	c := f.c
	rest := f.integer("cols")
	c.ANDQ(U8(f.lanes-1), rest)
	f.setMask(rest)
	rows := f.integer("rows")
	first := make([]reg.Register, len(matrices))
	for i, name := range matrices {
		first[i] = f.base(name)
	}
	j, left := c.GP64(), c.GP64()
	f.groups(rows, group, func(label string, n int) {
		w := &rowWalk{fn: f, rows: n}
		step := c.GP64()
		for i := range matrices {
			p := []reg.Register{first[i]}
			f.bytesOf(lds[i], step)
			for r := 1; r < n; r++ {
				q := c.GP64()
				c.MOVQ(p[r-1], q)
				c.ADDQ(step, q)
				p = append(p, q)
			}
			w.p = append(w.p, p)
		}
		for _, name := range perColumn {
			w.columns = append(w.columns, f.base(name))
		}
		c.XORQ(j, j)
		c.Load(c.Param("cols"), left)
		w.j = j
		for _, vectors := range slices.Compact([]int{unroll, 1}) {
			loop := fmt.Sprintf("%sx%d", label, vectors)
			c.Label(loop)
			c.SUBQ(U32(vectors*f.lanes), left)
			c.JL(LabelRef(loop + "End"))
			for v := range vectors {
				w.offset = v * f.bytes
				body(w)
			}
			c.ADDQ(U32(vectors*f.bytes), j)
			c.JMP(LabelRef(loop))
			c.Label(loop + "End")
			c.ADDQ(U32(vectors*f.lanes), left)
		}
		c.TESTQ(left, left)
		c.JZ(LabelRef(label + "Next"))
		w.offset, w.masked = 0, true
		body(w)
		c.Label(label + "Next")
		for i := range matrices {
			f.bytesOf(lds[i], step)
			c.MOVQ(w.p[i][n-1], first[i])
			c.ADDQ(step, first[i])
		}
	})
	f.ret()
}

// bytesOf loads a leading dimension in bytes.
func (f *fn) bytesOf(ld string, r reg.Register) {
	f.c.Load(f.c.Param(ld), r)
	f.c.SHLQ(U8(f.logSize()), r)
}

// rowWalk is one vector of columns in some rows while it is being emitted.
type rowWalk struct {
	*fn
	rows    int
	p       [][]reg.Register // of the rows of each matrix
	columns []reg.Register
	j       reg.Register // offset in a row, in bytes
	offset  int
	masked  bool
}

func (w *rowWalk) place(p reg.Register) Mem {
	return Mem{Base: p, Index: w.j, Scale: 1, Disp: w.offset}
}

// element loads the vector of row r of matrix i.
func (w *rowWalk) element(i, r int) reg.VecVirtual {
	v := w.vec()
	w.load(w.place(w.p[i][r]), v, w.masked)
	return v
}

func (w *rowWalk) put(v reg.VecVirtual, i, r int) { w.store(v, w.place(w.p[i][r]), w.masked) }

// column loads the vector of the i-th slice with one value a column.
func (w *rowWalk) column(i int) reg.VecVirtual {
	v := w.vec()
	w.load(w.place(w.columns[i]), v, w.masked)
	return v
}

// addTo adds v to the i-th slice with one value a column.
func (w *rowWalk) addTo(i int, v reg.VecVirtual) {
	s := w.column(i)
	w.add(v, s, s)
	w.store(s, w.place(w.columns[i]), w.masked)
}

// columnMoments: s1[j] += the sum of x[i,j]-shift[j], s2[j] += that of its square.
func columnMoments(f *fn) {
	f.overRows(4, 1, []string{"x"}, []string{"ldx"}, []string{"s1", "s2", "shift"}, func(w *rowWalk) {
		shift, s1, s2 := w.column(2), w.element(0, 0), w.vec()
		w.sub(s1, shift, s1)
		w.mul(s1, s1, s2)
		for r := 1; r < w.rows; r++ {
			d := w.element(0, r)
			w.sub(d, shift, d)
			w.add(d, s1, s1)
			w.fma(d, d, s2)
		}
		w.addTo(0, s1)
		w.addTo(1, s2)
	})
}

// normalizeColumns: y[i,j] = max((x[i,j]-mean[j])*scale[j] + shift[j], floor).
func normalizeColumns(f *fn) {
	floor := f.scalarParam("floor")
	f.overRows(2, 1, []string{"y", "x"}, []string{"ldy", "ldx"}, []string{"mean", "scale", "shift"}, func(w *rowWalk) {
		mean, scale, shift := w.column(0), w.column(1), w.column(2)
		for r := range w.rows {
			d, y := w.element(1, r), w.vec()
			w.sub(d, mean, d)
			w.mulAdd(d, scale, shift, y)
			w.max(floor, y, y)
			w.put(y, 0, r)
		}
	})
}

// batchNormSums: s1[j] += the sum of dy[i,j], s2[j] += that of dy[i,j]*(x[i,j]-mean[j]).
func batchNormSums(f *fn) {
	f.overRows(2, 1, []string{"dy", "x"}, []string{"lddy", "ldx"}, []string{"s1", "s2", "mean"}, func(w *rowWalk) {
		mean, s1, s2 := w.column(2), w.element(0, 0), w.element(1, 0)
		w.sub(s2, mean, s2)
		w.mul(s1, s2, s2)
		for r := 1; r < w.rows; r++ {
			dy, d := w.element(0, r), w.element(1, r)
			w.sub(d, mean, d)
			w.add(dy, s1, s1)
			w.fma(dy, d, s2)
		}
		w.addTo(0, s1)
		w.addTo(1, s2)
	})
}

// batchNormBackward: dx = k1*(dy - k2 - (x-mean)*k3).
func batchNormBackward(f *fn) {
	f.overRows(1, 2, []string{"dx", "dy", "x"}, []string{"lddx", "lddy", "ldx"}, []string{"mean", "k1", "k2", "k3"}, func(w *rowWalk) {
		dy, d := w.element(1, 0), w.element(2, 0)
		w.sub(d, w.column(0), d)
		w.sub(dy, w.column(2), dy)
		w.fnma(d, w.column(3), dy)
		w.mul(w.column(1), dy, dy)
		w.put(dy, 0, 0)
	})
}

// columnSums: sum[j] += the sum of x[i,j] over the rows.
func columnSums(f *fn) {
	f.overRows(4, 1, []string{"x"}, []string{"ldx"}, []string{"sum"}, func(w *rowWalk) {
		s := w.element(0, 0)
		for r := 1; r < w.rows; r++ {
			w.add(w.element(0, r), s, s)
		}
		w.addTo(0, s)
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
