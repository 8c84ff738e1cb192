package data

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// npyHeader is what the header of an npy file says.
type npyHeader struct {
	element element
	fortran bool
	dims    []int
}

// mostDims is the most dimensions that an array of numpy has.
const mostDims = 64

// npyTypes are the types of numbers that numpy calls so, with their widths in bytes.
var npyTypes = []string{"b1", "i1", "i2", "i4", "i8", "u1", "u2", "u4", "u8", "f2", "f4", "f8"}

// parseNPYHeader reads a header, a literal of a dictionary of Python such as
//
//	{'descr': '<f8', 'fortran_order': False, 'shape': (3, 4), }
//
// with exactly these keys, in any order, or returns what is wrong with it.
func parseNPYHeader(text []byte) (h npyHeader, wrong string) {
	p := literal{rest: string(text)}
	seen := map[string]bool{}
	p.take("{")
	for p.wrong == "" && !p.next("}") {
		key := p.quoted()
		p.take(":")
		if p.wrong == "" && seen[key] {
			p.fail("has the key " + quoted(key) + " twice")
		}
		seen[key] = true
		switch {
		case p.wrong != "":
		case key == "descr":
			h.element = p.element()
		case key == "fortran_order":
			h.fortran = p.boolean()
		case key == "shape":
			h.dims = p.shape()
		default:
			p.fail("has the key " + quoted(key) + ", want descr, fortran_order and shape")
		}
		if !p.next(",") {
			p.take("}")
			break
		}
	}
	p.space()
	if p.wrong == "" && p.rest != "" {
		p.expected("the end")
	}
	for _, key := range []string{"descr", "fortran_order", "shape"} {
		if !seen[key] {
			p.fail("lacks the key " + key)
		}
	}
	return h, p.wrong
}

// literal reads a literal of Python from the left. After a failure its methods return zero values
// and keep the first message.
type literal struct {
	rest  string
	wrong string // what is wrong with the header, "" for nothing
}

func (p *literal) fail(wrong string) {
	if p.wrong == "" {
		p.wrong = wrong
	}
}

func (p *literal) expected(what string) {
	p.fail("has " + quoted(p.rest) + " where " + what + " is expected")
}

func (p *literal) space() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

// next skips a token if the rest begins with it, and reports whether it does.
func (p *literal) next(token string) (found bool) {
	p.space()
	p.rest, found = strings.CutPrefix(p.rest, token)
	return found
}

// take skips a token that must come next.
func (p *literal) take(token string) {
	if !p.next(token) {
		p.expected(token)
	}
}

// quoted returns a string without escapes.
func (p *literal) quoted() string {
	p.space()
	if p.rest == "" || p.rest[0] != '\'' && p.rest[0] != '"' {
		p.expected("a string")
		return ""
	}
	s, after, closed := strings.Cut(p.rest[1:], p.rest[:1])
	if !closed || strings.Contains(s, `\`) {
		p.expected("a plain string")
		return ""
	}
	p.rest = after
	return s
}

func (p *literal) boolean() bool {
	switch {
	case p.next("True"):
		return true
	case !p.next("False"):
		p.expected("True or False")
	}
	return false
}

// shape returns the numbers of a tuple, such as (), (3,) and (3, 4). Files of Python 2 have 3L.
func (p *literal) shape() []int {
	dims := []int{}
	p.take("(")
	for p.wrong == "" && !p.next(")") {
		digits := p.rest[:len(p.rest)-len(strings.TrimLeft(p.rest, "0123456789"))]
		n, err := strconv.Atoi(digits)
		if err != nil {
			p.expected("a dimension that an int can hold")
			return nil
		}
		p.rest = p.rest[len(digits):]
		p.next("L")
		if dims = append(dims, n); len(dims) > mostDims {
			p.fail(fmt.Sprintf("has more than %d dimensions", mostDims))
		}
		if !p.next(",") {
			p.take(")")
			break
		}
	}
	return dims
}

// element returns the type of the elements, such as '<f8'.
func (p *literal) element() (e element) {
	if p.next("[") {
		p.fail("describes elements with fields, want numbers")
		return e
	}
	s := p.quoted()
	if p.wrong != "" {
		return e
	}
	if len(s) == 3 && slices.Contains(npyTypes, s[1:]) {
		e.kind, e.width = s[1], int(s[2]-'0')
		switch {
		case s[0] == '<', s[0] == '|' && e.width == 1:
			e.order = binary.LittleEndian
		case s[0] == '>':
			e.order = binary.BigEndian
		}
	}
	if e.order == nil {
		p.fail("describes elements of type " + quoted(s) +
			", want numbers: < or >, or | for one byte, and one of " + strings.Join(npyTypes, " "))
	}
	return e
}
