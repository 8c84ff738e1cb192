package train

import (
	"context"
	"io"

	"github.com/ashlar-go/ashlar/data"
	"github.com/ashlar-go/ashlar/grad"
	"github.com/ashlar-go/ashlar/kernels"
)

// feed deals out the mini-batches of a run.
type feed[T kernels.Float] interface {
	room() batch[T]                                      // for a mini-batch
	start(epoch, first int)                              // begins an epoch, with batch first of it
	next(ctx context.Context, b *batch[T]) (bool, error) // takes the next batch, if there is one
	stop()                                               // ends the epoch
	Len() int                                            // batches of an epoch
	rows() int
	buffer() int // rows of a stream's shuffle buffer, 0 for a set
}

// setFeed deals out a set in memory.
type setFeed[T kernels.Float] struct {
	t   *Trainer[T]
	set *data.Set[T]
	*data.Batcher[T]
}

func newSetFeed[T kernels.Float](t *Trainer[T], set *data.Set[T]) feed[T] {
	f := &setFeed[T]{t, set, data.NewBatcher(set, t.Batch, t.Seed)}
	f.DropLast = t.DropLast
	return f
}

func (f *setFeed[T]) room() batch[T] {
	if !f.t.Balance {
		return newBatchOf(f.t.Model, f.t.Loss, f.set, f.t.Batch)
	}
	b := newBatch(f.t.Model, f.t.Loss, f.set, min(f.t.Batch, f.set.Rows), true)
	b.balance = grad.BalancedWeightsOf[T](f.set.Survey(0).Counts)
	return b
}

func (f *setFeed[T]) start(epoch, first int) {
	f.Shuffle(epoch)
	f.Skip(first)
}

func (f *setFeed[T]) next(ctx context.Context, b *batch[T]) (bool, error) {
	if err := ctx.Err(); err != nil {
		return false, err
	}
	return b.next(f.Batcher, f.set), nil
}

func (f *setFeed[T]) stop() {}

func (f *setFeed[T]) rows() int { return f.set.Rows }

func (f *setFeed[T]) buffer() int { return 0 }

// streamFeed deals out a stream.
type streamFeed[T kernels.Float] struct {
	t      *Trainer[T]
	stream *data.Stream[T]
	*data.Dealer[T]
}

func newStreamFeed[T kernels.Float](t *Trainer[T], s *data.Stream[T]) feed[T] {
	f := &streamFeed[T]{t, s, s.Deal(t.Batch, t.Seed)}
	f.DropLast = t.DropLast
	return f
}

func (f *streamFeed[T]) room() batch[T] {
	b := newBatch(f.t.Model, f.t.Loss, shapeOf(f.stream), min(f.t.Batch, f.rows()), true)
	if f.t.Balance {
		b.balance = grad.BalancedWeightsOf[T](f.stream.Survey().Counts)
	}
	return b
}

func (f *streamFeed[T]) start(epoch, first int) { f.Start(epoch, first) }

func (f *streamFeed[T]) next(ctx context.Context, b *batch[T]) (bool, error) {
	set, err := f.Next(ctx)
	if err == io.EOF {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	b.take(set)
	return true, nil
}

func (f *streamFeed[T]) stop() { f.Stop() }

func (f *streamFeed[T]) rows() int { return f.stream.Survey().Rows }

func (f *streamFeed[T]) buffer() int { return f.stream.Buffer() }

// shapeOf returns a set without rows like those of a stream.
func shapeOf[T kernels.Float](s *data.Stream[T]) *data.Set[T] {
	shape := s.Shape()
	set := &data.Set[T]{Features: shape.Features, Classes: shape.Classes, Outputs: shape.Outputs}
	if shape.Regression() {
		set.Values = []T{}
	}
	return set
}
