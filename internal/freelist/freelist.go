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
	if f := returned.Load(); f != nil {
		(*f)(v)
	}
	list := of[T](l)
	for i := range list {
		p := &list[i]
		if atomic.LoadPointer(p) == nil && atomic.CompareAndSwapPointer(p, nil, unsafe.Pointer(v)) {
			return
		}
	}
}

// returned is what tests have called for every value that is given back.
var returned atomic.Pointer[func(v any)]

// OnPut has f called for every value that [Put] takes, before another caller can get it; nil ends
// that. Tests overwrite what the values hold, so that a caller which reads what it did not write
// gets other results. f must not keep v, a *V, and must be safe for several goroutines.
func OnPut(f func(v any)) {
	if f == nil {
		returned.Store(nil)
		return
	}
	returned.Store(&f)
}

func of[T Float](l *Lists) *list {
	if unsafe.Sizeof(T(0)) == 4 {
		return &l.f32
	}
	return &l.f64
}

// list has places for 64 values. Values given back to a full list go to the garbage collector.
type list [64]unsafe.Pointer
