package amd64

import (
	"fmt"
	"maps"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// Data is the read-only data of all functions by name: a file of its own has them.
type Data struct{ entries map[string]entry }

// entry is read-only data, and what its words stand for.
type entry struct {
	words []operand.Constant
	kind  kind
}

type kind int

const (
	integers kind = iota
	singles       // float32, one a word or two
	doubles
)

// NewData is read-only data, of which there is none yet.
func NewData() *Data { return &Data{entries: map[string]entry{}} }

// static is the place of read-only data of a name that stands for it. An element and vectors
// of it have one name, and the length that the widest of them needs.
func (m *machine) static(name string, k kind, words ...operand.Constant) isa.Mem {
	if old := m.data.entries[name]; !m.trial {
		if sizeOf(words) < sizeOf(old.words) {
			words = old.words
		}
		m.data.entries[name] = entry{words, max(k, old.kind)}
	}
	return isa.Mem{Data: name}
}

func sizeOf(words []operand.Constant) (n int) {
	for _, w := range words {
		n += w.Bytes()
	}
	return n
}

// number says of data that it is of the element type.
func (m *machine) number(at isa.Mem) isa.Mem {
	if e, ok := m.data.entries[at.Data]; ok && !m.trial {
		e.kind = kind(m.size / 4)
		m.data.entries[at.Data] = e
	}
	return at
}

// Text is a file of the data.
func (d *Data) Text() ([]byte, error) {
	c := build.NewContext()
	c.ConstraintExpr(constraint)
	for _, name := range slices.Sorted(maps.Keys(d.entries)) {
		c.StaticGlobal(name)
		c.DataAttributes(attr.RODATA | attr.NOPTR)
		for _, w := range d.entries[name].words {
			c.AppendDatum(w)
		}
	}
	f, err := c.Result()
	if err != nil {
		return nil, err
	}
	for _, s := range f.Sections {
		g := s.(*ir.Global)
		g.Symbol = operand.Symbol{Name: "·" + g.Symbol.Name}
	}
	if err := pass.Compile.Execute(f); err != nil {
		return nil, err
	}
	text, err := printed(f, nil)
	if err != nil {
		return nil, err
	}
	return d.noted(text), nil
}

var datum = regexp.MustCompile(`^DATA ·(\w+)\+(\d+)\(SB\)/(\d), \$0x([0-9a-f]+)\n$`)

// noted writes the values in decimal beside the words, once where they repeat.
func (d *Data) noted(text []byte) []byte {
	var out []byte
	last := ""
	for line := range strings.Lines(string(text)) {
		if m := datum.FindStringSubmatch(line); m != nil {
			note := value(d.entries[m[1]].kind, m[4])
			if m[2] == "0" || note != last {
				line = strings.TrimSuffix(line, "\n") + " // " + note + "\n"
			}
			last = note
		}
		out = append(out, line...)
	}
	return out
}

// value is the value of a word in decimal; two values where it is of two float32.
func value(k kind, hex string) string {
	var bits uint64
	fmt.Sscanf(hex, "%x", &bits)
	switch {
	case k == doubles:
		return fmt.Sprint(math.Float64frombits(bits))
	case k == singles && len(hex) == 16:
		low, high := math.Float32frombits(uint32(bits)), math.Float32frombits(uint32(bits>>32))
		if low == high {
			return fmt.Sprint(low)
		}
		return fmt.Sprintf("%v, %v", low, high)
	case k == singles:
		return fmt.Sprint(math.Float32frombits(uint32(bits)))
	case bits == math.MaxUint64:
		return "-1"
	}
	return fmt.Sprint(bits)
}
