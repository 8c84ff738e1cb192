package arm64

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
)

var (
	// reserved are the registers that belong to the system, to the assembler, to Go and to the frame.
	reserved = regexp.MustCompile(`\b(R18|R27|R28|R29|R30|[xw](18|27|28|29|30))\b`)
	// general are the registers that a word must not name.
	general = regexp.MustCompile(`\b(sp|[xw]([0-9]+|zr))\b`)
	// movesStack matches an instruction with the stack pointer for its destination.
	movesStack = regexp.MustCompile(`, RSP$`)
)

// check enforces the rules that a generated function must keep: no register that belongs to
// others, and words for vector instructions only, so that unwinders and profilers know every
// change of the stack and every branch.
func (m *machine) check() error {
	for at := range m.list {
		n := &m.list[at]
		if n.kind == label || n.kind == comment {
			continue
		}
		if n.text == "" && n.gnu == "" || n.kind == choice {
			return fmt.Errorf("instruction %d has no text", at)
		}
		if err := m.checkInstruction(n); err != nil {
			return fmt.Errorf("%s %w", n.line(), err)
		}
	}
	if last := m.list[len(m.list)-1].kind; last != leave && last != jump {
		return errors.New("the function goes on behind its end")
	}
	return nil
}

func (m *machine) checkInstruction(n *instruction) error {
	if r := reserved.FindString(n.line()); r != "" {
		return fmt.Errorf("uses %s", r)
	}
	if movesStack.MatchString(n.text) {
		return errors.New("moves the stack pointer")
	}
	inFrame := frameStart <= n.i && n.i < int64(frameStart+m.frame)
	if strings.Contains(n.text, "RSP") && !inFrame {
		return errors.New("is outside the frame")
	}
	if n.text == "" && !n.isVectorWord() {
		return errors.New("is a word and no vector instruction")
	}
	return nil
}

// isVectorWord reports whether an instruction without a text works with vectors alone: three bits
// of the encoding tell arithmetic with vectors and floats from all else, and stores of vectors. Of
// general registers it may name that with the place of a store.
func (n *instruction) isVectorWord() bool {
	class := n.word(n.registers, n.i) >> 25 & 7
	if n.opcode == streamPair {
		return class == 6
	}
	return n.kind == pure && class == 7 && !general.MatchString(n.line())
}
