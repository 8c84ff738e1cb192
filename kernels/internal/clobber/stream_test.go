//go:build linux && (amd64 || arm64) && !purego && !noasm

package clobber

import (
	"os"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"
	"testing"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/proof"
)

// TestStreamBounds: what goes past the caches reads nothing behind its operands. The conformance tests
// have guard pages too, but vectors too short to be streamed.
func TestStreamBounds(t *testing.T) {
	ran := 0
	for _, s := range stubs {
		if !strings.HasPrefix(s.name, "StreamF") || !runs(&s) {
			continue
		}
		ran++
		switch f := s.function.(type) {
		case func(y, x, next []float32, last int):
			streamBounds(t, s.name, f)
		case func(y, x, next []float64, last int):
			streamBounds(t, s.name, f)
		default:
			t.Errorf("%s is a %T", s.name, f)
		}
	}
	t.Logf("%d functions", ran)
	proof.Count(t, "bounds", "calls of streaming functions at the end of a page", ran*8*(streamRoom-8))
}

// streamRoom is the number of elements in front of the page.
const streamRoom = 200

func streamBounds[T float32 | float64](t *testing.T, name string, f func(y, x, next []T, last int)) {
	const room = streamRoom
	x, y := guarded[T](t, room), guarded[T](t, room)
	for i := range x {
		x[i] = T(i + 1)
	}
	for call := range 8 * (room - 8) {
		// The end of y decides how many elements stand behind the last aligned one.
		n, before := 1+call/8, call%8
		from, to := x[room-n:], y[room-n-before:][:n]
		clear(to)
		if fault := faults(func() { f(to, from, from, n%2) }); fault != nil {
			t.Errorf("%s of %d elements at the end of a page: %v", name, n, fault)
			return
		}
		if !slices.Equal(from, to) {
			t.Errorf("%s of %d elements copies %v, want %v", name, n, to, from)
			return
		}
	}
}

// TestFaultsAreSeen: reading behind the end of a guarded slice is seen.
func TestFaultsAreSeen(t *testing.T) {
	x := guarded[float64](t, 1)
	var sum float64
	if fault := faults(func() { sum += *(*float64)(unsafe.Add(unsafe.Pointer(&x[0]), 8)) }); fault == nil {
		t.Errorf("read %v behind the end", sum)
	}
}

// faults calls f and returns the error if it touches memory that it must not.
func faults(f func()) (fault any) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { fault = recover() }()
	f()
	return nil
}

// guarded returns n numbers in front of a page that nothing may touch.
func guarded[T float32 | float64](t *testing.T, n int) []T {
	t.Helper()
	page := os.Getpagesize()
	mem, err := syscall.Mmap(-1, 0, 2*page, syscall.PROT_READ|syscall.PROT_WRITE,
		syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { syscall.Munmap(mem) })
	if err := syscall.Mprotect(mem[page:], syscall.PROT_NONE); err != nil {
		t.Fatal(err)
	}
	return unsafe.Slice((*T)(unsafe.Pointer(&mem[page-n*int(unsafe.Sizeof(T(0)))])), n)
}
