package algo

import "github.com/ashlar-go/ashlar/tools/avo/isa"

// gemvRows: sum[i] = sum over j of a[i,j]*x[j]. Four rows share each load of x, two
// chains a row; a row that is left alone sums in the same order.
func gemvRows(f *fn) {
	a, rows, lda := f.rowLoop()
	sum := f.Base("sum")
	f.groups(rows, 4, func(label string, group int) {
		p := append(f.nextRows(a, lda, group), f.Base("x"))
		acc := make([][]isa.Vec, group)
		for r := range acc {
			acc[r] = f.zeros(f.chains(2))
		}
		f.walk(label, f.Integer("cols"), p, f.chains(2), func(p []isa.Int, offsets []int, masked bool) {
			for k, o := range offsets {
				x := f.NewVec()
				f.Load(isa.At(p[group], o), x, masked)
				for r := range acc {
					f.FMA(f.source(isa.At(p[r], o), masked), x, acc[r][k])
				}
			}
		})
		for r := range acc {
			f.join(f.Add, acc[r])
			f.StoreLane(acc[r][0], isa.At(sum, r*f.size))
		}
		f.AddInt(isa.Const(group*f.size), sum)
	})
	f.Return()
}

// triangleRows: sum[i] = sum over j < cols + i*grow of a[i*lda+j]*x[i*shift+j], in two
// chains. A row has its own mask.
func triangleRows(f *fn) {
	a, x, sum := f.Base("a"), f.Base("x"), f.Base("sum")
	rows, cols, grow := f.Integer("rows"), f.Integer("cols"), f.Integer("grow")
	lda, shift := f.Integer("lda"), f.Integer("shift")
	f.ShiftLeftInt(f.logSize(), lda)
	f.ShiftLeftInt(f.logSize(), shift)
	p, n := []isa.Int{f.NewInt(), f.NewInt()}, f.NewInt()
	f.JumpIf(rows, isa.EQ, isa.Const(0), "end")
	f.Label("row")
	f.MoveInt(a, p[0])
	f.MoveInt(x, p[1])
	f.MoveInt(cols, n)
	acc := f.zeros(f.chains(2))
	take := func(p []isa.Int, offsets []int, masked bool) {
		for k, o := range offsets {
			v := f.NewVec()
			f.Load(isa.At(p[1], o), v, masked)
			f.FMA(f.source(isa.At(p[0], o), masked), v, acc[k])
		}
	}
	f.full("", n, p, f.chains(2), take)
	f.JumpIf(n, isa.EQ, isa.Const(0), "done")
	f.SetTail(n)
	take(p, []int{0}, true)
	f.Label("done")
	f.join(f.Add, acc)
	f.StoreLane(acc[0], isa.At(sum, 0))
	f.AddInt(isa.Const(f.size), sum)
	f.AddInt(lda, a)
	f.AddInt(shift, x)
	f.AddInt(grow, cols)
	f.CountDown(rows, "row")
	f.Label("end")
	f.Return()
}

// gemvColumns: sum[j] = sum[j] + sum over i of a[i,j]*x[i]. Four rows go into sum in
// one pass, added among themselves first, which makes chains of additions short.
func gemvColumns(f *fn) {
	a, rows, lda := f.rowLoop()
	x := f.Base("x")
	f.groups(rows, 4, func(label string, group int) {
		p := append(f.nextRows(a, lda, group), f.Base("sum"))
		factor := make([]isa.Vec, group)
		for r := range factor {
			factor[r] = f.NewVec()
			f.Broadcast(isa.At(x, r*f.size), factor[r])
		}
		f.walk(label, f.Integer("cols"), p, 4, func(p []isa.Int, offsets []int, masked bool) {
			for _, o := range offsets {
				sum, products := f.NewVec(), f.NewVec()
				f.Mul(f.source(isa.At(p[0], o), masked), factor[0], products)
				for r := 1; r < group; r++ {
					f.FMA(f.source(isa.At(p[r], o), masked), factor[r], products)
				}
				f.Load(isa.At(p[group], o), sum, masked)
				f.Add(products, sum, sum)
				f.Store(sum, isa.At(p[group], o), masked)
			}
		})
		f.AddInt(isa.Const(group*f.size), x)
	})
	f.Return()
}

// ger: a[i,j] = a[i,j] + (alpha*x[i])*y[j]. Four rows share each load of y
// and are loaded before one of them is stored: where rows are shorter than a vector,
// a load has to wait for the masked store of the row before it.
func ger(f *fn) {
	a, rows, lda := f.rowLoop()
	x, alpha := f.Base("x"), f.ScalarParam("alpha")
	f.groups(rows, 4, func(label string, group int) {
		p := append(f.nextRows(a, lda, group), f.Base("y"))
		factor := make([]isa.Vec, group)
		for r := range factor {
			factor[r] = f.NewVec()
			f.Broadcast(isa.At(x, r*f.size), factor[r])
			f.Mul(alpha, factor[r], factor[r])
		}
		f.walk(label, f.Integer("cols"), p, f.asWide(2), func(p []isa.Int, offsets []int, masked bool) {
			for _, o := range offsets {
				y := f.NewVec()
				f.Load(isa.At(p[group], o), y, masked)
				z := make([]isa.Vec, group)
				for r := range z {
					z[r] = f.NewVec()
					f.Load(isa.At(p[r], o), z[r], masked)
				}
				for r := range z {
					f.FMA(y, factor[r], z[r])
					f.Store(z[r], isa.At(p[r], o), masked)
				}
			}
		})
		f.AddInt(isa.Const(group*f.size), x)
	})
	f.Return()
}

// source is an operand in memory, or, where it is masked, a register loaded from it.
func (f *fn) source(m isa.Mem, masked bool) isa.Operand {
	if !masked {
		return m
	}
	r := f.NewVec()
	f.Load(m, r, true)
	return r
}

// rowLoop is the head of a kernel that walks along the rows of a matrix: the mask
// of the columns that are left beside whole vectors, and what steps from row to row.
func (f *fn) rowLoop() (a, rows, lda isa.Int) {
	rest := f.Integer("cols")
	f.AndInt(f.lanes-1, rest)
	f.SetTail(rest)
	a, rows, lda = f.Base("a"), f.Integer("rows"), f.Integer("lda")
	f.ShiftLeftInt(f.logSize(), lda)
	return a, rows, lda
}

// nextRows returns pointers to the next rows of a, which it moves behind them.
func (f *fn) nextRows(a, lda isa.Int, rows int) []isa.Int {
	p := make([]isa.Int, rows)
	for i := range p {
		p[i] = f.NewInt()
		f.MoveInt(a, p[i])
		f.AddInt(lda, a)
	}
	return p
}
