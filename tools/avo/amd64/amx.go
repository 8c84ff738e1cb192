package amd64

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/mmcloughlin/avo/ir"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// AMX, which neither avo nor Go's assembler know: avo carries its instructions as text, and the printed
// file has their bytes. All of them are in the map 0F38 of VEX, with vectors of 128 bits and W = 0 (Intel
// 64 and IA-32 Architectures Software Developer's Manual, volume 2).

// NewTilesFile begins a file of kernels on tile registers. They finish their results with AVX-512.
func NewTilesFile(d *Data) *File { return NewFile(Tiers[0], d) }

// ControlRegister emits a function of an index that returns the extended control register of that number.
func (f *File) ControlRegister(name, doc string) {
	f.docs[name] = doc
	f.c.Function(name)
	f.c.SignatureExpr("func(index uint32) uint64")
	f.c.Load(f.c.Param("index"), reg.ECX)
	f.c.XGETBV()
	f.c.SHLQ(U8(32), reg.RDX)
	f.c.ORQ(reg.RDX, reg.RAX)
	f.c.Store(reg.RAX, f.c.ReturnIndex(0))
	f.c.VZEROUPPER()
	f.c.RET()
}

// tile is a tile register as an operand: avo takes nothing that it does not know but labels.
func tile(t isa.TileRegister) Op { return LabelRef(fmt.Sprintf("TMM%d", int(t))) }

// tiles emits an instruction of AMX. What it reads of general registers stands in a place in memory.
func (m *machine) tiles(opcode string, operands ...Op) {
	i := &ir.Instruction{Opcode: opcode, Operands: operands}
	for _, op := range operands {
		if IsMem(op) {
			i.Inputs = append(i.Inputs, op)
		}
	}
	m.c.Instruction(i)
}

// rows is the place of a tile in memory.
func (m *machine) rows(at isa.Mem, stride isa.Int) Op {
	at.Index, at.Scale = stride, 1
	return m.mem(at)
}

func (m *machine) ConfigureTiles(at isa.Mem)   { m.tiles("LDTILECFG", m.mem(at)) }
func (m *machine) ReleaseTiles()               { m.tiles("TILERELEASE") }
func (m *machine) ZeroTile(t isa.TileRegister) { m.tiles("TILEZERO", tile(t)) }

func (m *machine) LoadTile(at isa.Mem, stride isa.Int, t isa.TileRegister) {
	m.tiles("TILELOADD", m.rows(at, stride), tile(t))
}

func (m *machine) StoreTile(t isa.TileRegister, at isa.Mem, stride isa.Int) {
	m.tiles("TILESTORED", tile(t), m.rows(at, stride))
}

func (m *machine) DotPairs(a, b, sum isa.TileRegister) {
	m.tiles("TDPBF16PS", tile(b), tile(a), tile(sum))
}

func (m *machine) DotBytes(a, b, sum isa.TileRegister) {
	m.tiles("TDPBUSD", tile(b), tile(a), tile(sum))
}

// form says where the operands of an instruction stand, in Go's order.
type form int

const (
	alone    form = iota // none
	register             // a tile in ModRM.reg
	memory               // a place in ModRM.rm
	load                 // a place with an SIB byte, a tile in ModRM.reg
	store                // a tile in ModRM.reg, a place with an SIB byte
	product              // tiles in VEX.vvvv, ModRM.rm and ModRM.reg
)

// amxOpcode is an instruction: its prefix as VEX has it, and its opcode.
type amxOpcode struct {
	prefix, opcode byte
	form           form
}

// The prefixes that VEX implies.
const (
	none = 0
	p66  = 1
	pF3  = 2
	pF2  = 3
)

var amxOpcodes = map[string]amxOpcode{
	"LDTILECFG":   {none, 0x49, memory},
	"TILERELEASE": {none, 0x49, alone},
	"TILEZERO":    {pF2, 0x49, register},
	"TILELOADD":   {pF2, 0x4b, load},
	"TILELOADDT1": {p66, 0x4b, load},
	"TILESTORED":  {pF3, 0x4b, store},
	"TDPBF16PS":   {pF3, 0x5c, product},
	"TDPBUSD":     {p66, 0x5e, product},
}

// place is where an instruction finds memory.
type place struct {
	base, index, scale int // index -1: none
	disp               int32
}

var (
	general64 = strings.Fields("AX CX DX BX SP BP SI DI R8 R9 R10 R11 R12 R13 R14 R15")
	placeText = regexp.MustCompile(`^(-?\d+)?\((\w+)\)(?:\((\w+)\*([1248])\))?$`)
	tileText  = regexp.MustCompile(`^TMM([0-7])$`)
	amxLine   = regexp.MustCompile(`^\t(TILE\w+|LDTILECFG|TDP\w+)[ \t]*(.*)\n$`)
)

// encoded is a line of assembly with bytes for an instruction of AMX, its text beside them; other lines
// stay.
func encoded(line string) (string, error) {
	m := amxLine.FindStringSubmatch(line)
	if m == nil {
		return line, nil
	}
	text := strings.TrimSpace(m[1] + " " + m[2])
	code, err := encodeAMX(m[1], m[2])
	if err != nil {
		return "", fmt.Errorf("%s: %w", text, err)
	}
	var out strings.Builder
	for i, b := range code {
		fmt.Fprintf(&out, "%sBYTE $%#02x", map[bool]string{true: "\t", false: "; "}[i == 0], b)
	}
	return out.String() + " // " + text + "\n", nil
}

// encodeAMX is the code of an instruction with operands in Go's notation.
func encodeAMX(name, operands string) ([]byte, error) {
	o, ok := amxOpcodes[name]
	if !ok {
		return nil, fmt.Errorf("not an instruction")
	}
	var tiles []byte
	var at *place
	for _, text := range strings.FieldsFunc(operands, func(r rune) bool { return r == ',' || r == ' ' }) {
		if t := tileText.FindStringSubmatch(text); t != nil {
			tiles = append(tiles, t[1][0]-'0')
			continue
		}
		p, err := parsePlace(text)
		if err != nil || at != nil {
			return nil, fmt.Errorf("no operand: %s", text)
		}
		at = &p
	}
	want := map[form]int{register: 1, load: 1, store: 1, product: 3}[o.form]
	rows := o.form == load || o.form == store
	if len(tiles) != want || (rows || o.form == memory) != (at != nil) || rows && at.index < 0 {
		return nil, fmt.Errorf("other operands than it has")
	}
	return o.encode(tiles, at), nil
}

func parsePlace(text string) (place, error) {
	m := placeText.FindStringSubmatch(text)
	if m == nil {
		return place{}, fmt.Errorf("no place in memory: %s", text)
	}
	p := place{base: generalNumber(m[2]), index: -1}
	if m[3] != "" {
		p.index = generalNumber(m[3])
		p.scale, _ = strconv.Atoi(m[4])
	}
	disp, err := strconv.ParseInt("0"+m[1], 10, 32)
	if strings.HasPrefix(m[1], "-") {
		disp, err = strconv.ParseInt(m[1], 10, 32)
	}
	p.disp = int32(disp)
	if err != nil || p.base < 0 || m[3] != "" && (p.index < 0 || m[3] == "SP") {
		return place{}, fmt.Errorf("no place in memory: %s", text)
	}
	return p, nil
}

// generalNumber is the number of a general register, -1 if it is none.
func generalNumber(name string) int {
	for i, r := range general64 {
		if r == name {
			return i
		}
	}
	return -1
}

// encode puts an instruction together.
func (o amxOpcode) encode(tiles []byte, at *place) []byte {
	var reg, vvvv byte
	base, index := 0, 0
	var tail []byte
	switch o.form {
	case alone:
		tail = []byte{0xc0}
	case register:
		tail = []byte{0xc0 | tiles[0]<<3}
	case product:
		vvvv, reg = tiles[0], tiles[2]
		tail = []byte{0xc0 | reg<<3 | tiles[1]}
	default:
		if o.form != memory {
			reg = tiles[0]
		}
		tail = at.encode(reg, o.form != memory)
		base, index = at.base, max(at.index, 0)
	}
	// The bits of VEX that extend registers are inverted: R (never set here), X and B.
	second := byte(0xe2) &^ byte(index>>3<<6) &^ byte(base>>3<<5)
	third := (^vvvv&15)<<3 | o.prefix
	return append([]byte{0xc4, second, third, o.opcode}, tail...)
}

// encode is ModRM, SIB and displacement of a place in memory. An instruction on the rows of a tile takes
// SIB in any case.
func (p *place) encode(reg byte, sib bool) []byte {
	low := byte(p.base & 7)
	var mod byte
	var disp []byte
	switch {
	case p.disp == 0 && low != 5: // without displacement, 5 would mean another form
	case p.disp == int32(int8(p.disp)):
		mod, disp = 1, []byte{byte(p.disp)}
	default:
		mod = 2
		for i := range 4 {
			disp = append(disp, byte(p.disp>>(8*i)))
		}
	}
	if !sib && p.index < 0 && low != 4 {
		return append([]byte{mod<<6 | reg<<3 | low}, disp...)
	}
	index, scale := byte(4), byte(0) // 4 is none
	if p.index >= 0 {
		index = byte(p.index & 7)
		scale = map[int]byte{1: 0, 2: 1, 4: 2, 8: 3}[p.scale]
	}
	return append([]byte{mod<<6 | reg<<3 | 4, scale<<6 | index<<3 | low}, disp...)
}
