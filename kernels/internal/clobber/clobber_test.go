//go:build linux && arm64 && !purego && !noasm

package clobber

import (
	"math"
	"reflect"
	"runtime"
	"slices"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/tiertest"
)

func TestMain(m *testing.M) { tiertest.Main(m) }

// stub is a function of the assembly.
type stub struct {
	name     string
	function any
	params   string // names
	multiple bool   // lengths are multiples of a step
}

// TestStubs: every function keeps the registers, on lengths with and without a tail.
func TestStubs(t *testing.T) {
	if len(stubs) < 200 {
		t.Fatalf("the table has %d functions only", len(stubs))
	}
	for _, s := range stubs {
		calls := calls(&s)
		if len(calls) == 0 {
			t.Errorf("%s: no calls", s.name)
		}
		for _, arguments := range calls {
			if wrong := changed(t, s.function, arguments); len(wrong) > 0 {
				t.Errorf("%s changes %v", s.name, wrong)
				break
			}
		}
	}
}

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

// changed calls a function and returns the registers that it changes.
func changed(t *testing.T, function any, arguments []uint64) (wrong []string) {
	t.Helper()
	if len(arguments) > 64 {
		t.Fatalf("%d words of arguments do not fit in the frame of the probe", len(arguments))
	}
	var seen [2]registers
	call(entry(t, function), unsafe.SliceData(arguments), len(arguments), &seen)
	for i, name := range names {
		if seen[0][i] != seen[1][i] {
			wrong = append(wrong, name)
		}
	}
	return wrong
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
