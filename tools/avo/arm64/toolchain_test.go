package arm64

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// binutils is the path of a program of GNU's binutils for arm64.
func binutils(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath("aarch64-linux-gnu-" + name)
	if err != nil {
		missing(t, "%v: install binutils-aarch64-linux-gnu", err)
	}
	return path
}

// missing ends a test that lacks a tool. It is skipped, or fails if a tier is required, as in make
// test-encodings.
func missing(t *testing.T, format string, args ...any) {
	t.Helper()
	if os.Getenv("ASHLAR_REQUIRE_TIER") != "" {
		t.Fatalf(format, args...)
	}
	t.Skipf(format, args...)
}

// assembleGNU is what GNU's assembler makes of lines, one word each.
func assembleGNU(t *testing.T, lines []string) []uint32 {
	t.Helper()
	object := filepath.Join(t.TempDir(), "gnu.o")
	as := exec.Command(binutils(t, "as"), "-march=armv8-a", "-o", object, "-")
	as.Stdin = strings.NewReader(strings.Join(lines, "\n") + "\n")
	if out, err := as.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%.2000s", err, out)
	}
	file, err := elf.Open(object)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	code, err := file.Section(".text").Data()
	if err != nil {
		t.Fatal(err)
	}
	words := wordsOf(code)
	if len(words) != len(lines) {
		t.Fatalf("%d lines have %d words", len(lines), len(words))
	}
	return words
}

func wordsOf(code []byte) []uint32 {
	words := make([]uint32, len(code)/4)
	for i := range words {
		words[i] = binary.LittleEndian.Uint32(code[4*i:])
	}
	return words
}

var disassembled = regexp.MustCompile(`(?m)^ *[0-9a-f]+:\t[0-9a-f]{8} \t(.*)$`)

// disassemble is what GNU's disassembler says of words, at addresses that begin with 0.
func disassemble(t *testing.T, words []uint32) []string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "words")
	var code []byte
	for _, w := range words {
		code = binary.LittleEndian.AppendUint32(code, w)
	}
	if err := os.WriteFile(name, code, 0o600); err != nil {
		t.Fatal(err)
	}
	objdump := exec.Command(binutils(t, "objdump"), "-D", "-z", "-b", "binary", "-m", "aarch64", name)
	out, err := objdump.Output()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for _, m := range disassembled.FindAllStringSubmatch(string(out), -1) {
		lines = append(lines, m[1])
	}
	if len(lines) != len(words) {
		t.Fatalf("%d words have %d lines", len(words), len(lines))
	}
	return lines
}

// Releases of Go whose assemblers the tests run: the one that runs the test, which go.mod supports,
// and one that knows more instructions.
const (
	running = ""
	newer   = "go1.27.0"
)

// newerRelease is the newer release, or the running one if that is as new. Where it can neither be
// found nor fetched, the test is skipped or fails as without binutils.
func newerRelease(t *testing.T) string {
	t.Helper()
	if version.Compare(runtime.Version(), newer) >= 0 {
		return running
	}
	if out, err := goCommand(newer, "version").CombinedOutput(); err != nil {
		missing(t, "%s: %v\n%s", newer, err, out)
	}
	return newer
}

// goCommand runs the go command of a release for arm64.
func goCommand(release string, args ...string) *exec.Cmd {
	c := exec.Command("go", args...)
	c.Env = append(os.Environ(), "GOARCH=arm64")
	if release != running {
		c.Env = append(c.Env, "GOTOOLCHAIN="+release)
	}
	return c
}

// goAssembly is a function as Go's assembler has it.
type goAssembly struct {
	words  []uint32
	line   []int          // of each word, from 1
	links  map[int]string // addresses that the linker puts in, by place
	lineAt map[int]int    // of the instruction at a place
}

// assembleGo runs the assembler of a release on a file.
func assembleGo(t *testing.T, release, text string) (map[string]*goAssembly, error) {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "code.s"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	root, err := goCommand(release, "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	include := filepath.Join(strings.TrimSpace(string(root)), "pkg", "include")
	asm := goCommand(release, "tool", "asm", "-e", "-S", "-p", "asm", "-I", include,
		"-o", filepath.Join(dir, "code.o"), filepath.Join(dir, "code.s"))
	var listing, messages bytes.Buffer
	asm.Stdout, asm.Stderr = &listing, &messages
	if err := asm.Run(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, &messages)
	}
	return parseListing(t, listing.String()), nil
}

var (
	textLine = regexp.MustCompile(`^asm\.(\w+) STEXT `)
	place    = regexp.MustCompile(`^\t0x[0-9a-f]+ ([0-9]+) \([^)]*:([0-9]+)\)\t`)
	link     = regexp.MustCompile(`^\trel ([0-9]+)\+8 t=R_ADDRARM64 (\S+)`)
	dump     = regexp.MustCompile(`^\t0x[0-9a-f]+ ((?:[0-9a-f]{2} )+)`)
)

// parseListing reads what the assembler's flag -S prints: for each function the place and line of
// every instruction, a dump of its bytes, and the addresses in it.
func parseListing(t *testing.T, text string) map[string]*goAssembly {
	functions := map[string]*goAssembly{}
	var f *goAssembly // none among data
	for line := range strings.Lines(text) {
		switch m := textLine.FindStringSubmatch(line); {
		case m != nil:
			f = &goAssembly{links: map[int]string{}, lineAt: map[int]int{}}
			functions[m[1]] = f
		case line[0] != '\t':
			f = nil
		case f != nil:
			f.parse(t, line)
		}
	}
	for _, f := range functions {
		f.finish()
	}
	return functions
}

func (a *goAssembly) parse(t *testing.T, line string) {
	if m := place.FindStringSubmatch(line); m != nil {
		at, _ := strconv.Atoi(m[1])
		a.lineAt[at], _ = strconv.Atoi(m[2]) // the last one: those without code come first
	} else if m := link.FindStringSubmatch(line); m != nil {
		at, _ := strconv.Atoi(m[1])
		a.links[at] = m[2]
	} else if m := dump.FindStringSubmatch(line); m != nil {
		code, err := hex.DecodeString(strings.ReplaceAll(m[1], " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		a.words = append(a.words, wordsOf(code)...)
	}
}

// finish leaves out the room behind the function and gives each word its line.
func (a *goAssembly) finish() {
	for len(a.words) > 0 && a.words[len(a.words)-1] == 0 {
		a.words = a.words[:len(a.words)-1]
	}
	line := 0
	for at := range a.words {
		if l, ok := a.lineAt[4*at]; ok {
			line = l
		}
		a.line = append(a.line, line)
	}
}

// assembleSamples is what Go's assembler makes of lines, one word each; of those that a release
// does not know, none.
func assembleSamples(t *testing.T, release string, lines []string) [][]uint32 {
	t.Helper()
	lines = slices.Clone(lines)
	for {
		text := "TEXT ·samples(SB), 4, $0\n" + strings.Join(lines, "\n") + "\n"
		functions, err := assembleGo(t, release, text)
		if err == nil {
			words := make([][]uint32, len(lines))
			for i, l := range functions["samples"].line {
				words[l-2] = append(words[l-2], functions["samples"].words[i])
			}
			return words
		}
		unknown := regexp.MustCompile(`code\.s:([0-9]+)`).FindAllStringSubmatch(err.Error(), -1)
		if len(unknown) == 0 {
			t.Fatal(err)
		}
		for _, m := range unknown {
			at, _ := strconv.Atoi(m[1])
			lines[at-2] = ""
		}
	}
}
