package main

import (
	"regexp"
	"strconv"
	"strings"
)

// x86 makes the mutants of amd64. The operands have Go's order: the destination is the last.
type x86 struct{}

// nearby is the condition that a jump takes instead: the boundary moved, or the opposite where
// there is no boundary.
var nearby = map[string]string{"JL": "JLE", "JLE": "JL", "JG": "JGE", "JGE": "JG", "JZ": "JNZ", "JNZ": "JZ",
	"JE": "JNE", "JNE": "JE", "JCS": "JLS", "JCC": "JHI", "JHI": "JCC", "JLS": "JCS"}

// ordered matches the instructions whose first two operands may not be exchanged. In a VFM213 they
// are a factor and the addend.
var ordered = regexp.MustCompile(`^(V(SUB|DIV|MIN|MAX|SHUF|UNPCK|PERM|ANDN|PSUB|PANDN|BLEND|CMP|PCMP|` +
	`SCALEF|RANGE|FN?M(ADD|SUB)213)|SUB|CMP|KUNPCK|KANDN)`)

var (
	vector   = regexp.MustCompile(`^([XYZ])(\d+)$`)
	maskReg  = regexp.MustCompile(`^K([1-7])$`)
	general  = regexp.MustCompile(`^(AX|BX|CX|DX|SI|DI|R[89]|R1[0-3])$`)
	tailMask = regexp.MustCompile(`^·tailMask\+(\d+)\(SB\)$`)
)

// idle matches what changes no result: hints and alignment.
var idle = regexp.MustCompile(`^(PCALIGN|PREFETCH\w+|SFENCE|NOP)$`)

func (x86) changes(f *function, i int) (all []change) {
	l := &f.lines[i]
	add := func(kind, text string) { all = append(all, change{kind, text}) }
	switch {
	case l.label != "":
		return x86Loops(f, i)
	case l.op == "VZEROUPPER":
		return []change{{"vzeroupper", ""}}
	case idle.MatchString(l.op) || l.op == "RET":
		return nil
	case strings.HasPrefix(l.op, "J"):
		if n, ok := nearby[l.op]; ok {
			add("jump", l.with(n, l.args...))
			add("drop", "")
		}
		return all
	}
	add("drop", "")
	if text, ok := x86Swapped(l); ok {
		add("operands", text)
	}
	for n := range l.args {
		all = append(all, x86Operand(f, l, n)...)
	}
	return append(all, x86Widened(l)...)
}

// x86Swapped exchanges the first two operands behind an immediate.
func x86Swapped(l *line) (string, bool) {
	n := 0
	if len(l.args) > 0 && strings.HasPrefix(l.args[0], "$") {
		n = 1
	}
	if len(l.args) < n+2 || !ordered.MatchString(l.op) {
		return "", false
	}
	a, b := l.args[n], l.args[n+1]
	if a == b || !(vector.MatchString(a) && vector.MatchString(b) && a[0] == b[0] ||
		general.MatchString(a) && general.MatchString(b)) {
		return "", false
	}
	args := append([]string(nil), l.args...)
	args[n], args[n+1] = b, a
	return l.with(l.op, args...), true
}

// x86Operand changes operand n alone.
func x86Operand(f *function, l *line, n int) (all []change) {
	arg := l.args[n]
	add := func(kind, to string) { all = append(all, change{kind, l.replaced(n, to)}) }
	if v, ok := number(arg); ok {
		if strings.Contains(l.op, "CMPP") || strings.Contains(l.op, "PCMPU") {
			for _, p := range predicates(l.op, v) {
				add("predicate", immediate(p, "0x"))
			}
			return all
		}
		add("immediate", immediate(v+1, arg))
		add("immediate", immediate(v-1, arg))
		return all
	}
	size := 4
	if f.dtype == "f64" {
		size = 8
	}
	if m := tailMask.FindStringSubmatch(arg); m != nil {
		at, _ := strconv.Atoi(m[1])
		add("mask", "·tailMask+"+strconv.Itoa(at+size)+"(SB)")
		add("mask", "·tailMask+"+strconv.Itoa(at-size)+"(SB)")
	} else if to, ok := displaced(arg, size); ok {
		add("offset", to)
		to, _ = displaced(arg, -size)
		add("offset", to)
	} else if to, kind, ok := x86Register(l, n); ok {
		add(kind, to)
	}
	return all
}

// x86Register takes another register. One that selects elements is a mask.
func x86Register(l *line, n int) (to, kind string, ok bool) {
	arg := l.args[n]
	if m := vector.FindStringSubmatch(arg); m != nil {
		k, _ := strconv.Atoi(m[2])
		selects := strings.HasPrefix(l.op, "VMASKMOV") && n == 1 ||
			strings.HasPrefix(l.op, "VBLENDV") && n == 0
		if selects {
			return m[1] + strconv.Itoa((k+1)%16), "mask", true
		}
		return m[1] + strconv.Itoa((k+1)%16), "register", true
	} else if m := maskReg.FindStringSubmatch(arg); m != nil {
		k, _ := strconv.Atoi(m[1])
		return "K" + strconv.Itoa(k%7+1), "mask", true
	} else if general.MatchString(arg) {
		names := []string{"AX", "CX", "DX", "BX", "SI", "DI"}
		for i, name := range names {
			if name == arg {
				return names[(i+1)%len(names)], "register", true
			}
		}
		return "AX", "register", true
	}
	return "", "", false
}

// predicates are those near the predicate of a comparison of numbers: the opposite, the one that
// differs where the numbers are equal, and the one that differs where one of them is NaN.
func predicates(op string, p int64) []int64 {
	boundary := map[int64]int64{1: 2, 2: 1, 5: 6, 6: 5, 9: 10, 10: 9, 13: 14, 14: 13}
	list := []int64{p ^ 4}
	if to, ok := boundary[p&0xf]; ok {
		list = append(list, p&^0xf|to)
	}
	if strings.HasPrefix(op, "VCMP") {
		list = append(list, p^4^8)
	}
	return list
}

// x86Widened moves more than the line does: the elements that its mask leaves out, or those behind
// its one element or vector.
func x86Widened(l *line) (all []change) {
	add := func(op string, args ...string) { all = append(all, change{"widen", l.with(op, args...)}) }
	plain := strings.TrimSuffix(l.op, ".Z")
	if !strings.HasPrefix(l.op, "VM") || len(l.args) < 2 {
		return nil
	}
	memory := strings.Contains(l.args[0], "(") || strings.Contains(l.args[len(l.args)-1], "(")
	switch {
	case !memory:
	case strings.HasPrefix(plain, "VMASKMOV") && len(l.args) == 3:
		add("VMOVU"+strings.TrimPrefix(plain, "VMASKMOV"), l.args[0], l.args[2])
	case len(l.args) == 3 && maskReg.MatchString(l.args[1]):
		add(plain, l.args[0], l.args[2])
	case plain == "VMOVSS" && len(l.args) == 2:
		add("VMOVUPS", l.args...)
	case plain == "VMOVSD" && len(l.args) == 2:
		add("VMOVUPD", l.args...)
	case strings.HasPrefix(plain, "VMOVU") && len(l.args) == 2:
		wider := map[byte]string{'X': "Y", 'Y': "Z"}
		for n, arg := range l.args {
			if to, ok := wider[arg[0]]; ok && vector.MatchString(arg) {
				all = append(all, change{"widen", l.replaced(n, to+arg[1:])})
			}
		}
	}
	return all
}

func isX86Jump(op string) bool { return nearby[op] != "" }

// x86Loops makes the loop that starts at a label run once more and once less: the counter is
// changed in front of it by what one round changes it by.
func x86Loops(f *function, i int) []change {
	jump := f.loop(i, isX86Jump)
	if jump < 0 {
		return nil
	}
	counter := &f.lines[jump-1]
	body := f.lines[i:jump]
	label := f.lines[i].label + ":"
	step := x86Step(counter)
	if step == nil && strings.HasPrefix(counter.op, "CMP") {
		for n := range body {
			s := x86Step(&body[n])
			if s != nil && (s.args[1] == counter.args[0] || s.args[1] == counter.args[1]) {
				step = s
			}
		}
	}
	if step == nil {
		return nil
	}
	opposite := map[string]string{"SUBQ": "ADDQ", "ADDQ": "SUBQ", "SUBL": "ADDL", "ADDL": "SUBL"}
	return []change{{"loop", step.with(opposite[step.op], step.args...) + "\n" + label},
		{"loop", step.with(step.op, step.args...) + "\n" + label}}
}

// x86Step returns the line as an addition to a register or a subtraction, or nil.
func x86Step(l *line) *line {
	switch {
	case (l.op == "DECQ" || l.op == "DECL") && general.MatchString(l.args[0]):
		return &line{op: "SUB" + l.op[3:], args: []string{"$1", l.args[0]}}
	case (l.op == "INCQ" || l.op == "INCL") && general.MatchString(l.args[0]):
		return &line{op: "ADD" + l.op[3:], args: []string{"$1", l.args[0]}}
	case l.op == "SUBQ" || l.op == "ADDQ" || l.op == "SUBL" || l.op == "ADDL":
		if _, ok := number(l.args[0]); ok && general.MatchString(l.args[1]) {
			return l
		}
	}
	return nil
}
