package amd64

import (
	"bytes"
	"debug/elf"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// amxSample is an instruction of AMX in Go's notation.
type amxSample struct{ name, operands string }

// amxSamples are all instructions: with all tile registers, with all general ones in every form of
// address, and with displacements of 0, 8 and 32 bits.
func amxSamples() (list []amxSample) {
	add := func(name, format string, args ...any) {
		list = append(list, amxSample{name, fmt.Sprintf(format, args...)})
	}
	displacements := []string{"", "1", "64", "127", "128", "-128", "-129", "1048576", "-2147483648"}
	add("TILERELEASE", "")
	for t := range 8 {
		add("TILEZERO", "TMM%d", t)
	}
	for _, name := range []string{"TDPBF16PS", "TDPBUSD"} {
		for i := range 8 * 8 * 8 {
			if a, b, c := i/64, i/8%8, i%8; a != b && a != c && b != c { // others are exceptions
				add(name, "TMM%d, TMM%d, TMM%d", a, b, c)
			}
		}
	}
	for _, base := range general64 {
		for _, d := range displacements {
			add("LDTILECFG", "%s(%s)", d, base)
		}
	}
	for i, base := range general64 {
		for j, index := range general64 {
			if index == "SP" {
				continue
			}
			for k, d := range displacements {
				for _, scale := range []int{1, 2, 4, 8} {
					at := fmt.Sprintf("%s(%s)(%s*%d)", d, base, index, scale)
					t := (i + j + k + scale) % 8
					add("TILELOADD", "%s, TMM%d", at, t)
					add("TILELOADDT1", "%s, TMM%d", at, t)
					add("TILESTORED", "TMM%d, %s", t, at)
				}
			}
		}
	}
	return list
}

// gnu is the instruction in the notation of GNU's programs, whose operands stand in the same order.
func (s amxSample) gnu() string {
	text := amxRegister.ReplaceAllStringFunc(s.operands, func(r string) string {
		switch {
		case strings.HasPrefix(r, "TMM"), strings.HasPrefix(r, "R"):
			return "%" + strings.ToLower(r)
		}
		return "%r" + strings.ToLower(r)
	})
	text = strings.NewReplacer(")(", ",", "*", ",").Replace(text)
	return strings.TrimSpace(strings.ToLower(s.name) + " " + text)
}

var amxRegister = regexp.MustCompile(`TMM\d|R\d+|\b[A-DS][XPI]\b|\bBP\b|\bDI\b`)

// gnuTool is the path of a program of GNU's binutils for amd64. Where there is none, the test is skipped,
// or fails if a tier is required, as in make test-encodings.
func gnuTool(t *testing.T, name string) string {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		name = "x86_64-linux-gnu-" + name
	}
	path, err := exec.LookPath(name)
	if err == nil {
		return path
	}
	if os.Getenv("ASHLAR_REQUIRE_TIER") != "" {
		t.Fatalf("%v: install binutils", err)
	}
	t.Skip(err)
	return ""
}

// disassembledAMX is what objdump says of a code: its bytes and its text, an instruction a line.
func disassembledAMX(t *testing.T, code []byte) (codes [][]byte, lines []string) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "code")
	if err := os.WriteFile(name, code, 0o600); err != nil {
		t.Fatal(err)
	}
	args := []string{"-D", "-z", "-w", "-b", "binary", "-m", "i386:x86-64", name}
	out, err := exec.Command(gnuTool(t, "objdump"), args...).Output()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range objdumpLine.FindAllStringSubmatch(string(out), -1) {
		b, err := hex.DecodeString(strings.ReplaceAll(m[1], " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		codes, lines = append(codes, b), append(lines, strings.TrimSpace(m[2]))
	}
	return codes, lines
}

var objdumpLine = regexp.MustCompile(`(?m)^ *[0-9a-f]+:\t((?:[0-9a-f]{2} )+) *\t(.*)$`)

// TestAMXDisassembled: GNU's disassembler reads in the encodings the instructions that they stand for,
// one after the other.
func TestAMXDisassembled(t *testing.T) {
	list := amxSamples()
	var code []byte
	var own [][]byte
	for _, s := range list {
		b, err := encodeAMX(s.name, s.operands)
		if err != nil {
			t.Fatalf("%s %s: %v", s.name, s.operands, err)
		}
		own, code = append(own, b), append(code, b...)
	}
	codes, lines := disassembledAMX(t, code)
	if len(lines) != len(list) {
		t.Fatalf("%d instructions, want %d", len(lines), len(list))
	}
	for i, s := range list {
		if !bytes.Equal(own[i], codes[i]) || normalAMX(lines[i]) != normalAMX(s.gnu()) {
			t.Errorf("% x is %q, want %q", own[i], lines[i], s.gnu())
		}
	}
	t.Logf("%d instructions", len(list))
}

// TestAMXAssembled: GNU's assembler gives the same bytes.
func TestAMXAssembled(t *testing.T) {
	list := amxSamples()
	var text strings.Builder
	var want []byte
	for _, s := range list {
		fmt.Fprintln(&text, s.gnu())
		b, _ := encodeAMX(s.name, s.operands)
		want = append(want, b...)
	}
	object := filepath.Join(t.TempDir(), "gnu.o")
	as := exec.Command(gnuTool(t, "as"), "--64", "-o", object, "-")
	as.Stdin = strings.NewReader(text.String())
	if out, err := as.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%.2000s", err, out)
	}
	file, err := elf.Open(object)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	got, err := file.Section(".text").Data()
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("GNU's assembler has other bytes: %d of them, want %d", len(got), len(want))
	}
}

// TestAMXDecoded: the decoder of x/arch, should it learn these instructions, reads the same. It knows none
// today, which the test says.
func TestAMXDecoded(t *testing.T) {
	known := map[string]bool{}
	for _, s := range amxSamples() {
		code, err := encodeAMX(s.name, s.operands)
		if err != nil {
			t.Fatal(err)
		}
		inst, err := x86asm.Decode(code, 64)
		if err != nil || inst.Op == 0 {
			continue
		}
		known[s.name] = true
		got, want := x86asm.GNUSyntax(inst, 0, nil), s.gnu()
		if inst.Len != len(code) || normalAMX(got) != normalAMX(want) {
			t.Errorf("% x is %q, want %q", code, got, want)
		}
	}
	t.Logf("x/arch knows %d of %d instructions", len(known), len(amxOpcodes))
}

// normalAMX makes one of what GNU's programs write in several ways.
func normalAMX(s string) string {
	s = strings.ToLower(strings.Join(strings.Fields(strings.ReplaceAll(s, ", ", ",")), " "))
	return amxNumber.ReplaceAllStringFunc(s, func(n string) string {
		v, err := strconv.ParseInt(n[:len(n)-1], 0, 64)
		if err != nil {
			return n
		}
		return map[bool]string{false: fmt.Sprint(v)}[v == 0] + "("
	})
}

var amxNumber = regexp.MustCompile(`-?(?:0x[0-9a-f]+|\d+)\(`)

// TestAMXRefused: what is no instruction is an error, not some code.
func TestAMXRefused(t *testing.T) {
	for _, s := range []amxSample{
		{"TDPBSSD", "TMM1, TMM2, TMM3"}, {"TDPBF16PS", "TMM1, TMM2"}, {"TDPBF16PS", "TMM1, TMM2, TMM8"},
		{"TILELOADD", "(AX)(SP*1), TMM1"}, {"TILELOADD", "(AX)(BX*3), TMM1"}, {"TILELOADD", "(AX), TMM1"},
		{"TILELOADD", "TMM1"}, {"TILELOADD", "(AX)(BX*1), (AX)(BX*1), TMM1"},
		{"TILESTORED", "TMM1, x(AX)(BX*1)"},
		{"TILESTORED", "TMM1, 4294967296(AX)(BX*1)"}, {"LDTILECFG", "(XX)"}, {"LDTILECFG", ""},
		{"TILERELEASE", "TMM0"}, {"TILERELEASE", "(AX)"}, {"TILEZERO", "AX"},
	} {
		if code, err := encodeAMX(s.name, s.operands); err == nil {
			t.Errorf("%s %s: % x, want an error", s.name, s.operands, code)
		}
	}
}

var bytesLine = regexp.MustCompile(`(?m)^\t(BYTE .*) // (\S+)(?: (.*))?$`)

// TestAMXListing: in the committed assembly all bytes have an instruction of AMX beside them, whose
// encoding they are and which GNU's disassembler reads in them.
func TestAMXListing(t *testing.T) {
	files, err := filepath.Glob("../../../kernels/asm/*_amx_amd64.s")
	if err != nil || len(files) != 2 {
		t.Fatalf("%q, %v: want two files", files, err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var code []byte
		var want []string
		for _, m := range bytesLine.FindAllStringSubmatch(string(text), -1) {
			b, err := hex.DecodeString(strings.NewReplacer("BYTE $0x", "", "; ", "").Replace(m[1]))
			if err != nil {
				t.Fatalf("%s: %v", m[0], err)
			}
			s := amxSample{m[2], m[3]}
			if own, err := encodeAMX(s.name, s.operands); err != nil || !bytes.Equal(own, b) {
				t.Errorf("%s has the encoding % x, %v", m[0], own, err)
			}
			code, want = append(code, b...), append(want, normalAMX(s.gnu()))
		}
		if lines := strings.Count(string(text), "\tBYTE"); len(want) < 50 || len(want) != lines {
			t.Errorf("%s: %d lines of bytes, %d have an instruction beside them", name, lines, len(want))
		}
		_, lines := disassembledAMX(t, code)
		if len(lines) != len(want) {
			t.Fatalf("%s: %d instructions, want %d", name, len(lines), len(want))
		}
		for i, line := range lines {
			if normalAMX(line) != want[i] {
				t.Errorf("%s: %q, want %q", name, line, want[i])
			}
		}
	}
}
