package arm64

import (
	"fmt"
	"maps"
	"slices"
	"testing"
)

// location is a register in which a pass has put variables: one of the machine, or another variable.
type location struct {
	vector bool
	number int
}

// contents are the variables whose values are in a location, by location.
type contents map[location]map[int]bool

// put says that a variable has a new value, which is in one location.
func (c contents) put(variable int, to location) {
	for _, variables := range c {
		delete(variables, variable)
	}
	c[to] = map[int]bool{variable: true}
}

// rename says that one variable has the value of another.
func (c contents) rename(to, from int) {
	for _, variables := range c {
		if variables[from] {
			variables[to] = true
		} else {
			delete(variables, to)
		}
	}
}

func (c contents) clone() contents {
	d := contents{}
	for at, variables := range c {
		d[at] = maps.Clone(variables)
	}
	return d
}

// meet leaves what both have, and reports whether that is less than it was.
func (c contents) meet(d contents) (changed bool) {
	for at, variables := range c {
		for v := range variables {
			if !d[at][v] {
				delete(variables, v)
				changed = true
			}
		}
	}
	return changed
}

// step is an instruction other than a copy, as it was and as it has become, behind the copies in
// front of it.
type step struct {
	copies, copiesNow []instruction
	was, is           instruction
}

// steps pairs the instructions of two lists. What a copy does to variables and what one does to
// locations are changes of different things, so that those of either list need no order.
func steps(before, after []instruction) ([]step, error) {
	was, is := withoutCopies(before), withoutCopies(after)
	if len(was) != len(is) {
		return nil, fmt.Errorf("%d instructions have become %d", len(was), len(is))
	}
	for i := range was {
		was[i].copiesNow, was[i].is = is[i].copies, is[i].was
		a, b := was[i].was, was[i].is
		if a.opcode != b.opcode || a.i != b.i || a.s != b.s || a.bits != b.bits {
			return nil, fmt.Errorf("%s has become %s", &a, &b)
		}
	}
	return was, nil
}

func withoutCopies(list []instruction) (steps []step) {
	var copies []instruction
	for _, n := range list {
		switch n.kind {
		case move:
			copies = append(copies, n)
			continue
		case label: // jumps to it go past the copies
			steps = append(steps, step{copies: copies, was: instruction{opcode: align}})
			copies = nil
		}
		steps = append(steps, step{copies: copies, was: n})
		copies = nil
	}
	return steps
}

// follow walks all paths of a code and returns an error unless each read of a variable finds, in the
// register that has taken its place, the value that the variable has.
func follow(before []instruction, variables []variable, after []instruction) error {
	list, err := steps(before, after)
	if err != nil {
		return err
	}
	labels := map[string]int{}
	for i, s := range list {
		if s.was.kind == label {
			labels[s.was.s] = i
		}
	}
	start := contents{} // fixed variables begin with what is in their registers
	for v, at := range variables {
		if at.fixed != virtual {
			start[location{at.vector, at.fixed}] = map[int]bool{v: true}
		}
	}
	entry := map[int]contents{0: start} // of the blocks that have been reached, by their first steps
	for work := []int{0}; len(work) > 0; {
		at := work[0]
		work = work[1:]
		now := entry[at].clone()
		at, err := followBlock(list, at, now, variables)
		if err != nil {
			return fmt.Errorf("%s, now %s: %w", &list[at].was, &list[at].is, err)
		}
		for _, next := range list[at].next(at, labels) {
			if entry[next] == nil {
				entry[next] = now.clone()
			} else if !entry[next].meet(now) {
				continue
			}
			if !slices.Contains(work, next) {
				work = append(work, next)
			}
		}
	}
	return nil
}

// followBlock follows up to a jump or in front of a label, and returns the last step.
func followBlock(list []step, at int, now contents, variables []variable) (int, error) {
	for ; ; at++ {
		s := &list[at]
		if err := s.follow(now, variables); err != nil {
			return at, err
		}
		if _, jumps := s.was.target(); jumps || s.was.kind == leave || list[at+1].was.kind == label {
			return at, nil
		}
	}
}

// next are the steps that may follow.
func (s *step) next(at int, labels map[string]int) (list []int) {
	if to, ok := s.was.target(); ok {
		list = append(list, labels[to])
	}
	if s.was.kind != jump && s.was.kind != leave {
		list = append(list, at+1)
	}
	return list
}

func (s *step) follow(now contents, variables []variable) error {
	for _, n := range s.copies {
		now.rename(n.registers[0], n.registers[1])
	}
	for _, n := range s.copiesNow {
		to, from := n.location(0), n.location(1)
		now[to] = maps.Clone(now[from])
		if now[to] == nil {
			now[to] = map[int]bool{}
		}
	}
	for i, v := range s.was.registers {
		at := s.is.location(i)
		switch {
		case at.vector != variables[v].vector:
			return fmt.Errorf("register %d is of the other kind", i)
		case variables[v].fixed != virtual && variables[v].fixed != at.number:
			return fmt.Errorf("register %d is not %d", i, variables[v].fixed)
		case s.was.roles[i] != 'w' && !now[at][v]:
			return fmt.Errorf("register %d does not hold variable %d", i, v)
		case s.was.roles[i] == 'x' && i > 0:
			return fmt.Errorf("register %d is read and written", i)
		}
	}
	for i, v := range s.was.registers {
		if s.was.roles[i] != 'r' {
			now.put(v, s.is.location(i))
		}
	}
	return nil
}

// String is the instruction for messages.
func (n *instruction) String() string {
	text := n.text
	if text == "" {
		text = n.gnu
	}
	return fmt.Sprint(fill(text, n.registers, n.i, n.s), " ", n.registers)
}

// location is where an operand is.
func (n *instruction) location(at int) location { return location{n.vectorAt(at), n.registers[at]} }

// asVariables is a list whose registers are variables still, with numbers above those of registers,
// which fixed ones have.
func asVariables(list []instruction, variables []variable) []instruction {
	list = slices.Clone(list)
	for at := range list {
		registers := slices.Clone(list[at].registers)
		for i, v := range registers {
			registers[i] = v + 32
			if variables[v].fixed != virtual {
				registers[i] = variables[v].fixed
			}
		}
		list[at].registers = registers
	}
	return list
}

// followWebs splits webs and follows the variables into them.
func followWebs(c *code) error {
	before, variables := slices.Clone(c.list), c.variables
	c.splitWebs()
	return follow(before, variables, asVariables(c.list, c.variables))
}

// followRegisters allocates registers and follows the variables into them.
func followRegisters(c *code) error {
	before := slices.Clone(c.list)
	if err := c.allocate(); err != nil {
		return err
	}
	for _, n := range c.list {
		for i, r := range n.registers {
			usable := integerRegisters
			if n.vectorAt(i) {
				usable = vectorRegisters
			}
			if !slices.Contains(usable, r) {
				return fmt.Errorf("%s uses a register of others", n.line())
			}
		}
	}
	return follow(before, c.variables, c.list)
}

// TestFollow: in every function each read finds the value of its variable, when variables are
// split and when they get registers.
func TestFollow(t *testing.T) {
	for name, m := range begun {
		m.placePool()
		m.threadJumps()
		if err := followWebs(m.code); err != nil {
			t.Errorf("%s, webs: %v", name, err)
		}
	}
	for name, m := range begun {
		m.prepare()
		if err := m.fit(func() error { return followRegisters(m.code) }); err != nil {
			t.Errorf("%s, registers: %v", name, err)
		}
	}
}

// TestFollowPlanted: the check above sees every wrong register that is read.
func TestFollowPlanted(t *testing.T) {
	planted := 0
	for name, m := range begun {
		if name != "UpdateLionF64NEON" {
			continue
		}
		m.prepare()
		before := slices.Clone(m.list)
		if err := m.allocate(); err != nil {
			t.Fatal(err)
		}
		for at := range m.list {
			n := &m.list[at]
			right := n.registers
			for i := range right {
				if n.roles[i] == 'w' {
					continue
				}
				n.registers = slices.Clone(right)
				n.registers[i] = (right[i] + 1) % 18
				planted++
				if follow(before, m.variables, m.list) == nil {
					t.Errorf("register %d of %s is wrong, but nobody sees it", i, n.line())
				}
			}
			n.registers = right
		}
	}
	if planted < 100 {
		t.Errorf("%d registers", planted)
	}
}
