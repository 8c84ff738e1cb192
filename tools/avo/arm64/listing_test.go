package arm64

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// asmDir has the generated assembly.
const asmDir = "../../../kernels/asm"

// listing is a function beside what the disassembler reads in it.
type listing struct {
	function
	code  *goAssembly
	first int            // the line of TEXT
	lines []int          // of each instruction but labels and comments
	start int            // the address of the first word
	text  []string       // of each word
	place map[string]int // the address of each label
	frame int            // bytes between the stack pointer and the link register's place above
}

// TestListing: the disassembler reads in the object code of every line of generated assembly the
// instruction that the line stands for, the comment of a word included, in no register of others,
// and with no way out of the function but its end.
func TestListing(t *testing.T) {
	list, err := families()
	if err != nil {
		t.Fatal(err)
	}
	var functions []*listing
	var words []uint32
	for _, f := range list {
		for _, l := range listings(t, f) {
			l.start = 4 * len(words)
			words = append(words, l.code.words...)
			functions = append(functions, l)
		}
	}
	text := disassemble(t, words)
	for _, l := range functions {
		l.text = text[l.start/4:][:len(l.code.words)]
		t.Run(l.name, l.check)
	}
	t.Logf("%d functions, %d instructions", len(functions), len(words))
}

// listings assembles the committed file of a family.
func listings(t *testing.T, f *family) (all []*listing) {
	text, err := os.ReadFile(filepath.Join(asmDir, f.name+"_neon_arm64.s"))
	if err != nil {
		t.Fatal(err)
	}
	comments := regexp.MustCompile(`(?m)^//.*\n`)
	if comments.ReplaceAllString(f.text, "") != comments.ReplaceAllString(string(text), "") {
		t.Fatalf("%s is not what the generator writes: run make generate", f.name)
	}
	code, err := assembleGo(t, running, string(text))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	for _, fn := range f.file.functions {
		l := &listing{function: fn, code: code[fn.name], place: map[string]int{}}
		l.first = 1 + slices.IndexFunc(lines, func(s string) bool {
			return strings.HasPrefix(s, "TEXT ·"+fn.name+"(SB)")
		})
		for at := l.first; at < len(lines) && lines[at] != ""; at++ {
			if !strings.HasPrefix(lines[at], "\t//") && !strings.HasSuffix(lines[at], ":") {
				l.lines = append(l.lines, at+1)
			}
		}
		all = append(all, l)
	}
	return all
}

// at are the addresses and texts of the words of a line.
func (l *listing) at(line int) (addresses []int, text []string) {
	first, _ := slices.BinarySearch(l.code.line, line)
	for i := first; i < len(l.code.line) && l.code.line[i] == line; i++ {
		addresses, text = append(addresses, l.start+4*i), append(text, normal(l.text[i]))
	}
	return addresses, text
}

// check compares every instruction with its words.
func (l *listing) check(t *testing.T) {
	l.readPrologue(t)
	l.findLabels()
	next := 0
	for at := range l.list {
		n := &l.list[at]
		if n.kind == label || n.kind == comment {
			continue
		}
		addresses, text := l.at(l.lines[next])
		next++
		if err := l.compare(n, addresses, text); err != nil {
			t.Errorf("%#x: %s: %v", addresses, n.line(), err)
		}
	}
	if next != len(l.lines) {
		t.Errorf("%d instructions have %d lines", next, len(l.lines))
	}
}

// room matches how the assembler begins a frame: a large one by way of R20.
var room = regexp.MustCompile(`^(?:str x30, \[sp, #-|sub x20, sp, #)([0-9]+)(?:\]!)?$`)

// readPrologue finds out how large the frame is that the assembler makes.
func (l *listing) readPrologue(t *testing.T) {
	_, text := l.at(l.first)
	if err := onlyFrame(text); err != nil {
		t.Error(err)
	}
	switch {
	case l.machine.frame == 0:
		if len(text) > 0 {
			t.Errorf("no frame, but %q", text)
		}
	case len(text) == 0 || !room.MatchString(text[0]):
		t.Fatalf("a frame, but %q", text)
	default:
		l.frame, _ = strconv.Atoi(room.FindStringSubmatch(text[0])[1])
		if l.frame < frameStart+l.machine.frame {
			t.Errorf("%d bytes of frame hold no %d", l.frame, frameStart+l.machine.frame)
		}
	}
}

// findLabels gives labels the address of the instruction behind.
func (l *listing) findLabels() {
	next := 0
	var waiting []string
	for _, n := range l.list {
		switch n.kind {
		case label:
			waiting = append(waiting, n.s)
			continue
		case comment:
			continue
		}
		if addresses, _ := l.at(l.lines[next]); len(addresses) > 0 {
			for _, name := range waiting {
				l.place[name] = addresses[0]
			}
			waiting = nil
		}
		next++
	}
}

var (
	ofOthers = regexp.MustCompile(`\b[xw](18|27|28|29|30)\b|[fs]pcr|fpsr`)
	ofFrame  = regexp.MustCompile(`^(str|stur|ldr|ldur|ldp|stp|add|sub|mov) `)
	alien    = regexp.MustCompile(`\b([xw]([0-9]|1[0-9]|2[1-8])|w20|[vqdsbh][0-9]+)\b`)
)

// onlyFrame: what the assembler makes of the beginning and the end moves nothing but the stack
// pointer, the frame pointer and the link register, and R20, which nothing of ours is in there.
func onlyFrame(text []string) error {
	for _, s := range text {
		if !ofFrame.MatchString(s) || alien.MatchString(s) {
			return fmt.Errorf("%s is not for the frame", s)
		}
	}
	return nil
}

// compare returns an error if the words of an instruction are others.
func (l *listing) compare(n *instruction, addresses []int, text []string) error {
	switch n.opcode {
	case align:
		if i := slices.IndexFunc(text, func(s string) bool { return s != "nop" }); i >= 0 {
			return fmt.Errorf("%s between aligned loops", text[i])
		}
		return nil
	case ret:
		if len(text) == 0 || text[len(text)-1] != "ret" {
			return fmt.Errorf("%q does not return", text)
		}
		return onlyFrame(text[:len(text)-1])
	}
	for _, s := range text {
		if r := ofOthers.FindString(s); r != "" {
			return fmt.Errorf("%s uses %s", s, r)
		}
	}
	if n.opcode == poolAt {
		return l.compareAddress(n, addresses, text)
	}
	if want := l.want(n); !slices.Equal(text, []string{want}) {
		return fmt.Errorf("the object code is %q, want %q", text, want)
	}
	return nil
}

// compareAddress is compare for the address of read-only data, which the linker knows.
func (l *listing) compareAddress(n *instruction, addresses []int, text []string) error {
	r := n.registers[0]
	page, low := fmt.Sprintf("adrp x%d, ", r), fmt.Sprintf("add x%d, x%d, #0", r, r)
	if len(text) != 2 || !strings.HasPrefix(text[0], page) || text[1] != low {
		return fmt.Errorf("the object code is %q, want %q", text, []string{page, low})
	}
	if have, want := l.code.links[addresses[0]-l.start], fmt.Sprintf("%s+%d", poolName, n.i); have != want {
		return fmt.Errorf("the linker puts in %s, want %s", have, want)
	}
	return nil
}

// want is the disassembly of an instruction.
func (l *listing) want(n *instruction) string {
	operand := n.s
	if _, jumps := n.target(); jumps {
		operand = fmt.Sprintf("0x%x", l.place[n.s])
	} else if _, offset, ok := strings.Cut(n.s, "+"); ok {
		up, _ := strconv.Atoi(offset)
		operand = strconv.Itoa(l.frame + 8 + up)
	}
	return normal(fill(n.gnuText(), n.registers, n.i, operand))
}
