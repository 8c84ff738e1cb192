package spoil

import (
	"math"
	"runtime/debug"
	"slices"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/freelist"
	"github.com/ashlar-go/ashlar/internal/guard"
)

// kept has every kind of field that Numbers goes through, and some that it must leave alone.
type kept struct {
	a      float32
	list   []float64
	matrix [2][3]float32
	parts  []struct{ x float64 }
	other  *kept
	call   any
	n      []int
	ok     bool
}

// TestNumbers: all numbers become NaN, those behind the length of a slice too, and nothing else changes.
func TestNumbers(t *testing.T) {
	far := &kept{a: 3}
	v := kept{a: 1, list: make([]float64, 1, 4), parts: make([]struct{ x float64 }, 2), other: far, call: far,
		n: []int{7}, ok: true}
	if n := Numbers(&v, math.NaN()); n != 1+4+6+2 {
		t.Errorf("overwrote %d numbers, want 13", n)
	}
	for i, x := range append(v.list[:4:4], float64(v.a), float64(v.matrix[1][2]), v.parts[1].x) {
		if x == x {
			t.Errorf("number %d is still %v", i, x)
		}
	}
	if far.a != 3 || v.n[0] != 7 || !v.ok || v.other != far || v.call != far {
		t.Errorf("changed more than the numbers: %+v", v)
	}
}

// TestFreed: a value of a free list holds NaN when it comes again, until restore is called.
func TestFreed(t *testing.T) {
	var l freelist.Lists
	restore := Freed(math.NaN())
	v := freelist.Get[float32, kept](&l)
	v.a = 1
	freelist.Put[float32](&l, v)
	if v = freelist.Get[float32, kept](&l); v.a == v.a {
		t.Errorf("a value that was given back holds %v, want NaN", v.a)
	}
	if n := restore(); n != 7 {
		t.Errorf("counted %d numbers, want 7", n)
	}
	v.a = 2
	freelist.Put[float32](&l, v)
	if v.a != 2 {
		t.Error("values are overwritten behind restore")
	}
}

// TestStackAndRegisters: the next call finds NaN on its stack, and Go code survives the change of the
// registers.
func TestStackAndRegisters(t *testing.T) {
	if v := Stack(); v == v {
		t.Errorf("the stack holds %v, want NaN", v)
	}
	x := math.Sqrt(float64(len(t.Name())))
	Registers()
	if y := math.Sqrt(float64(len(t.Name()))); x != y {
		t.Errorf("a number is %v behind the call, was %v", y, x)
	}
}

// movable has slices that Move moves, and one that holds pointers.
type movable struct {
	a     []float32
	parts [2]struct{ bytes []uint8 }
	pairs []struct{ x, y float64 }
	names []string
}

// TestMove: the elements keep their values, and the last or the first touches a page; Forget leaves the
// others alone.
func TestMove(t *testing.T) {
	var pages Pages
	for _, atStart := range []bool{false, true} {
		m := movable{a: []float32{1, 2, 3}, names: []string{"x"}}
		m.parts[0].bytes, m.pairs = []uint8{}, make([]struct{ x, y float64 }, 5, 9)
		m.parts[1].bytes = []uint8{7, 8}
		m.pairs[4].y = 4
		if n := pages.Move(&m, atStart); n != 3 {
			t.Errorf("%d slices were moved, want 3", n)
		}
		if !slices.Equal(m.a, []float32{1, 2, 3}) || m.parts[1].bytes[1] != 8 || m.pairs[4].y != 4 ||
			m.pairs[4].x != 0 || cap(m.pairs) != 5 {
			t.Errorf("after the move: %v", m)
		}
		at, want := uintptr(unsafe.Pointer(&m.a[2]))+4, ": 0 bytes past the end of"
		if atStart {
			at, want = uintptr(unsafe.Pointer(&m.a[0]))-1, ": 1 bytes before the start of"
		}
		want += " a buffer of the kernel"
		if got := pages.Place(at); got != want {
			t.Errorf("Place = %q, want %q", got, want)
		}
		if guard.Pages && !faults(at) {
			t.Errorf("at the start: %v: the byte beside the slice can be read", atStart)
		}
		Forget(&m)
		if m.a != nil || m.parts[1].bytes != nil || m.pairs != nil || len(m.names) != 1 {
			t.Errorf("after Forget: %v", m)
		}
		pages.Reset()
		if again := pages.Place(at); again != "" {
			t.Errorf("Place after Reset = %q", again)
		}
	}
}

var sink byte

// faults reports whether the byte at an address cannot be read.
func faults(at uintptr) (yes bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { yes = recover() != nil }()
	sink = **(**byte)(unsafe.Pointer(&at))
	return false
}
