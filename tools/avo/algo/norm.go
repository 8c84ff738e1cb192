package algo

import (
	"fmt"
	"slices"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// overRows emits the loop of a kernel over matrices that are walked along their rows,
// group rows at a time and then single ones. A strip of columns taken down the rows
// would jump a leading dimension with every line or two, which the prefetchers do not
// follow; what a column has, constants and sums, comes from L1 instead. body emits one
// vector of as many a turn as hold what unroll of AVX2 do.
func (f *fn) overRows(group, unroll int, matrices, lds, perColumn []string, body func(w *rowWalk)) {
	rest := f.Integer("cols")
	f.AndInt(f.lanes-1, rest)
	f.SetTail(rest)
	rows := f.Integer("rows")
	first := make([]isa.Int, len(matrices))
	for i, name := range matrices {
		first[i] = f.Base(name)
	}
	j, left := f.NewInt(), f.NewInt()
	f.groups(rows, group, func(label string, n int) {
		w := &rowWalk{fn: f, rows: n}
		step := f.NewInt()
		for i := range matrices {
			p := []isa.Int{first[i]}
			f.bytesOf(lds[i], step)
			for r := 1; r < n; r++ {
				q := f.NewInt()
				f.MoveInt(p[r-1], q)
				f.AddInt(step, q)
				p = append(p, q)
			}
			w.p = append(w.p, p)
		}
		for _, name := range perColumn {
			w.columns = append(w.columns, f.Base(name))
		}
		f.MoveInt(isa.Const(0), j)
		f.LoadParam("cols", left)
		w.j = j
		for _, vectors := range slices.Compact([]int{f.asWide(unroll), 1}) {
			loop := fmt.Sprintf("%sx%d", label, vectors)
			f.Label(loop)
			f.SubJump(isa.Const(vectors*f.lanes), left, isa.LT, loop+"End")
			for v := range vectors {
				w.offset = v * f.bytes
				body(w)
			}
			f.AddInt(isa.Const(vectors*f.bytes), j)
			f.Jump(loop)
			f.Label(loop + "End")
			f.AddInt(isa.Const(vectors*f.lanes), left)
		}
		f.JumpIf(left, isa.EQ, isa.Const(0), label+"Next")
		w.offset, w.masked = 0, true
		body(w)
		f.Label(label + "Next")
		for i := range matrices {
			f.bytesOf(lds[i], step)
			f.MoveInt(w.p[i][n-1], first[i])
			f.AddInt(step, first[i])
		}
	})
	f.Return()
}

// bytesOf loads a leading dimension in bytes.
func (f *fn) bytesOf(ld string, r isa.Int) {
	f.LoadParam(ld, r)
	f.ShiftLeftInt(f.logSize(), r)
}

// rowWalk is one vector of columns in some rows while it is being emitted.
type rowWalk struct {
	*fn
	rows    int
	p       [][]isa.Int // of the rows of each matrix
	columns []isa.Int
	j       isa.Int // offset in a row, in bytes
	offset  int
	masked  bool
}

func (w *rowWalk) place(p isa.Int) isa.Mem {
	return isa.Mem{Base: p, Index: w.j, Scale: 1, Disp: w.offset}
}

// element loads the vector of row r of matrix i.
func (w *rowWalk) element(i, r int) isa.Vec {
	v := w.NewVec()
	w.Load(w.place(w.p[i][r]), v, w.masked)
	return v
}

func (w *rowWalk) put(v isa.Vec, i, r int) { w.Store(v, w.place(w.p[i][r]), w.masked) }

// column loads the vector of the i-th slice with one value a column.
func (w *rowWalk) column(i int) isa.Vec {
	v := w.NewVec()
	w.Load(w.place(w.columns[i]), v, w.masked)
	return v
}

// addTo adds v to the i-th slice with one value a column.
func (w *rowWalk) addTo(i int, v isa.Vec) {
	s := w.column(i)
	w.Add(v, s, s)
	w.Store(s, w.place(w.columns[i]), w.masked)
}

// columnMoments: s1[j] += the sum of x[i,j]-shift[j], s2[j] += that of its square.
func columnMoments(f *fn) {
	f.overRows(4, 1, names("x"), names("ldx"), names("s1 s2 shift"), func(w *rowWalk) {
		shift, s1, s2 := w.column(2), w.element(0, 0), w.NewVec()
		w.Sub(s1, shift, s1)
		w.Mul(s1, s1, s2)
		for r := 1; r < w.rows; r++ {
			d := w.element(0, r)
			w.Sub(d, shift, d)
			w.Add(d, s1, s1)
			w.FMA(d, d, s2)
		}
		w.addTo(0, s1)
		w.addTo(1, s2)
	})
}

// normalizeColumns: y[i,j] = max((x[i,j]-mean[j])*scale[j] + shift[j], floor).
func normalizeColumns(f *fn) {
	floor := f.ScalarParam("floor")
	f.overRows(2, 1, names("y x"), names("ldy ldx"), names("mean scale shift"), func(w *rowWalk) {
		mean, scale, shift := w.column(0), w.column(1), w.column(2)
		for r := range w.rows {
			d, y := w.element(1, r), w.NewVec()
			w.Sub(d, mean, d)
			w.fma(d, scale, shift, y)
			w.Max(floor, y, y)
			w.put(y, 0, r)
		}
	})
}

// batchNormSums: s1[j] += the sum of dy[i,j], s2[j] += that of dy[i,j]*(x[i,j]-mean[j]).
func batchNormSums(f *fn) {
	f.overRows(2, 1, names("dy x"), names("lddy ldx"), names("s1 s2 mean"), func(w *rowWalk) {
		mean, s1, s2 := w.column(2), w.element(0, 0), w.element(1, 0)
		w.Sub(s2, mean, s2)
		w.Mul(s1, s2, s2)
		for r := 1; r < w.rows; r++ {
			dy, d := w.element(0, r), w.element(1, r)
			w.Sub(d, mean, d)
			w.Add(dy, s1, s1)
			w.FMA(dy, d, s2)
		}
		w.addTo(0, s1)
		w.addTo(1, s2)
	})
}

// batchNormBackward: dx = k1*(dy - k2 - (x-mean)*k3).
func batchNormBackward(f *fn) {
	f.overRows(1, 2, names("dx dy x"), names("lddx lddy ldx"), names("mean k1 k2 k3"), func(w *rowWalk) {
		dy, d := w.element(1, 0), w.element(2, 0)
		w.Sub(d, w.column(0), d)
		w.Sub(dy, w.column(2), dy)
		w.FNMA(d, w.column(3), dy)
		w.Mul(w.column(1), dy, dy)
		w.put(dy, 0, 0)
	})
}

// columnSums: sum[j] += the sum of x[i,j] over the rows.
func columnSums(f *fn) {
	f.overRows(4, 1, names("x"), names("ldx"), names("sum"), func(w *rowWalk) {
		s := w.element(0, 0)
		for r := 1; r < w.rows; r++ {
			w.Add(w.element(0, r), s, s)
		}
		w.addTo(0, s)
	})
}

// addBias: y[i,j] = x[i,j] + bias[j].
func addBias(f *fn) {
	f.columns(4, names("y x"), names("ldy ldx"), func(b *block) {
		bias := b.vector("bias")
		b.rows(func(m []isa.Mem) {
			for v := range b.nv {
				x := b.NewVec()
				b.Load(m[1].Offset(v*b.bytes), x, b.masked)
				b.Add(x, bias[v], x)
				b.Store(x, m[0].Offset(v*b.bytes), b.masked)
			}
		})
	})
}
