package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"regexp"
	"strings"

	"github.com/ashlar-go/ashlar/tools/internal/arm64"
)

// planted are the functions that get a fault, and the rows of the conformance tests that must
// catch it. Softmax is none of them: with exp(x+peak) for exp(x-peak) it has the same quotients.
var planted = []struct{ function, row string }{
	{"TanhF32", "Tanh/f32"}, {"ExpF64", "Exp/f64"}, {"DotF64", "Dot/f64"}, {"SquaredLossF32", "MSE/f32"},
	{"GemmStripF32", "Gemm/f32"}, {"GemmStripF64", "Gemm/f64"}, {"UpdateAdamF32", "UpdateAdam/f32"},
	{"NormalizeColumnsF32", "BatchNormInfer/f32"}, // its first sum is of rows from memory
}

// faults changes one bit of one instruction in the test of package fuzz, one function at a time,
// and returns an error if the conformance tests pass all the same: then they would not have run
// the function, or not looked at its results.
func faults(b testBinary, model string) error {
	stubs, _, err := arm64.Stubs(b.path, "")
	if err != nil {
		return err
	}
	text, err := os.ReadFile(b.path)
	if err != nil {
		return err
	}
	for _, p := range planted {
		f, err := find(stubs, p.function+arm64.Suffix)
		if err != nil {
			return err
		}
		changed, what, err := plant(b.path, text, f)
		if err != nil {
			return err
		}
		faulty := b
		faulty.path += ".faulty"
		if err := os.WriteFile(faulty.path, changed, 0o755); err != nil {
			return err
		}
		only := "-test.run=^TestConformance(FromMemory)?$/^" + strings.ReplaceAll(p.row, "/", "$/^") + "$"
		out, err := faulty.run(model, options{}, only)
		if err == nil {
			return fmt.Errorf("%s with %s: the tests of %s pass", f.Name, what, p.row)
		} else if !bytes.Contains(out, []byte(p.row+"/"+arm64.Tier+": ")) {
			return fmt.Errorf("%s with %s: the tests of %s fail, but not with a wrong result\n%s", f.Name, what,
				p.row, out)
		}
		fmt.Printf("caught in %s: %s\n", f.Name, what)
	}
	return nil
}

func find(stubs []arm64.Function, name string) (arm64.Function, error) {
	for _, f := range stubs {
		if f.Name == name {
			return f, nil
		}
	}
	return arm64.Function{}, fmt.Errorf("the test has no function %s", name)
}

// Sums and differences of vectors differ in one bit, as do multiply-add and multiply-subtract.
var (
	sum     = regexp.MustCompile(`^(fadd|fsub|fmla|fmls) v\d+\.[24][sd], v\d+\.[24][sd], v\d+\.[24][sd]$`)
	element = regexp.MustCompile(`^(fmla|fmls) v\d+\.[24][sd], v\d+\.[24][sd], v\d+\.[sd]\[\d\]$`)
)

// plant changes the sign of the first sum or multiply-add of a function, and says how.
func plant(path string, text []byte, f arm64.Function) (changed []byte, what string, err error) {
	code, err := arm64.Disassemble(path, f)
	if err != nil {
		return nil, "", err
	}
	for _, i := range code {
		bit := 0
		switch text := i.Mnemonic + " " + i.Operands; {
		case sum.MatchString(text):
			bit = 23
		case element.MatchString(text):
			bit = 14
		default:
			continue
		}
		at := f.Offset + int64(i.Address-f.Start)
		changed = append([]byte(nil), text...)
		word := binary.LittleEndian.Uint32(changed[at:])
		binary.LittleEndian.PutUint32(changed[at:], word^1<<bit)
		return changed, fmt.Sprintf("bit %d of %v changed", bit, i), nil
	}
	return nil, "", fmt.Errorf("%s has no sum of vectors to change", f.Name)
}
