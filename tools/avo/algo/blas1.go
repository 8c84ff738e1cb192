package algo

import "github.com/ashlar-go/ashlar/tools/avo/isa"

// dot: sum[0] = sum of x*y. Two loads a multiply-add: four accumulators cover its
// latency.
func dot(f *fn) {
	f.reduction("sum", names("x y"), 4, f.Add, func(v []isa.Vec, acc isa.Vec) {
		f.FMA(v[0], v[1], acc)
	})
}

// absSum: sum[0] = sum of |x|.
func absSum(f *fn) { f.magnitudes("sum", f.Add) }

// magnitudes emits a kernel that combines all |x| into out[0]. It fetches a page ahead, which
// takes a fifth less time from memory: the CPU stops at the end of each page. A plain sum has
// no load to spare for that and is a tenth slower in L2.
func (f *fn) magnitudes(out string, combine isa.Binary) {
	const page = 4096
	unroll := f.chains(8)
	abs, x, acc := f.absBy(), f.Base("x"), f.zeros(unroll)
	n := f.Len("x")
	take := func(p []isa.Int, offsets []int, masked bool) {
		for k, o := range offsets {
			if len(offsets) == unroll && o%64 == 0 {
				f.Prefetch(isa.At(p[0], page+o))
			}
			v := f.NewVec()
			f.Load(isa.At(p[0], o), v, masked)
			abs(v)
			combine(v, acc[k], acc[k])
		}
	}
	f.full("", n, []isa.Int{x}, unroll, take)
	f.JumpIf(n, isa.EQ, isa.Const(0), "done")
	f.SetTail(n)
	take([]isa.Int{x}, []int{0}, true)
	f.Label("done")
	f.join(combine, acc)
	f.StoreLane(acc[0], isa.At(f.Base(out), 0))
	f.Return()
}

// sumSquares: sum[0] = sum of x*x.
func sumSquares(f *fn) {
	f.reduction("sum", names("x"), 8, f.Add, func(v []isa.Vec, acc isa.Vec) {
		f.FMA(v[0], v[0], acc)
	})
}

// maxAbs: peak[0] = max |x| as a number of its bits, in whose order a NaN is the largest.
func maxAbs(f *fn) { f.magnitudes("peak", f.MaxBits) }

// absBy returns abs with its mask in a register: a second load of each vector would take a
// quarter longer.
func (f *fn) absBy() func(v isa.Vec) {
	mask := f.AbsMask()
	return func(v isa.Vec) { f.AbsBy(mask, v, v) }
}

// firstAbs: index[0] = the first i with |x[i]| = peak, which there is.
func firstAbs(f *fn) {
	abs := f.absBy()
	peak, x := f.ScalarParam("peak"), f.Base("x")
	p, n, hits := f.NewInt(), f.Len("x"), f.NewInt()
	f.MoveInt(x, p)
	look := func(p []isa.Int, _ []int, masked bool) {
		v := f.NewVec()
		f.Load(isa.At(p[0], 0), v, masked)
		abs(v)
		f.MaskBits(f.Cmp(isa.Equal, v, peak), hits)
		if !masked {
			f.JumpIfBits(hits, isa.NE, "found")
		}
	}
	f.full("", n, []isa.Int{p}, 1, look)
	f.SetTail(n)
	look([]isa.Int{p}, nil, true)
	f.Label("found")
	f.FirstLane(hits)
	f.SubInt(x, p)
	f.ShiftRightInt(f.logSize(), p)
	f.AddInt(hits, p)
	f.MoveInt(p, isa.At(f.Base("index"), 0))
	f.Return()
}

// axpy: y = y + alpha*x.
func axpy(f *fn) {
	alpha := f.ScalarParam("alpha")
	f.elements(names("y x"), 4, func(p []isa.Int, offsets []int, masked bool) {
		for _, o := range offsets {
			x, y := f.NewVec(), f.NewVec()
			f.Load(isa.At(p[0], o), y, masked)
			f.Load(isa.At(p[1], o), x, masked)
			f.FMA(x, alpha, y)
			f.Store(y, isa.At(p[0], o), masked)
		}
	})
}

// scale: y = alpha*x.
func scale(f *fn) {
	alpha := f.ScalarParam("alpha")
	f.elements(names("y x"), 4, func(p []isa.Int, offsets []int, masked bool) {
		for _, o := range offsets {
			x := f.NewVec()
			f.Load(isa.At(p[1], o), x, masked)
			f.Mul(alpha, x, x)
			f.Store(x, isa.At(p[0], o), masked)
		}
	})
}

// divide: y = x/d.
func divide(f *fn) {
	d := f.ScalarParam("d")
	f.elements(names("y x"), 4, func(p []isa.Int, offsets []int, masked bool) {
		for _, o := range offsets {
			x := f.NewVec()
			f.Load(isa.At(p[1], o), x, masked)
			f.Div(x, d, x)
			f.Store(x, isa.At(p[0], o), masked)
		}
	})
}

// swap: x, y = y, x.
func swap(f *fn) {
	f.elements(names("x y"), 4, func(p []isa.Int, offsets []int, masked bool) {
		for _, o := range offsets {
			x, y := f.NewVec(), f.NewVec()
			f.Load(isa.At(p[0], o), x, masked)
			f.Load(isa.At(p[1], o), y, masked)
			f.Store(y, isa.At(p[0], o), masked)
			f.Store(x, isa.At(p[1], o), masked)
		}
	})
}

// rot: x, y = c*x + s*y, c*y - s*x, the first product rounded, the second not.
func rot(f *fn) {
	cos, sin := f.ScalarParam("c"), f.ScalarParam("s")
	f.elements(names("x y"), 2, func(p []isa.Int, offsets []int, masked bool) {
		for _, o := range offsets {
			x, y, u, v := f.NewVec(), f.NewVec(), f.NewVec(), f.NewVec()
			f.Load(isa.At(p[0], o), x, masked)
			f.Load(isa.At(p[1], o), y, masked)
			f.Mul(cos, x, u)
			f.Mul(cos, y, v)
			f.Comment("x = c*x + s*y, y = c*y - s*x")
			f.FMA(sin, y, u)
			f.FNMA(sin, x, v)
			f.Store(u, isa.At(p[0], o), masked)
			f.Store(v, isa.At(p[1], o), masked)
		}
	})
}
