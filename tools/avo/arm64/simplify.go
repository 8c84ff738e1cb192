package arm64

import "slices"

// threadJumps leads every jump to where it ends, and leaves out what nothing reaches: labels
// that nobody names, jumps to what follows them, and code behind a jump.
func (c *code) threadJumps() {
	ends := map[string]string{}
	for at := range c.list {
		if c.list[at].kind == label {
			if end, ok := c.goesOn(at); ok {
				ends[c.list[at].s] = end
			}
		}
	}
	for at := range c.list {
		n := &c.list[at]
		if to, ok := n.target(); ok {
			for range ends {
				next, ok := ends[to]
				if !ok || next == to {
					break
				}
				to = next
			}
			n.s = to
		}
	}
	for n := -1; n != len(c.list); {
		n = len(c.list)
		c.dropUnreached()
	}
}

// goesOn says where the code at a label goes on at once: at the next label, or where a jump
// leads.
func (c *code) goesOn(at int) (string, bool) {
	for _, n := range c.list[at+1:] {
		switch {
		case n.kind == comment || n.opcode == align:
		case n.kind == label || n.kind == jump:
			return n.s, true
		default:
			return "", false
		}
	}
	return "", false
}

func (c *code) dropUnreached() {
	used := map[string]bool{}
	for at := range c.list {
		if to, ok := c.list[at].target(); ok {
			used[to] = true
		}
	}
	var kept []instruction
	left := false
	for at, n := range c.list {
		switch n.kind {
		case label:
			if !used[n.s] {
				continue
			}
			left = false
		case comment:
		default:
			if left || n.kind == jump && c.follows(n.s, at+1) {
				continue
			}
			left = n.kind == jump || n.kind == leave
		}
		kept = append(kept, n)
	}
	c.list = kept
}

// follows reports whether nothing is executed between a place and a label.
func (c *code) follows(name string, at int) bool {
	for _, n := range c.list[at:] {
		switch {
		case n.kind == label && n.s == name:
			return true
		case n.kind != label && n.kind != comment && n.opcode != align:
			return false
		}
	}
	return false
}

// dropUnused leaves out instructions whose results nobody reads.
func (c *code) dropUnused() {
	for again := true; again; {
		again = false
		for _, k := range c.liveness() {
			c.backwards(&k, func(at int, live set) {
				n := &c.list[at]
				if n.kind != pure && n.kind != move {
					return
				}
				needed := false
				n.writes(func(v int) { needed = needed || live.has(v) || c.variables[v].fixed != virtual })
				if !needed {
					c.list[at] = instruction{opcode: comments}
					again = true
				}
			})
		}
		c.list = slices.DeleteFunc(c.list, func(n instruction) bool {
			return n.kind == comment && n.s == ""
		})
	}
}
