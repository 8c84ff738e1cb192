package algo

import "github.com/ashlar-go/ashlar/tools/avo/isa"

// streamCopy: y = x with stores of whole vectors past the caches, from the first aligned
// element of y on. The last instruction orders them before the stores that follow.
func streamCopy(f *fn) {
	y, x, next := f.Base("y"), f.Base("x"), f.Base("next")
	n, head := f.Len("y"), f.NewInt()
	f.Comment("the elements before an aligned one")
	f.MoveInt(y, head)
	f.NegInt(head)
	f.AndInt(f.bytes-1, head)
	f.ShiftRightInt(f.logSize(), head)
	f.MinInt(n, head)
	f.SetTailOf(head, 0, 1)
	v := f.NewVec()
	f.Load(isa.At(x, 0), v, true)
	f.Store(v, isa.At(y, 0), true)
	f.SubInt(head, n)
	for _, p := range []isa.Int{x, y, next} {
		f.Address(isa.Mem{Base: p, Index: head, Scale: f.size}, p)
	}
	f.full("", n, []isa.Int{y, x, next}, 4, func(p []isa.Int, offsets []int, _ bool) {
		for _, o := range offsets {
			v := f.NewVec()
			f.Load(isa.At(p[1], o), v, false)
			if o%64 == 0 {
				f.Prefetch(isa.At(p[2], o))
			}
			f.StoreStream(v, isa.At(p[0], o))
		}
	})
	f.JumpIf(n, isa.EQ, isa.Const(0), "done")
	f.SetTail(n)
	f.Load(isa.At(x, 0), v, true)
	f.Store(v, isa.At(y, 0), true)
	f.Label("done")
	last := f.Integer("last")
	f.JumpIf(last, isa.EQ, isa.Const(0), "end")
	f.Fence()
	f.Label("end")
	f.Return()
}

// streamRows: dst[i*ldd+j] = src[i*n+j] for rows of 256 bytes, past the caches. The rows of
// next, as many and as long, come into L2 meanwhile.
func streamRows(f *fn) {
	const row = 256
	dst, src, next, rows := f.Base("dst"), f.Base("src"), f.Base("next"), f.Integer("rows")
	ldd, ldn := f.Integer("ldd"), f.Integer("ldn")
	f.ShiftLeftInt(f.logSize(), ldd)
	f.ShiftLeftInt(f.logSize(), ldn)
	f.AlignLoop()
	f.Label("row")
	for o := 0; o < row; o += f.bytes {
		v := f.NewVec()
		f.Load(isa.At(src, o), v, false)
		if o%64 == 0 {
			f.PrefetchL2(isa.At(next, o))
		}
		f.StoreStream(v, isa.At(dst, o))
	}
	f.AddInt(isa.Const(row), src)
	f.AddInt(ldd, dst)
	f.AddInt(ldn, next)
	f.CountDown(rows, "row")
	last := f.Integer("last")
	f.JumpIf(last, isa.EQ, isa.Const(0), "end")
	f.Fence()
	f.Label("end")
	f.Return()
}
