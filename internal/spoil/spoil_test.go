package spoil

import (
	"math"
	"testing"

	"github.com/ashlar-go/ashlar/internal/freelist"
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
