package main

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	dataArgs = regexp.MustCompile(`^([^\s+]+)\+(\d+)\(SB\)/(\d+)$`)
	symbols  = regexp.MustCompile(`·\w+\b`)
)

// uses tells which functions refer to a constant. On arm64 all constants of a file are one symbol,
// and every function of the file uses it.
type uses map[string][]*function

func usesOf(files []*source) uses {
	u := uses{}
	for _, s := range files {
		for _, f := range s.functions {
			for i := range f.lines {
				for _, arg := range f.lines[i].args {
					for _, name := range append(symbols.FindAllString(arg, -1), local(s, arg)...) {
						if !slices.Contains(u[name], f) {
							u[name] = append(u[name], f)
						}
					}
				}
			}
		}
	}
	return u
}

// local names a constant that belongs to one file.
func local(s *source, arg string) []string {
	if name, _, ok := strings.Cut(strings.TrimPrefix(arg, "$"), "<>"); ok {
		return []string{s.path + ":" + name + "<>"}
	}
	return nil
}

// constants returns the mutants of the constants of a file: each bit of each number turned, and
// each number one unit in the last place up or down.
func (s *source) constants(u uses) (all []*mutant) {
	for i := range s.data {
		l := &s.data[i]
		m := dataArgs.FindStringSubmatch(l.args[0])
		value, ok := number(l.args[1])
		if m == nil || !ok {
			continue
		}
		name := m[1]
		if strings.HasSuffix(name, "<>") {
			name = s.path + ":" + name
		}
		users := u[name]
		if len(users) == 0 {
			continue
		}
		size, _ := strconv.Atoi(m[3])
		for _, c := range dataChanges(l, uint64(value), size, dtypeOf(users)) {
			n := s.constant(l, c, m[1]+"+"+m[2], users)
			identify(n, digest(s.text[l.start:l.end]), 0)
			all = append(all, n)
		}
	}
	return all
}

// constant is one mutant of the constants.
func (s *source) constant(l *line, c change, name string, users []*function) *mutant {
	n := &mutant{Kind: c.kind, Family: "several", Tier: "all", DType: dtypeOf(users), File: s.path,
		Line: l.number, Before: trim(s.text[l.start:l.end]), After: trim(c.text), start: l.start, end: l.end,
		text: c.text, original: s.text, Function: strings.TrimPrefix(name, "·")}
	n.Family = common(users, func(f *function) string { return f.family }, "several")
	n.Tier = common(users, func(f *function) string { return f.tier }, "all")
	if strings.Contains(name, "<>") {
		n.Function = s.family + "_" + strings.ReplaceAll(n.Function, "<>", "")
	}
	n.code = []string{n.Before, s.constantsText()}
	for _, f := range users {
		n.functions, n.code = append(n.functions, f.name), append(n.code, f.text)
	}
	return n
}

// common returns what all functions have, or else the word for several.
func common(list []*function, of func(*function) string, several string) string {
	for _, f := range list[1:] {
		if of(f) != of(list[0]) {
			return several
		}
	}
	return cmp.Or(of(list[0]), several)
}

func dtypeOf(users []*function) string {
	return common(users, func(f *function) string { return f.dtype }, "all")
}

// dataChanges returns the line with each bit turned, and with each number one unit away. A line of
// 8 bytes has two numbers where float32 functions alone use it.
func dataChanges(l *line, value uint64, size int, dtype string) (all []change) {
	lane := size
	if dtype == "f32" {
		lane = min(size, 4)
	}
	put := func(kind string, v uint64) {
		all = append(all, change{kind, fmt.Sprintf("DATA %s, $0x%0*x", l.args[0], 2*size, v)})
	}
	for bit := range 8 * size {
		put("bit", value^1<<bit)
	}
	for at := 0; at < size; at += lane {
		one := uint64(1) << (8 * at)
		mask := (one<<(8*lane-1)<<1 - one) // the bits of this number
		put("ulp", value&^mask|(value+one)&mask)
		put("ulp", value&^mask|(value-one)&mask)
	}
	return all
}
