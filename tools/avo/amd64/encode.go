package amd64

import (
	"encoding/binary"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// Instructions that Go's assembler does not have. avo places their registers like those of any
// other; the file that is printed has their bytes, and the mnemonic beside them.
//
// Source of the encodings: Intel 64 and IA-32 Architectures Software Developer's Manual, volume
// 2, section 2.7 (EVEX) and the pages of the instructions.

// evex is what an instruction on three registers of 512 bits has in its prefix and its opcode.
type evex struct {
	opcodeMap, prefix, opcode byte
	w                         bool
}

const (
	map0F38  = 2
	prefixF3 = 2
)

var encodings = map[string]evex{
	"VDPBF16PS": {map0F38, prefixF3, 0x52, false},
}

// vexOpcodes are those of instructions on three registers of 256 bits of which Go's assembler has only the
// form of AVX-512: map 0F38, prefix 66, W 0. Section 2.3 has the prefix VEX.
var vexOpcodes = map[string]byte{"VPDPBUSD": 0x50}

// encoded emits an instruction of encodings: dst is read and written.
func (m *machine) encoded(name string, a, b, dst isa.Vec) {
	x, y, r := m.vec(a), m.vec(b), m.vec(dst)
	m.c.Instruction(&ir.Instruction{Opcode: name, Operands: []Op{x, y, r}, Inputs: []Op{x, y, r},
		Outputs: []Op{r}})
}

func (m *machine) DotFactor(a isa.Factor, b, acc isa.Vec) {
	if !m.wide() {
		panic("amd64: AVX2 has no dot product of pairs")
	}
	m.encoded("VDPBF16PS", a.From.(isa.Vec), b, acc)
}

var encodedLine = regexp.MustCompile(`^\t(V[A-Z0-9]+)\s+([YZ])(\d+), ([YZ])(\d+), ([YZ])(\d+)\n$`)

// inBytes is a line of assembly, of an instruction that Go's assembler lacks the bytes of it.
func inBytes(line string) string {
	m := encodedLine.FindStringSubmatch(line)
	if m == nil {
		return line
	}
	var r [3]int
	for i := range r {
		r[i], _ = strconv.Atoi(m[2*i+3])
	}
	text := strings.Join(strings.Fields(line), " ")
	if opcode, ok := vexOpcodes[m[1]]; ok && m[2] == "Y" {
		code := vexBytes(opcode, r[2], r[1], r[0])
		return fmt.Sprintf("\tLONG\t$0x%08x; BYTE $0x%02x // %s\n", binary.LittleEndian.Uint32(code[:4]),
			code[4], text)
	}
	e, ok := encodings[m[1]]
	if !ok || m[2] != "Z" {
		return line
	}
	code := e.bytes(r[2], r[1], r[0])
	return fmt.Sprintf("\tLONG\t$0x%08x; WORD $0x%04x // %s\n", binary.LittleEndian.Uint32(code[:4]),
		binary.LittleEndian.Uint16(code[4:]), text)
}

// vexBytes encodes dst = op(dst, first, second), all registers of 256 bits. Bits of register numbers that
// the prefix has are inverted there.
func vexBytes(opcode byte, dst, first, second int) [5]byte {
	b := [5]byte{0xc4, 0xe0 | map0F38, 0x05 | byte(^first&15)<<3, opcode,
		0xc0 | byte(dst&7)<<3 | byte(second&7)}
	b[1] ^= byte(dst>>3)<<7 | byte(second>>3)<<5
	return b
}

// bytes encodes dst = op(dst, first, second), all registers of 512 bits. Bits of register numbers
// that the prefix has are inverted there.
func (e evex) bytes(dst, first, second int) [6]byte {
	inverted := func(register, bit, at int) byte { return byte(register>>bit&1^1) << at }
	b := [6]byte{0x62, e.opcodeMap, 0x04 | e.prefix, 0x40, e.opcode, 0xc0}
	b[1] |= inverted(dst, 3, 7) | inverted(second, 4, 6) | inverted(second, 3, 5) | inverted(dst, 4, 4)
	b[2] |= byte(^first&15) << 3
	if e.w {
		b[2] |= 0x80
	}
	b[3] |= inverted(first, 4, 3)
	b[5] |= byte(dst&7)<<3 | byte(second&7)
	return b
}
