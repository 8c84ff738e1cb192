package guard

import (
	"runtime/debug"
	"testing"
	"unsafe"
)

// TestNew: all bytes can be written, and the bytes beside them cannot be read.
func TestNew(t *testing.T) {
	mem := New(5000)
	if len(mem) < 5000 || len(mem)%8 != 0 {
		t.Fatalf("%d bytes, want at least 5000 and whole words", len(mem))
	}
	for i := range mem {
		mem[i] = byte(i)
	}
	if !Pages {
		t.Skip("there are no pages without permissions")
	}
	for _, at := range []int{-1, len(mem)} {
		if !faults(unsafe.Add(unsafe.Pointer(&mem[0]), at)) {
			t.Errorf("byte %d of %d can be read", at, len(mem))
		}
	}
}

var sink byte

func faults(p unsafe.Pointer) (yes bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { yes = recover() != nil }()
	sink = *(*byte)(p)
	return false
}
