package arm64

import (
	"strings"
	"testing"
)

// TestCheck plants each defect in a function and wants it named.
func TestCheck(t *testing.T) {
	word := func(gnu string, code uint32) *opcode {
		return &opcode{roles: "ww", kind: pure, gnu: gnu, code: code}
	}
	for _, c := range []struct {
		name, want string
		opcode     *opcode
		registers  []int
		i          int64
	}{
		{"sound", "", fadd[0], []int{31, 0, 30}, 0},
		{"sound frame", "", quad.storeFrame, []int{31}, frameStart + 16},
		{"register of the system", "uses R18", movInt, []int{18, 0}, 0},
		{"register of the assembler", "uses R27", addInt, []int{0, 1, 27}, 0},
		{"goroutine pointer", "uses R28", integer.load, []int{0, 28}, 8},
		{"frame pointer", "uses R29", shlConst, []int{29, 0}, 3},
		{"link register", "uses R30", toInt, []int{30, 0}, 0},
		{"choice", "has no text", selects, []int{0, 1, 2, 3}, 0},
		{"nothing", "has no text", &opcode{}, nil, 0},
		{"stack pointer", "moves the stack pointer", scalar("", "ADD $16, RSP, RSP"), nil, 0},
		{"below the frame", "outside the frame", quad.storeFrame, []int{0}, 0},
		{"above the frame", "outside the frame", quad.loadFrame, []int{0}, frameStart + 32},
		{"address above the frame", "outside the frame", frameAt, []int{0}, frameStart + 32},
		{"word of a branch", "no vector instruction", word("b v{0}.4s", 0x14000000), []int{0}, 0},
		{"word of a call", "no vector instruction", word("blr x{0}", 0xd63f0000), []int{0}, 0},
		{"word of FPCR", "no vector instruction", word("msr fpcr", 0xd51b4400), nil, 0},
		{"word of a load", "no vector instruction", word("ldr q{0}, [x{1}]", 0x3dc00000), []int{0, 1}, 0},
		{"word of a sum", "no vector instruction", word("add v{0}", 0x8b000000), []int{0, 0}, 0},
		{"word with a general register", "no vector instruction", word("fmov x{0}, d{1}", 0x9e660000),
			[]int{0, 0}, 0},
		{"word that does more", "no vector instruction", &opcode{gnu: "fadd v0.4s", code: 0x4e20d400},
			nil, 0},
	} {
		m := newMachine(4, "func(n int)", newData())
		m.Frame(32)
		m.emit(c.opcode, c.i, "", c.registers...)
		m.emit(ret, 0, "")
		err := m.check()
		if (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: check says %v, want %q", c.name, err, c.want)
		}
	}
}

// TestCheckEnd: nothing goes on behind the end of a function.
func TestCheckEnd(t *testing.T) {
	m := newMachine(4, "func(n int)", newData())
	m.emit(labels, 0, "loop")
	m.emit(ifZero, 0, "loop", 0)
	if err := m.check(); err == nil || !strings.Contains(err.Error(), "behind its end") {
		t.Errorf("check says %v", err)
	}
}
