package main

import (
	"cmp"
	"hash/fnv"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// A mutant is one change of one file.
type mutant struct {
	ID       string // of the function, the kind and the change; another text of the function has other IDs
	Kind     string
	Family   string // of the assembly; of Go, the package
	Tier     string
	DType    string
	Function string
	File     string // with slashes, from the root of the repository
	Line     int
	Before   string
	After    string // "" if the line is dropped

	start, end int // the bytes of the file that text replaces
	text       string
	functions  []string // those of the assembly whose code or constants change
	original   string   // the file
	may        string   // the rule by which it may live
	code       []string // their text, and that of the constants of the file: what a verdict is about
}

// apply returns the file with the change.
func (m *mutant) apply(file string) string { return file[:m.start] + m.text + file[m.end:] }

// digest is a short hash of the text of a function.
func digest(text string) string {
	h := fnv.New64a()
	h.Write([]byte(text))
	return strconv.FormatUint(h.Sum64(), 36)
}

// identify sets the ID of a mutant, from what it changes, where, and the digest of its function's text.
func identify(m *mutant, function string, line int) {
	h := fnv.New64a()
	for _, s := range []string{function, m.Kind, strconv.Itoa(line), m.text, strconv.Itoa(m.end - m.start)} {
		h.Write([]byte(s))
		h.Write([]byte{0})
	}
	m.ID = m.Function + "-" + m.Kind + "-" + strconv.FormatUint(h.Sum64(), 36)
}

// line is a line of assembly: an instruction, a label or neither.
type line struct {
	start, end int // bytes, without the newline
	number     int
	label      string
	op         string
	args       []string
	comment    string
}

// text returns the line with other operands.
func (l *line) with(op string, args ...string) string {
	return "\t" + op + "\t" + strings.Join(args, ", ")
}

// replaced returns the line with another operand i.
func (l *line) replaced(i int, arg string) string {
	args := append([]string(nil), l.args...)
	args[i] = arg
	return l.with(l.op, args...)
}

// function is one function of a file of assembly.
type function struct {
	name   string // such as TanhF32AVX2
	family string
	tier   string
	dtype  string
	text   string
	lines  []line
}

// source is one file of assembly.
type source struct {
	path      string
	family    string
	text      string
	functions []*function
	data      []line
}

// constantsText is the text of the constants that belong to the functions of a file.
func (s *source) constantsText() string {
	var b strings.Builder
	if len(s.functions) > 0 {
		for i := range s.data {
			b.WriteString(s.text[s.data[i].start:s.data[i].end])
			b.WriteByte('\n')
		}
	}
	return b.String()
}

var (
	textLine = regexp.MustCompile(`^TEXT ·(\w+)\(SB\)`)
	stubName = regexp.MustCompile(`^\w+(F32|F64)(AVX2|AVX512|NEON)$`)
)

// parse reads the text of a file of generated assembly.
func parse(path, text string) *source {
	base := strings.TrimSuffix(filepath.Base(path), ".s")
	s := &source{path: path, text: text, family: strings.Split(base, "_")[0]}
	var f *function
	at, from := 0, 0
	for number, raw := range strings.SplitAfter(text, "\n") {
		l := line{start: at, end: at + len(strings.TrimSuffix(raw, "\n")), number: number + 1}
		at += len(raw)
		l.split(text[l.start:l.end])
		switch m := textLine.FindStringSubmatch(raw); {
		case m != nil:
			f, from = &function{name: m[1], family: s.family, tier: "all", dtype: "all"}, l.start
			if n := stubName.FindStringSubmatch(f.name); n != nil {
				f.dtype, f.tier = strings.ToLower(n[1]), strings.ToLower(n[2])
			}
			s.functions = append(s.functions, f)
		case l.op == "DATA":
			s.data, f = append(s.data, l), nil
		case f != nil && l.op != "GLOBL" && (l.op != "" || l.label != ""):
			f.lines, f.text = append(f.lines, l), text[from:l.end]
		}
	}
	return s
}

// split finds the parts of a line.
func (l *line) split(text string) {
	text, l.comment, _ = strings.Cut(text, "//")
	l.comment = strings.TrimSpace(l.comment)
	switch trimmed := strings.TrimSpace(text); {
	case strings.HasPrefix(text, "DATA "):
		l.op, l.args = "DATA", arguments(text[len("DATA "):])
	case strings.HasPrefix(text, "\t"):
		op, rest, _ := strings.Cut(trimmed, "\t")
		l.op, l.args = op, arguments(rest)
	case strings.HasSuffix(trimmed, ":"):
		l.label = strings.TrimSuffix(trimmed, ":")
	}
}

// arguments splits operands at the commas that are in no brackets.
func arguments(text string) (args []string) {
	depth, from := 0, 0
	for i, c := range text {
		switch {
		case c == '(' || c == '[':
			depth++
		case c == ')' || c == ']':
			depth--
		case c == ',' && depth == 0:
			args = append(args, strings.TrimSpace(text[from:i]))
			from = i + 1
		}
	}
	if rest := strings.TrimSpace(text[from:]); rest != "" {
		args = append(args, rest)
	}
	return args
}

// change is a line with which a mutant replaces one of its function, or several with newlines.
type change struct{ kind, text string }

// machine makes the mutants of one instruction set.
type machine interface {
	// changes returns what line i of a function may become.
	changes(f *function, i int) []change
}

// mutants returns all mutants of the code of a file.
func (s *source) mutants(m machine) (all []*mutant) {
	data := s.constantsText()
	for _, f := range s.functions {
		text := digest(f.text)
		for i := range f.lines {
			l := &f.lines[i]
			for _, c := range m.changes(f, i) {
				before := s.text[l.start:l.end]
				if c.text == before {
					continue
				}
				n := &mutant{Kind: c.kind, Family: f.family, Tier: f.tier, DType: f.dtype, Function: f.name,
					File: s.path, Line: l.number, Before: trim(before), After: trim(c.text),
					start: l.start, end: l.end, text: c.text, functions: []string{f.name}, original: s.text,
					may: ruleOf(f, i, c), code: []string{f.text, data}}
				identify(n, text, l.number-f.lines[0].number)
				all = append(all, n)
			}
		}
	}
	return all
}

// trim makes lines of a file one line of a report.
func trim(text string) string {
	return strings.Join(strings.Fields(strings.ReplaceAll(text, "\n", " ; ")), " ")
}

// loop returns the step of the counter of the loop that starts at label i: a register, a number
// and the line of the conditional jump back. The number is "" if no line is such a loop.
func (f *function) loop(i int, conditional func(op string) bool) (jump int) {
	for j := i + 1; j < len(f.lines); j++ {
		l := &f.lines[j]
		if len(l.args) > 0 && l.args[len(l.args)-1] == f.lines[i].label && conditional(l.op) {
			return j
		}
	}
	return -1
}

// number reads an immediate such as $0x20 or $-1.
func number(arg string) (n int64, ok bool) {
	text, found := strings.CutPrefix(arg, "$")
	if !found {
		return 0, false
	}
	if n, err := strconv.ParseInt(text, 0, 64); err == nil {
		return n, true
	}
	u, err := strconv.ParseUint(text, 0, 64)
	return int64(u), err == nil
}

// immediate writes one, in the base of another.
func immediate(n int64, like string) string {
	if strings.Contains(like, "0x") && n >= 0 {
		return "$0x" + strconv.FormatInt(n, 16)
	}
	return "$" + strconv.FormatInt(n, 10)
}

// displaced returns a memory operand with its displacement moved; displacement are the digits in
// front of the bracket.
var displacement = regexp.MustCompile(`^(-?\d*)(\(R?\w+\).*)$`)

func displaced(arg string, by int) (string, bool) {
	m := displacement.FindStringSubmatch(arg)
	if m == nil {
		return "", false
	}
	n, err := strconv.Atoi(cmp.Or(m[1], "0"))
	return strconv.Itoa(n+by) + m[2], err == nil
}
