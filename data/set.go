// Package data holds labelled samples and deals them out in mini-batches.
package data

import "github.com/ashlar-go/ashlar/kernels"

// Set is a set of samples with a class each.
type Set[T kernels.Float] struct {
	X                       []T   // Rows x Features
	Y                       []int // Rows classes in [0, Classes)
	Rows, Features, Classes int
}

// Batcher deals out mini-batches.
type Batcher[T kernels.Float] struct {
	set   *Set[T]
	batch int
	seed  uint64
	perm  []int
	at    int
	u     [1]float64
}

// NewBatcher returns a batcher in the order of the set.
func NewBatcher[T kernels.Float](set *Set[T], batch int, seed uint64) *Batcher[T] {
	b := &Batcher[T]{set: set, batch: batch, seed: seed, perm: make([]int, set.Rows)}
	for i := range b.perm {
		b.perm[i] = i
	}
	return b
}

// Shuffle starts an epoch.
func (b *Batcher[T]) Shuffle(epoch int) {
	b.at = 0
	for i := range b.perm {
		b.perm[i] = i
	}
	for i := len(b.perm) - 1; i > 0; i-- {
		kernels.Uniform(b.u[:], 0, float64(i+1), b.seed, uint64(epoch)<<32+uint64(i))
		j := int(b.u[0])
		b.perm[i], b.perm[j] = b.perm[j], b.perm[i]
	}
}

// Next copies the next batch and returns its rows, 0 at the end of the epoch.
func (b *Batcher[T]) Next(x []T, y []int) int {
	n := min(b.batch, b.set.Rows-b.at)
	for i := range n {
		r := b.perm[b.at+i]
		copy(x[i*b.set.Features:(i+1)*b.set.Features], b.set.X[r*b.set.Features:])
		y[i] = b.set.Y[r]
	}
	b.at += n
	return n
}

// Len returns the batches of an epoch.
func (b *Batcher[T]) Len() int { return (b.set.Rows + b.batch - 1) / b.batch }
