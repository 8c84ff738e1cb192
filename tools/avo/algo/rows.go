package algo

import "github.com/ashlar-go/ashlar/tools/avo/isa"

// Kernels with constants of each row, four of them in the slice k, and constants of
// each column.

// rowConstants is how many values of a row the slice k has.
const rowConstants = 4

// constantOf is constant i of the row that m points to, broadcast.
func (f *fn) constantOf(m isa.Mem, i int) isa.Vec {
	r := f.NewVec()
	f.Broadcast(m.Offset(i*f.size), r)
	return r
}

// eachRow emits the loop over the rows of the named matrices. row gets pointers to the row
// in each of them and to the slices with one value a column behind them, and to the row's
// constants.
func (f *fn) eachRow(matrices, lds, perColumn []string, row func(q []isa.Int, k isa.Mem)) {
	rest := f.Integer("cols")
	f.AndInt(f.lanes-1, rest)
	f.SetTail(rest)
	rows, k := f.Integer("rows"), f.Base("k")
	var p []isa.Int
	for _, name := range matrices {
		p = append(p, f.Base(name))
	}
	f.JumpIf(rows, isa.EQ, isa.Const(0), "end")
	f.Label("row")
	q := []isa.Int{}
	for i := range p {
		r := f.NewInt()
		f.MoveInt(p[i], r)
		q = append(q, r)
	}
	for _, name := range perColumn {
		q = append(q, f.Base(name))
	}
	row(q, isa.Mem{Base: k})
	step := f.NewInt()
	for i := range p {
		f.bytesOf(lds[i], step)
		f.AddInt(step, p[i])
	}
	f.AddInt(isa.Const(rowConstants*f.size), k)
	f.CountDown(rows, "row")
	f.Label("end")
	f.Return()
}

// rowValue is an element in terms of the constants of its row and of one vector of each
// operand, which it may overwrite.
type rowValue func(k, v []isa.Vec) isa.Vec

// mapRows emits a kernel that computes the first of the matrices element by element, in
// terms of the constants of the row that are named and of one vector of each other matrix
// and of each slice with one value a column. With past, the first matrix goes past the caches if the
// parameter of that name is not 0.
func (f *fn) mapRows(matrices, lds, perColumn []string, constants []int, past bool, value rowValue) {
	f.eachRow(matrices, lds, perColumn, func(q []isa.Int, k isa.Mem) {
		var of []isa.Vec
		for _, i := range constants {
			of = append(of, f.constantOf(k, i))
		}
		take := func(q []isa.Int, o int, masked bool) isa.Vec {
			var v []isa.Vec
			for _, p := range q[1:] {
				r := f.NewVec()
				f.Load(isa.At(p, o), r, masked)
				v = append(v, r)
			}
			return value(of, v)
		}
		n := f.Integer("cols")
		if past {
			on := f.NewInt()
			f.LoadParam("past", on)
			f.JumpIf(on, isa.EQ, isa.Const(0), "near")
			f.full("past", n, q, f.asWide(2), func(q []isa.Int, offsets []int, _ bool) {
				for _, o := range offsets {
					f.StoreStream(take(q, o, false), isa.At(q[0], o))
				}
			})
			f.Label("near")
		}
		f.walk("along", n, q, f.asWide(2), func(q []isa.Int, offsets []int, masked bool) {
			for _, o := range offsets {
				f.Store(take(q, o, masked), isa.At(q[0], o), masked)
			}
		})
	})
}

// shiftRows: y = (x - k0) - k1.
func shiftRows(f *fn) {
	f.mapRows(names("y x"), names("ldy ldx"), nil, []int{0, 1}, false, func(k, v []isa.Vec) isa.Vec {
		x := v[0]
		f.Sub(x, k[0], x)
		f.Sub(x, k[1], x)
		return x
	})
}

// blendRows: z = k0*y - k1*x.
func blendRows(f *fn) {
	f.mapRows(names("z y x"), names("ldz ldy ldx"), nil, []int{0, 1}, false, func(k, v []isa.Vec) isa.Vec {
		y, x := v[0], v[1]
		f.Mul(k[0], y, y)
		f.FNMA(k[1], x, y)
		return y
	})
}

// normalizeRows: y = ((x - k0)*k1 + k2)*gamma + beta.
func normalizeRows(f *fn) {
	perColumn := names("gamma beta")
	f.mapRows(names("y x"), names("ldy ldx"), perColumn, []int{0, 1, 2}, true, func(k, v []isa.Vec) isa.Vec {
		x, gamma, beta := v[0], v[1], v[2]
		f.Sub(x, k[0], x)
		f.Horner(k[2], k[1], x)
		f.FMA(x, gamma, beta)
		return beta
	})
}

// rowTerm adds to two sums what one vector of each operand gives, in terms of the constants of
// the row; idle lanes of the tail are 0.
type rowTerm func(k, v []isa.Vec, s1, s2 isa.Vec, masked bool)

// rowSums emits a kernel that walks along rows of the named matrices, and of the
// slices with one value a column behind them, and sums two terms a row. term adds to
// both accumulators what one vector of each gives; idle lanes of the tail are 0. With ahead
// it fetches as walkAhead does.
func (f *fn) rowSums(matrices, lds, perColumn []string, ahead bool, term rowTerm) {
	var out1, out2, at isa.Int
	if ahead {
		at = f.NewInt() // bytes: a pointer into s1 and one into s2 would leave no register to fetch by
		f.MoveInt(isa.Const(0), at)
	} else {
		out1, out2 = f.Base("s1"), f.Base("s2")
	}
	f.eachRow(matrices, lds, perColumn, func(q []isa.Int, k isa.Mem) {
		constants := []isa.Vec{f.constantOf(k, 0)}
		s1, s2 := f.zeros(f.chains(2)), f.zeros(f.chains(2))
		take := func(q []isa.Int, offsets []int, masked bool) {
			for i, o := range offsets {
				v := make([]isa.Vec, len(q))
				for j := range q {
					v[j] = f.NewVec()
					f.Load(isa.At(q[j], o), v[j], masked)
				}
				term(constants, v, s1[i], s2[i], masked)
			}
		}
		if ahead {
			f.walkAhead(lds, f.Integer("cols"), q, f.chains(2), take)
		} else {
			f.walk("along", f.Integer("cols"), q, f.chains(2), take)
		}
		f.join(f.Add, s1)
		f.join(f.Add, s2)
		if ahead {
			f.StoreLane(s1[0], isa.Mem{Base: f.Base("s1"), Index: at, Scale: 1})
			f.StoreLane(s2[0], isa.Mem{Base: f.Base("s2"), Index: at, Scale: 1})
			f.AddInt(isa.Const(f.size), at)
			return
		}
		f.StoreLane(s1[0], isa.At(out1, 0))
		f.StoreLane(s2[0], isa.At(out2, 0))
		f.AddInt(isa.Const(f.size), out1)
		f.AddInt(isa.Const(f.size), out2)
	})
}

// walkAhead is walk along a row of matrices with these leading dimensions, the first of the pointers.
// While it does it fetches the row that the parameter fetch is rows ahead into L2, unless that is 0.
func (f *fn) walkAhead(lds []string, n isa.Int, p []isa.Int, unroll int, body vectorBody) {
	on, ahead := f.NewInt(), make([]isa.Int, len(lds))
	f.LoadParam("fetch", on)
	f.JumpIf(on, isa.EQ, isa.Const(0), "near")
	for i := range lds {
		ahead[i] = f.NewInt()
		f.bytesOf(lds[i], ahead[i])
		f.MulInt(on, ahead[i])
	}
	f.full("ahead", n, p, max(unroll, 64/f.bytes), func(p []isa.Int, offsets []int, _ bool) {
		for i := range ahead {
			for o := 0; o < len(offsets)*f.bytes; o += 64 {
				f.PrefetchL2(isa.Mem{Base: p[i], Index: ahead[i], Scale: 1, Disp: o})
			}
		}
		for o := 0; o < len(offsets); o += unroll {
			body(p, offsets[o:min(o+unroll, len(offsets))], false)
		}
	})
	f.Label("near")
	f.walk("along", n, p, unroll, body)
}

// rowMoments: s1 = sum of x - k0, s2 = sum of its square.
func rowMoments(f *fn) {
	f.rowSums(names("x"), names("ldx"), nil, true, func(k, v []isa.Vec, s1, s2 isa.Vec, masked bool) {
		d := v[0]
		f.Sub(d, k[0], d)
		if masked {
			f.KeepTail(d, d)
		}
		f.Add(d, s1, s1)
		f.FMA(d, d, s2)
	})
}

// rowGradSums: t = dy*gamma; s1 = sum of t, s2 = sum of t*(x - k0).
func rowGradSums(f *fn) {
	matrices, lds := names("dy x"), names("lddy ldx")
	f.rowSums(matrices, lds, names("gamma"), true, func(k, v []isa.Vec, s1, s2 isa.Vec, masked bool) {
		t, d := v[0], v[1]
		f.Mul(v[2], t, t)
		f.Sub(d, k[0], d)
		if masked {
			f.KeepTail(d, d)
		}
		f.Add(t, s1, s1)
		f.FMA(t, d, s2)
	})
}

// targetSums: s1 = sum of p, s2 = sum of p*(k0 - x) where p is not 0.
func targetSums(f *fn) {
	zero := f.NewVec()
	f.Zero(zero)
	f.rowSums(names("x p"), names("ldx ldp"), nil, false, func(k, v []isa.Vec, s1, s2 isa.Vec, masked bool) {
		d, p := v[0], v[1]
		f.Sub(k[0], d, d)
		f.Mul(p, d, d)
		f.Comment("0 where p is 0, which idle lanes are")
		f.Blend(f.Cmp(isa.Equal, p, zero), zero, d, d)
		f.Add(p, s1, s1)
		f.Add(d, s2, s2)
	})
}

// sum: sum[0] = sum of x.
func sum(f *fn) {
	f.reduction("sum", names("x"), 8, f.Add, func(v []isa.Vec, acc isa.Vec) {
		f.Add(v[0], acc, acc)
	})
}

// clip: y = max(lo, min(hi, x)), NaN kept.
func clip(f *fn) {
	lo, hi := f.ScalarParam("lo"), f.ScalarParam("hi")
	f.elements(names("y x"), 4, func(p []isa.Int, offsets []int, masked bool) {
		for _, o := range offsets {
			v := f.NewVec()
			f.Load(isa.At(p[1], o), v, masked)
			f.Min(hi, v, v)
			f.Max(lo, v, v)
			f.Store(v, isa.At(p[0], o), masked)
		}
	})
}

// scaleBytes: y = x*scale + shift. A vector of y takes as many bytes as it has lanes;
// what is left of y is for Go, since masks do not reach single bytes.
func scaleBytes(f *fn) {
	y, x := f.Base("y"), f.Base("x")
	n := f.Len("y")
	scale, shift := f.ScalarParam("scale"), f.ScalarParam("shift")
	v := make([]isa.Vec, f.aTurn())
	for i := range v {
		v[i] = f.NewVec()
	}
	f.Label("vector")
	f.SubJump(isa.Const(len(v)*f.lanes), n, isa.LT, "done")
	f.LoadBytes(isa.At(x, 0), v)
	for i := range v {
		r := f.NewVec()
		f.fma(v[i], scale, shift, r)
		f.Store(r, isa.At(y, i*f.bytes), false)
	}
	f.AddInt(isa.Const(len(v)*f.lanes), x)
	f.AddInt(isa.Const(len(v)*f.bytes), y)
	f.Jump("vector")
	f.Label("done")
	f.Return()
}
