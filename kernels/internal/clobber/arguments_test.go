//go:build linux && (amd64 || arm64) && !purego && !noasm

package clobber

import (
	"math"
	"reflect"
	"strings"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels/asm"
)

// rows is the number of rows of a matrix, but in the calls with manyRows of them. Its columns are the length
// of the call. Beyond long, no kernel that cuts its work does anything new.
const (
	rows     = 5
	manyRows = 2003
	long     = 9001
)

// room is the bytes for what a pointer or a slice refers to, more than any call touches.
const room = 1 << 20

// arena is the memory of all operands. It is global, so that it stays where it is and lives on
// while only words refer to it.
var arena = make([]uint64, 16*room/8)

// calls are the arguments of some calls of a function, as words of the stack.
func calls(s *stub) (all [][]uint64) {
	if strings.HasSuffix(s.name, "AMX") {
		return tileStrips()
	} else if strings.HasPrefix(s.name, "GemmStripF32") {
		return strips[float32](tileOf(s), 4)
	} else if strings.HasPrefix(s.name, "GemmStripBF16") || strings.HasPrefix(s.name, "GemmStripInt8") {
		return panelStrips(tileOf(s))
	} else if strings.HasPrefix(s.name, "GemmStripF64") {
		return strips[float64](tileOf(s), 8)
	}
	lengths := []int{1, 2, 3, 5, 6, 37, 80, 64, 192, 1000, long}
	if s.multiple {
		lengths = []int{64, 192, long / 64 * 64}
	}
	for _, n := range lengths {
		all = append(all, arguments(s, n, rows))
	}
	if strings.Contains(s.params, "rows") {
		all = append(all, arguments(s, lengths[1], manyRows))
	}
	return all
}

// arguments are those of a call of length n, and of so many rows. They are laid out in the order of the
// parameters, each aligned to its size.
func arguments(s *stub, n, rows int) []uint64 {
	typ, params := reflect.TypeOf(s.function), strings.Fields(s.params)
	frame, at, slot := make([]uint64, 64), 0, 0
	put := func(bytes int, v uint64) {
		at = (at + bytes - 1) &^ (bytes - 1)
		frame[at/8] |= v << (at % 8 * 8)
		at += bytes
	}
	for i := range typ.NumIn() {
		switch in, name := typ.In(i), params[i]; in.Kind() {
		case reflect.Pointer:
			put(8, memory(&slot, in.Elem().Elem(), max(n, rows), name))
		case reflect.Slice:
			put(8, memory(&slot, in.Elem(), max(n, rows), name))
			length := uint64(n)
			if strings.Contains(s.params, "rows") {
				length = room / 8
			}
			put(8, length)
			put(8, length)
		case reflect.Float32:
			put(4, uint64(math.Float32bits(float32(number(name)))))
		case reflect.Float64:
			put(8, math.Float64bits(number(name)))
		case reflect.Uint32:
			v := uint64(12345)
			if name == "index" { // of a register, of which there are few
				v = 0
			}
			put(4, v)
		default:
			put(8, uint64(integer(s, name, n, rows, elementSize(typ))))
		}
	}
	return frame[:(at+7)/8]
}

// memory fills the next part of the arena, or its start, with numbers and returns its address. The numbers of
// two parts differ at each place, so that an output that is not written is not what it should be by chance.
func memory(slot *int, element reflect.Type, n int, name string) uint64 {
	part := arena[*slot*room/8:][:room/8]
	*slot++
	p := unsafe.Pointer(&part[0])
	set := func(i int, v float64) {
		switch element.Kind() {
		case reflect.Float32:
			unsafe.Slice((*float32)(p), room/4)[i] = float32(v)
		case reflect.Float64:
			unsafe.Slice((*float64)(p), room/8)[i] = v
		}
	}
	for i := range 8 * (min(n, 1000) + 8) { // what stands behind does not matter
		set(i, float64((i+3**slot)%17)/16+0.125)
	}
	if name == "x" {
		set(n*2/3, -peak)
	}
	return uint64(uintptr(p))
}

// peak is what FirstAbs finds in x: without it, the search would not end.
const peak = 1e9

func number(name string) float64 {
	if name == "peak" {
		return peak
	}
	return 0.5
}

func elementSize(function reflect.Type) int {
	for i := range function.NumIn() {
		if in := function.In(i); in.Kind() == reflect.Slice && in.Elem().Kind() != reflect.Int {
			return int(in.Elem().Size())
		}
	}
	return 8
}

// integer is an argument that sets a size.
func integer(s *stub, name string, n, rows, size int) int {
	switch name {
	case "rows":
		return rows
	case "cols", "n":
		return n
	case "nr":
		return tileOf(s).nr / size
	case "last", "grow", "shift":
		return 1
	case "past": // the caches, or not
		return (n + rows) % 2
	case "fetch":
		return (n + rows) % 3
	case "ldn":
		return 256 / size
	case "ldd":
		switch {
		case strings.HasPrefix(s.name, "PackPa"):
			return rows * tileOf(s).nr / size
		case strings.HasPrefix(s.name, "Transpose"):
			return rows
		case strings.HasPrefix(s.name, "StreamRows"):
			return 512 / size
		}
	}
	if strings.Contains(s.params, "fetch") || strings.Contains(s.params, "past") { // rows on cache lines
		return (n + 18) &^ 15
	}
	return n + 3
}

// tile is the register tile of a tier, in bytes of a row: NR, the width of the tile with fewer rows, which
// takes strips whose last vector is the last of that width, and a vector.
type tile struct{ nr, wide, vector int }

// strips are calls of the micro-kernel: all edges of the tiles, with all flags.
func strips[T float32 | float64](t tile, size int) (all [][]uint64) {
	nr, wide, lanes := t.nr/size, t.wide/size, t.vector/size
	slot := 0
	next := func() *T {
		at := memory(&slot, reflect.TypeFor[T](), 1000, "")
		return (*T)(unsafe.Pointer(&arena[(at-uint64(uintptr(unsafe.Pointer(&arena[0]))))/8]))
	}
	operands := asm.GemmStrip[T]{A: next(), B: next(), C: next(), Bias: next(), D: next(), Next: next(),
		RsA: 1, CsA: 20, RsB: wide, Ldc: wide + 1, Ldd: wide + 2, Alpha: 0.5, Beta: 0.5, Slope: 0.5}
	for m := 1; m <= 17; m++ {
		for n := 1; n <= wide; n++ {
			if nr < n && n <= wide-lanes {
				continue
			}
			for flags := range 2 * asm.GemmDeriv {
				s := operands
				s.M, s.N, s.K, s.Flags, s.Far = m, n, 1+(m+n+flags)%9, flags, flags&1
				all = append(all, keep(&s))
			}
		}
	}
	return append(all, longStrips(operands, long, 3, nr)...)
}

// longStrips are calls of a micro-kernel on many terms, and of few terms on many rows. All terms of a row,
// and all rows of the outputs, are the same memory: there is room for no more.
func longStrips[T float32 | float64](operands asm.GemmStrip[T], many, few, nr int) (all [][]uint64) {
	for flags := 0; flags < 2*asm.GemmDeriv; flags += 3 { // each flag is set at times, and at times not
		for _, n := range []int{1, nr} {
			s := operands
			s.M, s.N, s.K, s.Flags, s.CsA, s.RsB = 5, n, many, flags, 0, 0
			all = append(all, keep(&s))
			r := s
			r.M, r.K, r.RsA, r.Ldc, r.Ldd = manyRows, few, 0, 0, 0
			all = append(all, keep(&r))
		}
	}
	return all
}

// keep keeps an operand and returns the words of a call.
func keep(s any) []uint64 {
	kept = append(kept, s)
	return []uint64{uint64(uintptr(reflect.ValueOf(s).UnsafePointer()))}
}

// panelStrips are those of a micro-kernel on words, in which K words make a row of A, and rows of B have
// whole vectors.
func panelStrips(t tile) (all [][]uint64) {
	first := len(kept)
	all = strips[float32](t, 4)
	for _, k := range kept[first:] {
		s := k.(*asm.GemmStrip[float32])
		s.N, s.RsA, s.CsA = min(s.N, t.nr/4), s.K, 1
	}
	return all
}

// tileStrips are calls of the micro-kernels on tiles: all rows and columns, with all flags in turn.
func tileStrips() (all [][]uint64) {
	slot := 0
	next := func() *float32 {
		at := memory(&slot, reflect.TypeFor[float32](), 1200, "")
		return (*float32)(unsafe.Pointer(&arena[(at-uint64(uintptr(unsafe.Pointer(&arena[0]))))/8]))
	}
	operands := asm.GemmStrip[float32]{A: next(), B: next(), C: next(), Bias: next(), D: next(), Next: next(),
		RsA: 32, CsA: 1, RsB: 32, Ldc: 33, Ldd: 34, K: 32, Alpha: 0.5, Beta: 0.5, Slope: 0.5}
	for m := 1; m <= 34; m++ {
		for n := 1; n <= 32; n++ {
			for flags := (m + n) % 4; flags < 2*asm.GemmDeriv; flags += 4 {
				s := operands
				s.M, s.N, s.Flags, s.Far = m, n, flags, flags&1
				all = append(all, keep(&s))
			}
		}
	}
	return append(all, longStrips(operands, long/32*32, 32, 32)...)
}

// kept holds what only words refer to.
var kept []any
