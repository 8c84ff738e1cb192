package algo

import (
	"fmt"
	"slices"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// vectorBody works on one or several vectors at the same offsets from every pointer, or on
// what is left for a masked one.
type vectorBody func(p []isa.Int, offsets []int, masked bool)

// elements emits the loop of an elementwise kernel over slices of one length. body is
// emitted for as much as unroll vectors of AVX2 hold, for one vector, and for the masked rest.
func (f *fn) elements(slices []string, unroll int, body vectorBody) {
	p := make([]isa.Int, len(slices))
	for i, s := range slices {
		p[i] = f.Base(s)
	}
	n := f.Len(slices[0])
	f.full("", n, p, f.asWide(unroll), body)
	f.JumpIf(n, isa.EQ, isa.Const(0), "done")
	f.SetTail(n)
	body(p, []int{0}, true)
	f.Label("done")
	f.Return()
}

// stream is a slice that a loop walks.
type stream struct {
	name          string
	read, written bool
}

// prefetchAhead is how far before its use, in bytes, a loop with many operations fetches
// its operands. They keep the CPU from looking that far ahead by itself, and its own
// prefetchers stop at the end of a page.
const prefetchAhead = 2048

// vectorsBody works on some vectors side by side at every pointer.
type vectorsBody func(p []isa.Int, vectors int)

// buffered emits the loop of an elementwise kernel over slices of one length, some vectors
// at a time; where vectors are short, one at a time in the end. What is left then is copied
// under masks into a buffer, goes through the loop once more, and is copied out: so a long
// body stands in the code but once or twice. What is changed in place is fetched ahead only
// where least is a register, and while as many elements as it says are left.
func (f *fn) buffered(streams []stream, vectors int, least *isa.Int, body vectorsBody) {
	p := make([]isa.Int, len(streams))
	for i, s := range streams {
		p[i] = f.Base(s.name)
	}
	n, rest := f.Len(streams[0].name), f.NewInt()
	f.MoveInt(isa.Const(0), rest)
	t := &turns{fn: f, streams: streams, p: p, n: n, least: least, body: body}
	if vectors > 1 && f.asWide(1) > 1 {
		t.loop("wide", "few", "ahead", vectors)
		f.AddInt(isa.Const(vectors*f.lanes), n)
		vectors, t.far = 1, true
	}
	t.loop("whole", "rest", "near", vectors)
	f.AddJump(isa.Const(vectors*f.lanes), n, isa.EQ, "done")
	f.throughBuffer(streams, vectors, p, n, rest)
	f.Return()
}

// turns is the loops of buffered while they are being emitted.
type turns struct {
	*fn
	streams []stream
	p       []isa.Int
	n       isa.Int
	least   *isa.Int
	body    vectorsBody
	far     bool // nothing is fetched ahead any more
}

// loop emits the loop of a label, which goes on at end with less in n than it needs, by so many
// vectors. Behind near nothing is fetched ahead.
func (t *turns) loop(label, end, near string, vectors int) {
	t.SubJump(isa.Const(vectors*t.lanes), t.n, isa.LT, end)
	t.AlignLoop()
	t.Label(label)
	if !t.far {
		t.fetch(near, vectors)
	}
	t.body(t.p, vectors)
	for i := range t.p {
		t.AddInt(isa.Const(vectors*t.bytes), t.p[i])
	}
	t.SubJump(isa.Const(vectors*t.lanes), t.n, isa.GE, label)
	t.Label(end)
}

// fetch asks for what a later turn reads.
func (t *turns) fetch(near string, vectors int) {
	if t.least != nil {
		t.JumpIf(t.n, isa.Below, *t.least, near)
	}
	for i, s := range t.streams {
		for line := 0; line < vectors*t.bytes && (t.least != nil || s.read != s.written); line += 64 {
			t.Prefetch(isa.At(t.p[i], prefetchAhead+line))
		}
	}
	if t.least != nil {
		t.Label(near)
	}
}

// throughBuffer sends the last n elements through the loop and stores what is written,
// when the loop comes back with n = 0, and left holding what n was.
func (f *fn) throughBuffer(streams []stream, vectors int, p []isa.Int, n, left isa.Int) {
	slot := f.Frame(len(streams) * vectors * f.bytes)
	dst, r := f.Frame(len(streams)*8), f.NewVec()
	buffer := func(i, v int) isa.Mem { return slot.Offset((i*vectors + v) * f.bytes) }
	f.Comment("the rest goes through a buffer")
	f.MoveInt(n, left)
	for v := range vectors {
		f.SetTailOf(left, v, vectors)
		for i, s := range streams {
			if s.read {
				f.Load(isa.At(p[i], v*f.bytes), r, true)
				f.Store(r, buffer(i, v), false)
			}
		}
	}
	for i, s := range streams {
		if s.written {
			f.MoveInt(p[i], dst.Offset(8*i))
		}
		f.Address(buffer(i, 0), p[i])
	}
	f.MoveInt(isa.Const(0), n)
	f.Jump("whole")
	f.Label("done")
	f.JumpIf(left, isa.EQ, isa.Const(0), "end")
	for v := range vectors {
		f.SetTailOf(left, v, vectors)
		for i, s := range streams {
			if s.written {
				f.Load(buffer(i, v), r, false)
				f.MoveInt(dst.Offset(8*i), n)
				f.Store(r, isa.At(n, v*f.bytes), true)
			}
		}
	}
	f.Label("end")
}

// full emits the part of a loop over n elements that takes whole vectors: unroll of
// them at a time, then single ones. It moves the pointers and leaves the rest in n.
func (f *fn) full(label string, n isa.Int, p []isa.Int, unroll int, body vectorBody) {
	step := func(vectors int, label, next string) {
		f.SubJump(isa.Const(vectors*f.lanes), n, isa.LT, next)
		f.AlignLoop()
		f.Label(label)
		offsets := make([]int, vectors)
		for i := range offsets {
			offsets[i] = i * f.bytes
		}
		body(p, offsets, false)
		for i := range p {
			f.AddInt(isa.Const(vectors*f.bytes), p[i])
		}
		f.SubJump(isa.Const(vectors*f.lanes), n, isa.GE, label)
		f.Label(next)
		f.AddInt(isa.Const(vectors*f.lanes), n)
	}
	if unroll > 1 {
		step(unroll, label+"unrolled", label+"single")
	}
	step(1, label+"vector", label+"tail")
}

// walk is full with the masked rest behind it, for which the mask must be set.
func (f *fn) walk(label string, n isa.Int, p []isa.Int, unroll int, body vectorBody) {
	f.full(label, n, p, unroll, body)
	f.JumpIf(n, isa.EQ, isa.Const(0), label+"done")
	body(p, []int{0}, true)
	f.Label(label + "done")
}

// groups emits the loop over n rows: as many at a time as size says, then single
// ones. The labels of a body begin with its label.
func (f *fn) groups(n isa.Int, size int, body func(label string, rows int)) {
	for _, g := range slices.Compact([]int{size, 1}) {
		label := fmt.Sprintf("rows%d", g)
		f.Label(label)
		f.JumpIf(n, isa.LT, isa.Const(g), label+"End")
		body(label, g)
		f.SubInt(isa.Const(g), n)
		f.Jump(label)
		f.Label(label + "End")
	}
}

// reduction emits a kernel that reduces slices of one length to out[0]. term takes
// one vector of each slice into an accumulator, of which there are chains(n);
// idle lanes of the tail are 0. combine joins accumulators and lanes.
func (f *fn) reduction(
	out string, slices []string, n int, combine isa.Binary, term func(v []isa.Vec, acc isa.Vec),
) {
	p := make([]isa.Int, len(slices))
	for i, s := range slices {
		p[i] = f.Base(s)
	}
	left, unroll := f.Len(slices[0]), f.chains(n)
	acc := f.zeros(unroll)
	take := func(p []isa.Int, offsets []int, masked bool) {
		for k, o := range offsets {
			v := make([]isa.Vec, len(p))
			for i := range p {
				v[i] = f.NewVec()
				f.Load(isa.At(p[i], o), v[i], masked)
			}
			term(v, acc[k])
		}
	}
	f.full("", left, p, unroll, take)
	f.JumpIf(left, isa.EQ, isa.Const(0), "done")
	f.SetTail(left)
	take(p, []int{0}, true)
	f.Label("done")
	f.join(combine, acc)
	f.StoreLane(acc[0], isa.At(f.Base(out), 0))
	f.Return()
}

// zeros returns n cleared registers.
func (f *fn) zeros(n int) []isa.Vec {
	r := make([]isa.Vec, n)
	for i := range r {
		r[i] = f.NewVec()
		f.Zero(r[i])
	}
	return r
}

// join combines accumulators, a power of two, in pairs and then the lanes of what
// is left; the result is in every lane of the first.
func (f *fn) join(combine isa.Binary, acc []isa.Vec) {
	for half := len(acc) / 2; half > 0; half /= 2 {
		for i := range half {
			combine(acc[i], acc[i+half], acc[i])
		}
	}
	f.Reduce(combine, acc[0])
}
