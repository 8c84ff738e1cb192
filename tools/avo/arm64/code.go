package arm64

import "slices"

// variable is a register before it has a place. Virtual ones live from where they are written
// to where they are read for the last time; fixed ones are a register of the machine.
type variable struct {
	vector bool
	fixed  int // the register, or virtual
}

const virtual = -1

// instruction is an opcode with its operands. Registers are numbers of variables.
type instruction struct {
	*opcode
	registers []int
	i         int64
	s         string
	bits      uint64 // of a constant that is loaded, repeated unless they vary
	varied    bool
}

// code is a function: instructions on variables.
type code struct {
	list      []instruction
	variables []variable
	fixed     map[variable]int
	frame     int // bytes of room on the stack
}

func newCode() *code { return &code{fixed: map[variable]int{}} }

func (c *code) newVariable(vector bool) int {
	c.variables = append(c.variables, variable{vector, virtual})
	return len(c.variables) - 1
}

// register is the variable that stands for a register of the machine.
func (c *code) register(vector bool, number int) int {
	v := variable{vector, number}
	at, ok := c.fixed[v]
	if !ok {
		at = len(c.variables)
		c.variables = append(c.variables, v)
		c.fixed[v] = at
	}
	return at
}

func (c *code) emit(o *opcode, i int64, s string, registers ...int) {
	c.list = append(c.list, instruction{opcode: o, registers: registers, i: i, s: s})
}

// reads and writes call f for the registers of an instruction.
func (n *instruction) reads(f func(variable int)) {
	for at, r := range n.registers {
		if n.roles[at] != 'w' {
			f(r)
		}
	}
}

func (n *instruction) writes(f func(variable int)) {
	for at, r := range n.registers {
		if n.roles[at] != 'r' {
			f(r)
		}
	}
}

// target is the label that an instruction may jump to.
func (n *instruction) target() (label string, ok bool) {
	return n.s, n.kind == branch || n.kind == jump
}

// block is a run of instructions that is entered at its start and left at its end.
type block struct {
	from, to   int // instructions
	next       []int
	in, out    set // variables that are read later on before they are written
	used, made set // those read before they are written in the block, and those written
}

// blocks parts the code where labels stand and behind what jumps.
func (c *code) blocks() []block {
	var list []block
	labelAt := map[string]int{}
	start := 0
	cut := func(at int) {
		if at > start {
			list = append(list, block{from: start, to: at})
			start = at
		}
	}
	for at := range c.list {
		switch n := &c.list[at]; n.kind {
		case label:
			cut(at)
			labelAt[n.s] = len(list)
		case branch, jump, leave:
			cut(at + 1)
		}
	}
	cut(len(c.list))
	for b := range list {
		last := &c.list[list[b].to-1]
		if to, ok := last.target(); ok {
			at, known := labelAt[to]
			if !known {
				panic("arm64: no label " + to)
			}
			list[b].next = append(list[b].next, at)
		}
		if last.kind != jump && last.kind != leave && b+1 < len(list) {
			list[b].next = append(list[b].next, b+1)
		}
	}
	return list
}

// liveness is the blocks with what is live at their borders.
func (c *code) liveness() []block {
	list := c.blocks()
	words := len(c.variables)/64 + 1
	for b := range list {
		k := &list[b]
		k.in, k.out, k.used, k.made = make(set, words), make(set, words), make(set, words), make(set, words)
		for at := k.from; at < k.to; at++ {
			n := &c.list[at]
			n.reads(func(v int) {
				if !k.made.has(v) {
					k.used.add(v)
				}
			})
			n.writes(k.made.add)
		}
	}
	for changed := true; changed; {
		changed = false
		for b := len(list) - 1; b >= 0; b-- {
			k := &list[b]
			for _, next := range k.next {
				k.out.join(list[next].in)
			}
			for w := range k.in {
				if in := k.used[w] | k.out[w]&^k.made[w]; in != k.in[w] {
					k.in[w], changed = in, true
				}
			}
		}
	}
	return list
}

// backwards calls f for each instruction of a block, the last one first, with what is live
// behind it.
func (c *code) backwards(k *block, f func(at int, live set)) {
	live := slices.Clone(k.out)
	for at := k.to - 1; at >= k.from; at-- {
		f(at, live)
		n := &c.list[at]
		n.writes(live.remove)
		n.reads(live.add)
	}
}

// set is a set of variables.
type set []uint64

func (s set) has(v int) bool { return s[v/64]>>(v%64)&1 != 0 }
func (s set) add(v int)      { s[v/64] |= 1 << (v % 64) }
func (s set) remove(v int)   { s[v/64] &^= 1 << (v % 64) }

func (s set) join(t set) {
	for w := range t {
		s[w] |= t[w]
	}
}

// each calls f for every member in order.
func (s set) each(f func(v int)) {
	for w, bits := range s {
		for v := w * 64; bits != 0; v, bits = v+1, bits>>1 {
			if bits&1 != 0 {
				f(v)
			}
		}
	}
}
