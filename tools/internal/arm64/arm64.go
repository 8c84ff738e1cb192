// Package arm64 builds programs for linux/arm64, finds the NEON kernels in them and runs them
// under the user emulation of qemu, for the tools that prove those kernels on other machines.
package arm64

import (
	"cmp"
	"debug/elf"
	"flag"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
)

// The tier that is proved, as its functions and ASHLAR_TIER name it.
const (
	Suffix = "NEON"
	Tier   = "neon"
)

// pkg is the package of the stubs.
const pkg = "github.com/ashlar-go/ashlar/kernels/asm"

// environment is what the go command cross-compiles with.
var environment = []string{"GOOS=linux", "GOARCH=arm64", "CGO_ENABLED=0"}

// ParseFlags parses the flags of a tool that takes nothing but flags, and ends it if there is more.
func ParseFlags(tool string) {
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "%s: unexpected argument %q\n", tool, flag.Arg(0))
		os.Exit(2)
	}
}

// Need returns an error that names the package of Debian if one of its programs is not installed.
func Need(program, debian string) error {
	if _, err := exec.LookPath(program); err != nil {
		return fmt.Errorf("%s is not installed (Debian: %s)", program, debian)
	}
	return nil
}

// Build runs the go command for arm64 in dir, as in Build(".", "test", "-c", "-o", file, "./fuzz").
func Build(dir string, args ...string) error {
	cmd := exec.Command("go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), environment...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("go %s: %w\n%s", strings.Join(args, " "), err, out)
	}
	return nil
}

// Function is a function in a binary.
type Function struct {
	Name       string // without its package
	Start, End uint64 // addresses
	Offset     int64  // of Start in the file
}

// stubName matches the symbol of a function of the assembly. The linker marks those of ABI0; the
// same name without the mark is the wrapper for Go code that takes the function as a value.
var stubName = regexp.MustCompile(`^` + regexp.QuoteMeta(pkg) + `\.(\w+` + Suffix + `)\.abi0$`)

// Functions returns all functions of a binary, by address, with their symbols for names.
func Functions(binary string) (list []Function, err error) {
	f, err := elf.Open(binary)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", binary, err)
	}
	for _, s := range symbols {
		if elf.ST_TYPE(s.Info) != elf.STT_FUNC || int(s.Section) >= len(f.Sections) {
			continue
		}
		section := f.Sections[s.Section]
		list = append(list, Function{Name: s.Name, Start: s.Value, End: s.Value + s.Size,
			Offset: int64(s.Value - section.Addr + section.Offset)})
	}
	slices.SortFunc(list, func(a, b Function) int { return cmp.Compare(a.Start, b.Start) })
	return list, nil
}

// StubName returns the name of a NEON function of package asm that has the symbol.
func StubName(symbol string) (name string, ok bool) {
	m := stubName.FindStringSubmatch(symbol)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// Stubs returns the NEON functions of package asm in a binary, by address, and the function with
// the symbol extra, if that is not "".
func Stubs(binary, extra string) (stubs []Function, other Function, err error) {
	all, err := Functions(binary)
	if err != nil {
		return nil, other, err
	}
	for _, f := range all {
		if f.Name == extra {
			other = f
		} else if name, ok := StubName(f.Name); ok {
			f.Name = name
			stubs = append(stubs, f)
		}
	}
	if extra != "" && other.Name == "" {
		return nil, other, fmt.Errorf("%s has no function %s", binary, extra)
	}
	return stubs, other, nil
}

// Declared returns the names of all NEON functions that package asm declares. root is the
// folder of the module.
func Declared(root string) (names []string, err error) {
	files, err := filepath.Glob(filepath.Join(root, "kernels", "asm", "*_arm64.go"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			return nil, err
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && strings.HasSuffix(f.Name.Name, Suffix) {
				names = append(names, f.Name.Name)
			}
		}
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s declares no %s function", pkg, Suffix)
	}
	return names, nil
}

// Instruction is a line of a disassembly.
type Instruction struct {
	Address  uint64
	Mnemonic string
	Operands string // as objdump of binutils writes them, without symbols and comments
}

func (i Instruction) String() string {
	return strings.TrimSpace(fmt.Sprintf("%#x: %s %s", i.Address, i.Mnemonic, i.Operands))
}

// line matches an instruction in the output of objdump: address, mnemonic, operands.
var line = regexp.MustCompile(`^\s*([0-9a-f]+):\t(\S+)(?:\t([^<\n]*?))?\s*(?:<.*|//.*)?$`)

// Disassemble returns the instructions of a function, decoded by binutils.
func Disassemble(binary string, f Function) (code []Instruction, err error) {
	objdump := "aarch64-linux-gnu-objdump"
	if _, err := exec.LookPath(objdump); err != nil && runtime.GOARCH == "arm64" {
		objdump = "objdump"
	}
	out, err := exec.Command(objdump, "-dz", "--no-show-raw-insn", fmt.Sprintf("--start-address=%#x", f.Start),
		fmt.Sprintf("--stop-address=%#x", f.End), binary).Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", objdump, err)
	}
	for text := range strings.Lines(string(out)) {
		m := line.FindStringSubmatch(strings.TrimRight(text, "\n"))
		if m == nil {
			continue
		}
		address, err := strconv.ParseUint(m[1], 16, 64)
		if err != nil {
			return nil, err
		}
		operands, _, _ := strings.Cut(m[3], "//")
		code = append(code, Instruction{address, m[2], strings.TrimSpace(operands)})
	}
	if want := int(f.End-f.Start) / 4; len(code) != want {
		return nil, fmt.Errorf("%s has %d instructions, but %s shows %d", f.Name, want, objdump, len(code))
	}
	for len(code) > 0 && code[len(code)-1].Mnemonic == "udf" { // zeros up to the next function
		code = code[:len(code)-1]
	}
	return code, nil
}
