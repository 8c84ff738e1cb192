package spoil

import (
	"fmt"
	"reflect"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/guard"
)

// Pages are memory between pages without permissions, for what free lists keep.
type Pages struct{ free, taken [][]byte }

// Move moves the elements of every slice in the value that pointer refers to there, so that the last one
// touches the page behind them, or, with atStart, the first one that before them. Each slice has no room
// behind its elements then. Move goes where [Numbers] goes, and leaves slices alone that are empty or hold
// pointers. It returns the number of slices that it moved.
func (p *Pages) Move(pointer any, atStart bool) (n int) {
	eachSlice(pointer, func(s *slice, element uintptr) {
		bytes := s.len * int(element)
		if bytes == 0 {
			return
		}
		room := p.take(bytes)
		if atStart {
			room = room[:bytes:bytes]
		} else {
			room = room[len(room)-bytes:]
		}
		copy(room, unsafe.Slice((*byte)(s.first), bytes))
		s.first, s.cap = unsafe.Pointer(unsafe.SliceData(room)), s.len
		n++
	})
	return n
}

// Reset takes back all memory that was handed out. Nothing may use it any more: see [Forget].
func (p *Pages) Reset() {
	p.free, p.taken = append(p.free, p.taken...), p.taken[:0]
}

// Place says where an address lies that nobody may touch: ": 8 bytes past the end of a buffer of the
// kernel". It is empty if the address is not near memory that was handed out.
func (p *Pages) Place(addr uintptr) string {
	const page = 4096
	for _, room := range p.taken {
		first := uintptr(unsafe.Pointer(unsafe.SliceData(room)))
		if end := first + uintptr(len(room)); addr >= end && addr < end+page {
			return fmt.Sprintf(": %d bytes past the end of a buffer of the kernel", addr-end)
		} else if addr < first && addr >= first-page {
			return fmt.Sprintf(": %d bytes before the start of a buffer of the kernel", first-addr)
		}
	}
	return ""
}

// take returns at least n bytes that begin and end at a page.
func (p *Pages) take(n int) (room []byte) {
	for i, f := range p.free {
		if len(f) >= n {
			p.free[i] = p.free[len(p.free)-1]
			p.free, room = p.free[:len(p.free)-1], f
			break
		}
	}
	if room == nil {
		room = guard.New(max(n, 1<<16))
	}
	p.taken = append(p.taken, room)
	return room
}

// Forget makes every slice that [Pages.Move] would move nil.
func Forget(pointer any) {
	eachSlice(pointer, func(s *slice, _ uintptr) { *s = slice{} })
}

// slice is what a slice of any type is in memory.
type slice struct {
	first    unsafe.Pointer
	len, cap int
}

// eachSlice calls f for every slice without pointers in the value that pointer refers to, and with the
// size of its elements.
func eachSlice(pointer any, f func(s *slice, element uintptr)) {
	p := reflect.ValueOf(pointer)
	slicesOf(p.Elem().Type(), p.UnsafePointer(), f)
}

func slicesOf(typ reflect.Type, at unsafe.Pointer, f func(s *slice, element uintptr)) {
	switch typ.Kind() {
	case reflect.Struct:
		for i := range typ.NumField() {
			field := typ.Field(i)
			slicesOf(field.Type, unsafe.Add(at, field.Offset), f)
		}
	case reflect.Array:
		if !plain(typ.Elem()) {
			for i := range typ.Len() {
				slicesOf(typ.Elem(), unsafe.Add(at, uintptr(i)*typ.Elem().Size()), f)
			}
		}
	case reflect.Slice:
		if plain(typ.Elem()) {
			f((*slice)(at), typ.Elem().Size())
		}
	}
}

// plain reports whether values of a type hold no pointers.
func plain(typ reflect.Type) bool {
	switch typ.Kind() {
	case reflect.Struct:
		for i := range typ.NumField() {
			if !plain(typ.Field(i).Type) {
				return false
			}
		}
		return true
	case reflect.Array:
		return plain(typ.Elem())
	}
	return typ.Kind() <= reflect.Complex128 // booleans and numbers
}
