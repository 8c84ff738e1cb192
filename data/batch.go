package data

import (
	"fmt"
	"math/rand/v2"
)

// Batcher deals out the rows of a set in mini-batches, each row once an epoch. It
// reads the set and changes nothing in it, so several batchers may share one, but a
// Batcher itself is for one goroutine at a time. After NewBatcher it allocates
// nothing.
type Batcher[T Float] struct {
	// DropLast leaves out the last mini-batch of an epoch where it would have fewer rows
	// than the others. Each shuffled epoch leaves out other rows. Set it before an epoch
	// begins.
	DropLast bool

	set    *Set[T]
	batch  int
	whole  int // rows in all mini-batches that are not short
	seed   uint64
	order  []int // a permutation of the rows
	next   int   // the first index into order that was not dealt out yet
	dealt  int   // how many the last call of Next dealt out
	source *rand.ChaCha8
	random *rand.Rand // on source
}

// NewBatcher returns a batcher at the start of an epoch in the order of the set, as
// for an evaluation; see [Batcher.Shuffle]. It panics if batch is less than 1 or
// [Set.Check] fails.
func NewBatcher[T Float](set *Set[T], batch int, seed uint64) *Batcher[T] {
	if batch < 1 {
		panic(fmt.Errorf("data.NewBatcher: batch = %d, want >= 1", batch))
	}
	if err := set.Check(); err != nil {
		panic(fmt.Errorf("data.NewBatcher: %w", err))
	}
	source := rand.NewChaCha8(streamKey("batch", seed, 0))
	b := &Batcher[T]{set: set, batch: min(batch, max(1, set.Rows)), whole: set.Rows - set.Rows%batch,
		seed: seed, order: make([]int, set.Rows), source: source, random: rand.New(source)}
	for i := range b.order {
		b.order[i] = i
	}
	return b
}

// Len returns the number of mini-batches in an epoch. It counts a short last one unless
// DropLast is set.
func (b *Batcher[T]) Len() int {
	n := b.rows() / b.batch
	if b.rows()%b.batch != 0 {
		n++
	}
	return n
}

// rows returns how many rows an epoch deals out.
func (b *Batcher[T]) rows() int {
	if b.DropLast {
		return b.whole
	}
	return b.set.Rows
}

// Shuffle starts an epoch in a random order that depends on the number of rows, the
// seed and the epoch only, not on what the batcher did before.
func (b *Batcher[T]) Shuffle(epoch int) {
	b.source.Seed(streamKey("batch", b.seed, uint64(epoch)))
	shuffle(b.order, b.random)
	b.next, b.dealt = 0, 0
}

// Rewind starts the epoch again in the same order.
func (b *Batcher[T]) Rewind() { b.next, b.dealt = 0, 0 }

// Dealt returns the indices of the rows that the last call of Next dealt out. The slice is
// valid until the next call of a method.
func (b *Batcher[T]) Dealt() []int { return b.order[b.next-b.dealt : b.next] }

// Skip skips that many mini-batches as if Next had dealt them out, at most to the end of the
// epoch. It panics if batches is negative.
func (b *Batcher[T]) Skip(batches int) {
	if batches < 0 {
		panic(fmt.Errorf("data.Batcher.Skip: batches = %d, want >= 0", batches))
	}
	left := max(0, b.rows()-b.next)
	if batches <= left/b.batch {
		left = batches * b.batch
	}
	b.next, b.dealt = b.next+left, 0
}

// Next copies the n rows of the next mini-batch into x, n x Features, and their classes into
// y. Of a regression it leaves y alone. It returns n: the batch size, fewer for a short last
// mini-batch (see DropLast), and 0 at the end of the epoch. Elements of x and y beyond those
// of the n rows stay as they were. Next panics before it writes if x or y is too short.
func (b *Batcher[T]) Next(x []T, y []int) (n int) {
	n = min(b.batch, max(0, b.rows()-b.next))
	features := b.set.Features
	if len(x) < n*features {
		panic(fmt.Errorf("data.Batcher.Next: len(x) = %d, want >= %d, %d rows of %d features", len(x),
			n*features, n, features))
	}
	if len(y) < n && !b.set.Regression() {
		panic(fmt.Errorf("data.Batcher.Next: len(y) = %d, want >= %d", len(y), n))
	}
	for i, row := range b.order[b.next : b.next+n] {
		copy(x[i*features:(i+1)*features], b.set.Row(row))
		if !b.set.Regression() {
			y[i] = b.set.Y[row]
		}
	}
	b.next, b.dealt = b.next+n, n
	return n
}
