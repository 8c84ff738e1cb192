package arm64

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// lines are the instructions of a code, with variables for registers.
func (c *code) lines() (list []string) {
	for _, n := range c.list {
		switch {
		case n.kind == label:
			list = append(list, n.s+":")
		case n.kind == comment:
			list = append(list, "// "+n.s)
		case n.opcode == selects:
			list = append(list, fill("select v{0} v{1} v{2} v{3}", n.registers, 0, ""))
		default:
			_, text, word := strings.Cut(n.line(), "// ")
			if !word {
				text = strings.ReplaceAll(n.line(), "\t", " ")
			}
			list = append(list, text)
		}
	}
	return list
}

func compareLines(t *testing.T, name string, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("%s:\n%s\nwant\n%s", name, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// vectors makes so many variables.
func (c *code) vectors(n int) []int {
	list := make([]int, n)
	for i := range list {
		list[i] = c.newVariable(true)
	}
	return list
}

// TestThreadJumps leads jumps past labels, comments and jumps, and leaves out what nothing reaches.
func TestThreadJumps(t *testing.T) {
	c := newCode()
	r := c.newVariable(false)
	c.emit(constInt, 1, "", r)
	c.emit(ifZero, 0, "first", r)
	c.emit(always, 0, "second")
	c.emit(labels, 0, "first")
	c.emit(comments, 0, "a label and a comment, and a jump")
	c.emit(always, 0, "third")
	c.emit(movInt, 0, "", r, r)
	c.emit(labels, 0, "second")
	c.emit(labels, 0, "twin")
	c.emit(subFlagsC, 1, "", r, r)
	c.emit(conditions[1], 0, "twin")
	c.emit(labels, 0, "third")
	c.emit(align, 0, "")
	c.emit(always, 0, "end")
	c.emit(labels, 0, "end")
	c.emit(ret, 0, "")
	c.threadJumps()
	compareLines(t, "detours", c.lines(), "MOVD $1, R0", "CBZ R0, end",
		"// a label and a comment, and a jump", "twin:", "SUBS $1, R0, R0", "BNE twin", "PCALIGN $32",
		"end:", "RET")
}

// TestThreadEndlessLoop: labels that lead round in a circle are left.
func TestThreadEndlessLoop(t *testing.T) {
	c := newCode()
	for _, names := range [][2]string{{"a", "b"}, {"b", "a"}} {
		c.emit(labels, 0, names[0])
		c.emit(always, 0, names[1])
	}
	c.threadJumps()
	compareLines(t, "circle", c.lines(), "a:", "JMP a")
}

// TestSplitWebs: a variable that is written anew is another one, but not where the two meet.
func TestSplitWebs(t *testing.T) {
	c := newCode()
	v, p := c.newVariable(true), c.newVariable(false)
	c.emit(constInt, 0, "", p)
	c.emit(zero, 0, "", v)
	c.emit(quad.store, 0, "", v, p)
	c.emit(zero, 0, "", v)
	c.emit(ifZero, 0, "join", p)
	c.emit(fadd[0], 0, "", v, v, v)
	c.emit(labels, 0, "join")
	c.emit(quad.store, 0, "", v, p)
	c.emit(ret, 0, "")
	c.splitWebs()
	compareLines(t, "webs", c.lines(), "MOVD $0, R0", "VMOVI $0, V1.B16", "FMOVQ F1, (R0)",
		"VMOVI $0, V2.B16", "CBZ R0, join", "fadd v2.4s, v2.4s, v2.4s", "join:", "FMOVQ F2, (R0)", "RET")
}

// TestReadBeforeWritten: to read a variable that nothing has written is a mistake of a body.
func TestReadBeforeWritten(t *testing.T) {
	defer func() {
		if r := recover(); r == nil || !strings.Contains(r.(string), "read before it is written") {
			t.Errorf("panic: %v", r)
		}
	}()
	c := newCode()
	v := c.vectors(2)
	c.emit(fneg[0], 0, "", v[0], v[1])
	c.emit(ret, 0, "")
	c.splitWebs()
}

// TestDropUnused leaves out what nobody reads, one instruction after the other, and nothing that
// stores or writes a register of the machine.
func TestDropUnused(t *testing.T) {
	c := newCode()
	v, p := c.vectors(3), c.newVariable(false)
	c.emit(constInt, 0, "", p)
	c.emit(zero, 0, "", v[0])
	c.emit(comments, 0, "dead")
	c.emit(fneg[0], 0, "", v[1], v[0])
	c.emit(mov, 0, "", v[2], v[1])
	c.emit(fneg[0], 0, "", c.register(true, 28), v[0])
	c.emit(compareConst, 1, "", p)
	c.emit(quad.store, 0, "", v[0], p)
	c.emit(ret, 0, "")
	c.dropUnused()
	compareLines(t, "live code", c.lines(), "MOVD $0, R3", "VMOVI $0, V0.B16", "// dead",
		"fneg v4.4s, v0.4s", "CMP $1, R3", "FMOVQ F0, (R3)", "RET")
}

// TestExpandLimits: one instruction serves where the first number is a constant of which NaN and
// zeros need no care.
func TestExpandLimits(t *testing.T) {
	const one, nan = 0x3f8000003f800000, 0x7fc000007fc00000
	for _, x := range []struct {
		name   string
		opcode *opcode
		bits   uint64
		varied bool
		want   []string
	}{
		{"minimum of a constant", minimum[0], one, false, []string{"fmin v2.4s, v0.4s, v1.4s"}},
		{"maximum of a constant", maximum[0], one, false, []string{"fmax v2.4s, v0.4s, v1.4s"}},
		{"of elements of 64 bits", maximum[1], 1 << 62, false, []string{"fmax v2.2d, v0.2d, v1.2d"}},
		{"minimum of NaN", minimum[0], nan, false,
			[]string{"fcmgt v4.4s, v1.4s, v0.4s", "select v2 v4 v0 v1"}},
		{"minimum of 0", minimum[0], 0, false,
			[]string{"fcmgt v4.4s, v1.4s, v0.4s", "select v2 v4 v0 v1"}},
		{"maximum of several numbers", maximum[0], one, true,
			[]string{"fcmgt v4.4s, v0.4s, v1.4s", "select v2 v4 v0 v1"}},
		{"maximum of two in a word", maximum[0], 0x7ff8000000000001, false,
			[]string{"fcmgt v4.4s, v0.4s, v1.4s", "select v2 v4 v0 v1"}},
	} {
		c := newCode()
		v, p := c.vectors(3), c.newVariable(false)
		c.list = append(c.list, instruction{opcode: loadConstant, registers: []int{v[0], p}, bits: x.bits,
			varied: x.varied})
		c.emit(x.opcode, 0, "", v[2], v[0], v[1])
		c.expandLimits()
		compareLines(t, x.name, c.lines()[1:], x.want...)
	}
}

// TestExpandLimitsOfZero: the larger one of 0 and a number clears it where it is negative; a
// constant that has been written twice is none.
func TestExpandLimitsOfZero(t *testing.T) {
	c := newCode()
	v := c.vectors(3)
	c.emit(zero, 0, "", v[0])
	c.emit(maximum[1], 0, "", v[2], v[0], v[1])
	c.expandLimits()
	compareLines(t, "zero", c.lines()[1:], "fcmlt v3.2d, v1.2d, #0.0", "bic v2.16b, v1.16b, v3.16b")

	c = newCode()
	v = c.vectors(3)
	c.emit(zero, 0, "", v[0])
	c.emit(fneg[0], 0, "", v[0], v[0])
	c.emit(maximum[0], 0, "", v[2], v[0], v[1])
	c.expandLimits()
	compareLines(t, "no constant", c.lines()[2:], "fcmgt v3.4s, v0.4s, v1.4s", "select v2 v3 v0 v1")
}

// TestExpandSelections: a selection overwrites the operand that it is written to, or else one that
// is not read any more.
func TestExpandSelections(t *testing.T) {
	for _, x := range []struct {
		name string
		dst  int // of 0: another one, 1: mask, 2: yes, 3: no
		live []int
		want []string
	}{
		{"over the mask", 1, nil, []string{"VBSL V3.B16, V2.B16, V1.B16"}},
		{"over yes", 2, nil, []string{"VBIF V1.B16, V3.B16, V2.B16"}},
		{"over no", 3, nil, []string{"VBIT V1.B16, V2.B16, V3.B16"}},
		{"mask is free", 0, []int{2, 3}, []string{"VMOV V1.B16, V5.B16", "VBSL V3.B16, V2.B16, V5.B16",
			"VMOV V5.B16, V0.B16"}},
		{"yes is free", 0, []int{1, 3}, []string{"VMOV V2.B16, V5.B16", "VBIF V1.B16, V3.B16, V5.B16",
			"VMOV V5.B16, V0.B16"}},
		{"no is free", 0, []int{1, 2}, []string{"VMOV V3.B16, V5.B16", "VBIT V1.B16, V2.B16, V5.B16",
			"VMOV V5.B16, V0.B16"}},
		{"none is free", 0, []int{1, 2, 3}, []string{"VMOV V1.B16, V5.B16", "VBSL V3.B16, V2.B16, V5.B16",
			"VMOV V5.B16, V0.B16"}},
	} {
		c := newCode()
		v, p := c.vectors(4), c.newVariable(false)
		c.emit(selects, 0, "", v[x.dst], v[1], v[2], v[3])
		for _, live := range append(x.live, x.dst) {
			c.emit(quad.store, 0, "", v[live], p)
		}
		c.emit(ret, 0, "")
		c.expandSelections()
		compareLines(t, x.name, c.lines()[:len(x.want)], x.want...)
	}
}

// TestReload: a constant is loaded again instead of copied.
func TestReload(t *testing.T) {
	c := newCode()
	v, p := c.vectors(4), c.newVariable(false)
	c.list = append(c.list, instruction{opcode: loadConstant, registers: []int{v[0], p}, i: 32, bits: 7})
	c.emit(mov, 0, "", v[1], v[0])
	c.emit(fneg[0], 0, "", v[2], v[0])
	c.emit(mov, 0, "", v[3], v[2])
	c.reload()
	compareLines(t, "constants", c.lines(), "FMOVQ 32(R4), F0", "FMOVQ 32(R4), F1", "fneg v2.4s, v0.4s",
		"VMOV V2.B16, V3.B16")
	if c.list[1].bits != 7 {
		t.Errorf("the second one has bits %d", c.list[1].bits)
	}
}

// pressure is code with so many variables that live at the same time.
func pressure(vectors, ints int) *code {
	c := newCode()
	v := c.vectors(vectors)
	p := make([]int, ints)
	for i := range p {
		p[i] = c.newVariable(false)
		c.emit(constInt, 1, "", p[i])
	}
	for i := range v {
		c.emit(quad.load, 0, "", v[i], p[0])
	}
	for i := range p {
		c.emit(integer.store, 0, "", p[i], p[0])
	}
	for i := range v {
		c.emit(quad.store, 0, "", v[i], p[0])
	}
	c.emit(ret, 0, "")
	return c
}

// TestAllocateAll: each register has its use, and one variable more is an error.
func TestAllocateAll(t *testing.T) {
	full := [2]int{len(vectorRegisters), len(integerRegisters)}
	if full != [2]int{32, 26} {
		t.Errorf("%v registers", full)
	}
	if err := followRegisters(pressure(full[0], full[1])); err != nil {
		t.Error(err)
	}
	for _, n := range [][2]int{{full[0] + 1, 1}, {1, full[1] + 1}} {
		if err := pressure(n[0], n[1]).allocate(); !errors.Is(err, errRegisters) {
			t.Errorf("%d vectors and %d integers: %v", n[0], n[1], err)
		}
	}
}

// TestAllocateFixed: a register of the machine is not given to what lives at the same time.
func TestAllocateFixed(t *testing.T) {
	c := newCode()
	v, p := c.vectors(31), c.newVariable(false)
	fixed := c.register(true, 17)
	c.emit(constInt, 1, "", p)
	for _, r := range append(v, fixed) {
		c.emit(quad.load, 0, "", r, p)
	}
	for _, r := range append(v, fixed) {
		c.emit(quad.store, 0, "", r, p)
	}
	c.emit(ret, 0, "")
	if err := followRegisters(c); err != nil {
		t.Error(err)
	}
}

// TestCoalesce: a copy joins its variables where they do not disturb each other.
func TestCoalesce(t *testing.T) {
	c := newCode()
	v, p := c.vectors(3), c.newVariable(false)
	c.emit(constInt, 1, "", p)
	c.emit(quad.load, 0, "", v[0], p)
	c.emit(mov, 0, "", v[1], v[0]) // the two hold the same
	c.emit(fadd[0], 0, "", v[2], v[0], v[1])
	c.emit(mov, 0, "", c.register(true, 30), v[2]) // into a register of the machine
	c.emit(quad.store, 0, "", c.register(true, 30), p)
	c.emit(ret, 0, "")
	if err := followRegisters(c); err != nil {
		t.Error(err)
	}
	compareLines(t, "copies", c.lines(), "MOVD $1, R0", "FMOVQ (R0), F0", "fadd v30.4s, v0.4s, v0.4s",
		"FMOVQ F30, (R0)", "RET")

	c = newCode()
	v, p = c.vectors(2), c.newVariable(false)
	c.emit(constInt, 1, "", p)
	c.emit(quad.load, 0, "", v[0], p)
	c.emit(mov, 0, "", v[1], v[0])
	c.emit(fneg[0], 0, "", v[1], v[1]) // they differ from here on
	c.emit(fadd[0], 0, "", v[1], v[1], v[0])
	c.emit(quad.store, 0, "", v[1], p)
	c.emit(ret, 0, "")
	if err := followRegisters(c); err != nil {
		t.Error(err)
	}
	if n := c.list[2]; n.opcode != mov {
		t.Errorf("the copy has become %s", n.line())
	}
}

// TestAllocatePair: an instruction that writes two registers writes two different ones, even if nobody
// reads one of them.
func TestAllocatePair(t *testing.T) {
	c := newCode()
	v, p := c.vectors(2), c.newVariable(false)
	c.emit(constInt, 1, "", p)
	c.emit(loadPair, 0, "", v[0], p, v[1])
	c.emit(quad.store, 0, "", v[0], p)
	c.emit(ret, 0, "")
	if err := followRegisters(c); err != nil {
		t.Error(err)
	}
	if r := c.list[1].registers; r[0] == r[2] {
		t.Errorf("%s", c.list[1].line())
	}
}

// TestPair joins neighbours across what they do not meet, and leaves the others.
func TestPair(t *testing.T) {
	for _, x := range []struct {
		name   string
		middle func(c *code, v []int, p, q int)
		joined bool
	}{
		{"nothing between", func(*code, []int, int, int) {}, true},
		{"other instruction", func(c *code, v []int, p, q int) { c.emit(fneg[0], 0, "", v[2], v[0]) }, true},
		{"use of the second vector", func(c *code, v []int, p, q int) {
			c.emit(fneg[0], 0, "", v[1], v[0])
			c.emit(quad.store, 512, "", v[1], p)
		}, false},
		{"change of the pointer", func(c *code, v []int, p, q int) {
			c.emit(addConst, 16, "", p, p)
		}, false},
		{"store elsewhere", func(c *code, v []int, p, q int) { c.emit(quad.store, 32, "", v[2], q) }, true},
		{"store at the same distance", func(c *code, v []int, p, q int) {
			c.emit(quad.store, 16, "", v[2], q)
		}, false},
		{"store of a lane", func(c *code, v []int, p, q int) { c.emit(store1, 2, "", v[2], q) }, false},
		{"store of half a vector", func(c *code, v []int, p, q int) {
			c.emit(double.store, 24, "", v[2], q)
		}, false},
	} {
		c := newCode()
		v, p, q := c.vectors(3), c.newVariable(false), c.newVariable(false)
		c.emit(constInt, 1, "", p)
		c.emit(quad.load, 0, "", v[0], p)
		x.middle(c, v, p, q)
		c.emit(quad.load, 16, "", v[1], p)
		c.emit(ret, 0, "")
		c.pair(closeness[0])
		joined := slices.ContainsFunc(c.list, func(n instruction) bool { return n.opcode == loadPair })
		if joined != x.joined {
			t.Errorf("%s: a pair: %v", x.name, joined)
		}
	}
}

// TestPairStores: a store sinks to its neighbour, and not below what reads or writes its place or
// changes its vector.
func TestPairStores(t *testing.T) {
	for _, x := range []struct {
		name   string
		middle func(c *code, v []int, p, q int)
		joined bool
	}{
		{"other instruction", func(c *code, v []int, p, q int) { c.emit(fneg[0], 0, "", v[2], v[0]) }, true},
		{"change of the vector", func(c *code, v []int, p, q int) {
			c.emit(fneg[0], 0, "", v[0], v[1])
		}, false},
		{"load of the same distance", func(c *code, v []int, p, q int) {
			c.emit(single.load, 12, "", v[2], q)
		}, false},
		{"load of a lane", func(c *code, v []int, p, q int) { c.emit(load1, 0, "", v[2], q) }, false},
		{"store to the same place", func(c *code, v []int, p, q int) {
			c.emit(quad.store, 0, "", v[2], p)
		}, false},
	} {
		c := newCode()
		v, p, q := c.vectors(3), c.newVariable(false), c.newVariable(false)
		c.emit(quad.store, 0, "", v[0], p)
		x.middle(c, v, p, q)
		c.emit(quad.store, 16, "", v[1], p)
		c.emit(ret, 0, "")
		c.pair(closeness[0])
		// a store in between may join the last one instead
		joined := slices.ContainsFunc(c.list, func(n instruction) bool {
			return n.opcode == storePair && n.registers[0] == v[0]
		})
		if joined != x.joined {
			t.Errorf("%s: a pair: %v", x.name, joined)
		}
	}
}
