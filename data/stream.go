package data

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime/debug"
	"sync/atomic"
)

// Stream deals out the rows of a [Source] in mini-batches, each row once an epoch, with the memory
// of a few batches and a shuffle buffer. See the section Streams of the package.
type Stream[T Float] struct {
	// Ahead is how many mini-batches are prepared, in a goroutine of their own, before they are
	// asked for. With 0 each is prepared when it is asked for. Either way the batches are the same.
	// NewStream sets 4.
	Ahead int

	source Source[T]
	shape  Shape
	buffer int
	survey *Survey
}

// NewStream returns a stream of the rows of a source, with a shuffle buffer of so many rows; with
// 1 they keep the order of the source. It reads all rows once, as [SurveySource]: what is wrong with
// them is found here, and the number of rows is known from then on.
func NewStream[T Float](s Source[T], buffer int) (*Stream[T], error) {
	if buffer < 1 {
		return nil, fmt.Errorf("data: the shuffle buffer has %d rows, want at least 1", buffer)
	}
	survey, err := SurveySource(s)
	if err != nil {
		return nil, err
	}
	return &Stream[T]{Ahead: 4, source: s, shape: s.Shape(), buffer: buffer, survey: survey}, nil
}

// Shape says what all rows have in common.
func (s *Stream[T]) Shape() Shape { return s.shape }

// Buffer returns the number of rows of the shuffle buffer.
func (s *Stream[T]) Buffer() int { return s.buffer }

// Survey returns what NewStream found of the rows. The caller must not change it.
func (s *Stream[T]) Survey() *Survey { return s.survey }

// Dealer deals out the rows of a [Stream], as a [Batcher] does those of a set. It is for one
// goroutine at a time. Several dealers may share a stream, if its source allows several passes at a
// time; all sources of this package do. After the first epoch a Dealer allocates nothing for a
// batch; the source may.
type Dealer[T Float] struct {
	// DropLast leaves out the last mini-batch of an epoch where it would have fewer rows than the
	// others. Set it before an epoch begins.
	DropLast bool

	stream *Stream[T]
	batch  int
	seed   uint64
	source *rand.ChaCha8
	random *rand.Rand

	// These belong to whoever prepares batches, which is the goroutine where there is one.
	buffer *Set[T] // the shuffle buffer; its Rows are filled
	pass   Pass[T]
	part   *Set[T] // rows of the pass, and the first of them that was not taken yet
	at     int
	taken  int // rows of the pass so far

	sets  []*Set[T]   // for the batches: one, or with a goroutine Ahead + 1
	held  *Set[T]     // dealt out last
	epoch int         // at hand
	first int         // batch of it that comes next, while nothing is under way
	under bool        // the epoch is under way
	ended error       // how it ended; nil while it has not
	quit  atomic.Bool // asks the goroutine to end
	ready chan prepared[T]
	free  chan *Set[T]
}

// prepared is a mini-batch, or why there is none.
type prepared[T Float] struct {
	set      *Set[T]
	err      error
	panicked error // nil, or what the goroutine panicked with
}

// Deal returns a dealer of mini-batches of so many rows, at the start of epoch 0. The order of an
// epoch depends on the rows, the shuffle buffer, the seed and the epoch only. Deal panics if batch
// is less than 1 or Ahead is negative.
func (s *Stream[T]) Deal(batch int, seed uint64) *Dealer[T] {
	if batch < 1 {
		panic(fmt.Errorf("data.Stream.Deal: batch = %d, want >= 1", batch))
	}
	if s.Ahead < 0 {
		panic(fmt.Errorf("data.Stream.Deal: Ahead = %d, want >= 0", s.Ahead))
	}
	source := rand.NewChaCha8(streamKey("stream", seed, 0))
	d := &Dealer[T]{stream: s, batch: batch, seed: seed, source: source, random: rand.New(source),
		buffer: s.room(min(s.buffer, s.survey.Rows))}
	batches := (s.survey.Rows-1)/batch + 1 // no more than an epoch has are ever ahead
	for range min(s.Ahead, batches) + 1 {
		d.sets = append(d.sets, s.room(min(batch, s.survey.Rows)))
	}
	return d
}

// room returns a set without rows, with memory for so many.
func (s *Stream[T]) room(rows int) *Set[T] {
	set := emptySet[T](s.shape, rows)
	if s.survey.weighted {
		set.Weights = make([]T, 0, rows)
	}
	return set
}

// Len returns the number of mini-batches in an epoch. It counts a short last one unless DropLast
// is set.
func (d *Dealer[T]) Len() int {
	n, left := d.stream.survey.Rows/d.batch, d.stream.survey.Rows%d.batch
	if left > 0 && !d.DropLast {
		n++
	}
	return n
}

// Start begins an epoch, with mini-batch first of it, from 0: the earlier ones are prepared and not
// dealt out. It ends the epoch that is under way. It panics if first is negative.
func (d *Dealer[T]) Start(epoch, first int) {
	if first < 0 {
		panic(fmt.Errorf("data.Dealer.Start: first = %d, want >= 0", first))
	}
	d.Stop()
	d.epoch, d.first, d.ended = epoch, first, nil
}

// Stop ends the epoch that is under way and waits for its goroutine, which finishes what it is
// reading from the source. Next returns io.EOF from then on, until Start. Stop and Start panic where the
// Close of the source's [Pass] does; the epoch has ended then too.
func (d *Dealer[T]) Stop() { d.stop(io.EOF) }

// stop ends the epoch, of which Next says from then on how it ended. It closes the pass last, in the
// goroutine of the caller, where a panic of Close belongs.
func (d *Dealer[T]) stop(ended error) {
	if d.ready != nil {
		d.quit.Store(true)
		close(d.free)
		for range d.ready { // until the goroutine closes it
		}
		d.ready, d.free = nil, nil
		d.quit.Store(false)
	}
	d.under, d.held, d.ended = false, nil, ended
	d.end()
}

// Next returns the next mini-batch, which is valid until the next call of a method and whose memory
// is the caller's until then, or io.EOF at the end of the epoch. It returns ctx.Err() if that comes
// first. What goes wrong in the source is its error; then the epoch has ended. Next panics where the source,
// its [Pass] or the function of a [MapSource] does, also in the goroutine that prepares batches: the caller
// can recover, and the epoch has ended. A source that calls [runtime.Goexit], such as by the FailNow of a
// test, ends the goroutine that runs it: that of the caller with Ahead = 0, else the one that prepares
// batches, and then Next returns an error.
func (d *Dealer[T]) Next(ctx context.Context) (*Set[T], error) {
	if d.ended != nil {
		return nil, d.ended
	}
	if ctx == nil {
		return nil, errors.New("data.Dealer.Next: ctx is nil")
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if !d.under {
		d.under = true
		d.launch()
	}
	var p prepared[T]
	if d.ready == nil {
		p = d.prepareNow()
	} else {
		if d.held != nil {
			d.free <- d.held
			d.held = nil
		}
		select {
		case p = <-d.ready:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	if p.panicked != nil {
		defer d.stop(p.panicked) // so that a panic of Close does not hide this one
		panic(p.panicked)
	}
	if p.err != nil {
		d.stop(p.err)
		return nil, p.err
	}
	d.held = p.set
	return p.set, nil
}

// launch begins the epoch, in a goroutine if batches are to be prepared ahead.
func (d *Dealer[T]) launch() {
	d.source.Seed(streamKey("stream", d.seed, uint64(d.epoch)))
	d.buffer.resize(0)
	d.part, d.at, d.taken = nil, 0, 0
	if len(d.sets) == 1 {
		return
	}
	d.ready, d.free = make(chan prepared[T], len(d.sets)), make(chan *Set[T], len(d.sets))
	for _, s := range d.sets {
		d.free <- s
	}
	go d.prepareAhead(d.free, d.ready)
}

// How an epoch ended in which the source left the goroutine that ran it.
var (
	errGoexit = errors.New("data: the source of a stream ended its goroutine (runtime.Goexit)")
	errLeft   = errors.New("data: the source of a stream panicked or ended its goroutine in an earlier call")
)

// prepareAhead prepares batches in a goroutine of its own, until one fails or the epoch is to end. The pass
// stays open: whoever ends the epoch closes it.
func (d *Dealer[T]) prepareAhead(free <-chan *Set[T], ready chan<- prepared[T]) {
	returned := false
	defer close(ready)
	defer func() {
		if p := recover(); p != nil {
			ready <- prepared[T]{panicked: panicOf(p)} // has room for all sets
		} else if !returned {
			ready <- prepared[T]{err: errGoexit}
		}
	}()
	for s := range free {
		if d.quit.Load() {
			break
		}
		p := d.prepare(s)
		ready <- p
		if p.err != nil {
			break
		}
	}
	returned = true
}

// prepareNow prepares the next batch in the goroutine of the caller.
func (d *Dealer[T]) prepareNow() prepared[T] {
	returned := false
	defer func() {
		if !returned {
			d.stop(errLeft)
		}
	}()
	p := d.prepare(d.sets[0])
	returned = true
	return p
}

// panicOf returns what a goroutine panicked with, and where, for a panic in another one.
func panicOf(p any) error {
	if err, is := p.(error); is {
		return fmt.Errorf("data: the source of a stream panicked: %w\n\n%s", err, debug.Stack())
	}
	return fmt.Errorf("data: the source of a stream panicked: %v\n\n%s", p, debug.Stack())
}

// end closes the pass, if there is one, and never a second time.
func (d *Dealer[T]) end() error {
	pass := d.pass
	if d.pass = nil; pass == nil {
		return nil
	}
	return pass.Close()
}

// errStopped ends the preparation of a batch that nobody will ask for.
var errStopped = errors.New("data: stopped")

// prepare fills a set with the next mini-batch.
func (d *Dealer[T]) prepare(s *Set[T]) (p prepared[T]) {
	for ; d.first > 0; d.first-- {
		if err := d.fill(s); err != nil {
			return prepared[T]{err: err}
		}
	}
	if err := d.fill(s); err != nil {
		return prepared[T]{err: err}
	}
	return prepared[T]{set: s}
}

// fill draws rows from the shuffle buffer. Each leaves its place to the next row of the source, or
// to the last of the buffer once the source has none.
func (d *Dealer[T]) fill(s *Set[T]) error {
	b, all := d.buffer, d.stream.survey.Rows
	for most := min(d.stream.buffer, all); d.taken < most; {
		b.resize(d.taken + 1)
		if err := d.take(d.taken); err != nil {
			return err
		}
	}
	n := min(d.batch, all-d.taken+b.Rows)
	if n == 0 {
		return d.close()
	}
	if n < d.batch && d.DropLast {
		return cmp.Or(d.end(), io.EOF)
	}
	s.resize(n)
	for i := range n {
		j := d.random.IntN(b.Rows)
		s.copyRow(i, b, j)
		if d.taken < all {
			if err := d.take(j); err != nil {
				return err
			}
			continue
		}
		b.copyRow(j, b, b.Rows-1)
		b.resize(b.Rows - 1)
	}
	return nil
}

// take copies the next row of the source to place i of the buffer.
func (d *Dealer[T]) take(i int) error {
	for d.part == nil || d.at == d.part.Rows {
		if err := d.read(); err == io.EOF {
			return d.changed(d.taken)
		} else if err != nil {
			return err
		}
	}
	d.buffer.copyRow(i, d.part, d.at)
	d.at++
	d.taken++
	return nil
}

// read takes more rows from the source, which it opens at first.
func (d *Dealer[T]) read() (err error) {
	if d.quit.Load() {
		return errStopped
	}
	if d.pass == nil {
		if d.pass, err = d.stream.source.Open(); err != nil {
			d.pass = nil
			return err
		}
	}
	d.at = 0
	d.part, err = nextPart(d.pass, d.stream.shape)
	if err == nil && d.part.Weights != nil && !d.stream.survey.weighted {
		return fmt.Errorf("data: rows of the source have weights now, want none as in its first pass")
	}
	return err
}

// close ends an epoch that has dealt out everything: it returns io.EOF, unless the source goes on.
func (d *Dealer[T]) close() error {
	if d.part != nil && d.at < d.part.Rows {
		return d.changed(d.taken + d.part.Rows - d.at)
	}
	switch err := d.read(); {
	case err == nil:
		return d.changed(d.taken + d.part.Rows)
	case err != io.EOF:
		return err
	}
	return cmp.Or(d.end(), io.EOF)
}

// changed is the error for a source with another number of rows than in its first pass.
func (d *Dealer[T]) changed(rows int) error {
	want := d.stream.survey.Rows
	if rows > want {
		return fmt.Errorf("data: the source has more than %d rows now, want %d as in its first pass", want,
			want)
	}
	return fmt.Errorf("data: the source has %d rows now, want %d as in its first pass", rows, want)
}
