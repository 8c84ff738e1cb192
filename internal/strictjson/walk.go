package strictjson

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"unicode/utf8"
)

// walker goes through valid JSON.
type walker struct {
	text []byte
	at   int
	keys []span // of the objects that it is in
	left int64  // bytes of memory that lists and maps may still take
}

// newWalker returns a walker with room for the keys of all objects: keys that grow take five times as much.
func newWalker(text []byte) *walker {
	w := &walker{text: text, left: maxMemory(len(text))}
	n := 0
	for w.at < len(text) {
		switch text[w.at] {
		case '"':
			w.string()
			continue
		case ':':
			n++
		}
		w.at++
	}
	w.at, w.keys = 0, make([]span, 0, n)
	return w
}

// maxMemory bounds what package json takes for the lists and maps of a text of so many bytes. An element
// has two bytes in the text, or less than four with its quotes or braces, and may be a struct.
func maxMemory(size int) int64 { return 1<<18 + 32*int64(size) }

// take accounts for an element of a list or map of type t, nil for one that is not decoded. While a list
// grows one by one, append allocates five times what it has in the end; a map takes eight times its
// elements.
func (w *walker) take(t reflect.Type) error {
	switch {
	case t == nil:
		return nil
	case t.Kind() == reflect.Slice:
		w.left -= 5 * int64(t.Elem().Size())
	case t.Kind() == reflect.Map:
		w.left -= 8 * int64(t.Key().Size()+t.Elem().Size())
	}
	if w.left < 0 {
		return &Error{Offset: w.at, Msg: fmt.Sprintf(": the lists up to here would take more than %d bytes "+
			"of memory, for a text of %d", maxMemory(len(w.text)), len(w.text))}
	}
	return nil
}

// span is a string in the text, without its quotes.
type span struct{ lo, hi int }

// space skips white space and returns the byte behind it.
func (w *walker) space() byte {
	for w.text[w.at] == ' ' || w.text[w.at] == '\t' || w.text[w.at] == '\n' || w.text[w.at] == '\r' {
		w.at++
	}
	return w.text[w.at]
}

// string skips a string.
func (w *walker) string() span {
	w.at++
	s := span{lo: w.at}
	for w.text[w.at] != '"' {
		if w.text[w.at] == '\\' {
			w.at++
		}
		w.at++
	}
	s.hi = w.at
	w.at++
	return s
}

// skip skips a value. It does not look at its keys.
func (w *walker) skip() {
	depth := 0
	for {
		switch c := w.text[w.at]; c {
		case '"':
			w.string()
		case '{', '[':
			depth++
			w.at++
		case '}', ']':
			depth--
			w.at++
		case ',', ':', ' ', '\t', '\n', '\r':
			w.at++
		default:
			w.scalar()
		}
		if depth == 0 {
			return
		}
	}
}

// scalar skips a number, true, false or null.
func (w *walker) scalar() {
	for w.at < len(w.text) && bytes.IndexByte([]byte(",:]} \t\n\r"), w.text[w.at]) < 0 {
		w.at++
	}
}

var unmarshaler = reflect.TypeFor[json.Unmarshaler]()

// free reports whether any object can become a t. Those of json.Unmarshaler look at their keys themselves.
func free(t reflect.Type) bool {
	return t == nil || reflect.PointerTo(t).Implements(unmarshaler) || t.Implements(unmarshaler) ||
		t.Kind() == reflect.Interface
}

// value checks the value at hand, which is to become a t, or anything if t is nil.
func (w *walker) value(t reflect.Type, depth int) error {
	if depth > maxDepth {
		return &Error{Offset: w.at, Msg: fmt.Sprintf(": values are nested deeper than %d", maxDepth)}
	}
	if free(t) {
		t = nil
	}
	if t != nil && t.Kind() == reflect.Pointer {
		return w.value(t.Elem(), depth)
	}
	switch w.space() {
	case '{':
		return w.object(t, depth)
	case '[':
		var elem reflect.Type
		if t != nil && (t.Kind() == reflect.Slice || t.Kind() == reflect.Array) {
			elem = t.Elem()
		}
		w.at++
		for w.space() != ']' {
			if err := w.take(t); err != nil {
				return err
			}
			if err := w.value(elem, depth+1); err != nil {
				return err
			}
			if w.space() == ',' {
				w.at++
			}
		}
		w.at++
	case '"':
		w.string()
	default:
		w.scalar()
	}
	return nil
}

// object checks the object at hand.
func (w *walker) object(t reflect.Type, depth int) error {
	first := len(w.keys)
	w.at++
	for w.space() != '}' {
		key := w.string()
		elem, err := w.member(t, key)
		if err != nil {
			return err
		}
		w.keys = append(w.keys, key)
		if err := w.take(t); err != nil {
			return err
		}
		if t != nil && t.Kind() == reflect.Struct { // few keys, each a field: look at once
			if err := w.twice(w.keys[first:]); err != nil {
				return err
			}
		}
		w.space()
		w.at++ // the colon
		if err := w.value(elem, depth+1); err != nil {
			return err
		}
		if w.space() == ',' {
			w.at++
		}
	}
	w.at++
	if err := w.twice(w.keys[first:]); err != nil {
		return err
	}
	w.keys = w.keys[:first]
	return nil
}

// member returns the type of the value of a key in an object that is to become a t.
func (w *walker) member(t reflect.Type, key span) (reflect.Type, error) {
	switch {
	case t != nil && t.Kind() == reflect.Map:
		return t.Elem(), nil
	case t == nil || t.Kind() != reflect.Struct:
		return nil, nil
	}
	f := fieldsOf(t)
	text := w.text[key.lo:key.hi]
	for i, name := range f.names {
		if string(text) == name {
			return f.types[i], nil
		}
	}
	for _, name := range f.names {
		if bytes.EqualFold(text, []byte(name)) {
			return nil, &Error{Offset: key.lo - 1, Msg: fmt.Sprintf(": the key %q, want %q", text, name)}
		}
	}
	return nil, &Error{Offset: key.lo - 1, Msg: fmt.Sprintf(": unknown field %.60q", text)}
}

// twice returns an error if two of the keys of an object are equal. It changes their order.
func (w *walker) twice(keys []span) error {
	const few = 8 // for which comparing each with each is fastest
	if len(keys) > few {
		slices.SortFunc(keys, func(a, b span) int { return cmp.Or(w.compare(a, b), a.lo-b.lo) })
		for i := 1; i < len(keys); i++ {
			if w.compare(keys[i-1], keys[i]) == 0 {
				return w.again(keys[i])
			}
		}
		return nil
	}
	for i, a := range keys {
		for _, b := range keys[:i] {
			if w.compare(a, b) == 0 {
				return w.again(a)
			}
		}
	}
	return nil
}

func (w *walker) again(key span) error {
	return &Error{Offset: key.lo - 1,
		Msg: fmt.Sprintf(": the key %.60q stands twice in one object", String(w.text[key.lo-1:key.hi+1]))}
}

// compare orders strings by what they mean: an escape may stand for any character.
func (w *walker) compare(a, b span) int {
	s, t := w.text[a.lo:a.hi], w.text[b.lo:b.hi]
	if bytes.IndexByte(s, '\\') < 0 && bytes.IndexByte(t, '\\') < 0 {
		return bytes.Compare(s, t)
	}
	for len(s) > 0 && len(t) > 0 {
		var x, y rune
		x, s = character(s)
		y, t = character(t)
		if x != y {
			return cmp.Compare(x, y)
		}
	}
	return len(s) - len(t)
}

// character returns the first character of the inside of a valid JSON string, and what follows it.
func character(s []byte) (rune, []byte) {
	if s[0] != '\\' {
		r, n := utf8.DecodeRune(s)
		return r, s[n:]
	}
	switch c := s[1]; c {
	case 'u':
		r := unit(s, 0)
		if r&0xfc00 == 0xd800 {
			return 0x10000 + (r-0xd800)<<10 + (unit(s, 6) - 0xdc00), s[12:]
		}
		return r, s[6:]
	case 'b', 'f', 'n', 'r', 't':
		return rune("\b\f\n\r\t"[bytes.IndexByte([]byte("bfnrt"), c)]), s[2:]
	default:
		return rune(c), s[2:]
	}
}
