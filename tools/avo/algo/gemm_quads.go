package algo

import (
	"fmt"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels/asm"
	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// Products of integers of 8 bits. Four neighbouring terms of a row of A, or of a column of B, are one word
// of 32 bits, and the sums are integers of 32 bits, which the strip stores as they are.

var quadKernels = []*Kernel{
	{Name: "GemmStripInt8", Family: "gemmint8", Params: "s *asm.GemmStrip[T]", Single: true, StubOnly: true,
		Doc: stripInt8Doc + ".", body: widenedQuads},
	{Name: "GemmStripInt8VNNI", Family: "gemmint8", Params: "s *asm.GemmStrip[T]", Single: true,
		StubOnly: true, Only: "AVX512", Doc: stripInt8Doc + ", on a CPU with AVX512_VNNI.",
		body: func(f *fn) { gemmQuads(f, 8, 3, 1, 2, (*quads).dots) }},
	{Name: "GemmStripInt8AVXVNNI", Family: "gemmint8", Params: "s *asm.GemmStrip[T]", Single: true,
		StubOnly: true, Only: "AVX2", Doc: stripInt8Doc + ", on a CPU with AVX-VNNI.",
		body: func(f *fn) { gemmQuads(f, 6, 2, 1, 1, (*quads).dots) }},

	{Name: "RangeRow", Family: "int8", Params: "out, x []float32", Single: true,
		Doc: "computes out[0] = min(0, the elements of x), out[1] = max(0, those elements), both without\n" +
			"NaN, out[2] = sum of x*0: NaN if an element is not finite.", body: rangeRow},
	{Name: "QuantizeRow", Family: "int8", Params: "q []uint8, x, k []float32", Single: true,
		Doc: "computes q = round(min(max(x*k[0], k[1]), k[2])) + k[3], the bits of k[3] being an integer.\n" +
			"Ties round to even; NaN counts as k[1]. q has room for whole vectors.", body: quantizeRow},
	{Name: "DequantizeRow", Family: "int8", Params: "y, sums, scale, bias, k []float32", Single: true,
		Doc:  "computes s = y - k[1]*sums, all bits of integers; y = (float32(s)*scale)*k[0] + bias.",
		body: dequantizeRow},
}

const stripInt8Doc = "computes C[i*Ldc+j] = sum over p < K of A[i*RsA+p] . B[p*RsB+j] for i < M, j < N, where\n" +
	"words of A are four integers of 8 bits without sign, words of B four with sign, from -127, and C is\n" +
	"integers of 32 bits. Rows of B have whole vectors. CsA is 1, and what else s has is not read"

// quads is the micro-kernel: it walks a strip in tiles of MR rows. For each number of vectors of columns
// and of rows there is one loop over the words. The loads of B are whole vectors, the last store to a row of
// C is masked.
type quads struct {
	*fn
	mr      int
	term    func(q *quads, mr, nv int)
	sum, b  [][]isa.Vec
	a       []isa.Vec
	arg, k  isa.Int
	ra, rb  isa.Int // the word of A in the first row, the words of B
	rsB     isa.Int
	stride  []isa.Int // 1, 3, 5 and 7 rows of A, as far as they are used
	rows    isa.Mem   // left
	rowA, c isa.Mem   // the tile's place in A and C
}

func (q *quads) field(offset uintptr) isa.Mem { return isa.Mem{Base: q.arg, Disp: int(offset)} }

// gemmQuads emits the kernel with tiles of MR rows and most vectors, one of which takes parts registers of
// B, and so many registers for A.
func gemmQuads(f *fn, MR, most, parts, factors int, term func(q *quads, mr, nv int)) {
	q := &quads{fn: f, mr: MR, term: term}
	for range MR {
		q.sum = append(q.sum, q.vectors(most))
	}
	for range most {
		q.b = append(q.b, q.vectors(parts))
	}
	q.a = q.vectors(factors)
	q.entry()
	var s asm.GemmStrip[float32]
	n := f.NewInt()
	f.MoveInt(q.field(unsafe.Offsetof(s.N)), n)
	for nv := 1; nv <= most; nv++ {
		wider := fmt.Sprintf("strip%d", nv+1)
		if nv < most {
			f.JumpIf(n, isa.GT, isa.Const(nv*f.lanes), wider)
		}
		if nv > 1 {
			f.SubInt(isa.Const((nv-1)*f.lanes), n)
		}
		f.NewTail(n)
		q.strip(fmt.Sprintf("strip%d", nv), nv)
		if nv < most {
			f.Label(wider)
		}
	}
}

func (q *quads) vectors(n int) []isa.Vec {
	r := make([]isa.Vec, n)
	for i := range r {
		r[i] = q.NewVec()
	}
	return r
}

// entry loads what stays the same down the strip.
func (q *quads) entry() {
	var s asm.GemmStrip[float32]
	frame := q.Frame(24)
	q.rows, q.rowA, q.c = frame, frame.Offset(8), frame.Offset(16)
	q.arg = q.Integer("s")
	q.k, q.ra, q.rb, q.rsB = q.NewInt(), q.NewInt(), q.NewInt(), q.NewInt()
	for _, v := range []struct {
		offset uintptr
		dst    isa.Mem
	}{{unsafe.Offsetof(s.M), q.rows}, {unsafe.Offsetof(s.A), q.rowA}, {unsafe.Offsetof(s.C), q.c}} {
		q.MoveInt(q.field(v.offset), q.k)
		q.MoveInt(q.k, v.dst)
	}
	q.MoveInt(q.field(unsafe.Offsetof(s.RsB)), q.rsB)
	q.ShiftLeftInt(q.logSize(), q.rsB)
	for range (q.mr + 1) / 2 {
		q.stride = append(q.stride, q.NewInt())
	}
	q.MoveInt(q.field(unsafe.Offsetof(s.RsA)), q.stride[0])
	q.ShiftLeftInt(q.logSize(), q.stride[0])
	for i := 1; i < len(q.stride); i++ {
		q.Address(isa.Mem{Base: q.stride[i-1], Index: q.stride[0], Scale: 2}, q.stride[i])
	}
}

// strip emits the tiles of nv vectors: whole ones, and then the rows that are left.
func (q *quads) strip(label string, nv int) {
	for mr := q.mr; mr > 0; mr-- {
		this, next := fmt.Sprintf("%srows%d", label, mr), fmt.Sprintf("%srows%d", label, mr-1)
		q.Label(this)
		q.JumpIf(q.rows, isa.LT, isa.Const(mr), next)
		q.tile(this, mr, nv)
		if mr < q.mr {
			q.Return()
			continue
		}
		q.MoveInt(q.rb, q.c)
		q.MoveInt(isa.Const(mr), q.k)
		q.MulInt(q.stride[0], q.k)
		q.AddInt(q.k, q.rowA)
		q.SubInt(isa.Const(mr), q.rows)
		q.Jump(this)
	}
	q.Label(label + "rows0")
	q.Return()
}

// tile emits one tile. It leaves the place of the row of C below it in rb.
func (q *quads) tile(label string, mr, nv int) {
	var s asm.GemmStrip[float32]
	q.MoveInt(q.rowA, q.ra)
	q.MoveInt(q.field(unsafe.Offsetof(s.B)), q.rb)
	q.MoveInt(q.field(unsafe.Offsetof(s.K)), q.k)
	for i := range mr {
		for v := range nv {
			q.Zero(q.sum[i][v])
		}
	}
	q.AlignLoop()
	q.Label(label + "words")
	q.Comment("sum[i][v] += A[i,p] . B[p,v]")
	q.term(q, mr, nv)
	q.AddInt(isa.Const(q.size), q.ra)
	q.AddInt(q.rsB, q.rb)
	q.CountDown(q.k, label+"words")
	q.MoveInt(q.c, q.rb)
	q.MoveInt(q.field(unsafe.Offsetof(s.Ldc)), q.k)
	q.ShiftLeftInt(q.logSize(), q.k)
	for i := range mr {
		for v := range nv {
			q.Store(q.sum[i][v], isa.At(q.rb, v*q.bytes), v == nv-1)
		}
		q.AddInt(q.k, q.rb)
	}
}

// row is the word of A in row i.
func (q *quads) row(i int) isa.Mem {
	m := isa.Mem{Base: q.ra}
	switch i {
	case 1, 2, 4:
		m.Index, m.Scale = q.stride[0], i
	case 3, 6:
		m.Index, m.Scale = q.stride[1], i/3
	case 5:
		m.Index, m.Scale = q.stride[2], 1
	case 7:
		m.Index, m.Scale = q.stride[3], 1
	}
	return m
}

// dots leaves words to the instruction for them.
func (q *quads) dots(mr, nv int) {
	for v := range nv {
		q.Load(isa.At(q.rb, v*q.bytes), q.b[v][0], false)
	}
	for i := range mr {
		a := q.a[i%len(q.a)]
		q.Broadcast(q.row(i), a)
		for v := range nv {
			q.DotQuads(a, q.b[v][0], q.sum[i][v])
		}
	}
}

// widenedQuads is for CPUs without the instruction.
func widenedQuads(f *fn) { gemmQuads(f, f.roomOr(6, 4), f.roomOr(3, 2), 2, 3, (*quads).widened) }

// widened takes the bytes apart: even ones and odd ones.
func (q *quads) widened(mr, nv int) {
	for v := range nv {
		even, odd := q.b[v][0], q.b[v][1]
		q.Load(isa.At(q.rb, v*q.bytes), odd, false)
		q.EvenSigned(odd, even)
		q.OddSigned(odd, odd)
	}
	even, odd, tmp := q.a[0], q.a[1], q.a[2]
	for i := range mr {
		q.Broadcast(q.row(i), odd)
		q.EvenBytes(odd, even)
		q.OddBytes(odd, odd)
		for v := range nv {
			q.AddProducts(even, q.b[v][0], tmp, q.sum[i][v])
			q.AddProducts(odd, q.b[v][1], tmp, q.sum[i][v])
		}
	}
}

// rangeRow: the least and the greatest element, and NaN if one is not finite.
func rangeRow(f *fn) {
	p, n := f.Base("x"), f.Len("x")
	const chains = 2
	lo, hi, odd := f.zeros(chains), f.zeros(chains), f.zeros(chains)
	zero := f.NewVec()
	f.Zero(zero)
	f.full("", n, []isa.Int{p}, chains, func(p []isa.Int, offsets []int, masked bool) {
		for i, o := range offsets {
			rangeOf(f, isa.At(p[0], o), masked, zero, lo[i], hi[i], odd[i])
		}
	})
	f.JumpIf(n, isa.EQ, isa.Const(0), "done")
	f.SetTail(n)
	rangeOf(f, isa.At(p, 0), true, zero, lo[0], hi[0], odd[0])
	f.Label("done")
	out := f.Base("out")
	for i, v := range [][]isa.Vec{lo, hi, odd} {
		f.join([]isa.Binary{f.Min, f.Max, f.Add}[i], v)
		f.StoreLane(v[0], isa.At(out, i*f.size))
	}
	f.Return()
}

// rangeOf takes one vector: lo = min(x, lo), hi = max(x, hi), odd += x*0.
func rangeOf(f *fn, at isa.Mem, masked bool, zero, lo, hi, odd isa.Vec) {
	x := f.NewVec()
	f.Load(at, x, masked)
	f.Min(x, lo, lo)
	f.Max(x, hi, hi)
	f.FMA(x, zero, odd)
}

func quantizeRow(f *fn) {
	p, n, k := []isa.Int{f.Base("q"), f.Base("x")}, f.Len("x"), f.Base("k")
	var c [4]isa.Vec
	for i := range c {
		c[i] = f.NewVec()
		f.Broadcast(isa.At(k, i*f.size), c[i])
	}
	body := func(masked bool) {
		v := f.NewVec()
		f.Load(isa.At(p[1], 0), v, masked)
		f.Comment("round(min(max(x*k[0], k[1]), k[2])) + k[3]")
		f.Mul(v, c[0], v)
		f.Max(v, c[1], v)
		f.Min(v, c[2], v)
		f.ToInt(v, v)
		f.IntAdd(c[3], v, v)
		f.StoreBytes(v, isa.At(p[0], 0))
	}
	f.SubJump(isa.Const(f.lanes), n, isa.LT, "tail")
	f.AlignLoop()
	f.Label("vector")
	body(false)
	f.AddInt(isa.Const(f.lanes), p[0])
	f.AddInt(isa.Const(f.bytes), p[1])
	f.SubJump(isa.Const(f.lanes), n, isa.GE, "vector")
	f.Label("tail")
	f.AddJump(isa.Const(f.lanes), n, isa.EQ, "done")
	f.SetTail(n)
	body(true)
	f.Label("done")
	f.Return()
}

func dequantizeRow(f *fn) {
	k := f.Base("k")
	step, zero := f.NewVec(), f.NewVec()
	f.Broadcast(isa.At(k, 0), step)
	f.Broadcast(isa.At(k, f.size), zero)
	f.elements([]string{"y", "sums", "scale", "bias"}, 2, func(p []isa.Int, offsets []int, masked bool) {
		for _, o := range offsets {
			v := make([]isa.Vec, len(p))
			for i := range p {
				v[i] = f.NewVec()
				f.Load(isa.At(p[i], o), v[i], masked)
			}
			f.Comment("s = y - zero*sums, y = (s*scale)*step + bias")
			f.IntMul(zero, v[1], v[1])
			f.IntSub(v[0], v[1], v[0])
			f.FromInt(v[0], v[0])
			f.Mul(v[2], v[0], v[0])
			f.Mul(step, v[0], v[0])
			f.Add(v[3], v[0], v[0])
			f.Store(v[0], isa.At(p[0], o), masked)
		}
	})
}
