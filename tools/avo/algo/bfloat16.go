package algo

import "github.com/ashlar-go/ashlar/tools/avo/isa"

// halves are the kernels on bfloat16 numbers, which are the upper halves of float32.
var halves = []*Kernel{
	{Name: "RoundRows", Family: "bfloat16", Single: true,
		Params: "dst []BFloat16, src []float32, rows, cols, ldd, lds int",
		Doc: "computes dst[i*ldd+j] = src[i*lds+j] for i < rows, j < cols, rounded to bfloat16,\n" +
			"to nearest, ties to even. A NaN stays one, quiet, with its sign and the upper bits of its " +
			"payload.", body: roundRows},
	{Name: "WidenRows", Family: "bfloat16", Single: true,
		Params: "dst []float32, src []BFloat16, rows, cols, ldd, lds int",
		Doc:    "computes dst[i*ldd+j] = src[i*lds+j] for i < rows, j < cols, which is exact.",
		body:   widenRows},
	{Name: "PackPairs", Family: "bfloat16", Single: true,
		Params: "dst []uint32, src []float32, rows, cols, nr, ldd, lds int",
		Doc:    packDoc + ", rounded as by RoundRows," + packWidths,
		body:   func(f *fn) { f.packPairs(f.roundedPairs()) }},
	{Name: "PackPairsBF16", Family: "bfloat16", Single: true,
		Params: "dst []uint32, src []BFloat16, rows, cols, nr, ldd, lds int",
		Doc:    packDoc + "," + packWidths,
		body:   func(f *fn) { f.packPairs(&halvesAsPairs{f}) }},
}

const (
	packDoc = "computes dst[j/nr*ldd+q*nr+j%nr] = lo | hi<<16 for q < (rows+1)/2, j < cols, where\n" +
		"lo = src[2*q*lds+j] and hi = src[(2*q+1)*lds+j]"
	packWidths = " or 0 beyond the last row.\n" +
		"nr is a number of whole vectors or not less than cols."
)

// rounding is the constants for rounding to bfloat16, in registers.
type rounding struct {
	*fn
	one, below, quiet isa.Vec
}

func (f *fn) rounding() *rounding {
	word := func(bits uint64) isa.Vec {
		v := f.NewVec()
		f.Broadcast(f.ElementBits(bits), v)
		return v
	}
	return &rounding{f, word(1), word(0x7fff), word(0x40_0000)}
}

// round leaves x, rounded, in the upper halves of the lanes. Half a unit is added to the bits, less
// one where the last bit is even, so that a carry rounds up. Whatever VCVTNEPS2BF16 does with
// subnormal numbers, this is right for them, too.
func (r *rounding) round(x isa.Vec) isa.Vec {
	r.Comment("x + 0x7fff + (x>>16 & 1), or NaN with its bit that makes it quiet")
	sum, nan := r.NewVec(), r.NewVec()
	r.ShiftRight(x, 16, sum)
	r.And(r.one, sum, sum)
	r.IntAdd(r.below, sum, sum)
	r.IntAdd(x, sum, sum)
	r.Or(r.quiet, x, nan)
	r.Blend(r.Cmp(isa.Unordered, x, x), nan, sum, sum)
	return sum
}

func roundRows(f *fn) {
	r := f.rounding()
	f.alongRows(1, 2, func(dst, src isa.Mem, masked bool) {
		x := f.NewVec()
		f.Load(src, x, masked)
		y := r.round(x)
		f.ShiftRight(y, 16, y)
		f.StoreHalves(y, dst, masked)
	})
}

func widenRows(f *fn) {
	f.alongRows(2, 1, func(dst, src isa.Mem, masked bool) {
		x := f.NewVec()
		f.LoadHalves(src, x, masked)
		f.ShiftLeft(x, 16, x)
		f.Store(x, dst, masked)
	})
}

// alongRows emits the loop over the rows of dst and src, whose elements have so many bytes as a
// shift, and along them: several vectors at a time, single ones, and the masked rest.
func (f *fn) alongRows(logDst, logSrc int, vector func(dst, src isa.Mem, masked bool)) {
	const several = 4
	rows, ldd, lds := f.Integer("rows"), f.Integer("ldd"), f.Integer("lds")
	dst, src := f.Base("dst"), f.Base("src")
	n, d, s := f.NewInt(), f.NewInt(), f.NewInt()
	f.JumpIf(rows, isa.EQ, isa.Const(0), "done")
	f.ShiftLeftInt(logDst, ldd)
	f.ShiftLeftInt(logSrc, lds)
	f.LoadParam("cols", n)
	f.AndInt(f.lanes-1, n)
	f.SetTail(n)
	step := func(vectors int, label, next string) {
		f.SubJump(isa.Const(vectors*f.lanes), n, isa.LT, next)
		f.AlignLoop()
		f.Label(label)
		for v := range vectors {
			vector(isa.At(d, v*f.lanes<<logDst), isa.At(s, v*f.lanes<<logSrc), false)
		}
		f.AddInt(isa.Const(vectors*f.lanes<<logDst), d)
		f.AddInt(isa.Const(vectors*f.lanes<<logSrc), s)
		f.SubJump(isa.Const(vectors*f.lanes), n, isa.GE, label)
		f.Label(next)
	}
	f.Label("row")
	f.MoveInt(dst, d)
	f.MoveInt(src, s)
	f.LoadParam("cols", n)
	step(several, "several", "few")
	f.AddInt(isa.Const(several*f.lanes), n)
	step(1, "vector", "rest")
	f.AddJump(isa.Const(f.lanes), n, isa.EQ, "next")
	vector(isa.At(d, 0), isa.At(s, 0), true)
	f.Label("next")
	f.AddInt(ldd, dst)
	f.AddInt(lds, src)
	f.CountDown(rows, "row")
	f.Label("done")
	f.Return()
}

// pairing makes words of two rows, the lower halves of the words being the first row's.
type pairing interface {
	logSize() int
	lower(row isa.Mem, masked bool) isa.Vec              // words whose upper halves are 0
	upper(row isa.Mem, low isa.Vec, masked bool) isa.Vec // low with its upper halves
}

// roundedPairs rounds float32.
type roundedPairs struct {
	*rounding
	high isa.Vec
}

func (f *fn) roundedPairs() *roundedPairs {
	p := &roundedPairs{f.rounding(), f.NewVec()}
	f.Broadcast(f.ElementBits(oddTerms), p.high)
	return p
}

func (p *roundedPairs) rounded(row isa.Mem, masked bool) isa.Vec {
	x := p.NewVec()
	p.Load(row, x, masked)
	return p.round(x)
}

func (p *roundedPairs) lower(row isa.Mem, masked bool) isa.Vec {
	x := p.rounded(row, masked)
	p.ShiftRight(x, 16, x)
	return x
}

func (p *roundedPairs) upper(row isa.Mem, low isa.Vec, masked bool) isa.Vec {
	x := p.rounded(row, masked)
	p.And(p.high, x, x)
	p.Or(low, x, x)
	return x
}

// halvesAsPairs takes bfloat16 numbers as they are.
type halvesAsPairs struct{ *fn }

func (p *halvesAsPairs) logSize() int { return 1 }

func (p *halvesAsPairs) lower(row isa.Mem, masked bool) isa.Vec {
	x := p.NewVec()
	p.LoadHalves(row, x, masked)
	return x
}

func (p *halvesAsPairs) upper(row isa.Mem, low isa.Vec, masked bool) isa.Vec {
	x := p.lower(row, masked)
	p.ShiftLeft(x, 16, x)
	p.Or(low, x, x)
	return x
}

// packPairs goes along two rows of src at a time, as they lie in memory, and from panel to panel of
// dst. The last row of an odd number has no partner.
func (f *fn) packPairs(p pairing) {
	rows, skip, lds, nr := f.Integer("rows"), f.Integer("ldd"), f.Integer("lds"), f.Integer("nr")
	n := f.NewInt()
	f.JumpIf(rows, isa.EQ, isa.Const(0), "done")
	f.SubInt(nr, skip)
	f.ShiftLeftInt(2, skip)
	f.ShiftLeftInt(2, nr)
	f.ShiftLeftInt(p.logSize(), lds)
	f.LoadParam("cols", n)
	f.AndInt(f.lanes-1, n)
	f.SetTail(n)
	k := &pairsWalk{fn: f, pairing: p, dst: f.Base("dst"), src: f.Base("src"), nr: nr, skip: skip, lds: lds,
		n: n, d: f.NewInt(), s: f.NewInt(), left: f.NewInt()}
	f.JumpIf(rows, isa.EQ, isa.Const(1), "single")
	f.Label("pairs")
	k.row("pair", true)
	f.AddInt(nr, k.dst)
	f.AddInt(lds, k.src)
	f.AddInt(lds, k.src)
	f.SubInt(isa.Const(2), rows)
	f.JumpIf(rows, isa.GT, isa.Const(1), "pairs")
	f.JumpIf(rows, isa.EQ, isa.Const(0), "done")
	f.Label("single")
	k.row("last", false)
	f.Label("done")
	f.Return()
}

// pairsWalk is packPairs while it is being emitted. Strides are in bytes.
type pairsWalk struct {
	*fn
	pairing
	dst, src      isa.Int // of the current pair of rows
	nr, skip, lds isa.Int // words of a panel's row, words between panels less nr, elements between rows
	n, d, s, left isa.Int // columns left, the current vector, and what is left of the panel's row
}

// row emits the walk along a pair of rows, or a row that has no partner.
func (k *pairsWalk) row(label string, both bool) {
	vector := func(masked bool) {
		words := k.lower(isa.At(k.s, 0), masked)
		if both {
			words = k.upper(isa.Mem{Base: k.s, Index: k.lds, Scale: 1}, words, masked)
		}
		k.Store(words, isa.At(k.d, 0), masked)
	}
	k.MoveInt(k.src, k.s)
	k.MoveInt(k.dst, k.d)
	k.MoveInt(k.nr, k.left)
	k.LoadParam("cols", k.n)
	k.SubJump(isa.Const(k.lanes), k.n, isa.LT, label+"Part")
	k.AlignLoop()
	k.Label(label + "Vector")
	vector(false)
	k.AddInt(isa.Const(k.lanes<<k.pairing.logSize()), k.s)
	k.AddInt(isa.Const(k.bytes), k.d)
	k.SubJump(isa.Const(k.bytes), k.left, isa.GT, label+"Same")
	k.AddInt(k.skip, k.d)
	k.MoveInt(k.nr, k.left)
	k.Label(label + "Same")
	k.SubJump(isa.Const(k.lanes), k.n, isa.GE, label+"Vector")
	k.Label(label + "Part")
	k.AddJump(isa.Const(k.lanes), k.n, isa.EQ, label+"End")
	vector(true)
	k.Label(label + "End")
}
