package amd64

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
)

// check enforces the rules that a generated function must keep and avo does not
// know: no register and no instruction that only AVX-512 has in an AVX2 function
// (avo's allocator takes Y16 and above when it runs out), the upper halves cleared
// directly before every return, and the tiles released before that, the registers that belong to Go left
// alone, and no suffix
// such as .BCST beside a constant: where a plugin is built, Go's assembler takes the constant's
// address from a table and drops the suffix.
func check(f *ir.File, t Tier) error {
	for _, fn := range f.Functions() {
		if err := checkFunction(fn, t); err != nil {
			return fmt.Errorf("%s: %w", fn.Name, err)
		}
	}
	return nil
}

var (
	vectorName = regexp.MustCompile(`\b[XYZ]([0-9]+)\b`)
	reserved   = regexp.MustCompile(`\b(R14|R15|BP)\b`)
)

func checkFunction(fn *ir.Function, t Tier) error {
	previous, before := "", "" // opcodes
	loads := func(i *ir.Instruction) bool { return i.Opcode == "LDTILECFG" }
	tiles := slices.ContainsFunc(fn.Instructions(), loads)
	for _, node := range fn.Nodes {
		i, ok := node.(*ir.Instruction)
		if !ok {
			if _, label := node.(ir.Label); label {
				previous = "" // a jump comes from elsewhere
			}
			continue
		}
		if err := checkInstruction(i, t); err != nil {
			return err
		}
		if i.Opcode == "RET" && previous != "VZEROUPPER" {
			return fmt.Errorf("RET without VZEROUPPER")
		}
		if i.Opcode == "RET" && tiles && before != "TILERELEASE" {
			return fmt.Errorf("RET without TILERELEASE, which costs whatever thread comes next")
		}
		previous, before = i.Opcode, previous
	}
	return nil
}

func checkInstruction(i *ir.Instruction, t Tier) error {
	for _, op := range i.Operands {
		if r := reserved.FindString(op.Asm()); r != "" {
			return fmt.Errorf("%s uses %s, which belongs to Go", i.Opcode, r)
		}
		if vectorName.MatchString(op.Asm()) && !strings.HasPrefix(i.Opcode, "V") {
			return fmt.Errorf("%s is SSE code, which is slow among AVX code", i.Opcode)
		}
		if len(i.Suffixes) > 0 && strings.Contains(op.Asm(), "(SB)") {
			return fmt.Errorf("%s.%s names a constant: a plugin would lose the suffix", i.Opcode,
				i.Suffixes[0])
		}
		if err := checkVectors(i.Opcode, op, t); err != nil {
			return err
		}
	}
	for _, set := range i.ISA {
		if t.Bytes == 32 && strings.HasPrefix(set, "AVX512") {
			return fmt.Errorf("%s is %s, which AVX2 does not have", i.Opcode, set)
		}
	}
	return nil
}

func checkVectors(opcode string, op operand.Op, t Tier) error {
	for _, m := range vectorName.FindAllStringSubmatch(op.Asm(), -1) {
		if n, _ := strconv.Atoi(m[1]); t.Bytes == 32 && (n >= 16 || m[0][0] == 'Z') {
			return fmt.Errorf("%s uses %s, which AVX2 does not have", opcode, m[0])
		}
	}
	return nil
}
