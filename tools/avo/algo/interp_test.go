package algo_test

import (
	"encoding/binary"
	"fmt"
	"math"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// interpreter is a second instruction set, which proves that the algorithms are bound to none: it
// records operations as Go functions and runs them on lanes in memory of its own. It has the
// vectors of NEON, 128 bits, no masks in registers, and no scaling by powers of two.
type interpreter struct {
	*program
	size, lanes int
}

// program is a function that has been recorded, and what the interpreter's views of it share.
type program struct {
	opt    options
	code   []func(c *cpu)
	labels map[string]int
	ids    int
	frame  int
	data   []byte
	consts map[string]int // the place of read-only data
	tail   int            // the register with the number of lanes of the tail
	kept   int            // vectors that are there before the first label
}

// options are what an implementation chooses, and no result depends on.
type options struct {
	bytes, registers, abreast int
	kept                      int // how many registers the loops do not change
	overlap                   bool
}

func newInterpreter(size int, opt options) *interpreter {
	return &interpreter{program: &program{opt: opt, labels: map[string]int{}, consts: map[string]int{}},
		size: size, lanes: opt.bytes / size}
}

// vector is a register of up to 512 bits, in words of 64.
type vector [8]uint64

// cpu is a state of the interpreter.
type cpu struct {
	pc     int
	ints   map[int]int64
	vecs   map[int]vector
	masks  map[int][]bool
	mem    []byte
	usable []span // what a function may touch
	frame  int64
	data   int64
	args   map[string]argument
	done   bool
}

func newCPU() *cpu {
	return &cpu{ints: map[int]int64{}, vecs: map[int]vector{}, masks: map[int][]bool{},
		args: map[string]argument{}}
}

type span struct{ from, to int64 }

// argument is a parameter: a slice in memory, or a scalar.
type argument struct {
	at, n int64
	bits  uint64
}

// place makes room in memory that is usable.
func (c *cpu) place(bytes int) int64 {
	const guard = 256
	at := int64(len(c.mem)+guard+63) &^ 63
	c.mem = append(c.mem, make([]byte, int(at)-len(c.mem)+bytes)...)
	c.usable = append(c.usable, span{at, at + int64(bytes)})
	return at
}

// bytes is memory that a function reads or writes.
func (c *cpu) bytes(at int64, n int) []byte {
	for _, s := range c.usable {
		if s.from <= at && at+int64(n) <= s.to {
			return c.mem[at : at+int64(n)]
		}
	}
	panic(fmt.Sprintf("access to %d bytes at %d, which no operand has", n, at))
}

// run interprets the program.
func (p *program) run(c *cpu) {
	c.frame = c.place(p.frame)
	c.data = c.place(len(p.data))
	copy(c.mem[c.data:], p.data)
	for steps := 0; !c.done; steps++ {
		if steps > 1<<22 {
			panic("the program does not end")
		}
		op := p.code[c.pc]
		c.pc++
		op(c)
	}
}

func (p *program) emit(op func(c *cpu)) { p.code = append(p.code, op) }

func (p *program) id() int {
	p.ids++
	return p.ids
}

func (m *interpreter) Shape() isa.Shape {
	return isa.Shape{Size: m.size, Lanes: m.lanes, Bytes: m.opt.bytes,
		Registers: m.opt.registers, Abreast: m.opt.abreast}
}

func (m *interpreter) NewVec() isa.Vec {
	if len(m.labels) == 0 {
		m.kept++
	}
	return isa.Vec{ID: m.id()}
}

func (m *interpreter) NewInt() isa.Int { return isa.Int{ID: m.id()} }

func (m *interpreter) Doubles() isa.Machine {
	return &interpreter{program: m.program, size: 8, lanes: m.opt.bytes / 8}
}

func (m *interpreter) Scratch() isa.Machine {
	return newInterpreter(m.size, m.opt)
}

func (m *interpreter) Fits() bool { return m.kept <= m.opt.kept }

func (m *interpreter) Scaler() isa.Scaler      { return nil }
func (m *interpreter) Comment(...string)       {}
func (m *interpreter) Commentf(string, ...any) {}

// address is that of a place in memory.
func (c *cpu) address(m isa.Mem) int64 {
	switch {
	case m.Data != "":
		var at int
		fmt.Sscanf(m.Data, "%d", &at)
		return c.data + int64(at+m.Disp)
	case m.Frame:
		return c.frame + int64(m.Disp)
	}
	at := c.ints[m.Base.ID] + int64(m.Disp)
	if m.Scale != 0 {
		at += c.ints[m.Index.ID] * int64(m.Scale)
	}
	return at
}

// constant is the place of read-only data, which is kept once.
func (m *interpreter) constant(b []byte) isa.Mem {
	at, ok := m.consts[string(b)]
	if !ok {
		at = len(m.data)
		m.data = append(m.data, b...)
		m.consts[string(b)] = at
	}
	return isa.Mem{Data: fmt.Sprint(at)}
}

func word(bits uint64, size int) []byte {
	if size == 4 {
		return binary.LittleEndian.AppendUint32(nil, uint32(bits))
	}
	return binary.LittleEndian.AppendUint64(nil, bits)
}

// get and set are lane i of so many bytes.
func (v *vector) get(i, size int) uint64 {
	if size == 4 {
		return v[i/2] >> (32 * (i % 2)) & (1<<32 - 1)
	}
	return v[i]
}

func (v *vector) set(i, size int, bits uint64) {
	if size == 4 {
		shift := 32 * (i % 2)
		v[i/2] = v[i/2]&^((1<<32-1)<<shift) | bits&(1<<32-1)<<shift
		return
	}
	v[i] = bits
}

func float(bits uint64, size int) float64 {
	if size == 4 {
		return float64(math.Float32frombits(uint32(bits)))
	}
	return math.Float64frombits(bits)
}

// bitsOf rounds to an element.
func bitsOf(x float64, size int) uint64 {
	if size == 4 {
		return uint64(math.Float32bits(float32(x)))
	}
	return math.Float64bits(x)
}

// load reads n elements.
func (c *cpu) load(at int64, n, size int) (v vector) {
	for i := range n {
		b := c.bytes(at+int64(i*size), size)
		if size == 4 {
			v.set(i, 4, uint64(binary.LittleEndian.Uint32(b)))
		} else {
			v.set(i, 8, binary.LittleEndian.Uint64(b))
		}
	}
	return v
}

func (c *cpu) store(v vector, at int64, n, size int) {
	for i := range n {
		copy(c.bytes(at+int64(i*size), size), word(v.get(i, size), size))
	}
}

// read is an operand.
func (m *interpreter) read(c *cpu, o isa.Operand) vector {
	if v, ok := o.(isa.Vec); ok {
		return c.vecs[v.ID]
	}
	return c.load(c.address(o.(isa.Mem)), m.lanes, m.size)
}

// map2 emits an operation on two operands, lane by lane.
func (m *interpreter) map2(f func(a, b uint64) uint64, a, b isa.Operand, dst isa.Vec) {
	m.emit(func(c *cpu) {
		x, y := m.read(c, a), m.read(c, b)
		var r vector
		for i := range m.lanes {
			r.set(i, m.size, f(x.get(i, m.size), y.get(i, m.size)))
		}
		c.vecs[dst.ID] = r
	})
}

func (m *interpreter) map1(f func(a uint64) uint64, a isa.Operand, dst isa.Vec) {
	m.map2(func(x, _ uint64) uint64 { return f(x) }, a, a, dst)
}

// float2 is map2 in terms of floats, of which it rounds the result. For float32 that is as
// good as to compute in them: a float64 has more than twice their digits.
func (m *interpreter) float2(f func(a, b float64) float64, a, b isa.Operand, dst isa.Vec) {
	m.map2(func(x, y uint64) uint64 {
		return bitsOf(f(float(x, m.size), float(y, m.size)), m.size)
	}, a, b, dst)
}

// fused is a*b + c, rounded once.
func fused(a, b, c float64, size int) uint64 {
	if size == 8 {
		return math.Float64bits(math.FMA(a, b, c))
	}
	product := a * b // exact
	sum := product + c
	if math.IsInf(sum, 0) || math.IsNaN(sum) {
		return bitsOf(sum, 4)
	}
	// round to odd, so that the second rounding cannot go the wrong way
	part := sum - product
	lost := (product - (sum - part)) + (c - part)
	if bits := math.Float64bits(sum); lost != 0 && bits&1 == 0 {
		if (lost > 0) == (sum > 0) {
			bits++
		} else {
			bits--
		}
		sum = math.Float64frombits(bits)
	}
	return bitsOf(sum, 4)
}

// fuse emits dst = a*b + c.
func (m *interpreter) fuse(negate bool, a, b, add isa.Operand, subtract bool, dst isa.Vec) {
	m.emit(func(c *cpu) {
		x, y, z := m.read(c, a), m.read(c, b), m.read(c, add)
		var r vector
		for i := range m.lanes {
			u, v := float(x.get(i, m.size), m.size), float(y.get(i, m.size), m.size)
			w := float(z.get(i, m.size), m.size)
			if negate {
				u = -u
			}
			if subtract {
				w = -w
			}
			r.set(i, m.size, fused(u, v, w, m.size))
		}
		c.vecs[dst.ID] = r
	})
}
