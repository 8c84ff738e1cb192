package gonumblas

import "github.com/ashlar-go/ashlar/internal/freelist"

// buffer is scratch memory of one element type.
type buffer[T float] struct{ data []T }

// slice returns n elements, whose values are left over from earlier use.
func (b *buffer[T]) slice(n int) []T {
	if n > cap(b.data) {
		b.data = make([]T, n+n/4)
	}
	return b.data[:n]
}

// buffers are the buffers that are not in use.
var buffers freelist.Lists

// borrow returns a buffer, which release takes back.
func borrow[T float]() *buffer[T] { return freelist.Get[T, buffer[T]](&buffers) }

func release[T float](b *buffer[T]) {
	if b != nil {
		freelist.Put[T](&buffers, b)
	}
}
