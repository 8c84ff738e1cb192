package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// softmaxRows is the softmax kernel while it is being emitted.
type softmaxRows struct {
	*expConstants
	y, x, peak, sum reg.Register
	rows, ldy, ldx  reg.Register // leading dimensions in bytes
	scale, lowest   reg.VecVirtual
}

// softmax computes for each row peak = max x, sum = sum of exp(x-peak) and
// y = exp(x-peak) * (scale/sum). A row of at most one vector stays in registers,
// several rows at once; a longer row is passed over three times. A NaN reaches the
// sum, while y keeps it where x is NaN or the maximum +Inf: the factor of such a row is
// 0. The maximum starts at the lowest finite number, so the sum is 0 where all of the
// row is -Inf and nowhere else.
func softmax(f *fn) {
	c := f.c
	s := &softmaxRows{expConstants: f.expConstants()}
	s.y, s.x, s.peak, s.sum = f.base("y"), f.base("x"), f.base("peak"), f.base("sum")
	s.rows, s.ldy, s.ldx = f.integer("rows"), f.integer("ldy"), f.integer("ldx")
	c.SHLQ(U8(f.logSize()), s.ldy)
	c.SHLQ(U8(f.logSize()), s.ldx)
	s.scale, s.lowest = f.scalarParam("scale"), f.constant(f.lowest())
	cols := f.integer("cols")
	c.CMPQ(cols, U8(f.lanes))
	c.JG(LabelRef("long"))
	f.setMask(cols)
	s.short(s.together())
	s.short(1)
	f.ret()
	c.Label("long")
	s.long()
	f.ret()
}

// lowest is the lowest finite number.
func (f *fn) lowest() float64 {
	if f.size == 4 {
		return -math.MaxFloat32
	}
	return -math.MaxFloat64
}

// together is how many exponentials the registers hold at once.
func (s *softmaxRows) together() int {
	if s.size == 4 {
		return s.wideOr(4, 2)
	}
	return 2
}

// short emits the loop over groups of rows that are one masked vector each.
func (s *softmaxRows) short(group int) {
	c := s.c
	label := fmt.Sprintf("short%d", group)
	c.Label(label)
	c.CMPQ(s.rows, U8(group))
	c.JL(LabelRef(label + "End"))
	e := make([]reg.VecVirtual, group)
	for i := range e {
		e[i] = s.vec()
		s.loadOr(s.lowest, at(s.x, 0), e[i])
		c.ADDQ(s.ldx, s.x)
	}
	c.Comment("peak = max x")
	for i := range e {
		top := s.vec()
		s.move(e[i], top)
		s.reduce(s.fn.max, top)
		s.storeLane(top, at(s.peak, i*s.size))
		s.sub(e[i], top, e[i])
		s.keepLanes(e[i], e[i]) // an underflow in an idle lane costs as much as in any
	}
	s.expAll(e)
	c.Comment("y = e * (scale / sum)")
	for i := range e {
		total := s.vec()
		s.keepLanes(e[i], e[i])
		s.move(e[i], total)
		s.reduce(s.add, total)
		s.storeLane(total, at(s.sum, i*s.size))
		s.factor(total)
		s.mul(total, e[i], e[i])
		s.store(e[i], at(s.y, 0), true)
		c.ADDQ(s.ldy, s.y)
	}
	c.ADDQ(U8(group*s.size), s.peak)
	c.ADDQ(U8(group*s.size), s.sum)
	c.SUBQ(U8(group), s.rows)
	c.JMP(LabelRef(label))
	c.Label(label + "End")
}

// long emits the loop over rows of more than one vector.
func (s *softmaxRows) long() {
	c := s.c
	cols := s.integer("cols")
	c.ANDQ(U8(s.lanes-1), cols)
	s.setMask(cols)
	c.TESTQ(s.rows, s.rows)
	c.JZ(LabelRef("longEnd"))
	c.Label("row")
	c.Comment("peak = max x")
	top := s.rowMax()
	s.storeLane(top, at(s.peak, 0))
	c.Comment("y = exp(x - peak), total = its sum")
	total := s.vec()
	s.zero(total)
	s.pass("exp", []reg.Register{s.x, s.y}, s.together(), func(p []reg.Register, offsets []int, masked bool) {
		e := make([]reg.VecVirtual, len(offsets))
		for i, o := range offsets {
			e[i] = s.vec()
			s.load(at(p[0], o), e[i], masked)
			s.sub(e[i], top, e[i])
			if masked {
				s.keepLanes(e[i], e[i])
			}
		}
		s.expAll(e)
		for i, o := range offsets {
			if masked {
				s.keepLanes(e[i], e[i])
			}
			s.add(e[i], total, total)
			s.store(e[i], at(p[1], o), masked)
		}
	})
	s.reduce(s.add, total)
	s.storeLane(total, at(s.sum, 0))
	c.Comment("y = y * (scale / total)")
	s.factor(total)
	s.pass("scale", []reg.Register{s.y}, 4, func(p []reg.Register, offsets []int, masked bool) {
		for _, o := range offsets {
			v := s.vec()
			s.load(at(p[0], o), v, masked)
			s.mul(total, v, v)
			s.store(v, at(p[0], o), masked)
		}
	})
	c.ADDQ(s.ldx, s.x)
	c.ADDQ(s.ldy, s.y)
	c.ADDQ(U8(s.size), s.peak)
	c.ADDQ(U8(s.size), s.sum)
	c.DECQ(s.rows)
	c.JNZ(LabelRef("row"))
	c.Label("longEnd")
}

// factor: total = scale / total, or 0 where that is NaN.
func (s *softmaxRows) factor(total reg.VecVirtual) {
	zero := s.vec()
	s.zero(zero)
	s.div(s.scale, total, total)
	s.fn.max(total, zero, total)
}

// rowMax emits the maximum of the current row, which it returns in every lane. Four
// chains of maxima run side by side, since one would wait for its own latency.
func (s *softmaxRows) rowMax() reg.VecVirtual {
	tops := make([]reg.VecVirtual, 4)
	for i := range tops {
		tops[i] = s.vec()
		s.move(s.lowest, tops[i])
	}
	s.pass("max", []reg.Register{s.x}, len(tops), func(p []reg.Register, offsets []int, masked bool) {
		for i, o := range offsets {
			v := s.vec()
			if masked {
				s.loadOr(s.lowest, at(p[0], o), v)
			} else {
				s.load(at(p[0], o), v, false)
			}
			s.fn.max(tops[i], v, tops[i])
		}
	})
	s.fn.max(tops[1], tops[0], tops[0])
	s.fn.max(tops[3], tops[2], tops[2])
	s.fn.max(tops[2], tops[0], tops[0])
	s.reduce(s.fn.max, tops[0])
	return tops[0]
}

// pass emits one pass over the columns of the current row: unroll vectors at a time,
// single vectors, the masked rest.
func (s *softmaxRows) pass(label string, rows []reg.Register, unroll int, body func(p []reg.Register, offsets []int, masked bool)) {
	c := s.c
	n := s.integer("cols")
	p := make([]reg.Register, len(rows))
	for i, r := range rows {
		p[i] = c.GP64()
		c.MOVQ(r, p[i])
	}
	for _, vectors := range []int{unroll, 1} {
		loop := fmt.Sprintf("%s%d", label, vectors)
		c.Label(loop)
		c.CMPQ(n, U32(vectors*s.lanes))
		c.JL(LabelRef(loop + "End"))
		offsets := make([]int, vectors)
		for i := range offsets {
			offsets[i] = i * s.bytes
		}
		body(p, offsets, false)
		for i := range p {
			c.ADDQ(U32(vectors*s.bytes), p[i])
		}
		c.SUBQ(U32(vectors*s.lanes), n)
		c.JMP(LabelRef(loop))
		c.Label(loop + "End")
	}
	c.TESTQ(n, n)
	c.JZ(LabelRef(label + "Done"))
	body(p, []int{0}, true)
	c.Label(label + "Done")
}

// loadOr: r = memory in the lanes of the mask, other elsewhere.
func (f *fn) loadOr(other reg.VecVirtual, m Mem, r reg.VecVirtual) {
	if f.wide() {
		f.move(other, r)
		f.op(f.c.VMOVUPS, f.c.VMOVUPD, m, f.mask, r)
		return
	}
	f.load(m, r, true)
	f.blend(f.mask, r, other, r)
}

// keepLanes: r = a in the lanes of the mask, 0 elsewhere.
func (f *fn) keepLanes(a, r reg.VecVirtual) {
	if f.wide() {
		f.op3(f.c.VMOVAPS_Z, f.c.VMOVAPD_Z, a, f.mask, r)
		return
	}
	f.op(f.c.VANDPS, f.c.VANDPD, f.mask, a, r)
}

// storeLane stores lane 0 of r.
func (f *fn) storeLane(r reg.VecVirtual, m Mem) {
	f.op(func(o ...Op) { f.c.VMOVSS(o...) }, func(o ...Op) { f.c.VMOVSD(o...) }, r.AsX(), m)
}

// reduce combines all lanes of r by op and leaves the result in each: swap halves,
// quarters and so on, and combine.
func (f *fn) reduce(op func(a, b, dst Op), r reg.VecVirtual) {
	c, t := f.c, f.vec()
	if f.wide() {
		c.VSHUFF64X2(U8(0x4e), r, r, t)
		op(r, t, r)
		c.VSHUFF64X2(U8(0xb1), r, r, t)
		op(r, t, r)
	} else {
		c.VPERM2F128(U8(1), r, r, t)
		op(r, t, r)
	}
	if f.size == 8 {
		c.VSHUFPD(U8(0x55&(1<<f.lanes-1)), r, r, t)
		op(r, t, r)
		return
	}
	c.VSHUFPS(U8(0x4e), r, r, t)
	op(r, t, r)
	c.VSHUFPS(U8(0xb1), r, r, t)
	op(r, t, r)
}
