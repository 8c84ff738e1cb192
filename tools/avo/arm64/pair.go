package arm64

import "slices"

// pairs says how far apart in the code two loads or stores of neighbouring vectors may stand that
// become one instruction. Cores decode and retire a pair as one. Products keep single loads,
// which in-order cores execute faster (cortex-a55 by half, says llvm-mca).
type pairs struct{ constants, others int }

// closeness is what allocation tries in turn, since the registers of a pair live longer.
var closeness = []pairs{{24, 64}, {6, 64}, {0, 64}, {0, 12}, {}}

// pair joins accesses within blocks.
func (c *code) pair(p pairs) {
	starts := c.blocks()
	for _, k := range slices.Backward(starts) {
		body := slices.Clone(c.list[k.from:k.to])
		body = pairLoads(body, p)
		body = pairStores(body, p)
		c.list = slices.Replace(c.list, k.from, k.to, body...)
	}
}

// pairLoads moves a load up to the one whose neighbour it loads.
func pairLoads(body []instruction, p pairs) []instruction {
	for at := 0; at < len(body); at++ {
		reach := p.others
		switch body[at].opcode {
		case loadConstant:
			reach = p.constants
		case quad.load:
		default:
			continue
		}
		for next := at + 1; next < len(body) && next <= at+reach; next++ {
			if beside(&body[at], &body[next]) && body[next].registers[0] != body[at].registers[0] &&
				mayRise(body[at+1:next], &body[next]) {
				body[at] = joined(loadPair, body[at], body[next])
				body = slices.Delete(body, next, next+1)
				break
			}
			if writes(&body[next], body[at].registers[1]) {
				break
			}
		}
	}
	return body
}

// pairStores moves a store down to the one whose neighbour it stores.
func pairStores(body []instruction, p pairs) []instruction {
	for at := len(body) - 1; at >= 0; at-- {
		pair, ok := map[*opcode]*opcode{quad.store: storePair, streamStore: streamPair}[body[at].opcode]
		if !ok {
			continue
		}
		for before := at - 1; before >= 0 && before >= at-p.others; before-- {
			if beside(&body[before], &body[at]) && maySink(body[before+1:at], &body[before]) {
				body[at] = joined(pair, body[before], body[at])
				body = slices.Delete(body, before, before+1)
				at--
				break
			}
			if writes(&body[before], body[at].registers[1]) {
				break
			}
		}
	}
	return body
}

// beside reports whether one instruction can stand for both: they load or store vectors side by
// side, whose places it can name.
func beside(a, b *instruction) bool {
	return a.opcode == b.opcode && a.registers[1] == b.registers[1] &&
		(a.i-b.i == vectorBytes || b.i-a.i == vectorBytes) &&
		a.i%vectorBytes == 0 && min(a.i, b.i) >= -1024 && min(a.i, b.i) < 1024
}

func joined(o *opcode, a, b instruction) instruction {
	if b.i < a.i {
		a, b = b, a
	}
	return instruction{opcode: o, registers: []int{a.registers[0], a.registers[1], b.registers[0]}, i: a.i}
}

// mayRise reports whether a load can stand before the instructions.
func mayRise(passed []instruction, load *instruction) bool {
	for at := range passed {
		n := &passed[at]
		if uses(n, load.registers[0]) || writes(n, load.registers[1]) {
			return false
		}
		if load.opcode != loadConstant && n.stores() && n.meets(load) {
			return false
		}
	}
	return true
}

// maySink reports whether a store can stand behind the instructions.
func maySink(passed []instruction, store *instruction) bool {
	for at := range passed {
		n := &passed[at]
		if writes(n, store.registers[0]) || writes(n, store.registers[1]) {
			return false
		}
		if (n.stores() || n.loads()) && n.meets(store) {
			return false
		}
	}
	return true
}

func uses(n *instruction, variable int) bool { return slices.Contains(n.registers, variable) }

func writes(n *instruction, variable int) (found bool) {
	n.writes(func(v int) { found = found || v == variable })
	return found
}

// width is how many bytes an instruction loads or stores at its integer, behind the register
// that follows those it moves; 0 if it is none of these.
func (n *instruction) width() int64 {
	switch n.opcode {
	case loadPair, storePair, streamPair:
		return 2 * vectorBytes
	case streamStore:
		return vectorBytes
	}
	for _, a := range accesses {
		if n.opcode == a.load || n.opcode == a.store || n.opcode == a.loadFrame || n.opcode == a.storeFrame {
			return int64(a.size)
		}
	}
	return 0
}

func (n *instruction) stores() bool {
	return slices.Contains([]*opcode{storePair, streamStore, streamPair, store1}, n.opcode) ||
		slices.ContainsFunc(accesses, func(a access) bool {
			return n.opcode == a.store || n.opcode == a.storeFrame
		})
}

func (n *instruction) loads() bool {
	known := n.opcode == load1 || n.opcode == loadR[0] || n.opcode == loadR[1] ||
		n.opcode == loadIndexed[0] || n.opcode == loadIndexed[1] ||
		n.opcode == loadScaled[0] || n.opcode == loadScaled[1]
	return known || !n.stores() && n.opcode != loadConstant && n.width() > 0
}

// meets reports whether two accesses may be of the same place. The public functions guarantee that
// the operands of a kernel share no element or are the same slice (package operand in
// kernels/internal). A kernel walks operands that are the same side by side, with the same
// distances from its pointers. So two accesses meet where their distances do, whatever the
// registers. An access without a known distance meets all.
func (n *instruction) meets(other *instruction) bool {
	a, b := n.width(), other.width()
	return a == 0 || b == 0 || n.i < other.i+b && other.i < n.i+a
}
