package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/ashlar-go/ashlar/tools/internal/arm64"
)

// leaves disassembles every NEON function and returns an error if one is more than a leaf: it
// must not write a register that belongs to others, not change the mode of arithmetic, and not
// leave itself but by its return. binary is the test of package clobber, which has all of them,
// and functions that the check must find guilty.
func leaves(binary string) error {
	stubs, _, err := arm64.Stubs(binary, "")
	if err != nil {
		return err
	}
	instructions := 0
	for _, f := range stubs {
		code, err := arm64.Disassemble(binary, f)
		if err != nil {
			return err
		}
		if wrong := guilty(f, code); wrong != "" {
			return fmt.Errorf("%s: %s", f.Name, wrong)
		}
		instructions += len(code)
	}
	for _, planted := range []string{"plantR18", "plantR27", "plantR28", "plantR29", "plantFPCR", "call"} {
		symbol := "github.com/ashlar-go/ashlar/kernels/internal/clobber." + planted + ".abi0"
		_, f, err := arm64.Stubs(binary, symbol)
		if err != nil {
			return err
		}
		code, err := arm64.Disassemble(binary, f)
		if err != nil {
			return err
		}
		if guilty(f, code) == "" {
			return fmt.Errorf("the check of leaf functions finds nothing in %s", planted)
		}
	}
	fmt.Printf("%d instructions of %d functions neither write R18, R27 to R30, the stack pointer or FPCR, "+
		"nor leave their function\n", instructions, len(stubs))
	return nil
}

var (
	reserved = regexp.MustCompile(`\b[xw](18|27|28|29|30)\b`)
	target   = regexp.MustCompile(`\b([0-9a-f]+)$`)

	// harmless matches the mnemonics of what can neither call nor change a system register, and is
	// no branch: loads, stores, arithmetic.
	system = regexp.MustCompile(`^(bl|blr\w*|br\w*|eret|svc|hvc|smc|hlt|msr|mrs|sys|sysl|dcps\d|udf|\.inst)$`)
	branch = regexp.MustCompile(`^(b|b\.\w+|bc\.\w+|cbn?z|tbn?z)$`)

	// frame matches what Go's assembler writes round the body of a function with a frame.
	frame = regexp.MustCompile(`^(str x30, \[sp, #-\d+\]!|stur x29, \[sp, #-8\]|sub x29, sp, #0x8` +
		`|stp x29, x30, \[x20, #-8\]|mov sp, x20|add x29, sp, #0x[0-9a-f]+|add sp, sp, #0x[0-9a-f]+)$`)
	// stack matches what writes the stack pointer: as a destination, or by a step of an address.
	stack = regexp.MustCompile(`^(\w+ sp,|.*\[sp[^]]*\]!|.*\[sp\], )`)
)

// guilty says what a function does that no leaf may do, "" if nothing.
func guilty(f arm64.Function, code []arm64.Instruction) string {
	for _, i := range code {
		text := i.Mnemonic + " " + i.Operands
		switch {
		case i.Mnemonic == "ret" && i.Operands == "", frame.MatchString(text):
		case system.MatchString(i.Mnemonic):
			return fmt.Sprintf("%v is not for a leaf function", i)
		case reserved.MatchString(i.Operands):
			return fmt.Sprintf("%v names a register that is not its own", i)
		case stack.MatchString(text):
			return fmt.Sprintf("%v changes the stack pointer", i)
		case branch.MatchString(i.Mnemonic):
			at, err := strconv.ParseUint(target.FindString(i.Operands), 16, 64)
			if err != nil || at < f.Start || at >= f.End {
				return fmt.Sprintf("%v leaves the function", i)
			}
		}
	}
	if len(code) == 0 || !strings.HasPrefix(code[len(code)-1].Mnemonic, "ret") &&
		!branch.MatchString(code[len(code)-1].Mnemonic) {
		return "it ends without a return"
	}
	return ""
}
