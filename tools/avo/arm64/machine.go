// Package arm64 implements the operations of package isa for NEON. It knows the encodings that
// Go's assembler has no mnemonic for, and gives registers their places by itself.
package arm64

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// Tier is a cluster of CPU features, here with what differs in code.
type Tier struct {
	Name  string // of the constant in package kernels, and in a stub's name
	File  string
	Bytes int // of a vector register
}

// Tiers are the tiers that have code.
var Tiers = []Tier{{"NEON", "neon", vectorBytes}}

const vectorBytes = 16

// machine is one function, isa.Machine for one element type.
type machine struct {
	size int
	*state
}

// state is what the views of one function share, see Doubles.
type state struct {
	*code
	data       *data
	parameters parameters
	signature  string
	pool       int         // the address of the read-only data, none if it has not been asked for
	sums       map[sum]int // addresses that are in registers since the last label
	tail       int         // how many lanes it has, none before it is set
	overlap    int         // how far the last vector of a strip lies over the one before it
	tile       bool        // it is the micro-kernel of products
	labels     int         // made here
	table      string      // what is in the registers for tables, since the last label
	index      []int       // constants that make indices of bytes
}

// none is no variable.
const none = -1

func newMachine(size int, signature string, d *data) *machine {
	return &machine{size, &state{code: newCode(), data: d, parameters: parse(signature),
		signature: signature, pool: none, tail: none, overlap: none, sums: map[sum]int{}}}
}

// at is the opcode for the element type.
func (m *machine) at(p pair) *opcode { return p[m.size/4-1] }

func (m *machine) lanes() int { return vectorBytes / m.size }

func (m *machine) Shape() isa.Shape {
	return isa.Shape{Size: m.size, Lanes: m.lanes(), Bytes: vectorBytes, Registers: 32, Abreast: 4}
}

func (m *machine) Doubles() isa.Machine { return &machine{8, m.state} }

func (m *machine) Scratch() isa.Machine { return newMachine(m.size, m.signature, newData()) }

func (m *machine) Fits() bool { return m.finish() == nil }

func (m *machine) Scaler() isa.Scaler { return nil }

func (m *machine) NewVec() isa.Vec { return vecOf(m.newVariable(true)) }
func (m *machine) NewInt() isa.Int { return intOf(m.newVariable(false)) }

// The handles of isa begin with 1.

func vecOf(variable int) isa.Vec { return isa.Vec{ID: variable + 1} }
func intOf(variable int) isa.Int { return isa.Int{ID: variable + 1} }
func maskOf(v isa.Vec) isa.Mask  { return isa.Mask{ID: v.ID} }
func ofMask(k isa.Mask) isa.Vec  { return isa.Vec{ID: k.ID} }
func number(v isa.Vec) int       { return v.ID - 1 }
func numberOf(r isa.Int) int     { return r.ID - 1 }

func (m *machine) Comment(lines ...string) {
	for _, l := range lines {
		m.emit(comments, 0, l)
	}
}

func (m *machine) Commentf(format string, args ...any) { m.Comment(fmt.Sprintf(format, args...)) }

// op emits an instruction on vectors whose operands stand as in GNU's syntax; those in memory
// are loaded.
func (m *machine) op(o *opcode, dst isa.Vec, sources ...isa.Operand) {
	registers := []int{number(dst)}
	for _, s := range sources {
		registers = append(registers, m.in(s, dst.Part))
	}
	m.emit(o, 0, "", registers...)
}

// in is an operand in a register.
func (m *machine) in(o isa.Operand, part bool) int {
	if v, ok := o.(isa.Vec); ok {
		return number(v)
	}
	r := m.NewVec()
	r.Part = part
	m.Load(o.(isa.Mem), r, false)
	return number(r)
}

// placePool begins the function with the address of the first constant that it uses, from where
// the others are near.
func (m *machine) placePool() {
	if m.pool == none {
		return
	}
	inPool := func(n *instruction) bool {
		return (n.opcode == loadConstant || n.opcode == quad.load) && n.registers[1] == m.pool
	}
	first := int64(math.MaxInt64)
	for at := range m.list {
		if n := &m.list[at]; inPool(n) {
			first = min(first, n.i)
		}
	}
	for at := range m.list {
		if n := &m.list[at]; inPool(n) {
			n.i -= first
		}
	}
	m.list = slices.Insert(m.list, 0, instruction{opcode: poolAt, registers: []int{m.pool}, i: first})
}

// finish gives the registers their places.
func (m *machine) finish() error {
	m.prepare()
	return m.fit(m.allocate)
}

// prepare runs the passes that leave variables and the order of instructions.
func (m *machine) prepare() {
	m.placePool()
	m.threadJumps()
	m.splitWebs()
	m.expand()
	m.dropUnused()
	m.splitWebs()
}

// fit allocates registers, with as many pairs of loads and stores as these allow.
func (m *machine) fit(allocate func() error) error {
	if m.tile {
		return allocate()
	}
	list := m.list
	for _, p := range closeness {
		m.list = slices.Clone(list)
		m.pair(p)
		if err := allocate(); !errors.Is(err, errRegisters) {
			return err
		}
	}
	return errRegisters
}
