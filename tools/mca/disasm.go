package main

import (
	"fmt"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
)

// instr is an instruction in the disassembly.
type instr struct {
	addr   uint64
	op     string // the mnemonic, as "fmla"
	args   string // the operands
	target uint64 // where a branch goes, else 0
}

// disassemble returns the code of a file from address start up to end.
func (l *llvm) disassemble(file string, start, end uint64) ([]instr, error) {
	text, err := output(exec.Command(l.objdump, "-d", "--no-show-raw-insn",
		fmt.Sprintf("--start-address=%#x", start), fmt.Sprintf("--stop-address=%#x", end), file))
	if err != nil {
		return nil, err
	}
	return parseDisassembly(string(text))
}

var (
	line    = regexp.MustCompile(`^\s*([0-9a-f]+):\s+(\S+)\s*(.*)$`)
	address = regexp.MustCompile(`0x([0-9a-f]+)(?: <[^>]*>)?$`)
)

// parseDisassembly reads what llvm-objdump prints.
func parseDisassembly(text string) ([]instr, error) {
	var code []instr
	for s := range strings.Lines(text) {
		m := line.FindStringSubmatch(strings.TrimRight(s, "\n"))
		if m == nil {
			continue
		}
		in := instr{op: m[2], args: m[3]}
		var err error
		if in.addr, err = strconv.ParseUint(m[1], 16, 64); err != nil {
			return nil, err
		}
		if strings.HasPrefix(in.op, "<") || strings.HasPrefix(in.op, ".") {
			return nil, fmt.Errorf("llvm-objdump cannot decode the instruction at %#x", in.addr)
		}
		if in.branches() {
			a := address.FindStringSubmatch(in.args)
			if a == nil {
				return nil, fmt.Errorf("the branch at %#x has no target: %s %s", in.addr, in.op, in.args)
			}
			if in.target, err = strconv.ParseUint(a[1], 16, 64); err != nil {
				return nil, err
			}
		}
		code = append(code, in)
	}
	return code, nil
}

// branches reports whether the instruction jumps to a fixed place in its function.
func (in instr) branches() bool {
	switch in.op {
	case "b", "cbz", "cbnz", "tbz", "tbnz":
		return true
	}
	return strings.HasPrefix(in.op, "b.")
}

// falls reports whether the next instruction may follow.
func (in instr) falls() bool { return in.op != "b" && in.op != "ret" && in.op != "br" }

// vector reports whether the instruction computes on vector registers, or moves one.
func (in instr) vector() bool { return vectorRegister.MatchString(in.args) }

var vectorRegister = regexp.MustCompile(`\b(v[0-9]+\.|[qds][0-9]+\b)`)

// assembly is the instruction as llvm-mca reads it; label stands for all addresses in it.
func (in instr) assembly(label string) string {
	args := in.args
	if in.branches() || in.op == "adr" || in.op == "adrp" || in.op == "ldr" {
		args = address.ReplaceAllString(args, label)
	}
	return in.op + "\t" + args + "\n"
}
