package gonumblas

import (
	"sync/atomic"
	"unsafe"

	"github.com/ashlar-go/ashlar/kernels"
)

// float is the element type of the generic code behind the methods.
type float interface{ float32 | float64 }

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

// start returns the index of element 0 of a vector: BLAS walks a vector of negative
// increment from its end.
func start(n, inc int) int {
	if inc < 0 {
		return -(n - 1) * inc
	}
	return 0
}

// gather copies n elements of x, inc apart from index ix on, to dst.
func gather[T float](dst, x []T, ix, inc int) {
	for i := range dst {
		dst[i] = x[ix]
		ix += inc
	}
}

// scatter is the reverse of gather.
func scatter[T float](x []T, ix, inc int, src []T) {
	for _, v := range src {
		x[ix] = v
		ix += inc
	}
}

// packed is a vector with unit increment: the caller's, or a copy of one that has
// another.
type packed[T float] struct {
	v []T
	b *buffer[T]
}

// pack returns the n elements of x.
func pack[T float](n int, x []T, inc int) packed[T] {
	if inc == 1 {
		return packed[T]{v: x[:n]}
	}
	b := borrow[T]()
	v := b.slice(n)
	gather(v, x, start(n, inc), inc)
	return packed[T]{v, b}
}

// release gives the scratch back.
func (p *packed[T]) release() { release(p.b) }

// unpack stores the elements in x, from which they came, and releases them.
func (p *packed[T]) unpack(x []T, inc int) {
	if p.b != nil {
		scatter(x, start(len(p.v), inc), inc, p.v)
		release(p.b)
	}
}

// overlaps reports whether two slices share an element.
func overlaps[T float](x, y []T) bool {
	if len(x) == 0 || len(y) == 0 {
		return false
	}
	a, b := uintptr(unsafe.Pointer(&x[0])), uintptr(unsafe.Pointer(&y[0]))
	size := unsafe.Sizeof(T(0))
	return a < b+uintptr(len(y))*size && b < a+uintptr(len(x))*size
}

// scaleVector computes y = beta*y as BLAS means it: 0 overwrites.
func scaleVector[T float](y []T, beta T) {
	switch beta {
	case 0:
		clear(y)
	case 1:
	default:
		kernels.Scale(y, beta, y)
	}
}
