package arm64

import "math"

// expand replaces choices by instructions, of which liveness decides which. Each variable is
// one web.
func (c *code) expand() {
	c.expandLimits()
	c.useConstants()
	c.dropInversions()
	c.expandSelections()
	c.reload()
}

// written is, for each variable that one instruction writes, that instruction.
func (c *code) written() map[int]instruction {
	by, times := map[int]instruction{}, map[int]int{}
	for at := range c.list {
		n := c.list[at]
		n.writes(func(v int) { by[v] = n; times[v]++ })
	}
	for v, n := range times {
		if n > 1 || c.variables[v].fixed != virtual {
			delete(by, v)
		}
	}
	return by
}

// expandLimits takes the smaller or the larger one of two numbers:
//   - by FMIN or FMAX, if the first is a constant and neither 0 nor NaN,
//   - by clearing b where it is negative, if it is the larger one of 0 and b,
//   - by a comparison and a selection else.
func (c *code) expandLimits() {
	by := c.written()
	var list []instruction
	for _, n := range c.list {
		size, larger, ok := limit(n.opcode)
		if !ok {
			list = append(list, n)
			continue
		}
		list = append(list, c.limited(n.registers, by[n.registers[1]], size, larger)...)
	}
	c.list = list
}

// limited is the instructions for a limit, which first has loaded if that is a constant.
func (c *code) limited(registers []int, first instruction, size int, larger bool) []instruction {
	dst, a, b := registers[0], registers[1], registers[2]
	if number := first.constant(size); first.isConstant() && number != 0 && number == number {
		o := fmin[size]
		if larger {
			o = fmax[size]
		}
		return []instruction{{opcode: o, registers: registers}}
	}
	mask := c.newVariable(true)
	if larger && first.isConstant() && first.bits == 0 {
		return []instruction{{opcode: fcmlt0[size], registers: []int{mask, b}},
			{opcode: bic, registers: []int{dst, b, mask}}}
	}
	more, less := a, b
	if !larger {
		more, less = b, a
	}
	return []instruction{{opcode: fcmgt[size], registers: []int{mask, more, less}},
		{opcode: selects, registers: []int{dst, mask, a, b}}}
}

// limit says which of minimum and maximum an opcode is.
func limit(o *opcode) (size int, larger, ok bool) {
	for size := range 2 {
		switch o {
		case minimum[size]:
			return size, false, true
		case maximum[size]:
			return size, true, true
		}
	}
	return 0, false, false
}

// isConstant reports whether the instruction loads what the pool has in every lane.
func (n *instruction) isConstant() bool {
	return n.opcode == loadConstant && !n.varied || n.opcode == zero
}

// constant is the number in each lane, NaN if they differ.
func (n *instruction) constant(size int) float64 {
	switch {
	case n.opcode == zero:
		return 0
	case size == 1:
		return math.Float64frombits(n.bits)
	case uint32(n.bits) != uint32(n.bits>>32):
		return math.NaN()
	}
	return float64(math.Float32frombits(uint32(n.bits)))
}

// useConstants takes the instructions that have a constant in them: comparisons with 0, and
// magnitudes.
func (c *code) useConstants() {
	by := c.written()
	for at := range c.list {
		n := &c.list[at]
		for size := range 2 {
			isZero := func(v int) bool {
				first := by[v]
				return first.opcode != nil && first.isConstant() && first.constant(size) == 0
			}
			for _, z := range withZero {
				switch {
				case n.opcode == z.of[size] && isZero(n.registers[2]):
					c.list[at] = instruction{opcode: z.second[size], registers: n.registers[:2]}
				case n.opcode == z.of[size] && isZero(n.registers[1]):
					c.list[at] = instruction{opcode: z.first[size],
						registers: []int{n.registers[0], n.registers[2]}}
				}
			}
		}
		if n.opcode == and {
			c.list[at] = magnitude(*n, by)
		}
	}
}

// withZero is what a comparison becomes if its first or its second operand is 0.
var withZero = []struct{ of, first, second pair }{
	{fcmeq, fcmeq0, fcmeq0}, {fcmgt, fcmlt0, fcmgt0}, {fcmge, fcmle0, fcmge0}}

// magnitude is FABS for the AND with all bits but the sign.
func magnitude(n instruction, by map[int]instruction) instruction {
	for i, other := range []int{2, 1} {
		mask := by[n.registers[i+1]]
		if mask.opcode != loadConstant || mask.varied {
			continue
		}
		for size, bits := range []uint64{1<<63 - 1 - 1<<31, 1<<63 - 1} {
			if mask.bits == bits {
				return instruction{opcode: fabs[size], registers: []int{n.registers[0], n.registers[other]}}
			}
		}
	}
	return n
}

// dropInversions takes the mask itself where one is used inverted: by clearing where it is set,
// or by selecting the other way round.
func (c *code) dropInversions() {
	of := map[int]int{} // of an inverted mask, in this block
	for at := range c.list {
		n := &c.list[at]
		switch {
		case n.kind == label:
			clear(of)
		case n.opcode == and:
			for i, other := range []int{2, 1} {
				if mask, ok := of[n.registers[i+1]]; ok {
					*n = instruction{opcode: bic, registers: []int{n.registers[0], n.registers[other], mask}}
					break
				}
			}
		case n.opcode == selects:
			if mask, ok := of[n.registers[1]]; ok {
				n.registers = []int{n.registers[0], mask, n.registers[3], n.registers[2]}
			}
		}
		n.writes(func(v int) {
			for inverted, mask := range of {
				if v == inverted || v == mask {
					delete(of, inverted)
				}
			}
		})
		if n.opcode == invert && n.registers[0] != n.registers[1] {
			of[n.registers[0]] = n.registers[1]
		}
	}
}

// expandSelections: a selection destroys the mask or one of the values: one that is not read
// any more, if there is one.
func (c *code) expandSelections() {
	replaced := map[int][]instruction{}
	for _, k := range c.liveness() {
		c.backwards(&k, func(at int, live set) {
			if n := &c.list[at]; n.opcode == selects {
				replaced[at] = c.selection(n, live)
			}
		})
	}
	var list []instruction
	for at, n := range c.list {
		if by, ok := replaced[at]; ok {
			list = append(list, by...)
		} else {
			list = append(list, n)
		}
	}
	c.list = list
}

func (c *code) selection(n *instruction, live set) []instruction {
	dst, mask, yes, no := n.registers[0], n.registers[1], n.registers[2], n.registers[3]
	overMask := instruction{opcode: bsl, registers: []int{mask, yes, no}}
	overNo := instruction{opcode: bit, registers: []int{no, yes, mask}}
	overYes := instruction{opcode: bif, registers: []int{yes, no, mask}}
	forms := []instruction{overNo, overYes, overMask}
	for _, f := range forms {
		if f.registers[0] == dst {
			return []instruction{f}
		}
	}
	best := overMask
	for _, f := range []instruction{overYes, overNo, overMask} {
		if !live.has(f.registers[0]) {
			best = f
		}
	}
	t := c.newVariable(true)
	from := best.registers[0]
	best.registers[0] = t
	return []instruction{{opcode: mov, registers: []int{t, from}}, best,
		{opcode: mov, registers: []int{dst, t}}}
}

// reload loads a constant again where it would be copied from a register: a load costs no
// more, and leaves the vector units and perhaps the register to others.
func (c *code) reload() {
	by := c.written()
	for at := range c.list {
		n := &c.list[at]
		if n.opcode != mov {
			continue
		}
		if from, ok := by[n.registers[1]]; ok && from.isConstant() {
			registers := append([]int{n.registers[0]}, from.registers[1:]...)
			c.list[at] = instruction{opcode: from.opcode, registers: registers, i: from.i,
				bits: from.bits}
		}
	}
}
