package arm64

import (
	"fmt"
	"strings"
)

// opcode is an instruction. Its registers are numbered as GNU's syntax has them, the
// destination first.
//
// Go's assembler gets text, in which {0} is the number of register 0, {i} the integer of the
// instruction and {t} its text, or, where it has no mnemonic, a word: the code, with register
// 0 from bit 0 on, 1 from bit 5 on, 2 from bit 16 or third on and what field makes of the integer.
type opcode struct {
	roles string // of the registers: w is written, r read, x both
	text  string // for Go's assembler
	gnu   string // for GNU's, of vector instructions
	code  uint32
	field func(i int64) uint32
	third int
	kind  kind
}

// kind is what the passes over the code have to know of an opcode.
type kind int

const (
	plain  kind = iota
	pure        // does nothing but write registers
	move        // copies register 1 to register 0
	choice      // stands for other instructions, see expand
	label
	branch // may go on behind it
	jump
	leave
	comment
)

// word is the encoding with these registers.
func (o *opcode) word(registers []int, i int64) uint32 {
	w := o.code
	places := [...]int{0, 5, 16}
	if o.third != 0 {
		places[2] = o.third
	}
	for at, r := range registers {
		w |= uint32(r) << places[at]
	}
	if o.field != nil {
		w |= o.field(i)
	}
	return w
}

// fill puts registers, integer and text into a template.
func fill(template string, registers []int, i int64, text string) string {
	list := []string{"{i}", fmt.Sprint(i), "{t}", text}
	for at, r := range registers {
		list = append(list, fmt.Sprintf("{%d}", at), fmt.Sprint(r))
	}
	return strings.NewReplacer(list...).Replace(template)
}

// pair is an opcode for float32 and one for float64, or for words of 32 and 64 bits.
type pair [2]*opcode

const sizeBit = 1 << 22 // set in the encoding for elements of 64 bits, of those instructions that have it

// pairOf makes a pair. In gnu's and in Go's syntax T stands for an arrangement.
func pairOf(roles, text, gnu string, code, code64 uint32) pair {
	one := func(arrangement, goArrangement string, code uint32) *opcode {
		return &opcode{roles: roles, kind: pure, code: code,
			text: strings.ReplaceAll(text, ".T", "."+goArrangement),
			gnu:  strings.ReplaceAll(gnu, ".T", "."+arrangement)}
	}
	return pair{one("4s", "S4", code), one("2d", "D2", code64)}
}

// arithmetic is an instruction whose operands are vectors of one arrangement, named for GNU's
// assembler and, if it has it, for Go's.
func arithmetic(roles, gnu, goName string, code uint32) pair {
	return pairOf(roles, operands(roles, goName), gnuOperands(roles, gnu), code, code|sizeBit)
}

func operands(roles, name string) string {
	switch {
	case name == "":
		return ""
	case len(roles) == 2:
		return name + " V{1}.T, V{0}.T"
	}
	return name + " V{2}.T, V{1}.T, V{0}.T"
}

func gnuOperands(roles, name string) string {
	if len(roles) == 2 {
		return name + " v{0}.T, v{1}.T"
	}
	return name + " v{0}.T, v{1}.T, v{2}.T"
}

// compareZero compares with 0.
func compareZero(gnu string, code uint32) pair {
	zero := ", #0"
	if strings.HasPrefix(gnu, "f") {
		zero = ", #0.0"
	}
	return pairOf("wr", "", gnu+" v{0}.T, v{1}.T"+zero, code, code|sizeBit)
}

// logical works on bits, whatever they are.
func logical(roles, gnu, goName string, code uint32) *opcode {
	return arithmetic(roles, gnu, goName, code)[0].arranged("16b", "B16")
}

// arranged is the instruction with another arrangement in its texts.
func (o *opcode) arranged(gnu, goArrangement string) *opcode {
	o.gnu = strings.ReplaceAll(o.gnu, ".4s", "."+gnu)
	o.text = strings.ReplaceAll(o.text, ".S4", "."+goArrangement)
	return o
}

// shift has the shift in bits 16 on, added to the bits of an element or taken from twice as
// many.
func shift(gnu, goName string, code uint32, left bool) pair {
	text := ""
	if goName != "" {
		text = goName + " ${i}, V{1}.T, V{0}.T"
	}
	p := pairOf("wr", text, gnu+" v{0}.T, v{1}.T, #{i}", code, code)
	for at, bits := range []int64{32, 64} {
		p[at].field = func(i int64) uint32 {
			if left {
				return uint32(bits+i) << 16
			}
			return uint32(2*bits-i) << 16
		}
	}
	return p
}

// vector is an instruction with texts of its own.
func vector(roles, text, gnu string, code uint32) *opcode {
	return &opcode{roles: roles, text: text, gnu: gnu, code: code, kind: pure}
}

// The vector instructions.
var (
	fadd  = arithmetic("wrr", "fadd", "", 0x4e20d400)
	fsub  = arithmetic("wrr", "fsub", "", 0x4ea0d400)
	fmul  = arithmetic("wrr", "fmul", "", 0x6e20dc00)
	fdiv  = arithmetic("wrr", "fdiv", "", 0x6e20fc00)
	fmax  = arithmetic("wrr", "fmax", "", 0x4e20f400)
	fmin  = arithmetic("wrr", "fmin", "", 0x4ea0f400)
	fmla  = arithmetic("xrr", "fmla", "VFMLA", 0x4e20cc00)
	fmls  = arithmetic("xrr", "fmls", "VFMLS", 0x4ea0cc00)
	fabs  = arithmetic("wr", "fabs", "", 0x4ea0f800)
	fneg  = arithmetic("wr", "fneg", "", 0x6ea0f800)
	fsqrt = arithmetic("wr", "fsqrt", "", 0x6ea1f800)

	frintn = arithmetic("wr", "frintn", "", 0x4e218800)
	frintm = arithmetic("wr", "frintm", "", 0x4e219800)
	fcvtns = arithmetic("wr", "fcvtns", "", 0x4e21a800)
	ucvtf  = arithmetic("wr", "ucvtf", "", 0x6e21d800)

	fcmeq  = arithmetic("wrr", "fcmeq", "", 0x4e20e400)
	fcmge  = arithmetic("wrr", "fcmge", "", 0x6e20e400)
	fcmgt  = arithmetic("wrr", "fcmgt", "", 0x6ea0e400)
	fcmeq0 = compareZero("fcmeq", 0x4ea0d800)
	fcmge0 = compareZero("fcmge", 0x6ea0c800)
	fcmgt0 = compareZero("fcmgt", 0x4ea0c800)
	fcmle0 = compareZero("fcmle", 0x6ea0d800)
	fcmlt0 = compareZero("fcmlt", 0x4ea0e800)

	add   = arithmetic("wrr", "add", "VADD", 0x4ea08400)
	sub   = arithmetic("wrr", "sub", "VSUB", 0x6ea08400)
	umax  = arithmetic("wrr", "umax", "VUMAX", 0x6ea06400)[0]
	cmhi  = arithmetic("wrr", "cmhi", "", 0x6ea03400)
	cmeq0 = compareZero("cmeq", 0x4ea09800)
	cmlt0 = compareZero("cmlt", 0x4ea0a800)
	shl   = shift("shl", "VSHL", 0x4f005400, true)
	ushr  = shift("ushr", "VUSHR", 0x6f000400, false)
	sshr  = shift("sshr", "", 0x4f000400, false)
	mla   = arithmetic("xrr", "mla", "", 0x4ea09400)[0]

	and = logical("wrr", "and", "VAND", 0x4e201c00)
	bic = logical("wrr", "bic", "", 0x4e601c00)
	orr = logical("wrr", "orr", "VORR", 0x4ea01c00)
	eor = logical("wrr", "eor", "VEOR", 0x6e201c00)
	bsl = logical("xrr", "bsl", "VBSL", 0x6e601c00)
	bit = logical("xrr", "bit", "VBIT", 0x6ea01c00)
	bif = logical("xrr", "bif", "VBIF", 0x6ee01c00)

	zip1 = arithmetic("wrr", "zip1", "VZIP1", 0x4e803800)
	zip2 = arithmetic("wrr", "zip2", "VZIP2", 0x4e807800)
	uzp1 = arithmetic("wrr", "uzp1", "VUZP1", 0x4e801800)
	trn1 = arithmetic("wrr", "trn1", "VTRN1", 0x4e802800)
	trn2 = arithmetic("wrr", "trn2", "VTRN2", 0x4e806800)

	rev64 = arithmetic("wr", "rev64", "VREV64", 0x4ea00800)[0]
	ext8  = vector("wrr", "VEXT $8, V{2}.B16, V{1}.B16, V{0}.B16",
		"ext v{0}.16b, v{1}.16b, v{2}.16b, #8", 0x6e004000)
	dup = pair{vector("wr", "VDUP V{1}.S[0], V{0}.S4", "dup v{0}.4s, v{1}.s[0]", 0x4e040400),
		vector("wr", "VDUP V{1}.D[0], V{0}.D2", "dup v{0}.2d, v{1}.d[0]", 0x4e080400)}
	dupInt = vector("wr", "VDUP R{1}, V{0}.D2", "dup v{0}.2d, x{1}", 0x4e080c00)

	xtnWords  = vector("wr", "", "xtn v{0}.2s, v{1}.2d", 0x0ea12800)
	xtnHalves = vector("wr", "", "xtn v{0}.4h, v{1}.4s", 0x0e612800)
	// Each of these pairs is of the lower and of the upper half of a vector.
	uxtl8 = pair{vector("wr", "VUXTL V{1}.B8, V{0}.H8", "uxtl v{0}.8h, v{1}.8b", 0x2f08a400),
		vector("wr", "VUXTL2 V{1}.B16, V{0}.H8", "uxtl2 v{0}.8h, v{1}.16b", 0x6f08a400)}
	uxtl16 = pair{vector("wr", "VUXTL V{1}.H4, V{0}.S4", "uxtl v{0}.4s, v{1}.4h", 0x2f10a400),
		vector("wr", "VUXTL2 V{1}.H8, V{0}.S4", "uxtl2 v{0}.4s, v{1}.8h", 0x6f10a400)}
	uxtl32 = pair{vector("wr", "VUXTL V{1}.S2, V{0}.D2", "uxtl v{0}.2d, v{1}.2s", 0x2f20a400),
		vector("wr", "VUXTL2 V{1}.S4, V{0}.D2", "uxtl2 v{0}.2d, v{1}.4s", 0x6f20a400)}
	fcvtl = vector("wr", "", "fcvtl v{0}.2d, v{1}.2s", 0x0e617800)
	fcvtn = vector("wr", "", "fcvtn v{0}.2s, v{1}.2d", 0x0e616800)
	umull = vector("wrr", "", "umull v{0}.2d, v{1}.2s, v{2}.2s", 0x2ea0c000)
	umaxv = vector("wr", "", "umaxv s{0}, v{1}.4s", 0x6eb0a800)
	// tbl looks up among the 64 bytes of V28 to V31.
	tbl = vector("wrrrrr", "VTBL V{1}.B16, [V28.B16, V29.B16, V30.B16, V31.B16], V{0}.B16",
		"tbl v{0}.16b, {v28.16b-v31.16b}, v{1}.16b", 0)
	zero = vector("w", "VMOVI $0, V{0}.B16", "movi v{0}.16b, #0", 0x4f00e400)
	mov  = &opcode{roles: "wr", kind: move, text: "VMOV V{1}.B16, V{0}.B16",
		gnu: "mov v{0}.16b, v{1}.16b"}
	toInt = vector("wr", "FMOVD F{1}, R{0}", "fmov x{0}, d{1}", 0x9e660000)

	fmlaLane = pair{lanes("fmla v{0}.4s, v{1}.4s, v{2}.s[{i}]", 0x4f801000, 2),
		lanes("fmla v{0}.2d, v{1}.2d, v{2}.d[{i}]", 0x4fc01000, 1)}

	invert = vector("wr", "", "mvn v{0}.16b, v{1}.16b", 0x6e205800)

	// Of bytes, words of 16 bits and integers of 32 bits, for products of bytes.
	shlWords  = shiftWords("shl", 0x4f005400, true)
	ushrWords = shiftWords("ushr", 0x6f000400, false)
	sshrWords = shiftWords("sshr", 0x4f000400, false)
	mulWords  = vector("wrr", "", "mul v{0}.8h, v{1}.8h, v{2}.8h", 0x4e609c00)
	mulInts   = vector("wrr", "", "mul v{0}.4s, v{1}.4s, v{2}.4s", 0x4ea09c00)
	sadalp    = vector("xr", "", "sadalp v{0}.4s, v{1}.8h", 0x4e606800)
	scvtf     = vector("wr", "", "scvtf v{0}.4s, v{1}.4s", 0x4e21d800)
	xtnBytes  = vector("wr", "", "xtn v{0}.8b, v{1}.8h", 0x0e212800)
)

// shiftWords is shift for words of 16 bits.
func shiftWords(gnu string, code uint32, left bool) *opcode {
	o := shift(gnu, "", code, left)[0].arranged("8h", "H8")
	o.field = func(i int64) uint32 {
		if left {
			return uint32(16+i) << 16
		}
		return uint32(32-i) << 16
	}
	return o
}

// lanes has the number of a lane in bit 11 and, for four of them, bit 21 below it.
func lanes(gnu string, code uint32, bits int) *opcode {
	o := vector("xrr", "", gnu, code)
	o.field = func(i int64) uint32 {
		if bits == 1 {
			return uint32(i) << 11
		}
		return uint32(i>>1)<<11 | uint32(i&1)<<21
	}
	return o
}

// choices stand for what depends on which of their operands is used later.
var (
	selects = &opcode{roles: "wrrr", kind: choice} // 0 = 1 ? 2 : 3, lane by lane
	minimum = pair{{roles: "wrr", kind: choice}, {roles: "wrr", kind: choice}}
	maximum = pair{{roles: "wrr", kind: choice}, {roles: "wrr", kind: choice}}
)

// memory is a load or a store at a register and an integer, at the frame, or with a register
// as an index.
func memory(name, prefix string, store, frame bool) *opcode {
	place, register := "{i}(R{1})", prefix+"{0}"
	o := &opcode{roles: "wr", kind: pure}
	if frame {
		place, o.roles = "{i}(RSP)", "w"
	}
	if store {
		o.roles, o.kind = "r"+o.roles[1:], plain
		o.text = name + " " + register + ", " + place
		return o
	}
	o.text = name + " " + place + ", " + register
	return o
}

// access is the loads and stores of one width.
type access struct {
	load, store, loadFrame, storeFrame *opcode
	size                               int
}

func accessOf(name, prefix string, size int) access {
	return access{memory(name, prefix, false, false), memory(name, prefix, true, false),
		memory(name, prefix, false, true), memory(name, prefix, true, true), size}
}

var (
	quad      = accessOf("FMOVQ", "F", 16)
	double    = accessOf("FMOVD", "F", 8)
	single    = accessOf("FMOVS", "F", 4)
	integer   = accessOf("MOVD", "R", 8)
	integer32 = accessOf("MOVWU", "R", 4)

	accesses = []access{quad, double, single, integer, integer32}

	// loadConstant is a load from read-only data, which the instruction knows.
	loadConstant = memory("FMOVQ", "F", false, false)

	loadPair  = &opcode{roles: "wrw", kind: pure, text: "FLDPQ {i}(R{1}), (F{0}, F{2})"}
	storePair = &opcode{roles: "rrr", text: "FSTPQ (F{0}, F{2}), {i}(R{1})"}

	// streamStore is a store that becomes half of a streamPair, which asks not to keep lines in
	// the caches.
	streamStore = memory("FMOVQ", "F", true, false)
	streamPair  = &opcode{roles: "rrr", gnu: "stnp q{0}, q{2}, [x{1}, #{i}]", code: 0xac000000, third: 10,
		field: func(i int64) uint32 { return uint32(i/vectorBytes) & 127 << 15 }}

	// load1 and store1 move one lane, the place being a register.
	load1      = &opcode{roles: "xr", kind: pure, text: "VLD1 (R{1}), V{0}.S[{i}]"}
	store1     = &opcode{roles: "rr", text: "VST1 V{0}.S[{i}], (R{1})"}
	loadHalf1  = &opcode{roles: "xr", kind: pure, text: "VLD1 (R{1}), V{0}.H[{i}]"}
	storeHalf1 = &opcode{roles: "rr", text: "VST1 V{0}.H[{i}], (R{1})"}
	loadR      = pair{vector("wr", "VLD1R (R{1}), [V{0}.S4]", "ld1r {v{0}.4s}, [x{1}]", 0x4d40c800),
		vector("wr", "VLD1R (R{1}), [V{0}.D2]", "ld1r {v{0}.2d}, [x{1}]", 0x4d40cc00)}
	// loadIndexed is of one element at a register and an index, which counts bytes or elements.
	loadIndexed = pair{{roles: "wrr", kind: pure, text: "FMOVS (R{1})(R{2}), F{0}"},
		{roles: "wrr", kind: pure, text: "FMOVD (R{1})(R{2}), F{0}"}}
	loadScaled = pair{{roles: "wrr", kind: pure, text: "FMOVS (R{1})(R{2}<<2), F{0}"},
		{roles: "wrr", kind: pure, text: "FMOVD (R{1})(R{2}<<3), F{0}"}}
	prefetch   = &opcode{roles: "r", text: "PRFM {i}(R{0}), PLDL1KEEP"}
	prefetchL2 = &opcode{roles: "r", text: "PRFM {i}(R{0}), PLDL2KEEP"}
)

// scalar is an instruction on integers.
func scalar(roles, text string) *opcode { return &opcode{roles: roles, text: text, kind: pure} }

// The instructions on integers, and what is none.
var (
	movInt    = &opcode{roles: "wr", kind: move, text: "MOVD R{1}, R{0}"}
	constInt  = scalar("w", "MOVD ${i}, R{0}")
	param     = scalar("w", "MOVD {t}(FP), R{0}")
	param32   = scalar("w", "MOVWU {t}(FP), R{0}")
	paramF    = pair{scalar("w", "FMOVS {t}(FP), F{0}"), scalar("w", "FMOVD {t}(FP), F{0}")}
	poolAt    = scalar("w", "MOVD $"+poolName+"<>+{i}(SB), R{0}")
	frameAt   = scalar("w", "ADD ${i}, RSP, R{0}")
	addInt    = scalar("wrr", "ADD R{2}, R{1}, R{0}")
	addShift  = scalar("wrr", "ADD R{2}<<{i}, R{1}, R{0}")
	addConst  = scalar("wr", "ADD ${i}, R{1}, R{0}")
	subInt    = scalar("wrr", "SUB R{2}, R{1}, R{0}")
	subConst  = scalar("wr", "SUB ${i}, R{1}, R{0}")
	subShift  = scalar("wrr", "SUB R{2}<<{i}, R{1}, R{0}")
	mulInt    = scalar("wrr", "MUL R{2}, R{1}, R{0}")
	andConst  = scalar("wr", "AND ${i}, R{1}, R{0}")
	shlConst  = scalar("wr", "LSL ${i}, R{1}, R{0}")
	shrConst  = scalar("wr", "LSR ${i}, R{1}, R{0}")
	negInt    = scalar("wr", "NEG R{1}, R{0}")
	reverse   = scalar("wr", "RBIT R{1}, R{0}")
	leading   = scalar("wr", "CLZ R{1}, R{0}")
	truncate  = pair{scalar("wr", "FCVTZSSW F{1}, R{0}"), scalar("wr", "FCVTZSDW F{1}, R{0}")}
	minSelect = &opcode{roles: "wrr", text: "CSEL LT, R{1}, R{2}, R{0}"}
	maxSelect = &opcode{roles: "wrr", text: "CSEL GT, R{1}, R{2}, R{0}"}

	compare      = &opcode{roles: "rr", text: "CMP R{1}, R{0}"}
	compareConst = &opcode{roles: "r", text: "CMP ${i}, R{0}"}
	addFlags     = &opcode{roles: "wrr", text: "ADDS R{2}, R{1}, R{0}"}
	addFlagsC    = &opcode{roles: "wr", text: "ADDS ${i}, R{1}, R{0}"}
	subFlags     = &opcode{roles: "wrr", text: "SUBS R{2}, R{1}, R{0}"}
	subFlagsC    = &opcode{roles: "wr", text: "SUBS ${i}, R{1}, R{0}"}

	always     = &opcode{kind: jump, text: "JMP {t}"}
	ifZero     = &opcode{roles: "r", kind: branch, text: "CBZ R{0}, {t}"}
	ifNotZero  = &opcode{roles: "r", kind: branch, text: "CBNZ R{0}, {t}"}
	ifBitZero  = &opcode{roles: "r", kind: branch, text: "TBZ ${i}, R{0}, {t}"}
	ifBit      = &opcode{roles: "r", kind: branch, text: "TBNZ ${i}, R{0}, {t}"}
	conditions = [...]*opcode{{kind: branch, text: "BEQ {t}"}, {kind: branch, text: "BNE {t}"},
		{kind: branch, text: "BLT {t}"}, {kind: branch, text: "BLE {t}"}, {kind: branch, text: "BGT {t}"},
		{kind: branch, text: "BGE {t}"}, {kind: branch, text: "BLO {t}"}} // in the order of isa.Cond

	labels   = &opcode{kind: label}
	align    = &opcode{text: "PCALIGN $32"}
	ret      = &opcode{kind: leave, text: "RET"}
	comments = &opcode{kind: comment}
)
