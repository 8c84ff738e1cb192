package main

import (
	"debug/elf"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
)

// sleefFunction is a function of SLEEF on one NEON vector, of the class with errors up to 1 ulp, and
// how many instructions a call executes in two versions: straight code from the entry to RET. They
// come from libsleef3 for arm64, of Debian 12 (3.5.1-3) and of Debian unstable (3.9.0-1).
type sleefFunction struct {
	name        string
	v351, v390  int
	kernel      string // ours
	lanes, more int    // elements of a call; instructions that make the kernel of the function
}

// maxRatio is how many times SLEEF's instructions an element ours may take.
const maxRatio = 1.2

// sleefFunctions: SLEEF has no sigmoid. With its exp it takes three more instructions, FNEG, FADD
// and FDIV, and has an error of more than 1 ulp.
var sleefFunctions = []sleefFunction{
	{"expf4_u10", 62, 64, "ExpF32", 4, 0},
	{"tanhf4_u10", 151, 143, "TanhF32", 4, 0},
	{"expf4_u10", 62, 64, "SigmoidF32", 4, 3},
	{"logf4_u10", 97, 91, "LogF32", 4, 0},
	{"expd2_u10", 117, 117, "ExpF64", 2, 0},
	{"tanhd2_u10", 220, 210, "TanhF64", 2, 0},
	{"expd2_u10", 117, 117, "SigmoidF64", 2, 3},
	{"logd2_u10", 144, 138, "LogF64", 2, 0},
}

// besideSLEEF compares the instructions an element with those of SLEEF.
func (r *report) besideSLEEF() {
	fmt.Fprint(r.out, sleefText)
	for _, s := range sleefFunctions {
		i := slices.IndexFunc(r.kernels, func(k *kernel) bool { return k.name == s.kernel })
		if i < 0 || r.kernels[i].mainLoop() < 0 {
			continue
		}
		l := r.kernels[i].loops[r.kernels[i].mainLoop()]
		each := func(n int) float64 { return float64(n+s.more) / float64(s.lanes) }
		ours := float64(len(l.turn)) / float64(l.elements(r.kernels[i].size()))
		ratio := ours / each(min(s.v351, s.v390))
		name := s.name
		if s.more > 0 {
			name += fmt.Sprintf(" + %d", s.more)
		}
		fmt.Fprintf(r.out, "| %s | %.2f | %s | %.2f | %.2f | %.2f |\n", s.kernel, ours, name,
			each(s.v351), each(s.v390), ratio)
		if ratio > maxRatio {
			r.fail(s.kernel+" beside SLEEF", fmt.Sprintf("%.2f times its instructions, want at most %.1f",
				ratio, maxRatio))
		}
	}
}

// recount counts SLEEF's instructions in a library and compares them with the table.
func (r *report) recount(l *llvm, library string) error {
	file, err := elf.Open(library)
	if err != nil {
		return err
	}
	defer file.Close()
	symbols, err := file.DynamicSymbols()
	if err != nil {
		return err
	}
	fmt.Fprintf(r.out, "\nCounted in %s:", filepath.Base(library))
	for _, s := range sleefFunctions {
		if s.more > 0 {
			continue
		}
		name := "Sleef_" + s.name + "advsimd"
		i := slices.IndexFunc(symbols, func(s elf.Symbol) bool { return s.Name == name })
		if i < 0 {
			return fmt.Errorf("%s has no function %s", library, name)
		}
		n, err := straight(l, library, symbols[i])
		if err != nil {
			return err
		}
		fmt.Fprintf(r.out, " %s %d", s.name, n)
		want := map[bool]int{true: s.v351, false: s.v390}[strings.HasSuffix(library, ".3.5.1")]
		if n != want {
			r.fail(s.name+" in "+filepath.Base(library),
				fmt.Sprintf("%d instructions, the table has %d", n, want))
		}
	}
	fmt.Fprintln(r.out)
	return nil
}

// straight returns the length of a function that has no branch and no call.
func straight(l *llvm, library string, s elf.Symbol) (int, error) {
	code, err := l.disassemble(library, s.Value, s.Value+s.Size)
	if err != nil {
		return 0, err
	}
	for i, in := range code {
		if in.branches() || strings.HasPrefix(in.op, "bl") || in.op == "br" {
			return 0, fmt.Errorf("%s branches at %#x: its instructions cannot be counted", s.Name, in.addr)
		}
		if in.op == "ret" && i != len(code)-1 {
			return 0, fmt.Errorf("%s goes on behind its ret at %#x", s.Name, in.addr)
		}
	}
	return len(code), nil
}
