package arm64

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/ashlar-go/ashlar/tools/avo/isa"
)

// poolName is the symbol of a file's read-only data.
const poolName = "constants"

// data is the read-only data of a file, in words of 64 bits.
type data struct {
	words   []uint64
	entries map[string]entry
}

// entry is a piece of the data, one vector or more, whose elements have so many bytes if they
// are numbers, else 0.
type entry struct {
	at, words, size int
}

func newData() *data { return &data{entries: map[string]entry{}} }

// put keeps words, repeated up to a vector, once.
func (d *data) put(size int, words ...uint64) isa.Mem {
	if len(words) == 1 {
		words = append(words, words[0])
	}
	name := fmt.Sprintf("%x", words)
	e, ok := d.entries[name]
	if !ok {
		e = entry{at: len(d.words), words: len(words)}
		d.words = append(d.words, words...)
	}
	e.size = max(e.size, size)
	d.entries[name] = e
	return isa.Mem{Data: name}
}

// offset is where an entry begins, in bytes.
func (d *data) offset(name string) int64 {
	e, ok := d.entries[name]
	if !ok {
		panic("arm64: no data " + name)
	}
	return int64(8 * e.at)
}

// element is the word that an entry repeats, unless it varies.
func (d *data) element(name string) (word uint64, varied bool) {
	e := d.entries[name]
	words := d.words[e.at : e.at+e.words]
	return words[0], slices.ContainsFunc(words, func(w uint64) bool { return w != words[0] })
}

// text is the data for Go's assembler, with the values of numbers beside the words.
func (d *data) text() string {
	if len(d.words) == 0 {
		return ""
	}
	notes := make([]string, len(d.words))
	for _, e := range d.entries {
		last := ""
		for at := e.at; at < e.at+e.words; at++ {
			if note := value(e.size, d.words[at]); note != last {
				notes[at], last = " // "+note, note
			}
		}
	}
	var b strings.Builder
	b.WriteByte('\n')
	for at, w := range d.words {
		fmt.Fprintf(&b, "DATA %s<>+%d(SB)/8, $0x%x%s\n", poolName, 8*at, w, notes[at])
	}
	fmt.Fprintf(&b, "GLOBL %s<>(SB), RODATA|NOPTR, $%d\n", poolName, 8*len(d.words))
	return b.String()
}

// value is a word in decimal.
func value(size int, w uint64) string {
	low, high := math.Float32frombits(uint32(w)), math.Float32frombits(uint32(w>>32))
	switch {
	case size == 8:
		return fmt.Sprint(math.Float64frombits(w))
	case size == 4 && (low == high || low != low):
		return fmt.Sprint(low)
	case size == 4:
		return fmt.Sprintf("%v, %v", low, high)
	case w == math.MaxUint64:
		return "-1"
	case uint32(w) == uint32(w>>32):
		return fmt.Sprint(uint32(w))
	}
	return fmt.Sprint(w)
}
