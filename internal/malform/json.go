package malform

import (
	"fmt"
	"strings"
)

// member is one of an object in a JSON text.
type member struct {
	path        string // of the object, such as "net.parts.[]"
	key         string
	lo, mid, hi int // of the key with its quotes, of the value, of the end
}

// members returns all members of all objects in a compact JSON text.
func members(text string) (list []member) {
	at := 0
	var value func(path string)
	skip := func() {
		for at++; text[at] != '"'; at++ {
			if text[at] == '\\' {
				at++
			}
		}
		at++
	}
	value = func(path string) {
		switch text[at] {
		case '{':
			for at++; text[at] != '}'; {
				i := len(list)
				list = append(list, member{path: path, lo: at})
				skip()
				list[i].key = text[list[i].lo+1 : at-1]
				at++
				list[i].mid = at
				value(strings.TrimPrefix(path+"."+list[i].key, "."))
				list[i].hi = at
				if text[at] == ',' {
					at++
				}
			}
			at++
		case '[':
			for at++; text[at] != ']'; {
				value(path + "[]")
				if text[at] == ',' {
					at++
				}
			}
			at++
		case '"':
			skip()
		default:
			for at < len(text) && !strings.ContainsRune(",]}", rune(text[at])) {
				at++
			}
		}
	}
	value("")
	return list
}

// otherCase returns a key in another case.
func otherCase(key string) string {
	if upper := strings.ToUpper(key); upper != key {
		return upper
	}
	return strings.ToLower(key)
}

// extremes are numbers that no count and no size has.
var extremes = []string{"-1", "1099511627776", "9223372036854775807", "-9223372036854775808",
	"18446744073709551616", "1.5", "1e400", `"1"`}

// keys makes damaged documents of a JSON text: each key twice and in another case, and one more in each
// object. free tells of the objects that may have any key. put turns a text into a file.
func (m *maker) keys(text string, free func(path string) bool, put func(text string) []byte) {
	seen := map[string]bool{}
	for _, e := range members(text) {
		name := strings.TrimPrefix(e.path+"."+e.key, ".")
		if seen[name] {
			continue // one element of a list stands for all
		}
		seen[name] = true
		m.add(put(text[:e.lo]+text[e.lo:e.hi]+","+text[e.lo:]), "key %s twice", name)
		m.add(put(text[:e.lo]+text[e.lo:e.mid]+"null,"+text[e.lo:]), "key %s twice, and null first", name)
		escaped := fmt.Sprintf(`"\u%04x%s":null,`, e.key[:1][0], e.key[1:])
		m.add(put(text[:e.lo]+escaped+text[e.lo:]), "key %s twice, and escaped first", name)
		add := m.add
		if free(e.path) {
			add = m.maybe
		}
		if other := otherCase(e.key); other != e.key {
			add(put(text[:e.lo]+`"`+other+`"`+text[e.mid-1:]), "key %s in another case", name)
			add(put(text[:e.lo]+`"`+other+`"`+text[e.mid-1:e.hi]+","+text[e.lo:]), "key %s in two cases",
				name)
		}
		if !seen[e.path+"."] {
			seen[e.path+"."] = true
			add(put(text[:e.lo]+`"malform":0,`+text[e.lo:]), "unknown key in %q", e.path)
		}
		for _, v := range []string{"null", `"x"`, "[]", "{}", "-1", "1e400", "9223372036854775807"} {
			m.maybe(put(text[:e.mid]+v+text[e.hi:]), "%s of %s", v, name)
		}
	}
}

// set returns a JSON text with another value of the member at a path.
func set(text, path, value string) string {
	for _, e := range members(text) {
		if strings.TrimPrefix(e.path+"."+e.key, ".") == path {
			return text[:e.mid] + value + text[e.hi:]
		}
	}
	panic("malform: there is no " + path)
}
