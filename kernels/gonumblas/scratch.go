package gonumblas

import (
	"sync/atomic"
	"unsafe"
)

// buffer is scratch memory of one element type.
type buffer[T float] struct{ data []T }

// slice returns n elements, whose values are left over from earlier use.
func (b *buffer[T]) slice(n int) []T {
	if n > cap(b.data) {
		b.data = make([]T, n+n/4)
	}
	return b.data[:n]
}

// pool hands out buffers without allocating once it is warm. A garbage collection does
// not empty it, as it would a sync.Pool.
type pool[T float] [32]atomic.Pointer[buffer[T]]

var (
	pool32 pool[float32]
	pool64 pool[float64]
)

func poolOf[T float]() *pool[T] {
	if unsafe.Sizeof(T(0)) == 4 {
		return (*pool[T])(unsafe.Pointer(&pool32))
	}
	return (*pool[T])(unsafe.Pointer(&pool64))
}

// borrow returns a buffer, which release takes back.
func borrow[T float]() *buffer[T] {
	p := poolOf[T]()
	for i := range p {
		if b := p[i].Load(); b != nil && p[i].CompareAndSwap(b, nil) {
			return b
		}
	}
	return new(buffer[T])
}

func release[T float](b *buffer[T]) {
	if b == nil {
		return
	}
	p := poolOf[T]()
	for i := range p {
		if p[i].Load() == nil && p[i].CompareAndSwap(nil, b) {
			return
		}
	}
}
