// Package spoil overwrites memory and registers that a function must not depend on: what free lists
// keep, the part of the stack that the next call uses, and the vector registers. Only tests use it. A
// kernel that reads any of these before it writes them gives another result with NaN there than with
// a number. It also moves what free lists keep between pages without permissions.
package spoil

import (
	"math"
	"reflect"
	"sync/atomic"
	"unsafe"

	"github.com/ashlar-go/ashlar/internal/freelist"
)

// Freed makes every value that is given back to a free list hold v instead of its numbers, until
// restore is called. restore returns the count of the numbers that were overwritten.
func Freed(v float64) (restore func() (numbers int64)) {
	var count atomic.Int64
	freelist.OnPut(func(kept any) { count.Add(int64(Numbers(kept, v))) })
	return func() int64 {
		freelist.OnPut(nil)
		return count.Load()
	}
}

// Numbers sets every float32 and float64 in the value that pointer refers to to v and returns their
// number. It goes through structs, arrays and slices, exported or not, slices up to their capacity. It
// does not follow pointers and interfaces.
func Numbers(pointer any, v float64) (n int) {
	p := reflect.ValueOf(pointer)
	return numbers(p.Elem().Type(), p.UnsafePointer(), v)
}

func numbers(typ reflect.Type, at unsafe.Pointer, v float64) (n int) {
	switch typ.Kind() {
	case reflect.Float32:
		*(*float32)(at) = float32(v)
		return 1
	case reflect.Float64:
		*(*float64)(at) = v
		return 1
	case reflect.Struct:
		for i := range typ.NumField() {
			f := typ.Field(i)
			n += numbers(f.Type, unsafe.Add(at, f.Offset), v)
		}
	case reflect.Array:
		return elements(typ.Elem(), at, typ.Len(), v)
	case reflect.Slice:
		header := (*[]byte)(at) // the header of a slice is the same for every type
		return elements(typ.Elem(), unsafe.Pointer(unsafe.SliceData(*header)), cap(*header), v)
	}
	return n
}

func elements(typ reflect.Type, at unsafe.Pointer, count int, v float64) (n int) {
	switch typ.Kind() {
	case reflect.Float32:
		fill((*float32)(at), count, float32(v))
		return count
	case reflect.Float64:
		fill((*float64)(at), count, v)
		return count
	case reflect.Struct, reflect.Array, reflect.Slice:
		for i := range count {
			n += numbers(typ, unsafe.Add(at, uintptr(i)*typ.Size()), v)
		}
	}
	return n
}

func fill[T float32 | float64](at *T, count int, v T) {
	list := unsafe.Slice(at, count)
	for i := range list {
		list[i] = v
	}
}

// stackBytes is more than the frames of a kernel and its assembly take.
const stackBytes = 32 << 10

// Stack fills the part of the stack that the next call of the caller uses with NaN.
//
//go:noinline
func Stack() float64 {
	var room [stackBytes / 8]float64
	for i := range room {
		room[i] = math.NaN()
	}
	return room[int(uintptr(unsafe.Pointer(&room[0]))>>3)%len(room)] // keeps the stores
}
