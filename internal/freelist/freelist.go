// Package freelist hands out reusable values without allocating once it is warm. Unlike a
// sync.Pool, a list is not emptied by a garbage collection, so that a steady state stays free
// of allocations.
package freelist

import (
	"sync/atomic"
	"unsafe"
)

// Float is the element type that the types of values are generic over.
type Float interface{ ~float32 | ~float64 }

// Lists are the free lists of one generic type V[T]: one for float32 and the types named after
// it, which have the same layout, and one for float64. Go has no variables of a generic type,
// so the type of the values is an argument of [Get] and [Put] instead. It must be the same in
// all of them.
type Lists struct{ f32, f64 list }

// Get takes a value out of the list for T, or returns a new one. What it holds is left from its
// last use.
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

// Put gives v back to the list for T. Nobody may use it afterwards.
func Put[T Float, V any](l *Lists, v *V) {
	list := of[T](l)
	for i := range list {
		if atomic.LoadPointer(&list[i]) == nil && atomic.CompareAndSwapPointer(&list[i], nil, unsafe.Pointer(v)) {
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

// list has places for as many values as are kept. Those that more goroutines give back are left
// to the garbage collector.
type list [64]unsafe.Pointer
