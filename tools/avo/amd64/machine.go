// Package amd64 implements the operations of package isa for AVX2 and AVX-512, through avo.
// It is the only one of the generator that knows a register or an instruction.
package amd64

import (
	"fmt"

	"github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/reg"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// Tier is a cluster of CPU features, here with what differs in code.
type Tier struct {
	Name  string // of the constant in package kernels, and in a stub's name
	File  string
	Bytes int // of a vector register
}

// Tiers are the tiers that have code, the widest first.
var Tiers = []Tier{{"AVX512", "avx512", 64}, {"AVX2", "avx2", 32}}

// machine is one function, isa.Machine for one tier and one element type. Its registers are
// avo's, virtual ones which avo places when the file is finished.
type machine struct {
	c *build.Context
	Tier
	size, lanes int
	*state
}

// state is what the views of one function share, see Doubles.
type state struct {
	data      *Data
	signature string
	trial     bool // nothing of it is kept
	vectors   []vector
	integers  []general
	masks     []Op // K registers, or vectors on AVX2
	turn      int  // opmask registers used by the body so far
	tail      Op   // the tail mask
	tables    map[string]vector
	buffer    *Mem // for halves
	halves    int  // how many times they have been copied
}

// vector and general are registers, virtual or physical.
type vector interface {
	reg.Register
	AsX() reg.Register
	AsY() reg.Register
}

type general interface {
	reg.Register
	As32() reg.Register
}

func newMachine(c *build.Context, t Tier, size int, s *state) *machine {
	return &machine{c: c, Tier: t, size: size, lanes: t.Bytes / size, state: s}
}

// wide reports AVX-512: 32 registers and opmasks.
func (m *machine) wide() bool { return m.Bytes == 64 }

func (m *machine) Shape() isa.Shape {
	s := isa.Shape{Size: m.size, Lanes: m.lanes, Bytes: m.Bytes, Registers: 16, Abreast: 1}
	if m.wide() {
		s.Registers = 32
		if m.size == 4 {
			s.Abreast = 2
		}
	}
	return s
}

func (m *machine) Doubles() isa.Machine { return newMachine(m.c, m.Tier, 8, m.state) }

func (m *machine) Scratch() isa.Machine {
	c := build.NewContext()
	c.Function("scratch")
	c.SignatureExpr(m.signature)
	return newMachine(c, m.Tier, m.size, &state{data: m.data, signature: m.signature, trial: true})
}

func (m *machine) Fits() bool {
	file, err := m.c.Result()
	if err != nil {
		panic(err)
	}
	return pass.Compile.Execute(file) == nil && check(file, m.Tier) == nil
}

func (m *machine) Comment(lines ...string)             { m.c.Comment(lines...) }
func (m *machine) Commentf(format string, args ...any) { m.c.Commentf(format, args...) }

func (m *machine) NewVec() isa.Vec {
	if m.wide() {
		return m.keepVec(m.c.ZMM())
	}
	return m.keepVec(m.c.YMM())
}

func (m *machine) keepVec(v vector) isa.Vec {
	m.vectors = append(m.vectors, v)
	return isa.Vec{ID: len(m.vectors)}
}

func (m *machine) NewInt() isa.Int { return m.keepInt(m.c.GP64()) }

func (m *machine) keepInt(r general) isa.Int {
	m.integers = append(m.integers, r)
	return isa.Int{ID: len(m.integers)}
}

func (m *machine) keepMask(k Op) isa.Mask {
	m.masks = append(m.masks, k)
	return isa.Mask{ID: len(m.masks)}
}

func (m *machine) vec(v isa.Vec) vector  { return m.vectors[v.ID-1] }
func (m *machine) int(r isa.Int) general { return m.integers[r.ID-1] }

// low is the lower half or quarter of a register, which holds as many float32 as all of it
// does float64.
func (m *machine) low(v isa.Vec) reg.Register {
	if m.wide() {
		return m.vec(v).AsY()
	}
	return m.vec(v).AsX()
}

// arg is an operand as avo has it.
func (m *machine) arg(x any) Op {
	switch x := x.(type) {
	case isa.Vec:
		if x.Part {
			return m.low(x)
		}
		return m.vec(x)
	case isa.Mask:
		return m.masks[x.ID-1]
	case isa.Int:
		return m.int(x)
	case isa.Const:
		return U32(x)
	case isa.Mem:
		return m.mem(x)
	case Op:
		return x
	}
	panic(fmt.Sprintf("amd64: no operand: %T", x))
}

func (m *machine) mem(x isa.Mem) Mem {
	switch {
	case x.Data != "":
		return NewDataAddr(Symbol{Name: "·" + x.Data}, x.Disp)
	case x.Frame:
		return NewStackAddr(x.Disp)
	}
	out := Mem{Base: m.int(x.Base), Disp: x.Disp}
	if x.Scale != 0 {
		out.Index, out.Scale = m.int(x.Index), uint8(x.Scale)
	}
	return out
}

func (m *machine) args(list []any) []Op {
	ops := make([]Op, len(list))
	for i, x := range list {
		ops[i] = m.arg(x)
	}
	return ops
}

// op emits the instruction for the element type.
func (m *machine) op(single, double func(...Op), list ...any) {
	if m.size == 4 {
		single(m.args(list)...)
	} else {
		double(m.args(list)...)
	}
}

// op2, op3 and op4 are op for instructions of exactly so many operands.
func (m *machine) op2(single, double func(a, b Op), list ...any) {
	m.op(func(o ...Op) { single(o[0], o[1]) }, func(o ...Op) { double(o[0], o[1]) }, list...)
}

func (m *machine) op3(single, double func(a, b, dst Op), list ...any) {
	m.op(func(o ...Op) { single(o[0], o[1], o[2]) }, func(o ...Op) { double(o[0], o[1], o[2]) }, list...)
}

func (m *machine) op4(single, double func(a, b, c, dst Op), list ...any) {
	m.op(func(o ...Op) { single(o[0], o[1], o[2], o[3]) },
		func(o ...Op) { double(o[0], o[1], o[2], o[3]) }, list...)
}
