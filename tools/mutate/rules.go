package main

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Some groups of mutants may live by a rule, which the tool checks for each of them.

// The reasons.
const (
	atRemainder = "slower only: a loop leaves its last whole round to the slower code behind it, which " +
		"takes any number of elements"
	atHint    = "slower at most: the jump, or the comparison in front of it, decides about prefetches alone"
	atNothing = "slower only: where nothing is left, the code that the jump skips moves no element: all " +
		"its accesses are masked"
	sameFlags = "the same: the instruction in front of the dropped test sets the zero flag in the same way"
	noOrder   = "the same: whether two numbers are equal, or one is NaN, does not depend on their order"
	noWay     = "the same: the loop is reached by jumps alone, which pass the inserted step"
	noVector  = "the same: the function uses no vector register"
	noResult  = "the function writes no memory: it has no result but the time it takes"
)

// ruleOf returns the reason why a mutant of line i may live, "" if no rule allows it.
func ruleOf(f *function, i int, c change) string {
	switch {
	case c.kind == "vzeroupper":
		if !vectors.MatchString(f.text) {
			return noVector
		}
		return ""
	case remainder(f, i, c) || smaller(f, i, c):
		return atRemainder
	case hint(f, i) || i+1 < len(f.lines) && strings.HasPrefix(f.lines[i].op, "CMP") && hint(f, i+1):
		return atHint
	case !f.stores():
		return noResult
	case c.kind == "drop" && f.lines[i].op == "JZ" && masked(f, i):
		return atNothing
	case c.kind == "drop" && flagsStand(f, i):
		return sameFlags
	case c.kind == "operands" && unordered(&f.lines[i]):
		return noOrder
	case c.kind == "loop" && passed(f, i):
		return noWay
	}
	return ""
}

// unordered reports whether a line compares vectors for equality or NaN.
func unordered(l *line) bool {
	if !strings.HasPrefix(l.op, "VCMPP") {
		return false
	}
	predicate, ok := number(l.args[0])
	return ok && slices.Contains([]int64{0, 3, 4, 7}, predicate&7)
}

// passed reports whether nothing in front of label i runs into it.
func passed(f *function, i int) bool {
	for i--; i >= 0 && f.lines[i].op == "PCALIGN"; {
		i--
	}
	return i >= 0 && slices.Contains([]string{"JMP", "RET", "B"}, f.lines[i].op)
}

// vectors matches a vector register of amd64.
var vectors = regexp.MustCompile(`\b[XYZ]\d+\b`)

// masked reports whether the code that jump i skips touches no memory without a mask, but for the table
// of the masks, and takes no other way than down.
func masked(f *function, i int) bool {
	to := f.label(f.lines[i].args[0])
	table := ""
	for j := i + 1; j < to; j++ {
		l := &f.lines[j]
		if l.label != "" || strings.HasPrefix(l.op, "J") {
			return false
		}
		for n, arg := range l.args {
			switch {
			case !strings.Contains(arg, "("):
			case tailMask.MatchString(arg) && l.op == "LEAQ":
				table = "(" + l.args[1] + ")("
			case table != "" && strings.HasPrefix(arg, table) && n == 0: // a load
			case (strings.HasSuffix(arg, "(SB)") || strings.HasSuffix(arg, "(SP)")) && n == 0: // a load
			case strings.HasPrefix(l.op, "VMASKMOV") || len(l.args) == 3 && maskReg.MatchString(l.args[1]):
			default:
				return false
			}
		}
	}
	return to > i
}

// flagsStand reports whether line i tests a register that the line in front of it has just computed,
// for a jump that asks no more than whether it is 0.
func flagsStand(f *function, i int) bool {
	if f.lines[i].op != "TESTQ" || i == 0 || i+1 >= len(f.lines) {
		return false
	}
	l, before, behind := &f.lines[i], &f.lines[i-1], &f.lines[i+1]
	zero := behind.op == "JZ" || behind.op == "JNZ" || behind.op == "JE" || behind.op == "JNE"
	sets := before.op == "ADDQ" || before.op == "SUBQ" || before.op == "ANDQ"
	return zero && sets && l.args[0] == l.args[1] && before.args[len(before.args)-1] == l.args[0]
}

// hint reports whether line i is a jump over prefetches and nothing else.
func hint(f *function, i int) bool {
	l := &f.lines[i]
	if nearby[l.op] == "" && nearbyARM[l.op] == "" || len(l.args) == 0 {
		return false
	}
	to := f.label(l.args[len(l.args)-1])
	for j := i + 1; j < to; j++ {
		if !strings.HasPrefix(f.lines[j].op, "PREFETCH") && f.lines[j].op != "PRFM" {
			return false
		}
	}
	return to > i+1
}

// stores reports whether an instruction of the function may write memory: its destination, the last
// operand, is there. Those that only read it, such as CMPQ, count too.
func (f *function) stores() bool {
	for i := range f.lines {
		if n := len(f.lines[i].args); n > 0 && strings.Contains(f.lines[i].args[n-1], "(") {
			return true
		}
	}
	return false
}

// steps are the instructions of loops, on each architecture.
var steps = map[string]struct{ back, from, to string }{
	"JL":  {"ADDQ", "SUBQ", "JLE"},
	"JGE": {"ADDQ", "SUBQ", "JG"},
	"BLT": {"ADDS", "SUBS", "BLE"},
	"BGE": {"ADDS", "SUBS", "BGT"},
}

// remainder reports whether line i is the jump at the start or the end of a loop, the mutant changes
// what it does where exactly one round is left, and the slower code, which runs in its place, begins by
// giving the round back to the counter.
func remainder(f *function, i int, c change) bool {
	l := &f.lines[i]
	s, ok := steps[l.op]
	if !ok || i == 0 || c.kind != "jump" || !strings.HasPrefix(strings.TrimSpace(c.text), s.to+"\t") {
		return false
	}
	counter := &f.lines[i-1]
	at := i + 1 // where the end of a loop goes on
	if strings.HasSuffix(s.to, "LE") {
		at = f.label(l.args[0]) // where a start jumps to
	}
	for at >= 0 && at < len(f.lines) && (f.lines[at].label != "" || f.lines[at].op == "PCALIGN") {
		at++
	}
	if at < 0 || at >= len(f.lines) || counter.op != s.from {
		return false
	}
	back := &f.lines[at]
	return back.op == s.back && strings.Join(back.args, " ") == strings.Join(counter.args, " ")
}

// smaller reports whether line i leaves a loop where fewer elements or rows are left than a round takes, or
// is the comparison in front of that, the mutant leaves the loop with one whole round left too, and the code
// that it goes to is a loop that begins with a comparison of the same counter, and takes any number by
// smaller rounds.
func smaller(f *function, i int, c change) bool {
	if c.kind == "immediate" && f.lines[i].op == "CMPQ" && i+1 < len(f.lines) {
		n, _ := number(f.lines[i].args[1])
		if c.text != f.lines[i].replaced(1, immediate(n+1, f.lines[i].args[1])) {
			return false
		}
		i++
	} else if c.kind != "jump" || !strings.HasPrefix(strings.TrimSpace(c.text), "JLE\t") {
		return false
	}
	l := &f.lines[i]
	if l.op != "JL" || i == 0 {
		return false
	}
	whole, to := &f.lines[i-1], f.label(l.args[0])
	if whole.op != "CMPQ" || to < i || to+2 >= len(f.lines) {
		return false
	}
	again := false
	for j := to; j < len(f.lines); j++ {
		again = again || f.lines[j].op == "JMP" && f.lines[j].args[0] == l.args[0]
	}
	first, leaves := &f.lines[to+1], &f.lines[to+2]
	n, _ := number(whole.args[1])
	m, rounds := int64(1), first.op == "TESTQ" && first.args[1] == whole.args[0] && leaves.op == "JZ"
	if first.op == "CMPQ" && leaves.op == "JL" {
		m, rounds = number(first.args[1])
	}
	return again && rounds && first.args[0] == whole.args[0] && m < n
}

// label returns the line of a label, or -1.
func (f *function) label(name string) int {
	for i := range f.lines {
		if f.lines[i].label == name {
			return i
		}
	}
	return -1
}

// slight reports whether a mutant changes a constant by less than a thousandth: a coefficient, or the
// bound of an interval. Then the contract is the stated error, not the constant.
func slight(before, after string, dtype string) bool {
	a, b := constant(before, dtype), constant(after, dtype)
	if len(a) == 0 || len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] && !(math.Abs(b[i]-a[i]) < math.Abs(a[i])/1000) {
			return false
		}
	}
	return true
}

// constant reads the numbers in a line of data: one, or two of float32 in 8 bytes. It returns nil where
// that is not sure.
func constant(text, dtype string) []float64 {
	args := arguments(strings.SplitN(strings.TrimPrefix(text, "DATA "), "//", 2)[0])
	if len(args) < 2 {
		return nil
	}
	bits, err := strconv.ParseUint(strings.TrimPrefix(args[1], "$"), 0, 64)
	half := func(bits uint64) float64 { return float64(math.Float32frombits(uint32(bits))) }
	switch eight := strings.HasSuffix(args[0], "/8"); {
	case err != nil:
		return nil
	case !eight:
		return []float64{half(bits)}
	case dtype == "f64":
		return []float64{math.Float64frombits(bits)}
	case dtype == "f32":
		return []float64{half(bits), half(bits >> 32)}
	}
	return nil
}
