// Package strictjson reads JSON that nobody edits by hand, such as the documents in the files of a model.
// Package json takes the last of two equal keys, takes a key in any case for a field, and ignores a key
// that it does not know: a file that is damaged, or made to be read otherwise by another program, passes.
// Here each of these is an error that says where.
package strictjson

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"sync"
	"unicode/utf8"
)

// maxDepth is how deep values may be nested. Package json allows 10,000.
const maxDepth = 1000

// Decode decodes one JSON value as [json.Unmarshal] does, but returns an error, with the place in the text,
//
//   - if a key stands twice in an object, also in one that decodes itself,
//   - if an object that becomes a struct has a key that is no field, or is one in another case,
//   - if the text is no UTF-8, or has half of a surrogate pair,
//   - if values are nested deeper than 1000,
//   - if package json would take more than 32 times the bytes of the text and 256 KiB for lists and maps.
//
// It finds these before it decodes anything, without a copy of the text.
func Decode(text []byte, v any) error {
	if err := syntax(text); err != nil {
		return err
	}
	if err := newWalker(text).value(reflect.TypeOf(v), 0); err != nil {
		return err
	}
	return json.Unmarshal(text, v)
}

// Check returns an error unless text is one JSON value whose objects have no key twice, and that is
// otherwise as [Decode] wants it.
func Check(text []byte) error {
	if err := syntax(text); err != nil {
		return err
	}
	return newWalker(text).value(nil, 0)
}

// Error is what is wrong with a text, and where.
type Error struct {
	Offset int // of the first byte that is wrong
	Msg    string
	Err    error // the cause, or nil
}

func (e *Error) Error() string { return fmt.Sprintf("byte %d%s", e.Offset, e.Msg) }

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// syntax returns an error unless text is JSON in UTF-8.
func syntax(text []byte) error {
	if at := invalid(text); at >= 0 {
		return &Error{Offset: at, Msg: " is no UTF-8"}
	}
	if !json.Valid(text) {
		var v json.RawMessage
		err := json.Unmarshal(text, &v)
		if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
			return &Error{int(max(0, syntax.Offset-1)), ": " + err.Error(), err}
		}
		return err
	}
	if at := loneSurrogate(text); at >= 0 {
		return &Error{Offset: at, Msg: ": half of a surrogate pair"}
	}
	return nil
}

// invalid returns the index of the first byte that is not UTF-8, -1 for none.
func invalid(text []byte) int {
	if utf8.Valid(text) {
		return -1
	}
	at := 0
	for {
		r, n := utf8.DecodeRune(text[at:])
		if r == utf8.RuneError && n <= 1 {
			return at
		}
		at += n
	}
}

// loneSurrogate returns the index of the first escape in valid JSON that is half of a surrogate
// pair, -1 for none. Package json decodes each as U+FFFD, so that different names would become
// equal.
func loneSurrogate(text []byte) int {
	for at := 0; ; {
		next := bytes.IndexByte(text[at:], '\\')
		if next < 0 {
			return -1
		}
		at += next
		switch unit(text, at) & 0xfc00 {
		case 0xd800:
			if unit(text, at+6)&0xfc00 != 0xdc00 {
				return at
			}
			at += 12
		case 0xdc00:
			return at
		default:
			at += 2 // skip the escaped character, which may be a backslash
		}
	}
}

// unit returns the code unit of the escape \u with four digits at an index, 0 for none.
func unit(text []byte, at int) rune {
	if at+6 > len(text) || text[at] != '\\' || text[at+1] != 'u' {
		return 0
	}
	u := rune(0)
	for _, c := range text[at+2 : at+6] {
		u = u<<4 | rune(hex(c))
	}
	return u
}

func hex(c byte) byte {
	switch {
	case c >= 'a':
		return c - 'a' + 10
	case c >= 'A':
		return c - 'A' + 10
	}
	return c - '0'
}

// Members calls f for each member of a valid JSON object, with its value in place. An error of f ends it.
func Members(object []byte, f func(name string, value []byte) error) error {
	if len(object) == 0 || object[0] != '{' {
		return fmt.Errorf("%.40s is no JSON object", object)
	}
	w := walker{text: object}
	w.at = 1
	for w.space() != '}' {
		key := w.string()
		w.space()
		w.at++ // the colon
		w.space()
		start := w.at
		w.skip()
		if err := f(String(object[key.lo-1:key.hi+1]), object[start:w.at:w.at]); err != nil {
			return err
		}
		if w.space() == ',' {
			w.at++
		}
	}
	return nil
}

// Count returns how many members or elements a valid JSON object or array has for which is holds: it gets
// the key of a member as it stands in the text, nothing for an element, and the value.
func Count(list []byte, is func(key, value []byte) bool) (n int) {
	w := walker{text: list, at: 1}
	for c := w.space(); c != '}' && c != ']'; c = w.space() {
		var key span
		if list[0] == '{' {
			key = w.string()
			w.space()
			w.at++ // the colon
			w.space()
		}
		start := w.at
		w.skip()
		if is(list[key.lo:key.hi], list[start:w.at]) {
			n++
		}
		if w.space() == ',' {
			w.at++
		}
	}
	return n
}

// Elements calls f for each element of a valid JSON array, in place. An error of f ends it.
func Elements(array []byte, f func(i int, value []byte) error) error {
	if len(array) == 0 || array[0] != '[' {
		return fmt.Errorf("%.40s is no JSON array", array)
	}
	w := walker{text: array, at: 1}
	for i := 0; w.space() != ']'; i++ {
		start := w.at
		w.skip()
		if err := f(i, array[start:w.at:w.at]); err != nil {
			return err
		}
		if w.space() == ',' {
			w.at++
		}
	}
	return nil
}

// String returns the text of a valid JSON string in its quotes.
func String(quoted []byte) (s string) {
	if inner := quoted[1 : len(quoted)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return string(inner)
	}
	if err := json.Unmarshal(quoted, &s); err != nil {
		panic(err) // the caller has said that it is valid
	}
	return s
}

// fields are the keys of a struct in JSON with the types of their values.
type fields struct {
	names []string
	types []reflect.Type
}

var known sync.Map // of reflect.Type to *fields

// fieldsOf returns the fields of a struct that has no embedded ones.
func fieldsOf(t reflect.Type) *fields {
	if f, ok := known.Load(t); ok {
		return f.(*fields)
	}
	f := &fields{}
	for i := range t.NumField() {
		field := t.Field(i)
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.IsExported() || name == "-" {
			continue
		}
		if name == "" {
			name = field.Name
		}
		f.names, f.types = append(f.names, name), append(f.types, field.Type)
	}
	known.Store(t, f)
	return f
}
