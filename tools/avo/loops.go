package main

import (
	"fmt"
	"slices"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// base loads the address of a slice parameter.
func (f *fn) base(name string) reg.Register {
	return f.c.Load(f.c.Param(name).Base(), f.c.GP64())
}

// integer loads an integer parameter.
func (f *fn) integer(name string) reg.Register { return f.c.Load(f.c.Param(name), f.c.GP64()) }

// scalarParam broadcasts a parameter of the dtype.
func (f *fn) scalarParam(name string) reg.VecVirtual {
	a, err := f.c.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	r := f.vec()
	f.broadcast(a.Addr, r)
	return r
}

// elements emits the loop of an elementwise kernel over slices of one length. body
// works on one or several vectors at the same offsets from every pointer; it is
// emitted for unroll vectors, for one vector, and for the masked rest.
func (f *fn) elements(slices []string, unroll int, body func(p []reg.Register, offsets []int, masked bool)) {
	c := f.c
	p := make([]reg.Register, len(slices))
	for i, s := range slices {
		p[i] = f.base(s)
	}
	n := c.Load(c.Param(slices[0]).Len(), c.GP64())
	f.full("", n, p, unroll, body)
	c.TESTQ(n, n)
	c.JZ(LabelRef("done"))
	f.setMask(n)
	body(p, []int{0}, true)
	c.Label("done")
	f.ret()
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

// buffered emits the loop of an elementwise kernel over slices of one length, some vectors
// at a time. What is left at the end is copied under masks into a buffer, goes through the
// loop once more, and is copied out: so a long body stands in the code but once. What is
// changed in place is fetched ahead only where left is a register, and while more elements
// than it says are left.
func (f *fn) buffered(streams []stream, vectors int, left Op, body func(p []reg.Register)) {
	c := f.c
	p := make([]reg.Register, len(streams))
	for i, s := range streams {
		p[i] = f.base(s.name)
	}
	n, rest := c.Load(c.Param(streams[0].name).Len(), c.GP64()), c.GP64()
	c.XORQ(rest, rest)
	c.SUBQ(U32(vectors*f.lanes), n)
	c.JL(LabelRef("rest"))
	f.alignLoop()
	c.Label("whole")
	if left != nil {
		c.CMPQ(n, left)
		c.JCS(LabelRef("near"))
	}
	for i, s := range streams {
		for line := 0; line < vectors*f.bytes && (left != nil || s.read != s.written); line += 64 {
			c.PREFETCHT0(at(p[i], prefetchAhead+line))
		}
	}
	if left != nil {
		c.Label("near")
	}
	body(p)
	for i := range p {
		c.ADDQ(U32(vectors*f.bytes), p[i])
	}
	c.SUBQ(U32(vectors*f.lanes), n)
	c.JGE(LabelRef("whole"))
	c.Label("rest")
	c.ADDQ(U32(vectors*f.lanes), n)
	c.JZ(LabelRef("done"))
	f.throughBuffer(streams, vectors, p, n, rest)
	f.ret()
}

// throughBuffer sends the last n elements through the loop and stores what is written,
// when the loop comes back with n = 0, and left holding what n was.
func (f *fn) throughBuffer(streams []stream, vectors int, p []reg.Register, n, left reg.Register) {
	c := f.c
	slot := c.AllocLocal(len(streams) * vectors * f.bytes)
	dst, r := c.AllocLocal(len(streams)*8), f.vec()
	buffer := func(i, v int) Mem { return slot.Offset((i*vectors + v) * f.bytes) }
	c.Comment("the last elements take their way through a buffer")
	c.MOVQ(n, left)
	for v := range vectors {
		f.setMaskOf(left, v, vectors)
		for i, s := range streams {
			if s.read {
				f.load(at(p[i], v*f.bytes), r, true)
				f.store(r, buffer(i, v), false)
			}
		}
	}
	for i, s := range streams {
		if s.written {
			c.MOVQ(p[i], dst.Offset(8*i))
		}
		c.LEAQ(buffer(i, 0), p[i])
	}
	c.XORQ(n, n)
	c.JMP(LabelRef("whole"))
	c.Label("done")
	c.TESTQ(left, left)
	c.JZ(LabelRef("end"))
	for v := range vectors {
		f.setMaskOf(left, v, vectors)
		for i, s := range streams {
			if s.written {
				f.load(buffer(i, v), r, false)
				c.MOVQ(dst.Offset(8*i), n)
				f.store(r, at(n, v*f.bytes), true)
			}
		}
	}
	c.Label("end")
}

// setMaskOf makes the mask of vector v of some that hold n elements.
func (f *fn) setMaskOf(n reg.Register, v, vectors int) {
	c, t := f.c, f.c.GP64()
	c.MOVQ(n, t)
	if vectors > 1 {
		c.MOVQ(U32(f.lanes), reg.RCX)
		c.XORL(reg.EDX, reg.EDX)
		c.SUBQ(U32(v*f.lanes), t)
		c.CMOVQLT(reg.RDX, t)
		c.CMPQ(t, reg.RCX)
		c.CMOVQGT(reg.RCX, t)
	}
	f.setMask(t)
}

// full emits the part of a loop over n elements that takes whole vectors: unroll of
// them at a time, then single ones. It moves the pointers and leaves the rest in n.
func (f *fn) full(label string, n reg.Register, p []reg.Register, unroll int, body func(p []reg.Register, offsets []int, masked bool)) {
	c := f.c
	step := func(vectors int, label, next string) {
		c.SUBQ(U32(vectors*f.lanes), n)
		c.JL(LabelRef(next))
		f.alignLoop()
		c.Label(label)
		offsets := make([]int, vectors)
		for i := range offsets {
			offsets[i] = i * f.bytes
		}
		body(p, offsets, false)
		for i := range p {
			c.ADDQ(U32(vectors*f.bytes), p[i])
		}
		c.SUBQ(U32(vectors*f.lanes), n)
		c.JGE(LabelRef(label))
		c.Label(next)
		c.ADDQ(U32(vectors*f.lanes), n)
	}
	if unroll > 1 {
		step(unroll, label+"unrolled", label+"single")
	}
	step(1, label+"vector", label+"tail")
}

// walk is full with the masked rest behind it, for which the mask must be set.
func (f *fn) walk(label string, n reg.Register, p []reg.Register, unroll int, body func(p []reg.Register, offsets []int, masked bool)) {
	f.full(label, n, p, unroll, body)
	f.c.TESTQ(n, n)
	f.c.JZ(LabelRef(label + "done"))
	body(p, []int{0}, true)
	f.c.Label(label + "done")
}

// groups emits the loop over n rows: as many at a time as size says, then single
// ones. The labels of a body begin with its label.
func (f *fn) groups(n reg.Register, size int, body func(label string, rows int)) {
	c := f.c
	for _, g := range slices.Compact([]int{size, 1}) {
		label := fmt.Sprintf("rows%d", g)
		c.Label(label)
		c.CMPQ(n, U8(g))
		c.JL(LabelRef(label + "End"))
		body(label, g)
		c.SUBQ(U8(g), n)
		c.JMP(LabelRef(label))
		c.Label(label + "End")
	}
}

// reduction emits a kernel that reduces slices of one length to out[0]. term takes
// one vector of each slice into an accumulator, of which there are as many as
// unroll; idle lanes of the tail are 0. combine joins accumulators and lanes.
func (f *fn) reduction(out string, slices []string, unroll int, combine func(a, b, dst Op), term func(v []reg.VecVirtual, acc reg.VecVirtual)) {
	c := f.c
	p := make([]reg.Register, len(slices))
	for i, s := range slices {
		p[i] = f.base(s)
	}
	n := c.Load(c.Param(slices[0]).Len(), c.GP64())
	acc := f.zeros(unroll)
	take := func(p []reg.Register, offsets []int, masked bool) {
		for k, o := range offsets {
			v := make([]reg.VecVirtual, len(p))
			for i := range p {
				v[i] = f.vec()
				f.load(at(p[i], o), v[i], masked)
			}
			term(v, acc[k])
		}
	}
	f.full("", n, p, unroll, take)
	c.TESTQ(n, n)
	c.JZ(LabelRef("done"))
	f.setMask(n)
	take(p, []int{0}, true)
	c.Label("done")
	f.join(combine, acc)
	f.storeLane(acc[0], at(f.base(out), 0))
	f.ret()
}

// zeros returns n cleared registers.
func (f *fn) zeros(n int) []reg.VecVirtual {
	r := make([]reg.VecVirtual, n)
	for i := range r {
		r[i] = f.vec()
		f.zero(r[i])
	}
	return r
}

// join combines accumulators, a power of two, in pairs and then the lanes of what
// is left; the result is in every lane of the first.
func (f *fn) join(combine func(a, b, dst Op), acc []reg.VecVirtual) {
	for half := len(acc) / 2; half > 0; half /= 2 {
		for i := range half {
			combine(acc[i], acc[i+half], acc[i])
		}
	}
	f.reduce(combine, acc[0])
}

// at is the memory offset bytes after a pointer.
func at(p reg.Register, offset int) Mem { return Mem{Base: p, Disp: offset} }

// columns emits the loop of a column kernel: blocks of width vectors of columns,
// then single vectors, then the masked rest. matrices names the matrices with their
// leading dimensions; body emits one block.
type columns struct {
	*fn
	matrices, lds []string
	perRow        string // a slice with rowConstants values a row, "" for none

	stride []reg.Register // bytes between rows, a matrix each
	j      reg.Register   // offset of the block in a row, in bytes
	left   reg.Register   // columns left
}

// rowConstants is how many values a row the slice perRow has.
const rowConstants = 4

// block is one block of columns while it is being emitted.
type block struct {
	*columns
	label  string
	nv     int  // vectors
	masked bool // the last vector is the tail
}

func (f *fn) columns(width int, matrices, lds []string, body func(*block)) {
	f.columnsWith("", width, matrices, lds, body)
}

// columnsWith is columns with a slice of values for each row, the last operand that
// the rows of a block get.
func (f *fn) columnsWith(perRow string, width int, matrices, lds []string, body func(*block)) {
	c := f.c
	k := &columns{fn: f, matrices: matrices, lds: lds, perRow: perRow}
	for _, ld := range lds {
		s := f.integer(ld)
		c.SHLQ(U8(f.logSize()), s)
		k.stride = append(k.stride, s)
	}
	k.j, k.left = c.GP64(), f.integer("cols")
	c.XORQ(k.j, k.j)
	for _, w := range slices.Compact([]int{width, 1}) {
		label := fmt.Sprintf("block%d", w)
		c.Label(label)
		c.CMPQ(k.left, U32(w*f.lanes))
		c.JL(LabelRef(label + "End"))
		body(&block{columns: k, label: label, nv: w})
		c.ADDQ(U32(w*f.bytes), k.j)
		c.SUBQ(U32(w*f.lanes), k.left)
		c.JMP(LabelRef(label))
		c.Label(label + "End")
	}
	c.TESTQ(k.left, k.left)
	c.JZ(LabelRef("done"))
	f.setMask(k.left)
	body(&block{columns: k, label: "tail", nv: 1, masked: true})
	c.Label("done")
	f.ret()
}

// each returns what make gives for every vector of the block.
func (b *block) each(make func(v int) reg.VecVirtual) []reg.VecVirtual {
	r := []reg.VecVirtual{}
	for v := range b.nv {
		r = append(r, make(v))
	}
	return r
}

// vector loads the block's part of a slice with one value a column.
func (b *block) vector(name string) []reg.VecVirtual {
	p := b.base(name)
	return b.each(func(v int) reg.VecVirtual {
		r := b.vec()
		b.load(Mem{Base: p, Index: b.j, Scale: 1, Disp: v * b.bytes}, r, b.masked)
		return r
	})
}

// put stores the block's part of a slice with one value a column.
func (b *block) put(name string, r []reg.VecVirtual) {
	p := b.base(name)
	for v := range r {
		b.store(r[v], Mem{Base: p, Index: b.j, Scale: 1, Disp: v * b.bytes}, b.masked)
	}
}

// rows emits the loop over the rows of the block. row gets the address of the block
// in the current row of each matrix.
func (b *block) rows(row func(m []Mem)) {
	c := b.c
	p, m := []reg.Register{}, []Mem{}
	for _, name := range b.matrices {
		q := b.base(name)
		c.ADDQ(b.j, q)
		p, m = append(p, q), append(m, Mem{Base: q})
	}
	if b.perRow != "" {
		q := b.base(b.perRow)
		p, m = append(p, q), append(m, Mem{Base: q})
	}
	n := b.integer("rows")
	c.TESTQ(n, n)
	c.JZ(LabelRef(b.label + "RowsEnd"))
	b.alignLoop()
	c.Label(b.label + "Rows")
	row(m)
	for i := range p {
		if i < len(b.stride) {
			c.ADDQ(b.stride[i], p[i])
		} else {
			c.ADDQ(U8(rowConstants*b.size), p[i])
		}
	}
	c.DECQ(n)
	c.JNZ(LabelRef(b.label + "Rows"))
	c.Label(b.label + "RowsEnd")
}
