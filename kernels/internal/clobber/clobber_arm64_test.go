//go:build linux && !purego && !noasm

package clobber

import (
	"math"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"unsafe"
)

// runs reports whether this CPU runs a function.
func runs(*stub) bool { return true }

// tileOf is the register tile of a function.
func tileOf(*stub) tile { return tile{nr: 3 * 16, wide: 8 * 16, vector: 16} }

// TestPlanted: the test sees a function that changes a register, and no other register with it.
func TestPlanted(t *testing.T) {
	for name, function := range map[string]func(){"R18": plantR18, "R27": plantR27, "R28": plantR28,
		"R29": plantR29, "FPCR": plantFPCR} {
		if wrong := changed(t, function, nil); !slices.Equal(wrong, []string{name}) {
			t.Errorf("planted a change of %s, saw %v", name, wrong)
		}
	}
	if wrong := changed(t, plantVectors, nil); wrong != nil {
		t.Errorf("planted no change, saw %v", wrong)
	}
}

// entry returns the address of an assembly function. The value of a function in Go is that of
// its wrapper, which moves the arguments from registers to the stack and then calls the function,
// or jumps to it if it has none.
func entry(t *testing.T, function any) uintptr {
	t.Helper()
	wrapper := reflect.ValueOf(function).Pointer()
	name := runtime.FuncForPC(wrapper).Name()
	for at := wrapper; at < wrapper+1<<10; at += 4 {
		word := *(*uint32)(*(*unsafe.Pointer)(unsafe.Pointer(&at)))
		if op := word >> 26; op != 0b000101 && op != 0b100101 { // B, BL
			continue
		}
		target := at + uintptr(int32(word<<6)>>6*4)
		if f := runtime.FuncForPC(target); target != wrapper && f != nil && f.Entry() == target &&
			f.Name() == name {
			return target
		}
	}
	t.Fatalf("%s: found no assembly behind the wrapper", name)
	return 0
}

// TestVectorsAreScratch: Go code keeps no number in a vector register across a call, so that the
// kernels may use V8 to V15.
func TestVectorsAreScratch(t *testing.T) {
	var x [32]float64
	for i := range x {
		x[i] = float64(i + 1)
	}
	a, b, c, d, e, f, g, h := math.Sqrt(x[0]), math.Sqrt(x[1]), math.Sqrt(x[2]), math.Sqrt(x[3]),
		math.Sqrt(x[4]), math.Sqrt(x[5]), math.Sqrt(x[6]), math.Sqrt(x[7])
	i, j, k, l, m, n, o, p := math.Sqrt(x[8]), math.Sqrt(x[9]), math.Sqrt(x[10]), math.Sqrt(x[11]),
		math.Sqrt(x[12]), math.Sqrt(x[13]), math.Sqrt(x[14]), math.Sqrt(x[15])
	plantVectors()
	got := [16]float64{a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p}
	for i, v := range got {
		if v != math.Sqrt(x[i]) {
			t.Errorf("number %d is %v behind the call, was %v", i, v, math.Sqrt(x[i]))
		}
	}
}

// plantedModes are functions that change what Around looks at.
func plantedModes() map[string]func() {
	return map[string]func(){"FPCR": plantFlush, "R18": plantR18}
}
