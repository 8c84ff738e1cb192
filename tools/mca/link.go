package main

import (
	"debug/elf"
	"debug/gosym"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/ashlar-go/ashlar/tools/internal/tempdir"
)

const asmPackage = "github.com/ashlar-go/ashlar/kernels/asm"

// tierSuffix ends the names of the stubs.
const tierSuffix = "NEON"

// kernel is a stub of package asm with its innermost loops.
type kernel struct {
	name  string // without the tier, as "TanhF32"
	code  []instr
	loops []loop
}

// size is that of an element in bytes.
func (k *kernel) size() int {
	if strings.HasSuffix(k.name, "F64") {
		return 8
	}
	return 4
}

// linkedKernels builds a program with all stubs that match and returns what is in it.
func linkedKernels(match *regexp.Regexp, l *llvm) ([]*kernel, error) {
	root, err := output(exec.Command("go", "list", "-f", "{{.Module.Dir}}", asmPackage))
	if err != nil {
		return nil, err
	}
	module := strings.TrimSpace(string(root))
	names, err := stubs(filepath.Join(module, "kernels", "asm"), match)
	if err != nil {
		return nil, err
	}
	dir, remove, err := tempdir.Make("mca")
	if err != nil {
		return nil, err
	}
	defer remove()
	program, err := link(module, dir, names)
	if err != nil {
		return nil, err
	}
	return readProgram(program, names, l)
}

// stubs returns the names of the functions without a body in the files for arm64.
func stubs(dir string, match *regexp.Regexp) (names []string, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*_arm64.go"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, d := range tree.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Body != nil {
				continue
			}
			if n := f.Name.Name; strings.HasSuffix(n, tierSuffix) && match.MatchString(n) {
				names = append(names, n)
			}
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s has no stubs *%s that match %v", dir, tierSuffix, match)
	}
	return names, nil
}

// link builds a program for linux/arm64 that refers to the stubs. Its source stands in dir; an
// overlay shows it to the go command inside the module.
func link(module, dir string, names []string) (program string, err error) {
	var refer strings.Builder
	for _, n := range names {
		fmt.Fprintf(&refer, "asm.%s, ", n)
	}
	source, overlay := filepath.Join(dir, "main.go"), filepath.Join(dir, "overlay.json")
	text := fmt.Sprintf("package main\n\nimport %q\n\nfunc main() {\n"+
		"\tfor _, f := range []any{%s} {\n\t\tprintln(f)\n\t}\n}\n", asmPackage, refer.String())
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		return "", err
	}
	pkg := filepath.Join(module, "tools", "mca", "linked")
	replace, err := json.Marshal(map[string]any{
		"Replace": map[string]string{filepath.Join(pkg, "main.go"): source}})
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(overlay, replace, 0o600); err != nil {
		return "", err
	}
	program = filepath.Join(dir, "linked")
	build := exec.Command("go", "build", "-overlay", overlay, "-o", program, pkg)
	build.Dir = module
	build.Env = append(os.Environ(), "GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0")
	_, err = output(build)
	return program, err
}

// readProgram disassembles the stubs in a program and finds their loops.
func readProgram(program string, names []string, l *llvm) ([]*kernel, error) {
	file, err := elf.Open(program)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	places, err := findSymbols(file, names)
	if err != nil {
		return nil, err
	}
	lines, err := lineTable(file)
	if err != nil {
		return nil, err
	}
	start, end := ^uint64(0), uint64(0)
	for _, s := range places {
		start, end = min(start, s.Value), max(end, s.Value+s.Size)
	}
	all, err := l.disassemble(program, start, end)
	if err != nil {
		return nil, err
	}
	var kernels []*kernel
	labels := labelFinder{}
	for _, n := range names {
		k := &kernel{name: strings.TrimSuffix(n, tierSuffix), code: between(all, places[n])}
		k.loops = innermost(k.code)
		for i := range k.loops {
			source, number, _ := lines.PCToLine(k.loops[i].turn[0].addr)
			if k.loops[i].label, err = labels.before(source, number); err != nil {
				return nil, err
			}
		}
		kernels = append(kernels, k)
	}
	return kernels, nil
}

// findSymbols returns the symbols of the stubs. Go gives a stub that is used as a value a second one,
// its wrapper for the other calling convention; the stub has the name with .abi0 then.
func findSymbols(file *elf.File, names []string) (map[string]elf.Symbol, error) {
	symbols, err := file.Symbols()
	if err != nil {
		return nil, err
	}
	found := map[string]elf.Symbol{}
	for _, s := range symbols {
		name, ok := strings.CutPrefix(s.Name, asmPackage+".")
		stub := strings.TrimSuffix(name, ".abi0")
		if _, twice := found[stub]; ok && (!twice || stub != name) {
			found[stub] = s
		}
	}
	for _, n := range names {
		if _, ok := found[n]; !ok {
			return nil, fmt.Errorf("the program has no function %s.%s", asmPackage, n)
		}
	}
	return found, nil
}

// between returns the instructions of a symbol.
func between(all []instr, s elf.Symbol) []instr {
	find := func(addr uint64) int {
		i, _ := slices.BinarySearchFunc(all, addr, func(in instr, a uint64) int {
			switch {
			case in.addr < a:
				return -1
			case in.addr > a:
				return 1
			}
			return 0
		})
		return i
	}
	return all[find(s.Value):find(s.Value+s.Size)]
}

func lineTable(file *elf.File) (*gosym.Table, error) {
	section, text := file.Section(".gopclntab"), file.Section(".text")
	if section == nil || text == nil {
		return nil, fmt.Errorf("the program has no line table")
	}
	data, err := section.Data()
	if err != nil {
		return nil, err
	}
	return gosym.NewTable(nil, gosym.NewLineTable(data, text.Addr))
}

// labelFinder keeps the lines of assembly files.
type labelFinder map[string][]string

var labelLine = regexp.MustCompile(`^(\w+):`)

// before returns the last label in a file that stands above a line, in the same function.
func (l labelFinder) before(file string, number int) (string, error) {
	if l[file] == nil {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		l[file] = strings.Split(string(text), "\n")
	}
	for _, s := range slices.Backward(l[file][:min(number, len(l[file]))]) {
		if m := labelLine.FindStringSubmatch(s); m != nil {
			return m[1], nil
		}
		if strings.HasPrefix(s, "TEXT") {
			break
		}
	}
	return "", fmt.Errorf("%s:%d: no label above the head of a loop", file, number)
}
