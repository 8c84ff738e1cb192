// Package freelist keeps values for reuse. Unlike a sync.Pool, a list keeps them through a
// garbage collection, so a program in a steady state allocates nothing.
package freelist

import (
	"sync/atomic"
	"unsafe"
)

// Float is the element type that the types of values are generic over.
type Float interface{ ~float32 | ~float64 }

// Lists holds the free lists of one generic type V[T]: one for float32 and its named types,
// which have the same layout, and one for float64 and its named types. Go has no generic
// variables, so [Get] and [Put] take the type V. All calls with the same Lists must take the
// same V.
type Lists struct{ f32, f64 list }

// Get takes a value out of the list for T, or returns a new one if the list is empty. A value
// from the list has the contents of its last use.
func Get[T Float, V any](l *Lists) *V {
	list := of[T](l)
	for i := range list {
		p := atomic.LoadPointer(&list[i])
		if p != nil && atomic.CompareAndSwapPointer(&list[i], p, nil) {
			return (*V)(p)
		}
	}
	return new(V)
}

// Put gives v back to the list for T. The caller must not use v afterwards.
func Put[T Float, V any](l *Lists, v *V) {
	list := of[T](l)
	for i := range list {
		p := &list[i]
		if atomic.LoadPointer(p) == nil && atomic.CompareAndSwapPointer(p, nil, unsafe.Pointer(v)) {
			return
		}
	}
}

func of[T Float](l *Lists) *list {
	if unsafe.Sizeof(T(0)) == 4 {
		return &l.f32
	}
	return &l.f64
}

// list has places for 64 values. Values given back to a full list go to the garbage collector.
type list [64]unsafe.Pointer
