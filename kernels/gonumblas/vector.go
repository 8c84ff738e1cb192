package gonumblas

import "github.com/ashlar-go/ashlar/kernels"

// Vectors of any increment, copied for kernels, which take increment 1.

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

// scaleVector computes y = beta*y as BLAS means it: 0 overwrites. (The race detector sees the
// stores of a loop and not those of clear, which it becomes without the detector.)
func scaleVector[T float](y []T, beta T) {
	switch beta {
	case 0:
		for i := range y {
			y[i] = 0
		}
	case 1:
	default:
		kernels.Scale(y, beta, y)
	}
}

// scaleStrided is scaleVector for the n elements of a vector, which beta = 1 leaves alone.
func scaleStrided[T float](n int, beta T, y []T, inc int) {
	if beta == 1 {
		return
	}
	p := pack(n, y, inc)
	scaleVector(p.v, beta)
	p.unpack(y, inc)
}
