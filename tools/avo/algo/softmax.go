package algo

import (
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// softmaxRows is the softmax kernel while it is being emitted.
type softmaxRows struct {
	*expConstants
	y, x, peak, sum isa.Int
	rows, ldy, ldx  isa.Int // leading dimensions in bytes
	scale, lowest   isa.Vec
}

// softmax computes for each row peak = max x, sum = sum of exp(x-peak) and
// y = exp(x-peak) * (scale/sum). A row of at most one vector stays in registers,
// several rows at once; a longer row is passed over three times. A NaN reaches the
// sum, while y keeps it where x is NaN or the maximum +Inf: the factor of such a row is
// 0. The maximum starts at the lowest finite number, so the sum is 0 where all of the
// row is -Inf and nowhere else.
func softmax(f *fn) {
	s := &softmaxRows{expConstants: f.expConstants()}
	s.y, s.x, s.peak, s.sum = f.Base("y"), f.Base("x"), f.Base("peak"), f.Base("sum")
	s.rows, s.ldy, s.ldx = f.Integer("rows"), f.Integer("ldy"), f.Integer("ldx")
	f.ShiftLeftInt(f.logSize(), s.ldy)
	f.ShiftLeftInt(f.logSize(), s.ldx)
	s.scale, s.lowest = f.ScalarParam("scale"), f.constant(f.lowest())
	cols := f.Integer("cols")
	f.JumpIf(cols, isa.GT, isa.Const(f.lanes), "long")
	f.SetTail(cols)
	s.short(s.together())
	s.short(1)
	f.Return()
	f.Label("long")
	s.long()
	f.Return()
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
		return s.roomOr(4, 2)
	}
	return 2
}

// short emits the loop over groups of rows that are one masked vector each.
func (s *softmaxRows) short(group int) {
	label := fmt.Sprintf("short%d", group)
	s.Label(label)
	s.JumpIf(s.rows, isa.LT, isa.Const(group), label+"End")
	e := make([]isa.Vec, group)
	for i := range e {
		e[i] = s.NewVec()
		s.LoadOr(s.lowest, isa.At(s.x, 0), e[i])
		s.AddInt(s.ldx, s.x)
	}
	s.Comment("peak = max x")
	for i := range e {
		top := s.NewVec()
		s.Move(e[i], top)
		s.Reduce(s.Max, top)
		s.StoreLane(top, isa.At(s.peak, i*s.size))
		s.Sub(e[i], top, e[i])
		s.KeepTail(e[i], e[i]) // an underflow in an idle lane costs as much as in any
	}
	s.expAll(e)
	s.Comment("y = e * (scale / sum)")
	for i := range e {
		total := s.NewVec()
		s.KeepTail(e[i], e[i])
		s.Move(e[i], total)
		s.Reduce(s.Add, total)
		s.StoreLane(total, isa.At(s.sum, i*s.size))
		s.factor(total)
		s.Mul(total, e[i], e[i])
		s.Store(e[i], isa.At(s.y, 0), true)
		s.AddInt(s.ldy, s.y)
	}
	s.AddInt(isa.Const(group*s.size), s.peak)
	s.AddInt(isa.Const(group*s.size), s.sum)
	s.SubInt(isa.Const(group), s.rows)
	s.Jump(label)
	s.Label(label + "End")
}

// long emits the loop over rows of more than one vector.
func (s *softmaxRows) long() {
	cols := s.Integer("cols")
	s.AndInt(s.lanes-1, cols)
	s.SetTail(cols)
	s.JumpIf(s.rows, isa.EQ, isa.Const(0), "longEnd")
	s.Label("row")
	s.Comment("peak = max x")
	top := s.rowMax()
	s.StoreLane(top, isa.At(s.peak, 0))
	s.Comment("y = exp(x - peak), total = its sum")
	total := s.NewVec()
	s.Zero(total)
	s.pass("exp", []isa.Int{s.x, s.y}, s.together(), func(p []isa.Int, offsets []int, masked bool) {
		e := make([]isa.Vec, len(offsets))
		for i, o := range offsets {
			e[i] = s.NewVec()
			s.Load(isa.At(p[0], o), e[i], masked)
			s.Sub(e[i], top, e[i])
			if masked {
				s.KeepTail(e[i], e[i])
			}
		}
		s.expAll(e)
		for i, o := range offsets {
			if masked {
				s.KeepTail(e[i], e[i])
			}
			s.Add(e[i], total, total)
			s.Store(e[i], isa.At(p[1], o), masked)
		}
	})
	s.Reduce(s.Add, total)
	s.StoreLane(total, isa.At(s.sum, 0))
	s.Comment("y = y * (scale / total)")
	s.factor(total)
	s.pass("scale", []isa.Int{s.y}, 4, func(p []isa.Int, offsets []int, masked bool) {
		for _, o := range offsets {
			v := s.NewVec()
			s.Load(isa.At(p[0], o), v, masked)
			s.Mul(total, v, v)
			s.Store(v, isa.At(p[0], o), masked)
		}
	})
	s.AddInt(s.ldx, s.x)
	s.AddInt(s.ldy, s.y)
	s.AddInt(isa.Const(s.size), s.peak)
	s.AddInt(isa.Const(s.size), s.sum)
	s.CountDown(s.rows, "row")
	s.Label("longEnd")
}

// factor: total = scale / total, or 0 where that is NaN.
func (s *softmaxRows) factor(total isa.Vec) {
	zero := s.NewVec()
	s.Zero(zero)
	s.Div(s.scale, total, total)
	s.Max(total, zero, total)
}

// rowMax emits the maximum of the current row, which it returns in every lane. Four
// chains of maxima run side by side, since one would wait for its own latency.
func (s *softmaxRows) rowMax() isa.Vec {
	tops := make([]isa.Vec, 4)
	for i := range tops {
		tops[i] = s.NewVec()
		s.Move(s.lowest, tops[i])
	}
	s.pass("max", []isa.Int{s.x}, len(tops), func(p []isa.Int, offsets []int, masked bool) {
		for i, o := range offsets {
			v := s.NewVec()
			if masked {
				s.LoadOr(s.lowest, isa.At(p[0], o), v)
			} else {
				s.Load(isa.At(p[0], o), v, false)
			}
			s.Max(tops[i], v, tops[i])
		}
	})
	s.Max(tops[1], tops[0], tops[0])
	s.Max(tops[3], tops[2], tops[2])
	s.Max(tops[2], tops[0], tops[0])
	s.Reduce(s.Max, tops[0])
	return tops[0]
}

// pass emits one pass over the columns of the current row: unroll vectors at a time,
// single vectors, the masked rest.
func (s *softmaxRows) pass(label string, rows []isa.Int, unroll int, body vectorBody) {
	n := s.Integer("cols")
	p := make([]isa.Int, len(rows))
	for i, r := range rows {
		p[i] = s.NewInt()
		s.MoveInt(r, p[i])
	}
	for _, vectors := range []int{unroll, 1} {
		loop := fmt.Sprintf("%s%d", label, vectors)
		s.Label(loop)
		s.JumpIf(n, isa.LT, isa.Const(vectors*s.lanes), loop+"End")
		offsets := make([]int, vectors)
		for i := range offsets {
			offsets[i] = i * s.bytes
		}
		body(p, offsets, false)
		for i := range p {
			s.AddInt(isa.Const(vectors*s.bytes), p[i])
		}
		s.SubInt(isa.Const(vectors*s.lanes), n)
		s.Jump(loop)
		s.Label(loop + "End")
	}
	s.JumpIf(n, isa.EQ, isa.Const(0), label+"Done")
	body(p, []int{0}, true)
	s.Label(label + "Done")
}
