package arm64

import (
	"encoding/binary"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/arch/arm64/arm64asm"
)

// gnuTexts are GNU's texts of the instructions that opcode.go has Go's text of alone.
var gnuTexts = texts(map[string]string{
	"load1": "ld1 {v{0}.s}[{i}], [x{1}]", "store1": "st1 {v{0}.s}[{i}], [x{1}]",
	"loadHalf1": "ld1 {v{0}.h}[{i}], [x{1}]", "storeHalf1": "st1 {v{0}.h}[{i}], [x{1}]",
	"loadConstant": "ldr q{0}, [x{1}, #{i}]",
	"loadPair":     "ldp q{0}, q{2}, [x{1}, #{i}]", "storePair": "stp q{0}, q{2}, [x{1}, #{i}]",
	"streamStore": "str q{0}, [x{1}, #{i}]",
	"quad":        memoryTexts("q"), "double": memoryTexts("d"), "single": memoryTexts("s"),
	"integer": memoryTexts("x"), "integer32": memoryTexts("w"),
	"loadIndexed": "ldr s{0}, [x{1}, x{2}]|ldr d{0}, [x{1}, x{2}]",
	"loadScaled":  "ldr s{0}, [x{1}, x{2}, lsl #2]|ldr d{0}, [x{1}, x{2}, lsl #3]",
	"prefetch":    "prfm pldl1keep, [x{0}, #{i}]", "prefetchL2": "prfm pldl2keep, [x{0}, #{i}]",

	"movInt": "mov x{0}, x{1}", "constInt": "mov x{0}, #{i}", "frameAt": "add x{0}, sp, #{i}",
	"param": "ldr x{0}, [sp, #{t}]", "param32": "ldr w{0}, [sp, #{t}]",
	"paramF": "ldr s{0}, [sp, #{t}]|ldr d{0}, [sp, #{t}]",
	"addInt": "add x{0}, x{1}, x{2}", "addShift": "add x{0}, x{1}, x{2}, lsl #{i}",
	"addConst": "add x{0}, x{1}, #{i}", "subInt": "sub x{0}, x{1}, x{2}",
	"subConst": "sub x{0}, x{1}, #{i}", "subShift": "sub x{0}, x{1}, x{2}, lsl #{i}",
	"mulInt": "mul x{0}, x{1}, x{2}", "andConst": "and x{0}, x{1}, #{i}", "shlConst": "lsl x{0}, x{1}, #{i}",
	"shrConst": "lsr x{0}, x{1}, #{i}", "negInt": "neg x{0}, x{1}", "reverse": "rbit x{0}, x{1}",
	"leading": "clz x{0}, x{1}", "truncate": "fcvtzs w{0}, s{1}|fcvtzs w{0}, d{1}",
	"minSelect": "csel x{0}, x{1}, x{2}, lt", "maxSelect": "csel x{0}, x{1}, x{2}, gt",
	"compare": "cmp x{0}, x{1}", "compareConst": "cmp x{0}, #{i}", "addFlags": "adds x{0}, x{1}, x{2}",
	"addFlagsC": "adds x{0}, x{1}, #{i}", "subFlags": "subs x{0}, x{1}, x{2}",
	"subFlagsC": "subs x{0}, x{1}, #{i}",
	"always":    "b {t}", "ifZero": "cbz x{0}, {t}", "ifNotZero": "cbnz x{0}, {t}",
	"ifBitZero": "tbz x{0}, #{i}, {t}", "ifBit": "tbnz x{0}, #{i}, {t}",
	"conditions": "b.eq {t}|b.ne {t}|b.lt {t}|b.le {t}|b.gt {t}|b.ge {t}|b.cc {t}",
	"ret":        "ret",
})

// memoryTexts are those of an access.
func memoryTexts(prefix string) string {
	at, frame := " "+prefix+"{0}, [x{1}, #{i}]", " "+prefix+"{0}, [sp, #{i}]"
	return "ldr" + at + "|str" + at + "|ldr" + frame + "|str" + frame
}

func texts(byName map[string]string) map[*opcode]string {
	all := map[*opcode]string{}
	for name, list := range byName {
		for i, text := range strings.Split(list, "|") {
			all[table[name][i]] = text
		}
	}
	return all
}

// gnuText is the template of an instruction for GNU's assembler.
func (o *opcode) gnuText() string {
	if o.gnu != "" {
		return o.gnu
	}
	return gnuTexts[o]
}

// integers are the values of {i} that an instruction may have, as far as they differ in kind.
var integers = func() map[*opcode][]int64 {
	all := map[*opcode][]int64{}
	give := func(values []int64, names ...string) {
		for _, name := range names {
			for _, o := range table[name] {
				all[o] = values
			}
		}
	}
	give([]int64{1, 5, 4095}, "addConst", "subConst", "compareConst", "addFlagsC", "subFlagsC", "frameAt")
	give([]int64{0, 1, -1, 12, 65535, 1 << 16, 48 << 32}, "constInt")
	give([]int64{1, 2, 3, 7, 15, 255, -16}, "andConst")
	give(between(1, 63), "shlConst", "shrConst", "addShift", "subShift")
	give(between(0, 63), "ifBitZero", "ifBit")
	give(between(0, 3), "load1", "store1")
	give(between(0, 7), "loadHalf1", "storeHalf1")
	give(between(0, 15), "shlWords")
	give(between(1, 16), "ushrWords", "sshrWords")
	give([]int64{0, 8, 64, 32760}, "prefetch", "prefetchL2")
	give([]int64{0, 16, 4095 * 16}, "loadConstant")
	give([]int64{0, 16, 1008, -16, -1024}, "loadPair", "storePair", "streamPair")
	give(offsets(16), "streamStore")
	for i, bits := range []int64{32, 64} {
		all[shl[i]], all[ushr[i]], all[sshr[i]] = between(0, bits-1), between(1, bits), between(1, bits)
		all[fmlaLane[i]] = between(0, 128/bits-1)
	}
	for _, a := range accesses {
		for _, o := range a.all() {
			all[o] = offsets(int64(a.size))
		}
	}
	return all
}()

func between(from, to int64) (list []int64) {
	for i := from; i <= to; i++ {
		list = append(list, i)
	}
	return list
}

// offsets are those at which forms of an access begin and end, see reaches.
func offsets(size int64) []int64 {
	return []int64{0, size, 2 * size, 255, 256, 4094 * size, 4095 * size, 1, -1, -size, -256}
}

// sample is an instruction with operands.
type sample struct {
	o         *opcode
	registers []int
	i         int64
}

// samples are instructions of all opcodes that have a meaning by themselves: with the first and
// the last registers and some between in every place, and with each integer.
func samples() (list []sample) {
	for _, name := range slices.Sorted(maps.Keys(table)) {
		for _, o := range table[name] {
			if o.gnuText() == "" || strings.Contains(o.gnuText(), "[sp, #{t}]") {
				continue
			}
			values := integers[o]
			if values == nil {
				values = []int64{0}
			}
			for _, registers := range o.combinations() {
				if o == loadPair && registers[0] == registers[2] {
					continue // which the architecture leaves open
				}
				for _, i := range values {
					list = append(list, sample{o, registers, i})
				}
			}
		}
	}
	return list
}

// combinations are registers for an instruction.
func (o *opcode) combinations() [][]int {
	list := [][]int{{}}
	for at := range o.roles {
		choices := []int{0, 1, 15, 16, 31}
		switch {
		case !o.vectorAt(at):
			choices = []int{0, 1, 15, 16, 26}
		case o == tbl && at > 1:
			choices = []int{firstTable + at - 2}
		}
		var longer [][]int
		for _, registers := range list {
			for _, r := range choices {
				longer = append(longer, append(slices.Clone(registers), r))
			}
		}
		list = longer
	}
	return list
}

// gnu is the sample for GNU's assembler. Jumps lead back to themselves.
func (s sample) gnu() string { return fill(s.o.gnuText(), s.registers, s.i, ".") }

// gnuWords are the words that GNU's assembler has for samples.
func gnuWords(t *testing.T, list []sample) []uint32 {
	t.Helper()
	lines := make([]string, len(list))
	for i, s := range list {
		lines[i] = s.gnu()
	}
	return assembleGNU(t, lines)
}

// TestWords: GNU's assembler gives the words of the table.
func TestWords(t *testing.T) {
	list := samples()
	compared := map[*opcode]int{}
	for i, want := range gnuWords(t, list) {
		s := list[i]
		if s.o.code == 0 {
			continue
		}
		compared[s.o]++
		if got := s.o.word(s.registers, s.i); got != want {
			t.Errorf("%s: word %08x, GNU's assembler has %08x", s.gnu(), got, want)
		}
	}
	for name, opcodes := range table {
		for _, o := range opcodes {
			if o.text == "" && o.gnu != "" && compared[o] == 0 {
				t.Errorf("%s is a word that has not been compared", name)
			}
		}
	}
}

// TestDecoded: the decoder of x/arch reads in GNU's words the instructions that the samples are.
func TestDecoded(t *testing.T) {
	list := samples()
	for i, w := range gnuWords(t, list) {
		inst, err := arm64asm.Decode(binary.LittleEndian.AppendUint32(nil, w))
		if err != nil {
			t.Errorf("%08x, %s: %v", w, list[i].gnu(), err)
		} else if got := arm64asm.GNUSyntax(inst); normal(got) != normal(list[i].gnu()) {
			t.Errorf("%08x is %s, want %s", w, got, list[i].gnu())
		}
	}
}

// TestGo: Go's assembler gives for its text what GNU's gives for its own, in the release that runs
// the test and in a newer one. How it loads a constant is its own choice, which TestListing reads.
func TestGo(t *testing.T) {
	list := slices.DeleteFunc(samples(), func(s sample) bool { return s.o.text == "" || s.o == constInt })
	want := gnuWords(t, list)
	lines := make([]string, len(list))
	for i, s := range list {
		n := instruction{opcode: s.o, registers: s.registers, i: s.i, s: fmt.Sprint("label", i)}
		lines[i] = n.line()
		if _, jumps := n.target(); jumps {
			lines[i] = n.s + ": " + n.line()
		}
	}
	for _, release := range []string{running, newerRelease(t)} {
		for i, words := range assembleSamples(t, release, lines) {
			if !slices.Equal(words, want[i:i+1]) {
				t.Errorf("%s %s: words %08x, GNU's assembler has %08x for %s", release, lines[i], words,
					want[i], list[i].gnu())
			}
		}
	}
}

// unnamed are the instructions that even the newer release has no name for.
var unnamed = append(slices.Concat(fcvtns[:], fmlaLane[:]), streamPair, sadalp)

// TestNewerNames: where a newer release of Go has a name for what is a word here, it stands for
// that word.
func TestNewerNames(t *testing.T) {
	list := slices.DeleteFunc(samples(), func(s sample) bool { return s.o.text != "" })
	want := gnuWords(t, list)
	lines := make([]string, len(list))
	for i, s := range list {
		lines[i] = s.inGo()
	}
	for i, words := range assembleSamples(t, newerRelease(t), lines) {
		known := !slices.Contains(unnamed, list[i].o)
		if known != (words != nil) {
			t.Errorf("%s knows %s: %v", newer, lines[i], words != nil)
		} else if known && !slices.Equal(words, want[i:i+1]) {
			t.Errorf("%s %s: words %08x, GNU's assembler has %08x for %s", newer, lines[i], words, want[i],
				list[i].gnu())
		}
	}
}

var (
	vectorOperand = regexp.MustCompile(`^v([0-9]+)\.([0-9]+)([bhsd])$`)
	elementOf     = regexp.MustCompile(`^v([0-9]+)\.([sd])(\[[0-9]\])$`)
	wholeOf       = regexp.MustCompile(`^[sd]([0-9]+)$`)
)

// inGo is the sample in the syntax of Go, whose operands stand in the opposite order.
func (s sample) inGo() string {
	if s.o == streamPair {
		return fill("FSTNPQ (F{0}, F{2}), {i}(R{1})", s.registers, s.i, "")
	}
	name, list, _ := strings.Cut(s.gnu(), " ")
	if name == "mvn" {
		name = "not"
	}
	var operands []string
	for _, o := range strings.Split(list, ", ") {
		o = strings.Replace(strings.Replace(o, "#0.0", "$(0.0)", 1), "#", "$", 1)
		o = wholeOf.ReplaceAllString(o, "V$1")
		o = elementOf.ReplaceAllStringFunc(vectorOperand.ReplaceAllString(o, "V$1.$3$2"), strings.ToUpper)
		operands = append([]string{strings.ToUpper(o)}, operands...)
	}
	return "V" + strings.ToUpper(name) + " " + strings.Join(operands, ", ")
}

var (
	number16  = regexp.MustCompile(`#-?0x[0-9a-f]+`)
	unscaled  = regexp.MustCompile(`^(ld|st)ur`)
	nothing   = regexp.MustCompile(`^mov (x[0-9]+), xzr$`)
	constant  = regexp.MustCompile(`^orr (x[0-9]+), xzr, #`)
	bitOfWord = regexp.MustCompile(`^(tbn?z) w`)
)

// normal makes one of what assemblers and disassemblers write in several ways.
func normal(s string) string {
	s, _, _ = strings.Cut(s, "//")
	s = strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(s, ",", ", ")), " "))
	s = number16.ReplaceAllStringFunc(s, func(n string) string {
		if v, err := strconv.ParseUint(n[1:], 0, 64); err == nil {
			return fmt.Sprint("#", int64(v))
		}
		v, _ := strconv.ParseInt(n[1:], 0, 64)
		return fmt.Sprint("#", v)
	})
	s = strings.Replace(s, ".+0x0", ".", 1)
	s = unscaled.ReplaceAllString(bitOfWord.ReplaceAllString(s, "$1 x"), "${1}r")
	s = strings.Replace(strings.Replace(s, ", #0]", "]", 1), "#0.0", "#0", 1)
	s = constant.ReplaceAllString(nothing.ReplaceAllString(s, "mov $1, #0"), "mov $1, #")
	name, operands, _ := strings.Cut(s, " ")
	if list := strings.Split(operands, ", "); name == "orr" && len(list) == 3 && list[1] == list[2] {
		return "mov " + list[0] + ", " + list[1]
	}
	return s
}
