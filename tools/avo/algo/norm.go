package algo

import (
	"fmt"
	"math/bits"
	"slices"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// rowLoop is the loop of a kernel over matrices that are walked along their rows, group rows
// at a time and then single ones. A strip of columns taken down the rows would jump a leading
// dimension with every line or two, which the prefetchers do not follow; what a column has,
// constants and sums, comes from L1 instead. A turn takes as many vectors as hold what unroll
// of AVX2 do.
type rowLoop struct {
	group, unroll int
	matrices, lds []string
	perColumn     []string
	// outputs is how many of the matrices, the first ones, are only written. Where fetches is
	// set, the lines of the others are fetched fetchRows or group rows ahead if the parameter
	// fetch is not 0. The prefetchers of a CPU stop at the end of a page, which a row of a wide
	// matrix reaches soon. The others then have one leading dimension: registers are short.
	outputs int
	fetches bool
	start   func() // loads what each row has, where group is 1
}

// fetchRows is how many rows ahead, at least, a row loop fetches.
const fetchRows = 4

// overRows emits the loop. body emits one vector.
func (f *fn) overRows(l rowLoop, body func(w *rowWalk)) {
	rest := f.Integer("cols")
	f.AndInt(f.lanes-1, rest)
	f.SetTail(rest)
	rows := f.Integer("rows")
	first := make([]isa.Int, len(l.matrices))
	for i, name := range l.matrices {
		first[i] = f.Base(name)
	}
	j, left := f.NewInt(), f.NewInt()
	f.groups(rows, l.group, func(label string, n int) {
		w := &rowWalk{fn: f, rowLoop: l, label: label, rows: n, j: j, left: left, body: body}
		step := f.NewInt()
		for i := range l.matrices {
			p := []isa.Int{first[i]}
			f.bytesOf(l.lds[i], step)
			for r := 1; r < n; r++ {
				q := f.NewInt()
				f.MoveInt(p[r-1], q)
				f.AddInt(step, q)
				p = append(p, q)
			}
			w.p = append(w.p, p)
		}
		for _, name := range l.perColumn {
			w.columns = append(w.columns, f.Base(name))
		}
		f.MoveInt(isa.Const(0), j)
		f.LoadParam("cols", left)
		if l.start != nil {
			l.start()
		}
		if l.fetches {
			w.fetched()
		}
		for _, vectors := range slices.Compact([]int{f.asWide(l.unroll), 1}) {
			w.whole(fmt.Sprintf("%sx%d", label, vectors), vectors, nil)
		}
		f.JumpIf(left, isa.EQ, isa.Const(0), label+"Next")
		w.offset, w.masked = 0, true
		body(w)
		f.Label(label + "Next")
		for i := range l.matrices {
			f.bytesOf(l.lds[i], step)
			f.MoveInt(w.p[i][n-1], first[i])
			f.AddInt(step, first[i])
		}
	})
	f.Return()
}

// fetched emits the loops that fetch: one that stores to the caches and, if fetch is 2, one that
// stores past them.
func (w *rowWalk) fetched() {
	label, r := w.label+"Fetch", w.NewInt()
	w.LoadParam("fetch", r)
	w.JumpIf(r, isa.EQ, isa.Const(0), label+"Off")
	if w.outputs > 0 {
		w.JumpIf(r, isa.NE, isa.Const(1), label+"Past")
	}
	w.fetching(label, r)
	if w.outputs > 0 {
		w.Jump(label + "Off")
		w.Label(label + "Past")
		w.past = true
		w.fetching(label+"Store", r)
		w.past = false
	}
	w.Label(label + "Off")
}

// fetching emits one loop that fetches, a line of each matrix at least a turn.
func (w *rowWalk) fetching(label string, ahead isa.Int) {
	w.bytesOf(w.lds[w.outputs], ahead)
	w.ShiftLeftInt(bits.TrailingZeros(uint(max(fetchRows, w.rows))), ahead)
	vectors := max(w.asWide(w.unroll), 64/w.bytes)
	w.whole(label, vectors, func() {
		for _, rows := range w.p[w.outputs:] {
			for _, p := range rows {
				for o := 0; o < vectors*w.bytes; o += 64 {
					w.PrefetchL2(isa.Mem{Base: p, Index: ahead, Scale: 1, Disp: o})
				}
			}
		}
		w.AddInt(isa.Const(vectors*w.bytes), ahead)
	})
}

// whole emits the loop over so many whole vectors a turn, before which comes first.
func (w *rowWalk) whole(label string, vectors int, first func()) {
	w.Label(label)
	w.SubJump(isa.Const(vectors*w.lanes), w.left, isa.LT, label+"End")
	if first != nil {
		first()
	}
	for v := range vectors {
		w.offset = v * w.bytes
		w.body(w)
	}
	w.AddInt(isa.Const(vectors*w.bytes), w.j)
	w.Jump(label)
	w.Label(label + "End")
	w.AddInt(isa.Const(vectors*w.lanes), w.left)
}

// bytesOf loads a leading dimension in bytes.
func (f *fn) bytesOf(ld string, r isa.Int) {
	f.LoadParam(ld, r)
	f.ShiftLeftInt(f.logSize(), r)
}

// rowWalk is one vector of columns in some rows while it is being emitted.
type rowWalk struct {
	*fn
	rowLoop
	label   string
	rows    int
	p       [][]isa.Int // of the rows of each matrix
	columns []isa.Int
	j       isa.Int // offset in a row, in bytes
	left    isa.Int // columns
	offset  int
	masked  bool
	past    bool // the caches, go the outputs
	body    func(w *rowWalk)
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

// put stores the vector of row r of matrix i.
func (w *rowWalk) put(v isa.Vec, i, r int) {
	if w.past {
		w.StoreStream(v, w.place(w.p[i][r]))
		return
	}
	w.Store(v, w.place(w.p[i][r]), w.masked)
}

// putAll stores what value gives for each row to the first matrix, behind all loads: rows that are
// a multiple of 4 KiB apart would hold up the loads of others.
func (w *rowWalk) putAll(value func(r int) isa.Vec) {
	v := make([]isa.Vec, w.rows)
	for r := range v {
		v[r] = value(r)
	}
	for r := range v {
		w.put(v[r], 0, r)
	}
}

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
	f.overRows(rowLoop{group: 4, unroll: 1, matrices: names("x"), lds: names("ldx"),
		perColumn: names("s1 s2 shift"), fetches: true}, func(w *rowWalk) {
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
	f.overRows(rowLoop{group: 2, unroll: 1, matrices: names("y x"), lds: names("ldy ldx"),
		perColumn: names("mean scale shift"), outputs: 1, fetches: true}, func(w *rowWalk) {
		mean, scale, shift := w.column(0), w.column(1), w.column(2)
		w.putAll(func(r int) isa.Vec {
			d, y := w.element(1, r), w.NewVec()
			w.Sub(d, mean, d)
			w.fma(d, scale, shift, y)
			w.Max(floor, y, y)
			return y
		})
	})
}

// batchNormSums: s1[j] += the sum of dy[i,j], s2[j] += that of dy[i,j]*(x[i,j]-mean[j]).
func batchNormSums(f *fn) {
	f.overRows(rowLoop{group: 2, unroll: 1, matrices: names("dy x"), lds: names("lddy ldx"),
		perColumn: names("s1 s2 mean"), fetches: true}, func(w *rowWalk) {
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
	f.overRows(rowLoop{group: 1, unroll: 2, matrices: names("dx dy x"), lds: names("lddx lddy ldx"),
		perColumn: names("mean k1 k2 k3"), outputs: 1, fetches: true}, func(w *rowWalk) {
		dy, d := w.element(1, 0), w.element(2, 0)
		w.Sub(d, w.column(0), d)
		w.Sub(dy, w.column(2), dy)
		w.FNMA(d, w.column(3), dy)
		w.Mul(w.column(1), dy, dy)
		w.put(dy, 0, 0)
	})
}

// layerNormBackward: s1[j] += the sum of dy, s2[j] += that of dy*((x - k0)*k1 + low), and
// dx = k1*((dy*gamma - k2) - (x - k0)*k3). A second pass for the sums would read dy and x from L2
// again.
func layerNormBackward(f *fn) {
	k, low := f.Base("k"), f.Base("low")
	of := make([]isa.Vec, rowConstants+1)
	for i := range of {
		of[i] = f.NewVec()
	}
	load := func() {
		for i := range rowConstants {
			f.Broadcast(isa.At(k, i*f.size), of[i])
		}
		f.Broadcast(isa.At(low, 0), of[rowConstants])
		f.AddInt(isa.Const(rowConstants*f.size), k)
		f.AddInt(isa.Const(f.size), low)
	}
	f.overRows(rowLoop{group: 1, unroll: 2, matrices: names("dx dy x"), lds: names("lddx lddy ldx"),
		perColumn: names("s1 s2 gamma"), outputs: 1, fetches: true, start: load}, func(w *rowWalk) {
		dy, d, xhat, dot := w.element(1, 0), w.element(2, 0), w.NewVec(), w.column(1)
		w.addTo(0, dy)
		w.Sub(d, of[0], d)
		w.fma(d, of[1], of[rowConstants], xhat)
		w.FMA(dy, xhat, dot)
		w.Store(dot, w.place(w.columns[1]), w.masked)
		w.HornerSub(of[2], w.column(2), dy)
		w.FNMA(d, of[3], dy)
		w.Mul(of[1], dy, dy)
		w.put(dy, 0, 0)
	})
}

// columnSums: sum[j] += the sum of x[i,j] over the rows.
func columnSums(f *fn) {
	f.overRows(rowLoop{group: 4, unroll: 1, matrices: names("x"), lds: names("ldx"),
		perColumn: names("sum"), fetches: true}, func(w *rowWalk) {
		s := w.element(0, 0)
		for r := 1; r < w.rows; r++ {
			w.Add(w.element(0, r), s, s)
		}
		w.addTo(0, s)
	})
}

// addBias: y[i,j] = x[i,j] + bias[j].
func addBias(f *fn) {
	f.overRows(rowLoop{group: 2, unroll: 1, matrices: names("y x"), lds: names("ldy ldx"),
		perColumn: names("bias"), outputs: 1, fetches: true}, func(w *rowWalk) {
		bias := w.column(0)
		w.putAll(func(r int) isa.Vec {
			x := w.element(1, r)
			w.Add(bias, x, x)
			return x
		})
	})
}
