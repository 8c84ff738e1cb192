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
