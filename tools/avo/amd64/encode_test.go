package amd64

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// evexSample is an instruction of encodings with its registers, or one of vexOpcodes, whose registers are Y,
// and its code.
type evexSample struct {
	name, registers    string
	second, first, dst int
}

func (s evexSample) code() []byte {
	if s.registers == "Y" {
		b := vexBytes(vexOpcodes[s.name], s.dst, s.first, s.second)
		return b[:]
	}
	b := encodings[s.name].bytes(s.dst, s.first, s.second)
	return b[:]
}

// gnu is the instruction in the notation of GNU's programs, whose operands stand in Go's order.
func (s evexSample) gnu() string {
	prefix, width := "", "zmm"
	if s.registers == "Y" {
		prefix, width = "{vex} ", "ymm"
	}
	return fmt.Sprintf("%s%s %%%[3]s%[4]d,%%%[3]s%[5]d,%%%[3]s%[6]d", prefix, strings.ToLower(s.name), width,
		s.second, s.first, s.dst)
}

// evexSamples are all instructions with registers that set and clear each bit of their numbers.
func evexSamples() (list []evexSample) {
	numbers := []int{0, 1, 2, 4, 7, 8, 15, 16, 23, 24, 31}
	add := func(name, registers string, numbers []int) {
		for _, dst := range numbers {
			for _, first := range numbers {
				for _, second := range numbers {
					list = append(list, evexSample{name, registers, second, first, dst})
				}
			}
		}
	}
	for name := range encodings {
		add(name, "Z", numbers)
	}
	for name := range vexOpcodes {
		add(name, "Y", numbers[:7])
	}
	return list
}

// compareEVEX wants GNU's disassembler to read the instructions in their codes, one after the other.
func compareEVEX(t *testing.T, list []evexSample, codes [][]byte) {
	t.Helper()
	own, lines := disassembledAMX(t, bytes.Join(codes, nil))
	if len(lines) != len(list) {
		t.Fatalf("%d instructions, want %d", len(lines), len(list))
	}
	for i, s := range list {
		if got := normalAMX(lines[i]); got != s.gnu() || !bytes.Equal(own[i], codes[i]) {
			t.Errorf("% x is %q, want %q", codes[i], got, s.gnu())
		}
	}
}

// TestEncodings: GNU's disassembler reads the instructions with their registers in the bytes. The decoder
// of golang.org/x/arch knows no EVEX; should it learn these instructions, it must read the same.
func TestEncodings(t *testing.T) {
	list := evexSamples()
	var codes [][]byte
	for _, s := range list {
		code := s.code()
		codes = append(codes, code)
		if inst, err := x86asm.Decode(code, 64); err == nil && inst.Op != 0 {
			got, want := normalAMX(x86asm.GNUSyntax(inst, 0, nil)), strings.TrimPrefix(s.gnu(), "{vex} ")
			if inst.Len != len(code) || got != want {
				t.Errorf("x/arch reads % x as %q, want %q", code, got, s.gnu())
			}
		}
	}
	compareEVEX(t, list, codes)
}

var inBytesLine = regexp.MustCompile(
	`(?m)^\tLONG\t\$0x([0-9a-f]{8}); (?:WORD|BYTE) \$0x([0-9a-f]{2,4}) ` +
		`// (V\w+) ([YZ])(\d+), [YZ](\d+), [YZ](\d+)$`)

// TestCommittedBytes: in the committed files GNU's disassembler reads the instructions that stand beside
// the bytes, and no line has bytes but such. Those with AMX have a test of their own.
func TestCommittedBytes(t *testing.T) {
	names, err := filepath.Glob("../../../kernels/asm/*_amd64.s")
	if err != nil || len(names) == 0 {
		t.Fatal("no assembly", err)
	}
	var list []evexSample
	var codes [][]byte
	for _, name := range names {
		if strings.HasSuffix(name, "_amx_amd64.s") { // TestAMXListing reads them
			continue
		}
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found := inBytesLine.FindAllStringSubmatch(string(text), -1)
		if lines := anyBytes.FindAllString(string(text), -1); len(lines) != len(found) {
			t.Errorf("%s: %d lines have bytes, %d of them an instruction beside them",
				name, len(lines), len(found))
		}
		for _, m := range found {
			var number [7]int
			for i, base := range map[int]int{0: 16, 1: 16, 4: 10, 5: 10, 6: 10} {
				v, err := strconv.ParseUint(m[i+1], base, 32)
				if err != nil {
					t.Fatal(err)
				}
				number[i] = int(v)
			}
			code := binary.LittleEndian.AppendUint32(nil, uint32(number[0]))
			if code = append(code, byte(number[1])); m[4] == "Z" {
				code = append(code, byte(number[1]>>8))
			}
			codes = append(codes, code)
			list = append(list, evexSample{m[3], m[4], number[4], number[5], number[6]})
		}
	}
	if len(list) == 0 {
		t.Error("no instruction is in bytes: this test has nothing to do")
	}
	compareEVEX(t, list, codes)
}

var anyBytes = regexp.MustCompile(`(?m)^.*\b(LONG|WORD|BYTE|QUAD)\s.*$`)
