package arm64

import (
	"fmt"
	"strings"
)

// parameters are where a function finds its arguments: the names and offsets by which Go's
// assembler knows them.
type parameters struct {
	at    map[string]int
	bytes int
}

// parse reads a signature such as func(y, x []float32, n int).
func parse(signature string) parameters {
	p := parameters{at: map[string]int{}}
	list := strings.Split(strings.TrimSuffix(strings.TrimPrefix(signature, "func("), ")"), ", ")
	for i, item := range list {
		name, typ := item, ""
		for _, later := range list[i:] {
			if first, t, ok := strings.Cut(later, " "); ok {
				typ = t
				if later == item {
					name = first
				}
				break
			}
		}
		size := sizeOf(typ)
		p.bytes = (p.bytes + min(size, 8) - 1) / min(size, 8) * min(size, 8)
		p.at[name] = p.bytes
		p.bytes += size
	}
	return p
}

func sizeOf(typ string) int {
	switch {
	case strings.HasPrefix(typ, "[]"):
		return 24
	case typ == "float32" || typ == "uint32":
		return 4
	case typ == "int" || typ == "uint64" || typ == "float64" || strings.HasPrefix(typ, "*"):
		return 8
	}
	panic("arm64: a parameter of type " + typ)
}

func (p parameters) offset(name string) int {
	at, ok := p.at[name]
	if !ok {
		panic("arm64: no parameter " + name)
	}
	return at
}

func (p parameters) base(slice string) string {
	return fmt.Sprintf("%s_base+%d", slice, p.offset(slice))
}
func (p parameters) length(slice string) string {
	return fmt.Sprintf("%s_len+%d", slice, p.offset(slice)+8)
}
func (p parameters) scalar(name string) string { return fmt.Sprintf("%s+%d", name, p.offset(name)) }
