package algo

import (
	"fmt"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// Philox4x32-10 (Salmon et al. 2011) in lanes of 64 bits, one counter a lane. A
// word is the low half of its lane, the high half is left as it comes: the
// multiplication reads low halves only, and gives the high and the low product in
// one lane, so that nothing is ever shuffled.

const (
	philoxM0, philoxM1 = 0xD2511F53, 0xCD9E8D57
	philoxW0, philoxW1 = 0x9E3779B9, 0xBB67AE85
)

// philoxSet is the state of one vector of counters.
type philoxSet [4]isa.Vec

// philoxKernel is a kernel that draws words while it is being emitted.
type philoxKernel struct {
	*fn
	counter isa.Vec // of lane 0, 1, ... in this block of elements
}

func (f *fn) philox() philoxKernel {
	k := philoxKernel{fn: f, counter: f.WideParam("first")}
	f.Add64(f.Count(), k.counter, k.counter)
	return k
}

// dropoutKernel is the kernel while it is being emitted.
type dropoutKernel struct {
	philoxKernel
	y, x, n   isa.Int
	scale     func() isa.Vec
	threshold func() isa.Vec
}

// loaded gives what load loads: once where there are many registers, else at each use.
func (f *fn) loaded(load func() isa.Vec) func() isa.Vec {
	if f.Shape().Registers < many {
		return load
	}
	r := load()
	return func() isa.Vec { return r }
}

// dropout: y[i] = word(i) < threshold ? x[i]*scale : 0. Element 64b + 16w + l has
// word w of counter first + 16b + l.
func dropout(f *fn) {
	d := &dropoutKernel{philoxKernel: f.philox(), y: f.Base("y"), x: f.Base("x"), n: f.Len("y")}
	d.scale = f.loaded(func() isa.Vec { return f.ScalarParam("scale") })
	d.threshold = f.loaded(func() isa.Vec { return f.WordParam("threshold") })
	left := f.NewInt()
	f.MoveInt(isa.Const(0), left)
	f.SubJump(isa.Const(64), d.n, isa.LT, "rest")
	f.Label("block")
	d.block()
	f.Add64(f.words(16), d.counter, d.counter)
	f.AddInt(isa.Const(64*f.size), d.y)
	f.AddInt(isa.Const(64*f.size), d.x)
	f.SubJump(isa.Const(64), d.n, isa.GE, "block")
	f.Label("rest")
	f.AddJump(isa.Const(64), d.n, isa.EQ, "done")
	d.throughBuffer(left)
	f.Return()
}

// throughBuffer sends the last n elements through the loop by way of a buffer, as
// fn.throughBuffer does.
func (d *dropoutKernel) throughBuffer(left isa.Int) {
	size := d.size
	buffer, y := d.Frame(64*size), d.Frame(8)
	d.MoveInt(d.n, left)
	room := d.FrameArea(buffer)
	d.Comment("copy the last elements to a buffer")
	d.copyElements("in", d.x, room, d.n)
	d.MoveInt(d.y, y)
	d.Address(buffer, d.x)
	d.Address(buffer, d.y)
	d.Jump("block")
	d.Label("done")
	d.JumpIf(left, isa.EQ, isa.Const(0), "end")
	d.Comment("copy what has become of them out")
	d.MoveInt(y, d.y)
	room = d.FrameArea(buffer)
	d.copyElements("out", room, d.y, left)
	d.Label("end")
}

// copyElements copies n > 0 elements one by one and leaves n = 0.
func (d *dropoutKernel) copyElements(label string, src, dst, n isa.Int) {
	t := d.NewInt()
	d.Label(label)
	last := func(p isa.Int) isa.Mem { return isa.Mem{Base: p, Index: n, Scale: d.size, Disp: -d.size} }
	d.MoveElement(last(src), last(dst), t)
	d.CountDown(n, label)
}

// units is how many vectors of elements share one word of the 16 counters.
func (d *dropoutKernel) units() int { return 16 / d.lanes }

// block draws the words of 64 elements and applies word w, unit u to the elements
// 16w + u*lanes on.
func (d *dropoutKernel) block() {
	quads := d.bytes / 8 // counters in a set
	for u := range d.units() {
		var sets []philoxSet
		for s := range d.lanes / quads {
			sets = append(sets, d.start(u*d.lanes+s*quads))
		}
		d.rounds(fmt.Sprintf("rounds%d", u), sets)
		for w := range 4 {
			d.apply(w, u, d.kept(sets, w))
		}
	}
}

// start is the state at the counters from offset on.
func (d *philoxKernel) start(offset int) (s philoxSet) {
	s[0], s[1] = d.NewVec(), d.NewVec()
	d.Add64(d.words(offset), d.counter, s[0])
	d.ShiftRight64(s[0], 32, s[1])
	s[2], s[3] = d.WideParam("stream"), d.NewVec()
	d.ShiftRight64(s[2], 32, s[3])
	return s
}

// rounds runs the ten rounds on all sets, two in a turn of a loop: then the registers of
// a set have changed their parts and changed back.
func (d *philoxKernel) rounds(label string, sets []philoxSet) {
	k0, k1, turns := d.WideParam("seed"), d.NewVec(), d.NewInt()
	d.ShiftRight64(k0, 32, k1)
	spare := make([][2]isa.Vec, len(sets))
	for i := range sets {
		spare[i] = [2]isa.Vec{d.NewVec(), d.NewVec()}
	}
	d.MoveInt(isa.Const(5), turns)
	d.Label(label)
	for range 2 {
		d.Comment("x0, x1, x2, x3 = hi(M1*x2)^x1^k0, lo(M1*x2), hi(M0*x0)^x3^k1, lo(M0*x0)")
		for i := range sets {
			x, p := &sets[i], &spare[i]
			d.MulLow(d.words(philoxM0), x[0], p[0])
			d.MulLow(d.words(philoxM1), x[2], p[1])
			d.HighHalf(p[1], x[0])
			d.Xor3(x[1], k0, x[0])
			d.HighHalf(p[0], x[2])
			d.Xor3(x[3], k1, x[2])
			x[1], x[3], p[1], p[0] = p[1], p[0], x[1], x[3]
		}
		d.Add64(d.words(philoxW0), k0, k0)
		d.Add64(d.words(philoxW1), k1, k1)
	}
	d.CountDown(turns, label)
}

// kept is the mask of the elements whose word w is below the threshold.
func (d *dropoutKernel) kept(sets []philoxSet, w int) isa.Mask {
	threshold := d.threshold()
	words := make([]isa.Vec, len(sets))
	for i, s := range sets {
		d.And64(d.words(1<<32-1), s[w], s[w])
		words[i] = s[w]
	}
	return d.Below(words, threshold)
}

// words is a vector of equal words of 64 bits as an operand.
func (f *fn) words(v int) isa.Operand { return f.Vector64(uint64(v)) }

// apply: y = keep ? x*scale : 0 for the vector of word w, unit u.
func (d *dropoutKernel) apply(w, u int, keep isa.Mask) {
	offset := (16*w + u*d.lanes) * d.size
	v := d.NewVec()
	d.Load(isa.At(d.x, offset), v, false)
	d.Mul(d.scale(), v, v)
	d.OrZero(keep, v, v)
	d.Store(v, isa.At(d.y, offset), false)
}
