package main

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// neon makes the mutants of arm64. What Go's assembler has no mnemonic for is a WORD, with GNU's
// text in the comment. Its encoding is changed in fields whose values all are instructions.
type neon struct{}

var (
	nearbyARM = map[string]string{"BLT": "BLE", "BLE": "BLT", "BGT": "BGE", "BGE": "BGT", "BEQ": "BNE",
		"BNE": "BEQ", "BLO": "BLS", "BLS": "BLO", "BHI": "BHS", "BHS": "BHI", "CBZ": "CBNZ", "CBNZ": "CBZ",
		"TBZ": "TBNZ", "TBNZ": "TBZ"}
	orderedARM = regexp.MustCompile(`^(VSUB|VFMLS|VBSL|VBIT|VBIF|VTRN|VZIP|VUZP|VEXT|SUBS?|CMP)`)
	vectorARM  = regexp.MustCompile(`^([VF])(\d+)(\.\w+)?$`)
	generalARM = regexp.MustCompile(`^R(\d+)$`)
	idleARM    = regexp.MustCompile(`^(PCALIGN|PRFM|RET|JMP|B|NOP)$`)
	operandGNU = regexp.MustCompile(`^[vsdq](\d+)(?:\.\w+)?(?:\[(\d)\])?$`)
)

func (neon) changes(f *function, i int) (all []change) {
	l := &f.lines[i]
	add := func(kind, text string) { all = append(all, change{kind, text}) }
	switch {
	case l.label != "":
		return neonLoops(f, i)
	case idleARM.MatchString(l.op):
		return nil
	}
	add("drop", "")
	if n, ok := nearbyARM[l.op]; ok {
		add("jump", l.with(n, l.args...))
		return all
	}
	if l.op == "WORD" {
		return append(all, word(l)...)
	}
	if n := len(l.args); n >= 2 && orderedARM.MatchString(l.op) {
		a, b := l.args[0], l.args[1]
		if vectorARM.MatchString(a) && vectorARM.MatchString(b) ||
			generalARM.MatchString(a) && generalARM.MatchString(b) {
			args := append([]string{b, a}, l.args[2:]...)
			add("operands", l.with(l.op, args...))
		}
	}
	switch l.op {
	case "VFMLA":
		add("operands", l.with("VFMLS", l.args...))
	case "VFMLS":
		add("operands", l.with("VFMLA", l.args...))
	}
	for n := range l.args {
		all = append(all, neonOperand(f, l, n)...)
	}
	return append(all, neonWidened(l)...)
}

// neonOperand changes operand n alone.
func neonOperand(f *function, l *line, n int) (all []change) {
	arg := l.args[n]
	add := func(kind, to string) { all = append(all, change{kind, l.replaced(n, to)}) }
	if v, ok := number(arg); ok {
		add("immediate", immediate(v+1, arg))
		add("immediate", immediate(v-1, arg))
		return all
	}
	size := 4
	if f.dtype == "f64" {
		size = 8
	}
	if strings.HasPrefix(l.op, "FLDPQ") || strings.HasPrefix(l.op, "FSTPQ") || strings.HasSuffix(l.op, "Q") {
		size = 16 // what the encoding counts in
	}
	if to, ok := displaced(arg, size); ok {
		add("offset", to)
		to, _ = displaced(arg, -size)
		add("offset", to)
	} else if m := vectorARM.FindStringSubmatch(arg); m != nil {
		k, _ := strconv.Atoi(m[2])
		kind := "register"
		if strings.HasPrefix(l.op, "VBI") || l.op == "VBSL" && n == 2 {
			kind = "mask"
		}
		add(kind, m[1]+strconv.Itoa((k+1)%32)+m[3])
	} else if m := generalARM.FindStringSubmatch(arg); m != nil {
		k, _ := strconv.Atoi(m[1])
		add("register", "R"+strconv.Itoa((k+1)%16))
	}
	return all
}

// neonWidened moves 8 or 16 bytes where the line moves 4 or 8.
func neonWidened(l *line) []change {
	wider := map[string]string{"FMOVS": "FMOVD", "FMOVD": "FMOVQ", "MOVWU": "MOVD"}
	if to, ok := wider[l.op]; ok && len(l.args) == 2 &&
		(strings.Contains(l.args[0], "(") || strings.Contains(l.args[1], "(")) {
		return []change{{"widen", l.with(to, l.args...)}}
	}
	return nil
}

// word changes one field of an encoded instruction: a register, the index of an element, or the
// bit in which an operation differs from its twin.
func word(l *line) (all []change) {
	v, err := strconv.ParseUint(strings.TrimPrefix(l.args[0], "$0x"), 16, 32)
	mnemonic, rest, _ := strings.Cut(l.comment, " ")
	if err != nil {
		return nil
	}
	code, operands := uint32(v), arguments(rest)
	add := func(kind string, to uint32) {
		all = append(all, change{kind, fmt.Sprintf("\tWORD\t$%#08x // %s, changed", to, l.comment)})
	}
	var fields []uint // where the registers stand, in the order of the text
	for i, at := range []uint{0, 5, 16} {
		if i < len(operands) && register(operands[i], code>>at&31) {
			add("register", code&^(31<<at)|(code>>at+1)&31<<at)
			fields = append(fields, at)
		}
	}
	three := len(fields) == 3 && len(operands) == 3
	element := three && strings.HasSuffix(operands[2], "]")
	if a, b := code>>5&31, code>>16&31; three && !element && a != b && orderedGNU(mnemonic) {
		add("operands", code&^(31<<5|31<<16)|b<<5|a<<16)
	}
	if element {
		add("offset", code^1<<11) // H, the upper bit of the index, or all of it
	}
	if bit := twin(mnemonic, three, element); bit != 0 {
		kind := "operands"
		if strings.HasPrefix(mnemonic, "fcm") || strings.HasPrefix(mnemonic, "cm") {
			kind = "predicate"
		}
		add(kind, code^bit)
	}
	return all
}

// register reports whether an operand of GNU's text is vector register n.
func register(operand string, n uint32) bool {
	m := operandGNU.FindStringSubmatch(operand)
	return m != nil && m[1] == strconv.Itoa(int(n))
}

func orderedGNU(mnemonic string) bool {
	switch mnemonic {
	case "fsub", "fdiv", "fcmgt", "fcmge", "cmhi", "cmhs", "cmgt", "cmge", "bic", "sub":
		return true
	}
	return false
}

// twin is the bit in which two operations differ: fadd and fsub, fmla and fmls, fmax and fmin; fcmgt
// and fcmge, cmhi and cmhs. It is 0 where there is no twin.
func twin(mnemonic string, three, element bool) uint32 {
	switch mnemonic {
	case "fmla", "fmls":
		if element {
			return 1 << 14
		}
		return 1 << 23
	case "fadd", "fsub", "fmax", "fmin", "fcmgt", "fcmge":
		if three {
			return 1 << 23
		}
		return 1 << 29 // fcmgt and fcmge with 0: U tells them apart
	case "cmhi", "cmhs", "cmgt", "cmge":
		if three {
			return 1 << 11
		}
	case "fcmlt", "fcmle": // with 0
		return 1<<29 | 1<<13 | 1<<12
	}
	return 0
}

func isNEONJump(op string) bool { return nearbyARM[op] != "" }

// neonLoops makes the loop that starts at a label run once more and once less.
func neonLoops(f *function, i int) []change {
	jump := f.loop(i, isNEONJump)
	if jump < 0 {
		return nil
	}
	test := &f.lines[jump]
	counter := &f.lines[jump-1]
	if strings.HasPrefix(test.op, "CB") {
		counter = test
	}
	label := f.lines[i].label + ":"
	var step *line
	for n := jump - 1; n > i && step == nil; n-- {
		s := &f.lines[n]
		if op := strings.TrimSuffix(s.op, "S"); (op == "ADD" || op == "SUB") && len(s.args) >= 2 {
			if _, ok := number(s.args[0]); ok && (s == counter || mentions(counter, s.args[len(s.args)-1])) {
				step = s
			}
		}
	}
	if step == nil {
		return nil
	}
	op := strings.TrimSuffix(step.op, "S")
	opposite := map[string]string{"SUB": "ADD", "ADD": "SUB"}
	return []change{{"loop", step.with(opposite[op], step.args...) + "\n" + label},
		{"loop", step.with(op, step.args...) + "\n" + label}}
}

// mentions reports whether a line compares a register.
func mentions(l *line, register string) bool {
	if l.op != "CMP" && !strings.HasPrefix(l.op, "CB") {
		return false
	}
	for _, arg := range l.args {
		if arg == register {
			return true
		}
	}
	return false
}
