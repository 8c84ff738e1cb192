package algo

import (
	"math"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// argMaxRows: index[i] = the first j with the largest x[i,j], peak[i] = x[i,j]; index[i] =
// -1 where a NaN is among them. Each lane keeps the first of its own largest numbers with
// its column, as a number of the dtype, and of those with the largest number the lowest
// column wins.
func argMaxRows(f *fn) {
	rest := f.Integer("cols")
	f.AndInt(f.lanes-1, rest)
	f.SetTail(rest)
	rows, x, stride := f.Integer("rows"), f.Base("x"), f.Integer("ldx")
	f.ShiftLeftInt(f.logSize(), stride)
	peak, index := f.Base("peak"), f.Base("index")
	lowest, step := f.constant(math.Inf(-1)), f.constant(float64(f.lanes))
	a := &argMax{fn: f, nan: f.NewMask()}
	f.JumpIf(rows, isa.EQ, isa.Const(0), "end")
	f.Label("row")
	a.best, a.at, a.column = f.NewVec(), f.NewVec(), f.NewVec()
	f.Move(lowest, a.best)
	f.Load(f.Numbers(), a.at, false)
	f.Move(a.at, a.column)
	f.ClearMask(a.nan)
	q := f.NewInt()
	f.MoveInt(x, q)
	f.AddInt(stride, x)
	f.walk("along", f.Integer("cols"), []isa.Int{q}, 2, func(p []isa.Int, offsets []int, masked bool) {
		v := make([]isa.Vec, len(offsets))
		for i, o := range offsets {
			v[i] = f.NewVec()
			f.Load(isa.At(p[0], o), v[i], masked)
			if masked {
				f.TailOr(v[i], lowest, v[i])
			}
		}
		f.Comment("nan |= one of them is NaN")
		f.OrMask(f.Cmp(isa.Unordered, v[0], v[len(v)-1]), a.nan)
		for i := range v {
			a.take(v[i])
			f.Add(step, a.column, a.column)
		}
	})
	f.Comment("the largest of all lanes, and the lowest column that has it")
	all := f.NewVec()
	f.Move(a.best, all)
	f.Reduce(f.Max, all)
	f.Blend(f.Cmp(isa.Equal, a.best, all), a.at, f.constant(math.Inf(1)), a.at)
	f.Reduce(f.Min, a.at)
	f.StoreLane(all, isa.At(peak, 0))
	a.storeIndex(index)
	f.AddInt(isa.Const(f.size), peak)
	f.AddInt(isa.Const(f.size), index)
	f.CountDown(rows, "row")
	f.Label("end")
	f.Return()
}

// argMax is one row while it is being emitted.
type argMax struct {
	*fn
	best, at, column isa.Vec  // of each lane: its largest number, where, and the column now
	nan              isa.Mask // the lanes that met a NaN
}

// take: at = v > best ? column : at, best = max(v, best).
func (a *argMax) take(v isa.Vec) {
	a.Comment("at = v > best ? column : at, best = max(v, best)")
	a.Blend(a.Cmp(isa.Greater, v, a.best), a.column, a.at, a.at)
	a.Max(v, a.best, a.best)
}

// storeIndex stores at, or -1 after a NaN.
func (a *argMax) storeIndex(index isa.Int) {
	a.StoreLane(a.at, isa.At(index, 0))
	bits := a.NewInt()
	a.MaskBits(a.nan, bits)
	a.JumpIfBits(bits, isa.EQ, "numbers")
	a.StoreLane(a.constant(-1), isa.At(index, 0))
	a.Label("numbers")
}

// countNotLess: count[0] = how many x are not less than v, NaN among them.
func countNotLess(f *fn) {
	v, one, x := f.ScalarParam("v"), f.constant(1), f.Base("x")
	n, counts := f.Len("x"), f.zeros(2)
	take := func(p []isa.Int, offsets []int, masked bool) {
		for k, o := range offsets {
			u := f.NewVec()
			f.Load(isa.At(p[0], o), u, masked)
			f.CountLanes(f.Cmp(isa.NotLess, u, v), one, counts[k], masked)
		}
	}
	f.full("", n, []isa.Int{x}, 2, take)
	f.JumpIf(n, isa.EQ, isa.Const(0), "done")
	f.SetTail(n)
	take([]isa.Int{x}, []int{0}, true)
	f.Label("done")
	f.join(f.Add, counts)
	f.StoreLane(counts[0], isa.At(f.Base("count"), 0))
	f.Return()
}
