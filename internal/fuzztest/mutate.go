package fuzztest

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"reflect"
	"strconv"
)

// mutator makes arguments that are like those of a seed.
type mutator struct {
	seed []reflect.Value
	rand *rand.Rand
}

// newMutator returns one that makes the same arguments for the same seed.
func newMutator(seed []reflect.Value) *mutator {
	h := fnv.New64a()
	for _, a := range seed[1:] {
		fmt.Fprintf(h, "%v|", a.Interface())
	}
	return &mutator{seed, rand.New(rand.NewPCG(h.Sum64(), 0))}
}

// next returns the seed with one to four changes.
func (m *mutator) next() []reflect.Value {
	args := append([]reflect.Value(nil), m.seed...)
	for range 1 + m.rand.IntN(4) {
		i := 1 + m.rand.IntN(len(args)-1)
		args[i] = m.change(args[i])
	}
	return args
}

// change returns another value of the same type.
func (m *mutator) change(v reflect.Value) reflect.Value {
	changed := reflect.New(v.Type()).Elem()
	switch v.Kind() {
	case reflect.Slice:
		changed.SetBytes(m.bytes(v.Bytes()))
	case reflect.String:
		changed.SetString(string(m.bytes([]byte(v.String()))))
	case reflect.Bool:
		changed.SetBool(!v.Bool())
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		changed.SetInt(v.Int() + int64(m.rand.IntN(9)-4))
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		changed.SetUint(v.Uint() ^ 1<<m.rand.IntN(v.Type().Bits()))
	case reflect.Float32, reflect.Float64:
		changed.SetFloat(v.Float() * []float64{-1, 0, 2, math.Inf(1), math.NaN()}[m.rand.IntN(5)])
	}
	return changed
}

// numbers stand at the limits of integers.
var numbers = []int64{0, 1, -1, 127, 128, 255, 256, 32767, 65535, 1<<31 - 1, 1 << 31, 1<<32 - 1, 1 << 40,
	1 << 61, math.MaxInt64, math.MinInt64}

// bytes returns b with one change.
func (m *mutator) bytes(b []byte) []byte {
	b = bytes.Clone(b)
	if len(b) == 0 {
		return []byte{byte(m.rand.Uint32())}
	}
	at := m.rand.IntN(len(b))
	to := min(len(b), at+1+m.rand.IntN(16))
	switch m.rand.IntN(8) {
	case 0:
		b[at] ^= 1 << m.rand.IntN(8)
	case 1:
		b[at] = byte(m.rand.Uint32())
	case 2:
		return b[:at]
	case 3:
		return append(b[:at], b[to:]...)
	case 4: // a part twice
		return append(b[:to:to], b[at:]...)
	case 5: // a part of another place
		from := m.rand.IntN(len(b))
		copy(b[at:to], b[from:])
	case 6: // a number in binary
		var word [8]byte
		binary.LittleEndian.PutUint64(word[:], uint64(numbers[m.rand.IntN(len(numbers))]))
		copy(b[at:], word[:1<<m.rand.IntN(4)])
	default: // a number in figures
		return m.figures(b, at)
	}
	return b
}

// figures puts another number in place of the next one in figures after a place, if there is one.
func (m *mutator) figures(b []byte, at int) []byte {
	digit := func(c rune) bool { return '0' <= c && c <= '9' }
	i := bytes.IndexFunc(b[at:], digit)
	if i < 0 {
		return b
	}
	from := at + i
	to := from + bytes.IndexFunc(b[from:], func(c rune) bool { return !digit(c) })
	if to < from {
		to = len(b)
	}
	n := strconv.AppendInt(nil, numbers[m.rand.IntN(len(numbers))], 10)
	return append(append(b[:from:from], n...), b[to:]...)
}
